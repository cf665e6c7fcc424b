"""Random places with cameras in them, for training pictures that all differ."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from analytics.geometry import BoolArray
from analytics.simulation.floor import FreeFloor, free_floor
from analytics.simulation.layout import Layout
from analytics.simulation.places import Place, Style, build_place
from analytics.simulation.random_layouts import Scene, extent, random_layout
from analytics.simulation.scene import FloatArray, View
from analytics.simulation.surfaces import Family, Light

_SCENES: tuple[Scene, ...] = ("shop", "hall", "corridor", "cafe", "ground")
_SHARES = (0.26, 0.2, 0.2, 0.12, 0.22)
_LIGHTS: tuple[Light, ...] = ("day", "overcast", "night")
_HEIGHTS_PX = (40.0, 300.0)  # of people in a picture 360 px high
_TALL_M, _CHEST_M = 1.7, 1.2
_LEAST_PLACES = 60  # cells of 0.2 m, 2.4 square metres
_LEAST_SHARE = 0.5  # of the free floor in the image that nothing hides
_TRIES = 60


@dataclass(frozen=True, slots=True)
class RandomPlace:
    """A place, cameras that watch it, and where people can stand in it.

    Attributes:
        layout: rooms and furniture.
        place: how it looks.
        views: one to a few cameras; each sees a person of 1.7 m on at least 2.4 square metres of free floor.
        floor: free cells of 0.2 m.
    """

    layout: Layout
    place: Place
    views: tuple[View, ...]
    floor: FreeFloor

    @property
    def optics_kind(self) -> Literal["day", "indoor", "night"]:
        """The kind of camera picture that `optics.sample_optics` should draw here."""
        if self.layout.rooms[0].kind != "open":
            return "indoor"
        return "night" if self.place.style.light == "night" else "day"


def random_place(
    rng: np.random.Generator, family: Family, views: int = 3, size_px: tuple[int, int] = (640, 360)
) -> RandomPlace:
    """Draw a room, corridor or stretch of open ground with cameras.

    Args:
        rng: where chance comes from.
        family: which materials and furniture.
        views: how many cameras to try to place, > 0.
        size_px: of their images.

    Returns:
        A place with between one and `views` cameras.
    """
    while True:
        scene: Scene = _SCENES[rng.choice(len(_SCENES), p=_SHARES)]
        layout = random_layout(rng, scene, family)
        floor = free_floor(layout, cell_m=0.2)
        found = [view for _ in range(views) if (view := random_view(rng, layout, floor, size_px)) is not None]
        style = Style(family, int(rng.integers(2**31)), _LIGHTS[rng.choice(3, p=(0.55, 0.3, 0.15))])
        if found:
            return RandomPlace(layout, build_place(layout, style), tuple(found), floor)


def random_view(
    rng: np.random.Generator, layout: Layout, floor: FreeFloor, size_px: tuple[int, int] = (640, 360)
) -> View | None:
    """Draw a camera of a one-room layout that sees people of a useful size, or None when none was found."""
    room = layout.rooms[0]
    places = floor.places()
    if len(places) < _LEAST_PLACES:
        return None
    scale = size_px[1] / 360
    for _ in range(_TRIES):
        position = _mount(rng, layout)
        target = places[rng.integers(len(places))]
        across = target - np.array(position[:2])
        distance = float(np.hypot(*across))
        pitch = float(np.arctan2(position[2] - rng.uniform(0.4, 1.4), distance))
        if not np.radians(10) <= pitch <= np.radians(45):
            continue
        angle = np.radians(rng.uniform(38, 75) if room.kind == "open" else rng.uniform(55, 100))
        focal = size_px[0] / 2 / np.tan(angle / 2)
        tall_px = focal * _TALL_M / np.hypot(distance, position[2] - 1)
        if not 1.5 * _HEIGHTS_PX[0] * scale <= tall_px <= 0.7 * _HEIGHTS_PX[1] * scale:
            continue
        view = View(
            position, float(np.arctan2(across[1], across[0])), pitch, float(focal), *size_px,
            roll_rad=float(np.radians(rng.normal(0, 1.2))), k1=_bend(rng, float(np.tan(angle / 2))),
        )  # fmt: skip
        seen = len(useful_places(view, layout, floor))
        if seen >= max(_LEAST_PLACES, _LEAST_SHARE * len(floor.places_in(view, _TALL_M))):
            return view
    return None


def useful_places(view: View, layout: Layout, floor: FreeFloor) -> FloatArray:
    """Return the (n, 2) free places where a camera sees a whole person, 40 to 300 px tall at 360 px of image height.

    Nothing may stand between the camera and the chest; legs may be hidden.
    """
    places = floor.places_in(view, _TALL_M)
    if not len(places):
        return places
    feet, _ = view.project(np.column_stack([places, np.zeros(len(places))]))
    heads, _ = view.project(np.column_stack([places, np.full(len(places), _TALL_M)]))
    tall = np.hypot(*(feet - heads).T) * 360 / view.height_px
    fits = (tall >= _HEIGHTS_PX[0]) & (tall <= _HEIGHTS_PX[1])
    places = places[fits]
    kept: FloatArray = places[~_hidden(view, layout, places)]
    return kept


def _mount(rng: np.random.Generator, layout: Layout) -> tuple[float, float, float]:
    """Return a place on a wall or in a corner of a room, or on a post at the edge of open ground."""
    room = layout.rooms[0]
    span = np.array([room.x_max_m, room.y_max_m])
    at = rng.random(2)
    side = rng.integers(2)
    at[side] = round(at[side])
    if rng.random() < 0.4:
        at = np.round(at)
    if room.kind == "open":
        x, y = at * (span + 1.6) - 0.8
        return float(x), float(y), float(rng.uniform(2.8, 5.0))
    x, y = 0.22 + at * (span - 0.44)
    return float(x), float(y), float(rng.uniform(2.2, max(2.25, min(5.0, room.height_m - 0.15))))


def _bend(rng: np.random.Generator, half_width: float) -> float:
    """Return the distortion of a lens whose image reaches `half_width` focal lengths to the side."""
    if rng.random() < 0.5:
        return 0.0
    # a third of what would fold the corners, whose distance is that of 16:9; see projection.lens_of
    limit = (2 / 3 / (half_width * 1.15)) ** 2 / 3
    return -float(rng.uniform(0.1, 0.6) * min(limit, 0.2))


def _hidden(view: View, layout: Layout, places: FloatArray) -> BoolArray:
    """Tell which chests furniture hides, by the boxes around it."""
    eye = np.array(view.position_m)
    rays = np.column_stack([places, np.full(len(places), _CHEST_M)]) - eye
    hidden = np.zeros(len(places), bool)
    steep = np.where(np.abs(rays) < 1e-9, 1e-9, rays)
    for item in layout.furniture:
        x0, y0, x1, y1 = extent(item)
        low, high = np.array([x0, y0, item.base_m]), np.array([x1, y1, item.base_m + item.height_m])
        enter, leave = (low - eye) / steep, (high - eye) / steep
        first, last = np.minimum(enter, leave).max(axis=1), np.maximum(enter, leave).min(axis=1)
        hidden |= (first < last) & (last > 0) & (first < 1)
    return hidden
