"""Which pixels a privacy mask hides."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.errors import RecordingError
from analytics.geometry import crosses_itself, points_in_polygon
from analytics.perception.masks import MAX_ASPECT_ERROR, blacken, covered, misfit
from analytics.sites import Camera

WIDTH, HEIGHT = 24, 18
corners = st.tuples(st.floats(0, WIDTH), st.floats(0, HEIGHT))
polygons = st.lists(corners, min_size=3, max_size=6, unique=True).filter(
    lambda polygon: not crosses_itself(np.array(polygon))
)


def camera(width_px: int = WIDTH, height_px: int = HEIGHT) -> Camera:
    masks = (((3.0, 3.0), (12.0, 3.0), (12.0, 9.0), (3.0, 9.0)),)
    return Camera(camera_id="cam1", width_px=width_px, height_px=height_px, masks=masks)


@given(polygons)
def test_no_point_of_a_mask_is_left_out(polygon: list[tuple[float, float]]) -> None:
    """Of a fine grid of points, each inside lies in a hidden pixel; every corner does too."""
    hidden = covered(tuple(polygon), WIDTH, HEIGHT)
    y, x = np.mgrid[0.05:HEIGHT:0.1, 0.05:WIDTH:0.1]
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    inside = points[points_in_polygon(points, np.array(polygon))]
    ends = np.minimum(np.array(polygon), [WIDTH - 0.5, HEIGHT - 0.5])
    for column, row in np.floor(np.concatenate([inside, ends])).astype(int):
        assert hidden[row, column]


@given(polygons)
def test_nothing_further_than_a_pixel_from_a_mask_is_hidden(polygon: list[tuple[float, float]]) -> None:
    """Outside the bounding box and the pixels that it touches nothing is hidden."""
    rows, columns = np.nonzero(covered(tuple(polygon), WIDTH, HEIGHT))
    low, high = np.min(polygon, axis=0), np.max(polygon, axis=0)
    assert rows.min(initial=HEIGHT) + 1 >= low[1]
    assert columns.min(initial=WIDTH) + 1 >= low[0]
    assert rows.max(initial=0) <= high[1]
    assert columns.max(initial=0) <= high[0]


@pytest.mark.parametrize("size", [(24, 18), (8, 6), (48, 36), (7, 5.25)])
def test_a_mask_is_scaled_to_the_picture_and_rounded_outwards(size: tuple[int, float]) -> None:
    """A share of the picture stays that share, plus the pixels that it only touches."""
    width_px, height_px = round(size[0] * 4), round(size[1] * 4)
    pixels = np.full((height_px, width_px, 3), 255, np.uint8)
    blacken(pixels, camera())
    scale = width_px / WIDTH
    black = ~pixels.any(axis=2)
    assert black[int(3 * scale) : int(9 * scale), int(3 * scale) : int(12 * scale)].all()
    assert black.sum() <= (6 * scale + 2) * (9 * scale + 2)


def test_shape_decides_whether_masks_fit() -> None:
    """Within one percent they do; beyond it, or on a picture stored lying, they do not."""
    edge = int(1000 * (1 + MAX_ASPECT_ERROR))
    assert misfit(camera(1000, 1000), edge, 1000) is None
    assert misfit(camera(1000, 1000), edge + 1, 1000) is not None
    assert misfit(camera(WIDTH, HEIGHT), HEIGHT, WIDTH) is not None
    assert misfit(Camera(camera_id="cam1", width_px=16, height_px=9), 4, 3) is None
    with pytest.raises(RecordingError, match="found 20 x 20"):
        blacken(np.zeros((20, 20, 3), np.uint8), camera())
