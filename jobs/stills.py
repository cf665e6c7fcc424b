"""Stills: the busiest moment of each camera with everybody who was tracked, in one colour for each identity."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.discovery.discover import sources
from analytics.geometry import ImageArray
from analytics.lake.lake import Lake
from analytics.perception.segments import Segment, Source
from analytics.perception.video import Moment, read
from analytics.settings import Sampling
from analytics.sites import Camera, Site
from analytics.tables import IDENTITY_MEMBERS, RECORDINGS, TRACK_POINTS
from analytics.timebase import Instant, to_datetime

_TRAIL_US = 4_000_000  # how far back the way to where somebody stands is drawn
_COLUMNS = 3
_GOLDEN = 0.618  # of the circle of hues: neighbours in number are far apart in colour
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def write_stills(lake: Lake, site: Site, footage: Path, target: Path) -> None:
    """Write one picture with a still of each camera that tracked anybody.

    Args:
        lake: perceived and linked.
        site: its cameras.
        footage: the footage folder.
        target: a .png; replaced.

    Raises:
        RecordingError: a recording cannot be read any more.
    """
    points = lake.read(TRACK_POINTS).join(
        lake.read(IDENTITY_MEMBERS).select(["tracklet_id", "identity_id"]), "tracklet_id"
    )
    usable = sources(lake.read(RECORDINGS))
    numbers = {name: number for number, name in enumerate(sorted(set(points["identity_id"].to_pylist())))}
    stills = [
        still for camera in site.cameras if (still := _still(camera, usable, points, footage, numbers)) is not None
    ]
    if stills:
        cv2.imwrite(str(target), _tiled(stills))


def _still(
    camera: Camera, usable: Sequence[Source], points: pa.Table, footage: Path, numbers: dict[str, int]
) -> ImageArray | None:
    own = points.filter(pc.equal(points["camera_id"], camera.camera_id))
    if not own.num_rows:
        return None
    instants, counts = np.unique(own["captured_at"].cast(pa.int64()).to_numpy(), return_counts=True)
    moment = int(instants[counts.argmax()])
    source = next(each for each in usable if each.camera_id == camera.camera_id and each.interval.contains(moment))
    pixels = _frame_at(source, camera, footage, moment)
    at = own["captured_at"].cast(pa.int64())
    recent = own.filter(pc.and_(pc.greater(at, moment - _TRAIL_US), pc.less_equal(at, moment)))
    return _annotated(pixels, recent.to_pylist(), moment, camera.camera_id, numbers)


def _frame_at(source: Source, camera: Camera, footage: Path, moment: Instant) -> ImageArray:
    """Return the (h, w, 3) BGR frame shown at an instant of a recording."""
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
        np.array(item.frame.pixels)
        for item in frames
        if isinstance(item, Moment) and item.frame is not None and item.interval.contains(moment)
    )


def _annotated(
    pixels: ImageArray, rows: list[dict[str, float]], moment: Instant, camera_id: str, numbers: dict[str, int]
) -> ImageArray:
    now = {row["tracklet_id"] for row in rows if row["captured_at"] == to_datetime(moment)}
    for row in rows:
        if row["tracklet_id"] not in now:
            continue
        number = numbers[str(row["identity_id"])]
        hue = np.array([[[int(180 * (_GOLDEN * number % 1)), 210, 240]]], np.uint8)
        colour = tuple(int(value) for value in cv2.cvtColor(hue, cv2.COLOR_HSV2BGR)[0, 0])
        cv2.circle(pixels, (round(row["foot_x"]), round(row["foot_y"])), 2, colour, -1)
        if row["captured_at"] == to_datetime(moment):
            low, high = (round(row["x_min"]), round(row["y_min"])), (round(row["x_max"]), round(row["y_max"]))
            cv2.rectangle(pixels, low, high, colour, 2)
            _write(pixels, str(number + 1), (low[0], max(low[1] - 4, 12)), colour)
    _write(pixels, f"{camera_id}  {to_datetime(moment):%Y-%m-%d %H:%M:%S} UTC", (8, 18), (255, 255, 255))
    return pixels


def _write(pixels: ImageArray, text: str, at: tuple[int, int], colour: tuple[int, ...]) -> None:
    (width, height), _ = cv2.getTextSize(text, _FONT, 0.5, 1)
    cv2.rectangle(pixels, (at[0] - 2, at[1] - height - 2), (at[0] + width + 2, at[1] + 3), (0, 0, 0), -1)
    cv2.putText(pixels, text, at, _FONT, 0.5, colour, 1, cv2.LINE_AA)


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
