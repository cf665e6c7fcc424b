"""The light that a person stands in, summed up from a place's lamps, sun and sky."""

import numpy as np

from analytics.simulation.interiors import room_at
from analytics.simulation.people.painter import FigureLight
from analytics.simulation.places import Place

CHEST_M = 1.2  # height at which light is taken
_ALONG = np.array([0.2126, 0.7152, 0.0722])


def figure_light(place: Place, x_m: float, y_m: float, exposure: float, sun_share: float = 1.0) -> FigureLight:
    """Return the light at a place of the floor, times the camera's exposure; `sun_share` of the sun gets there.

    The lamps are one light from their mean direction, as strong as they agree; the rest of theirs comes from above.
    """
    lighting = place.lighting
    room = _nearest_room(place, x_m, y_m)
    above, below = lighting.room_sky_rgb[room].astype(np.float64), lighting.room_ground_rgb[room].astype(np.float64)
    first, end = lighting.room_lamps[room]
    at = np.array([x_m, y_m, CHEST_M])
    to_lamps = lighting.lamp_m[first:end] - at
    squared = (to_lamps**2).sum(axis=1)
    to_lamps = to_lamps / np.sqrt(squared + 1e-6)[:, None]
    sent = np.maximum(-(to_lamps * lighting.lamp_direction[first:end]).sum(axis=1), 0)
    received = lighting.lamp_rgb[first:end] * (sent / (squared + lighting.lamp_size_m[first:end] ** 2 + 0.05))[:, None]
    directions = np.concatenate([to_lamps, lighting.sun_direction[None]])
    colours = np.concatenate([received, sun_share * lighting.sun_rgb[None]])
    strength = colours @ _ALONG
    total = float(strength.sum())
    if total < 1e-6:
        key, agreed = np.array([0.0, 0.0, 1.0]), 0.0
    else:
        mean = (directions * strength[:, None]).sum(axis=0)
        length = float(np.linalg.norm(mean))
        key, agreed = mean / max(length, 1e-6), length / total
    light = colours.sum(axis=0)
    return FigureLight(
        key_direction=key.astype(np.float32),
        key_rgb=(light * agreed * exposure).astype(np.float32),
        above_rgb=((above + light * (1 - agreed)) * exposure).astype(np.float32),
        below_rgb=(below * exposure).astype(np.float32),
    )


def _nearest_room(place: Place, x_m: float, y_m: float) -> int:
    rooms = place.layout.rooms
    inside = room_at(rooms, x_m, y_m)
    if inside is not None:
        return inside
    middles = np.array([((r.x_min_m + r.x_max_m) / 2, (r.y_min_m + r.y_max_m) / 2) for r in rooms])
    return int(((middles - (x_m, y_m)) ** 2).sum(axis=1).argmin())
