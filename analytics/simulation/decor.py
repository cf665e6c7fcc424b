"""Small things that rooms collect: signs, notices, vents, pipes, mats. Nothing that people could bump into."""

from collections.abc import Iterator

import numpy as np

from analytics.simulation.interiors import Piece, Wall, openings_on, walls_of, windows_of
from analytics.simulation.layout import Furniture, Layout, Room
from analytics.simulation.meshes import Mesh, boxes, joined, lathe, moved, quads
from analytics.simulation.palette import Finish
from analytics.simulation.surfaces import Family, Pattern, Surface, shifted, srgb

_WHITE = Surface(a=(0.7, 0.7, 0.68), wear=0.1)
_DARK = Surface(a=(0.03, 0.03, 0.033), wear=0.1)
_EXIT = Surface(a=(0.01, 0.25, 0.09), glow=1.5, wear=0.02, shadow="none")
_EXIT_MARK = Surface(a=(0.7, 0.75, 0.7), glow=0.6, wear=0.02, shadow="none")
_RED = Surface(a=(0.45, 0.02, 0.015), mirror=0.05, roughness=0.2)
_BELOW_LAMPS_M = 0.02
_OFF_WALLS_M = 1.3  # pipes keep away from walls, where cameras hang

Rectangle = tuple[float, float, float, float]


def build_decor(
    number: int, layout: Layout, finish: Finish, family: Family, rng: np.random.Generator
) -> Iterator[Piece]:
    """Yield what hangs on walls and ceiling and lies on the floor of a room."""
    room = layout.rooms[number]
    for wall in walls_of(room):
        doors = openings_on(wall, layout.rooms)
        taken: list[Rectangle] = [_as_rectangle(hole) for hole in doors]
        taken += [_as_rectangle(window) for window in windows_of(wall, room, layout, finish)]
        taken += list(_behind(wall, layout.furniture))
        for mesh, surface in _on_wall(wall, room, doors, taken, family, rng):
            yield Piece(mesh, surface, number)
        for left, _, right, _ in doors:
            if rng.random() < 0.4:
                yield Piece(_mat(wall, float(left), float(right), rng), _mat_surface(rng), number)
    for mesh, surface in _on_ceiling(room, family, rng):
        yield Piece(mesh, surface, number)


def _as_rectangle(row: np.ndarray) -> Rectangle:
    left, bottom, right, top = (float(value) for value in row)
    return left, bottom, right, top


def _behind(wall: Wall, furniture: tuple[Furniture, ...]) -> Iterator[Rectangle]:
    for item in furniture:
        dx, dy = item.x_m - wall.x_m, item.y_m - wall.y_m
        s, off = dx * wall.along[0] + dy * wall.along[1], dx * wall.inward[0] + dy * wall.inward[1]
        half = max(item.width_m, item.depth_m) / 2
        if -0.2 < off < half + 0.4:
            yield s - half, item.base_m, s + half, item.base_m + item.height_m


def _fits(wanted: Rectangle, wall: Wall, taken: list[Rectangle]) -> bool:
    if wanted[0] < 0.1 or wanted[2] > wall.length_m - 0.1:
        return False
    return not any(
        wanted[0] < b[2] + 0.05 and b[0] < wanted[2] + 0.05 and wanted[1] < b[3] + 0.05 and b[1] < wanted[3] + 0.05
        for b in taken
    )


def plate(wall: Wall, at: Rectangle, thick_m: float) -> Mesh:
    """Return a flat box on a wall."""
    ends = np.array([[wall.at(at[0], at[1], -0.002), wall.at(at[2], at[3], -thick_m)]])
    return boxes(ends.min(axis=1), ends.max(axis=1))


def _on_wall(
    wall: Wall, room: Room, doors: np.ndarray, taken: list[Rectangle], family: Family, rng: np.random.Generator
) -> Iterator[tuple[Mesh, Surface]]:
    for left, _, right, top in doors:
        middle = float(left + right) / 2
        if rng.random() < 0.5 and top + 0.35 < room.height_m:
            sign = (middle - 0.2, float(top) + 0.1, middle + 0.2, float(top) + 0.28)
            taken.append(sign)
            yield plate(wall, sign, 0.05), _EXIT
            marks = ((-0.14, 0.13, -0.05, 0.25), (0.0, 0.17, 0.14, 0.21))  # somebody, an arrow
            lifted = [(middle + a, float(top) + low, middle + c, float(top) + high) for a, low, c, high in marks]
            yield joined([plate(wall, mark, 0.055) for mark in lifted]), _EXIT_MARK
    if rng.random() < 0.4 and room.height_m > 2.5:  # trunking for cables
        height = room.height_m - float(rng.uniform(0.08, 0.35))
        if all(rectangle[3] < height - 0.02 for rectangle in taken):
            yield plate(wall, (0.05, height, wall.length_m - 0.05, height + 0.05), 0.04), _WHITE
    for _ in range(int(rng.integers(1, 2 + int(wall.length_m / 2.2)))):
        kind = rng.choice(["notice", "sign", "board", "clock", "extinguisher", "socket", "box", "picture"])
        width, height, base = _SIZES[str(kind)]
        left = float(rng.uniform(0, max(0.1, wall.length_m - width)))
        low = base + float(rng.uniform(0, 0.25))
        wanted = (left, low, left + width, low + height)
        if low + height > room.height_m - 0.1 or not _fits(wanted, wall, taken):
            continue
        taken.append(wanted)
        yield from _thing(str(kind), wall, wanted, family, rng)


_SIZES = {
    "notice": (0.21, 0.3, 1.35),
    "sign": (0.5, 0.18, 1.9),
    "board": (1.2, 0.9, 1.2),
    "clock": (0.3, 0.3, 2.0),
    "extinguisher": (0.18, 0.55, 0.75),
    "socket": (0.15, 0.09, 0.3),
    "box": (0.4, 0.5, 1.4),
    "picture": (0.7, 0.5, 1.4),
}
"""Width, height and least height of the lower edge, metres."""


def _thing(
    kind: str, wall: Wall, at: Rectangle, family: Family, rng: np.random.Generator
) -> Iterator[tuple[Mesh, Surface]]:
    tone = tuple(float(value) for value in rng.uniform(0.05, 0.6, 3))
    size = (at[2] - at[0], at[3] - at[1])
    if kind in ("notice", "sign"):
        pale = (0.75, 0.75, 0.72) if kind == "notice" else (tone[0], tone[1], tone[2])
        yield plate(wall, at, 0.01), Surface(Pattern.PACKAGE, pale, cell_m=size, seed=int(rng.integers(60)), wear=0.02)
    elif kind == "board":
        yield plate(wall, at, 0.03), Surface(Pattern.CARPET, shifted(srgb("a08050"), rng, 0.3), cell_m=(9, 9))
        sheets = [
            plate(wall, (at[0] + x, at[1] + y, at[0] + x + 0.15, at[1] + y + 0.2), 0.034)
            for x in np.arange(0.06, size[0] - 0.2, 0.22)
            for y in np.arange(0.06, size[1] - 0.22, 0.27)
            if rng.random() < 0.7
        ]
        if sheets:
            yield joined(sheets), Surface(Pattern.PACKAGE, (0.75, 0.75, 0.7), cell_m=(0.15, 0.2), wear=0.02)
    elif kind == "clock":
        face = lathe([(0.15, 0), (0.15, 0.04), (0, 0.04)], sides=20)
        turn = np.array([[wall.along[0], wall.along[1], 0], [0, 0, 1], [wall.inward[0], wall.inward[1], 0]], np.float32)
        middle = wall.at((at[0] + at[2]) / 2, (at[1] + at[3]) / 2)
        upright = Mesh(face.positions_m @ turn, face.normals @ turn, face.uv_m, face.tint, face.triangles)
        yield moved(upright, *middle), _WHITE
    elif kind == "extinguisher":
        x, y, z = wall.at((at[0] + at[2]) / 2, at[1], -0.1)
        yield (
            moved(lathe([(0, 0), (0.075, 0), (0.075, 0.4), (0.03, 0.46), (0.03, 0.52), (0, 0.52)], sides=12), x, y, z),
            _RED,
        )
    elif kind == "picture":
        yield plate(wall, at, 0.025), _DARK if family == "b" else Surface(a=shifted(srgb("6a4a2c"), rng))
        inner = (at[0] + 0.05, at[1] + 0.05, at[2] - 0.05, at[3] - 0.05)
        stone = Surface(
            Pattern.MARBLE, (tone[0], tone[1], tone[2]), c=(0.5, 0.5, 0.45), cell_m=(9, 9), seed=int(rng.integers(999))
        )
        yield plate(wall, inner, 0.03), stone
    else:
        yield plate(wall, at, 0.16 if kind == "box" else 0.015), _WHITE


def _on_ceiling(room: Room, family: Family, rng: np.random.Generator) -> Iterator[tuple[Mesh, Surface]]:
    height = room.height_m - _BELOW_LAMPS_M
    span = np.array([room.x_max_m - room.x_min_m, room.y_max_m - room.y_min_m])
    low = np.array([room.x_min_m, room.y_min_m])
    grilles, detectors = [], []
    for _ in range(int(rng.integers(1, 2 + int(span.prod() / 14)))):
        x, y = low + 0.5 + rng.random(2) * (span - 1.1).clip(0.1)
        grilles.append([[x, y, height], [x + 0.58, y + 0.58, height + 0.01]])
        x, y = low + 0.4 + rng.random(2) * (span - 0.8).clip(0.1)
        detectors.append(
            moved(lathe([(0, -0.05), (0.04, -0.05), (0.06, 0)], sides=10), float(x), float(y), room.height_m)
        )
    ends = np.array(grilles)
    slats = Surface(
        Pattern.STRIPES, (0.5, 0.5, 0.5), c=(0.08, 0.08, 0.08), cell_m=(0.05, 1), variety=0.0, shadow="none"
    )
    yield boxes(ends[:, 0], ends[:, 1]), slats
    yield joined(detectors), Surface(a=(0.7, 0.7, 0.68), shadow="none")
    is_wide = span.min() > 2 * _OFF_WALLS_M + 0.5
    if rng.random() < (0.15 if family == "a" else 0.6) and room.height_m > 2.9 and is_wide:
        yield (
            _pipes(room, rng),
            Surface(Pattern.METAL, shifted((0.35, 0.36, 0.37), rng, 0.4), mirror=0.05, shadow="sun"),
        )


def _pipes(room: Room, rng: np.random.Generator) -> Mesh:
    """Return pipes or ducts below the ceiling, along the longer side."""
    along_x = room.x_max_m - room.x_min_m > room.y_max_m - room.y_min_m
    across = room.y_max_m - room.y_min_m if along_x else room.x_max_m - room.x_min_m
    lower, upper = [], []
    for _ in range(int(rng.integers(1, 4))):
        wide = float(rng.choice([0.08, 0.3, 0.45]))
        at = float(rng.uniform(_OFF_WALLS_M, across - _OFF_WALLS_M - wide))
        drop = room.height_m - float(rng.uniform(0.03, 0.12)) - min(wide, 0.3)
        if along_x:
            lower.append([room.x_min_m, room.y_min_m + at, drop])
            upper.append([room.x_max_m, room.y_min_m + at + wide, drop + min(wide, 0.3)])
        else:
            lower.append([room.x_min_m + at, room.y_min_m, drop])
            upper.append([room.x_min_m + at + wide, room.y_max_m, drop + min(wide, 0.3)])
    return boxes(lower, upper)


def _mat(wall: Wall, left: float, right: float, rng: np.random.Generator) -> Mesh:
    deep = float(rng.uniform(0.8, 1.8))
    corners = [
        wall.at(left, 0.004, -0.05),
        wall.at(right, 0.004, -0.05),
        wall.at(right, 0.004, -deep),
        wall.at(left, 0.004, -deep),
    ]
    return quads([corners[::-1]])


def _mat_surface(rng: np.random.Generator) -> Surface:
    tone = shifted(srgb(rng.choice(["2a2a2c", "3a302a", "2a3440", "4a2424"])), rng, 0.2)
    return Surface(Pattern.CARPET, tone, (0.02, 0.02, 0.02), tone, (9, 9), 0.0, wear=0.5, seed=int(rng.integers(999)))
