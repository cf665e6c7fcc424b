"""Which pictures of a track are worth keeping: the few best and most different ones, chosen while it runs.

Quality says how much of a person a box shows. Nothing is embedded here.
"""

from dataclasses import dataclass, field

import numpy as np

from analytics.geometry import BoolArray, FloatArray, ImageArray, area, intersection
from analytics.perception.frame import Detections, Frame
from analytics.settings import Crops
from analytics.timebase import Instant, seconds_us

FULL_HEIGHT_PX = 128.0
"""Height at which a crop no longer gains from being larger: half the input height of the re-ID networks (256)."""

_BORDER_SHARE = 0.01
_BORDER_FACTOR = 0.5  # a box at the border shows a part of a person, no one knows how much
_WORTHY_SHARE = 0.5  # pictures under half of the best quality are taken only when there are no others
_THUMBNAIL = (4, 8)  # columns, rows of the picture that two candidates are compared by


@dataclass(frozen=True, slots=True)
class Candidate:
    """A picture that may be kept.

    Attributes:
        captured_at: UTC instant of its frame.
        detection_no: its detection in that frame.
        quality: in [0, 1].
        pixels: (h, w, 3) BGR, a copy.
        features: (d,) the detector's features of it, or None.
        thumbnail: (k,) unit-norm coarse colours.
    """

    captured_at: Instant
    detection_no: int
    quality: float
    pixels: ImageArray
    features: FloatArray | None
    thumbnail: FloatArray


def qualities(detections: Detections, frame: Frame) -> FloatArray:
    """Rate how much of a whole object each detection shows.

    The product of its score, its height (full from 128 px), the share of it that no box standing nearer covers, and
    one half when it touches the border.

    Returns:
        (n,) in [0, 1].
    """
    boxes = detections.boxes
    if not len(boxes):
        return np.zeros(0, np.float32)
    heights = np.minimum((boxes[:, 3] - boxes[:, 1]) / FULL_HEIGHT_PX, 1)
    covered = intersection(boxes, boxes) / np.maximum(area(boxes), 1)[:, None]
    is_nearer = boxes[None, :, 3] > boxes[:, None, 3]
    visible = 1 - np.max(np.where(is_nearer, covered, 0), axis=1)
    borders = np.where(touches_border(boxes, frame.width_px, frame.height_px, _BORDER_SHARE), _BORDER_FACTOR, 1)
    quality: FloatArray = np.clip(detections.scores * heights * visible * borders, 0, 1)
    return quality


def touches_border(boxes: FloatArray, width_px: int, height_px: int, share: float) -> BoolArray:
    """Tell which (n, 4) boxes reach the outer `share` of the image on any side: (n,) booleans."""
    margin_x, margin_y = share * width_px, share * height_px
    touches: BoolArray = (
        (boxes[:, 0] <= margin_x)
        | (boxes[:, 1] <= margin_y)
        | (boxes[:, 2] >= width_px - margin_x)
        | (boxes[:, 3] >= height_px - margin_y)
    )
    return touches


@dataclass(slots=True)
class CandidatePool:
    """The best pictures of one live track so far, at most twice as many as will be kept, spread over its time."""

    settings: Crops
    _candidates: list[Candidate] = field(default_factory=list)
    _slot_at: Instant | None = None

    def offer(self, frame: Frame, detections: Detections, detection_no: int, quality: float) -> None:
        """Consider one detection of a track; frames come in order of time.

        Within `spacing_s` only the best stays. When the pool is full, the worse of the two that are nearest in time
        goes.
        """
        is_same_slot = self._slot_at is not None and frame.captured_at - self._slot_at < seconds_us(
            self.settings.spacing_s
        )
        if is_same_slot and quality <= self._candidates[-1].quality:
            return
        candidate = _cut_out(frame, detections, detection_no, quality)
        if candidate is None:
            return
        if is_same_slot:
            self._candidates[-1] = candidate
            return
        self._slot_at = frame.captured_at
        self._candidates.append(candidate)
        if len(self._candidates) > 2 * self.settings.max_per_tracklet:
            self._drop_one()

    def choose(self) -> list[Candidate]:
        """Return the few best and most different pictures, in order of time."""
        tall = [c for c in self._candidates if c.pixels.shape[0] >= self.settings.min_height_px]
        return choose_different(tall or self._candidates[-1:], self.settings.max_per_tracklet)

    def _drop_one(self) -> None:
        # The newest is left in place: it is the open slot
        times = [candidate.captured_at for candidate in self._candidates[:-1]]
        nearest = int(np.argmin(np.diff(times)))
        pair = self._candidates[nearest : nearest + 2]
        del self._candidates[nearest + (pair[1].quality <= pair[0].quality)]


def choose_different(candidates: list[Candidate], count: int) -> list[Candidate]:
    """Choose up to `count` candidates: the best first, then each time the one with the largest quality x difference.

    The difference is 1 - cosine of the thumbnails to the nearest one chosen. Candidates under half of the best quality
    are left out while others remain. Ties go to the earlier one.

    Returns:
        The chosen ones in order of time.
    """
    if not candidates:
        return []
    best = max(candidate.quality for candidate in candidates)
    worthy = [candidate for candidate in candidates if candidate.quality >= _WORTHY_SHARE * best]
    quality = np.array([candidate.quality for candidate in worthy])
    thumbnails = np.stack([candidate.thumbnail for candidate in worthy])
    chosen = [int(np.argmax(quality))]
    while len(chosen) < min(count, len(worthy)):
        difference = 1 - np.max(thumbnails @ thumbnails[chosen].T, axis=1)
        gain = quality * np.maximum(difference, 0)
        gain[chosen] = -1
        chosen.append(int(np.argmax(gain)))
    return [worthy[position] for position in sorted(chosen)]


def _cut_out(frame: Frame, detections: Detections, detection_no: int, quality: float) -> Candidate | None:
    import cv2

    x_min, y_min, x_max, y_max = detections.boxes[detection_no]
    left, top = max(0, int(np.floor(x_min))), max(0, int(np.floor(y_min)))
    right, bottom = min(frame.width_px, int(np.ceil(x_max))), min(frame.height_px, int(np.ceil(y_max)))
    if right <= left or bottom <= top:
        return None
    pixels = frame.pixels[top:bottom, left:right].copy()
    small = cv2.resize(pixels, _THUMBNAIL, interpolation=cv2.INTER_AREA).astype(np.float32).ravel()
    thumbnail = small - small.mean()
    length = float(np.linalg.norm(thumbnail))
    return Candidate(
        captured_at=frame.captured_at,
        detection_no=detection_no,
        quality=quality,
        pixels=pixels,
        features=None if detections.features is None else np.array(detections.features[detection_no]),
        thumbnail=thumbnail / length if length else thumbnail,
    )
