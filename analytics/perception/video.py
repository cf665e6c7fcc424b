"""A segment's frames in order of presentation time, each with what it stands for.

PyAV decodes; nothing is detected here. Time comes from presentation timestamps alone, except for raw streams,
which have none: there the camera's stated rate is the only clock.
"""

import math
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analytics.errors import RecordingError
from analytics.geometry import ImageArray
from analytics.perception.frame import Frame
from analytics.perception.masks import blacken
from analytics.perception.segments import Segment
from analytics.settings import Sampling
from analytics.sites import Camera
from analytics.timebase import MICROSECONDS, Instant, Interval, seconds_us

RAW_FORMATS = frozenset({"h264", "hevc", "m4v", "mpegvideo", "mjpeg", "obu", "vvc"})
"""FFmpeg demuxers of bare streams; the times that they report are made up from a default rate."""

FORMATS = (
    "mov,mp4,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,dhav,ivf,mxf,nut,h264,hevc,vvc,m4v,mjpeg,mpegvideo,mpjpeg,obu,rm"
)
"""FFmpeg demuxers that may open a file: those of recordings. Playlists, which open other files, are not there."""

MAX_PIXELS = 40_000_000
"""Larger frames are refused: 40 megapixels are 120 MB a frame, more than any camera of a site gives."""

OPEN_TIMEOUT_S = 60.0
"""A disk that does not answer for this long is told as the file's fault."""

MAX_DAMAGED_PACKETS = 500
"""Packets in a row that fail to decode before the rest of a file is given up (20 s of 25 frames/s)."""


_UNKNOWN_RATE_HZ = 25.0
"""Stands for the length of a recording's only frame."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One decoded frame and the time it stands for.

    Attributes:
        interval: from its instant to the next frame's, UTC.
        frame: the upright, masked picture, or None where it was not sampled or is damaged.
        is_corrupt: the decoder marked it as damaged.
        is_own: it belongs to the segment; the others lie up to `overlap_s` before or after it, in a neighbour.
        is_break: time jumped before it or the picture changed its size: no track continues across.
    """

    interval: Interval
    frame: Frame | None
    is_corrupt: bool
    is_own: bool
    is_break: bool


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something in the file that kept a part of it from being used.

    Attributes:
        reason: a sentence for the recordings table.
        is_end: nothing can be decoded after it.
    """

    reason: str
    is_end: bool = False


@dataclass(frozen=True, slots=True)
class _Timed:
    """A decoded picture at its offset from the start of the recording, microseconds."""

    offset_us: int
    picture: Any


def read(path: Path, segment: Segment, camera: Camera, sampling: Sampling, threads: int) -> Iterator[Moment | Flaw]:
    """Decode a segment and `overlap_s` on either side of it, in order of time.

    A frame is sampled when it is the first of its tick of the `analysis_fps` grid, which begins with the recording.
    Whether it is depends on it and the frame before it alone, so that a cut changes nothing.

    Args:
        path: the video file.
        segment: the stretch to decode.
        camera: its stated frame rate and privacy masks.
        sampling: which frames are converted to pictures.
        threads: decoding threads, >= 1.

    Raises:
        RecordingError: the file cannot be opened, has no video, no usable time, too large a picture, or one of
            another shape than the masks are drawn on.
    """
    begins_at, overlap_us = segment.recording.starts_at, seconds_us(sampling.overlap_s)
    start_us = max(0, segment.starts_at - begins_at - overlap_us)
    end_us = None if segment.is_last else segment.ends_at - begins_at + overlap_us
    previous: _Timed | None = None
    tick: int | None = None
    usual_us = round(MICROSECONDS / (camera.frame_rate_hz or _UNKNOWN_RATE_HZ))
    is_break = False
    for item in _decode(path, camera, start_us, threads):
        if isinstance(item, Flaw):
            yield item
            continue
        if previous is not None:
            step_us = item.offset_us - previous.offset_us
            is_jump = step_us > seconds_us(sampling.max_jump_s)
            # The container counts a jump as the duration of the frame before it: that frame stands for a usual step
            usual_us = usual_us if is_jump else step_us
            if previous.offset_us >= start_us:
                yield _moment(previous, previous.offset_us + usual_us, segment, camera, sampling, tick, is_break)
            tick = _tick(previous.offset_us, sampling)
            is_break = is_jump or _size(previous.picture) != _size(item.picture)
        if end_us is not None and item.offset_us >= end_us:
            return
        previous = item
    if previous is not None and previous.offset_us >= start_us:
        yield _moment(previous, previous.offset_us + usual_us, segment, camera, sampling, tick, is_break)


def _moment(
    timed: _Timed, until_us: int, segment: Segment, camera: Camera, sampling: Sampling, tick: int | None, is_break: bool
) -> Moment:
    captured_at = segment.recording.starts_at + timed.offset_us
    is_corrupt = bool(timed.picture.is_corrupt)
    is_sampled = sampling.analysis_fps is None or _tick(timed.offset_us, sampling) != tick
    return Moment(
        interval=Interval(captured_at, segment.recording.starts_at + until_us),
        frame=_frame(timed.picture, captured_at, camera) if is_sampled and not is_corrupt else None,
        is_corrupt=is_corrupt,
        is_own=segment.owns(captured_at),
        is_break=is_break,
    )


def _tick(offset_us: int, sampling: Sampling) -> int:
    # A quarter of a tick: cameras jitter around their rate, and a tick's edge must not lie where frames fall
    # when the rate is 1, 2 or 3 times analysis_fps
    return math.floor(offset_us * (sampling.analysis_fps or 0.0) / MICROSECONDS + 0.25)


def _size(picture: Any) -> tuple[int, int]:
    return int(picture.width), int(picture.height)


def _frame(picture: Any, captured_at: Instant, camera: Camera) -> Frame:
    # By itself the conversion takes a thread for each CPU, and two workers halve each other's speed
    pixels: ImageArray = picture.to_ndarray(format="bgr24", threads=1)
    quarter_turns = round(picture.rotation / 90) % 4
    if quarter_turns:
        pixels = np.ascontiguousarray(np.rot90(pixels, quarter_turns))
    blacken(pixels, camera)
    return Frame(camera.camera_id, captured_at, pixels)


def first_frame(path: Path, camera: Camera, captured_at: Instant) -> Frame:
    """Return the first picture of a file that can be decoded, upright and masked.

    Raises:
        RecordingError: there is none, or the file or the shape of its pictures cannot be used.
    """
    for item in _decode(path, camera, 0, 1):
        if isinstance(item, _Timed) and not item.picture.is_corrupt:
            return _frame(item.picture, captured_at + item.offset_us, camera)
    raise RecordingError("has no frame that can be decoded")


def open_video(path: Path) -> Any:
    """Open a file as a recording: no playlist, no picture, nothing that leads to another file or the network.

    Raises:
        RecordingError: it is no video, or cannot be read.
    """
    import av

    try:
        return av.open(
            str(path.absolute()),
            # without it FFmpeg decodes 8192 x 8192 px to guess a frame rate: 2.7 s and 300 MB, 0.04 s and 25 MB with it
            options={"max_pixels": str(MAX_PIXELS)},
            container_options={"format_whitelist": FORMATS, "protocol_whitelist": "file"},
            metadata_errors="replace",
            timeout=(OPEN_TIMEOUT_S, None),
        )
    except av.error.ArgumentError as error:  # what FFmpeg answers when the demuxer that it chose is not in FORMATS
        raise RecordingError("is no recording but text, a playlist, a picture or sound") from error
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise RecordingError(f"cannot be opened as a video: {_brief(error)}") from error


def _decode(path: Path, camera: Camera, start_us: int, threads: int) -> Iterator[_Timed | Flaw]:
    """Yield pictures whose offsets strictly rise, from the last key frame at or before `start_us` on."""
    with closing(open_video(path)) as container:
        if not container.streams.video:
            raise RecordingError("has no video stream")
        stream = container.streams.video[0]
        stream.thread_type, stream.thread_count = "AUTO", threads
        context = stream.codec_context
        if context.width * context.height > MAX_PIXELS:
            raise RecordingError(
                f"expected frames of at most {MAX_PIXELS // 10**6} megapixels, got {context.width} x {context.height}"
            )
        is_raw = container.format.name in RAW_FORMATS
        if is_raw and camera.frame_rate_hz is None:
            raise RecordingError("is a raw stream without timestamps: state frame_rate_hz for the camera")
        if start_us and not is_raw:
            yield from _from_key_frame(container, stream, start_us)
        else:
            yield from _rising(_pictures(container, stream), stream, camera.frame_rate_hz if is_raw else None)


def _from_key_frame(container: Any, stream: Any, start_us: int) -> Iterator[_Timed | Flaw]:
    """Seek to the key frame before `start_us`; start from the beginning where the index misleads."""
    import av

    begin = stream.start_time or 0
    target = begin + int(start_us / MICROSECONDS / stream.time_base)
    try:
        container.seek(target, stream=stream, backward=True)
        items = _rising(_pictures(container, stream), stream, None)
        first = next(items, None)
    except av.error.FFmpegError:
        first = None
    if isinstance(first, _Timed) and first.offset_us <= start_us:
        yield first
        yield from items
    else:
        container.seek(begin, stream=stream, backward=True)
        yield from _rising(_pictures(container, stream), stream, None)


def _pictures(container: Any, stream: Any) -> Iterator[Any | Flaw]:
    """Yield decoded pictures in presentation order, going on past packets that cannot be decoded."""
    import av

    damaged = 0
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except (av.error.FFmpegError, OSError) as error:
            yield Flaw(f"cannot be read to its end: {_brief(error)}", is_end=True)
            return
        if packet is None:
            return
        try:
            pictures = packet.decode()
        except av.error.EOFError:
            return
        except av.error.FFmpegError as error:
            damaged += 1
            if damaged == 1:
                yield Flaw(f"has packets that cannot be decoded: {_brief(error)}")
            if damaged > MAX_DAMAGED_PACKETS:
                yield Flaw(
                    f"{MAX_DAMAGED_PACKETS} packets in a row cannot be decoded; the rest was given up", is_end=True
                )
                return
            continue
        if pictures:
            damaged = 0
        yield from pictures


def _rising(pictures: Iterator[Any | Flaw], stream: Any, rate_hz: float | None) -> Iterator[_Timed | Flaw]:
    """Give each picture its offset; leave out those whose time does not advance, saying so once."""
    begin, last_us, number, backward = stream.start_time, -1, -1, 0
    for picture in pictures:
        if isinstance(picture, Flaw):
            yield picture
            continue
        number += 1
        if picture.width * picture.height > MAX_PIXELS:
            raise RecordingError(f"expected frames of at most {MAX_PIXELS // 10**6} megapixels, got more")
        if rate_hz is not None:
            offset_us = round(number * MICROSECONDS / rate_hz)
        elif picture.pts is None:
            backward += 1
            continue
        else:
            begin = picture.pts if begin is None else begin
            offset_us = round((picture.pts - begin) * picture.time_base * MICROSECONDS)
        if offset_us <= last_us:
            backward += 1
            continue
        last_us = offset_us
        yield _Timed(offset_us, picture)
    if backward:
        yield Flaw(f"{backward} frames have no presentation time or one that runs backwards; they were left out")


def _brief(error: BaseException) -> str:
    """Return what FFmpeg or the system says, without numbers and function names."""
    return str(getattr(error, "strerror", None) or error)
