"""Feet: the bottom of a whole box, an estimate where they are cut off or hidden, nothing where that is not sound."""

import numpy as np
import pytest

from analytics.geometry import FloatArray, IntArray, foot_points
from analytics.locating.feet import feet_of
from analytics.settings import Locating

HEIGHT_PX = 400.0
PLAIN = Locating(foot_rise_heights=0.0)


def people(foot_y: FloatArray, tall: FloatArray | float = 1.0, x: float = 300.0) -> FloatArray:
    """Return whole boxes of people at a horizon of y = 100: half as tall as they are below it, times `tall`."""
    heights = 0.5 * (foot_y - 100) * tall
    return np.stack([x - heights / 5 + 0 * foot_y, foot_y - heights, x + heights / 5, foot_y], axis=1)


def located(boxes: FloatArray, nos: IntArray | None = None, locating: Locating = PLAIN) -> FloatArray:
    numbers = np.zeros(len(boxes), np.int64) if nos is None else nos
    return feet_of(boxes, foot_points(boxes), numbers, HEIGHT_PX, locating)


WALK = np.linspace(180.0, 380.0, 60)


def test_a_whole_box_stands_at_its_bottom() -> None:
    """Nothing is estimated for it; with a rise, all stand above the bottom by that share of their height."""
    boxes = people(WALK)
    assert located(boxes) == pytest.approx(foot_points(boxes))
    risen = located(boxes, locating=Locating(foot_rise_heights=0.04))
    assert risen[:, 1] == pytest.approx(WALK - 0.04 * 0.5 * (WALK - 100))


@pytest.mark.parametrize("tall", [0.8, 1.0, 1.15])
def test_a_box_that_the_lower_border_cuts_is_completed_from_its_top(tall: float) -> None:
    """Its foot is where a person of the tracklet's own height would have it, not at the border."""
    walk = np.append(WALK, [402.0, 405.0, 407.0])
    other = people(WALK)
    whole = people(walk, tall)
    boxes = np.concatenate([np.minimum(whole, HEIGHT_PX), other])
    nos = np.repeat([0, 1], [len(walk), len(WALK)])
    found = located(boxes, nos)[60:63]
    assert found[:, 1] == pytest.approx(walk[60:], abs=3)
    assert found[:, 0] == pytest.approx([300.0] * 3)


def test_far_below_the_image_no_foot_is_known() -> None:
    """Nobody's whole box tells how tall people are there."""
    boxes = np.minimum(people(np.append(WALK, [520.0])), HEIGHT_PX)
    assert np.isnan(located(boxes)[60]).all()
    assert np.isfinite(located(boxes)[:60]).all()


def test_a_hidden_lower_half_is_completed_from_the_top() -> None:
    """Behind a counter the box ends at the hips; the person stands where its head says."""
    boxes = people(WALK)
    boxes[20:30, 3] -= 0.5 * (boxes[20:30, 3] - boxes[20:30, 1])
    assert located(boxes)[20:30, 1] == pytest.approx(WALK[20:30], abs=5)


def test_somebody_who_bends_is_whole() -> None:
    """A quarter less of height is a posture: the feet stay at the bottom."""
    boxes = people(WALK)
    boxes[20:30, 1] += 0.25 * (boxes[20:30, 3] - boxes[20:30, 1])
    assert located(boxes)[20:30, 1] == pytest.approx(WALK[20:30])


@pytest.mark.parametrize(
    "case", ["too few whole boxes", "the top is cut too", "heights that follow nothing", "no whole box at all"]
)
def test_where_an_estimate_is_not_sound_there_is_no_foot(case: str) -> None:
    """A clipped box's anchor is never taken instead."""
    rng = np.random.default_rng(1)
    count = {"too few whole boxes": 4, "no whole box at all": 0}.get(case, 20)
    boxes = np.concatenate([people(WALK[:count]), np.minimum(people(np.array([405.0])), HEIGHT_PX)])
    if case == "the top is cut too":
        boxes[-1, 1] = 0
    if case == "heights that follow nothing":
        boxes[:-1, 1] = boxes[:-1, 3] - rng.choice([30.0, 45.0, 60.0], count)
    others = np.zeros((0, 4)) if case == "no whole box at all" else people(WALK)
    nos = np.repeat([0, 1], [count + 1, len(others)])
    assert np.isnan(located(np.concatenate([boxes, others]), nos)[count]).all()


def test_measured_feet_are_taken_as_they_are() -> None:
    """A foot that is not the bottom middle came from something that knows better; NaN says that it is not known."""
    boxes = np.minimum(people(np.append(WALK, [405.0, 410.0])), HEIGHT_PX)
    stated = foot_points(boxes)
    stated[-2:] = [[310.0, 399.0], [np.nan, np.nan]]
    found = feet_of(boxes, stated, np.zeros(62, np.int64), HEIGHT_PX, PLAIN)
    assert found[-2].tolist() == [310.0, 399.0]
    assert np.isnan(found[-1]).all()


def test_nothing_gives_nothing() -> None:
    """No points, no feet."""
    assert located(np.zeros((0, 4))).shape == (0, 2)
