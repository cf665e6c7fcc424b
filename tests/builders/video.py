"""Small real videos of scenes, in the containers and with the defects that recorders give, and their truth.

scene = crossing_scene("cam1", people=4, duration_s=6, seed=1)
video = write_video(scene, footage / "cam1" / "20260105T090000Z.mp4", fps=10)
boxes = scene.truth(video.offsets_us)
write_motchallenge(truth_folder / "cam1.txt", boxes, video.offsets_us)
table = detections_table(boxes, scene, starts_at=instant("20260105T090000Z"))
"""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pyarrow as pa

from analytics.tables import DETECTIONS
from analytics.timebase import Instant, to_datetime, to_instant
from tests.builders.scenes import Scene, TruthBox, crossing_scene, site_scenes

__all__ = [
    "Scene",
    "TruthBox",
    "Video",
    "crossing_scene",
    "detections_table",
    "flip_bytes",
    "instant",
    "set_modified",
    "site_scenes",
    "truncate",
    "uneven_times",
    "write_footage",
    "write_motchallenge",
    "write_video",
]

_CLOCK_HZ = 90_000
_CODECS = {".webm": "libvpx", ".avi": "mpeg4"}
_SPEED = {
    "libx264": {"preset": "ultrafast", "tune": "zerolatency", "threads": "1"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:pools=1:frame-threads=1"},
    # realtime would choose its effort by the machine's load, and give other bytes each time
    "libvpx": {"deadline": "good", "cpu-used": "5", "threads": "1"},
}
MODIFIED_AT_S = 1_768_000_000
"""Time of the last change that written files get: the same footage gives the same rows, and no file is fresh."""

_RAW = frozenset({".264", ".h264", ".265", ".h265", ".hevc"})


@dataclass(frozen=True)
class Video:
    """A written video: where it is, and its frames' presentation times after the first, microseconds."""

    path: Path
    offsets_us: tuple[int, ...]
    duration_s: float


def write_video(
    scene: Scene,
    path: Path,
    *,
    fps: float = 10.0,
    times_s: Sequence[float] | None = None,
    codec: str | None = None,
    rotation_deg: int = 0,
    start_offset_s: float = 0.0,
    is_fragmented: bool = False,
    creation_time: datetime | None = None,
    key_frame_every: int = 20,
    crf: int = 23,
    from_s: float = 0.0,
    until_s: float | None = None,
) -> Video:
    """Write a scene, or its stretch [from_s, until_s), as a video; the suffix chooses the container.

    Args:
        scene: what to draw, upright.
        path: the file; folders above it are made. `.264` and `.h265` give bare streams without timestamps.
        fps: frames a second, when `times_s` is not given.
        times_s: rising presentation times of a variable rate, seconds of the scene.
        codec: FFmpeg's encoder; None: H.264, or what the container takes.
        rotation_deg: 0, 90, 180 or 270: stored turned clockwise by it, with a display matrix that turns it back.
        start_offset_s: time of the first frame on the container's clock.
        is_fragmented: fragmented MP4, as MediaMTX writes.
        creation_time: the container's creation_time.
        key_frame_every: frames between key frames.
        crf: H.264 and H.265 quality; lower is better.
        from_s: time of the scene at which the video begins.
        until_s: time of the scene at which it ends; None: its end.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    times = list(times_s) if times_s is not None else even_times(from_s, until_s or scene.duration_s, fps)
    encoder = codec or ("libx265" if path.suffix in {".265", ".h265", ".hevc"} else _CODECS.get(path.suffix, "libx264"))
    # bit-exact: Matroska would draw a random id for each file
    options = {"fflags": "+bitexact"}
    if is_fragmented:
        options["movflags"] = "+frag_keyframe+empty_moov+default_base_moof"
    form = "h264" if path.suffix == ".264" else "hevc" if path.suffix in {".265", ".h265"} else None
    with av.open(str(path), "w", format=form, options=options) as container:
        if creation_time is not None:
            container.metadata["creation_time"] = creation_time.astimezone(UTC).isoformat().replace("+00:00", "Z")
        stream = container.add_stream(encoder, rate=Fraction(fps).limit_denominator(1001))
        turned = rotation_deg % 180 != 0
        stream.width, stream.height = (scene.height_px, scene.width_px) if turned else (scene.width_px, scene.height_px)
        stream.pix_fmt = "yuvj420p" if encoder == "mjpeg" else "yuv420p"
        stream.gop_size = key_frame_every
        # mpeg4 takes clocks of at most 65535 ticks a second
        clock_hz = 1000 if encoder == "mpeg4" else _CLOCK_HZ
        stream.codec_context.time_base = Fraction(1, clock_hz)
        stream.codec_context.options = {
            **_SPEED.get(encoder, {}),
            **({"crf": str(crf)} if encoder.startswith("libx26") else {}),
        }
        if rotation_deg:
            stream.set_display_rotation(rotation_deg)
        for t_s in times:
            pixels = np.ascontiguousarray(np.rot90(scene.draw(t_s), -(rotation_deg // 90)))
            frame = av.VideoFrame.from_ndarray(pixels, format="bgr24")
            frame.time_base = Fraction(1, clock_hz)
            frame.pts = round((t_s - times[0] + start_offset_s) * clock_hz)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    set_modified(path)
    last_s = times[-1] - times[-2] if len(times) > 1 else 1 / fps
    return Video(path, _offsets_us(path, len(times), fps), times[-1] - times[0] + last_s)


def write_footage(
    footage: Path, scenes: Sequence[Scene], starts_at: datetime, *, fps: float = 10.0, file_s: float | None = None
) -> tuple[Video, ...]:
    """Write one file for each scene, or one for every `file_s` seconds of it, in the default footage layout."""
    videos = []
    for scene in scenes:
        step_s = file_s or scene.duration_s
        for number in range(math.ceil(scene.duration_s / step_s - 1e-9)):
            begin_s, end_s = number * step_s, min((number + 1) * step_s, scene.duration_s)
            at = to_datetime(to_instant(starts_at) + round(begin_s * 1e6))
            path = footage / scene.camera_id / f"{at:%Y%m%dT%H%M%SZ}.mp4"
            videos.append(write_video(scene, path, fps=fps, from_s=begin_s, until_s=end_s))
    return tuple(videos)


def even_times(from_s: float, until_s: float, fps: float) -> list[float]:
    """Return the times of a constant rate in [from_s, until_s)."""
    return [from_s + number / fps for number in range(round((until_s - from_s) * fps))]


def uneven_times(duration_s: float, fps: float, seed: int = 0) -> list[float]:
    """Return the times of a variable rate: frames dropped at random, as cameras do in the dark; whole milliseconds."""
    random = np.random.default_rng(seed)
    kept = [t_s for t_s in even_times(0.0, duration_s, fps) if t_s == 0.0 or random.random() > 0.4]
    return [round(t_s, 3) for t_s in kept]


def instant(text: str) -> Instant:
    """Return the instant of a name in the default layout, such as 20260105T090000Z."""
    return to_instant(datetime.strptime(text, "%Y%m%dT%H%M%S%z"))


def write_motchallenge(path: Path, truth: Sequence[TruthBox], offsets_us: Sequence[int]) -> None:
    """Write truth as MOTChallenge text: frame (from 1), id, left, top, width, height, 1, class, visibility."""
    numbers = {offset_us: number for number, offset_us in enumerate(offsets_us, 1)}
    lines = [
        f"{numbers[box.offset_us]},{box.identity},{box.x_min},{box.y_min},{box.x_max - box.x_min},"
        f"{box.y_max - box.y_min},1,1,{box.visibility:.3f}"
        for box in truth
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(line + "\n" for line in lines))


def detections_table(
    truth: Sequence[TruthBox],
    scene: Scene,
    *,
    starts_at: Instant,
    site_id: str = "site",
    night: date | None = None,
    segment_id: str = "truth",
    class_name: str = "person",
    min_visibility: float = 0.0,
    drop_share: float = 0.0,
    jitter_px: float = 0.0,
    seed: int = 0,
) -> pa.Table:
    """Return truth as a table of detections, as good or as bad as asked for.

    Args:
        truth: boxes of the scene.
        scene: their camera.
        starts_at: UTC instant of the recording's first frame.
        site_id: their site.
        night: their night; None: the UTC date of the start.
        segment_id: their segment.
        class_name: what they are.
        min_visibility: boxes seen less than this are not detected.
        drop_share: share of the boxes that is missed, at random.
        jitter_px: standard deviation of each side, px; sides stay inside the image.
        seed: of the misses and the jitter.
    """
    random = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    counts: dict[int, int] = {}
    for box in sorted(truth, key=lambda each: (each.offset_us, -each.visibility, each.identity)):
        is_missed = random.random() < drop_share
        sides = np.array([box.x_min, box.y_min, box.x_max, box.y_max]) + random.normal(0, 1, 4) * jitter_px
        if is_missed or box.visibility < min_visibility:
            continue
        limits = np.array([scene.width_px, scene.height_px] * 2)
        x_min, y_min, x_max, y_max = (float(side) for side in np.clip(sides, 0, limits))
        number = counts.get(box.offset_us, 0)
        counts[box.offset_us] = number + 1
        rows.append(
            {
                "site_id": site_id,
                "night": night or to_datetime(starts_at).date(),
                "segment_id": segment_id,
                "camera_id": scene.camera_id,
                "captured_at": starts_at + box.offset_us,
                "detection_no": number,
                "class_name": class_name,
                "x_min": x_min,
                "y_min": y_min,
                "x_max": max(x_min, x_max),
                "y_max": max(y_min, y_max),
                "score": round(0.5 + 0.45 * min(1.0, box.visibility), 4),
            }
        )
    return DETECTIONS.from_rows(rows)


def set_modified(path: Path, after_s: int = 0) -> None:
    """Set a file's time of the last change to `MODIFIED_AT_S` and some seconds."""
    os.utime(path, (MODIFIED_AT_S + after_s, MODIFIED_AT_S + after_s))


def truncate(path: Path, share: float) -> None:
    """Keep the first share of a file's bytes."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    set_modified(path, after_s=1)


def flip_bytes(path: Path, count: int, seed: int = 0, from_share: float = 0.1, to_share: float = 1.0) -> None:
    """Invert bytes at random places of a stretch of a file."""
    content = bytearray(path.read_bytes())
    random = np.random.default_rng(seed)
    for place in random.integers(int(len(content) * from_share), max(1, int(len(content) * to_share)), count):
        content[int(place)] ^= 0xFF
    path.write_bytes(bytes(content))
    set_modified(path, after_s=2 + seed)  # the size stays: only the time tells that it has changed


def _offsets_us(path: Path, count: int, fps: float) -> tuple[int, ...]:
    """Return the times that a player would see, after the container has rounded them."""
    if path.suffix in _RAW:
        return tuple(round(number * 1e6 / fps) for number in range(count))
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        pts = sorted(packet.pts for packet in container.demux(stream) if packet.pts is not None)
        return tuple(round((each - pts[0]) * stream.time_base * 1_000_000) for each in pts)
