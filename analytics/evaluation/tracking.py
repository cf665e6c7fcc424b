"""How well tracklets follow the truth, per camera and over all of them, and how well identities do across cameras.

In the rows of cameras, tracklets are scored as they are: a person whose recording was cut into segments has one in
each. Joining them is linking's work, which is scored in rows of its own.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from analytics.contracts import Column, Contract
from analytics.evaluation import motchallenge
from analytics.evaluation.cameras import CameraTracks, read_cameras
from analytics.evaluation.scores import DEFAULT_MIN_IOU, CameraResult, Scorer, Scores
from analytics.geometry import IntArray
from analytics.lake.lake import Lake

ALL_CAMERAS = "(all)"
"""Stands for the camera in the row of all cameras together, tracklets as they are."""

LINKED = "(linked)"
"""Stands for the camera in the row of the identities found: all cameras as one sequence, one after the other."""

ORACLE = "(oracle)"
"""Stands for it where the same tracklets are linked without a mistake: what linking cannot pass."""

Name = Callable[[CameraTracks], IntArray]
"""Gives each of a camera's (n,) found boxes its identity, >= 0."""

_SHARES = ("hota", "deta", "assa", "mota", "motp", "idf1", "idp", "idr")
_NOTES = {
    "truth_boxes": "true boxes on the frames evaluated",
    "found_boxes": "boxes of tracklets on these frames, interpolated ones included",
    "truth_ids": "true identities on these frames",
    "found_ids": "tracklets, or identities, on these frames",
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
    "switches": "changes of the tracklet, or identity, that follows a true identity",
    "fragments": "times that a true identity is taken up again",
    "false_positives": "boxes without truth",
    "false_negatives": "truth without box",
}

TRACKING_SCORES = Contract(
    name="tracking_scores",
    version=1,
    key=("camera_id",),
    columns=(
        Column("camera_id", pa.string(), f"camera, or {ALL_CAMERAS}, {LINKED}, {ORACLE}"),
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
"""How well boxes and their identities follow the truth; an answer, not a table of the lake."""


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
    """Score the published tracklets of a lake against truth; see `read_cameras` and `score_tracking`."""
    scorer = Scorer(min_iou)
    own = read_cameras(lake, truth, nights=nights, cameras=cameras, class_name=class_name, footage=footage)
    return score_tracking(own, scorer)


def score_tracking(cameras: Sequence[CameraTracks], scorer: Scorer) -> pa.Table:
    """Score tracklets against truth, each camera and all together; tracklets of different cameras are different.

    Args:
        cameras: tracks and truth, at least one.
        scorer: how they are scored.

    Returns:
        TRACKING_SCORES: one row for each camera as given, and one of all together. Only frames that were analysed
        are evaluated; `note` says how many were not.
    """
    rows: list[dict[str, Any]] = []
    results: list[CameraResult] = []
    for camera in cameras:
        results.append(scorer.evaluate(camera.truth, camera.found, camera.frames))
        own = {**_frame_counts([camera]), "note": camera.note}
        rows.append(
            {"camera_id": camera.camera_id, "min_iou": scorer.min_iou, **own, **asdict(scorer.combine(results[-1:]))}
        )
    total = {
        "camera_id": ALL_CAMERAS,
        "min_iou": scorer.min_iou,
        **_frame_counts(cameras),
        **asdict(scorer.combine(results)),
    }
    return TRACKING_SCORES.from_rows([*rows, total])


def score_identities(
    cameras: Sequence[CameraTracks], identities: Mapping[str, Name], scorer: Scorer, *, is_by_night: bool = True
) -> pa.Table:
    """Score identities across cameras: the same number in two cameras is one person, in the truth and in what is found.

    All cameras are one sequence of frames, one camera after the other, so that HOTA's association and IDF1's matching
    go over all of them (Ristani 2016); a person who has another identity in the next camera is a switch of CLEAR-MOT.

    Args:
        cameras: tracks and truth, at least one.
        identities: by the name of a row, what gives each box of a camera its identity.
        scorer: how they are scored.
        is_by_night: each night is a sequence of its own, since identities expire with it; otherwise a person is one
            over all nights.

    Returns:
        TRACKING_SCORES: one row for each set of identities, in order.
    """
    starts = np.cumsum([0, *(camera.truth_frames for camera in cameras)]).tolist()
    nights = _by_night(cameras) if is_by_night else [[camera.frames for camera in cameras]]
    sequences = [np.concatenate([frames + start for frames, start in zip(own, starts, strict=False)]) for own in nights]
    truth = motchallenge.joined([camera.truth.moved(start) for camera, start in zip(cameras, starts, strict=False)])
    rows = []
    for row_name, name in identities.items():
        found = motchallenge.joined(
            [
                camera.found.renamed(ids).moved(start)
                for camera, ids, start in zip(cameras, _named(cameras, name), starts, strict=False)
            ]
        )
        result = scorer.combine([scorer.evaluate(truth, found, frames) for frames in sequences])
        rows.append({"camera_id": row_name, "min_iou": scorer.min_iou, **_frame_counts(cameras), **asdict(result)})
    return TRACKING_SCORES.from_rows(rows)


def _by_night(cameras: Sequence[CameraTracks]) -> list[list[IntArray]]:
    """Return each night's evaluated frames, camera by camera; a recording of two nights is the earlier one's."""
    nights = sorted({min(recording.nights) for camera in cameras for recording in camera.recordings})
    return [
        [
            np.concatenate(
                [
                    camera.frames[(camera.frames > own.before) & (camera.frames <= own.before + own.frame_count)]
                    for own in camera.recordings
                    if min(own.nights) == night
                ]
                or [camera.frames[:0]]
            )
            for camera in cameras
        ]
        for night in nights
    ]


def _named(cameras: Sequence[CameraTracks], name: Name) -> Iterator[IntArray]:
    """Yield the identity of each box of each camera's tracklets, no identity twice in a frame.

    Where two tracklets of one identity are in view at once, the one of fewer boxes stands there as an identity of its
    own: nobody is in two boxes, and TrackEval would miscount them.
    """
    spare = -1  # identities are not negative
    for camera in cameras:
        tracklets, frames, own = camera.found.ids, camera.found.frames, name(camera)
        sizes = np.bincount(tracklets, minlength=len(camera.tracklet_ids))[tracklets]
        order = np.lexsort((tracklets, -sizes, own, frames))
        is_second = np.zeros(len(own), np.bool_)
        is_second[order[1:]] = (np.diff(frames[order]) == 0) & (np.diff(own[order]) == 0)
        yield np.where(is_second, spare - tracklets, own)
        spare -= len(camera.tracklet_ids)


def _frame_counts(cameras: Sequence[CameraTracks]) -> Mapping[str, int]:
    return {
        "truth_frames": sum(camera.truth_frames for camera in cameras),
        "evaluated_frames": sum(len(camera.frames) for camera in cameras),
    }
