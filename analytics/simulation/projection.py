"""From the floor plan to the image and back, for the renderer: clip matrix, lens, ground-plane homography.

The plan is left-handed (x right, y down, z up): a triangle whose corners run counter-clockwise around its normal,
computed as (b - a) x (c - a), appears clockwise in the image. Image coordinates have their origin at the top left
corner of the top left pixel, so that pixel centres lie at halves.
"""

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from analytics.simulation.scene import FloatArray, RgbImage, View

NEAR_M = 0.1
FAR_M = 150.0
_NEWTON_STEPS = 8  # from the radius itself, within the lens's reach: the error is below 1e-9 after six


def clip_matrix(view: View) -> npt.NDArray[np.float32]:
    """Return the matrix that takes plan points to OpenGL clip coordinates, without the lens's distortion.

    Args:
        view: the camera; its `k1` plays no part.

    Returns:
        (4, 4) float32 for column vectors x, y, z, 1 in metres. Depth runs from 0 at `NEAR_M` to 1 at `FAR_M` in window
        space; the image's top is at +1. Transpose it for a column-major uniform.
    """
    right, down, forward = view.axes()
    origin = np.array(view.position_m, np.float64)
    depth_gain = (FAR_M + NEAR_M) / (FAR_M - NEAR_M)
    depth_shift = -2 * FAR_M * NEAR_M / (FAR_M - NEAR_M)
    rows = np.stack(
        [
            right * (2 * view.focal_px / view.width_px),
            -down * (2 * view.focal_px / view.height_px),
            forward * depth_gain,
            forward,
        ]
    )
    shift = -rows @ origin + np.array([0, 0, depth_shift, 0])
    return np.concatenate([rows, shift[:, None]], axis=1).astype(np.float32)


def window_depth(depth_m: npt.ArrayLike) -> FloatArray:
    """Return what the depth buffer holds, in [0, 1], where the distance along the optical axis is `depth_m` metres."""
    depth = np.asarray(depth_m, np.float64)
    return (FAR_M / (FAR_M - NEAR_M)) * (1 - NEAR_M / depth)


def ground_homography(view: View) -> FloatArray:
    """Return the (3, 3) matrix that takes image points x, y, 1 (px) to plan points x, y, 1 (metres) of the floor.

    Exact where `k1` is 0. Points above the horizon come out behind the camera: the third number of the product, which
    divides the others, then has the opposite sign of that of points below.
    """
    axes = view.axes()
    origin = np.array(view.position_m, np.float64)
    camera = np.array([[view.focal_px, 0, view.width_px / 2], [0, view.focal_px, view.height_px / 2], [0, 0, 1]])
    to_image = camera @ np.stack([axes[:, 0], axes[:, 1], -axes @ origin], axis=1)
    inverse: FloatArray = np.linalg.inv(to_image)
    return inverse


@dataclass(frozen=True, slots=True)
class Lens:
    """How a pinhole picture becomes the picture of a camera whose lens bends.

    Attributes:
        pinhole: the same camera without distortion, with so many more pixels around that the bent picture is full.
        map_x: (height, width) column of the pinhole picture to take for each pixel, px, as `cv2.remap` counts; None
            where nothing bends.
        map_y: (height, width) row, likewise.
    """

    pinhole: View
    map_x: npt.NDArray[np.float32] | None
    map_y: npt.NDArray[np.float32] | None

    def bend(self, picture: RgbImage) -> RgbImage:
        """Return the (height, width, 3) picture of the camera from one of `pinhole`."""
        if self.map_x is None or self.map_y is None:
            return picture
        bent: npt.NDArray[Any] = cv2.remap(picture, self.map_x, self.map_y, cv2.INTER_LINEAR)
        return bent


def lens_of(view: View) -> Lens:
    """Return the lens of a camera.

    Raises:
        ValueError: `k1` is so negative that the image's corners show nothing: the bent radius has its maximum,
            2/3 of 1 / sqrt(-3 k1), inside the image.
    """
    if view.k1 == 0:
        return Lens(view, None, None)
    half = np.array([view.width_px, view.height_px]) / 2
    reach = float(np.hypot(*half)) / view.focal_px
    limit = 2 / 3 / np.sqrt(-3 * view.k1) if view.k1 < 0 else np.inf
    if reach >= limit:
        raise ValueError(
            f"k1 {view.k1} bends no further than {limit:.3f} focal lengths from the middle and the corners lie "
            f"{reach:.3f} away: choose k1 nearer to 0 or a longer focal length"
        )
    columns, rows = np.meshgrid(np.arange(view.width_px) + 0.5, np.arange(view.height_px) + 0.5)
    bent = np.stack([columns - half[0], rows - half[1]], axis=-1) / view.focal_px
    straight = bent * _unbend(np.hypot(bent[..., 0], bent[..., 1]), view.k1)[..., None]
    margin = np.ceil(np.abs(straight).reshape(-1, 2).max(axis=0) * view.focal_px - half + 1).clip(min=0).astype(int)
    pinhole = replace(
        view, width_px=view.width_px + 2 * int(margin[0]), height_px=view.height_px + 2 * int(margin[1]), k1=0.0
    )
    mapped = straight * view.focal_px + half + margin - 0.5
    return Lens(pinhole, mapped[..., 0].astype(np.float32), mapped[..., 1].astype(np.float32))


def _unbend(bent_radius: FloatArray, k1: float) -> FloatArray:
    """Return straight radius / bent radius by Newton's method on r (1 + k1 r²) = bent radius."""
    radius = bent_radius.copy()
    for _ in range(_NEWTON_STEPS):
        radius -= (radius * (1 + k1 * radius**2) - bent_radius) / (1 + 3 * k1 * radius**2)
    return np.where(bent_radius > 0, radius / np.where(bent_radius > 0, bent_radius, 1), 1.0)
