"""Cells and smoothing: where points lie, and that nothing is lost or made."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.heatmaps.grids import Grid, smooth


@given(st.integers(0, 10_000), st.sampled_from([(10.0, 8.0, 0.25), (3.1, 2.0, 0.7), (64.0, 36.0, 8.0)]))
def test_points_lie_in_the_cell_that_a_loop_finds(seed: int, sizes: tuple[float, float, float]) -> None:
    """The number of a cell is that of the row and column whose borders are around the point; outside is -1."""
    grid = Grid(*sizes)
    points = np.random.default_rng(seed).uniform(-0.2, 1.2, (30, 2)) * [grid.width, grid.height]
    for (x, y), cell in zip(points, grid.cells_of(points), strict=True):
        found = [
            row * grid.columns + column
            for row in range(grid.rows)
            for column in range(grid.columns)
            if column * grid.size <= x < (column + 1) * grid.size and row * grid.size <= y < (row + 1) * grid.size
        ]
        assert cell == (found[0] if 0 <= x <= grid.width and 0 <= y <= grid.height else -1)


def test_edges_belong_to_the_last_cells_and_nan_to_none() -> None:
    """A box ends at the border of the picture; an unknown place is nowhere."""
    grid = Grid(10.0, 8.0, 0.25)
    edge = np.array([[10.0, 8.0], [0.0, 0.0], [np.nan, 1.0], [10.01, 1.0]])
    assert grid.cells_of(edge).tolist() == [grid.rows * grid.columns - 1, 0, -1, -1]


@given(st.integers(0, 10_000))
@settings(max_examples=40)
def test_smoothing_keeps_the_sum_inside_what_is_seen(seed: int) -> None:
    """Whatever is seen, and however wide the kernels are: the same sum, and nothing beyond the border."""
    rng = np.random.default_rng(seed)
    shape = (int(rng.integers(1, 12)), int(rng.integers(1, 15)))
    seen = rng.random(shape) < rng.uniform(0.2, 1.0)
    values = np.where(seen & (rng.random(shape) < 0.3), rng.uniform(0, 100, shape), 0.0)
    smoothed = smooth(values, seen, rng.uniform(0, 5, (*shape, 2)))
    assert smoothed.sum() == pytest.approx(values.sum(), rel=1e-9)
    assert not smoothed[~seen].any()
    assert smoothed.min() >= 0


def test_smoothing_far_from_borders_is_a_gaussian() -> None:
    """One cell's value spreads by the density of a normal distribution, wider along x where its kernel is."""
    values = np.zeros((61, 81))
    values[30, 40] = 7.0
    sigma = np.broadcast_to(np.array([4.0, 2.0]), (61, 81, 2))
    y, x = np.indices(values.shape)
    expected = 7 * np.exp(-((x - 40) ** 2) / 32 - ((y - 30) ** 2) / 8) / (2 * np.pi * 8)
    np.testing.assert_allclose(smooth(values, np.ones((61, 81), bool), sigma), expected, atol=2e-4)


def test_smoothing_refuses_values_where_nothing_is_seen() -> None:
    """What no camera sees has no value to spread."""
    with pytest.raises(ValueError, match="seen cells only"):
        smooth(np.ones((2, 2)), np.zeros((2, 2), bool), np.ones((2, 2, 2)))
