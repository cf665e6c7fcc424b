"""Pictures of people in places, and the truth that comes with them."""

from dataclasses import replace

import numpy as np
import pytest

from analytics.simulation.figure_light import figure_light
from analytics.simulation.layout import Furniture, Layout, Room
from analytics.simulation.places import Place, Style, build_place
from analytics.simulation.rendering import Painters, SiteRenderer
from analytics.simulation.scene import Action, Figures, View
from tests.builders.cast import people_or_skip
from tests.builders.graphics import context_or_skip

_VIEW = View((0.4, 0.4, 2.6), 0.72, 0.42, 200, 320, 180)


@pytest.fixture(scope="module")
def painters() -> Painters:
    people = people_or_skip(6, seed=5)
    return Painters.load(context_or_skip(), people)


def _place(*furniture: Furniture) -> Place:
    return build_place(Layout((Room("room", "room", 0, 0, 9, 8),), furniture, 9, 8), Style("a", 2, "day"))


def _figures(*spots: tuple[float, float], phase: float = 0.3) -> Figures:
    x, y = np.array(spots, float).reshape(-1, 2).T
    count = len(x)
    return Figures(
        np.arange(count), x, y, np.linspace(0, 4, count), np.full(count, int(Action.WALK)),
        np.full(count, phase), np.full(count, 1.3),
    )  # fmt: skip


@pytest.fixture(scope="module")
def renderer(painters: Painters) -> SiteRenderer:
    return SiteRenderer(painters, _place(), {"plain": _VIEW, "bent": replace(_VIEW, k1=-0.05)})


@pytest.mark.parametrize("camera_id", ["plain", "bent"])
def test_boxes_hold_exactly_what_the_figure_changed(renderer: SiteRenderer, camera_id: str) -> None:
    """The pixels that differ from the empty picture, the shadow below the feet apart, lie in the box and fill it."""
    empty = renderer.render(camera_id, _figures()).rgb.astype(int)
    for spot in ((4.0, 3.6), (5.5, 4.0), (3.2, 2.6)):
        picture = renderer.render(camera_id, _figures(spot))
        changed = np.abs(picture.rgb.astype(int) - empty).sum(axis=2) > 60
        x0, y0, x1, y1 = picture.boxes[0]
        above_feet = changed[: int(y0 + 0.7 * (y1 - y0))]
        rows, columns = np.nonzero(above_feet)
        assert columns.min() >= x0 - 2
        assert columns.max() <= x1 + 2
        assert rows.min() == pytest.approx(y0, abs=2.5)
        assert columns.min() < x0 + 0.3 * (x1 - x0)
        assert columns.max() > x0 + 0.7 * (x1 - x0)


def test_a_picture_without_figures_is_the_surroundings(renderer: SiteRenderer) -> None:
    """Nobody there and everybody behind the camera give the same picture, with boxes of no area."""
    nobody, behind = renderer.render("plain", _figures()), renderer.render("plain", _figures((-3.0, -3.0)))
    assert np.array_equal(nobody.rgb, behind.rgb)
    assert not behind.boxes.any()
    assert not behind.visibility.any()


def test_who_stands_in_front_hides_who_stands_behind(renderer: SiteRenderer) -> None:
    """On one line of sight the farther figure shows little, the nearer nearly all; apart, both show nearly all."""
    near, far = (3.0, 2.7), (3.9, 3.48)
    apart = renderer.render("plain", _figures(near, (3.0, 5.0)))
    lined = renderer.render("plain", _figures(near, far))
    assert apart.visibility.min() > 0.9
    assert lined.visibility[0] > 0.9
    assert lined.visibility[1] < 0.6


def test_furniture_hides_legs(painters: Painters) -> None:
    """A counter before a person takes away part of what shows; without it all shows."""
    counter = Furniture("counter", 3.0, 2.7, 0.72, 2.4, 0.6, 1.0)
    spot = _figures((3.75, 3.35))
    shown = [
        SiteRenderer(painters, place, {"plain": _VIEW}).render("plain", spot).visibility[0]
        for place in (_place(), _place(counter))
    ]
    assert shown[0] > 0.9
    assert 0.1 < shown[1] < 0.85


def test_a_figure_at_the_border_shows_the_part_inside(renderer: SiteRenderer) -> None:
    """Boxes end at the border and visibility falls as a person walks out of the picture."""
    across = _VIEW.axes()[0]
    middle = np.array([4.0, 3.6])
    shares = []
    for step in np.linspace(0, 5.6, 12):
        spot = middle + step * across[:2]
        picture = renderer.render("plain", _figures((float(spot[0]), float(spot[1]))))
        shares.append(float(picture.visibility[0]))
        assert (picture.boxes >= 0).all()
        assert (picture.boxes <= [320, 180, 320, 180]).all()
    assert shares[0] > 0.9
    assert shares[-1] == 0
    assert any(0.1 < share < 0.9 for share in shares)


def test_rendering_again_gives_the_same_bytes(renderer: SiteRenderer) -> None:
    """A picture depends on its figures alone, not on what was drawn before."""
    figures = _figures((4.0, 3.6), (5.0, 3.0))
    first = renderer.render("plain", figures)
    renderer.render("plain", _figures((3.0, 2.0)))
    again = renderer.render("plain", figures)
    assert np.array_equal(first.rgb, again.rgb)
    assert np.array_equal(first.visibility, again.visibility)


def test_light_falls_with_the_exposure_and_comes_from_above_indoors() -> None:
    """Twice the exposure is twice the light; under ceiling lamps the key light points up."""
    place = _place()
    one, two = figure_light(place, 4, 4, 1.0, 0.0), figure_light(place, 4, 4, 2.0, 0.0)
    np.testing.assert_allclose(two.key_rgb, 2 * one.key_rgb, rtol=1e-5)
    np.testing.assert_allclose(two.above_rgb, 2 * one.above_rgb, rtol=1e-5)
    assert np.linalg.norm(one.key_direction) == pytest.approx(1, abs=1e-5)
    assert one.key_direction[2] > 0.2
