"""Square cells over a floor plan or a picture, and smoothing that neither loses nor makes anything.

Counting is in `counting`; what the cells lie over is in `views`.
"""

from dataclasses import dataclass
from math import ceil

import numpy as np
from scipy.ndimage import gaussian_filter

from analytics.geometry import BoolArray, FloatArray, IntArray

_CLASSES_PER_OCTAVE = 4
"""Kernels whose widths differ by less than 2 ** (1/4) are taken for one: 9 % from the middle of a class at most."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells of one size from the top left corner of an area; those at its right and lower edge may stick out.

    Attributes:
        width: of the area, metres or px, > 0.
        height: of the area.
        size: side of a cell in the same unit, > 0.
    """

    width: float
    height: float
    size: float

    @property
    def columns(self) -> int:
        """Number of columns, >= 1."""
        return max(1, ceil(self.width / self.size - 1e-9))

    @property
    def rows(self) -> int:
        """Number of rows, >= 1."""
        return max(1, ceil(self.height / self.size - 1e-9))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows, self.columns

    def cells_of(self, points: FloatArray) -> IntArray:
        """Return the (n,) numbers of the cells that (n, 2) points x, y lie in, row by row; -1 outside the area.

        A point on the area's right or lower edge belongs to the last cell: boxes end there. NaN lies outside.
        """
        is_inside = np.all((points >= 0) & (points <= [self.width, self.height]), axis=1)
        placed = np.where(is_inside[:, None], points, 0.0) / self.size
        column = np.minimum(placed[:, 0].astype(np.int64), self.columns - 1)
        row = np.minimum(placed[:, 1].astype(np.int64), self.rows - 1)
        return np.where(is_inside, row * self.columns + column, -1)

    def centres(self) -> FloatArray:
        """Return the (rows * columns, 2) middles x, y of the cells, row by row."""
        x, y = np.meshgrid(np.arange(self.columns) + 0.5, np.arange(self.rows) + 0.5)
        return np.stack([x.ravel(), y.ravel()], axis=1) * self.size


def smooth(values: FloatArray, seen: BoolArray, sigma_cells: FloatArray) -> FloatArray:
    """Spread what lies in each cell over its neighbours by a Gaussian kernel, inside the cells that are seen only.

    Each cell's kernel is scaled so that its part inside the seen cells is 1. Nothing leaks over a border, whether it
    is the edge of the area or of what the cameras see, and the sum is kept. Walls are not known to it.

    Args:
        values: (rows, columns), 0 where nothing is seen.
        seen: (rows, columns) cells that a value may lie in.
        sigma_cells: (rows, columns, 2) standard deviation of each cell's kernel along x and y, cells, >= 0.

    Returns:
        (rows, columns) of the same sum, 0 where nothing is seen.

    Raises:
        ValueError: a value lies in a cell that is not seen.
    """
    if np.any(values[~seen]):
        raise ValueError("expected values in seen cells only, found one outside")
    classes = np.round(np.log2(np.maximum(sigma_cells, 1e-3)) * _CLASSES_PER_OCTAVE).astype(np.int64)
    wanted = np.unique(classes[values != 0], axis=0)
    mask = seen.astype(np.float64)
    total = np.zeros(values.shape)
    for kind in wanted:
        is_own = np.all(classes == kind, axis=2)
        sigma_x, sigma_y = 2.0 ** (kind / _CLASSES_PER_OCTAVE)
        within = gaussian_filter(mask, (sigma_y, sigma_x), mode="constant")
        share = np.where(is_own & seen, values / np.where(seen, within, 1.0), 0.0)
        total += gaussian_filter(share, (sigma_y, sigma_x), mode="constant") * mask
    return total
