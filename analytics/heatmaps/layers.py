"""Values as colours: a heatmap as a transparent picture, and that laid over a plan or an empty camera picture.

Palettes are matplotlib's: lightness rises or falls steadily, so that they can be read in grey and by anybody whose
eyes tell red from green badly (magma and inferno: van der Walt and Smith 2015; PuOr: ColorBrewer, Brewer 2003).
"""

from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from analytics.geometry import BoolArray, FloatArray, ImageArray
from analytics.heatmaps.grids import Grid

Style = Literal["plan", "camera", "difference"]
_PALETTES = {"plan": ("magma_r", 0.04, 0.9), "camera": ("inferno", 0.12, 1.0), "difference": ("PuOr_r", 0.0, 1.0)}
"""Name and used part: the black end of magma would look like furniture, that of inferno like a shadow."""

_TOP_SHARE = 0.998
"""Colours end at the value that this share of the filled cells does not exceed: one hot cell would pale the rest."""

_MOST_OPAQUE = 0.88
_FULL_AT = 0.35  # of the scale: from here on colours are as opaque as they get, below they fade to nothing
_HATCH_PX = 9
_DIMMED = 0.45  # of a still's brightness
_WASHED = 0.5  # of a still's contrast


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to colours.

    Attributes:
        low: value of the first colour; minus `high` in a difference.
        high: value of the last colour, > low; larger values have the last colour too.
        style: which palette.
        is_cut: some value exceeds `high`.
    """

    low: float
    high: float
    style: Style
    is_cut: bool

    def colours(self, share: FloatArray) -> FloatArray:
        """Return the (..., 4) RGBA colours in [0, 1] of places on the scale, opaque."""
        from matplotlib import colormaps

        name, first, last = _PALETTES[self.style]
        return np.asarray(colormaps[name](first + share * (last - first)), np.float64)

    def share(self, values: FloatArray) -> FloatArray:
        """Return where values lie on the scale, in [0, 1]."""
        share: FloatArray = np.clip((values - self.low) / (self.high - self.low), 0.0, 1.0)
        return share

    def opacity(self, share: FloatArray) -> FloatArray:
        """Return how opaque places on the scale are, in [0, 1]: nothing is transparent."""
        strength = np.abs(share - 0.5) * 2 if self.style == "difference" else share
        opacity: FloatArray = _MOST_OPAQUE * np.clip(strength / _FULL_AT, 0.0, 1.0) ** 0.7
        return opacity


def scale_of(values: FloatArray, seen: BoolArray, style: Style) -> Scale:
    """Return the scale for (rows, columns) values of seen cells; up to 1 where all are 0."""
    strength = np.abs(values[seen])
    filled = strength[strength > 1e-9]
    high = float(np.quantile(filled, _TOP_SHARE)) if len(filled) else 1.0
    return Scale(-high if style == "difference" else 0.0, high, style, bool((strength > high).any()))


def layer(values: FloatArray, seen: BoolArray, grid: Grid, scale: Scale, width_px: int, height_px: int) -> ImageArray:
    """Return the (height, width, 4) RGBA picture of (rows, columns) values over the area of the grid.

    Cells that are not seen are transparent.
    """
    fine = _fine(values.astype(np.float32), grid, width_px, height_px, cv2.INTER_LINEAR)
    shown = _fine(seen.astype(np.uint8), grid, width_px, height_px, cv2.INTER_NEAREST) > 0
    share = scale.share(fine.astype(np.float64))
    rgba = scale.colours(share)
    rgba[..., 3] = np.where(shown, scale.opacity(share), 0.0)
    return np.round(rgba * 255).astype(np.uint8)


def hatched(seen: BoolArray, grid: Grid, width_px: int, height_px: int) -> BoolArray:
    """Return the (height, width) pixels of slanting lines over the cells that are not seen."""
    shown = _fine(seen.astype(np.uint8), grid, width_px, height_px, cv2.INTER_NEAREST) > 0
    rows, columns = np.indices((height_px, width_px))
    distance = max(_HATCH_PX, max(width_px, height_px) // 130)
    return ~shown & ((rows + columns) % distance < max(1, distance // 6))


def _fine(cells: npt.NDArray[Any], grid: Grid, width_px: int, height_px: int, how: int) -> npt.NDArray[Any]:
    """Return (rows, columns) cells as pixels of the grid's area: what sticks out of it is cut off."""
    across, down = grid.columns * grid.size / grid.width, grid.rows * grid.size / grid.height
    size = (max(1, round(width_px * across)), max(1, round(height_px * down)))
    # linear between the middles of cells, not cubic, which overshoots below nothing
    return np.asarray(cv2.resize(cells, size, interpolation=how))[:height_px, :width_px]


def over(base: ImageArray, above: ImageArray) -> ImageArray:
    """Return the (height, width, 3) RGB picture of an RGBA layer over an RGB picture of the same size."""
    opacity = above[..., 3:].astype(np.float32) / 255
    mixed = base.astype(np.float32) * (1 - opacity) + above[..., :3].astype(np.float32) * opacity
    return np.round(mixed).astype(np.uint8)


def washed(pixels: ImageArray) -> ImageArray:
    """Return a (height, width, 3) BGR picture as a light grey RGB one, over which both dark ends of a palette show."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY).astype(np.float32)
    return np.repeat(np.round(grey * _WASHED + 255 * (1 - _WASHED))[..., None], 3, axis=2).astype(np.uint8)


def dimmed(pixels: ImageArray) -> ImageArray:
    """Return a (height, width, 3) BGR picture as a dark grey RGB one, over which colours stand out."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY).astype(np.float32)
    return np.repeat(np.round(grey * _DIMMED + 18)[..., None], 3, axis=2).astype(np.uint8)
