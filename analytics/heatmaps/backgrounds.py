"""A camera's empty picture, made of several: what heatmaps lie over shows the place and nobody in it.

Each pixel is the median of the frames in which no box of a detection or of a track covers it; where a box always does,
it is filled from around. Somebody whom the detector never saw and who stood in one place most of the time stays.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from analytics.discovery.discover import sources
from analytics.errors import RecordingError
from analytics.geometry import BoolArray, FloatArray, ImageArray
from analytics.heatmaps.periods import Period
from analytics.lake.lake import Lake
from analytics.perception.frame import Frame
from analytics.perception.segments import Segment, Source
from analytics.perception.video import Moment, read
from analytics.settings import Sampling
from analytics.sites import Camera
from analytics.tables import DETECTIONS, RECORDINGS, TRACK_POINTS
from analytics.timebase import Instant, seconds_us, to_datetime

_FRAMES = 15  # an odd number: the median is a value of a frame; who stands still for half of the time has a box
_AROUND_S = 0.25  # boxes of frames so near in time count: not every frame was analysed
_GROWN = 0.12  # of a box's sides, all around: shadows at the feet, arms that stick out
_BOX_COLUMNS = ("captured_at", "x_min", "y_min", "x_max", "y_max")
_STRIP_ROWS = 64  # rows of all frames that are sorted at once: 15 frames of 1920 px take 22 MB


@dataclass(frozen=True)
class Background:
    """An empty picture.

    Attributes:
        pixels: (height, width, 3) BGR, upright, privacy masks applied.
        frames: number of frames that it was made of.
        filled_share: share of the pixels that a box always covered and that were filled from around, in [0, 1].
    """

    pixels: ImageArray
    frames: int
    filled_share: float


def background_of(lake: Lake, camera: Camera, footage: Path, period: Period) -> Background | None:
    """Make the empty picture of a camera from the recordings of a period's nights.

    Args:
        lake: its recordings, detections and tracks.
        camera: the camera.
        footage: the footage folder.
        period: its nights.

    Returns:
        None when no recording is there any more or none can be read.
    """
    import cv2

    used = sources(lake.read(RECORDINGS, period.nights, [camera.camera_id]))
    frames = list(_frames(used, camera, footage))
    frames = [frame for frame in frames if frame.pixels.shape == frames[0].pixels.shape]
    if not frames:
        return None
    free = _free(lake, camera.camera_id, period, frames)
    pixels = _median([frame.pixels for frame in frames], free)
    hidden = np.logical_not(np.any(free, axis=0))
    if hidden.any():
        # 4 px: what a codec smears over an edge
        covered = cv2.dilate(np.asarray(hidden, np.uint8), np.ones((9, 9), np.uint8))
        pixels = np.asarray(cv2.inpaint(pixels, covered, 5, cv2.INPAINT_TELEA), np.uint8)
    return Background(pixels, len(frames), float(hidden.mean()))


def _frames(used: Sequence[Source], camera: Camera, footage: Path) -> Iterator[Frame]:
    """Yield frames spread evenly over what was recorded; those that cannot be read are left out."""
    total_us = sum(source.interval.ends_at - source.interval.starts_at for source in used)
    for number in range(_FRAMES if total_us else 0):
        rest_us = int(total_us * (number + 0.5) / _FRAMES)
        for source in used:
            length_us = source.interval.ends_at - source.interval.starts_at
            if rest_us < length_us:
                try:
                    frame = _frame_from(source, camera, footage, source.interval.starts_at + rest_us)
                except RecordingError:
                    frame = None
                if frame is not None:
                    yield frame
                break
            rest_us -= length_us


def _frame_from(source: Source, camera: Camera, footage: Path, moment: Instant) -> Frame | None:
    """Return the first whole frame from an instant of a recording on."""
    segment = Segment(
        segment_id="",
        recording_id=source.recording_id,
        site_id=source.site_id,
        camera_id=camera.camera_id,
        night=to_datetime(moment).date(),
        path=source.path,
        content_key=source.content_key,
        recording=source.interval,
        starts_at=moment,
        ends_at=source.interval.ends_at,
        is_last=True,
    )
    moments = read(footage / source.path, segment, camera, Sampling(analysis_fps=None, overlap_s=0.0), threads=1)
    return next((item.frame for item in moments if isinstance(item, Moment) and item.frame is not None), None)


def _free(lake: Lake, camera_id: str, period: Period, frames: Sequence[Frame]) -> BoolArray:
    """Return the (n, height, width) pixels of frames that no box covers."""
    height, width = frames[0].pixels.shape[:2]
    free = np.ones((len(frames), height, width), bool)
    for night in period.nights:
        for contract in (DETECTIONS, TRACK_POINTS):
            table = lake.read(contract, [night], [camera_id], _BOX_COLUMNS)
            at = table["captured_at"].cast("int64")
            for number, frame in enumerate(frames):
                distance = pc.abs(pc.subtract(at, frame.captured_at))
                near = table.filter(pc.less_equal(distance, seconds_us(_AROUND_S)))
                boxes = np.stack([near[name].to_numpy() for name in _BOX_COLUMNS[1:]], axis=1)
                for x_min, y_min, x_max, y_max in _grown(boxes, width, height):
                    free[number, y_min:y_max, x_min:x_max] = False
    return free


def _grown(boxes: FloatArray, width: int, height: int) -> list[list[int]]:
    margin = _GROWN * (boxes[:, 2:] - boxes[:, :2])
    low, high = np.floor(boxes[:, :2] - margin), np.ceil(boxes[:, 2:] + margin)
    limits = [width, height, width, height]
    grown: list[list[int]] = np.clip(np.concatenate([low, high], axis=1), 0, limits).astype(int).tolist()
    return grown


def _median(pictures: Sequence[ImageArray], free: BoolArray) -> ImageArray:
    """Return the median of each pixel over the frames in which it is free; of all frames where it never is."""
    counted = free | ~free.any(axis=0)
    out = np.empty_like(pictures[0])
    for top in range(0, len(out), _STRIP_ROWS):
        rows = slice(top, top + _STRIP_ROWS)
        strip = np.stack([picture[rows] for picture in pictures]).astype(np.float32)
        strip[~counted[:, rows]] = np.nan
        out[rows] = np.round(np.nanmedian(strip, axis=0)).astype(np.uint8)
    return out
