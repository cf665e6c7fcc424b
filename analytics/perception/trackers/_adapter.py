"""What every tracker of a library needs around it to keep the promises of `plugins.Tracker`.

Libraries mix classes, number tracks per process, count frames instead of seconds and answer in an order of their own.
Here each class gets a tracker of its own, numbers are ours, and no number outlives the gap that was asked for.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from analytics.geometry import FloatArray, IntArray
from analytics.perception.frame import Assignment, Detections, Frame
from analytics.perception.trackers._ordering import in_order, take
from analytics.timebase import MICROSECONDS, Instant, seconds_us


class Inner(Protocol):
    """A library's tracker of one class, from its first frame until it is thrown away."""

    def step(self, detections: Detections, frame: Frame) -> tuple[IntArray, IntArray]:
        """Take the next frame, later than the last; return (k,) positions and the library's (k,) track ids."""


class AdaptedTracker:
    """Runs one inner tracker for each class and gives their tracks numbers of its own."""

    def __init__(self, make: Callable[[], Inner], max_gap_s: float) -> None:
        self._make = make
        self._max_gap_s = max_gap_s
        self._inners: dict[int, Inner] = {}
        self._numbers = _Numbers(seconds_us(max_gap_s))
        self._last_at: Instant | None = None

    @property
    def max_gap_s(self) -> float:
        """Longest time that a track may go unseen and still be continued, seconds."""
        return self._max_gap_s

    def update(self, detections: Detections, frame: Frame) -> Assignment:
        """Take the next frame; a long gap, or a step back in time, ends every track."""
        if self._breaks(frame.captured_at):
            self._inners.clear()
            self._numbers.restart()
        order = in_order(detections)
        ordered = take(detections, order)
        self._numbers.forget(frame.captured_at)
        positions: list[IntArray] = [np.zeros(0, np.int64)]
        numbers: list[IntArray] = [np.zeros(0, np.int64)]
        for class_no in sorted({*self._inners, *map(int, ordered.class_nos)}):
            mine = np.flatnonzero(ordered.class_nos == class_no)
            if class_no not in self._inners:
                self._inners[class_no] = self._make()
            found, ids = self._inners[class_no].step(take(ordered, mine), frame)
            positions.append(order[mine[found]])
            numbers.append(self._numbers.of(class_no, ids, frame.captured_at))
        return Assignment(np.concatenate(positions), np.concatenate(numbers))

    def _breaks(self, at: Instant) -> bool:
        last, self._last_at = self._last_at, at
        return last is not None and not 0 <= at - last <= self._max_gap_s * MICROSECONDS


class _Numbers:
    """Our track numbers, from 1, for a library's ids; those unseen for longer than the gap are forgotten."""

    def __init__(self, max_gap_us: int) -> None:
        self._max_gap_us = max_gap_us
        self._next = 1
        self._known: dict[tuple[int, int], tuple[int, Instant]] = {}

    def restart(self) -> None:
        """Forget every id, because the library will use them again; the numbers go on."""
        self._known.clear()

    def forget(self, at: Instant) -> None:
        """Drop the ids last seen more than the gap before an instant."""
        self._known = {key: known for key, known in self._known.items() if at - known[1] <= self._max_gap_us}

    def of(self, class_no: int, ids: IntArray, at: Instant) -> IntArray:
        """Return the (k,) numbers of the library's (k,) ids, all seen now."""
        numbers = np.zeros(len(ids), np.int64)
        for position, inner_id in enumerate(map(int, ids)):
            key = (class_no, inner_id)
            if key not in self._known:
                self._known[key] = (self._next, at)
                self._next += 1
            numbers[position] = self._known[key][0]
            self._known[key] = (int(numbers[position]), at)
        return numbers


def decimal_scores(scores: FloatArray) -> FloatArray:
    """Return float32 scores as the float64 that was meant, so that .7 is not below a threshold of .7."""
    rounded: FloatArray = np.round(scores.astype(np.float64), 6)
    return rounded
