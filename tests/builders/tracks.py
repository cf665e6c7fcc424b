"""A lake whose tracklets follow a scene's truth as well or as badly as asked for."""

from collections.abc import Callable, Sequence
from datetime import date

import pyarrow as pa

from analytics.lake.lake import Lake
from analytics.tables import DETECTIONS, RECORDINGS, TRACK_POINTS, TRACKLETS
from analytics.timebase import Instant, to_datetime
from tests.builders.scenes import TruthBox

Names = Callable[[TruthBox], str | None]
"""The tracklet that follows a true box; None: nobody saw it."""


def write_tracks(
    lake: Lake,
    truth: Sequence[TruthBox],
    *,
    camera_id: str,
    starts_at: Instant,
    frame_count: int,
    duration_s: float,
    names: Names = lambda box: f"t{box.identity}",
    analysis_fps: float | None = None,
    recording_id: str = "rec",
    path: str = "cam1/a.mp4",
    class_name: str = "person",
    size_bytes: int = 1,
    detections: pa.Table | None = None,
) -> None:
    """Write and publish one recording in one segment, with a track point on every true box that has a name.

    Points are of detections numbered 0; the detections themselves are written only where they are given.
    """
    night = to_datetime(starts_at).date()
    place = {"site_id": "site", "night": night, "camera_id": camera_id}
    named = [(f"{recording_id}-{camera_id}-{name}", box) for box in truth if (name := names(box)) is not None]
    tables = [
        (TRACKLETS, _tracklets(named, starts_at, place, recording_id, class_name)),
        (TRACK_POINTS, _points(named, starts_at, place)),
    ]
    if detections is not None:
        tables.append((DETECTIONS, detections))
    facts = {"frames_decoded": frame_count, "decoded_s": duration_s, "analysis_fps": analysis_fps}
    item_id = f"{recording_id}-{0:012d}"
    _publish(lake, "perceive", night, camera_id, item_id, tables, facts)
    recording = {
        "recording_id": recording_id,
        **place,
        "path": path,
        "starts_at": to_datetime(starts_at),
        "ends_at": to_datetime(starts_at + round(duration_s * 1e6)),
        "time_ambiguous": False,
        "size_bytes": size_bytes,
        "modified_at": to_datetime(starts_at),
        "status": "complete",
    }
    _publish(lake, "account", night, None, recording_id, [(RECORDINGS, RECORDINGS.from_rows([recording]))], {})


def _publish(
    lake: Lake,
    stage: str,
    night: date,
    camera_id: str | None,
    item_id: str,
    tables: list[tuple],
    facts: dict,
) -> None:
    key = f"key-{item_id}"
    lake.write_item(stage=stage, night=night, camera_id=camera_id, item_id=item_id, key=key, tables=tables, facts=facts)
    before = [entry.key for entry in lake.ledger.published(night, stage)]
    lake.ledger.publish(night, stage, [*before, key])


def _tracklets(
    named: Sequence[tuple[str, TruthBox]], starts_at: Instant, place: dict, recording_id: str, class_name: str
) -> pa.Table:
    boxes: dict[str, list[TruthBox]] = {}
    for name, box in named:
        boxes.setdefault(name, []).append(box)
    return TRACKLETS.from_rows(
        {
            **place,
            "tracklet_id": name,
            "segment_id": f"{recording_id}-{0:012d}",
            "recording_id": recording_id,
            "class_name": class_name,
            "starts_at": to_datetime(starts_at + own[0].offset_us),
            "ends_at": to_datetime(starts_at + own[-1].offset_us),
            "point_count": len(own),
            "mean_score": 0.9,
            "best_height_px": 1.0,
            "began_by": "appeared",
            "ended_by": "lost",
        }
        for name, own in boxes.items()
    )


def _points(named: Sequence[tuple[str, TruthBox]], starts_at: Instant, place: dict) -> pa.Table:
    return TRACK_POINTS.from_rows(
        {
            **place,
            "tracklet_id": name,
            "captured_at": to_datetime(starts_at + box.offset_us),
            "detection_no": 0,
            "x_min": box.x_min,
            "y_min": box.y_min,
            "x_max": box.x_max,
            "y_max": box.y_max,
            "foot_x": (box.x_min + box.x_max) / 2,
            "foot_y": box.y_max,
        }
        for name, box in named
    )
