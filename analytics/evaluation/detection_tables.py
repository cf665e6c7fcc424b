"""Detection scores as a table: of the detections that a lake holds, per camera and over all of them."""

from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.contracts import Column, Contract
from analytics.evaluation.cameras import CameraTracks, read_cameras
from analytics.evaluation.detection import Found, Rules, Verdicts, judge
from analytics.lake.lake import Lake
from analytics.tables import DETECTIONS

ALL_SETS = "(all)"
"""Stands for the camera or split in the row of all together."""

DETECTION_SCORES = Contract(
    name="detection_scores",
    version=1,
    key=("judged_on",),
    columns=(
        Column("judged_on", pa.string(), f"camera or split of a data set, or {ALL_SETS}"),
        Column("min_iou", pa.float64(), "overlap from which a detection is on a person"),
        Column("min_height_px", pa.float64(), "height below which a person is not wanted, px of the frame"),
        Column("people", pa.int64(), "boxes of people who had to be found"),
        Column("detections", pa.int64(), "detections that count, of any score"),
        Column("average_precision", pa.float64(), "area under precision over recall, in [0, 1]", True),
        Column("threshold", pa.float64(), "score from which precision and recall are taken"),
        Column("precision", pa.float64(), "right share of the detections from that score, in [0, 1]", True),
        Column("recall", pa.float64(), "found share of the people from that score, in [0, 1]", True),
        Column("wanted_precision", pa.float64(), "precision that the next two are taken at"),
        Column("recall_at_precision", pa.float64(), "highest recall at that precision, in [0, 1]"),
        Column("threshold_at_precision", pa.float64(), "score that gives it; null when no score does", True),
    ),
)
"""An answer, not a table of the lake."""


def detection_scores(
    verdicts: Mapping[str, Verdicts], rules: Rules, threshold: float = 0.25, precision: float = 0.8
) -> pa.Table:
    """Return DETECTION_SCORES: a row for each set, and one of all together where there are several.

    Args:
        verdicts: by the name of the camera or split.
        rules: that they were judged by.
        threshold: score from which precision and recall are taken.
        precision: that the highest recall is wanted at.
    """
    together = {ALL_SETS: Verdicts.together(list(verdicts.values()))} if len(verdicts) > 1 else {}
    rows = []
    for name, own in [*verdicts.items(), *together.items()]:
        right, found = own.at(threshold)
        recall, at = own.recall_at_precision(precision)
        rows.append(
            {
                "judged_on": name,
                "min_iou": rules.min_iou,
                "min_height_px": rules.min_height_px,
                "people": own.wanted,
                "detections": len(own.scores),
                "average_precision": _known(own.average_precision()),
                "threshold": threshold,
                "precision": _known(right),
                "recall": _known(found),
                "wanted_precision": precision,
                "recall_at_precision": recall,
                "threshold_at_precision": _known(at),
            }
        )
    return DETECTION_SCORES.from_rows(rows)


def judge_lake(
    lake: Lake,
    truth: Path,
    rules: Rules,
    *,
    nights: Collection[date] | None = None,
    cameras: Collection[str] | None = None,
    class_name: str = "person",
    footage: Path | None = None,
) -> dict[str, Verdicts]:
    """Judge the published detections of a lake, by camera.

    Scores below the detector's `min_score` are not in the lake: a low one (.01) shows the whole curve.

    Args:
        lake: where they are.
        truth: folder of MOTChallenge files, see `read_cameras`.
        rules: what counts.
        nights: nights wanted; None: all.
        cameras: cameras wanted; None: all that have truth.
        class_name: class of the detections wanted.
        footage: folder of the recordings, for their presentation times; None: frames are spaced evenly.

    Raises:
        ConfigError: truth is missing or broken, a camera has no tracks, or its frames cannot be numbered.
        LakeError: the lake is damaged.
    """
    known = read_cameras(lake, truth, nights=nights, cameras=cameras, class_name=class_name, footage=footage)
    return {
        camera.camera_id: judge(camera.truth, _found(lake, camera, nights, class_name), rules, camera.frames)
        for camera in known
    }


def _found(lake: Lake, camera: CameraTracks, nights: Collection[date] | None, class_name: str) -> Found:
    columns = ["segment_id", "captured_at", "class_name", "x_min", "y_min", "x_max", "y_max", "score"]
    table = lake.read(DETECTIONS, nights, [camera.camera_id], columns)
    table = table.filter(pc.equal(table["class_name"], class_name))
    recordings = np.array([segment.rpartition("-")[0] for segment in table["segment_id"].to_pylist()], object)
    captured_at = table["captured_at"].cast(pa.int64()).to_numpy()
    frames = np.zeros(table.num_rows, np.int64)
    for recording in camera.recordings:
        is_own = recordings == recording.times.recording_id
        frames[is_own] = recording.frames(captured_at[is_own])
    boxes = np.stack([table[name].to_numpy().astype(np.float64) for name in columns[3:7]], axis=1)
    return Found(frames, boxes, table["score"].to_numpy())


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None
