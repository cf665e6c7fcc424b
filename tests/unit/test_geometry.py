"""Boxes and polygons at their edges; the properties are in tests/property."""

import numpy as np
import pytest

from analytics import geometry

SQUARE = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]])


def boxes(*rows: tuple[float, float, float, float]) -> np.ndarray:
    """Return boxes as an (n, 4) array."""
    return np.array(rows, np.float64).reshape(-1, 4)


def test_no_boxes_give_empty_matrices() -> None:
    """Nothing against two boxes is a 0 x 2 matrix, and the other way round."""
    two = boxes((0, 0, 1, 1), (0, 0, 2, 2))
    assert geometry.iou(boxes(), two).shape == (0, 2)
    assert geometry.iou(two, boxes()).shape == (2, 0)
    assert geometry.foot_points(boxes()).shape == (0, 2)
    assert geometry.area(boxes()).shape == (0,)


def test_touching_boxes_share_nothing() -> None:
    """Boxes with a common edge or corner have IoU 0, the same box has 1."""
    one = boxes((0, 0, 2, 2))
    assert geometry.iou(one, boxes((2, 0, 4, 2), (2, 2, 4, 4), (0, 0, 2, 2))).tolist() == [[0.0, 0.0, 1.0]]


def test_boxes_without_area_have_no_overlap() -> None:
    """A point and a box turned inside out have area 0 and IoU 0, with themselves too, without a warning."""
    flat = boxes((1, 1, 1, 1), (3, 3, 2, 2))
    assert geometry.area(flat).tolist() == [0.0, 0.0]
    assert geometry.iou(flat, flat).tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_single_precision_stays_single() -> None:
    """IoU of float32 boxes is float32: the tracker's matrices do not double."""
    one = boxes((0, 0, 2, 2)).astype(np.float32)
    assert geometry.iou(one, one).dtype == np.float32
    assert geometry.clip_boxes(one, 1, 1).dtype == np.float32


def test_foot_point_is_the_middle_of_the_bottom_edge() -> None:
    """Foot and centre of one box, by hand."""
    one = boxes((10, 20, 30, 60))
    assert geometry.foot_points(one).tolist() == [[20.0, 60.0]]
    assert geometry.centres(one).tolist() == [[20.0, 40.0]]


def test_boxes_are_cut_to_the_image() -> None:
    """What sticks out is cut off; a box outside becomes a box without area on the border."""
    cut = geometry.clip_boxes(boxes((-5, 2, 5, 30), (200, 200, 210, 210)), 100, 20)
    assert cut.tolist() == [[0, 2, 5, 20], [100, 20, 100, 20]]


def test_read_only_view_shares_memory_and_refuses_writes() -> None:
    """The view cannot be written through, the array itself still can."""
    array = np.zeros(3)
    view = geometry.read_only(array)
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 1
    array[0] = 1
    assert view[0] == 1


def test_square_is_half_open() -> None:
    """Left and top edges belong to the square, right and bottom do not; no corner but the first does."""
    points = np.array([[0, 5], [5, 0], [10, 5], [5, 10], [0, 0], [10, 0], [10, 10], [0, 10], [5, 5]], np.float64)
    assert geometry.points_in_polygon(points, SQUARE).tolist() == [True, True] + [False] * 2 + [True] + [False] * 3 + [
        True
    ]


def test_no_points_are_in_no_polygon() -> None:
    """Zero points give zero answers."""
    assert geometry.points_in_polygon(np.zeros((0, 2)), SQUARE).shape == (0,)


def test_hollow_of_a_polygon_is_outside() -> None:
    """The notch of a U is outside, at the height of its arms."""
    u = np.array([[0, 0], [2, 0], [2, 8], [4, 8], [4, 0], [6, 0], [6, 10], [0, 10]], np.float64)
    points = np.array([[1, 4], [3, 4], [5, 4], [3, 9]], np.float64)
    assert geometry.points_in_polygon(points, u).tolist() == [True, False, True, True]


def test_area_does_not_depend_on_direction() -> None:
    """A square has the same area drawn either way round; a line has none."""
    assert geometry.polygon_area(SQUARE) == geometry.polygon_area(SQUARE[::-1]) == 100
    assert geometry.polygon_area(np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]])) == 0


@pytest.mark.parametrize(
    ("polygon", "is_crossing"),
    [
        (SQUARE, False),
        (SQUARE[[0, 2, 1, 3]], True),
        (SQUARE[:3], False),
        (np.array([[0, 0], [4, 0], [4, 4], [2, 0], [0, 4]], np.float64), True),
        (np.array([[0, 0], [4, 0], [4, 4], [2, 1], [0, 4]], np.float64), False),
        (np.array([[0, 0], [4, 0], [4, 4], [0, 0], [-4, 4]], np.float64), True),
    ],
    ids=["square", "bow tie", "triangle", "vertex on an edge", "vertex above an edge", "vertex twice"],
)
def test_polygons_that_cross_themselves(polygon: np.ndarray, is_crossing: bool) -> None:
    """Edges that cross or touch are found, neighbours that share their corner are not."""
    assert geometry.crosses_itself(polygon) == is_crossing
