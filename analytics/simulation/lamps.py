"""Which lamps a place has, and what light they, the windows and the sky give."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from analytics.simulation.interiors import Lamp, Piece, neighbour, openings_on, walls_of, windows_of
from analytics.simulation.layout import Layout, Room
from analytics.simulation.lighting import Lighting
from analytics.simulation.meshes import boxes
from analytics.simulation.palette import Finish
from analytics.simulation.surfaces import Colour, Light

_SKIES: Mapping[Light, tuple[Colour, Colour, Colour]] = {
    "day": ((0.35, 0.55, 1.0), (0.85, 0.95, 1.1), (3.2, 2.9, 2.4)),
    "overcast": ((0.75, 0.8, 0.88), (0.9, 0.93, 0.97), (0.0, 0.0, 0.0)),
    "night": ((0.010, 0.011, 0.016), (0.06, 0.052, 0.045), (0.0, 0.0, 0.0)),
}
"""Zenith, horizon and sun: about 80,000, 15,000 and 0.1 lux, on one scale for the first two."""
_ROOM_LIGHT, _BOUNCE = 0.055, 2.0
"""Diffuse light in a room for each lamp's light on a square metre of floor, and the share from below."""


def place_lamps(number: int, room: Room, finish: Finish, rng: np.random.Generator) -> list[Lamp]:
    """Return a grid of lamps in a room's ceiling, of which a few are out."""
    width, length = finish.lamp_m
    span = np.array([room.x_max_m - room.x_min_m, room.y_max_m - room.y_min_m])
    counts = np.maximum(1, np.round(span / finish.lamp_pitch_m)).astype(int)
    x = room.x_min_m + (np.arange(counts[0]) + 0.5) * span[0] / counts[0]
    y = room.y_min_m + (np.arange(counts[1]) + 0.5) * span[1] / counts[1]
    power = 11.0 * (span[0] / counts[0]) * (span[1] / counts[1]) / 6.0 * room.height_m / 3.0
    size = float(np.sqrt(width * length)) / 2
    out = float(rng.choice([0.0, 0.05, 0.35], p=[0.4, 0.4, 0.2]))
    lamps = [
        Lamp(
            (float(at_x), float(at_y), room.height_m - 0.02),
            (0.0, 0.0, -1.0),
            (finish.lamp_rgb[0] * power, finish.lamp_rgb[1] * power, finish.lamp_rgb[2] * power),
            size,
            number,
        )
        for at_x in x
        for at_y in y
    ]
    return [lamp for lamp in lamps if rng.random() > out] or lamps


def lamp_piece(lamp: Lamp, finish: Finish, room: Room) -> Piece:
    """Return the diffuser of a ceiling lamp, along the longer side of its room."""
    width, length = finish.lamp_m
    if room.x_max_m - room.x_min_m > room.y_max_m - room.y_min_m:
        width, length = length, width
    middle = np.array(lamp.position_m)
    half = np.array([width / 2, length / 2, 0.015])
    return Piece(boxes([middle - half], [middle + half]), finish.lamp, lamp.room)


def window_lamps(number: int, layout: Layout, finish: Finish, light: Light) -> Iterator[Lamp]:
    """Yield windows as the sources of light that they are by day."""
    if light == "night":
        return
    strength = 3.0 if light == "day" else 1.8
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


def light_of(layout: Layout, light: Light, lamps: Sequence[Lamp], rng: np.random.Generator) -> Lighting:
    """Return the light of a place from its lamps, sorted by room, and from the sky with a sun drawn at random."""
    ordered = sorted(lamps, key=lambda lamp: lamp.room)
    rooms = np.array([lamp.room for lamp in ordered], np.int64)
    numbers = np.arange(len(layout.rooms))
    spans = np.stack([np.searchsorted(rooms, numbers), np.searchsorted(rooms, numbers, side="right")], axis=1)
    rgb = np.array([lamp.rgb for lamp in ordered], np.float32).reshape(-1, 3)
    zenith, horizon, sunlight = _SKIES[light]
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


def passage_lamps(number: int, layout: Layout, rng: np.random.Generator) -> Iterator[Lamp]:
    """Yield a lamp, bright or dim, in each passage that leads out of a room to nowhere."""
    for wall in walls_of(layout.rooms[number]):
        for left, _, right, top in openings_on(wall, layout.rooms):
            if neighbour(wall, float(left + right) / 2, layout.rooms) is None:
                power = float(rng.uniform(0.3, 2.5))
                place = wall.at(float(left + right) / 2, float(top) - 0.05, 1.5)
                yield Lamp(place, (0.0, 0.0, -1.0), (power, power * 0.95, power * 0.85), 0.15, number)
