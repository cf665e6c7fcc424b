"""What is counted of stays in cells: seconds, visits and different people."""

import numpy as np

from analytics.geometry import FloatArray, IntArray
from analytics.heatmaps.grids import Grid
from analytics.heatmaps.stays import Stays
from analytics.timebase import seconds_us


def dwell_s(stays: Stays, grid: Grid) -> FloatArray:
    """Return the (rows, columns) seconds that people spent in each cell."""
    inside = stays.only(stays.cell >= 0)
    # of no stays at all bincount returns integers
    counted = np.bincount(inside.cell, inside.seconds, grid.rows * grid.columns).astype(np.float64)
    return counted.reshape(grid.shape)


def visits(stays: Stays, grid: Grid, gap_s: float) -> FloatArray:
    """Return the (rows, columns) visits of each cell.

    A visit is a person's presence in the cell, however many frames, tracklets and cameras tell of it; whoever is back
    within the gap has not left.

    Args:
        stays: of all cameras.
        grid: the cells.
        gap_s: longest break of a visit that is bridged, seconds.
    """
    inside = stays.only(stays.cell >= 0)
    if not len(inside):
        return np.zeros(grid.shape)
    order = np.lexsort((inside.starts_at, inside.cell, inside.person))
    person, cell = inside.person[order], inside.cell[order]
    starts_at, ends_at = inside.starts_at[order], inside.ends_at[order]
    is_same = (person[1:] == person[:-1]) & (cell[1:] == cell[:-1])
    is_new = np.append(True, ~is_same | (starts_at[1:] - ends_at[:-1] > seconds_us(gap_s)))
    return np.bincount(cell[is_new], minlength=grid.rows * grid.columns).reshape(grid.shape).astype(np.float64)


def people(stays: Stays, grid: Grid) -> IntArray:
    """Return the (rows, columns) number of different people who were in each cell."""
    inside = stays.only(stays.cell >= 0)
    pairs = np.unique(np.stack([inside.cell, inside.person], axis=1), axis=0)
    return np.bincount(pairs[:, 0], minlength=grid.rows * grid.columns).reshape(grid.shape)
