"""One person who is tracked twice counts once; two people do not become one."""

import numpy as np

from analytics.locating.twins import shadows
from tests.builders.sightings import STEP_US, Spot, sightings


def walk(frames: int, dx: float = 0.0, dy: float = 0.0) -> list[Spot]:
    return [(10.0 * number + dx, 100.0 + dy) for number in range(frames)]


def test_the_later_tracklet_of_one_person_is_a_shadow_while_both_are_there() -> None:
    """What it does after the other has ended is its own."""
    late = [STEP_US * number for number in range(10, 30)]
    first, second = walk(20), walk(30, dx=2)[10:]
    seen = sightings([first, second], instants=[[STEP_US * n for n in range(20)], late])
    assert shadows(seen).tolist() == [False] * 20 + [True] * 10 + [False] * 10


def test_of_two_that_begin_together_the_shorter_is_the_shadow() -> None:
    """In whatever order they come."""
    assert shadows(sightings([walk(20), walk(8, dx=3)])).tolist() == [False] * 20 + [True] * 8
    assert shadows(sightings([walk(8, dx=3), walk(20)])).tolist() == [True] * 8 + [False] * 20


def test_people_side_by_side_are_two() -> None:
    """Further apart than both margins nobody is the other's shadow, nor where two only pass each other."""
    assert not shadows(sightings([walk(20), walk(20, dy=12)])).any()
    towards = [(200.0 - 10 * number, 101.0) for number in range(20)]
    assert not shadows(sightings([walk(20), towards])).any()


def test_a_third_box_of_one_person_is_a_shadow_too() -> None:
    """Three tracklets in one place count once."""
    found = shadows(sightings([walk(20), walk(18, dx=2), walk(16, dx=4)]))
    assert found.tolist() == [False] * 20 + [True] * 34


def test_measured_feet_have_no_shadows() -> None:
    """Without a margin people may stand as near as they like."""
    assert not shadows(sightings([walk(20), walk(20)], margin=0.0)).any()


def test_nothing_is_said_of_a_moment_or_of_unknown_feet() -> None:
    """Two instants are too few; feet that are not known are nowhere."""
    assert not shadows(sightings([walk(2), walk(2)])).any()
    assert not shadows(sightings([[None] * 5, [None] * 5])).any()
    assert shadows(sightings([])).shape == (0,)
    assert np.array_equal(shadows(sightings([walk(4)])), [False] * 4)
