"""Boxes, foot points and polygons as NumPy arrays. Boxes are x_min, y_min, x_max, y_max in pixels."""

from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]
BoolArray = npt.NDArray[np.bool_]
ImageArray = npt.NDArray[np.uint8]


def read_only(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return a view that cannot be written through."""
    view = array.view()
    view.flags.writeable = False
    return view


def area(boxes: FloatArray) -> FloatArray:
    """Return the (n,) areas of (n, 4) boxes, px²; a box turned inside out has area 0."""
    sides: FloatArray = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None)
    return sides[:, 0] * sides[:, 1]


def intersection(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the (n, m) areas that each of (n, 4) boxes shares with each of (m, 4) boxes, px²."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    sides: FloatArray = np.clip(high - low, 0, None)
    return sides[..., 0] * sides[..., 1]


def iou(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the (n, m) intersection over union of boxes, in [0, 1]; two boxes without area have 0."""
    shared = intersection(a, b)
    union = area(a)[:, None] + area(b)[None, :] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def centres(boxes: FloatArray) -> FloatArray:
    """Return the (n, 2) centres x, y of (n, 4) boxes, px."""
    return (boxes[:, :2] + boxes[:, 2:]) / 2


def foot_points(boxes: FloatArray) -> FloatArray:
    """Return the (n, 2) bottom centres x, y of (n, 4) boxes, px: where a standing person meets the floor."""
    return np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]], axis=1)


def clip_boxes(boxes: FloatArray, width_px: int, height_px: int) -> FloatArray:
    """Return the boxes cut to the image [0, width] x [0, height]."""
    return np.clip(boxes, 0, np.array([width_px, height_px, width_px, height_px], boxes.dtype))


def points_in_polygon(points: FloatArray, polygon: FloatArray) -> BoolArray:
    """Tell which (n, 2) points lie in a (k, 2) polygon, k >= 3, by the even-odd rule.

    A point on an edge belongs to exactly one of two polygons that share the edge, as half-open intervals do.
    """
    x, y = points[:, 0][:, None], points[:, 1][:, None]
    following = np.roll(polygon, -1, axis=0)
    # each edge from top to bottom: two polygons draw a shared edge in opposite directions and must round it alike
    is_down = (polygon[:, 1] <= following[:, 1])[:, None]
    start, end = np.where(is_down, polygon, following), np.where(is_down, following, polygon)
    spans = (start[:, 1] > y) != (end[:, 1] > y)
    rise = np.where(end[:, 1] == start[:, 1], 1.0, end[:, 1] - start[:, 1])
    # an edge that does not reach a point's height is not looked at, however large its quotient
    with np.errstate(over="ignore", invalid="ignore"):
        crossing_x = start[:, 0] + (y - start[:, 1]) * (end[:, 0] - start[:, 0]) / rise
    inside: BoolArray = (np.sum(spans & (x < crossing_x), axis=1) % 2).astype(bool)
    return inside


def polygon_area(polygon: FloatArray) -> float:
    """Return the area of a simple (k, 2) polygon, px² (shoelace formula)."""
    x, y = polygon[:, 0], polygon[:, 1]
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def crosses_itself(polygon: FloatArray) -> bool:
    """Tell whether two edges of a (k, 2) polygon that are not neighbours cross or touch."""
    count = len(polygon)
    edges = [(polygon[i], polygon[(i + 1) % count]) for i in range(count)]
    return any(
        _segments_touch(*edges[i], *edges[j])
        for i in range(count)
        for j in range(i + 2, count)
        if not (i == 0 and j == count - 1)
    )


def _segments_touch(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> bool:
    turns = [_turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)]
    if turns[0] != turns[1] and turns[2] != turns[3]:
        return True
    ends = ((a, b, c, turns[0]), (a, b, d, turns[1]), (c, d, a, turns[2]), (c, d, b, turns[3]))
    return any(turn == 0 and _in_bounding_box(p, q, r) for p, q, r, turn in ends)


def _turn(a: FloatArray, b: FloatArray, c: FloatArray) -> int:
    return int(np.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])))


def _in_bounding_box(a: FloatArray, b: FloatArray, point: FloatArray) -> bool:
    return bool(np.all(np.minimum(a, b) <= point) and np.all(point <= np.maximum(a, b)))
