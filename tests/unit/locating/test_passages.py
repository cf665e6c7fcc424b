"""Crossings of a line: direction, jitter, the segment and not its extension, and the fast way beside the slow one."""

import itertools
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analytics.locating.lines import passages
from tests.builders.sightings import STEP_US, Spot, sightings, slow_crossings

START, END = np.array([0.0, 0.0]), np.array([100.0, 0.0])
"""From left to right in the image: its left is above it."""

ABOVE, NEAR_ABOVE, NEAR_BELOW, BELOW = (50.0, -40.0), (50.0, -2.0), (50.0, 3.0), (50.0, 40.0)
spots = st.sampled_from((ABOVE, NEAR_ABOVE, NEAR_BELOW, BELOW, (150.0, -30.0), (150.0, 30.0), (104.0, 2.0), None))
paths = st.lists(st.lists(spots, min_size=1, max_size=14), max_size=4)
over = st.lists(st.sampled_from((ABOVE, NEAR_ABOVE, NEAR_BELOW, BELOW)), min_size=1, max_size=30)


def crossed(*made: list[Spot]) -> list[tuple[int, int, bool]]:
    """Return tracklet, frame and whether from the left."""
    found = passages(sightings(made), START, END)
    columns = (found.tracklet_nos, found.crossed_at // STEP_US, found.from_left)
    return list(zip(*(column.tolist() for column in columns), strict=True))


@given(paths)
def test_all_tracklets_at_once_are_as_each_point_by_point(made: list[list[Spot]]) -> None:
    """The vectorised crossings are those of a walk from point to point."""
    expected = [(number, at // STEP_US, left) for number, at, left in slow_crossings(sightings(made), START, END)]
    assert crossed(*made) == expected


@given(over)
def test_crossed_and_recrossed_sums_to_zero(made: list[Spot]) -> None:
    """Ins minus outs is the difference of the sides at which the way begins and ends, and directions alternate."""
    directions = [1 if from_left else -1 for _, _, from_left in crossed(made)]
    sides = [int(spot is not None and spot[1] >= 0) for spot in (made[0], made[-1])]
    assert sum(directions) == sides[1] - sides[0]
    assert all(one == -other for one, other in itertools.pairwise(directions))


@given(st.lists(st.sampled_from((NEAR_ABOVE, NEAR_BELOW)), min_size=1, max_size=30))
def test_swaying_on_the_line_is_at_most_one_crossing(made: list[Spot]) -> None:
    """Whoever never leaves the margin crosses once or not at all."""
    assert len(crossed(made)) <= 1


@given(over)
def test_the_way_back_is_the_way_mirrored(made: list[Spot]) -> None:
    """Walking the same way in reverse crosses as often, the other way round."""
    there, back = crossed(made), crossed(made[::-1])
    assert [not left for _, _, left in back[::-1]] == [left for _, _, left in there]


def test_a_crossing_is_at_the_first_frame_beyond() -> None:
    """The margin decides whether it is one, and not when it was."""
    assert crossed([ABOVE, NEAR_ABOVE, NEAR_BELOW, BELOW]) == [(0, 2, True)]
    assert crossed([BELOW, NEAR_ABOVE, ABOVE]) == [(0, 1, False)]


def test_a_look_through_the_door_is_none() -> None:
    """Stepping over the line by less than the margin, and back, is no crossing; further it is two."""
    assert crossed([ABOVE, NEAR_BELOW, ABOVE]) == []
    assert crossed([ABOVE, BELOW, ABOVE]) == [(0, 1, True), (0, 2, False)]


def test_whoever_ends_just_beyond_has_crossed() -> None:
    """A tracklet that ends or begins near the line is where it is: nothing shows that it went back."""
    assert crossed([ABOVE, NEAR_BELOW]) == [(0, 1, True)]
    assert crossed([NEAR_ABOVE, BELOW]) == [(0, 1, True)]


def test_going_round_the_end_is_no_crossing() -> None:
    """The segment counts and not its extension; whoever goes round may cross in the same direction again."""
    round_the_end: list[Spot] = [BELOW, (150.0, 30.0), (150.0, -30.0), ABOVE]
    assert crossed(round_the_end) == []
    assert crossed([ABOVE, *round_the_end, BELOW]) == [(0, 1, True), (0, 5, True)]


def test_the_ends_belong_to_the_line() -> None:
    """A way that meets the very end crosses, a hair beyond it does not."""
    assert len(crossed([(100.0, -40.0), (100.0, 40.0)])) == 1
    assert crossed([(100.001, -40.0), (100.001, 40.0)]) == []


def test_a_hole_is_crossed_by_a_straight_way_while_it_is_short() -> None:
    """After two seconds unseen nobody knows which way somebody took."""
    assert crossed([ABOVE, *[None] * 19, BELOW]) == [(0, 20, True)]
    assert crossed([ABOVE, *[None] * 20, BELOW]) == []


def test_a_cut_of_the_footage_counts_a_crossing_once() -> None:
    """Two tracklets of neighbouring segments see the same way; the one that owns the frame beyond the line counts."""
    way: list[Spot] = [ABOVE, NEAR_ABOVE, NEAR_BELOW, BELOW]
    for cut in range(5):
        own = np.arange(4) < cut
        found = [passages(replace(sightings([way]), is_own=part), START, END) for part in (own, ~own)]
        assert [len(each.crossed_at) for each in found] == ([0, 1] if cut <= 2 else [1, 0])


def test_nobody_is_no_crossing() -> None:
    """No tracklets, no feet, one point: no rows."""
    assert crossed() == []
    assert crossed([None, None], [ABOVE]) == []
