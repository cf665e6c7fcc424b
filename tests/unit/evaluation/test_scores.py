"""TrackEval's figures, as `Scorer` hands them on, against an exhaustive reference and cases worked by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.evaluation.motchallenge import Annotations, annotations
from analytics.evaluation.scores import Scorer, Scores
from tests.unit.evaluation import reference_scores
from tests.unit.evaluation.reference_scores import Frame

TOLERANCE = 1e-12
"""Both divide the same whole numbers: only the last bit of a division may differ."""

BOX = (0.0, 0.0, 10.0, 20.0)
FAR = (100.0, 0.0, 110.0, 20.0)


def from_frames(frames: list[Frame]) -> Annotations:
    """Return boxes by frame and identity as arrays."""
    rows = [(number, identity, box) for number, frame in enumerate(frames, 1) for identity, box in frame.items()]
    return annotations(
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1] for row in rows], np.int64),
        np.array([row[2] for row in rows], np.float64).reshape(-1, 4),
    )


def score(truth: list[Frame], found: list[Frame], min_iou: float = 0.5) -> Scores:
    """Score one camera on all of its frames."""
    scorer = Scorer(min_iou)
    return scorer.combine([scorer.evaluate(from_frames(truth), from_frames(found), np.arange(1, len(truth) + 1))])


def test_perfect_tracks_have_every_share_at_one() -> None:
    """The truth scored against itself, under other numbers, is perfect."""
    scores = score([{1: BOX, 2: FAR}] * 5, [{7: BOX, 3: FAR}] * 5)
    shares = (scores.hota, scores.deta, scores.assa, scores.mota, scores.motp, scores.idf1, scores.idp, scores.idr)
    assert shares == pytest.approx((1,) * 8)
    assert (scores.mostly_tracked, scores.switches, scores.false_positives, scores.false_negatives) == (2, 0, 0, 0)
    assert (scores.truth_boxes, scores.found_boxes, scores.truth_ids, scores.found_ids) == (10, 10, 2, 2)


def test_one_switch_halfway() -> None:
    """A person followed by two tracks, half of the time each: MOTA loses one of ten, IDF1 half, AssA half."""
    scores = score([{1: BOX}] * 10, [{1: BOX}] * 5 + [{2: BOX}] * 5)
    assert scores.switches == 1
    assert scores.mota == pytest.approx(0.9)
    assert scores.idf1 == pytest.approx(0.5)
    assert scores.deta == pytest.approx(1)
    assert scores.assa == pytest.approx(0.5)
    assert scores.hota == pytest.approx(math.sqrt(0.5))


def test_no_tracks_at_all() -> None:
    """Nothing found is everything missed: MOTA 0, one identity lost."""
    scores = score([{1: BOX}] * 4, [{}] * 4)
    assert (scores.mota, scores.idf1, scores.hota) == (0, 0, 0)
    assert (scores.false_negatives, scores.mostly_lost, scores.false_positives) == (4, 1, 0)


def test_no_truth_has_no_shares() -> None:
    """Without a true box there is nothing to be right about: the shares are None, the errors are counted."""
    scores = score([{}] * 4, [{1: BOX}] * 4)
    assert (scores.mota, scores.idf1, scores.hota, scores.motp) == (None,) * 4
    assert scores.false_positives == 4
    assert score([{}], [{}]).mota is None


def test_more_errors_than_people_make_mota_negative() -> None:
    """MOTA has no lower end."""
    assert score([{1: BOX}] * 2, [{1: FAR, 2: (200.0, 0.0, 210.0, 20.0)}] * 2).mota == pytest.approx(-2)


def test_overlap_at_the_threshold_counts() -> None:
    """An overlap of exactly the minimum is a match, a little less is none."""
    half = {1: (0.0, 0.0, 10.0, 10.0)}
    assert score([{1: BOX}], [half], min_iou=0.5).mota == 1
    assert score([{1: BOX}], [half], min_iou=0.501).mota == pytest.approx(-1)


def test_frames_that_are_not_evaluated_count_nowhere() -> None:
    """Boxes of other frames, true or found, are neither errors nor matches."""
    truth, found = from_frames([{1: BOX}, {1: BOX, 2: FAR}, {1: BOX}]), from_frames([{1: BOX}, {5: FAR}, {1: BOX}])
    scorer = Scorer()
    scores = scorer.combine([scorer.evaluate(truth, found, np.array([1, 3]))])
    assert (scores.truth_boxes, scores.found_ids, scores.mota, scores.idf1) == (2, 1, 1, 1)


def test_cameras_together_add_their_errors() -> None:
    """A perfect camera and one that missed everything, of the same size, have half the MOTA; identities add up."""
    scorer, truth = Scorer(), from_frames([{1: BOX}] * 4)
    frames = np.arange(1, 5)
    results = [scorer.evaluate(truth, truth, frames), scorer.evaluate(truth, from_frames([]), frames)]
    scores = scorer.combine(results)
    assert (scores.mota, scores.truth_ids, scores.found_ids, scores.truth_boxes) == (0.5, 2, 1, 8)
    assert scores.idr == 0.5


def test_no_camera_is_refused() -> None:
    """There is no score of nothing."""
    with pytest.raises(ValueError, match="at least one camera"):
        Scorer().combine([])


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    """TrackEval prints its configuration unless told not to; standard output belongs to the data."""
    score([{1: BOX}], [{1: BOX}])
    assert capfd.readouterr() == ("", "")


@st.composite
def tracks(draw: st.DrawFn) -> tuple[list[Frame], list[Frame]]:
    """Draw a few people that wander, and tracks that follow them with noise, gaps, switches and false boxes."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    frame_count, people = draw(st.integers(1, 8)), draw(st.integers(1, 3))
    start, step = random.uniform(0, 30, (people, 2)), random.uniform(-4, 4, (people, 2))
    truth: list[Frame] = []
    found: list[Frame] = []
    names = list(range(people))
    for number in range(frame_count):
        if random.random() < 0.2:
            random.shuffle(names)
        corners = start + number * step
        here = {one: (*map(float, corners[one]), *map(float, corners[one] + [10, 20])) for one in range(people)}
        truth.append({one: box for one, box in here.items() if random.random() < 0.9})
        seen = {
            names[one]: tuple(float(value) for value in np.array(box) + random.normal(0, 1.5, 4))
            for one, box in here.items()
            if random.random() < 0.8
        }
        if random.random() < 0.3:
            seen[people] = (*map(float, random.uniform(0, 30, 2)), 45.0, 60.0)
        found.append(seen)
    return truth, found


@settings(max_examples=150)
@given(tracks(), st.sampled_from([0.3, 0.5, 0.7]))
def test_scores_equal_the_reference(drawn: tuple[list[Frame], list[Frame]], min_iou: float) -> None:
    """CLEAR-MOT and identity scores of random tracks are those of trying every assignment."""
    truth, found = drawn
    if not any(truth) or not any(found):
        return
    expected = reference_scores.score(truth, found, min_iou)
    scores = score(truth, found, min_iou)
    assert (scores.false_positives, scores.false_negatives, scores.switches) == (
        expected.false_positives,
        expected.false_negatives,
        expected.switches,
    )
    assert (scores.mota, scores.idf1, scores.idp, scores.idr) == pytest.approx(
        (expected.mota, expected.idf1, expected.idp, expected.idr), abs=TOLERANCE
    )
