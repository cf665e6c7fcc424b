import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.geometry import IntArray
from analytics.linking.feasibility import (
    DECISION,
    FASTER_THAN_TRANSIT,
    FEASIBLE,
    KNOWN_APART,
    TWICE_IN_ONE_VIEW,
    TWO_PLACES_AT_ONCE,
    Limits,
    Sightings,
    broken_rules,
)
from analytics.linking.groups import group

SECOND = 1_000_000
NOBODY = np.zeros((0, 2), np.int64)


def limits(cameras: int = 2, tolerance_s: float = 2.0, transit_s: float = 0.0, cannot: IntArray = NOBODY) -> Limits:
    transit = np.full((cameras, cameras), round(transit_s * SECOND))
    np.fill_diagonal(transit, 0)
    none = np.zeros((cameras, cameras), np.int64)
    return Limits(transit, none, round(tolerance_s * SECOND), 2 * SECOND, cannot)


def sightings(rows: list[tuple[int, float, float]], anchors: list[int] | None = None) -> Sightings:
    camera, starts, ends = (np.array(column) for column in zip(*rows, strict=True))
    given_anchors = np.array(anchors or [-1] * len(rows))
    return Sightings(
        camera.astype(np.int64),
        np.round(starts * SECOND).astype(np.int64),
        np.round(ends * SECOND).astype(np.int64),
        given_anchors,
        np.zeros(len(rows), np.int64),
        np.zeros(len(rows), np.int64),
    )


def rule(where: Sightings, limits: Limits) -> int:
    """Return the rule about the first piece and all others together."""
    labels = np.minimum(np.arange(len(where)), 1)
    groups = group(labels, where.starts_at, where.ends_at)
    return int(broken_rules(where, groups, np.array([0]), np.array([1]), limits)[0])


@pytest.mark.parametrize(
    ("rows", "transit_s", "expected"),
    [
        ([(0, 0, 10), (0, 8, 20)], 0, FEASIBLE),  # an overlap of exactly the tolerance
        ([(0, 0, 10), (0, 7.9, 20)], 0, TWICE_IN_ONE_VIEW),
        ([(0, 0, 10), (1, 8, 20)], 0, FEASIBLE),
        ([(0, 0, 10), (1, 7.9, 20)], 0, TWO_PLACES_AT_ONCE),
        ([(0, 0, 60), (1, 30, 31)], 0, TWO_PLACES_AT_ONCE),  # short, but no clock error parts the two
        ([(0, 0, 10), (1, 18, 20)], 10, FEASIBLE),  # 8 s where 10 are needed: the tolerance makes up for it
        ([(0, 0, 10), (1, 17.9, 20)], 10, FASTER_THAN_TRANSIT),
        ([(0, 0, 10), (0, 10, 20)], 10, FEASIBLE),  # no way to go in one view
    ],
)
def test_rules_at_their_limits(rows: list[tuple[int, float, float]], transit_s: float, expected: int) -> None:
    """Each rule fires just beyond its tolerance, whichever of the two is named first."""
    assert rule(sightings(rows), limits(transit_s=transit_s)) == expected
    assert rule(sightings(rows[::-1]), limits(transit_s=transit_s)) == expected


def test_views_that_overlap_may_show_a_person_at_once() -> None:
    """A pair of overlapping views knows neither two places at once nor a transit."""
    where, closed = sightings([(0, 0, 10), (1, 0, 10)]), limits(transit_s=5)
    opened = Limits(closed.min_transit_us, np.ones((2, 2), np.int64), 2 * SECOND, 2 * SECOND, NOBODY)
    assert rule(where, closed) == TWO_PLACES_AT_ONCE
    assert rule(where, opened) == FEASIBLE


def test_a_decision_stands_above_all_rules() -> None:
    """Pieces that a person told apart are refused as such, also when another rule would refuse them too."""
    where = sightings([(0, 0, 10), (1, 5, 20)])
    assert rule(where, limits(cannot=np.array([[0, 1]]))) == DECISION


def test_identities_of_an_earlier_night_stay_apart() -> None:
    """Two groups that hold different earlier identities do not merge; one earlier identity may grow."""
    rows = [(0, 0.0, 1.0), (0, 100.0, 101.0)]
    assert rule(sightings(rows, [3, 4]), limits()) == KNOWN_APART
    assert rule(sightings(rows, [3, -1]), limits()) == FEASIBLE
    assert rule(sightings(rows, [3, 3]), limits()) == FEASIBLE


def slow_rule(where: Sightings, a: list[int], b: list[int], limits: Limits) -> int:
    """Look at every pair of pieces: what would have to be shifted to let one person be both?"""
    found = set()
    for i in a:
        for j in b:
            if where.camera[i] == where.camera[j]:
                overlap = min(where.ends_at[i], where.ends_at[j]) - max(where.starts_at[i], where.starts_at[j])
                if overlap > limits.view_tolerance_us:
                    found.add(TWICE_IN_ONE_VIEW)
                continue
            lack = []
            for one, two in ((i, j), (j, i)):
                gap = where.starts_at[two] - where.ends_at[one]
                needed = limits.min_transit_us[where.camera[one], where.camera[two]]
                lack.append((needed - gap, -gap))
            if min(gap for _, gap in lack) > limits.clock_tolerance_us:
                found.add(TWO_PLACES_AT_ONCE)
            elif min(total for total, _ in lack) > limits.clock_tolerance_us:
                found.add(FASTER_THAN_TRANSIT)
    return min(found, default=FEASIBLE)


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 60), st.integers(0, 15), st.integers(0, 3)), min_size=2, max_size=12
    ),
    st.integers(0, 12),
)
def test_sweeping_equals_comparing_all_pairs(rows: list[tuple[int, int, int, int]], transit_s: int) -> None:
    """Groups of any size are judged as by looking at each pair of their pieces."""
    where = sightings([(camera, start, start + length) for camera, start, length, _ in rows])
    labels = np.array([label for *_, label in rows])
    groups = group(labels, where.starts_at, where.ends_at)
    pairs = [(a, b) for a in range(len(groups)) for b in range(a + 1, len(groups))]
    if not pairs:
        return
    a, b = np.array(pairs).T
    found = broken_rules(where, groups, a, b, limits(3, transit_s=transit_s))
    members = [np.flatnonzero(groups.labels == label).tolist() for label in range(len(groups))]
    expected = [slow_rule(where, members[i], members[j], limits(3, transit_s=transit_s)) for i, j in pairs]
    assert found.tolist() == expected
