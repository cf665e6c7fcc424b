"""A perceived night on disk: people who walk straight through cameras' images, a point every tenth of a second."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from analytics.lake.lake import Lake
from analytics.tables import BOUNDARY_POINTS, RECORDINGS, TRACK_POINTS, TRACKLETS

NIGHT = date(2026, 1, 5)
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
STAGE, ACCOUNT = "perceive", "account"


@dataclass(frozen=True)
class Walk:
    """One tracklet: from the foot point `begin` to `end`, px of the recording."""

    name: str
    begin: tuple[float, float]
    end: tuple[float, float]
    frames: int = 40
    starts_s: float = 0.0
    height_px: float = 100.0
    step_s: float = 0.1


def write_walks(
    lake: Lake, camera_id: str, walks: Sequence[Walk], size_px: tuple[int, int] = (640, 360), night: date = NIGHT
) -> None:
    """Write one camera's recording, tracklets and points, and publish them beside those of the other cameras."""
    place = {"site_id": "shop", "night": night, "camera_id": camera_id}
    recording_id = f"{camera_id}-{size_px[0]}-{size_px[1]}-{night:%d}"
    recording = {
        **place,
        "recording_id": recording_id,
        "path": f"{camera_id}/{recording_id}.mp4",
        "starts_at": START,
        "ends_at": START + timedelta(hours=1),
        "clock_source": "name",
        "time_ambiguous": False,
        "width_px": size_px[0],
        "height_px": size_px[1],
        "size_bytes": 1,
        "modified_at": START,
        "status": "complete",
    }
    points = [row for walk in walks for row in _points(walk, place)]
    tracklets = [_tracklet(walk, place, recording_id) for walk in walks]
    tables = [
        (TRACKLETS, TRACKLETS.from_rows(tracklets)),
        (TRACK_POINTS, TRACK_POINTS.from_rows(points)),
        (BOUNDARY_POINTS, BOUNDARY_POINTS.empty()),
    ]
    accounts = [(RECORDINGS, RECORDINGS.from_rows([recording]))]
    for stage, owner, written in ((STAGE, camera_id, tables), (ACCOUNT, None, accounts)):
        key = f"{stage}-{recording_id}-{len(walks)}"
        lake.write_item(stage=stage, night=night, camera_id=owner, item_id=recording_id, key=key, tables=written)
        others = [entry.key for entry in lake.ledger.published(night, stage) if entry.item_id != recording_id]
        lake.ledger.publish(night, stage, [*others, key])


def _points(walk: Walk, place: dict[str, object]) -> list[dict[str, object]]:
    feet = np.linspace(walk.begin, walk.end, walk.frames)
    return [
        {
            **place,
            "tracklet_id": walk.name,
            "captured_at": START + timedelta(seconds=walk.starts_s + number * walk.step_s),
            "detection_no": 0,
            "x_min": x - walk.height_px / 5,
            "y_min": y - walk.height_px,
            "x_max": x + walk.height_px / 5,
            "y_max": y,
            "foot_x": x,
            "foot_y": y,
        }
        for number, (x, y) in enumerate(feet.tolist())
    ]


def _tracklet(walk: Walk, place: dict[str, object], recording_id: str) -> dict[str, object]:
    return {
        **place,
        "tracklet_id": walk.name,
        "segment_id": f"{recording_id}-0",
        "recording_id": recording_id,
        "class_name": "person",
        "starts_at": START + timedelta(seconds=walk.starts_s),
        "ends_at": START + timedelta(seconds=walk.starts_s + (walk.frames - 1) * walk.step_s),
        "point_count": walk.frames,
        "mean_score": 0.9,
        "best_height_px": walk.height_px,
        "began_by": "appeared",
        "ended_by": "lost",
    }
