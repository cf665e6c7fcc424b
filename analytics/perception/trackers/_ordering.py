"""An order of detections that depends on their content alone, so that shuffled input gives the same tracks."""

import numpy as np

from analytics.geometry import IntArray
from analytics.perception.frame import Detections


def in_order(detections: Detections) -> IntArray:
    """Return the (n,) positions by falling score, then by box and class."""
    boxes = detections.boxes
    keys = (detections.class_nos, boxes[:, 3], boxes[:, 2], boxes[:, 1], boxes[:, 0], -detections.scores)
    order: IntArray = np.lexsort(keys)
    return order


def take(detections: Detections, positions: IntArray) -> Detections:
    """Return the detections at the (k,) positions, in their order."""
    features = detections.features
    return Detections(
        detections.boxes[positions],
        detections.scores[positions],
        detections.class_nos[positions],
        None if features is None else features[positions],
    )
