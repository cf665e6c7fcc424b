"""What a simulated camera looks at: where it stands, where the people are, and what came out.

Positions are metres of the site's floor plan (x to the right, y down, from its top left corner) with z up from the
floor. Directions on the plan are radians from +x towards +y, clockwise as seen from above.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
RgbImage = npt.NDArray[np.uint8]


class Action(IntEnum):
    """What a person does at one instant."""

    WALK = 0
    STAND = 1
    SIT = 2


@dataclass(frozen=True, slots=True)
class Figures:
    """The people of a place at one instant, one row each.

    Attributes:
        person_no: (n,) number of the person in the cast.
        x_m: (n,) position on the floor plan, metres.
        y_m: (n,) position on the floor plan, metres.
        heading_rad: (n,) direction that the body faces.
        action: (n,) an `Action`.
        phase: (n,) place in the gait cycle or, standing or sitting, in a slow idle sway, cycles; any real number.
        stride_m: (n,) length of a whole gait cycle (two steps), metres; > 0.
    """

    person_no: IntArray
    x_m: FloatArray
    y_m: FloatArray
    heading_rad: FloatArray
    action: IntArray
    phase: FloatArray
    stride_m: FloatArray

    def __len__(self) -> int:
        """Return the number of people."""
        return len(self.person_no)


@dataclass(frozen=True, slots=True)
class View:
    """A fixed camera without skew: a pinhole with one radial distortion term.

    Attributes:
        position_m: x, y on the floor plan and height above it, metres.
        yaw_rad: direction on the plan that it looks in.
        pitch_rad: how far it looks down, radians; 0 is level.
        roll_rad: how far it hangs clockwise as seen from behind it, radians.
        focal_px: focal length, px.
        width_px: width of the image, px.
        height_px: height of the image, px.
        k1: radial distortion (Brown 1966, first term) of normalised image coordinates; negative is barrel.
    """

    position_m: tuple[float, float, float]
    yaw_rad: float
    pitch_rad: float
    focal_px: float
    width_px: int
    height_px: int
    roll_rad: float = 0.0
    k1: float = 0.0

    def axes(self) -> FloatArray:
        """Return (3, 3): right, down and forward of the camera as unit rows in plan coordinates (z up)."""
        yaw, pitch, roll = self.yaw_rad, self.pitch_rad, self.roll_rad
        forward = np.array([np.cos(pitch) * np.cos(yaw), np.cos(pitch) * np.sin(yaw), -np.sin(pitch)])
        right = np.array([-np.sin(yaw), np.cos(yaw), 0.0])
        down = np.array([-np.sin(pitch) * np.cos(yaw), -np.sin(pitch) * np.sin(yaw), -np.cos(pitch)])
        cos, sin = np.cos(roll), np.sin(roll)
        return np.stack([cos * right + sin * down, cos * down - sin * right, forward])

    def project(self, points_m: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Project plan points into the image.

        Args:
            points_m: (n, 3) x, y, z metres.

        Returns:
            (n, 2) px, and (n,) depth along the optical axis in metres; px mean nothing where depth <= 0. Points so far
            aside that a barrel's formula would fold them back come out at its widest circle, outside the image.
        """
        seen = (np.asarray(points_m, np.float64) - np.array(self.position_m)) @ self.axes().T
        depth = seen[:, 2]
        flat = seen[:, :2] / np.where(np.abs(depth) < 1e-9, 1e-9, depth)[:, None]
        squared = (flat**2).sum(axis=1, keepdims=True)
        if self.k1 < 0:  # r (1 + k1 r²) grows up to there only
            widest = -1 / (3 * self.k1)
            flat = flat * np.sqrt(np.minimum(squared, widest) / np.maximum(squared, 1e-12))
            squared = np.minimum(squared, widest)
        bent = flat * (1 + self.k1 * squared)
        return bent * self.focal_px + np.array([self.width_px, self.height_px]) / 2, depth


@dataclass(frozen=True, slots=True)
class Picture:
    """One rendered frame with its truth.

    Attributes:
        rgb: (height, width, 3) picture.
        boxes: (n, 4) x_min, y_min, x_max, y_max px around all of each figure, clipped to the image; the row order of
            the figures. A figure outside the image has a box without area.
        visibility: (n,) share of the figure's surface points that neither the border nor anything else hides, [0, 1].
    """

    rgb: RgbImage
    boxes: npt.NDArray[np.float32]
    visibility: npt.NDArray[np.float32]
