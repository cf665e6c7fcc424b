"""When a simulated recorder takes which frame, and which file the frame goes into. Plans only; `footage` makes them."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from analytics.simulation.scene import IntArray
from analytics.timebase import MICROSECONDS, Instant, seconds_us, to_datetime

CLOCK_HZ = 90_000
"""Ticks a second of presentation times, as in MPEG transport streams and RTP."""

TICK_US_NUMERATOR, TICK_US_DENOMINATOR = 100, 9
_KEPT_APART = 0.25  # of a frame: jitter never brings two frames nearer than this


@dataclass(frozen=True, slots=True)
class Recorder:
    """How one camera is recorded.

    Attributes:
        frame_rate_hz: frames a second.
        file_s: length of a file, whole seconds.
        jitter_s: largest shift of a frame from its place, seconds.
        dropped_share: share of frames that get lost; the first of a file never does.
        clock_error_s: what the camera's clock, which names the files, shows minus true UTC.
        missing_files: numbers, from 0, of files that were not recorded.
    """

    frame_rate_hz: float = 10.0
    file_s: int = 60
    jitter_s: float = 0.0
    dropped_share: float = 0.0
    clock_error_s: float = 0.0
    missing_files: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reel:
    """One file of one camera.

    Attributes:
        camera_id: the camera.
        number: of the file, from 0, missing ones counted.
        name: of the file below the camera's folder.
        starts_at: true UTC instant of its first frame.
        ends_at: true UTC instant at which its last frame ends.
        ticks: (n,) presentation time of each frame after the first, ticks of `CLOCK_HZ`, rising from 0.
    """

    camera_id: str
    number: int
    name: str
    starts_at: Instant
    ends_at: Instant
    ticks: IntArray

    def captured_at(self) -> IntArray:
        """Return the (n,) true UTC instants of the frames, as a reader of the file would round them."""
        exact = self.ticks * TICK_US_NUMERATOR / TICK_US_DENOMINATOR
        return self.starts_at + np.round(exact).astype(np.int64)


def reels(camera_id: str, recorder: Recorder, starts_at: Instant, duration_s: float, seed: int) -> tuple[Reel, ...]:
    """Return the files of one camera, in order of time.

    The camera's clock shows a whole second at the first frame of every file. Nothing is recorded before `starts_at` or
    after its end.

    Args:
        camera_id: the camera.
        recorder: how it is recorded.
        starts_at: true UTC instant at which the simulation begins, a whole second.
        duration_s: length of the simulation.
        seed: of jitter and losses.

    Raises:
        ValueError: `starts_at` is no whole second.
    """
    if starts_at % MICROSECONDS:
        raise ValueError(f"expected to start at a whole second, got {to_datetime(starts_at).isoformat()}")
    error_us = seconds_us(recorder.clock_error_s)
    # the clock's first whole second: true time is what it shows minus its error
    shown = -(-(starts_at + error_us) // MICROSECONDS) * MICROSECONDS
    ends_at = starts_at + seconds_us(duration_s)
    found: list[Reel] = []
    number = 0
    while shown - error_us < ends_at:
        begin = shown - error_us
        until = min(begin + recorder.file_s * MICROSECONDS, ends_at)
        rng = np.random.default_rng([seed, 11, number, *camera_id.encode()])
        ticks = _ticks(recorder, (until - begin) / MICROSECONDS, rng)
        if number not in recorder.missing_files and len(ticks):
            name = f"{to_datetime(shown):%Y%m%dT%H%M%SZ}.mp4"
            found.append(Reel(camera_id, number, name, begin, until, ticks))
        shown += recorder.file_s * MICROSECONDS
        number += 1
    return tuple(found)


def first_frames(files: Iterable[Reel]) -> dict[str, int]:
    """Return by file name how many frames the files before it have; the files of one camera in order of time."""
    counts, before = {}, 0
    for reel in files:
        counts[reel.name] = before
        before += len(reel.ticks)
    return counts


def _ticks(recorder: Recorder, length_s: float, rng: np.random.Generator) -> IntArray:
    step = CLOCK_HZ / recorder.frame_rate_hz
    count = int(np.ceil(length_s * recorder.frame_rate_hz - 1e-6))
    largest = min(recorder.jitter_s * CLOCK_HZ, step * (1 - _KEPT_APART) / 2)
    shifts, losses = rng.uniform(-1, 1, count) * largest, rng.random(count)
    shifts[:1] = 0
    ticks = np.round(np.arange(count) * step + shifts).astype(np.int64)
    # the last frame ends with the file: a shift must not carry it past that
    kept = (losses >= recorder.dropped_share) & (ticks < length_s * CLOCK_HZ)
    kept[:1] = True
    return ticks[kept]
