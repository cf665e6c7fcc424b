"""Rooms from inside: floor, walls with openings and windows, ceiling, lamps.

Faces look into the room; from behind they are not seen, so that rooms may share a wall.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analytics.simulation.layout import Furniture, Layout, Opening, Room
from analytics.simulation.meshes import Mesh, boxes, holed_rectangle, quads
from analytics.simulation.palette import Finish
from analytics.simulation.scene import FloatArray
from analytics.simulation.surfaces import Surface

_NEAR_WALL_M = 0.2  # an opening belongs to a wall when both its ends lie this near
_AT_WALL_M = 0.35  # furniture with its back this near to a wall stands at it
_STUB_M = 3.0  # length of the passage behind an opening that leads to no room of the layout
_PANE_M = 0.12  # how deep a window's pane lies in the wall


@dataclass(frozen=True, slots=True)
class Piece:
    """A mesh of one material in one room."""

    mesh: Mesh
    surface: Surface
    room: int


@dataclass(frozen=True, slots=True)
class Lamp:
    """A shining rectangle: `lighting.Lighting` has the meaning of its numbers."""

    position_m: tuple[float, float, float]
    direction: tuple[float, float, float]
    rgb: tuple[float, float, float]
    size_m: float
    room: int


@dataclass(frozen=True, slots=True)
class Wall:
    """One side of a room, seen from inside; positions on it are metres from its left end and height."""

    x_m: float
    y_m: float
    along: tuple[float, float]
    length_m: float

    @property
    def inward(self) -> tuple[float, float]:
        """Unit normal into the room."""
        return self.along[1], -self.along[0]

    def at(self, s_m: float, z_m: float, out_m: float = 0.0) -> tuple[float, float, float]:
        """Return plan coordinates of a place on the wall, or `out_m` behind it."""
        inward = self.inward
        return (
            self.x_m + self.along[0] * s_m - inward[0] * out_m,
            self.y_m + self.along[1] * s_m - inward[1] * out_m,
            z_m,
        )

    def rectangle(self, left: float, bottom: float, right: float, top: float, out_m: float = 0.0) -> list[list[float]]:
        """Return four corners that face the room."""
        corners = ((left, bottom), (right, bottom), (right, top), (left, top))
        return [list(self.at(s, z, out_m)) for s, z in corners]


def walls_of(room: Room) -> tuple[Wall, Wall, Wall, Wall]:
    """Return the four sides of a room."""
    width, depth = room.x_max_m - room.x_min_m, room.y_max_m - room.y_min_m
    return (
        Wall(room.x_max_m, room.y_min_m, (-1, 0), width),
        Wall(room.x_min_m, room.y_min_m, (0, 1), depth),
        Wall(room.x_min_m, room.y_max_m, (1, 0), width),
        Wall(room.x_max_m, room.y_max_m, (0, -1), depth),
    )


def openings_on(wall: Wall, rooms: Sequence[Room]) -> FloatArray:
    """Return (n, 4) left, bottom, right, top of the openings of any room that lie on a wall, metres along it."""
    found = []
    for opening in (opening for room in rooms for opening in room.openings):
        ends = [_along(wall, x, y) for x, y in _ends(opening)]
        left, right = sorted(s for s, _ in ends)
        left, right = max(left, 0.0), min(right, wall.length_m)
        if all(abs(off) <= _NEAR_WALL_M for _, off in ends) and right > left:
            found.append([left, 0.0, right, opening.height_m])
    return np.array(found, np.float64).reshape(-1, 4)


def room_at(rooms: Sequence[Room], x_m: float, y_m: float) -> int | None:
    """Return the number of the room that a place of the plan belongs to, or None."""
    for number, room in enumerate(rooms):
        if room.x_min_m <= x_m <= room.x_max_m and room.y_min_m <= y_m <= room.y_max_m:
            return number
    return None


def neighbour(wall: Wall, s_m: float, rooms: Sequence[Room]) -> int | None:
    """Return the number of the room behind a place of the wall, or None."""
    x, y, _ = wall.at(s_m, 0.0, 0.35)
    return room_at(rooms, x, y)


def build_interior(number: int, layout: Layout, finish: Finish) -> Iterator[Piece]:
    """Yield floor, ceiling and walls of a room, without lamps, windows and furniture."""
    rooms, room = layout.rooms, layout.rooms[number]
    low, high = (room.x_min_m, room.y_min_m), (room.x_max_m, room.y_max_m)
    yield Piece(_flat(low, high, 0.0, upward=True), finish.floor, number)
    yield Piece(_flat(low, high, room.height_m, upward=False), finish.ceiling, number)
    for wall in walls_of(room):
        holes = openings_on(wall, rooms)
        yield from _wall_pieces(
            wall, room, np.concatenate([holes, windows_of(wall, room, layout, finish)]), finish, number
        )
        for hole in holes:
            yield from _opening_pieces(wall, hole, finish, number)
            if neighbour(wall, float(hole[0] + hole[2]) / 2, rooms) is None:
                yield from _stub_pieces(wall, hole, finish, number)


def windows_of(wall: Wall, room: Room, layout: Layout, finish: Finish) -> FloatArray:
    """Return (n, 4) left, bottom, right, top of a wall's windows: none before a room, a door or tall furniture."""
    rooms = layout.rooms
    if finish.window_m is None or room.kind == "open":
        return np.zeros((0, 4))
    width, sill, height = finish.window_m
    height = min(height, room.height_m - sill - 0.15)
    count = int((wall.length_m - 0.6) // (width + finish.window_gap_m))
    if count < 1 or height < 0.4:
        return np.zeros((0, 4))
    pitch = wall.length_m / count
    left = (np.arange(count) + 0.5) * pitch - width / 2
    found: FloatArray = np.stack([left, np.full(count, sill), left + width, np.full(count, sill + height)], axis=1)
    doors = [*openings_on(wall, rooms), *_stands_before(wall, layout.furniture, sill)]
    is_free = [
        neighbour(wall, (window[0] + window[2]) / 2, rooms) in (None, *_open_rooms(rooms))
        and not any(window[0] < door[2] + 0.2 and door[0] - 0.2 < window[2] for door in doors)
        for window in found
    ]
    kept: FloatArray = found[np.array(is_free, bool)]
    return kept


def build_windows(number: int, layout: Layout, finish: Finish) -> Iterator[Piece]:
    """Yield frames, reveals and, where no open ground of the layout lies behind, bright panes."""
    rooms, room = layout.rooms, layout.rooms[number]
    for wall in walls_of(room):
        for left, bottom, right, top in windows_of(wall, room, layout, finish):
            reveal = _reveal(wall, left, bottom, right, top, _PANE_M)
            yield Piece(quads(reveal), finish.frame, number)
            if neighbour(wall, (left + right) / 2, rooms) is None:
                pane = quads([wall.rectangle(left, bottom, right, top, _PANE_M)])
                yield Piece(pane, replace(finish.pane, bump=top - bottom), number)


def _ends(opening: Opening) -> tuple[tuple[float, float], tuple[float, float]]:
    return (opening.x_a_m, opening.y_a_m), (opening.x_b_m, opening.y_b_m)


def _along(wall: Wall, x_m: float, y_m: float) -> tuple[float, float]:
    dx, dy = x_m - wall.x_m, y_m - wall.y_m
    return dx * wall.along[0] + dy * wall.along[1], dx * wall.inward[0] + dy * wall.inward[1]


def _stands_before(wall: Wall, furniture: Sequence[Furniture], sill_m: float) -> Iterator[tuple[float, ...]]:
    """Yield left, bottom, right, top of what stands or hangs at a wall and reaches above the sill."""
    for item in furniture:
        s, off = _along(wall, item.x_m, item.y_m)
        if abs(off) < item.depth_m / 2 + _AT_WALL_M and item.base_m + item.height_m > sill_m:
            yield s - item.width_m / 2, item.base_m, s + item.width_m / 2, item.base_m + item.height_m


def _open_rooms(rooms: Sequence[Room]) -> list[int]:
    return [number for number, room in enumerate(rooms) if room.kind == "open"]


def _flat(low: tuple[float, float], high: tuple[float, float], z_m: float, *, upward: bool) -> Mesh:
    corners = np.array([[low[0], low[1]], [high[0], low[1]], [high[0], high[1]], [low[0], high[1]]])
    if not upward:
        corners = corners[::-1]
    return quads(np.concatenate([corners, np.full((4, 1), z_m)], axis=1)[None], uv_m=corners[None])


def _wall_pieces(wall: Wall, room: Room, holes: FloatArray, finish: Finish, number: int) -> Iterator[Piece]:
    pieces = holed_rectangle(wall.length_m, room.height_m, holes)
    corners = [wall.rectangle(*piece) for piece in pieces]
    uv = pieces[:, [[0, 1], [2, 1], [2, 3], [0, 3]]]
    yield Piece(quads(corners, uv_m=uv), finish.wall, number)
    skirted = pieces[pieces[:, 1] <= 0]
    if finish.skirting_m > 0 and len(skirted):
        ends = np.array(
            [[wall.at(p[0], 0, -0.001), wall.at(p[2], finish.skirting_m, -0.016)] for p in skirted], np.float64
        )
        yield Piece(boxes(ends.min(axis=1), ends.max(axis=1), bottom=False), finish.frame, number)


def _reveal(
    wall: Wall, left: float, bottom: float, right: float, top: float, depth_m: float
) -> list[list[list[float]]]:
    """Return the four sides of a hole, `depth_m` deep, seen from inside the hole."""
    near = [wall.at(s, z) for s, z in ((left, bottom), (right, bottom), (right, top), (left, top))]
    far = [wall.at(s, z, depth_m) for s, z in ((left, bottom), (right, bottom), (right, top), (left, top))]
    return [[list(near[k]), list(near[(k + 1) % 4]), list(far[(k + 1) % 4]), list(far[k])] for k in range(4)]


def _opening_pieces(wall: Wall, hole: FloatArray, finish: Finish, number: int) -> Iterator[Piece]:
    left, bottom, right, top = (float(value) for value in hole)
    jambs = [
        (left - 0.06, left, bottom, top + 0.06),
        (right, right + 0.06, bottom, top + 0.06),
        (left, right, top, top + 0.06),
    ]
    ends = np.array([[wall.at(a, low, 0.01), wall.at(b, high, -0.025)] for a, b, low, high in jambs], np.float64)
    yield Piece(boxes(ends.min(axis=1), ends.max(axis=1)), finish.frame, number)


def _stub_pieces(wall: Wall, hole: FloatArray, finish: Finish, number: int) -> Iterator[Piece]:
    """Yield a short passage, closed at its end, so that people come from somewhere."""
    left, bottom, right, top = (float(value) for value in hole)
    sides = _reveal(wall, left, bottom, right, top, _STUB_M)
    yield Piece(quads(sides[:1]), finish.floor, number)
    yield Piece(quads(sides[1:2] + sides[3:]), finish.wall, number)
    yield Piece(quads(sides[2:3]), finish.ceiling, number)
    yield Piece(quads([wall.rectangle(left, bottom, right, top, _STUB_M)]), finish.beyond, number)
