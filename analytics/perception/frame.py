"""What flows through perception inside one worker: frames, detections, assignments, crops.

Frozen structures of read-only arrays. None of them leaves the worker.
"""

from dataclasses import dataclass

import numpy as np

from analytics.geometry import FloatArray, ImageArray, IntArray, read_only
from analytics.timebase import Instant


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded, upright, masked image.

    Attributes:
        camera_id: the camera that recorded it.
        captured_at: UTC instant.
        pixels: (height, width, 3) BGR, read-only.
    """

    camera_id: str
    captured_at: Instant
    pixels: ImageArray

    def __post_init__(self) -> None:
        if self.pixels.ndim != 3 or self.pixels.shape[2] != 3 or self.pixels.dtype != np.uint8:
            raise ValueError(f"expected (height, width, 3) uint8, got {self.pixels.shape} {self.pixels.dtype}")
        object.__setattr__(self, "pixels", read_only(self.pixels))

    @property
    def width_px(self) -> int:
        """Width of the image, px."""
        return int(self.pixels.shape[1])

    @property
    def height_px(self) -> int:
        """Height of the image, px."""
        return int(self.pixels.shape[0])


@dataclass(frozen=True, slots=True)
class Detections:
    """The objects that a detector found in one frame; the position in the arrays is the `detection_no`.

    Attributes:
        boxes: (n, 4) float32 pixels of the original frame, inside the image.
        scores: (n,) float32 confidence in [0, 1], falling.
        class_nos: (n,) int16 positions in the detector's `class_names`.
        features: (n, d) float32 unit-norm appearance of each detection, or None when nobody asked for it.
    """

    boxes: FloatArray
    scores: FloatArray
    class_nos: IntArray
    features: FloatArray | None = None

    def __post_init__(self) -> None:
        count = len(self.boxes)
        if self.boxes.shape != (count, 4) or self.scores.shape != (count,) or self.class_nos.shape != (count,):
            raise ValueError(
                f"expected (n, 4), (n,) and (n,), got {self.boxes.shape}, {self.scores.shape}, {self.class_nos.shape}"
            )
        if self.features is not None and (self.features.ndim != 2 or len(self.features) != count):
            raise ValueError(f"expected ({count}, d) features, got {self.features.shape}")
        for name in ("boxes", "scores", "class_nos", "features"):
            array = getattr(self, name)
            if array is not None:
                object.__setattr__(self, name, read_only(array))

    def __len__(self) -> int:
        return len(self.boxes)

    @staticmethod
    def none(feature_count: int | None = None) -> "Detections":
        """Return no detections, with features of the given length when there should be any."""
        features = None if feature_count is None else np.zeros((0, feature_count), np.float32)
        return Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.int16), features)

    @staticmethod
    def sorted(
        boxes: FloatArray, scores: FloatArray, class_nos: IntArray, features: FloatArray | None = None
    ) -> "Detections":
        """Build detections in the agreed order: falling score, ties by box and class; input order never matters."""
        keys = (class_nos, boxes[:, 3], boxes[:, 2], boxes[:, 1], boxes[:, 0], -scores)
        order = np.lexsort(keys)
        return Detections(
            boxes[order].astype(np.float32),
            scores[order].astype(np.float32),
            class_nos[order].astype(np.int16),
            None if features is None else features[order].astype(np.float32),
        )


@dataclass(frozen=True, slots=True)
class Assignment:
    """Which track each detection of one frame was given to; detections that belong to no track are left out.

    Attributes:
        detection_nos: (m,) positions in the frame's detections, each at most once.
        track_nos: (m,) numbers of the tracks, each at most once; unique within one tracker, never used again.
    """

    detection_nos: IntArray
    track_nos: IntArray

    def __post_init__(self) -> None:
        if self.detection_nos.shape != self.track_nos.shape or self.track_nos.ndim != 1:
            raise ValueError(f"expected two (m,) arrays, got {self.detection_nos.shape} and {self.track_nos.shape}")
        for name in ("detection_nos", "track_nos"):
            if len(np.unique(getattr(self, name))) != len(self.track_nos):
                raise ValueError(f"expected {name} without repeats, got {getattr(self, name)}")
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @staticmethod
    def none() -> "Assignment":
        """Return the assignment of nothing to nothing."""
        return Assignment(np.zeros(0, np.int64), np.zeros(0, np.int64))


@dataclass(frozen=True, slots=True)
class Crop:
    """One detection cut out of its frame, as an embedder sees it.

    Attributes:
        pixels: (height, width, 3) BGR, at least 1 x 1, read-only.
        features: (d,) the detector's own features of it, or None.
    """

    pixels: ImageArray
    features: FloatArray | None = None

    def __post_init__(self) -> None:
        if self.pixels.ndim != 3 or 0 in self.pixels.shape:
            raise ValueError(f"expected a picture of at least 1 x 1, got {self.pixels.shape}")
        object.__setattr__(self, "pixels", read_only(self.pixels))
