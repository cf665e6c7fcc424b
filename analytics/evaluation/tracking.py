"""How well a lake's tracklets follow the truth, per camera and over all of them.

Track points come from the lake, truth from MOTChallenge files. Tracklets are scored as they are: a person whose
recording was cut into segments has one in each; joining them is linking's work.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.contracts import Column, Contract
from analytics.errors import ConfigError
from analytics.evaluation import motchallenge
from analytics.evaluation.frames import FrameTimes, Stretch, evenly_spaced
from analytics.evaluation.motchallenge import Annotations
from analytics.evaluation.presentation import read_times
from analytics.evaluation.scores import DEFAULT_MIN_IOU, CameraResult, Scorer, Scores
from analytics.geometry import IntArray
from analytics.lake.lake import Lake
from analytics.tables import RECORDINGS, TRACK_POINTS, TRACKLETS
from analytics.timebase import to_instant

ALL_CAMERAS = "(all)"
"""Stands for the camera in the row of all cameras together."""

_SHARES = ("hota", "deta", "assa", "mota", "motp", "idf1", "idp", "idr")
_NOTES = {
    "truth_boxes": "true boxes on the frames evaluated",
    "found_boxes": "boxes of tracklets on these frames, interpolated ones included",
    "truth_ids": "true identities on these frames",
    "found_ids": "tracklets on these frames",
    "hota": "higher order tracking accuracy, mean over IoU .05 to .95, in [0, 1]",
    "deta": "detection accuracy of HOTA, in [0, 1]",
    "assa": "association accuracy of HOTA, in [0, 1]",
    "mota": "CLEAR-MOT accuracy, at most 1",
    "motp": "mean IoU of matched boxes, in [0, 1]",
    "idf1": "identity F1, in [0, 1]",
    "idp": "identity precision, in [0, 1]",
    "idr": "identity recall, in [0, 1]",
    "mostly_tracked": "true identities found in more than 80 % of their frames",
    "partly_tracked": "true identities found in 20 to 80 %",
    "mostly_lost": "true identities found in less than 20 %",
    "switches": "changes of the tracklet that follows a true identity",
    "fragments": "times that a true identity is taken up again",
    "false_positives": "boxes without truth",
    "false_negatives": "truth without box",
}

TRACKING_SCORES = Contract(
    name="tracking_scores",
    version=1,
    key=("camera_id",),
    columns=(
        Column("camera_id", pa.string(), f"camera, or {ALL_CAMERAS}"),
        Column("min_iou", pa.float64(), "overlap from which a box is on its truth (HOTA has its own)"),
        Column("truth_frames", pa.int64(), "frames that the truth covers: all of the recordings"),
        Column("evaluated_frames", pa.int64(), "those of them that were analysed; the others are left out"),
        *(
            Column(f.name, pa.float64() if f.name in _SHARES else pa.int64(), _NOTES[f.name], f.name in _SHARES)
            for f in fields(Scores)
        ),
        Column("note", pa.string(), "what the figures leave out, or what to look at in the truth", True),
    ),
)
"""The result of `evaluate_tracking`; an answer, not a table of the lake."""


@dataclass(frozen=True, slots=True)
class _Camera:
    """One camera's tracks and truth on the frames that are evaluated."""

    truth: Annotations
    found: Annotations
    truth_frames: int
    frames: IntArray
    note: str | None


def evaluate_tracking(
    lake: Lake,
    truth: Path,
    *,
    nights: Collection[date] | None = None,
    cameras: Collection[str] | None = None,
    class_name: str = "person",
    min_iou: float = DEFAULT_MIN_IOU,
    footage: Path | None = None,
) -> pa.Table:
    """Score the published tracklets of a lake against truth.

    Args:
        lake: where the tracklets are.
        truth: folder of MOTChallenge files, `<camera_id>.txt`; frames count from 1 through the camera's recordings of
            the nights in order of time. It is taken for whole: a box on a frame without truth is a false positive.
        nights: nights wanted; None: all.
        cameras: cameras wanted; None: all that have truth.
        class_name: class of the tracklets that are scored.
        min_iou: overlap from which a box is on its truth, in (0, 1].
        footage: folder of the recordings, for their presentation times; None: frames are spaced evenly.

    Returns:
        TRACKING_SCORES: one row for each camera in order of name, and one of all together. Only frames that were
        analysed are evaluated; `note` says how many were not.

    Raises:
        ConfigError: truth is missing or broken, a camera has no tracks, or its frames cannot be numbered.
        LakeError: the lake is damaged.
    """
    if not 0 < min_iou <= 1:
        raise ConfigError(f"expected a minimum IoU in (0, 1], got {min_iou}", field="min_iou")
    files = _truth_files(truth, cameras)
    _check_known(lake, nights, files)
    scorer = Scorer(min_iou)
    rows: list[dict[str, Any]] = []
    results: list[CameraResult] = []
    stretches = _stretches(lake, nights)
    for camera_id, file in files.items():
        camera = _camera(lake, camera_id, file, nights, class_name, stretches, footage)
        results.append(scorer.evaluate(camera.truth, camera.found, camera.frames))
        rows.append(
            {
                "camera_id": camera_id,
                "min_iou": min_iou,
                "truth_frames": camera.truth_frames,
                "evaluated_frames": len(camera.frames),
                **asdict(scorer.combine(results[-1:])),
                "note": camera.note,
            }
        )
    whole = {name: sum(row[name] for row in rows) for name in ("truth_frames", "evaluated_frames")}
    total = {"camera_id": ALL_CAMERAS, "min_iou": min_iou, **whole, **asdict(scorer.combine(results))}
    return TRACKING_SCORES.from_rows([*rows, total])


def _check_known(lake: Lake, nights: Collection[date] | None, files: Mapping[str, Path]) -> None:
    known = {name for name in lake.read(RECORDINGS, nights, columns=["camera_id"])["camera_id"].to_pylist() if name}
    for camera_id, file in files.items():
        if camera_id not in known:
            names = ", ".join(sorted(known)) or "it has none"
            raise ConfigError(
                f"expected the truth of one of the lake's cameras ({names}), got that of {camera_id}: "
                "name the file <camera_id>.txt, or run `crosscam run` first",
                path=file,
            )


def _truth_files(folder: Path, cameras: Collection[str] | None) -> Mapping[str, Path]:
    """Return the truth files wanted, by camera."""
    if not folder.is_dir():
        raise ConfigError("expected a folder of <camera_id>.txt files, found none", path=folder)
    files = {path.stem: path for path in sorted(folder.glob("*.txt"))}
    if not files:
        raise ConfigError("expected truth as <camera_id>.txt, found no such file", path=folder)
    missing = sorted(set(cameras or ()) - set(files))
    if missing:
        raise ConfigError(f"expected truth of {', '.join(missing)}, found {', '.join(files)}", path=folder)
    return {camera: path for camera, path in files.items() if not cameras or camera in cameras}


def _stretches(lake: Lake, nights: Collection[date] | None) -> Mapping[str, Sequence[Stretch]]:
    """Return what was decoded of each recording, from the entries of the segments whose tracks are published."""
    found: dict[str, list[Stretch]] = {}
    for night in sorted(lake.ledger.nights() if nights is None else set(nights)):
        for stage in lake.ledger.stages(night):
            for entry in lake.ledger.published(night, stage):
                if any(file.table == TRACK_POINTS.name for file in entry.files):
                    recording_id, _, offset_us = entry.item_id.rpartition("-")
                    found.setdefault(recording_id, []).append(_stretch(int(offset_us), entry.facts))
    return found


def _stretch(offset_us: int, facts: Mapping[str, Any]) -> Stretch:
    return Stretch(offset_us, int(facts["frames_decoded"]), float(facts["decoded_s"]), facts.get("analysis_fps"))


def _camera(
    lake: Lake,
    camera_id: str,
    truth_file: Path,
    nights: Collection[date] | None,
    class_name: str,
    stretches: Mapping[str, Sequence[Stretch]],
    footage: Path | None,
) -> _Camera:
    truth = motchallenge.read(truth_file)
    numbers, analysed = _number_frames(_recordings(lake, camera_id, nights), camera_id, stretches, footage)
    last = int(truth.frames.max())
    truth_frames = max(last, len(analysed))
    frames = np.flatnonzero(analysed) + 1
    found = _found(lake, camera_id, nights, class_name, numbers)
    late = int(np.sum(found.frames > last))
    return _Camera(
        truth=truth.counted(),
        found=found,
        truth_frames=truth_frames,
        frames=frames,
        note=_note(truth_frames, len(frames), last, late),
    )


def _recordings(lake: Lake, camera_id: str, nights: Collection[date] | None) -> list[dict[str, Any]]:
    """Return a camera's recordings with a known start, each once, in order of time."""
    rows = lake.read(RECORDINGS, nights, [camera_id], ["recording_id", "starts_at", "path"]).to_pylist()
    by_id = {row["recording_id"]: row for row in rows if row["starts_at"] is not None}
    return sorted(by_id.values(), key=lambda row: (row["starts_at"], row["recording_id"]))


def _number_frames(
    recordings: Sequence[Mapping[str, Any]],
    camera_id: str,
    stretches: Mapping[str, Sequence[Stretch]],
    footage: Path | None,
) -> tuple[Mapping[str, tuple[FrameTimes, int]], Any]:
    """Return each recording's frame times with the number of frames before it, and whether each frame was analysed."""
    times: dict[str, tuple[FrameTimes, int]] = {}
    analysed: list[Any] = []
    for row in recordings:
        recording_id, starts_at = row["recording_id"], to_instant(row["starts_at"])
        own = [stretch for stretch in stretches.get(recording_id, ()) if stretch.frame_count]
        if not own:
            continue  # quarantined: nothing of it was decoded, so the truth cannot have numbered it
        frame_times = (
            read_times(footage / row["path"], recording_id, starts_at)
            if footage
            else evenly_spaced(recording_id, starts_at, own)
        )
        times[recording_id] = (frame_times, sum(map(len, analysed)))
        analysed.append(frame_times.analysed(own))
    if not times:
        raise ConfigError(f"expected tracks of camera {camera_id}, the lake has none: run `crosscam run` first")
    return times, np.concatenate(analysed)


def _found(
    lake: Lake,
    camera_id: str,
    nights: Collection[date] | None,
    class_name: str,
    numbers: Mapping[str, tuple[FrameTimes, int]],
) -> Annotations:
    """Return a camera's track points with their frame numbers; identities are those of tracklets."""
    tracklets = lake.read(TRACKLETS, nights, [camera_id], ["tracklet_id", "recording_id", "class_name"])
    wanted = tracklets.filter(pc.equal(tracklets["class_name"], class_name))
    box = ["x_min", "y_min", "x_max", "y_max"]
    points = lake.read(TRACK_POINTS, nights, [camera_id], ["tracklet_id", "captured_at", *box])
    positions = pc.index_in(points["tracklet_id"], value_set=wanted["tracklet_id"].combine_chunks())
    points = points.filter(pc.is_valid(positions))
    ids = positions.drop_null().to_numpy()
    recordings = np.array(wanted["recording_id"].to_pylist(), object)[ids]
    captured_at = points["captured_at"].cast(pa.int64()).to_numpy()
    frames = np.zeros(len(ids), np.int64)
    for recording_id, (times, before) in numbers.items():
        is_own = recordings == recording_id
        frames[is_own] = times.number(captured_at[is_own]) + before
    boxes = np.stack([points[name].to_numpy() for name in box], axis=1)
    return motchallenge.annotations(frames, ids, boxes)


def _note(truth_frames: int, evaluated: int, last: int, late_boxes: int) -> str | None:
    """Say what is left out, and what looks as if the truth were not whole."""
    parts = []
    if evaluated < truth_frames:
        parts.append(f"evaluated on the {evaluated} of {truth_frames} frames that were analysed")
    if late_boxes:
        parts.append(f"the truth's last box is in frame {last}: {late_boxes} boxes found later count as false")
    return "; ".join(parts) or None
