"""What every embedder does alike: crops to one size, numbers to unit vectors."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics.errors import ModelError
from analytics.geometry import FloatArray, ImageArray
from analytics.perception.frame import Crop


def resized(pixels: ImageArray, width_px: int, height_px: int) -> ImageArray:
    """Return a picture at a network's size; the shape of the body is stretched, as in re-ID training.

    Linear interpolation reads four pixels however many a target pixel covers, so a larger picture is averaged
    instead. Measured with 0277 on noisy pictures 6 times as large: mean cosine to the small original .93 by linear
    interpolation, .98 by averaging; but averaging costs 1.2 points of Rank-1 on pictures that must grow.
    """
    import cv2

    height, width = pixels.shape[:2]
    shrinks = height >= height_px and width >= width_px
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, (width_px, height_px), interpolation=way), np.uint8)


def stacked(crops: Sequence[Crop], width_px: int, height_px: int) -> ImageArray:
    """Return the (n, height, width, 3) BGR pictures of n crops."""
    batch = np.empty((len(crops), height_px, width_px, 3), np.uint8)
    for place, crop in zip(batch, crops, strict=True):
        place[...] = resized(crop.pixels, width_px, height_px)
    return batch


def unit_rows(vectors: npt.NDArray[Any]) -> FloatArray:
    """Return (n, d) vectors as float32 of length 1.

    A row of zeros, which has no direction, becomes the vector of d equal numbers.

    Raises:
        ModelError: a number is infinite or not a number: the network or its weights are broken.
    """
    rows = np.asarray(vectors, np.float64)
    if not np.isfinite(rows).all():
        bad = int((~np.isfinite(rows)).any(axis=1).sum())
        raise ModelError(f"expected finite vectors, got {bad} of {len(rows)} with infinite or missing numbers")
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    without = lengths[:, 0] < 1e-12
    if without.any():
        rows = np.where(without[:, None], 1.0, rows)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: FloatArray = (rows / lengths).astype(np.float32)
    return unit
