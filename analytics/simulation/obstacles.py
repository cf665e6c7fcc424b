"""What stands in the way on a layout: walls with their openings, and the footprints of furniture, as arrays.

People walk around both. Only walls hide what lies behind them here; furniture hides too, but that is for a picture to
show.
"""

from dataclasses import dataclass

import numpy as np

from analytics.geometry import BoolArray
from analytics.simulation.layout import Furniture, Layout, Opening, Room
from analytics.simulation.scene import FloatArray

WALL_THICKNESS_M = 0.12
_ON_WALL_M = 0.01
"""How far an opening's ends may lie off the wall that it is in."""


@dataclass(frozen=True, slots=True)
class Walls:
    """Pieces of wall that nothing passes, upright and without upper end.

    Attributes:
        start_m: (n, 2) one end of each piece on the plan.
        end_m: (n, 2) the other end.
        base_m: (n,) height of its lower edge: 0, or that of the opening that it is above.
    """

    start_m: FloatArray
    end_m: FloatArray
    base_m: FloatArray

    def hide(self, eye_m: tuple[float, float, float], points_m: FloatArray) -> BoolArray:
        """Tell which points cannot be seen because a wall is between.

        Args:
            eye_m: x, y, z of the one who looks.
            points_m: (k, 3) points looked at.

        Returns:
            (k,) booleans; a point on a wall is not hidden by it.
        """
        rays = points_m - np.array(eye_m)
        hidden = np.zeros(len(points_m), np.bool_)
        # wall by wall: all at once would be gigabytes of temporary arrays for a floor of points
        for start, end, base_m in zip(self.start_m, self.end_m, self.base_m, strict=True):
            along, offset = end - start, start - np.array(eye_m[:2])
            turn = rays[:, 0] * along[1] - rays[:, 1] * along[0]
            steep = np.where(np.abs(turn) < 1e-12, np.inf, turn)
            on_ray = (offset[0] * along[1] - offset[1] * along[0]) / steep
            on_wall = (offset[0] * rays[:, 1] - offset[1] * rays[:, 0]) / steep
            height = eye_m[2] + on_ray * rays[:, 2]
            meets = (on_ray > 1e-9) & (on_ray < 1 - 1e-9) & (on_wall >= 0) & (on_wall <= 1)
            hidden |= meets & (height >= base_m)
        return hidden


def walls_of(layout: Layout) -> Walls:
    """Return the walls of all rooms; an opening is a gap in every wall that it lies on, whosever room names it."""
    openings = [opening for room in layout.rooms for opening in room.openings]
    pieces = [piece for room in layout.rooms for side in _sides(room) for piece in _pieces(*side, openings)]
    table = np.array(pieces, np.float64).reshape(-1, 5)
    return Walls(table[:, 0:2], table[:, 2:4], table[:, 4])


def footprint(item: Furniture) -> FloatArray:
    """Return the (4, 2) corners of a piece of furniture on the plan."""
    front = np.array([np.cos(item.yaw_rad), np.sin(item.yaw_rad)])
    across = np.array([-front[1], front[0]])
    half = [
        (sign_w * item.width_m / 2) * across + (sign_d * item.depth_m / 2) * front
        for sign_w, sign_d in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]
    return np.array([item.x_m, item.y_m]) + np.array(half)


def is_in_the_way(item: Furniture) -> bool:
    """Tell whether people have to walk around a piece of furniture: what hangs on a wall or above heads is not."""
    return item.kind != "poster" and item.base_m < 2.0


def distance_to_rectangle(points_m: FloatArray, corners_m: FloatArray) -> FloatArray:
    """Return the (k,) distances of (k, 2) points to a rectangle of (4, 2) corners, metres; 0 inside."""
    origin, x_axis, y_axis = corners_m[0], corners_m[1] - corners_m[0], corners_m[3] - corners_m[0]
    width, depth = np.hypot(*x_axis), np.hypot(*y_axis)
    relative = points_m - origin
    x, y = relative @ x_axis / width, relative @ y_axis / depth
    outside = np.stack([np.maximum(np.maximum(-x, x - width), 0), np.maximum(np.maximum(-y, y - depth), 0)])
    distance: FloatArray = np.hypot(outside[0], outside[1])
    return distance


def distance_to_segments(points_m: FloatArray, start_m: FloatArray, end_m: FloatArray) -> FloatArray:
    """Return the (k, n) distances of (k, 2) points to n segments, metres."""
    along = end_m - start_m
    length = np.maximum((along**2).sum(axis=1), 1e-12)
    relative = points_m[:, None] - start_m[None]
    share = np.clip((relative * along[None]).sum(axis=2) / length[None], 0, 1)
    nearest = relative - share[..., None] * along[None]
    distance: FloatArray = np.hypot(nearest[..., 0], nearest[..., 1])
    return distance


def _sides(room: Room) -> list[tuple[FloatArray, FloatArray]]:
    if room.kind == "open":
        return []
    x0, y0, x1, y1 = room.x_min_m, room.y_min_m, room.x_max_m, room.y_max_m
    corners = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float64)
    return [(corners[number], corners[(number + 1) % 4]) for number in range(4)]


def _pieces(start: FloatArray, end: FloatArray, openings: list[Opening]) -> list[tuple[float, ...]]:
    """Return what is left of one wall: solid pieces, and the lintels above its openings."""
    length = float(np.hypot(*(end - start)))
    unit = (end - start) / length
    gaps: list[tuple[float, float, float]] = []
    for opening in openings:
        ends = np.array([(opening.x_a_m, opening.y_a_m), (opening.x_b_m, opening.y_b_m)]) - start
        off_wall = np.abs(ends[:, 0] * unit[1] - ends[:, 1] * unit[0])
        from_m, to_m = sorted((ends @ unit).tolist())
        if off_wall.max() <= _ON_WALL_M and to_m > 0 and from_m < length:
            gaps.append((max(0.0, from_m), min(length, to_m), opening.height_m))
    pieces, at = [], 0.0
    for from_m, to_m, height_m in sorted(gaps):
        if from_m > at:
            pieces.append((at, from_m, 0.0))
        pieces.append((from_m, to_m, height_m))
        at = max(at, to_m)
    if at < length:
        pieces.append((at, length, 0.0))
    return [(*(start + a * unit), *(start + b * unit), base) for a, b, base in pieces]
