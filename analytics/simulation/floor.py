"""Where on a layout people have room to stand."""

from dataclasses import dataclass

import numpy as np

from analytics.geometry import BoolArray
from analytics.simulation.layout import Layout
from analytics.simulation.obstacles import (
    distance_to_rectangle,
    distance_to_segments,
    footprint,
    is_in_the_way,
    walls_of,
)
from analytics.simulation.scene import FloatArray, View


@dataclass(frozen=True, slots=True)
class FreeFloor:
    """The floor of a layout as square cells.

    Attributes:
        origin_m: plan coordinates of the first cell's corner nearest to 0, 0.
        cell_m: side of a cell, metres.
        is_free: (rows, columns) True where the cell's middle is far enough from walls and furniture; rows run along y.
    """

    origin_m: tuple[float, float]
    cell_m: float
    is_free: BoolArray

    def places(self) -> FloatArray:
        """Return the (n, 2) middles of the free cells, plan metres."""
        rows, columns = np.nonzero(self.is_free)
        middles: FloatArray = np.stack([columns + 0.5, rows + 0.5], axis=1) * self.cell_m + np.array(self.origin_m)
        return middles

    def places_in(self, view: View, height_m: float = 1.7, margin_px: float = 0.0) -> FloatArray:
        """Return the (n, 2) middles of free cells where a whole person of a height lies in a camera's image.

        Furniture may still hide them.
        """
        places = self.places()
        inside = np.ones(len(places), bool)
        for z in (0.0, height_m):
            pixels, depth = view.project(np.column_stack([places, np.full(len(places), z)]))
            limit = np.array([view.width_px, view.height_px]) - margin_px
            inside &= (depth > 0.5) & (pixels > margin_px).all(axis=1) & (pixels < limit).all(axis=1)
        kept: FloatArray = places[inside]
        return kept


def free_floor(layout: Layout, clearance_m: float = 0.35, cell_m: float = 0.1) -> FreeFloor:
    """Return where people can stand.

    Args:
        layout: rooms and furniture.
        clearance_m: distance of a body's middle to walls and furniture, metres.
        cell_m: side of a cell, metres.
    """
    rooms = layout.rooms
    x0, y0 = min(room.x_min_m for room in rooms), min(room.y_min_m for room in rooms)
    columns = int(np.ceil((max(room.x_max_m for room in rooms) - x0) / cell_m))
    rows = int(np.ceil((max(room.y_max_m for room in rooms) - y0) / cell_m))
    y, x = np.mgrid[0:rows, 0:columns]
    points = np.stack([x.ravel() + 0.5, y.ravel() + 0.5], axis=1) * cell_m + np.array([x0, y0])
    free = np.zeros(len(points), bool)
    for room in rooms:
        off_edge = clearance_m if room.kind == "open" else 0.0
        low = np.array([room.x_min_m, room.y_min_m]) + off_edge
        free |= ((points >= low) & (points <= np.array([room.x_max_m, room.y_max_m]) - off_edge)).all(axis=1)
    walls = walls_of(layout)
    stands = walls.base_m < 2.0  # above it people pass below
    if stands.any():
        far = distance_to_segments(points, walls.start_m[stands], walls.end_m[stands]).min(axis=1) >= clearance_m
        free &= far
    for item in layout.furniture:
        if is_in_the_way(item):
            free &= distance_to_rectangle(points, footprint(item)) >= clearance_m
    return FreeFloor((x0, y0), cell_m, free.reshape(rows, columns))
