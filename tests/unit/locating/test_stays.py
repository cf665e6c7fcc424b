"""Presence in a zone: what a stretch is, what jitter is not, and the fast way beside the slow one."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.locating.sightings import Sightings
from analytics.locating.zones import Stays, stays
from tests.builders.sightings import STEP_US, Spot, sightings, slow_stays

SQUARE = np.array([[0, 0], [100, 0], [100, 100], [0, 100]], np.float64)
OUT, SHALLOW_OUT, SHALLOW_IN, IN = (-40.0, 50.0), (-2.0, 50.0), (3.0, 50.0), (50.0, 50.0)

spots = st.sampled_from((OUT, SHALLOW_OUT, SHALLOW_IN, IN, (120.0, 104.0), (98.0, 98.0), None))
paths = st.lists(st.lists(spots, min_size=1, max_size=14), max_size=4)


def rows(found: Stays) -> list[tuple[int, int, int, bool, bool]]:
    columns = (found.tracklet_nos, found.entered_at, found.left_at, found.begins_inside, found.ends_inside)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def frames(*path: Spot) -> list[tuple[int, int]]:
    """Return the frames at which somebody entered and left the square."""
    found = stays(sightings([path]), SQUARE)
    return [(enter // STEP_US, left // STEP_US) for _, enter, left, _, _ in rows(found)]


@given(paths)
def test_all_tracklets_at_once_are_as_each_point_by_point(made: list[list[Spot]]) -> None:
    """The vectorised stays are those of a state machine that goes from point to point."""
    seen = sightings(made)
    assert rows(stays(seen, SQUARE)) == slow_stays(seen, SQUARE)


@given(paths)
def test_stays_of_one_tracklet_never_overlap(made: list[list[Spot]]) -> None:
    """Each stay begins when or after the one before has ended, and has a length."""
    found = rows(stays(sightings(made), SQUARE))
    assert all(entered < left for _, entered, left, _, _ in found)
    assert all(one[2] <= other[1] for one, other in itertools.pairwise(found) if one[0] == other[0])


@given(st.lists(st.sampled_from((SHALLOW_OUT, SHALLOW_IN)), min_size=1, max_size=30))
def test_swaying_on_the_border_is_at_most_one_stay(made: list[Spot]) -> None:
    """Whoever never leaves the margin on either side enters once or not at all."""
    assert len(frames(*made)) <= 1


def test_a_stay_goes_from_the_first_frame_inside_to_the_first_outside() -> None:
    """Nothing is taken off its ends for going through the margin."""
    assert frames(OUT, SHALLOW_OUT, SHALLOW_IN, IN, SHALLOW_IN, SHALLOW_OUT, OUT) == [(2, 5)]


def test_a_shallow_step_out_breaks_nothing_and_a_deep_one_does() -> None:
    """Only the excursion that goes beyond the margin is one."""
    assert frames(OUT, IN, SHALLOW_OUT, IN, OUT) == [(1, 4)]
    assert frames(OUT, IN, OUT, IN, OUT) == [(1, 2), (3, 4)]


def test_a_shallow_step_in_is_none() -> None:
    """Whoever walks by along the border was not in the zone."""
    assert frames(OUT, SHALLOW_IN, SHALLOW_OUT, SHALLOW_IN, OUT) == []


def test_a_margin_of_nothing_undoes_nothing() -> None:
    """Measured feet count frame by frame."""
    found = stays(sightings([[OUT, SHALLOW_IN, OUT, IN, SHALLOW_OUT, IN]], margin=0.0), SQUARE)
    assert [(a // STEP_US, b // STEP_US) for _, a, b, _, _ in rows(found)] == [(1, 2), (3, 4), (5, 6)]


def test_holes_are_bridged_while_they_are_short() -> None:
    """Two seconds from foot to foot are one stay; a frame more, and there are two, neither seen whole."""
    short, long = [None] * 19, [None] * 20
    assert frames(OUT, IN, *short, IN, OUT) == [(1, 22)]
    found = rows(stays(sightings([[OUT, IN, *long, IN, OUT]]), SQUARE))
    assert [(a // STEP_US, b // STEP_US, begin, end) for _, a, b, begin, end in found] == [
        (1, 2, False, True),
        (22, 23, True, False),
    ]


def test_beginning_and_end_inside_are_told() -> None:
    """A tracklet that begins or ends in the zone says so; the stay ends just after its last point."""
    assert rows(stays(sightings([[IN, IN], [OUT, IN, OUT]]), SQUARE)) == [
        (0, 0, 2 * STEP_US, True, True),
        (1, STEP_US, 2 * STEP_US, False, False),
    ]


def test_only_own_points_are_counted() -> None:
    """What happens in the neighbouring segment cuts the stay at the segment's ends, and says that it goes on."""
    seen = sightings([[OUT, IN, IN, IN, IN, OUT]])
    own = np.array([False, False, True, True, False, False])
    cut = Sightings(
        seen.tracklet_ids,
        seen.tracklet_nos,
        seen.captured_at,
        own,
        seen.feet,
        seen.margins,
        STEP_US,
        seen.max_hole_us,
    )
    assert rows(stays(cut, SQUARE)) == [(0, 2 * STEP_US, 4 * STEP_US, True, True)]


@pytest.mark.parametrize("made", [[], [[None, None]], [[OUT]]])
def test_nobody_inside_is_no_row(made: list[list[Spot]]) -> None:
    """No tracklets, no known feet, nobody near: no stays."""
    assert rows(stays(sightings(made), SQUARE)) == []


def test_two_zones_that_share_a_border_count_each_instant_once() -> None:
    """With measured feet the seconds of two halves are those of the whole."""
    rng = np.random.default_rng(3)
    path: list[Spot] = [(float(x), float(y)) for x, y in np.cumsum(rng.normal(0, 20, (400, 2)), axis=0) % 140 - 20]
    seen = sightings([path], margin=0.0)
    left, right = SQUARE * [0.5, 1], SQUARE * [0.5, 1] + [50, 0]
    seconds = [sum(row[2] - row[1] for row in rows(stays(seen, each))) for each in (left, right, SQUARE)]
    assert seconds[0] + seconds[1] == seconds[2] > 0
