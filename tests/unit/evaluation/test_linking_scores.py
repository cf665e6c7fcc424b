"""The linking measures against sets and loops, and against cases worked by hand."""

from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.evaluation.agreement import (
    NOBODY,
    LinkedTracklets,
    PrecisionRecall,
    bcubed_scores,
    compare_moves,
    exact_journeys,
    identity_scores,
    pair_scores,
)
from analytics.evaluation.linking import FOUND, REFERENCES, score_linking, score_with_references
from tests.unit.evaluation import reference_linking as reference
from tests.unit.evaluation.reference_linking import Seen


def linked(
    identities: list[int],
    people: list[int],
    cameras: list[int] | None = None,
    starts_at: list[int] | None = None,
    weights: list[float] | None = None,
) -> LinkedTracklets:
    """Return tracklets, each in a camera of its own and one after the other unless told otherwise, one point each."""
    count = len(identities)
    return LinkedTracklets(
        np.array(identities, np.int64),
        np.array(people, np.int64),
        np.array(range(count) if cameras is None else cameras, np.int64),
        np.array(range(count) if starts_at is None else starts_at, np.int64),
        np.array([1.0] * count if weights is None else weights),
    )


def test_faultless_links_have_every_share_at_one() -> None:
    """Whatever the identities are called, and with a person who was seen once."""
    scores = score_linking(linked([7, 7, 3, 3, 9], [0, 0, 1, 1, 2]))
    counts = {"tracklets": 5, "people": 3, "people_in_two_cameras": 2, "identities": 3}
    expected = {**counts, "true_moves": 2, "found_moves": 2}
    assert asdict(scores) == {name: expected.get(name, 1) for name in asdict(scores)}


def test_false_track_left_alone_costs_identity_precision_only() -> None:
    """A false track of one point beside five good ones is an identity too many, and a sixth of all points."""
    scores = score_linking(linked([7, 7, 3, 3, 9, 5], [0, 0, 1, 1, 2, NOBODY]))
    assert (scores.idp, scores.idr, scores.identities_per_person) == pytest.approx((5 / 6, 1, 4 / 3))
    assert (scores.pair_f1, scores.bcubed_f1, scores.exact_journeys, scores.move_f1) == (1, 1, 1, 1)


def test_all_in_one_identity() -> None:
    """Two people of two tracklets each in one identity: all is recalled, a third of the pairs is right."""
    scores = score_linking(linked([0, 0, 0, 0], [0, 0, 1, 1]))
    assert (scores.pair_precision, scores.pair_recall, scores.pair_f1) == (pytest.approx(1 / 3), 1, 0.5)
    assert (scores.bcubed_precision, scores.bcubed_recall) == (0.5, 1)
    assert (scores.idf1, scores.exact_journeys, scores.identities_per_person) == (0.5, 0, 0.5)
    assert (scores.true_moves, scores.found_moves, scores.move_precision) == (2, 3, pytest.approx(2 / 3))


def test_nothing_linked_has_no_precision_of_pairs() -> None:
    """Without a link there is no pair that could be wrong: precision is None, F1 is 0 since pairs were wanted."""
    scores = score_linking(linked([0, 1, 2], [0, 0, 0]))
    assert (scores.pair_precision, scores.pair_recall, scores.pair_f1) == (None, 0, 0)
    assert (scores.move_precision, scores.move_recall, scores.move_f1) == (None, 0, 0)
    assert (scores.bcubed_precision, scores.bcubed_recall) == (1, pytest.approx(1 / 3))


def test_no_tracklets_at_all() -> None:
    """Of nothing, there are no shares."""
    scores = score_linking(linked([], []))
    assert (scores.idf1, scores.pair_f1, scores.bcubed_f1, scores.exact_journeys, scores.move_f1) == (None,) * 5
    assert (scores.tracklets, scores.people, scores.identities) == (0, 0, 0)


def test_false_tracks_alone_earn_nothing_and_cost_identity_precision() -> None:
    """Only false tracks: nobody is to be found, each that stands is found in vain; linked, each pair is wrong."""
    apart = score_linking(linked([0, 1], [NOBODY, NOBODY]))
    assert (apart.idp, apart.idr, apart.pair_precision, apart.bcubed_f1, apart.people) == (0, None, None, None, 0)
    together = score_linking(linked([0, 0], [NOBODY, -7]))
    assert (together.pair_precision, together.found_moves, together.move_precision) == (0, 1, 0)


def test_false_track_in_a_journey_spoils_it() -> None:
    """A false track between two stops makes both moves wrong, and the journey is not exact."""
    scores = score_linking(linked([0, 0, 0], [0, NOBODY, 0]))
    assert (scores.exact_journeys, scores.found_moves, scores.move_precision, scores.move_recall) == (0, 2, 0, 0)


def test_fragments_of_one_stop_are_no_move() -> None:
    """Two fragments in one camera, then another camera: one move, found from either fragment."""
    for identities in ([0, 0, 0], [1, 0, 0], [0, 1, 0]):
        moves = compare_moves(linked(identities, [4, 4, 4], cameras=[0, 0, 1]))
        assert (moves.true, moves.found, moves.right) == (1, 1, 1)


def test_move_found_twice_is_right_once() -> None:
    """Two identities share a person's two stops: both make the same move, one counts."""
    moves = compare_moves(linked([0, 1, 0, 1], [4, 4, 4, 4], cameras=[0, 0, 1, 1]))
    assert (moves.true, moves.found, moves.right) == (1, 2, 1)
    assert (moves.scores.precision, moves.scores.recall) == (0.5, 1)


def test_skipped_stop_is_a_wrong_move() -> None:
    """Camera 0 to 2 without the stop in 1 between is none of the person's moves."""
    moves = compare_moves(linked([0, 1, 0], [4, 4, 4], cameras=[0, 1, 2]))
    assert (moves.true, moves.found, moves.right) == (2, 1, 0)


def test_identity_scores_weigh_tracklets_and_match_one_to_one() -> None:
    """A long tracklet and a short one of a person, apart: the long one counts. A shared identity serves one person."""
    apart = identity_scores(linked([0, 1], [0, 0], weights=[9, 1]))
    assert (apart.precision, apart.recall, apart.f1) == (0.9, 0.9, pytest.approx(0.9))
    shared = identity_scores(linked([0, 0], [0, 1], weights=[3, 1]))
    assert shared.precision == 0.75
    # greed would give identity 0 to person 0 (6) and leave 1 without: 6; the best is 5 + 4
    best = identity_scores(linked([0, 0, 1], [0, 1, 0], weights=[6, 4, 5]))
    assert best.precision == pytest.approx(9 / 15)


def test_pairs_in_one_camera_are_left_out_across_cameras() -> None:
    """Three tracklets of a person in cameras 0, 0 and 1: of three pairs, two are across."""
    every, across = pair_scores(linked([0, 0, 1], [0, 0, 0], cameras=[0, 0, 1]))
    assert (every.precision, every.recall) == (1, pytest.approx(1 / 3))
    assert (across.precision, across.recall) == (None, 0)


def test_exact_journeys_are_told_of_each_person_in_order() -> None:
    """Person 2 is whole, 5 is torn, 9 shares its identity with another; 9 is in one camera only."""
    is_exact, in_two = exact_journeys(linked([1, 1, 2, 3, 4, 4], [2, 2, 5, 5, 9, NOBODY]))
    assert (is_exact.tolist(), in_two.tolist()) == ([True, False, False], [True, True, False])


def test_references_bound_what_linking_can_reach() -> None:
    """The oracle is faultless, no linking finds no pair, and cameras apart link within them only."""
    table = score_with_references(linked([0, 0, 1, 2], [0, 0, 0, 1], cameras=[0, 0, 1, 1]))
    rows = {row["identities_of"]: row for row in table.to_pylist()}
    assert list(rows) == [FOUND, *REFERENCES]
    assert rows["oracle"]["pair_f1"] == rows["oracle"]["idf1"] == rows["oracle"]["exact_journeys"] == 1
    assert rows["unlinked"]["pair_recall"] == 0
    assert rows["cameras_apart"]["pair_recall"] == rows[FOUND]["pair_recall"] == pytest.approx(1 / 3)
    assert rows["cameras_apart"]["cross_camera_recall"] == 0
    assert (rows["unlinked"]["identities"], rows["cameras_apart"]["identities"], rows["oracle"]["identities"]) == (
        4,
        3,
        2,
    )


@pytest.mark.parametrize(("precision", "recall", "f1"), [(None, None, None), (None, 0, 0), (0, 0, 0), (1, 0.5, 2 / 3)])
def test_f1(precision: float | None, recall: float | None, f1: float | None) -> None:
    """The harmonic mean, 0 where nothing hit, None where there was nothing."""
    assert PrecisionRecall(precision, recall).f1 == f1


def test_broken_input_is_refused() -> None:
    """Arrays of different lengths, and weights below 0 or not a number."""
    with pytest.raises(ValueError, match=r"expected \(2,\) people, got \(1,\)"):
        linked([0, 1], [0])
    for weight in (-1.0, float("nan")):
        with pytest.raises(ValueError, match="weights >= 0"):
            linked([0], [0], weights=[weight])


@st.composite
def scenes(draw: st.DrawFn) -> list[Seen]:
    """Draw a handful of tracklets, many of them alike, begun at once, without weight, or nobody's."""
    small = st.integers(0, 3)
    one = st.builds(Seen, small, st.none() | small, st.integers(0, 2), st.integers(0, 4), st.integers(0, 5))
    return draw(st.lists(one, max_size=9))


def as_arrays(seen: list[Seen]) -> LinkedTracklets:
    """Return the same tracklets for the functions that are tested."""
    return linked(
        [one.identity for one in seen],
        [NOBODY if one.person is None else one.person for one in seen],
        [one.camera for one in seen],
        [one.starts_at for one in seen],
        [float(one.weight) for one in seen],
    )


def ratio(part: float, whole: float) -> float | None:
    """Return a share, None of nothing."""
    return pytest.approx(part / whole) if whole else None


@given(scenes())
def test_identity_scores_are_the_best_of_all_pairings(seen: list[Seen]) -> None:
    """IDP and IDR follow from the heaviest one-to-one pairing of people and identities."""
    hits = reference.identity_matches(seen)
    scores = identity_scores(as_arrays(seen))
    assert scores.precision == ratio(hits, sum(one.weight for one in seen))
    assert scores.recall == ratio(hits, sum(one.weight for one in seen if one.person is not None))


@given(scenes())
def test_pair_scores_compare_sets_of_pairs(seen: list[Seen]) -> None:
    """Precision and recall of pairs are those of two sets, with and without pairs of one camera."""
    for scores, only_across in zip(pair_scores(as_arrays(seen)), (False, True), strict=True):
        found, wanted = reference.pair_sets(seen, only_across)
        assert scores.precision == ratio(len(found & wanted), len(found))
        assert scores.recall == ratio(len(found & wanted), len(wanted))


@given(scenes())
def test_bcubed_scores_are_means_over_tracklets(seen: list[Seen]) -> None:
    """Each tracklet of a person compares its two sets."""
    expected, scores = reference.bcubed(seen), bcubed_scores(as_arrays(seen))
    if expected is None:
        assert (scores.precision, scores.recall) == (None, None)
    else:
        assert (scores.precision, scores.recall) == pytest.approx(tuple(map(float, expected)))


@given(scenes())
def test_exact_journeys_are_equal_sets(seen: list[Seen]) -> None:
    """A person's set of tracklets is that of an identity."""
    is_exact, in_two = exact_journeys(as_arrays(seen))
    assert (is_exact.sum(), len(is_exact)) == reference.exact(seen, in_two_cameras=False)
    assert ((is_exact & in_two).sum(), in_two.sum()) == reference.exact(seen, in_two_cameras=True)


@given(scenes())
def test_moves_follow_people_and_identities_through_time(seen: list[Seen]) -> None:
    """Moves are those of each person's and each identity's tracklets in order of time."""
    moves = compare_moves(as_arrays(seen))
    assert (moves.true, moves.found, moves.right) == reference.moves(seen)


@given(scenes(), st.randoms())
def test_order_and_names_do_not_matter(seen: list[Seen], random: object) -> None:
    """Shuffled rows and renamed identities, people and cameras score the same."""
    shuffled = list(seen)
    random.shuffle(shuffled)
    renamed = [Seen(9 - o.identity, o.person, o.camera, o.starts_at, o.weight) for o in shuffled]
    assert score_linking(as_arrays(renamed)) == score_linking(as_arrays(seen))
