"""Trackers of the `trackers` package (Roboflow, Apache-2.0) behind our protocol.

The package takes instants in seconds itself: its noise is given for a frame of 1/30 s and scaled by the time that
passed, and its limits are compared with seconds.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from analytics.geometry import IntArray
from analytics.perception.frame import Detections, Frame
from analytics.perception.trackers._adapter import AdaptedTracker, decimal_scores
from analytics.timebase import MICROSECONDS, Instant

FRAMES_PER_S = 30  # the rate for which the package's constants are stated


def adapt(tracker_class: Callable[..., Any], max_gap_s: float, options: Mapping[str, Any]) -> AdaptedTracker:
    """Put a class of the package behind our protocol.

    Args:
        tracker_class: the package's tracker.
        max_gap_s: longest time that a track may go unseen, seconds, >= 1 / 30.
        options: further arguments of the class.
    """
    buffer = max(1, int(max_gap_s * FRAMES_PER_S + 1e-6))

    def make() -> "_RoboflowInner":
        return _RoboflowInner(tracker_class(lost_track_buffer=buffer, frame_rate=float(FRAMES_PER_S), **options))

    return AdaptedTracker(make, max_gap_s)


class _RoboflowInner:
    def __init__(self, tracker: Any) -> None:
        self._tracker = tracker
        self._began_at: Instant | None = None
        self._last_s = -1.0

    def step(self, detections: Detections, frame: Frame) -> tuple[IntArray, IntArray]:
        import supervision

        at_s = self._elapsed_s(frame.captured_at)
        found = self._tracker.update(
            supervision.Detections(
                xyxy=detections.boxes.astype(np.float64),
                confidence=decimal_scores(detections.scores),
                class_id=detections.class_nos.astype(np.int64),
                data={"position": np.arange(len(detections))},
            ),
            timestamp=at_s,
        )
        if len(found) == 0:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        confirmed = found.tracker_id >= 0
        return found.data["position"][confirmed], found.tracker_id[confirmed]

    def _elapsed_s(self, at: Instant) -> float:
        if self._began_at is None:
            self._began_at = at
        # the package warns about and half skips a frame of the same instant
        self._last_s = max((at - self._began_at) / MICROSECONDS, self._last_s + 1e-6)
        return self._last_s
