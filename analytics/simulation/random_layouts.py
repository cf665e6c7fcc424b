"""Random rooms, corridors and open ground with furniture that leaves people room to walk."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analytics.simulation.layout import Furniture, FurnitureKind, Layout, Opening, Room, RoomKind
from analytics.simulation.surfaces import Family

Scene = Literal["shop", "hall", "corridor", "cafe", "ground"]

_WAY_M = 0.9  # left free between pieces of furniture and in front of doors
_TRIES = 40


@dataclass(frozen=True, slots=True)
class _Size:
    """Ranges of a kind of furniture, metres: width, depth, height."""

    width: tuple[float, float]
    depth: tuple[float, float]
    height: tuple[float, float]


_SIZES: Mapping[Family, Mapping[FurnitureKind, _Size]] = {
    "a": {
        "counter": _Size((1.4, 3.0), (0.6, 0.8), (0.9, 1.1)),
        "shelf": _Size((1.8, 5.0), (0.4, 0.6), (1.5, 2.1)),
        "rack": _Size((1.2, 2.4), (0.5, 0.7), (1.2, 1.5)),
        "table": _Size((1.0, 1.8), (0.7, 1.0), (0.7, 0.85)),
        "bench": _Size((1.2, 2.4), (0.4, 0.5), (0.42, 0.48)),
        "pillar": _Size((0.3, 0.5), (0.3, 0.5), (9.0, 9.0)),
        "plant": _Size((0.35, 0.6), (0.35, 0.6), (0.9, 1.7)),
        "barrier": _Size((1.6, 4.0), (0.06, 0.06), (0.9, 1.0)),
        "poster": _Size((0.6, 1.2), (0.02, 0.02), (0.9, 1.7)),
    },
    "b": {
        "counter": _Size((2.0, 4.5), (0.8, 1.1), (1.0, 1.25)),
        "shelf": _Size((0.9, 2.6), (0.3, 0.9), (1.1, 2.5)),
        "rack": _Size((0.8, 1.6), (0.5, 0.8), (1.4, 1.8)),
        "table": _Size((0.7, 2.6), (0.6, 0.8), (0.72, 1.05)),
        "bench": _Size((0.9, 1.6), (0.5, 0.7), (0.4, 0.45)),
        "pillar": _Size((0.5, 0.9), (0.5, 0.9), (9.0, 9.0)),
        "plant": _Size((0.5, 0.9), (0.5, 0.9), (0.7, 2.2)),
        "barrier": _Size((1.4, 2.4), (0.5, 0.5), (1.0, 1.15)),
        "poster": _Size((0.9, 2.2), (0.03, 0.03), (0.6, 1.3)),
    },
}

_CONTENTS: Mapping[Scene, Mapping[FurnitureKind, tuple[int, int]]] = {
    "shop": {
        "shelf": (3, 8),
        "counter": (0, 1),
        "rack": (0, 4),
        "table": (0, 3),
        "pillar": (0, 2),
        "plant": (0, 2),
        "poster": (1, 5),
    },
    "hall": {
        "bench": (0, 4),
        "counter": (0, 2),
        "barrier": (0, 3),
        "pillar": (0, 4),
        "plant": (0, 4),
        "poster": (1, 5),
    },
    "corridor": {"bench": (0, 2), "plant": (0, 2), "poster": (0, 4), "counter": (0, 1)},
    "cafe": {"table": (3, 8), "counter": (1, 1), "bench": (1, 5), "plant": (0, 3), "pillar": (0, 2), "poster": (0, 3)},
    "ground": {"bench": (0, 4), "plant": (0, 4), "barrier": (0, 3)},
}
_AT_WALLS: frozenset[FurnitureKind] = frozenset({"plant", "poster", "bench", "shelf"})
"""What mostly stands with its back to a wall, in rooms."""

_ROOMS: Mapping[Scene, tuple[tuple[float, float], tuple[float, float], tuple[float, float]]] = {
    "shop": ((6.5, 14.0), (5.5, 11.0), (2.7, 4.0)),
    "hall": ((8.0, 18.0), (7.0, 14.0), (2.8, 5.5)),
    "corridor": ((9.0, 24.0), (1.9, 3.8), (2.4, 3.2)),
    "cafe": ((6.0, 13.0), (5.0, 10.0), (2.6, 3.6)),
    "ground": ((14.0, 30.0), (10.0, 22.0), (3.0, 3.0)),
}
"""Length, width and height of each scene's room, metres."""


def random_layout(rng: np.random.Generator, scene: Scene, family: Family) -> Layout:
    """Draw a layout with one room and what belongs there."""
    ranges = _ROOMS[scene]
    length, width, height = (float(rng.uniform(*span)) for span in ranges)
    if rng.random() < 0.5:
        length, width = width, length
    kind: RoomKind = "open" if scene == "ground" else "corridor" if scene == "corridor" else "room"
    bare = Room("scene", kind, 0.0, 0.0, length, width, height)
    openings = () if kind == "open" else tuple(_openings(bare, rng))
    room = Room("scene", kind, 0.0, 0.0, length, width, height, openings)
    furniture: list[Furniture] = []
    if scene == "shop":
        for item in (*_rows_of_shelves(room, family, rng), *_wall_of_shelves(room, family, rng)):
            if _leaves_room(item, room, furniture):
                furniture.append(item)
    for item_kind, (least, most) in _CONTENTS[scene].items():
        for _ in range(int(rng.integers(least, most + 1))):
            placed = _placed(item_kind, room, furniture, family, rng)
            if placed is not None:
                furniture.append(placed)
    return Layout((room,), tuple(furniture), length, width)


def _rows_of_shelves(room: Room, family: Family, rng: np.random.Generator) -> Iterator[Furniture]:
    """Yield rows in the middle of a shop, filled from both sides, aisles between them; some shops have none."""
    if rng.random() < 0.35:
        return
    size = _SIZES[family]["shelf"]
    deep, height = float(rng.uniform(0.8, 1.1)), float(rng.uniform(1.2, max(1.3, size.height[1] - 0.3)))
    aisle = float(rng.uniform(1.3, 2.4))
    along_x = rng.random() < 0.5
    length, across = (room.x_max_m, room.y_max_m) if along_x else (room.y_max_m, room.x_max_m)
    width = float(min(length - 3.2, rng.uniform(2.0, 6.0)))
    if width < 1.2:
        return
    middle = float(rng.uniform(width / 2 + 1.5, length - width / 2 - 1.5))
    for at in np.arange(1.6 + deep / 2, across - 1.4, deep + aisle):
        x, y, yaw = (middle, at, np.pi / 2) if along_x else (at, middle, 0.0)
        yield Furniture("shelf", float(x), float(y), float(yaw), width, deep, height)


def _wall_of_shelves(room: Room, family: Family, rng: np.random.Generator) -> Iterator[Furniture]:
    """Yield shelves all along one or two walls; the caller leaves out those before doors."""
    size = _SIZES[family]["shelf"]
    for side in rng.permutation(4)[: int(rng.integers(0, 3))]:
        span = room.x_max_m if side in (0, 2) else room.y_max_m
        width, depth, height = (
            float(rng.uniform(1.0, 2.0)),
            float(rng.uniform(0.35, 0.55)),
            float(rng.uniform(*size.height)),
        )
        count = int((span - 0.4) / width)
        for k in range(count):
            along, off = float((span - count * width) / 2 + (k + 0.5) * width), depth / 2 + 0.02
            x, y, yaw = (
                (along, off, np.pi / 2),
                (off, along, 0.0),
                (along, room.y_max_m - off, -np.pi / 2),
                (room.x_max_m - off, along, np.pi),
            )[side]
            yield Furniture("shelf", x, y, float(yaw), width - 0.04, depth, min(height, room.height_m - 0.1))


def _openings(room: Room, rng: np.random.Generator) -> Iterator[Opening]:
    """Yield one to four doorways, at most one in a short wall."""
    for side in rng.permutation(4)[: int(rng.integers(1, 5))]:
        is_along_x = side in (0, 2)
        span = room.x_max_m if is_along_x else room.y_max_m
        width = float(min(rng.uniform(0.9, 2.4), span - 0.6))
        start = float(rng.uniform(0.3, max(0.3, span - width - 0.3)))
        height = float(rng.uniform(2.05, min(2.6, room.height_m - 0.2)))
        if is_along_x:
            y = 0.0 if side == 0 else room.y_max_m
            yield Opening(start, y, start + width, y, height)
        else:
            x = 0.0 if side == 1 else room.x_max_m
            yield Opening(x, start, x, start + width, height)


def _placed(
    kind: FurnitureKind, room: Room, others: list[Furniture], family: Family, rng: np.random.Generator
) -> Furniture | None:
    """Return a piece where it leaves room to walk, or None when no such place was found."""
    size = _SIZES[family][kind]
    for _ in range(_TRIES):
        width, depth, height = (float(rng.uniform(*span)) for span in (size.width, size.depth, size.height))
        height = min(height, room.height_m - (0.0 if kind == "pillar" else 0.05))
        base = 0.0
        if kind == "poster":
            base = float(rng.uniform(0.7, max(0.75, room.height_m - height - 0.3)))
        at_wall = room.kind != "open" and (kind == "poster" or (kind in _AT_WALLS and rng.random() < 0.75))
        item = (
            _against_wall(kind, room, (width, depth, height), base, rng)
            if at_wall
            else _free_standing(kind, room, (width, max(depth, 0.8) if kind == "shelf" else depth, height), rng)
        )
        if item is not None and _leaves_room(item, room, others):
            return item
    return None


def _against_wall(
    kind: FurnitureKind, room: Room, size: tuple[float, float, float], base: float, rng: np.random.Generator
) -> Furniture | None:
    side = int(rng.integers(4))
    span = room.x_max_m if side in (0, 2) else room.y_max_m
    if size[0] > span - 0.2:
        return None
    along = float(rng.uniform(size[0] / 2 + 0.1, span - size[0] / 2 - 0.1))
    off = size[1] / 2 + 0.02
    x, y, yaw = (
        (along, off, np.pi / 2),
        (room.x_max_m - off, along, np.pi),
        (along, room.y_max_m - off, -np.pi / 2),
        (off, along, 0.0),
    )[(0, 3, 2, 1)[side]]
    return Furniture(kind, x, y, float(yaw), *size, base)


def _free_standing(
    kind: FurnitureKind, room: Room, size: tuple[float, float, float], rng: np.random.Generator
) -> Furniture | None:
    yaw = float(rng.integers(4) * np.pi / 2)
    reach = (np.array([size[1], size[0]]) if round(yaw / (np.pi / 2)) % 2 == 0 else np.array([size[0], size[1]])) / 2
    span = np.array([room.x_max_m, room.y_max_m])
    if (2 * reach > span - 2 * _WAY_M).any():
        return None
    x, y = rng.uniform(reach + _WAY_M, span - reach - _WAY_M)
    return Furniture(kind, float(x), float(y), yaw, *size)


def extent(item: Furniture) -> tuple[float, float, float, float]:
    """Return x_min, y_min, x_max, y_max of a piece's footprint, metres."""
    cos, sin = abs(np.cos(item.yaw_rad)), abs(np.sin(item.yaw_rad))
    half_x = (item.depth_m * cos + item.width_m * sin) / 2
    half_y = (item.depth_m * sin + item.width_m * cos) / 2
    return item.x_m - half_x, item.y_m - half_y, item.x_m + half_x, item.y_m + half_y


def _leaves_room(item: Furniture, room: Room, others: list[Furniture]) -> bool:
    here = extent(item)
    for opening in room.openings:
        door = (
            min(opening.x_a_m, opening.x_b_m) - _WAY_M,
            min(opening.y_a_m, opening.y_b_m) - _WAY_M,
            max(opening.x_a_m, opening.x_b_m) + _WAY_M,
            max(opening.y_a_m, opening.y_b_m) + _WAY_M,
        )
        if _touch(here, door, 0.0):
            return False
    if item.kind == "poster":
        tall = [other for other in others if other.kind in ("shelf", "poster", "pillar", "rack")]
        return not any(_touch(here, extent(other), 0.1) for other in tall)
    # rows along a wall may stand side by side
    return not any(
        _touch(here, extent(other), 0.03 if item.kind == other.kind == "shelf" and _same_row(item, other) else _WAY_M)
        for other in others
        if other.kind != "poster"
    )


def _same_row(item: Furniture, other: Furniture) -> bool:
    return item.yaw_rad == other.yaw_rad and (abs(item.x_m - other.x_m) < 0.2 or abs(item.y_m - other.y_m) < 0.2)


def _touch(a: tuple[float, float, float, float], b: tuple[float, float, float, float], gap: float) -> bool:
    return a[0] < b[2] + gap and b[0] < a[2] + gap and a[1] < b[3] + gap and b[1] < a[3] + gap
