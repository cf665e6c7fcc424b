"""Stills: the busiest moment of each camera with everybody who was tracked, in one colour for each identity."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa

from analytics.annotating.artist import Artist
from analytics.annotating.band import sheet_for
from analytics.annotating.cast import read_cast
from analytics.annotating.tracks import TrackReader, analysed_segments
from analytics.discovery.discover import sources
from analytics.geometry import ImageArray
from analytics.lake.lake import Lake
from analytics.perception.frame import Frame
from analytics.perception.segments import Segment, Source
from analytics.perception.video import Moment, read
from analytics.settings import Sampling
from analytics.sites import Camera, Site
from analytics.tables import RECORDINGS, TRACK_POINTS
from analytics.timebase import Instant, to_datetime

_COLUMNS = 3


def write_stills(lake: Lake, site: Site, footage: Path, target: Path) -> None:
    """Write one picture with a still of each camera that tracked anybody; faces are not blurred.

    Args:
        lake: perceived.
        site: its cameras.
        footage: the footage folder.
        target: a .png; replaced.

    Raises:
        RecordingError: a recording cannot be read any more.
    """
    usable = sources(lake.read(RECORDINGS))
    stills = [still for camera in site.cameras if (still := _still(lake, site, camera, usable, footage)) is not None]
    if stills:
        cv2.imwrite(str(target), _tiled(stills))


def _still(lake: Lake, site: Site, camera: Camera, usable: Sequence[Source], footage: Path) -> ImageArray | None:
    points = lake.read(TRACK_POINTS, cameras=[camera.camera_id], columns=["captured_at"])
    if not points.num_rows:
        return None
    instants, counts = np.unique(points["captured_at"].cast(pa.int64()).to_numpy(), return_counts=True)
    moment = int(instants[counts.argmax()])
    own = [each for each in usable if each.camera_id == camera.camera_id]
    nights = lake.ledger.nights()
    frame = _frame_at(next(each for each in own if each.interval.contains(moment)), camera, footage, moment)
    reader = TrackReader(lake, camera.camera_id, analysed_segments(lake, nights, own))
    sheet = sheet_for(frame.width_px, frame.height_px)
    cast = read_cast(lake, camera.camera_id, nights)
    return Artist(site, camera.camera_id, reader, cast, sheet, is_blurred=False).draw(frame)


def _frame_at(source: Source, camera: Camera, footage: Path, moment: Instant) -> Frame:
    """Return the frame shown at an instant of a recording."""
    segment = Segment(
        segment_id="",
        recording_id=source.recording_id,
        site_id=source.site_id,
        camera_id=camera.camera_id,
        night=to_datetime(moment).date(),
        path=source.path,
        content_key="",
        recording=source.interval,
        starts_at=source.interval.starts_at,
        ends_at=source.interval.ends_at,
        is_last=True,
    )
    frames = read(footage / source.path, segment, camera, Sampling(analysis_fps=None), threads=1)
    return next(
        item.frame
        for item in frames
        if isinstance(item, Moment) and item.frame is not None and item.interval.contains(moment)
    )


def _tiled(stills: list[ImageArray]) -> ImageArray:
    """Return the stills side by side, a few to a row, each on a tile as large as the largest."""
    height, width = max(still.shape[0] for still in stills), max(still.shape[1] for still in stills)
    columns = min(_COLUMNS, len(stills))
    rows = -(-len(stills) // columns)
    out = np.zeros((rows * height, columns * width, 3), np.uint8)
    for number, still in enumerate(stills):
        top, left = number // columns * height, number % columns * width
        out[top : top + still.shape[0], left : left + still.shape[1]] = still
    return out
