"""What one file is: opened once, one frame decoded, every packet's time read.

Bad input never raises: whatever is wrong with a file becomes the reason of its `Probe`. Nothing here knows
cameras, clocks or the file's name, so that a probe is as good tomorrow as today.
"""

import math
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np

from analytics.discovery.boxes import Structure, read_riff, read_structure
from analytics.discovery.content import content_key
from analytics.errors import RecordingError
from analytics.geometry import FloatArray
from analytics.perception.video import MAX_PIXELS, RAW_FORMATS, open_video
from analytics.timebase import Instant, to_instant

VERSION = 1
"""Goes up when the same file would give another probe; older ones in the cache are made again."""

MAX_STEP_S = 3600.0
"""A step of presentation time above this is damage, not a pause: what lies behind it is left out."""

MAX_DURATION_S = 7 * 86_400.0
"""No recorder writes files longer than a week; a file that says so has damaged times."""

_MAX_PACKETS = 50_000_000
_MAX_FIRST_PACKETS = 600
"""Packets tried for a first frame: 24 s of 25 frames/s, more than any distance between key frames."""

_MISSING_S = 0.5  # containers count sound that goes on after the last frame

_OLDEST_CREATION = datetime(1990, 1, 1, tzinfo=UTC)  # unset clocks say 1904 or 1970
_STILL_IMAGES = {b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF", b"BM": "BMP", b"II*\0": "TIFF"}


@dataclass(frozen=True, slots=True)
class Probe:
    """What a file turned out to be.

    Attributes:
        status: complete, partial (can be used as far as it goes) or quarantined.
        reason: why it is not complete, or what is odd about it.
        content_key: hash of the content, or None when it cannot be read.
        codec: FFmpeg's name of the video codec.
        width_px: width of the upright frame.
        height_px: height of the upright frame.
        declared_s: duration that the container declares.
        measured_s: from the first frame to the end of the last, by its packets; None without timestamps.
        frame_count: video packets.
        frame_rate_hz: nominal rate.
        has_timestamps: False for raw streams, whose rate has to be stated.
        created_at: UTC instant of the container's creation_time.
        is_surely_closed: its structure proves that the recorder has finished it.
    """

    status: Literal["complete", "partial", "quarantined"]
    reason: str | None = None
    content_key: str | None = None
    codec: str | None = None
    width_px: int | None = None
    height_px: int | None = None
    declared_s: float | None = None
    measured_s: float | None = None
    frame_count: int = 0
    frame_rate_hz: float | None = None
    has_timestamps: bool = True
    created_at: Instant | None = None
    is_surely_closed: bool = False


def probe(path: Path) -> Probe:
    """Look into an ordinary file; never raises for what is in it, nor for a file that cannot be read or is gone."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return Probe("quarantined", "its name is not UTF-8: rename it")
    try:
        if path.stat().st_size == 0:
            return Probe("quarantined", "is empty (0 bytes)", content_key(path))
        structure = read_structure(path) or read_riff(path)
        key = content_key(path)
    except OSError as error:
        return Probe("quarantined", f"cannot be read: {error.strerror or error}; check its permissions and the disk")
    is_closed = structure is not None and structure.is_surely_closed
    try:
        seen = _look_into(path, structure)
    except RecordingError as error:
        return Probe("quarantined", error.reason, key, is_surely_closed=is_closed)
    return replace(seen, content_key=key, is_surely_closed=is_closed)


def _look_into(path: Path, structure: Structure | None) -> Probe:
    _refuse_still_image(path)
    if structure is not None and not structure.has_index:
        raise RecordingError(
            "has no index (moov): the recorder did not close the file, or it was cut; repair it (untrunc) or remove it"
        )
    container = open_video(path)
    with closing(container):
        stream = _video_stream(container)
        is_raw = container.format.name in RAW_FORMATS
        width_px, height_px, times_s, problem = _read_packets(container, stream)
        probed = Probe(
            status="complete",
            codec=stream.codec_context.name,
            width_px=width_px,
            height_px=height_px,
            frame_count=len(times_s),
            frame_rate_hz=_rate(stream),
            has_timestamps=not is_raw,
            created_at=_creation(container),
        )
        if is_raw:
            if len(times_s) == 1:
                raise RecordingError("is a still image, not a recording")
            return _judged(probed, [problem])
        declared_s = _declared_s(container, stream)
        measured_s, jump = _measured(times_s, probed.frame_rate_hz)
    flaws = [problem, jump, _cut(structure, path, container.format.name), _short(declared_s, measured_s)]
    return _judged(replace(probed, declared_s=declared_s, measured_s=measured_s), flaws)


def _refuse_still_image(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise RecordingError(f"cannot be read: {_brief(error)}") from error
    name = next((name for magic, name in _STILL_IMAGES.items() if head.startswith(magic)), None)
    # a stream of JPEG pictures begins like a picture: its number of frames tells
    if name is not None and not (name == "JPEG" and path.suffix.lower() in {".mjpeg", ".mjpg"}):
        raise RecordingError(f"is a still image ({name}), not a recording")


def _video_stream(container: Any) -> Any:
    import av

    if not container.streams.video:
        kinds = sorted({stream.type for stream in container.streams})
        raise RecordingError("has no video stream" + (f", only {' and '.join(kinds)}" if kinds else ""))
    stream = container.streams.video[0]
    if stream.disposition & av.stream.Disposition.attached_pic:
        raise RecordingError("has no video stream, only sound with a cover picture")
    context = stream.codec_context
    if context is None:
        raise RecordingError("has a video stream of a codec that cannot be decoded")
    _refuse_large(context.width, context.height)
    # a frame may state another size than the container: the decoder must refuse it before it takes memory
    context.options = {"max_pixels": str(MAX_PIXELS)}
    context.thread_type, context.thread_count = "SLICE", 1
    return stream


def _refuse_large(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise RecordingError(f"expected frames of at most {MAX_PIXELS // 10**6} megapixels, got {width} x {height}")


def _read_packets(container: Any, stream: Any) -> tuple[int, int, FloatArray, str | None]:
    """Decode until there is a frame, then only read on.

    Returns:
        Width and height of the upright frame, px; the (n, 2) time and duration of each packet, s, NaN where it has
        none; and what kept the rest from being read.
    """
    import av

    size: tuple[int, int] | None = None
    times: list[tuple[float, float]] = []
    cut_count, problem = 0, None
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except (av.error.FFmpegError, OSError) as error:
            problem = f"cannot be read to its end: {_brief(error)}"
            break
        if packet is None or len(times) >= _MAX_PACKETS:
            break
        if size is None and len(times) < _MAX_FIRST_PACKETS:
            size = _size_of_first(packet)
        if packet.size:
            times.append(_time_of(packet))
            cut_count += packet.is_corrupt
    if size is None:
        raise RecordingError(
            f"has no frame that can be decoded in {len(times)} packets: damaged, or larger than "
            f"{MAX_PIXELS // 10**6} megapixels" + (f"; {problem}" if problem else "")
        )
    if cut_count and not problem:
        problem = f"has damaged packets ({cut_count} of {len(times)})"
    return *size, np.array(times, np.float64).reshape(-1, 2), problem


def _size_of_first(packet: Any) -> tuple[int, int] | None:
    """Return the upright size of the first frame that a packet gives, or None."""
    import av

    try:
        frames = packet.decode()
    except (av.error.FFmpegError, ValueError):  # a damaged packet; the next may do
        return None
    if not frames:
        return None
    _refuse_large(frames[0].width, frames[0].height)
    is_turned = round(frames[0].rotation / 90) % 2 == 1
    return (frames[0].height, frames[0].width) if is_turned else (frames[0].width, frames[0].height)


def _time_of(packet: Any) -> tuple[float, float]:
    at = packet.pts if packet.pts is not None else packet.dts
    if at is None or packet.time_base is None:
        return math.nan, math.nan
    return float(at * packet.time_base), float((packet.duration or 0) * packet.time_base)


def _measured(times_s: FloatArray, rate_hz: float | None) -> tuple[float, str | None]:
    """Return the time from the first frame to the end of the last, and what is wrong with the times."""
    known = times_s[~np.isnan(times_s[:, 0])]
    if len(known) == 0:
        raise RecordingError("its frames carry no times: remux it with a stated frame rate")
    known = known[np.argsort(known[:, 0], kind="stable")]
    starts, lengths = known[:, 0], known[:, 1]
    jumps = np.flatnonzero(np.diff(starts) > MAX_STEP_S)
    last = int(jumps[0]) if len(jumps) else len(starts) - 1
    step_s = lengths[last] or (float(np.median(np.diff(starts[: last + 1]))) if last else 1 / (rate_hz or 25.0))
    flaw = f"{len(starts) - 1 - last} frames behind a jump of the clock by hours are left out" if len(jumps) else None
    measured_s = float(starts[last] - starts[0] + step_s)
    if measured_s > MAX_DURATION_S:
        raise RecordingError(f"expected at most a week of frames, its times span {measured_s / 86_400:.0f} days")
    return measured_s, flaw


def _declared_s(container: Any, stream: Any) -> float | None:
    if stream.duration is not None and stream.duration > 0:
        return float(stream.duration * float(stream.time_base))
    if container.duration is None or container.duration <= 0:
        return None
    # Matroska's and FLV's duration counts from 0, not from the first frame
    begin = max(0, container.start_time or 0) if container.format.name.startswith(("matroska", "flv")) else 0
    return max(0.0, float(container.duration - begin) / 1e6)


def _short(declared_s: float | None, measured_s: float) -> str | None:
    if declared_s is None or measured_s >= declared_s - max(_MISSING_S, 0.001 * declared_s):
        return None
    return f"holds {measured_s:.1f} s of the {declared_s:.1f} s that it declares"


def _cut(structure: Structure | None, path: Path, format_name: str) -> str | None:
    if structure is not None and structure.missing_bytes:
        return f"is cut: its last {structure.missing_bytes} bytes are missing"
    if structure is not None and structure.stray_bytes:
        return f"ends in {structure.stray_bytes} damaged bytes"
    if format_name == "mpegts" and all(path.stat().st_size % length for length in (188, 192, 204)):
        return "is cut: it ends within a packet"
    return None


def _judged(probed: Probe, flaws: list[str | None]) -> Probe:
    reasons = [flaw for flaw in flaws if flaw]
    return replace(probed, status="partial", reason="; ".join(reasons)) if reasons else probed


def _rate(stream: Any) -> float | None:
    rate = stream.average_rate or stream.guessed_rate
    return float(rate) if rate else None


def _creation(container: Any) -> Instant | None:
    text = str(container.metadata.get("creation_time", ""))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return to_instant(moment) if moment >= _OLDEST_CREATION else None


def _brief(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error)
