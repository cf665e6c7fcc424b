"""Words for writing a site down: cameras by where they look, furniture, and the spots in front of it."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from analytics.simulation.layout import Furniture, FurnitureKind, Opening
from analytics.simulation.obstacles import footprint
from analytics.simulation.premises import Place, Spot
from analytics.simulation.scene import View

EAST, SOUTH, WEST, NORTH = 0.0, math.pi / 2, math.pi, -math.pi / 2
"""Directions on the plan, whose y points down."""

_BEFORE_SHELF_M = 0.45
"""From the front of a shelf to the middle of somebody who looks into it: an arm's length with the elbow bent."""


def camera(
    place_m: tuple[float, float, float],
    looks_at_m: Place,
    *,
    field_of_view_deg: float,
    size_px: tuple[int, int] = (640, 360),
    aim_height_m: float = 0.9,
    roll_deg: float = 0.0,
    k1: float = 0.0,
) -> View:
    """Return a camera whose optical axis goes through a point.

    Args:
        place_m: x, y, z of the camera.
        looks_at_m: x, y of the point in the middle of its image.
        field_of_view_deg: horizontal angle, without the lens's distortion.
        size_px: width and height of the image.
        aim_height_m: height of the point in the middle.
        roll_deg: how far it hangs clockwise.
        k1: the lens's distortion, see `View`.
    """
    across, down = looks_at_m[0] - place_m[0], looks_at_m[1] - place_m[1]
    return View(
        position_m=place_m,
        yaw_rad=math.atan2(down, across),
        pitch_rad=math.atan2(place_m[2] - aim_height_m, math.hypot(across, down)),
        roll_rad=math.radians(roll_deg),
        focal_px=round(size_px[0] / 2 / math.tan(math.radians(field_of_view_deg) / 2), 3),
        width_px=size_px[0],
        height_px=size_px[1],
        k1=k1,
    )


def gap(x_a: float, y_a: float, x_b: float, y_b: float, height_m: float = 2.3) -> Opening:
    """Return an opening between two points of a wall."""
    return Opening(x_a, y_a, x_b, y_b, height_m)


def item(
    kind: FurnitureKind,
    x: float,
    y: float,
    yaw: float,
    size_m: tuple[float, float, float],
    base_m: float = 0.0,
) -> Furniture:
    """Return a piece of furniture; `size_m` is its width across the front, its depth and its height."""
    return Furniture(kind, x, y, yaw, *size_m, base_m)


def spots_before(
    pieces: Iterable[Furniture], spacing_m: float = 0.9, stay_s: tuple[float, float] = (5.0, 20.0), both: bool = False
) -> tuple[Spot, ...]:
    """Return spots along the front of each piece, facing it.

    Args:
        pieces: shelves, counters and the like.
        spacing_m: distance between neighbours.
        stay_s: how long people stay there.
        both: along the back as well.
    """
    found: list[Spot] = []
    for piece in pieces:
        for yaw in (piece.yaw_rad, piece.yaw_rad + math.pi)[: 2 if both else 1]:
            count = max(1, int(piece.width_m / spacing_m))
            ahead = piece.depth_m / 2 + _BEFORE_SHELF_M
            for number in range(count):
                aside = (number - (count - 1) / 2) * spacing_m
                x = piece.x_m + ahead * math.cos(yaw) - aside * math.sin(yaw)
                y = piece.y_m + ahead * math.sin(yaw) + aside * math.cos(yaw)
                found.append(Spot((x, y), yaw + math.pi, stay_s))
    return tuple(found)


def seats_on(bench: Furniture, stay_s: tuple[float, float], spacing_m: float = 0.7) -> tuple[Spot, ...]:
    """Return the seats of a bench; who sits looks where its front faces."""
    count = max(1, int(bench.width_m / spacing_m))
    front, aside = np.array([math.cos(bench.yaw_rad), math.sin(bench.yaw_rad)]), None
    across = np.array([-front[1], front[0]])
    found = []
    for number in range(count):
        aside = (number - (count - 1) / 2) * spacing_m
        place = np.array([bench.x_m, bench.y_m]) + aside * across
        found.append(Spot((float(place[0]), float(place[1])), bench.yaw_rad, stay_s, is_seat=True))
    return tuple(found)


def line_of_spots(served_at_m: Place, back_rad: float, count: int, spacing_m: float = 0.85) -> tuple[Place, ...]:
    """Return places of a straight waiting line, from the one who is served backwards."""
    step = (spacing_m * math.cos(back_rad), spacing_m * math.sin(back_rad))
    return tuple((served_at_m[0] + number * step[0], served_at_m[1] + number * step[1]) for number in range(count))


def rectangle(x0: float, y0: float, x1: float, y1: float) -> tuple[Place, ...]:
    """Return the corners of an upright rectangle on the plan."""
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))


def moved(pieces: Sequence[Furniture], x: float, y: float) -> tuple[Furniture, ...]:
    """Return furniture shifted over the plan."""
    return tuple(replace(piece, x_m=piece.x_m + x, y_m=piece.y_m + y) for piece in pieces)


def reach_m(piece: Furniture) -> float:
    """Return how far a piece reaches from its middle."""
    return float(np.hypot(*(footprint(piece) - np.array([piece.x_m, piece.y_m])).T).max())
