"""Average precision, precision and recall against a reference that goes through every threshold by itself."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.evaluation.detection import Found, Rules, Verdicts, judge
from analytics.evaluation.motchallenge import PERSON, Annotations
from analytics.geometry import iou

Person = tuple[int, tuple[float, float, float, float], bool]  # frame, box, whether it counts
Detection = tuple[int, tuple[float, float, float, float], float]


def truth_of(people: list[Person]) -> Annotations:
    count = len(people)
    return Annotations(
        frames=np.array([frame for frame, _, _ in people], np.int64),
        ids=np.arange(count),
        boxes=np.array([box for _, box, _ in people], float).reshape(-1, 4),
        is_considered=np.array([counts for _, _, counts in people], np.bool_),
        class_nos=np.full(count, PERSON),
        visibility=np.ones(count),
    )


def found_of(detections: list[Detection]) -> Found:
    return Found(
        np.array([frame for frame, _, _ in detections], np.int64),
        np.array([box for _, box, _ in detections], float).reshape(-1, 4),
        np.array([score for _, _, score in detections], float),
    )


def reference(people: list[Person], detections: list[Detection], rules: Rules) -> tuple[list[tuple[float, bool]], int]:
    """Judge one detection after the other, strongest first, all frames together."""
    wanted = {
        number: (frame, box)
        for number, (frame, box, counts) in enumerate(people)
        if counts and box[3] - box[1] >= rules.min_height_px
    }
    taken: set[int] = set()
    verdicts = []
    for _, (frame, box, score) in sorted(enumerate(detections), key=lambda item: (-item[1][2], item[0])):
        free = {n: overlap(box, other) for n, (f, other) in wanted.items() if f == frame and n not in taken}
        best = max(free, key=lambda n: (free[n], -n), default=None)
        if best is not None and free[best] >= rules.min_iou:
            taken.add(best)
            verdicts.append((score, True))
            continue
        on_unwanted = any(
            f == frame and n not in wanted and overlap(box, other) >= rules.min_iou
            for n, (f, other, _) in enumerate(people)
        )
        if not on_unwanted and box[3] - box[1] >= rules.min_height_px:
            verdicts.append((score, False))
    return verdicts, len(wanted)


def overlap(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    return float(iou(np.array([a], float), np.array([b], float))[0, 0])


def reference_precision(verdicts: list[tuple[float, bool]], wanted: int) -> float:
    """Average, over the wanted people, of the best precision at which so many or more are found."""
    points = []
    for threshold in {score for score, _ in verdicts}:
        taken = [is_true for score, is_true in verdicts if score >= threshold]
        points.append((sum(taken), Fraction(sum(taken), len(taken))))
    best = [max((p for right, p in points if right >= number), default=Fraction(0)) for number in range(1, wanted + 1)]
    return float(sum(best, Fraction(0)) / wanted)


def small_boxes() -> st.SearchStrategy[tuple[float, float, float, float]]:
    side = st.integers(1, 4)
    return st.tuples(st.integers(0, 4), st.integers(0, 4), side, side).map(
        lambda b: (float(b[0]), float(b[1]), float(b[0] + b[2]), float(b[1] + b[3]))
    )


frames = st.integers(1, 2)
scores = st.sampled_from([0.1, 0.2, 0.5, 0.5, 0.9])


@given(
    st.lists(st.tuples(frames, small_boxes(), st.booleans()), max_size=6),
    st.lists(st.tuples(frames, small_boxes(), scores), max_size=8),
    st.sampled_from([0.3, 0.5, 1.0]),
    st.sampled_from([0.0, 2.0]),
)
def test_verdicts_and_precision_are_the_references(
    people: list[Person], detections: list[Detection], min_iou: float, min_height_px: float
) -> None:
    """Whatever overlaps, ties and ignored people there are."""
    rules = Rules(min_iou, min_height_px)

    verdicts = judge(truth_of(people), found_of(detections), rules)

    expected, wanted = reference(people, detections, rules)
    assert verdicts.wanted == wanted
    assert sorted(zip(verdicts.scores.tolist(), verdicts.is_true.tolist(), strict=True)) == sorted(expected)
    if wanted:
        assert verdicts.average_precision() == pytest.approx(reference_precision(expected, wanted))
    else:
        assert math.isnan(verdicts.average_precision())


def test_a_person_found_twice_counts_once() -> None:
    """The weaker of two detections on one person is false."""
    people = [(1, (0.0, 0.0, 10.0, 20.0), True)]
    verdicts = judge(truth_of(people), found_of([(1, (0, 0, 10, 20), 0.6), (1, (0, 0, 10, 19), 0.9)]), Rules())
    assert verdicts.is_true.tolist() == [True, False]
    assert verdicts.at(0.0) == (0.5, 1.0)
    assert verdicts.at(0.7) == (1.0, 1.0)


def test_hidden_and_small_people_are_neither_wanted_nor_false() -> None:
    """A detection on one of them is left out, and so is a small one on nobody; a large one on nobody is false."""
    truth = Annotations(
        frames=np.array([1, 1]),
        ids=np.array([1, 2]),
        boxes=np.array([[0.0, 0, 10, 20], [50, 0, 90, 100]]),
        is_considered=np.array([True, True]),
        class_nos=np.array([PERSON, PERSON]),
        visibility=np.array([1.0, 0.1]),
    )
    found = found_of([(1, (0, 0, 10, 20), 0.9), (1, (50, 0, 90, 100), 0.8), (1, (200, 0, 205, 9), 0.7)])
    rules = Rules(min_height_px=30, min_visibility=0.25)
    assert len(judge(truth, found, rules).scores) == 0
    assert judge(truth, found_of([(1, (200, 0, 230, 90), 0.7)]), rules).is_true.tolist() == [False]


def test_only_frames_that_were_looked_at_count() -> None:
    """Both a person and a detection on another frame are left out."""
    people = [(1, (0.0, 0.0, 10.0, 20.0), True), (2, (0.0, 0.0, 10.0, 20.0), True)]
    found = found_of([(1, (0, 0, 10, 20), 0.9), (3, (0, 0, 10, 20), 0.9)])
    verdicts = judge(truth_of(people), found, Rules(), frames=np.array([1]))
    assert verdicts.wanted == 1
    assert verdicts.is_true.tolist() == [True]


def test_recall_at_a_precision_is_the_highest() -> None:
    """Precision may fall below the wanted one and rise above it again; equality is enough."""
    verdicts = Verdicts(np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4]), np.array([True, False, True, True, True, False]), 5)
    assert verdicts.recall_at_precision(0.8) == (0.8, 0.5)
    assert verdicts.recall_at_precision(1.0) == (0.2, 0.9)
    assert Verdicts(np.array([0.9]), np.array([False]), 5).recall_at_precision(0.5) == (0.0, math.inf)


def test_detections_of_one_score_stand_or_fall_together() -> None:
    """No threshold separates them, so none is reported between them."""
    verdicts = Verdicts(np.array([0.5, 0.5]), np.array([True, False]), 1)
    assert verdicts.recall_at_precision(0.8) == (0.0, math.inf)
    assert verdicts.average_precision() == 0.5


def test_nothing_found_has_no_precision() -> None:
    """An empty answer is not perfect."""
    verdicts = judge(truth_of([(1, (0.0, 0.0, 10.0, 20.0), True)]), found_of([]), Rules())
    assert math.isnan(verdicts.at(0.5)[0])
    assert verdicts.at(0.5)[1] == 0
    assert verdicts.average_precision() == 0


def test_several_cameras_are_judged_together() -> None:
    """Thresholds are common, people add up."""
    one = Verdicts(np.array([0.9, 0.2]), np.array([True, False]), 1)
    other = Verdicts(np.array([0.5]), np.array([True]), 2)
    both = Verdicts.together([one, other])
    assert both.scores.tolist() == [0.9, 0.5, 0.2]
    assert both.at(0.3) == (1.0, pytest.approx(2 / 3))
    assert Verdicts.together([]).wanted == 0
