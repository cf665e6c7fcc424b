"""Colours of boxes, and the limit that is learned from people seen side by side."""

import numpy as np
import pytest

from analytics.perception.trackers._appearance import Distinctness, colour_features, distance

RED, BLUE, GREY = (30, 30, 200), (200, 60, 30), (120, 120, 120)


def picture(*people: tuple[int, tuple[int, int, int], tuple[int, int, int]]) -> np.ndarray:
    """A grey 200 x 400 picture with people 40 px wide at x, in a shirt and trousers of two colours."""
    pixels = np.full((200, 400, 3), GREY, np.uint8)
    for x, shirt, trousers in people:
        pixels[50:100, x : x + 40], pixels[100:150, x : x + 40] = shirt, trousers
    return pixels


def box(x: float) -> list[float]:
    return [x, 50, x + 40, 150]


def test_no_boxes_have_no_colours() -> None:
    """No boxes give no rows of the usual length."""
    assert colour_features(picture(), np.zeros((0, 4), np.float32)).shape == (0, 320)


def test_colours_are_of_unit_length() -> None:
    """Each vector has length 1 whatever the size of its box."""
    boxes = np.array([box(10), [0, 0, 400, 200], [5, 5, 6, 6]], np.float32)
    assert np.linalg.norm(colour_features(picture((10, RED, BLUE)), boxes), axis=1) == pytest.approx(1, abs=1e-5)


def test_same_clothes_are_near_and_others_far() -> None:
    """The same shirt and trousers elsewhere are at no distance; the two exchanged are far: stripes know the place."""
    pixels = picture((10, RED, BLUE), (100, RED, BLUE), (200, BLUE, RED))
    apart = distance(*[colour_features(pixels, np.array([box(10), box(100), box(200)], np.float32))] * 2)
    assert apart[0, 1] == pytest.approx(0, abs=1e-3)
    assert apart[0, 2] > 0.2


@pytest.mark.parametrize(
    "far", [[-50, -50, -10, -10], [500, 300, 600, 400], [399.6, 199.6, 400, 200], [20, 20, 20, 20]]
)
def test_a_box_outside_or_without_area_is_no_error(far: list[float]) -> None:
    """Such a box takes the nearest pixels."""
    assert np.isfinite(colour_features(picture(), np.array([far], np.float32))).all()


def side_by_side(distinctness: Distinctness, frames: int, boxes: list[list[float]]) -> None:
    features = np.eye(len(boxes), dtype=np.float32)
    for _ in range(frames):
        distinctness.learn(np.array(boxes, np.float32), features, np.ones((len(boxes), len(boxes)), np.bool_))


def test_the_limit_is_unknown_until_enough_pairs_were_seen() -> None:
    """19 pairs teach nothing yet, 20 do."""
    distinctness = Distinctness(0.2)
    side_by_side(distinctness, 19, [box(0), box(100)])
    assert distinctness.limit is None
    side_by_side(distinctness, 1, [box(0), box(100)])
    assert distinctness.limit == pytest.approx(0.5)


def test_people_who_touch_teach_nothing() -> None:
    """Two boxes that overlap may be one person."""
    distinctness = Distinctness(0.2)
    side_by_side(distinctness, 50, [box(0), box(30)])
    assert distinctness.limit is None


def test_the_limit_lets_the_chosen_share_pass() -> None:
    """Of distances spread evenly over [0, .5], a fifth lies under the limit for a share of .2."""
    distinctness = Distinctness(0.2)
    boxes = np.array([box(0), box(100)], np.float32)
    for cosine in np.random.default_rng(0).permutation(np.linspace(0, 1, 400)):
        other = [cosine, np.sqrt(1 - cosine**2)]
        distinctness.learn(boxes, np.array([[1, 0], other], np.float32), np.ones((2, 2), np.bool_))
    assert distinctness.limit == pytest.approx(0.1, abs=0.02)
