"""The presentation times of a recording's frames, read from the file itself."""

from datetime import date
from pathlib import Path

import numpy as np

from analytics.errors import ConfigError, RecordingError
from analytics.evaluation.frames import FrameTimes
from analytics.perception.segments import Segment
from analytics.perception.video import Moment, read
from analytics.settings import Sampling
from analytics.sites import Camera
from analytics.timebase import Instant, Interval


def read_times(path: Path, recording_id: str, starts_at: Instant) -> FrameTimes:
    """Decode a recording for the times of its frames.

    Args:
        path: the video file; one without presentation times cannot be used.
        recording_id: the recording that it is.
        starts_at: UTC instant of its first frame.

    Raises:
        ConfigError: the file is missing or has no usable times.
    """
    whole = Segment(
        segment_id=recording_id,
        recording_id=recording_id,
        site_id="",
        camera_id="camera",
        night=date.min,
        path=path.name,
        content_key="",
        recording=Interval(starts_at, starts_at),
        starts_at=starts_at,
        ends_at=starts_at,
        is_last=True,
    )
    camera = Camera(camera_id="camera")
    # one frame in ten thousand seconds is converted to a picture: only the times are wanted
    sampling = Sampling(analysis_fps=1e-4, overlap_s=0)
    try:
        moments = [item for item in read(path, whole, camera, sampling, threads=1) if isinstance(item, Moment)]
    except RecordingError as error:
        raise ConfigError(f"expected a recording to number the frames of: {error}", path=path) from error
    if not moments:
        raise ConfigError("expected a recording with frames, found none", path=path)
    offsets_us = np.array([moment.interval.starts_at - starts_at for moment in moments], np.int64)
    return FrameTimes(recording_id, starts_at, offsets_us, is_measured=True)
