"""From points to stays: time by the spacing of points, ways without gaps, and each person once."""

from collections import defaultdict
from itertools import pairwise
from math import ceil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.heatmaps import counting
from analytics.heatmaps.grids import Grid
from analytics.heatmaps.stays import Points, Stays, Whose, at_most_once, stays_of
from analytics.timebase import Interval

GRID = Grid(6.0, 5.0, 1.0)
ALWAYS = (Interval(0, 10**15),)
NEVER = np.iinfo(np.int64).max
S = 1_000_000


def whose(*people: int) -> Whose:
    """Tracklets of one person each."""
    numbers = np.array(people, np.int64)
    return Whose(numbers, np.full(len(people), -1), np.full(len(people), NEVER))


def points(*rows: tuple[int, float, float, float]) -> Points:
    """Points of tracklet, seconds, x, y."""
    table = np.array(rows, np.float64).reshape(-1, 4)
    return Points(table[:, 0].astype(np.int64), np.round(table[:, 1] * S).astype(np.int64), table[:, 2:])


def by_a_loop(found: Points) -> dict[int, float]:
    """Seconds in each cell, step by step: pieces of half a cell and half a second, each where its middle is."""
    seconds: dict[int, float] = defaultdict(float)
    rows = sorted(zip(found.tracklet.tolist(), found.at.tolist(), found.place.tolist(), strict=True))
    steps = [b[1] - a[1] for a, b in pairwise(rows) if a[0] == b[0]]
    usual = min(int(np.median(steps)), 2 * S) if steps else 0
    for number, (tracklet, at, place) in enumerate(rows):
        after = rows[number + 1] if number + 1 < len(rows) and rows[number + 1][0] == tracklet else None
        length = usual if after is None else min(after[1] - at, 2 * S)
        target = place if after is None or after[1] - at > 2 * S else after[2]
        way = [target[0] - place[0], target[1] - place[1]]
        count = max(1, ceil(max(np.hypot(*way) * 2 / GRID.size, length / (0.5 * S))))
        for piece in range(count):
            middle = np.array([[place[axis] + way[axis] * (piece + 0.5) / count for axis in (0, 1)]])
            seconds[int(GRID.cells_of(middle)[0])] += length / count / S
    return seconds


@given(st.integers(0, 10_000))
@settings(max_examples=60)
def test_dwell_of_cells_is_what_a_loop_adds_up(seed: int) -> None:
    """Any tracklets, with breaks, jumps and places outside the grid: the same seconds in the same cells."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 30))
    at = np.unique(rng.integers(0, 40, count)) * 400_000
    found = Points(rng.integers(0, 4, len(at)), at, rng.uniform(-1, 7, (len(at), 2)))
    stays = stays_of(found, whose(0, 1, 2, 3), GRID, ALWAYS)
    expected = by_a_loop(found)
    summed = np.bincount(stays.cell + 1, stays.seconds, GRID.rows * GRID.columns + 1)
    np.testing.assert_allclose(summed, [expected.get(cell - 1, 0.0) for cell in range(len(summed))], atol=1e-4)


def test_a_point_stands_for_the_time_until_the_next_but_not_for_long() -> None:
    """Uneven spacing counts as it is; a break of ten seconds counts as two; the last point as the usual step."""
    found = points((0, 0, 0.5, 0.5), (0, 0.2, 0.5, 0.5), (0, 0.6, 0.5, 0.5), (0, 10.6, 0.5, 0.5), (0, 11, 0.5, 0.5))
    stays = stays_of(found, whose(0), GRID, ALWAYS)
    assert counting.dwell_s(stays, GRID)[0, 0] == pytest.approx(0.2 + 0.4 + 2.0 + 0.4 + 0.4)
    assert counting.dwell_s(stays, GRID).sum() == pytest.approx(stays.seconds.sum())


def test_a_fast_walk_jumps_over_no_cell() -> None:
    """Two points a second apart at the ends of a row of cells: each cell has its share, and one visit."""
    stays = stays_of(points((0, 0, 0.0, 0.5), (0, 1, 6.0, 0.5)), whose(0), GRID, ALWAYS)
    assert counting.visits(stays, GRID, 10.0)[0].tolist() == [1.0] * 6
    assert counting.dwell_s(stays, GRID)[0, :5] == pytest.approx([1 / 6] * 5, abs=1e-5)


def test_a_short_hole_is_walked_through_and_a_long_one_is_not() -> None:
    """A place that is not known for a second lies between its neighbours; for longer it is nowhere."""
    nan = float("nan")
    short = points((0, 0, 0.5, 0.5), (0, 0.5, nan, nan), (0, 1.0, 2.5, 0.5))
    assert (stays_of(short, whose(0), GRID, ALWAYS).cell >= 0).all()
    long = points((0, 0, 0.5, 0.5), *((0, 0.5 + step / 2, nan, nan) for step in range(6)), (0, 4, 2.5, 0.5))
    stays = stays_of(long, whose(0), GRID, ALWAYS)
    assert stays.seconds[stays.cell < 0].sum() == pytest.approx(3.5, abs=0.51)


def test_a_person_counts_once_for_each_visit_whatever_tracklets_tell() -> None:
    """Two tracklets of one person and one of another; whoever is back after the gap visits again."""
    found = points(
        *((0, second, 0.5, 0.5) for second in range(5)),
        *((1, 8 + second, 0.5, 0.5) for second in range(5)),
        *((2, second, 0.5, 0.5) for second in range(5)),
        *((3, 40 + second, 0.5, 0.5) for second in range(5)),
    )
    stays = stays_of(found, whose(7, 7, 9, 7), GRID, ALWAYS)
    assert counting.visits(stays, GRID, 10.0)[0, 0] == 3
    assert counting.people(stays, GRID)[0, 0] == 2
    assert counting.visits(stays, GRID, 1.0)[0, 0] == 4


def test_a_switched_tracklet_is_another_person_from_then_on_and_nobody_counts_as_nobody() -> None:
    """Its time goes to the one and then to the other; tracklets of staff have no stays."""
    found = points(*((0, second, 0.5, 0.5) for second in range(10)), *((1, second, 1.5, 0.5) for second in range(10)))
    switched = Whose(np.array([3, -1]), np.array([4, -1]), np.array([6 * S, NEVER]))
    stays = stays_of(found, switched, GRID, ALWAYS)
    assert [stays.seconds[stays.person == person].sum() for person in (3, 4)] == pytest.approx([6.0, 4.0])
    assert set(stays.person.tolist()) == {3, 4}
    assert counting.people(stays, GRID)[0, :2].tolist() == [2, 0]


def test_only_what_lies_in_the_windows_counts() -> None:
    """Half of a minute, in two stretches."""
    found = points(*((0, second, 0.5, 0.5) for second in range(60)))
    windows = (Interval(10 * S, 25 * S), Interval(40 * S, 55 * S))
    stays = stays_of(found, whose(0), GRID, windows)
    assert stays.seconds.sum() == pytest.approx(30.0)
    assert not len(stays_of(found, whose(0), GRID, ()))


def test_two_cameras_with_a_common_view_do_not_double_the_time() -> None:
    """A person's second is a second; hand-overs and other people lose nothing."""
    found = points(
        *((0, step / 2, 0.5, 0.5) for step in range(20)),
        *((1, step / 2 + 0.1, 1.5, 0.5) for step in range(20)),
        *((2, step / 2, 2.5, 0.5) for step in range(20)),
        *((3, 10 + step / 2, 2.5, 0.5) for step in range(20)),
    )
    stays = at_most_once(stays_of(found, whose(0, 0, 1, 1), GRID, ALWAYS))
    assert stays.seconds[stays.person == 0].sum() == pytest.approx(10.0, abs=0.6)
    assert stays.seconds[stays.person == 1].sum() == pytest.approx(20.0)
    assert len(at_most_once(Stays.joined([]))) == 0
