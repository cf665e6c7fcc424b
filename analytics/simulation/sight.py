"""What each camera of a simulated site sees: the floor it covers, who could be in its picture, and how far views are.

Walls are the only thing that hides here; furniture and people are left to the picture.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.ndimage import binary_dilation

from analytics.geometry import BoolArray
from analytics.simulation.layout import Layout
from analytics.simulation.navigation import BODY_RADIUS_M, NODE_M, Ground
from analytics.simulation.obstacles import Walls, walls_of
from analytics.simulation.scene import FloatArray, View

CELL_M = 0.1
TALLEST_M = 2.05
"""Height up to which a person may reach, hat included."""

_HEIGHTS_M = (0.0, 0.5, 1.0, 1.5, TALLEST_M)
_BORDER_PX = 8.0
"""Pixels around the image that count as seen: nobody stands exactly where the grid says."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What one camera sees of a layout's floor.

    Attributes:
        view: the camera.
        walls: what hides.
        reaches: (rows, columns) whether any part of a person, of any height up to `TALLEST_M`, whose middle is in this
            cell of `CELL_M` could be in the picture.
    """

    view: View
    walls: Walls
    reaches: BoolArray

    def could_show(self, points_m: FloatArray) -> BoolArray:
        """Tell which people at (k, 2) places could be in the picture, wholly or in part."""
        rows, columns = self.reaches.shape
        column = np.clip((points_m[:, 0] / CELL_M).astype(np.int64), 0, columns - 1)
        row = np.clip((points_m[:, 1] / CELL_M).astype(np.int64), 0, rows - 1)
        shown: BoolArray = self.reaches[row, column]
        return shown

    def shows_floor(self, points_m: FloatArray) -> BoolArray:
        """Tell at which (k, 2) places the floor is in the picture and no wall is before it."""
        return _sees(self.view, self.walls, points_m, 0.0, 0.0)

    def feet_px(self, points_m: FloatArray) -> FloatArray:
        """Return where the floor at (k, 2) places is in the picture, (k, 2) px; NaN behind the camera."""
        points = np.column_stack([points_m, np.zeros(len(points_m))])
        pixels, depth = self.view.project(points)
        pixels[depth <= 0] = np.nan
        return pixels


def sight_of(layout: Layout, view: View) -> Sight:
    """Return what a camera sees of a layout."""
    columns, rows = round(layout.width_m / CELL_M), round(layout.height_m / CELL_M)
    x, y = (np.arange(columns) + 0.5) * CELL_M, (np.arange(rows) + 0.5) * CELL_M
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    walls = walls_of(layout)
    seen = np.zeros(len(points), np.bool_)
    for height_m in _HEIGHTS_M:
        seen |= _sees(view, walls, points, height_m, _BORDER_PX)
    reach = round(BODY_RADIUS_M / CELL_M + 0.5)
    disc = np.hypot(*np.mgrid[-reach : reach + 1, -reach : reach + 1]) <= reach
    return Sight(view, walls, binary_dilation(seen.reshape(rows, columns), disc))


def overlaps(sights: Mapping[str, Sight], ground: Ground) -> list[str]:
    """Return a sentence for each pair of cameras that could show one person at once.

    Args:
        sights: what each camera sees.
        ground: where people can be.
    """
    found = []
    shown = {camera_id: sight.could_show(ground.node_m) for camera_id, sight in sights.items()}
    for first, second in combinations(sorted(sights), 2):
        both = shown[first] & shown[second]
        if both.any():
            x, y = ground.node_m[both].mean(axis=0)
            area_m2 = float(both.sum()) * NODE_M**2
            found.append(f"{first} and {second} both see {area_m2:.1f} m² around {x:.1f}, {y:.1f}")
    return found


def distances(sights: Mapping[str, Sight], ground: Ground) -> Mapping[tuple[str, str], float]:
    """Return the shortest way between each pair of views, metres, by the cameras in order of name.

    A pair without a way between is left out.
    """
    shown = {camera_id: sight.could_show(ground.node_m) for camera_id, sight in sorted(sights.items())}
    found = {}
    for first, second in combinations(shown, 2):
        if shown[first].any() and shown[second].any():
            length_m = float(ground.distances(shown[first])[shown[second]].min())
            if np.isfinite(length_m):
                found[first, second] = length_m
    return found


def _sees(view: View, walls: Walls, points_m: FloatArray, height_m: float, border_px: float) -> BoolArray:
    points = np.column_stack([points_m, np.full(len(points_m), height_m)])
    pixels, depth = view.project(points)
    limits = np.array([view.width_px, view.height_px])
    inside = (depth > 0.05) & ((pixels >= -border_px) & (pixels <= limits + border_px)).all(axis=1)
    inside &= ~_is_folded(view, points, depth)
    inside[inside] &= ~walls.hide(view.position_m, points[inside])
    seen: BoolArray = inside
    return seen


def _is_folded(view: View, points: FloatArray, depth: FloatArray) -> BoolArray:
    """Tell which points a barrel lens maps back into the image although they are far outside it."""
    if view.k1 >= 0:
        return np.zeros(len(points), np.bool_)
    off_axis = (points - np.array(view.position_m)) @ view.axes()[:2].T
    radius = np.hypot(*off_axis.T) / np.where(depth > 0, depth, np.inf)
    folded: BoolArray = radius >= np.sqrt(-1 / (3 * view.k1))
    return folded
