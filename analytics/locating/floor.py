"""From a camera's image to the floor plan: a homography through the site's floor points, and how far it is off."""

from dataclasses import dataclass

import numpy as np

from analytics.errors import ConfigError
from analytics.geometry import FloatArray
from analytics.sites import Camera

_LEAST_SPREAD = 0.01
"""Width of a cloud of points for each unit of its length below which it is taken for a line: a pixel of error in one of
them would turn the plane about it."""

_LEAST_RANK = 1e-3
"""Second smallest singular value of the equations, of the largest: below it more than one projection fits. Four points
of which three are on a line have 1e-17, points read off a picture have 0.1 and more."""


@dataclass(frozen=True, slots=True)
class FloorProjection:
    """The plane of a camera's image laid on the floor plan.

    Attributes:
        camera_id: whose.
        matrix: (3, 3) from x, y, 1 of the image (px of the camera's stated size) to the plan (metres) times a weight
            that is positive below the horizon.
        mean_error_m: mean distance of the projected floor points from where the site file has them, metres.
        max_error_m: the largest. Four points always fit: with four, errors of 0 say nothing.
    """

    camera_id: str
    matrix: FloatArray
    mean_error_m: float
    max_error_m: float

    def project(self, points_px: FloatArray) -> FloatArray:
        """Return the (n, 2) places on the plan of (n, 2) image points, metres; NaN at and above the horizon."""
        matrix = self.matrix
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            weighted = points_px @ matrix[:, :2].T + matrix[:, 2]
            weights = np.where(weighted[:, 2] > 0, weighted[:, 2], np.nan)
            places: FloatArray = weighted[:, :2] / weights[:, None]
        return places


def floor_projection(camera: Camera) -> FloorProjection | None:
    """Return the projection through a camera's floor points; None when it has none.

    Least squares of the algebraic error in normalised coordinates (Hartley, In Defense of the Eight-Point Algorithm,
    PAMI 1997).

    Raises:
        ConfigError: the points are on one line or repeat each other, so that they fix no plane, or they contradict
            each other so much that some of them would be above the horizon.
    """
    if not camera.floor_points:
        return None
    image = np.array([point.image_px for point in camera.floor_points], np.float64)
    plan = np.array([point.plan_m for point in camera.floor_points], np.float64)
    for points, of in ((image, "image_px"), (plan, "plan_m")):
        _check_spread(camera, points, of)
    matrix = _fitted(camera, image, plan)
    weights = image @ matrix[2, :2] + matrix[2, 2]
    matrix = matrix if weights.sum() > 0 else -matrix
    found = FloorProjection(camera.camera_id, matrix, 0.0, 0.0)
    errors = np.hypot(*(found.project(image) - plan).T)
    if not np.isfinite(errors).all():
        number = int(np.flatnonzero(~np.isfinite(errors))[0])
        raise _wrong(
            camera,
            f"expected points that one plane can explain, number {number + 1} would be above the horizon: look for "
            "swapped points or swapped x and y",
        )
    return FloorProjection(camera.camera_id, matrix, float(errors.mean()), float(errors.max()))


def _check_spread(camera: Camera, points: FloatArray, of: str) -> None:
    distinct = np.unique(points, axis=0)
    if len(distinct) < 4:
        raise _wrong(camera, f"expected at least 4 different points, {of} has {len(distinct)}")
    spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    if spread[1] < _LEAST_SPREAD * spread[0]:
        raise _wrong(camera, f"expected points spread over the floor, {of} has all of them on one line: add one beside")


def _fitted(camera: Camera, image: FloatArray, plan: FloatArray) -> FloatArray:
    scale_image, scale_plan = _normaliser(image), _normaliser(plan)
    x, y = (image @ scale_image[:2, :2].T + scale_image[:2, 2]).T
    u, v = (plan @ scale_plan[:2, :2].T + scale_plan[:2, 2]).T
    one, zero = np.ones_like(x), np.zeros_like(x)
    for_u = np.stack([x, y, one, zero, zero, zero, -u * x, -u * y, -u], axis=1)
    for_v = np.stack([zero, zero, zero, x, y, one, -v * x, -v * y, -v], axis=1)
    _, strengths, directions = np.linalg.svd(np.concatenate([for_u, for_v]))
    if strengths[7] < _LEAST_RANK * strengths[0]:
        raise _wrong(camera, "expected 4 points of which no 3 are on a line, or more points, these fix no plane")
    matrix: FloatArray = np.linalg.inv(scale_plan) @ directions[8].reshape(3, 3) @ scale_image
    return matrix / np.linalg.norm(matrix[2])


def _normaliser(points: FloatArray) -> FloatArray:
    """Return the (3, 3) move and scaling after which points lie around 0 at a mean distance of sqrt(2)."""
    middle = points.mean(axis=0)
    scale = np.sqrt(2) / np.hypot(*(points - middle).T).mean()
    return np.array([[scale, 0, -scale * middle[0]], [0, scale, -scale * middle[1]], [0, 0, 1]], np.float64)


def _wrong(camera: Camera, reason: str) -> ConfigError:
    return ConfigError(reason, field=f"cameras.{camera.camera_id}.floor_points")
