"""Heads made unrecognisable, where a detector found somebody. Nobody's face is looked for: the box tells where it is.

A person whom the detector missed is not blurred.
"""

import cv2
import numpy as np

from analytics.geometry import FloatArray, ImageArray

HEAD_SHARE = 0.22
"""Of the height of a box: a head takes 13 to 15 % of a standing person; detectors' boxes and stooping vary."""

HEAD_TO_WIDTH = 0.6
"""Of the width of a box: where only head and shoulders are in view, the head takes more of the height than that.
A head with its neck is about half as high as shoulders are wide."""

WIDENED = 0.1
"""Of the width and of the head's height, added at either side and above."""

CELLS = 4
"""A head is reduced to at most 4 x 4 colours: fewer values than would tell a face from another."""

_THINGS = frozenset(
    {"bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "van", "scooter", "vehicle"}
)


def may_have_a_head(class_name: str) -> bool:
    """Tell whether what a detector calls something may be a person: whatever is no vehicle."""
    return class_name.lower() not in _THINGS


def head_regions(boxes: FloatArray) -> FloatArray:
    """Return the (n, 4) parts of (n, 4) boxes of people in which their heads are, px; they may stick out."""
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    head = np.minimum(height, np.maximum(HEAD_SHARE * height, HEAD_TO_WIDTH * width))
    aside = WIDENED * width
    return np.stack(
        [boxes[:, 0] - aside, boxes[:, 1] - WIDENED * head, boxes[:, 2] + aside, boxes[:, 1] + head], axis=1
    )


def blur(pixels: ImageArray, regions: FloatArray) -> None:
    """Replace regions of a picture by a few smoothed colours, in place. What was there cannot be computed back.

    Args:
        pixels: (height, width, 3).
        regions: (n, 4) boxes, px; what sticks out is cut off.
    """
    height_px, width_px = pixels.shape[:2]
    limits = np.array([width_px, height_px, width_px, height_px])
    low, high = np.floor(regions[:, :2]), np.ceil(regions[:, 2:])
    for x0, y0, x1, y1 in np.clip(np.concatenate([low, high], axis=1), 0, limits).astype(int).tolist():
        if x0 >= x1 or y0 >= y1:
            continue
        region = pixels[y0:y1, x0:x1]
        cells = (min(CELLS, x1 - x0), min(CELLS, y1 - y0))
        coarse = cv2.resize(region, cells, interpolation=cv2.INTER_AREA)
        region[:] = cv2.resize(coarse, (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR)
