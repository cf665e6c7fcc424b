"""Open ground: what lies under foot, and around it lawns, streets, car parks, buildings, trees and lamp posts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from analytics.simulation.goods import Made
from analytics.simulation.interiors import Lamp, Piece, Wall, neighbour, openings_on, walls_of, windows_of
from analytics.simulation.layout import Layout, Room
from analytics.simulation.meshes import Mesh, boxes, holed_rectangle, joined, moved, quads
from analytics.simulation.palette import FACADES, GRASS, GROUNDS, WALLS, Finish
from analytics.simulation.scene import FloatArray
from analytics.simulation.scenery import bin_, bollards, car, hedge, lamp_post, tree
from analytics.simulation.surfaces import Family, Pattern, Surface, shifted, srgb, varied

_FAR_M = 95.0
_GROUND_Z, _STRIP_Z, _ROAD_Z = -0.05, -0.03, -0.015  # open rooms of the layout lie at 0
_UPPER_M = 3.4  # height that buildings of the layout have above their ground floor
_POST_PITCH_M = 11.0
_POST_RGB = (26.0, 21.0, 14.0)  # of a street lamp 5 m up, by night
_ASPHALT = Surface(Pattern.CONCRETE, srgb("5e5e60"), srgb("363638"), srgb("4c4c4e"), variety=0.6, wear=0.6, bump=0.7)
_KERB = Surface(Pattern.CONCRETE, srgb("a5a29b"), srgb("6b6962"), srgb("8b8881"), (0.9, 0.9), 0.01, wear=0.4)
_PAINT = Surface(Pattern.MARKING, (0.62, 0.62, 0.6), (0.14, 0.14, 0.145), wear=0.9)


@dataclass(frozen=True, slots=True)
class _Edge:
    """One side of the open ground, seen from it: `along` it and `out` from it.

    What is laid along it leaves out the (n, 4) rectangles of the layout's rooms: x_min, y_min, x_max, y_max.
    """

    x_m: float
    y_m: float
    along: tuple[float, float]
    out: tuple[float, float]
    length_m: float
    rooms_m: FloatArray

    def at(self, s_m: float, out_m: float) -> tuple[float, float]:
        """Return the plan coordinates of a place."""
        return (
            self.x_m + self.along[0] * s_m + self.out[0] * out_m,
            self.y_m + self.along[1] * s_m + self.out[1] * out_m,
        )

    @property
    def yaw_rad(self) -> float:
        """Direction along the edge."""
        return float(np.arctan2(self.along[1], self.along[0]))

    def strip(self, from_m: float, to_m: float, out_from_m: float, out_to_m: float, z_m: float) -> Mesh:
        """Return a flat rectangle."""
        pieces = self._outside_rooms(self.at(from_m, out_from_m), self.at(to_m, out_to_m))
        return joined([flat_rectangle(x0, y0, x1, y1, z_m) for x0, y0, x1, y1 in pieces.tolist()])

    def block(self, from_m: float, to_m: float, out_from_m: float, out_to_m: float, top_m: float) -> Mesh:
        """Return a box that stands on the ground."""
        pieces = self._outside_rooms(self.at(from_m, out_from_m), self.at(to_m, out_to_m))
        lower = np.column_stack([pieces[:, :2], np.full(len(pieces), _GROUND_Z)])
        return boxes(lower, np.column_stack([pieces[:, 2:], np.full(len(pieces), top_m)]), bottom=False)

    def _outside_rooms(self, a_m: tuple[float, float], b_m: tuple[float, float]) -> FloatArray:
        """Return (n, 4) what is left of the rectangle between two corners."""
        low, high = np.minimum(a_m, b_m), np.maximum(a_m, b_m)
        width, depth = (high - low).tolist()
        left: FloatArray = holed_rectangle(width, depth, self.rooms_m - np.tile(low, 2)) + np.tile(low, 2)
        return left


class _Ground:
    """What is taken already, so that nothing is put into something else."""

    def __init__(self, layout: Layout) -> None:
        self._taken = [(r.x_min_m, r.y_min_m, r.x_max_m, r.y_max_m) for r in layout.rooms]

    def take(self, x_m: float, y_m: float, half_x_m: float, half_y_m: float) -> bool:
        """Reserve a rectangle about a place, unless it touches one that is taken."""
        wanted = (x_m - half_x_m, y_m - half_y_m, x_m + half_x_m, y_m + half_y_m)
        if any(wanted[0] < b[2] and b[0] < wanted[2] and wanted[1] < b[3] and b[1] < wanted[3] for b in self._taken):
            return False
        self._taken.append(wanted)
        return True


def flat_rectangle(x0: float, y0: float, x1: float, y1: float, z_m: float) -> Mesh:
    """Return a level rectangle that looks up, its pattern bound to the plan."""
    corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
    return quads(np.concatenate([corners, np.full((4, 1), z_m)], axis=1)[None], uv_m=corners[None])


def build_outdoors(layout: Layout, finishes: Sequence[Finish], family: Family, light: str, seed: int) -> list[Piece]:
    """Return ground, buildings and surroundings of a layout with open rooms."""
    rng = np.random.default_rng([seed, 11])
    numbers = [number for number, room in enumerate(layout.rooms) if room.kind == "open"]
    room = numbers[0]
    glow = 2.5 if light == "night" else 0.0
    pieces = []
    for number in numbers:
        here = layout.rooms[number]
        paved = varied(GROUNDS[family][rng.integers(3)], rng)
        pieces.append(Piece(flat_rectangle(here.x_min_m, here.y_min_m, here.x_max_m, here.y_max_m, 0.0), paved, number))
    facade = varied(FACADES[family][rng.integers(2)], rng)
    pieces += _exteriors(layout, finishes, replace(facade, glow=glow), family, room, rng)
    ground = _Ground(layout)
    x0, y0, x1, y1 = _bounds([layout.rooms[number] for number in numbers])
    base = varied(GRASS[family], rng) if rng.random() < 0.5 else varied(_ASPHALT, rng)
    wide = flat_rectangle(x0 - _FAR_M, y0 - _FAR_M, x1 + _FAR_M, y1 + _FAR_M, _GROUND_Z)
    pieces.append(Piece(wide, base, room))
    rooms = np.array([(here.x_min_m, here.y_min_m, here.x_max_m, here.y_max_m) for here in layout.rooms])
    edges = (
        _Edge(x0, y0, (1, 0), (0, -1), x1 - x0, rooms),
        _Edge(x1, y0, (0, 1), (1, 0), y1 - y0, rooms),
        _Edge(x0, y1, (1, 0), (0, 1), x1 - x0, rooms),
        _Edge(x0, y0, (0, 1), (-1, 0), y1 - y0, rooms),
    )
    makers = (_lawn, _street, _car_park, _buildings)
    for edge in edges:
        maker = makers[rng.choice(4, p=(0.3, 0.25, 0.25, 0.2))]
        for mesh, surface in maker(edge, ground, family, rng):
            is_facade = surface.pattern == Pattern.FACADE
            pieces.append(Piece(mesh, replace(surface, glow=glow) if is_facade else surface, room))
    pieces += [
        Piece(moved(mesh, x, y, 0.0, yaw), surface, room)
        for x, y, yaw, height in _posts(layout)
        for mesh, surface in lamp_post(height)
    ]
    return pieces


def street_lamps(layout: Layout, number: int) -> list[Lamp]:
    """Return the lamps on posts along the edge of the open ground, for the night; all belong to one room."""
    return [
        Lamp((x + 0.85 * np.cos(yaw), y + 0.85 * np.sin(yaw), height - 0.06), (0.0, 0.0, -1.0), _POST_RGB, 0.2, number)
        for x, y, yaw, height in _posts(layout)
    ]


def _posts(layout: Layout) -> Iterator[tuple[float, float, float, float]]:
    """Yield x, y, direction of the arm and height of the lamp posts."""
    open_rooms = [room for room in layout.rooms if room.kind == "open"]
    x0, y0, x1, y1 = _bounds(open_rooms)
    for x in np.arange(x0 + _POST_PITCH_M / 2, x1, _POST_PITCH_M):
        for y, yaw in ((y0 - 0.4, np.pi / 2), (y1 + 0.4, -np.pi / 2)):
            if all(not (r.x_min_m - 0.3 < x < r.x_max_m + 0.3 and r.y_min_m < y < r.y_max_m) for r in layout.rooms):
                yield float(x), float(y), float(yaw), 5.0


def _bounds(rooms: Sequence[Room]) -> tuple[float, float, float, float]:
    return (
        min(room.x_min_m for room in rooms),
        min(room.y_min_m for room in rooms),
        max(room.x_max_m for room in rooms),
        max(room.y_max_m for room in rooms),
    )


def _exteriors(
    layout: Layout, finishes: Sequence[Finish], facade: Surface, family: Family, room: int, rng: np.random.Generator
) -> Iterator[Piece]:
    """Yield the outer sides of closed rooms, as one building with an upper floor."""
    skin = varied(WALLS[family][int(rng.choice([0, 4, 6]))], rng)
    closed = [number for number, here in enumerate(layout.rooms) if here.kind != "open"]
    height = max((layout.rooms[number].height_m for number in closed), default=0.0) + 0.25
    for number in closed:
        for wall in walls_of(layout.rooms[number]):
            for left, right in _outer_stretches(wall, layout, closed):
                holes = np.concatenate(
                    [openings_on(wall, layout.rooms), windows_of(wall, layout.rooms[number], layout, finishes[number])]
                )
                shows = [neighbour(wall, (hole[0] + hole[2]) / 2, layout.rooms) is not None for hole in holes]
                holes = holes[np.array(shows, bool)] - np.array([left, 0, left, 0])
                parts = holed_rectangle(right - left, height, holes) + np.array([left, 0, left, 0])
                yield Piece(_outward(wall, parts), skin, room)
                yield Piece(_outward(wall, np.array([[left, height, right, height + _UPPER_M]])), facade, room)
                band = np.array([[wall.at(left, height - 0.12, 0.0), wall.at(right, height + 0.1, 0.08)]])
                yield Piece(boxes(band.min(axis=1), band.max(axis=1)), _KERB, room)


def _outer_stretches(wall: Wall, layout: Layout, closed: Sequence[int]) -> Iterator[tuple[float, float]]:
    """Yield left and right of the parts of a wall behind which no closed room lies."""
    cuts = {0.0, wall.length_m}
    for here in layout.rooms:
        for x, y in ((here.x_min_m, here.y_min_m), (here.x_max_m, here.y_max_m)):
            s = (x - wall.x_m) * wall.along[0] + (y - wall.y_m) * wall.along[1]
            if 0 < s < wall.length_m:
                cuts.add(float(s))
    ordered = sorted(cuts)
    for left, right in pairwise(ordered):
        if neighbour(wall, (left + right) / 2, layout.rooms) not in closed:
            yield left, right


def _outward(wall: Wall, parts: np.ndarray) -> Mesh:
    corners = [wall.rectangle(*part)[::-1] for part in parts]
    uv = parts[:, [[0, 3], [2, 3], [2, 1], [0, 1]]]
    return quads(corners, uv_m=uv)


def _lawn(edge: _Edge, ground: _Ground, family: Family, rng: np.random.Generator) -> Made:
    """Yield grass behind a kerb, with trees, a path and a hedge or a building at its end."""
    depth, reach = float(rng.uniform(10, 26)), 18.0
    yield edge.strip(-reach, edge.length_m + reach, 0.15, depth, _STRIP_Z), varied(GRASS[family], rng)
    yield edge.block(-reach, edge.length_m + reach, 0.0, 0.14, 0.09), _KERB
    path = float(rng.uniform(4, depth - 2.5))
    yield edge.strip(-reach, edge.length_m + reach, path, path + 1.6, _ROAD_Z), varied(GROUNDS[family][1], rng)
    for _ in range(int(rng.integers(2, 8))):
        x, y = edge.at(float(rng.uniform(-10, edge.length_m + 10)), float(rng.uniform(4.0, depth)))
        if ground.take(x, y, 1.6, 1.6):
            for mesh, surface in tree(family, rng):
                yield moved(mesh, x, y, 0.0, float(rng.uniform(0, 6))), surface
    yield from _row_of_buildings(edge, ground, depth + float(rng.uniform(4, 15)), family, rng)
    x, y = edge.at(edge.length_m / 2, depth)
    long = min(edge.length_m + 16, 40.0)
    if rng.random() < 0.6 and ground.take(x, y, *_halves(edge, long, 1.0)):
        for mesh, surface in hedge(long, float(rng.uniform(1.0, 2.2)), family, rng):
            yield moved(mesh, x, y, 0.0, edge.yaw_rad), surface


def _street(edge: _Edge, ground: _Ground, family: Family, rng: np.random.Generator) -> Made:
    """Yield pavement, road with parked cars, pavement, buildings."""
    reach, near, wide = 30.0, float(rng.uniform(0.6, 2.5)), float(rng.uniform(6.0, 8.0))
    low, high = -reach, edge.length_m + reach
    yield edge.strip(low, high, 0.0, near, _ROAD_Z), varied(GROUNDS[family][1], rng)
    yield edge.block(low, high, near, near + 0.14, 0.02), _KERB
    yield edge.strip(low, high, near, near + wide, _STRIP_Z), varied(_ASPHALT, rng)
    yield edge.block(low, high, near + wide - 0.14, near + wide, 0.05), _KERB
    dashes = [
        edge.strip(s, s + 1.5, near + wide / 2 - 0.06, near + wide / 2 + 0.06, _STRIP_Z + 0.008)
        for s in np.arange(low, high, 4.0)
    ]
    yield joined(dashes), _PAINT
    yield edge.strip(low, high, near + wide, near + wide + 2.5, 0.04), varied(GROUNDS[family][1], rng)
    for at in np.arange(-12, edge.length_m + 12, 5.6):
        for lane in (near + 1.2, near + wide - 1.2):
            x, y = edge.at(float(at + rng.uniform(-0.3, 0.3)), lane)
            if rng.random() < 0.5 and ground.take(x, y, *_halves(edge, 4.8, 2.0)):
                turn = edge.yaw_rad + (np.pi if rng.random() < 0.5 else 0.0)
                for mesh, surface in car(family, rng):
                    yield moved(mesh, x, y, _STRIP_Z, float(turn)), surface
    yield from _row_of_buildings(edge, ground, near + wide + 2.5, family, rng)


def _car_park(edge: _Edge, ground: _Ground, family: Family, rng: np.random.Generator) -> Made:
    """Yield rows of bays with cars, then bollards or a hedge, then buildings."""
    reach, depth = 20.0, float(rng.uniform(14, 22))
    yield edge.strip(-reach, edge.length_m + reach, 0.0, depth, _STRIP_Z), varied(_ASPHALT, rng)
    count = int((edge.length_m + 20) / 2.6)
    lines = [
        edge.strip(-10 + 2.6 * k - 0.05, -10 + 2.6 * k + 0.05, out, out + 4.8, _STRIP_Z + 0.008)
        for k in range(count + 1)
        for out in (1.2, 11.0)
    ]
    yield joined(lines), _PAINT
    for k in range(count):
        for out in (3.6, 13.4):
            x, y = edge.at(-10 + 2.6 * (k + 0.5), out + float(rng.uniform(-0.2, 0.3)))
            if rng.random() < 0.6 and out < depth - 3 and ground.take(x, y, *_halves(edge, 2.2, 5.0)):
                turn = edge.yaw_rad + (np.pi / 2 if rng.random() < 0.5 else -np.pi / 2)
                for mesh, surface in car(family, rng):
                    yield moved(mesh, x, y, _STRIP_Z, float(turn + rng.normal(0, 0.03))), surface
    x, y = edge.at(edge.length_m / 2, 0.4)
    posts = int(edge.length_m / 1.8)
    if rng.random() < 0.5 and posts > 1 and ground.take(x, y, *_halves(edge, 1.8 * posts, 0.5)):
        for mesh, surface in bollards(posts, 1.8, family):
            yield moved(mesh, x, y, 0.0, edge.yaw_rad), surface
    yield from _row_of_buildings(edge, ground, depth + 1.0, family, rng)


def _buildings(edge: _Edge, ground: _Ground, family: Family, rng: np.random.Generator) -> Made:
    """Yield a pavement and buildings right behind it, with bins and small trees."""
    depth = float(rng.uniform(1.5, 4.0))
    yield edge.strip(-20, edge.length_m + 20, 0.0, depth + 1, _ROAD_Z), varied(GROUNDS[family][1], rng)
    yield from _row_of_buildings(edge, ground, depth, family, rng)
    for _ in range(int(rng.integers(0, 3))):
        x, y = edge.at(float(rng.uniform(0, edge.length_m)), 0.7)
        if ground.take(x, y, 0.3, 0.3):
            for mesh, surface in bin_(rng):
                yield moved(mesh, x, y), surface


def _row_of_buildings(edge: _Edge, ground: _Ground, out_m: float, family: Family, rng: np.random.Generator) -> Made:
    """Yield two to four buildings next to each other, with doors."""
    at = -25.0
    while at < edge.length_m + 25:
        width, height = float(rng.uniform(10, 24)), float(rng.uniform(5, 15))
        x, y = edge.at(at + width / 2, out_m + 5.0)
        if ground.take(x, y, *_halves(edge, width - 0.2, 9.8)):
            skin = varied(FACADES[family][rng.integers(2)], rng)
            yield edge.block(at, at + width, out_m, out_m + 10.0, height), skin
            door = at + float(rng.uniform(1.5, width - 3))
            wood = Surface(
                Pattern.WOOD, shifted(srgb("5a4030"), rng, 0.4), (0.02, 0.02, 0.02), srgb("3a2a20"), (0.6, 2.3), 0.02
            )
            yield edge.block(door, door + 1.2, out_m - 0.06, out_m + 0.1, 2.3), wood
            yield edge.block(at - 0.1, at + width + 0.1, out_m - 0.05, out_m + 0.1, 0.4), _KERB
        at += width + float(rng.choice([0.0, 0.0, 3.0]))


def _halves(edge: _Edge, along_m: float, across_m: float) -> tuple[float, float]:
    """Return half the extents along x and y of something along an edge."""
    return (along_m / 2, across_m / 2) if abs(edge.along[0]) > 0.5 else (across_m / 2, along_m / 2)
