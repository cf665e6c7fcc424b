"""Surroundings as cameras see them: depth, light, exposure."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from analytics.simulation.background import Background, Painter, develop, metered
from analytics.simulation.graphics import shader_source
from analytics.simulation.layout import Furniture, Layout, Room
from analytics.simulation.places import Place, Style, build_place
from analytics.simulation.projection import ground_homography, window_depth
from analytics.simulation.scene import View
from tests.builders.graphics import context_or_skip

_VIEW = View((0.3, 0.3, 2.7), 0.7, 0.55, 110, 160, 90, 0.03)
_COUNTER = Furniture("counter", 5.0, 4.0, 0.3, 1.6, 0.7, 1.0)


@pytest.fixture(scope="module")
def painter() -> Painter:
    """Return a painter on a context of its own."""
    return Painter(context_or_skip())


def _room(seed: int = 1, *furniture: Furniture, family: str = "a", light: str = "day") -> Place:
    layout = Layout((Room("room", "room", 0, 0, 8, 7, 3.0),), furniture, 8, 7)
    return build_place(layout, Style(family, seed, light))


def _yard(seed: int, light: str = "day") -> Place:
    return build_place(Layout((Room("yard", "open", 0, 0, 20, 16),), (), 20, 16), Style("a", seed, light))


def _floor_depth(view: View) -> tuple[np.ndarray, np.ndarray]:
    """Return plan coordinates and window-space depth of the floor behind each pixel's middle."""
    columns, rows = np.meshgrid(np.arange(view.width_px) + 0.5, np.arange(view.height_px) + 0.5)
    pixels = np.stack([columns.ravel(), rows.ravel(), np.ones(columns.size)], axis=1)
    mapped = pixels @ ground_homography(view).T
    places = mapped[:, :2] / mapped[:, 2:]
    _, depth = view.project(np.column_stack([places, np.zeros(len(places))]))
    shape = (view.height_px, view.width_px)
    return places.reshape(*shape, 2), np.where(depth > 0, window_depth(np.maximum(depth, 0.1)), 2).reshape(shape)


def test_depth_of_the_floor_is_the_analytic_depth(painter: Painter) -> None:
    """Where the floor shows, the depth is that of the floor point behind the pixel, the image's top first."""
    drawn = painter.paint(_room(), [_VIEW])[0]
    places, expected = _floor_depth(_VIEW)
    # away from skirting boards and mats
    on_floor = ((places > 1.9) & (places < np.array([6.0, 5.0]))).all(axis=2) & (expected <= 1)
    assert on_floor.mean() > 0.15
    np.testing.assert_allclose(drawn.depth[on_floor], expected[on_floor], atol=2e-6)
    assert drawn.depth.min() >= 0
    assert drawn.depth.max() <= 1


def test_furniture_is_nearer_than_the_floor_behind_it(painter: Painter) -> None:
    """A counter shows in the depth at its place and nowhere nearer the camera."""
    bare, furnished = (painter.paint(place, [_VIEW])[0].depth for place in (_room(), _room(1, _COUNTER)))
    nearer = furnished < bare - 1e-4
    front, _ = _VIEW.project([(5.0, 4.0, 0.5)])
    x, y = front[0].astype(int)
    assert nearer[y, x]
    assert 0.005 < nearer.mean() < 0.3


def test_same_place_same_picture(painter: Painter) -> None:
    """Drawing again, with another camera in between, gives the same light."""
    other = replace(_VIEW, yaw_rad=0.4)
    first, _, again = painter.paint(_room(), [_VIEW, other, _VIEW])
    np.testing.assert_array_equal(first.light, again.light)
    np.testing.assert_array_equal(painter.paint(_room(), [_VIEW])[0].light, first.light)


def test_families_and_seeds_look_different(painter: Painter) -> None:
    """Other styles are other pictures, each neither black, white nor flat."""
    pictures = [
        painter.paint(_room(seed, family=family), [_VIEW])[0].picture().astype(int)
        for seed, family in ((1, "a"), (2, "a"), (1, "b"))
    ]
    for number, picture in enumerate(pictures):
        assert 60 < picture.mean() < 200
        assert picture.std() > 10
        assert all(np.abs(picture - other).mean() > 8 for other in pictures[number + 1 :])


def test_light_pools_below_lamps(painter: Painter) -> None:
    """Doubling every lamp doubles no less than most of the light of a room without windows."""
    place = next(room for seed in range(40) if not _has_windows(room := _room(seed)))
    lighting = place.lighting
    brighter = replace(place, lighting=replace(lighting, lamp_rgb=lighting.lamp_rgb * 2))
    one, two = (painter.paint(room, [_VIEW])[0].light.mean() for room in (place, brighter))
    assert 1.3 < two / one < 2.0


def _has_windows(place: Place) -> bool:
    return bool((place.lighting.lamp_direction[:, 2] > -0.5).any())


def test_things_throw_shadows_in_the_sun(painter: Painter) -> None:
    """A pillar on open ground takes the sun away behind it, as the map says and the picture shows."""
    place = _yard(5)
    pillar = Furniture("pillar", 9.0, 8.0, 0.0, 0.8, 0.8, 2.5)
    shaded = build_place(replace(place.layout, furniture=(pillar,)), place.style)
    sun = place.lighting.sun_direction
    behind = np.array([9.0, 8.0]) - sun[:2] / np.hypot(*sun[:2]) * 1.7
    point = [[*behind, 0.05]]
    assert painter.sun_map(shaded).share(point)[0] < 0.2
    view = View((2.0, 2.0, 5.0), float(np.arctan2(6, 7)), 0.5, 160, 160, 90)
    free, dark = (painter.paint(p, [view])[0].light for p in (place, shaded))
    at = view.project(point)[0][0].astype(int)
    assert painter.sun_map(place).share(point)[0] > 0.8
    assert dark[at[1], at[0]].sum() < 0.6 * free[at[1], at[0]].sum()


def test_sun_map_without_sun_is_dark(painter: Painter) -> None:
    """Nothing is sunlit by night."""
    assert painter.sun_map(_yard(5, "night")).share([[5, 5, 1.0]])[0] == 0


def test_sky_is_infinitely_far(painter: Painter) -> None:
    """A camera that looks up on open ground sees sky, whose depth is 1."""
    drawn = painter.paint(_yard(5), [View((10, 8, 3), 0.3, -0.9, 160, 160, 90)])[0]
    assert drawn.depth.max() == 1
    assert drawn.light[drawn.depth == 1].mean() > 0.3


def test_corners_are_darker_than_the_middle_of_a_wall(painter: Painter) -> None:
    """Soft light is hidden in corners: a black and white room is not evenly grey along its edge."""
    place = _room(3)
    flat = replace(
        place,
        surfaces=tuple(replace(s, pattern=type(s.pattern)(0), wear=0.0, a=(0.5, 0.5, 0.5)) for s in place.surfaces),
    )
    light = replace(place.lighting, lamp_rgb=place.lighting.lamp_rgb * 0, sun_rgb=place.lighting.sun_rgb * 0)
    seen = painter.paint(replace(flat, lighting=light), [_VIEW])[0]
    corner, _ = _VIEW.project([(7.95, 6.9, 0.02)])
    middle, _ = _VIEW.project([(4.5, 4.0, 0.0)])
    (cx, cy), (mx, my) = corner[0].astype(int), middle[0].astype(int)
    assert seen.light[cy, cx].sum() < 0.85 * seen.light[my, mx].sum()


def test_develop_is_srgb_below_the_knee_and_clips_nothing_abruptly() -> None:
    """Darkness and middle grey are plain sRGB; beyond white everything approaches 255 from below, in order."""
    ramp = np.linspace(0, 8, 400, dtype=np.float32)
    codes = develop(np.repeat(ramp[:, None], 3, axis=1)[None])[0, :, 0].astype(int)
    assert codes[0] == 0
    assert (np.diff(codes) >= 0).all()
    assert codes[-1] == 255
    assert develop(np.full((1, 1, 3), 0.2159, np.float32))[0, 0, 0] == 128
    assert (
        180
        < develop(np.full((1, 1, 3), 0.7, np.float32))[0, 0, 0]
        < develop(np.full((1, 1, 3), 1.0, np.float32))[0, 0, 0]
    )


def test_exposure_follows_the_light() -> None:
    """A scene of half the light is exposed twice as long; one bright spot changes little."""
    grey = np.full((30, 40, 3), 0.1, np.float32)
    assert metered(grey / 2) == pytest.approx(2 * metered(grey), rel=0.01)
    spot = grey.copy()
    spot[:4, :4] = 50
    assert metered(spot) == pytest.approx(metered(grey), rel=0.1)
    picture = Background(grey, np.ones((30, 40), np.float32), metered(grey)).picture()
    assert 115 < picture.mean() < 135


def test_shader_sources_are_packaged() -> None:
    """Sources come with the package, headed by the language's version once."""
    text = shader_source("noise", "material")
    assert text.startswith("#version 330\n")
    assert text.count("#version") == 1


def test_missing_extra_is_an_error_that_says_what_to_install() -> None:
    """Without moderngl a typed error names the extra; with no display driver it names the packages."""
    code = (
        "import sys; sys.modules['moderngl'] = None\n"
        "from analytics.errors import ResourceError\n"
        "from analytics.simulation.graphics import open_context\n"
        "try: open_context()\n"
        "except ResourceError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'crosscam[simulation]'" in done.stdout
