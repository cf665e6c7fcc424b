"""Which frame of the truth an instant of the lake is.

Truth numbers the decoded frames of a camera from 1, through all of its recordings in order of time. The lake knows
instants. A recording's frames lie at its own presentation times, where the footage is at hand, and evenly otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.errors import ConfigError
from analytics.geometry import BoolArray, IntArray, read_only
from analytics.timebase import MICROSECONDS, Instant

_OFF_GRID = 0.25  # share of a frame: cameras that jitter stay below, a wrong rate passes it within seconds


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a recording that was decoded without interruption.

    Attributes:
        offset_us: its begin after the recording's, microseconds.
        frame_count: frames decoded in it.
        duration_s: seconds that these frames stand for.
        analysis_fps: the rate of the grid that frames were sampled at; None: every frame was analysed.
    """

    offset_us: int
    frame_count: int
    duration_s: float
    analysis_fps: float | None


@dataclass(frozen=True, slots=True)
class FrameTimes:
    """When the frames of one recording were captured.

    Attributes:
        recording_id: the recording.
        starts_at: UTC instant of its first frame.
        offsets_us: (n,) rising presentation times after the first frame, microseconds.
        is_measured: they were read from the file; otherwise they are spaced evenly.
    """

    recording_id: str
    starts_at: Instant
    offsets_us: IntArray
    is_measured: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "offsets_us", read_only(self.offsets_us))

    def number(self, captured_at: IntArray) -> IntArray:
        """Return the frame numbers of instants, from 1 within the recording.

        Args:
            captured_at: (k,) UTC microseconds.

        Raises:
            ConfigError: an instant lies between two frames: the rate varies, or the file is another one.
        """
        offsets = captured_at - self.starts_at
        after = np.clip(np.searchsorted(self.offsets_us, offsets), 1, max(1, len(self.offsets_us) - 1))
        before = after - 1
        last = len(self.offsets_us) - 1
        is_after = np.abs(self.offsets_us[np.minimum(after, last)] - offsets) < np.abs(
            self.offsets_us[before] - offsets
        )
        nearest = np.where(is_after, np.minimum(after, last), before)
        distances_us = np.abs(self.offsets_us[nearest] - offsets)
        if np.any(distances_us > _OFF_GRID * self._step_us()):
            raise ConfigError(self._off_grid(float(distances_us.max()) / MICROSECONDS))
        return nearest + 1

    def analysed(self, stretches: Sequence[Stretch]) -> BoolArray:
        """Tell of each frame whether it was analysed."""
        found = np.zeros(len(self.offsets_us), np.bool_)
        for stretch in stretches:
            # a frame of tolerance: evenly spaced frames may fall a little before the cut that they were made at
            first = int(np.searchsorted(self.offsets_us, stretch.offset_us - _OFF_GRID * self._step_us()))
            span = slice(first, first + stretch.frame_count)
            found[span] = sampled(self.offsets_us, stretch.analysis_fps)[span]
        return found

    def _step_us(self) -> float:
        return float(np.median(np.diff(self.offsets_us))) if len(self.offsets_us) > 1 else float(MICROSECONDS)

    def _off_grid(self, distance_s: float) -> str:
        found = f"of recording {self.recording_id}, found one {distance_s:.3f} s off"
        if self.is_measured:
            return f"expected tracks at the frames {found}: the footage is not what the lake was made from"
        return (
            f"expected evenly spaced frames {found}: its rate varies; say where the footage is (--footage), so that "
            "its own presentation times are used"
        )


def sampled(offsets_us: IntArray, analysis_fps: float | None) -> BoolArray:
    """Tell which frames are the first of their tick of the sampling grid, as `perception.video` samples them.

    Args:
        offsets_us: (n,) rising times after the recording's first frame, microseconds.
        analysis_fps: rate of the grid; None: every frame.
    """
    if analysis_fps is None:
        return np.ones(len(offsets_us), np.bool_)
    ticks = np.floor(offsets_us * analysis_fps / MICROSECONDS + 0.25)
    is_first: BoolArray = np.diff(ticks, prepend=-1) != 0
    return is_first


def evenly_spaced(recording_id: str, starts_at: Instant, stretches: Sequence[Stretch]) -> FrameTimes:
    """Return the times of a recording's frames, spaced by its mean rate, up to the last frame decoded.

    Raises:
        ConfigError: nothing of it was decoded.
    """
    count, duration_s = sum(s.frame_count for s in stretches), sum(s.duration_s for s in stretches)
    if not count or duration_s <= 0:
        raise ConfigError(f"expected decoded frames of recording {recording_id}, found none: run `crosscam run` first")
    step_us = duration_s * MICROSECONDS / count
    end_us = max(s.offset_us + s.duration_s * MICROSECONDS for s in stretches)
    offsets_us = np.round(np.arange(round(end_us / step_us)) * step_us).astype(np.int64)
    return FrameTimes(recording_id, starts_at, offsets_us, is_measured=False)
