"""The live tracks of one camera as parallel arrays: what a tracker of ours remembers between frames."""

from dataclasses import dataclass

import numpy as np

from analytics.geometry import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Tracks:
    """n live tracks, in the order of their numbers.

    Attributes:
        numbers: (n,) track numbers, rising.
        class_nos: (n,) the class that every detection of the track has.
        states: (n, 5, 4) motion as of the last observation, see `_kalman`.
        boxes: (n, 4) the last observed boxes, px.
        seen_at: (n,) UTC microseconds of the last observation.
        point_counts: (n,) detections so far, >= 1.
        features: (n, d) unit-norm running mean of the appearance; d is 0 where nobody asked for it.
    """

    numbers: IntArray
    class_nos: IntArray
    states: FloatArray
    boxes: FloatArray
    seen_at: IntArray
    point_counts: IntArray
    features: FloatArray

    def __len__(self) -> int:
        return len(self.numbers)

    @staticmethod
    def none(feature_count: int) -> "Tracks":
        """Return no tracks, of an appearance of so many numbers."""
        whole = np.zeros(0, np.int64)
        boxes, features = np.zeros((0, 4)), np.zeros((0, feature_count), np.float32)
        return Tracks(whole, whole, np.zeros((0, 5, 4)), boxes, whole, whole, features)

    def where(self, chosen: IntArray) -> "Tracks":
        """Return the tracks at the (k,) positions, in their order."""
        return Tracks(
            self.numbers[chosen],
            self.class_nos[chosen],
            self.states[chosen],
            self.boxes[chosen],
            self.seen_at[chosen],
            self.point_counts[chosen],
            self.features[chosen],
        )

    def and_then(self, others: "Tracks") -> "Tracks":
        """Return these tracks followed by others, whose numbers are greater."""
        return Tracks(
            np.concatenate([self.numbers, others.numbers]),
            np.concatenate([self.class_nos, others.class_nos]),
            np.concatenate([self.states, others.states]),
            np.concatenate([self.boxes, others.boxes]),
            np.concatenate([self.seen_at, others.seen_at]),
            np.concatenate([self.point_counts, others.point_counts]),
            np.concatenate([self.features, others.features]),
        )
