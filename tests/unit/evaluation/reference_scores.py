"""CLEAR-MOT and identity scores by trying every assignment: slow, obvious, and nobody's library."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

Box = tuple[float, float, float, float]
Frame = Mapping[int, Box]
"""Boxes of one frame by identity."""


@dataclass(frozen=True)
class Reference:
    """The figures that both implementations give."""

    false_positives: int
    false_negatives: int
    switches: int
    mota: float
    idf1: float
    idp: float
    idr: float


def overlap(a: Box, b: Box) -> float:
    """Return the IoU of two boxes."""
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - width * height
    return width * height / union


def pairings(left: Sequence[int], right: Sequence[int]) -> Iterator[tuple[tuple[int, int], ...]]:
    """Yield every way to pair some of the left with some of the right, one to one."""
    for size in range(min(len(left), len(right)) + 1):
        for chosen in combinations(left, size):
            for others in permutations(right, size):
                yield tuple(zip(chosen, others, strict=True))


def score(truth: Sequence[Frame], found: Sequence[Frame], min_iou: float) -> Reference:
    """Score tracks, frame by frame, by the definitions of Bernardin 2008 and Ristani 2016."""
    last_partner: dict[int, int] = {}
    previous: dict[int, int] = {}
    false_positives = false_negatives = switches = 0
    for true_boxes, found_boxes in zip(truth, found, strict=True):
        if not true_boxes or not found_boxes:
            false_positives += len(found_boxes)
            false_negatives += len(true_boxes)
            continue  # TrackEval keeps the partners of the last frame that had both
        matched = dict(_best(true_boxes, found_boxes, previous, min_iou))
        switches += sum(last_partner.get(one, other) != other for one, other in matched.items())
        false_positives += len(found_boxes) - len(matched)
        false_negatives += len(true_boxes) - len(matched)
        last_partner |= matched
        previous = matched
    true_count, found_count = sum(map(len, truth)), sum(map(len, found))
    idtp = _identity_matches(truth, found, min_iou)
    return Reference(
        false_positives,
        false_negatives,
        switches,
        1 - (false_positives + false_negatives + switches) / true_count,
        2 * idtp / (true_count + found_count),
        idtp / found_count,
        idtp / true_count,
    )


def _best(
    true_boxes: Frame, found_boxes: Frame, previous: Mapping[int, int], min_iou: float
) -> tuple[tuple[int, int], ...]:
    """Return the pairing that keeps most pairs of the frame before, and of those overlaps most."""

    def worth(pairing: tuple[tuple[int, int], ...]) -> tuple[int, float]:
        kept = sum(previous.get(one) == other for one, other in pairing)
        return kept, sum(overlap(true_boxes[one], found_boxes[other]) for one, other in pairing)

    return max(
        (
            pairing
            for pairing in pairings(list(true_boxes), list(found_boxes))
            if all(overlap(true_boxes[one], found_boxes[other]) >= min_iou for one, other in pairing)
        ),
        key=worth,
    )


def _identity_matches(truth: Sequence[Frame], found: Sequence[Frame], min_iou: float) -> int:
    """Return the most boxes that agree when each true identity has one track for all time."""
    together = {
        (one, other): sum(
            one in a and other in b and overlap(a[one], b[other]) >= min_iou for a, b in zip(truth, found, strict=True)
        )
        for one in {identity for frame in truth for identity in frame}
        for other in {identity for frame in found for identity in frame}
    }
    true_ids = sorted({one for one, _ in together})
    found_ids = sorted({other for _, other in together})
    return max(sum(together[pair] for pair in pairing) for pairing in pairings(true_ids, found_ids))
