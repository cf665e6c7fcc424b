"""How well boxes with scores find the people of the truth: average precision, and precision and recall at thresholds.

A detection is true when it overlaps a person that no stronger one has taken. People who are too small, too hidden or
not considered are neither wanted nor false (as in COCO): a detection on one of them is left out, and so is one that
stands on nobody and is itself too small.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.evaluation.motchallenge import PERSON, Annotations
from analytics.geometry import BoolArray, FloatArray, IntArray, iou, read_only


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Detections of one camera.

    Attributes:
        frames: (m,) number of the frame, as the truth counts them.
        boxes: (m, 4) pixels of the original frame.
        scores: (m,) confidence; only its order and the thresholds matter.
    """

    frames: IntArray
    boxes: FloatArray
    scores: FloatArray

    def __post_init__(self) -> None:
        count = len(self.frames)
        if self.boxes.shape != (count, 4) or self.scores.shape != (count,):
            raise ValueError(
                f"expected ({count}, 4) boxes and ({count},) scores, got {self.boxes.shape}, {self.scores.shape}"
            )
        for name in ("frames", "boxes", "scores"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


@dataclass(frozen=True, slots=True)
class Rules:
    """What counts.

    Attributes:
        min_iou: overlap from which a detection is on a person, in (0, 1]; .5 gives AP50.
        min_height_px: height of a box below which a person is not wanted.
        min_visibility: visible share below which a person is not wanted.
    """

    min_iou: float = 0.5
    min_height_px: float = 0.0
    min_visibility: float = 0.0

    def wanted(self, truth: Annotations) -> BoolArray:
        """Tell which boxes of the truth have to be found."""
        heights = truth.boxes[:, 3] - truth.boxes[:, 1]
        is_person = truth.is_considered & (truth.class_nos == PERSON)
        return np.asarray(is_person & (heights >= self.min_height_px) & (truth.visibility >= self.min_visibility))


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """The detections that count, strongest first, of one camera or of several.

    Attributes:
        scores: (k,) falling.
        is_true: (k,) whether it is the first on a wanted person.
        wanted: number of people who had to be found.
    """

    scores: FloatArray
    is_true: BoolArray
    wanted: int

    @staticmethod
    def together(parts: Sequence["Verdicts"]) -> "Verdicts":
        """Join the verdicts of several cameras."""
        scores = np.concatenate([part.scores for part in parts]) if parts else np.zeros(0)
        is_true = np.concatenate([part.is_true for part in parts]) if parts else np.zeros(0, np.bool_)
        order = np.argsort(-scores, kind="stable")
        return Verdicts(scores[order], is_true[order], sum(part.wanted for part in parts))

    def average_precision(self) -> float:
        """Return the area under the curve of precision over recall, in [0, 1]; nan where nobody is wanted.

        Precision at a recall is the best at this or a higher recall, at every point of the curve (Everingham et al.,
        Pascal VOC 2010), not at 101 as COCO takes it; the difference is below .01.
        """
        if not self.wanted:
            return float("nan")
        precision, recall, _ = self._curve()
        best = np.maximum.accumulate(precision[::-1])[::-1]
        return float(np.sum(np.diff(recall, prepend=0.0) * best))

    def at(self, threshold: float) -> tuple[float, float]:
        """Return precision and recall of the detections of a score >= threshold; nan where either means nothing."""
        taken = self.scores >= threshold
        found, right = int(taken.sum()), int((taken & self.is_true).sum())
        return right / found if found else float("nan"), right / self.wanted if self.wanted else float("nan")

    def recall_at_precision(self, precision: float) -> tuple[float, float]:
        """Return the highest recall at which precision is at least so high, and its threshold; 0 and inf if none is."""
        precisions, recalls, thresholds = self._curve()
        good = np.flatnonzero(precisions >= precision)
        if not len(good) or not self.wanted:
            return 0.0, float("inf")
        best = good[recalls[good].argmax()]  # the first of them: lower thresholds would add false ones only
        return float(recalls[best]), float(thresholds[best])

    def _curve(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return precision, rising recall and falling threshold where each distinct score is the threshold."""
        last = np.flatnonzero(
            np.diff(self.scores, append=-np.inf) != 0
        )  # detections of one score stand or fall together
        right = np.cumsum(self.is_true)[last]
        return right / (last + 1), right / max(1, self.wanted), self.scores[last]


def judge(truth: Annotations, found: Found, rules: Rules, frames: IntArray | None = None) -> Verdicts:
    """Compare one camera's detections with its truth.

    Args:
        truth: every person, those who are not wanted included.
        found: the detections.
        rules: what counts.
        frames: the frames that were looked at; others are left out on both sides. None: all.
    """
    is_wanted = rules.wanted(truth)
    looked_at = np.unique(np.concatenate([truth.frames, found.frames])) if frames is None else np.unique(frames)
    there, seen = _rows_of(truth.frames, looked_at), _rows_of(found.frames, looked_at)
    return Verdicts.together(
        [
            _of_frame(truth.boxes[a], is_wanted[a], found.boxes[b], found.scores[b], rules)
            for a, b in zip(there, seen, strict=True)
        ]
    )


def _rows_of(numbers: IntArray, wanted: IntArray) -> list[IntArray]:
    """Return the positions of each wanted number."""
    order = np.argsort(numbers, kind="stable")
    first, last = (np.searchsorted(numbers[order], wanted, side) for side in ("left", "right"))
    return [order[a:b] for a, b in zip(first, last, strict=True)]


def _of_frame(truth: FloatArray, is_wanted: BoolArray, boxes: FloatArray, scores: FloatArray, rules: Rules) -> Verdicts:
    order = np.argsort(-scores, kind="stable")
    boxes, scores = boxes[order], scores[order]
    overlaps = iou(boxes, truth)
    is_free = is_wanted.copy()
    is_true, is_left_out = np.zeros(len(boxes), np.bool_), np.zeros(len(boxes), np.bool_)
    for place in range(len(boxes)):
        overlap = np.where(is_free, overlaps[place], -1.0)
        best = int(overlap.argmax()) if len(overlap) else -1
        if best >= 0 and overlap[best] >= rules.min_iou:
            is_true[place], is_free[best] = True, False
        else:
            is_small = boxes[place, 3] - boxes[place, 1] < rules.min_height_px
            is_left_out[place] = is_small or bool((overlaps[place][~is_wanted] >= rules.min_iou).any())
    return Verdicts(scores[~is_left_out], is_true[~is_left_out], int(is_wanted.sum()))
