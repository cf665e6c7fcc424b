"""What heatmaps lie over: one camera's picture, or the floor plan with the cameras that look at it.

A view tells the cells, which of them are seen, and how wide the kernel is in each. Places come from `locating`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import distance_transform_edt
from scipy.spatial import ConvexHull

from analytics.errors import ConfigError
from analytics.geometry import BoolArray, FloatArray, points_in_polygon
from analytics.heatmaps.grids import Grid
from analytics.locating.drawings import Canvas, Size, canvas_of
from analytics.locating.floor import FloorProjection, floor_projection
from analytics.sites import Camera, Site

FLOOR = "floor"
FLOOR_CELL_M = 0.25
"""Half a person's width: several cells to a step, and a shop of 30 m has 120."""

FLOOR_SIGMA_M = 0.4
"""About how far a foot point is off: a stride's half, and the error of a projection."""

_CAMERA_CELLS = 80  # across the picture: 8 px of 640, less than a person's feet are wide in most views
_SIGMA_SHARE = 0.02  # of the width, where no projection tells how large a metre is
_SIGMA_LIMITS = (0.004, 0.08)  # of the width: near the horizon a metre is nothing, at the lens everything
_HULL_MARGIN_M = 1.0
"""How far around a camera's floor points the floor is seen: beyond, a projection is a guess, and so are walls."""

_PERSON_M = 1.7
_LEAST_PERSON_PX = 24.0
"""Where a person would be less tall in the picture, nobody is found reliably."""

_SEEN_SIGMAS = 2.0  # what lies this near to somebody who was tracked is seen


@dataclass(frozen=True)
class CameraOnFloor:
    """One camera as a view needs it.

    Attributes:
        canvas: the picture that its masks and floor points are drawn on.
        projection: to the plan; None on the camera's own picture.
        in_picture: (rows, columns) cells that its picture shows, masks left out, near enough to see people.
        certain: (rows, columns) cells that count as seen even where nobody ever was.
    """

    canvas: Canvas
    projection: FloorProjection | None
    in_picture: BoolArray
    certain: BoolArray


@dataclass(frozen=True)
class View:
    """What a heatmap lies over.

    Attributes:
        name: the camera, or floor.
        unit: of its coordinates: m (x right, y down from the plan's top left corner) or px.
        grid: its cells.
        sigma_cells: (rows, columns, 2) width of the kernel along x and y, cells.
        kernel: the kernel for people: "0.4 m".
        cameras: by id.
    """

    name: str
    unit: str
    grid: Grid
    sigma_cells: FloatArray
    kernel: str
    cameras: Mapping[str, CameraOnFloor]

    def seen_by(self, camera_id: str, visited: BoolArray) -> BoolArray:
        """Return the (rows, columns) cells that a camera sees.

        Args:
            camera_id: the camera.
            visited: (rows, columns) cells in which it tracked somebody.
        """
        own = self.cameras[camera_id]
        seen = own.certain | visited
        if own.projection is None or not visited.any():
            return seen
        reach = _SEEN_SIGMAS * self.sigma_cells.max()
        near = distance_transform_edt(~visited) <= reach
        # and what lies between those who were tracked, though the picture ends before: feet are estimated below it
        between = near if near.all() else distance_transform_edt(near) > reach
        return np.asarray(seen | (near & own.in_picture) | between)


def camera_view(
    camera: Camera, sizes: Iterable[Size], cell_px: float | None = None, sigma_m: float = FLOOR_SIGMA_M
) -> View | None:
    """Return the view of a camera's picture; None when it has no recordings and states no size.

    The kernel is as large as a kernel of `sigma_m` on the floor looks at its place, where the camera has floor points.

    Args:
        camera: the camera.
        sizes: of its recordings.
        cell_px: side of a cell, px; None: an eightieth of the width.
        sigma_m: standard deviation of the kernel on the floor, metres.

    Raises:
        ConfigError: the recordings have several sizes and the camera states none, or its floor points fix no plane.
    """
    stated = [(camera.width_px, camera.height_px)] if camera.width_px and camera.height_px else []
    canvas = canvas_of(camera, sizes, ()) or canvas_of(camera, stated, ())
    if canvas is None:
        return None
    width, height = float(canvas.width_px), float(canvas.height_px)
    grid = Grid(width, height, cell_px or width / _CAMERA_CELLS)
    seen = ~_masked(camera, grid.centres()).reshape(grid.shape)
    projection = floor_projection(camera)
    if projection is None:
        sigma_px = np.full((grid.rows * grid.columns, 2), _SIGMA_SHARE * width)
        kernel = f"{100 * _SIGMA_SHARE:.0f} % of the width"
    else:
        plan = projection.project(grid.centres())
        spread = np.linalg.norm(_px_per_m(projection, plan), axis=2) * sigma_m
        low, high = np.array(_SIGMA_LIMITS) * width
        sigma_px = np.clip(np.nan_to_num(spread, nan=low), low, high)
        kernel = f"{sigma_m:g} m on the floor"
    sigma_cells = (sigma_px / grid.size).reshape(*grid.shape, 2)
    return View(camera.camera_id, "px", grid, sigma_cells, kernel, {camera.camera_id: _own(canvas, None, seen, seen)})


def floor_view(
    site: Site,
    sizes: Mapping[str, Sequence[Size]],
    cell_m: float = FLOOR_CELL_M,
    sigma_m: float = FLOOR_SIGMA_M,
) -> View:
    """Return the view of the floor plan, with every camera that has floor points.

    A cell counts as seen by a camera when the picture shows it, a person there would be tall enough to be found, and it
    lies near the camera's floor points, or near somebody who was tracked: a projection knows no walls.

    Args:
        site: its plan and cameras.
        sizes: of each camera's recordings.
        cell_m: side of a cell, metres.
        sigma_m: standard deviation of the kernel, metres.

    Raises:
        ConfigError: there is no plan, no camera is projected to it, or floor points fix no plane.
    """
    if site.floor_plan is None:
        raise ConfigError("expected a floor plan with its width_m and height_m, the site has none", field="floor_plan")
    grid = Grid(site.floor_plan.width_m, site.floor_plan.height_m, cell_m)
    cameras = {}
    for camera in site.cameras:
        projection = floor_projection(camera)
        stated = [(camera.width_px, camera.height_px)] if camera.width_px and camera.height_px else []
        if projection is None:
            continue
        canvas = canvas_of(camera, sizes.get(camera.camera_id, ()), ()) or canvas_of(camera, stated, ())
        if canvas is not None:
            shown = _shown(camera, canvas, projection, grid)
            cameras[camera.camera_id] = _own(canvas, projection, shown, shown & _near_points(camera, grid))
    if not cameras:
        reason = "expected floor_points of at least one camera with recordings, found none: nothing is on the plan"
        raise ConfigError(reason, field="cameras")
    sigma = np.full((*grid.shape, 2), sigma_m / cell_m)
    return View(FLOOR, "m", grid, sigma, f"{sigma_m:g} m", cameras)


def _own(canvas: Canvas, projection: FloorProjection | None, shown: BoolArray, certain: BoolArray) -> CameraOnFloor:
    return CameraOnFloor(canvas, projection, shown, certain)


def to_image(projection: FloorProjection, places: FloatArray) -> FloatArray:
    """Return the (n, 2) image points of (n, 2) places on the plan, px; NaN behind the camera."""
    inverse = np.linalg.inv(projection.matrix)
    weighted = places @ inverse[:, :2].T + inverse[:, 2]
    with np.errstate(invalid="ignore", divide="ignore"):
        points: FloatArray = weighted[:, :2] / weighted[:, 2:]
        # what is behind the camera comes out above the horizon, where weights are negative
        weights = points @ projection.matrix[2, :2] + projection.matrix[2, 2]
    points[~(weights > 0)] = np.nan
    return points


def _px_per_m(projection: FloorProjection, places: FloatArray) -> FloatArray:
    """Return the (n, 2, 2) change of image x and y with plan x and y, px for each metre."""
    step_m = 0.05
    along = [
        (to_image(projection, places + shift) - to_image(projection, places - shift)) / (2 * step_m)
        for shift in (np.array([step_m, 0.0]), np.array([0.0, step_m]))
    ]
    return np.stack(along, axis=2)


def _shown(camera: Camera, canvas: Canvas, projection: FloorProjection, grid: Grid) -> BoolArray:
    centres = grid.centres()
    points = to_image(projection, centres)
    with np.errstate(invalid="ignore"):
        inside = np.all((points >= 0) & (points <= [canvas.width_px, canvas.height_px]), axis=1)
        # across the line of sight a metre is as long as it is upwards, about
        scale = np.sqrt(np.sum(_px_per_m(projection, centres) ** 2, axis=(1, 2)))
        is_near = np.nan_to_num(scale) * _PERSON_M >= _LEAST_PERSON_PX
    shown: BoolArray = inside & is_near & ~_masked(camera, points)
    return shown.reshape(grid.shape)


def _near_points(camera: Camera, grid: Grid) -> BoolArray:
    points = np.array([point.plan_m for point in camera.floor_points], np.float64)
    corners = points[ConvexHull(points).vertices]
    inside = points_in_polygon(grid.centres(), corners).reshape(grid.shape)
    if not inside.any():
        return inside
    return np.asarray(distance_transform_edt(~inside) * grid.size <= _HULL_MARGIN_M)


def _masked(camera: Camera, points: FloatArray) -> BoolArray:
    hidden = np.zeros(len(points), bool)
    for mask in camera.masks:
        hidden |= points_in_polygon(np.nan_to_num(points, nan=-1.0), np.array(mask, np.float64))
    return hidden
