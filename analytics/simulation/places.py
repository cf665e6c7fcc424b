"""A simulated place: what a layout looks like, as one mesh with materials and light."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analytics.simulation.furnishing import furnish
from analytics.simulation.interiors import (
    Lamp,
    Piece,
    build_interior,
    build_windows,
    room_at,
    walls_of,
    windows_of,
)
from analytics.simulation.layout import Layout, Room
from analytics.simulation.lighting import Int32Array, Lighting
from analytics.simulation.meshes import Mesh, boxes, joined
from analytics.simulation.outdoors import build_outdoors, street_lamps
from analytics.simulation.palette import Finish, draw_finish
from analytics.simulation.surfaces import Family, Surface

Light = Literal["day", "overcast", "night"]
_FINISHES, _LAMPS, _SKY, _FURNITURE = 1, 2, 3, 4  # purposes of random numbers
_SKIES = {
    "day": ((0.35, 0.55, 1.0), (0.85, 0.95, 1.1), (3.2, 2.9, 2.4)),
    "overcast": ((0.75, 0.8, 0.88), (0.9, 0.93, 0.97), (0.0, 0.0, 0.0)),
    "night": ((0.010, 0.011, 0.016), (0.06, 0.052, 0.045), (0.0, 0.0, 0.0)),
}
"""Zenith, horizon and sun: about 80,000, 15,000 and 0.1 lux, on one scale for the first two."""


@dataclass(frozen=True, slots=True)
class Style:
    """Which of many looks a place has.

    Attributes:
        family: "a" for training, "b" to see what training is worth elsewhere.
        seed: of everything that is left to chance.
        light: outside; lamps are on inside whatever it is.
    """

    family: Family
    seed: int
    light: Light = "day"


@dataclass(frozen=True, slots=True)
class Place:
    """A layout with surfaces and light, ready to be drawn.

    Attributes:
        layout: what stands where.
        style: how it looks.
        mesh: all triangles: first those that block all light, then those that block only the sun (ceilings), then
            those that block none (lamps, panes).
        room: (corners of the mesh,) number of the room whose light falls on it.
        material: (corners of the mesh,) row in `surfaces`.
        surfaces: what they are made of.
        lighting: what shines.
        solid_count: number of triangles that block all light.
        roof_count: number of triangles that block the sun.
    """

    layout: Layout
    style: Style
    mesh: Mesh
    room: Int32Array
    material: Int32Array
    surfaces: tuple[Surface, ...]
    lighting: Lighting
    solid_count: int
    roof_count: int


_ROOM_LIGHT, _BOUNCE = 0.055, 1.4
"""Diffuse light in a room for each lamp's light on a square metre of floor, and the share from below."""


def build_place(layout: Layout, style: Style) -> Place:
    """Build what a layout looks like; the same for the same style.

    Raises:
        ValueError: the layout has no room.
    """
    if not layout.rooms:
        raise ValueError("a layout needs at least one room")
    finishes = [
        draw_finish(np.random.default_rng([style.seed, _FINISHES, number]), style.family, style.light)
        for number in range(len(layout.rooms))
    ]
    pieces: list[Piece] = []
    lamps: list[Lamp] = []
    for number, room in enumerate(layout.rooms):
        if room.kind == "open":
            continue
        rng = np.random.default_rng([style.seed, _LAMPS, number])
        pieces += build_interior(number, layout, finishes[number])
        pieces += build_windows(number, layout, finishes[number])
        placed = place_lamps(number, room, finishes[number], rng)
        pieces += [lamp_piece(lamp, finishes[number], room) for lamp in placed]
        lamps += placed + list(window_lamps(number, layout, finishes[number], style))
    grounds = [number for number, room in enumerate(layout.rooms) if room.kind == "open"]
    if grounds:
        pieces += build_outdoors(layout, finishes, style.family, style.light, style.seed)
        lamps += street_lamps(layout, grounds[0]) if style.light == "night" else []
    for row, item in enumerate(layout.furniture):
        number = room_at(layout.rooms, item.x_m, item.y_m)
        rng = np.random.default_rng([style.seed, _FURNITURE, row])
        pieces += furnish(item, style.family, rng, 0 if number is None else number)
    return assemble(layout, style, pieces, light_of(layout, style, lamps))


def place_lamps(number: int, room: Room, finish: Finish, rng: np.random.Generator) -> list[Lamp]:
    """Return a grid of lamps in a room's ceiling, of which a few are out."""
    width, length = finish.lamp_m
    span = np.array([room.x_max_m - room.x_min_m, room.y_max_m - room.y_min_m])
    counts = np.maximum(1, np.round(span / finish.lamp_pitch_m)).astype(int)
    x = room.x_min_m + (np.arange(counts[0]) + 0.5) * span[0] / counts[0]
    y = room.y_min_m + (np.arange(counts[1]) + 0.5) * span[1] / counts[1]
    power = 11.0 * (span[0] / counts[0]) * (span[1] / counts[1]) / 6.0 * room.height_m / 3.0
    size = float(np.sqrt(width * length)) / 2
    return [
        Lamp(
            (float(at_x), float(at_y), room.height_m - 0.02),
            (0.0, 0.0, -1.0),
            (finish.lamp_rgb[0] * power, finish.lamp_rgb[1] * power, finish.lamp_rgb[2] * power),
            size,
            number,
        )
        for at_x in x
        for at_y in y
        if rng.random() > 0.06
    ]


def lamp_piece(lamp: Lamp, finish: Finish, room: Room) -> Piece:
    """Return the diffuser of a ceiling lamp, along the longer side of its room."""
    width, length = finish.lamp_m
    if room.x_max_m - room.x_min_m > room.y_max_m - room.y_min_m:
        width, length = length, width
    middle = np.array(lamp.position_m)
    half = np.array([width / 2, length / 2, 0.015])
    return Piece(boxes([middle - half], [middle + half]), finish.lamp, lamp.room)


def window_lamps(number: int, layout: Layout, finish: Finish, style: Style) -> Iterator[Lamp]:
    """Yield windows as the sources of light that they are by day."""
    if style.light == "night":
        return
    strength = 3.0 if style.light == "day" else 1.8
    for wall in walls_of(layout.rooms[number]):
        for left, bottom, right, top in windows_of(wall, layout.rooms[number], layout, finish):
            area = (right - left) * (top - bottom)
            x, y, z = wall.at((left + right) / 2, (bottom + top) / 2, -0.02)
            inward = wall.inward
            yield Lamp(
                (x, y, z),
                (inward[0], inward[1], 0.0),
                (0.80 * strength * area, 0.92 * strength * area, 1.05 * strength * area),
                float(np.sqrt(area)) / 2,
                number,
            )


def light_of(layout: Layout, style: Style, lamps: Sequence[Lamp]) -> Lighting:
    """Return the light of a place from its lamps, sorted by room, and from the sky."""
    ordered = sorted(lamps, key=lambda lamp: lamp.room)
    rooms = np.array([lamp.room for lamp in ordered], np.int64)
    numbers = np.arange(len(layout.rooms))
    spans = np.stack([np.searchsorted(rooms, numbers), np.searchsorted(rooms, numbers, side="right")], axis=1)
    rgb = np.array([lamp.rgb for lamp in ordered], np.float32).reshape(-1, 3)
    rng = np.random.default_rng([style.seed, _SKY])
    zenith, horizon, sunlight = _SKIES[style.light]
    sky = (np.array(zenith) + np.array(horizon)) / 2
    above = np.zeros((len(layout.rooms), 3), np.float32)
    for number, room in enumerate(layout.rooms):
        area = (room.x_max_m - room.x_min_m) * (room.y_max_m - room.y_min_m)
        above[number] = (
            sky
            if room.kind == "open"
            else 0.02 + rgb[spans[number, 0] : spans[number, 1]].sum(axis=0) / area * _ROOM_LIGHT * 2
        )
    azimuth, height = rng.uniform(0, 2 * np.pi), rng.uniform(0.45, 1.1)
    sun = np.array([np.cos(azimuth) * np.cos(height), np.sin(azimuth) * np.cos(height), np.sin(height)])
    below = above * np.float32(_BOUNCE)
    for number, room in enumerate(layout.rooms):
        if room.kind == "open":  # the ground sends back about a sixth
            below[number] = (sky + np.array(sunlight) * sun[2]) / 6
    return Lighting(
        sun_direction=sun.astype(np.float32),
        sun_rgb=np.array(sunlight, np.float32),
        sky_rgb=np.array(zenith, np.float32),
        horizon_rgb=np.array(horizon, np.float32),
        room_sky_rgb=above,
        room_ground_rgb=below,
        room_lamps=spans.astype(np.int32),
        lamp_m=np.array([lamp.position_m for lamp in ordered], np.float32).reshape(-1, 3),
        lamp_direction=np.array([lamp.direction for lamp in ordered], np.float32).reshape(-1, 3),
        lamp_rgb=rgb,
        lamp_size_m=np.array([lamp.size_m for lamp in ordered], np.float32),
    )


def assemble(layout: Layout, style: Style, pieces: Sequence[Piece], lighting: Lighting) -> Place:
    """Join pieces to one mesh, sorted by the light that they block."""
    order = {"all": 0, "sun": 1, "none": 2}
    ordered = sorted(pieces, key=lambda piece: order[piece.surface.shadow])
    surfaces = tuple(dict.fromkeys(piece.surface for piece in ordered))
    number = {surface: row for row, surface in enumerate(surfaces)}
    sizes = [len(piece.mesh.positions_m) for piece in ordered]
    counts = {
        shadow: sum(len(piece.mesh.triangles) for piece in ordered if piece.surface.shadow == shadow)
        for shadow in order
    }
    return Place(
        layout,
        style,
        joined([piece.mesh for piece in ordered]),
        np.repeat([piece.room for piece in ordered], sizes).astype(np.int32),
        np.repeat([number[piece.surface] for piece in ordered], sizes).astype(np.int32),
        surfaces,
        lighting,
        counts["all"],
        counts["all"] + counts["sun"],
    )
