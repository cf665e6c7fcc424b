"""How well tracks follow the truth: HOTA, CLEAR-MOT and identity scores, by TrackEval.

TrackEval's metric classes are called with arrays in memory. They define the figures that papers compare; nothing is
computed differently here, and combining cameras is theirs too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from analytics.errors import ConfigError
from analytics.evaluation.motchallenge import Annotations
from analytics.geometry import FloatArray, IntArray, iou

DEFAULT_MIN_IOU = 0.5


@dataclass(frozen=True, slots=True)
class Scores:
    """The figures of one camera, or of several together.

    Shares are in [0, 1], except `mota`, which falls below 0 when there are more errors than true boxes. They are
    None where the truth has no box: nothing was to be found.

    Attributes:
        truth_boxes, found_boxes: boxes on the frames evaluated.
        truth_ids, found_ids: identities that these boxes have.
        hota, deta, assa: mean over IoU .05 to .95: overall, detection alone, association alone.
        mota, motp: CLEAR-MOT accuracy, and mean IoU of the matched boxes.
        idf1, idp, idr: identity F1, precision, recall.
        mostly_tracked, partly_tracked, mostly_lost: true identities found in more than 80 %, from 20 %, below 20 %.
        switches, fragments: changes of the track that follows an identity; times that it is taken up again.
        false_positives, false_negatives: boxes without truth, truth without box.
    """

    truth_boxes: int
    found_boxes: int
    truth_ids: int
    found_ids: int
    hota: float | None
    deta: float | None
    assa: float | None
    mota: float | None
    motp: float | None
    idf1: float | None
    idp: float | None
    idr: float | None
    mostly_tracked: int
    partly_tracked: int
    mostly_lost: int
    switches: int
    fragments: int
    false_positives: int
    false_negatives: int


@dataclass(frozen=True, slots=True)
class CameraResult:
    """TrackEval's own results of one camera, as they are combined."""

    counts: Mapping[str, int]
    results: Mapping[str, Mapping[str, Any]]


class Scorer:
    """Scores cameras one by one, and all of them together.

    Args:
        min_iou: overlap from which a box is on its truth, for CLEAR-MOT and the identity scores, in (0, 1]; equality
            counts.

    Raises:
        ConfigError: `min_iou` is out of range.
    """

    def __init__(self, min_iou: float = DEFAULT_MIN_IOU) -> None:
        if not 0 < min_iou <= 1:
            raise ConfigError(f"expected a minimum IoU in (0, 1], got {min_iou}", field="min_iou")
        from trackeval.metrics import CLEAR, HOTA, Identity

        self.min_iou = min_iou
        config = {"THRESHOLD": min_iou, "PRINT_CONFIG": False}
        self._metrics: tuple[Any, ...] = (HOTA(), CLEAR(config), Identity(config))

    def evaluate(self, truth: Annotations, found: Annotations, frames: IntArray) -> CameraResult:
        """Compare one camera's tracks with its truth.

        Args:
            truth: boxes that count.
            found: boxes of tracks; identities are those of tracks.
            frames: (f,) frames to evaluate; boxes of others are left out.
        """
        data = _data(truth, found, np.unique(frames))
        counts = {name: int(data[name]) for name in _COUNTS}
        return CameraResult(counts, {metric.get_name(): metric.eval_sequence(data) for metric in self._metrics})

    def combine(self, sequences: Sequence[CameraResult]) -> Scores:
        """Return the scores of cameras together; identities of different cameras are different.

        Raises:
            ValueError: there is no camera.
        """
        if not sequences:
            raise ValueError("expected at least one camera, got none")
        counts = {name: sum(sequence.counts[name] for sequence in sequences) for name in _COUNTS}
        results: dict[str, Any] = {}
        for metric in self._metrics:
            own = {number: sequence.results[metric.get_name()] for number, sequence in enumerate(sequences)}
            results |= metric.combine_sequences(own)
        return _scores(counts, results)


_COUNTS = ("num_gt_dets", "num_tracker_dets", "num_gt_ids", "num_tracker_ids")


def _scores(counts: Mapping[str, int], results: Mapping[str, Any]) -> Scores:
    has_truth = counts["num_gt_dets"] > 0

    def share(name: str) -> float | None:
        return float(np.mean(results[name])) if has_truth else None

    return Scores(
        truth_boxes=counts["num_gt_dets"],
        found_boxes=counts["num_tracker_dets"],
        truth_ids=counts["num_gt_ids"],
        found_ids=counts["num_tracker_ids"],
        hota=share("HOTA"),
        deta=share("DetA"),
        assa=share("AssA"),
        mota=share("MOTA"),
        motp=share("MOTP"),
        idf1=share("IDF1"),
        idp=share("IDP"),
        idr=share("IDR"),
        mostly_tracked=int(results["MT"]),
        partly_tracked=int(results["PT"]),
        mostly_lost=int(results["ML"]),
        switches=int(results["IDSW"]),
        fragments=int(results["Frag"]),
        false_positives=int(results["CLR_FP"]),
        false_negatives=int(results["CLR_FN"]),
    )


def _data(truth: Annotations, found: Annotations, frames: IntArray) -> dict[str, Any]:
    """Return what TrackEval's metrics read: identities from 0 without gaps, and similarities, frame by frame."""
    truth_ids, truth_boxes = _by_frame(truth, frames)
    found_ids, found_boxes = _by_frame(found, frames)
    return {
        "num_timesteps": len(frames),
        "gt_ids": truth_ids,
        "tracker_ids": found_ids,
        "similarity_scores": [iou(a, b) for a, b in zip(truth_boxes, found_boxes, strict=True)],
        "num_gt_dets": sum(map(len, truth_ids)),
        "num_tracker_dets": sum(map(len, found_ids)),
        "num_gt_ids": len(np.unique(np.concatenate([*truth_ids, []]))),
        "num_tracker_ids": len(np.unique(np.concatenate([*found_ids, []]))),
    }


def _by_frame(boxes: Annotations, frames: IntArray) -> tuple[list[IntArray], list[FloatArray]]:
    is_wanted = np.isin(boxes.frames, frames)
    order = np.argsort(boxes.frames[is_wanted], kind="stable")
    ids = np.unique(boxes.ids[is_wanted], return_inverse=True)[1][order]
    own_boxes = boxes.boxes[is_wanted][order]
    edges = np.searchsorted(boxes.frames[is_wanted][order], [*frames, np.inf]).tolist()
    spans = [slice(low, high) for low, high in pairwise(edges)]
    return [ids[span] for span in spans], [own_boxes[span] for span in spans]
