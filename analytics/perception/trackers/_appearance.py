"""What people look like within one camera, and from what distance on two looks are two people.

The colour of clothes in eight stripes from head to foot costs 0.02 ms a box and is, within one camera and over seconds,
nearly as good as a re-identification network: on PETS with YOLO26n it tells the same person from another in 97.7 % of
pairs, retail-0277 in 99.5 %, the detector's own object features in 63 %.
"""

from collections import deque

import numpy as np

from analytics.geometry import BoolArray, FloatArray, ImageArray, iou

STRIPES, ROWS, COLUMNS = 8, 32, 8
HUES, SATURATIONS, VALUES = 8, 4, 8
_BINS = HUES * SATURATIONS + VALUES
_SIDE = 0.2  # share of the width that is left out on either side: it shows the floor more often than the person
_LEAST_PAIRS, _MOST_PAIRS = 20, 1000


def colour_features(pixels: ImageArray, boxes: FloatArray) -> FloatArray:
    """Return the (n, 320) float32 unit-norm colours of (n, 4) boxes in a (height, width, 3) BGR image.

    Each stripe has a histogram of hue and saturation and one of value; square roots make the cosine of two
    vectors their Bhattacharyya coefficient. A box outside the image takes the nearest pixels.
    """
    import cv2

    if len(boxes) == 0:
        return np.zeros((0, STRIPES * _BINS), np.float32)
    tiles = np.empty((len(boxes) * ROWS, COLUMNS, 3), np.uint8)
    height_px, width_px = pixels.shape[:2]
    for position, box in enumerate(boxes.tolist()):
        part = tiles[position * ROWS : (position + 1) * ROWS]
        core = pixels[_core(box, width_px, height_px)]
        cv2.resize(core, (COLUMNS, ROWS), dst=part, interpolation=cv2.INTER_LINEAR)
    hsv = cv2.cvtColor(tiles, cv2.COLOR_BGR2HSV).reshape(-1, 3).astype(np.intp)
    stripe = np.repeat(np.arange(len(boxes) * STRIPES) * _BINS, ROWS // STRIPES * COLUMNS)
    colours = stripe + np.minimum(hsv[:, 0] * HUES // 180, HUES - 1) * SATURATIONS + hsv[:, 1] * SATURATIONS // 256
    values = stripe + HUES * SATURATIONS + hsv[:, 2] * VALUES // 256
    counts = np.bincount(np.concatenate([colours, values]), minlength=len(boxes) * STRIPES * _BINS)
    features: FloatArray = np.sqrt(counts.reshape(len(boxes), -1) / (2 * ROWS * COLUMNS)).astype(np.float32)
    return features


def _core(box: list[float], width_px: int, height_px: int) -> tuple[slice, slice]:
    """Return the rows and columns of a box without its sides, at least one of each, inside the image."""
    x_min, y_min, x_max, y_max = box
    side = _SIDE * (x_max - x_min)
    left, top = _within(x_min + side, width_px), _within(y_min, height_px)
    right, bottom = min(int(x_max - side), width_px), min(int(y_max), height_px)
    return slice(top, max(bottom, top + 1)), slice(left, max(right, left + 1))


def _within(value: float, length_px: int) -> int:
    return min(max(int(value), 0), length_px - 1)


class Distinctness:
    """Learns from people seen side by side how far apart two people look; no labels, and any kind of features.

    Two boxes of one frame that do not touch are two people for certain. The distance that a chosen share of such
    pairs stays under is the limit: a threshold belongs to the features and to the scene, not to the settings.
    """

    def __init__(self, false_match_share: float) -> None:
        self._share = false_match_share
        self._distances: deque[float] = deque(maxlen=_MOST_PAIRS)
        self._new_count = 0
        self._limit: float | None = None

    def learn(self, boxes: FloatArray, features: FloatArray, same_class: BoolArray) -> None:
        """Take one frame's (n, 4) boxes, their (n, d) unit-norm features and the (n, n) pairs of one class."""
        if len(boxes) < 2:
            return
        apart = np.triu(iou(boxes, boxes) <= 0, 1) & same_class
        fresh = distance(features, features)[apart].tolist()
        self._distances.extend(fresh)
        self._new_count += len(fresh)
        if len(self._distances) >= _LEAST_PAIRS and self._new_count >= len(self._distances) / 10:
            self._limit = float(np.quantile(np.array(self._distances), self._share))
            self._new_count = 0

    @property
    def limit(self) -> float | None:
        """Distance up to which two looks may be one person, in [0, 1]; None until enough pairs were seen."""
        return self._limit


def distance(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the (n, m) distances (1 - cosine) / 2 of (n, d) and (m, d) unit-norm features, in [0, 1]."""
    apart: FloatArray = (1 - np.clip(a @ b.T, -1, 1)) / 2
    return apart


def is_known(features: FloatArray) -> BoolArray:
    """Tell which of (n, d) features are known; zeros stand for one that is not."""
    known: BoolArray = np.any(features, axis=1)
    return known
