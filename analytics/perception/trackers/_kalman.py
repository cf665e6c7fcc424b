"""Where tracked boxes are and how they move: a Kalman filter over many boxes at once, in seconds.

Centre x, centre y, width and height are four independent (value, speed) pairs, so that every covariance is 2 x 2 and
the filter is plain arithmetic on arrays. A state is kept as it was at the last observation and is predicted from there
in one step, however long the gap: the answer does not depend on how many frames lie between.

The speed forgets itself exponentially (an Ornstein-Uhlenbeck process), because people stop: a lost track coasts for a
while instead of running out of the picture, as a constant speed would have it.
"""

from dataclasses import dataclass

import numpy as np

from analytics.geometry import FloatArray

VALUE, SPEED, VALUE_VARIANCE, COVARIANCE, SPEED_VARIANCE = range(5)


@dataclass(frozen=True, slots=True)
class Motion:
    """The constants of the filter. All noise is relative to the height of the box, so that near and far are alike.

    A state is a (n, 5, 4) float64 array: for each of centre x, centre y, width, height its value (px), speed (px/s),
    and their variances and covariance, in the order of this module's row names.

    Attributes:
        measurement: standard deviation of a detected edge, heights.
        start_speed: standard deviation of a new box's speed, heights/s.
        acceleration: how fast a speed wanders, heights/s per square root of a second.
        memory_s: time after which an unobserved speed has fallen to 1/e, seconds.
    """

    measurement: float = 0.06
    start_speed: float = 1.0
    acceleration: float = 0.5
    memory_s: float = 3.0

    def begin(self, boxes: FloatArray) -> FloatArray:
        """Return the (n, 5, 4) states of (n, 4) boxes seen for the first time, at rest."""
        states = np.zeros((len(boxes), 5, 4))
        values = _to_values(boxes)
        heights = values[:, 3:]
        states[:, VALUE] = values
        states[:, VALUE_VARIANCE] = (self.measurement * heights) ** 2
        states[:, SPEED_VARIANCE] = (self.start_speed * heights) ** 2
        return states

    def predict(self, states: FloatArray, elapsed_s: FloatArray) -> FloatArray:
        """Return the (n, 5, 4) states after (n,) seconds, >= 0, without an observation."""
        elapsed = elapsed_s[:, None]
        fade = np.exp(-elapsed / self.memory_s)
        reach = self.memory_s * (1 - fade)
        noise = (self.acceleration * states[:, VALUE, 3:]) ** 2
        value, speed, variance, covariance, speed_variance = states.transpose(1, 0, 2)
        ahead = np.empty_like(states)
        ahead[:, VALUE] = value + reach * speed
        ahead[:, SPEED] = fade * speed
        ahead[:, VALUE_VARIANCE] = (
            variance + 2 * reach * covariance + reach**2 * speed_variance + noise * elapsed * reach**2 / 3
        )
        ahead[:, COVARIANCE] = fade * (covariance + reach * speed_variance) + noise * elapsed * reach / 2
        ahead[:, SPEED_VARIANCE] = fade**2 * speed_variance + noise * elapsed
        return ahead

    def correct(self, states: FloatArray, boxes: FloatArray) -> FloatArray:
        """Return the (n, 5, 4) predicted states after an observation of each as (n, 4) boxes."""
        values = _to_values(boxes)
        value, speed, variance, covariance, speed_variance = states.transpose(1, 0, 2)
        total = variance + (self.measurement * values[:, 3:]) ** 2 + 1e-9
        value_gain, speed_gain = variance / total, covariance / total
        surprise = values - value
        corrected = np.empty_like(states)
        corrected[:, VALUE] = value + value_gain * surprise
        corrected[:, SPEED] = speed + speed_gain * surprise
        corrected[:, VALUE_VARIANCE] = (1 - value_gain) * variance
        corrected[:, COVARIANCE] = (1 - value_gain) * covariance
        corrected[:, SPEED_VARIANCE] = speed_variance - speed_gain * covariance
        return corrected


def boxes_of(states: FloatArray) -> FloatArray:
    """Return the (n, 4) boxes of (n, 5, 4) states, px; a side never falls below 1 px."""
    centre = states[:, VALUE, :2]
    half = np.maximum(states[:, VALUE, 2:], 1.0) / 2
    return np.concatenate([centre - half, centre + half], axis=1)


def _to_values(boxes: FloatArray) -> FloatArray:
    low, high = boxes[:, :2].astype(np.float64), boxes[:, 2:].astype(np.float64)
    return np.concatenate([(low + high) / 2, high - low], axis=1)
