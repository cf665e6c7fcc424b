"""Files that are broken in every way that recorders, disks and people break them, each with what may come of it.

    bad = write_bad_files(footage, count=200)
    for each in bad: assert row[each.path]["status"] in each.expected

Files have names of the default layout, a minute apart, in the folders of `CAMERAS` and of `UNKNOWN_CAMERA`.
"""

import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from io import BytesIO
from itertools import cycle, islice
from pathlib import Path

import av
import cv2
import numpy as np

from tests.builders.scenes import crossing_scene
from tests.builders.video import set_modified, write_video

CAMERAS = ("cam1", "cam2", "cam3")
UNKNOWN_CAMERA = "cam9"

REFUSED = frozenset({"quarantined"})
UNPARSED = frozenset({"unparsed"})
DAMAGED = frozenset({"partial", "quarantined"})
SOUND = frozenset({"complete"})
ANY = frozenset({"complete", "partial", "quarantined"})
"""Flipped bits inside a picture are seen only when it is decoded."""

_BEGINS_AT = datetime(2026, 1, 5, 0, 0, tzinfo=UTC)
_CONTAINERS = ("mp4", "fmp4", "mkv", "ts", "avi", "mov", "webm", "flv")
_SUFFIX = {"fmp4": "mp4"}


@dataclass(frozen=True)
class BadFile:
    """One broken file.

    Attributes:
        path: path below the footage folder.
        kind: in which way it is broken.
        expected: statuses that are right for it.
    """

    path: str
    kind: str
    expected: frozenset[str]


@dataclass(frozen=True)
class _Recipe:
    """How to make one: `make` writes the file, given its place and the folder of sound videos."""

    kind: str
    suffix: str
    expected: frozenset[str]
    make: Callable[[Path, Path], None]
    name: str | None = None
    camera_id: str | None = None


def write_bad_files(footage: Path, count: int = 200) -> tuple[BadFile, ...]:
    """Write different broken files below a folder; the same ones each time.

    Args:
        footage: the footage folder.
        count: how many; above the number of single kinds, cuts and flipped bytes at ever other places.
    """
    sound = footage.parent / f"{footage.name}-sound"
    _write_sound(sound)
    cameras = cycle(CAMERAS)
    written = []
    for number, recipe in enumerate(islice(_recipes(), count)):
        at = _BEGINS_AT + timedelta(minutes=number)
        name = recipe.name or f"{at:%Y%m%dT%H%M%SZ}"
        path = footage / (recipe.camera_id or next(cameras)) / f"{name}.{recipe.suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        recipe.make(path, sound)
        if path.is_file():
            set_modified(path)
        written.append(BadFile(path.relative_to(footage).as_posix(), recipe.kind, recipe.expected))
    return tuple(written)


def _write_sound(folder: Path) -> None:
    """Write one sound video of each container, whole second names, 2 s of 160 x 120."""
    scene = crossing_scene("sound", people=2, duration_s=2.0, seed=5, width_px=160, height_px=120)
    for container in _CONTAINERS:
        path = folder / f"{container}.{_SUFFIX.get(container, container)}"
        write_video(scene, path, is_fragmented=container == "fmp4", key_frame_every=5)
    write_video(scene, folder / "raw.264")
    write_video(scene, folder / "motion.avi", codec="mjpeg")
    _write_sound_only(folder / "tone.m4a", "aac")
    _write_sound_only(folder / "tone.mka", "aac")


def _recipes() -> Iterator[_Recipe]:
    """Yield the single kinds first, then cuts and flips without end."""
    yield from _empty_and_alien()
    yield from _pretenders()
    yield from _too_large()
    yield from _damaged_structure()
    yield from _misplaced()
    for number, container in enumerate(cycle(_CONTAINERS)):
        suffix = _SUFFIX.get(container, container)
        share = 0.02 + 0.95 * ((number * 0.618034) % 1.0)
        cut_off = REFUSED if container in ("mp4", "mov") else ANY
        yield _Recipe(f"cut {container} at {share:.2f}", suffix, cut_off, _cut(container, share))
        yield _Recipe(f"flipped {container} {number}", suffix, ANY, _flipped(container, 40, number, 0.0, 1.0))
        yield _Recipe(f"flipped head of {container} {number}", suffix, ANY, _flipped(container, 6, number, 0.0, 0.03))


def _empty_and_alien() -> Iterator[_Recipe]:
    for suffix in ("mp4", "mkv", "ts", "avi", "264"):
        yield _Recipe(f"empty {suffix}", suffix, REFUSED, _bytes(b""))
    yield _Recipe("one byte", "mp4", REFUSED, _bytes(b"\0"))
    for suffix in ("mp4", "ts", "264"):
        yield _Recipe(f"zeros {suffix}", suffix, REFUSED, _bytes(bytes(100_000)))
    for suffix in ("mp4", "mkv", "ts", "avi", "264", "mjpeg"):
        random = np.random.default_rng(len(suffix)).bytes(50_000)
        yield _Recipe(f"noise {suffix}", suffix, REFUSED, _bytes(random))
    for suffix in ("mp4", "txt", "mkv"):
        yield _Recipe(f"text {suffix}", suffix, REFUSED, _bytes(b"this is no video\n" * 500))
    for head in (b"PK\x03\x04", b"%PDF-1.7\n", b"\x1f\x8b\x08\0"):
        yield _Recipe(f"archive {head[:2]!r}", "mp4", REFUSED, _bytes(head + bytes(range(256)) * 40))
    yield _Recipe("folder", "mp4", REFUSED, lambda path, _: path.mkdir())
    yield _Recipe("dangling link", "mp4", REFUSED, lambda path, _: path.symlink_to(path.parent / "nowhere.mp4"))
    yield _Recipe("pipe", "mp4", REFUSED, lambda path, _: os.mkfifo(path))


def _pretenders() -> Iterator[_Recipe]:
    for ending in (".png", ".jpg", ".bmp", ".tiff"):
        for suffix in ("mp4", "ts"):
            yield _Recipe(f"picture {ending} as {suffix}", suffix, REFUSED, _picture(ending))
    yield _Recipe("one JPEG as mjpeg", "mjpeg", REFUSED, _picture(".jpg"))
    yield _Recipe("sound only mp4", "mp4", REFUSED, _copy("tone.m4a"))
    yield _Recipe("sound only mkv", "mkv", REFUSED, _copy("tone.mka"))
    for text in (
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile raw.264\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"></MPD>',
    ):
        yield _Recipe(f"playlist {text[:8]!r}", "mp4", REFUSED, _bytes(text.encode()))
    yield _Recipe("mkv named mp4", "mp4", SOUND, _copy("mkv.mkv"))
    yield _Recipe("mp4 named avi", "avi", SOUND, _copy("mp4.mp4"))


def _too_large() -> Iterator[_Recipe]:
    yield _Recipe("large frames, AVI says so", "avi", REFUSED, _large_motion_jpeg(in_header=True))
    yield _Recipe("large frames, AVI says small", "avi", REFUSED, _large_motion_jpeg(in_header=False))
    for blocks in (512, 1024, 4096):
        yield _Recipe(f"large frames, H.264 of {blocks} blocks", "264", REFUSED, _bytes(_large_h264(blocks)))
    yield _Recipe("large frames, MPEG-TS says small", "ts", ANY, _write_large_ts)


def _damaged_structure() -> Iterator[_Recipe]:
    box = struct.pack(">I4s", 16, b"ftyp") + b"isomisom"
    yield _Recipe("MP4 of a type box", "mp4", REFUSED, _bytes(box))
    yield _Recipe("MP4 with a box of 2^60 bytes", "mp4", REFUSED, _bytes(box + struct.pack(">I4sQ", 1, b"mdat", 2**60)))
    yield _Recipe("MP4 with an index of 4 GB", "mp4", REFUSED, _bytes(box + struct.pack(">I4s", 2**32 - 1, b"moov")))
    yield _Recipe("MP4 with an empty index", "mp4", REFUSED, _bytes(box + struct.pack(">I4s", 8, b"moov")))
    yield _Recipe("MP4 of 100,000 boxes", "mp4", REFUSED, _bytes(box + struct.pack(">I4s", 8, b"free") * 100_000))
    yield _Recipe("MKV header only", "mkv", REFUSED, _head("mkv", 200))
    yield _Recipe("AVI header only", "avi", REFUSED, _head("avi", 300))
    yield _Recipe("MPEG-TS tables only", "ts", REFUSED, _head("ts", 188 * 3))
    yield _Recipe("MP4 with zeros behind", "mp4", DAMAGED, _surrounded("mp4", b"", bytes(5000)))
    yield _Recipe("MKV with noise behind", "mkv", ANY, _surrounded("mkv", b"", bytes(range(1, 256)) * 20))
    yield _Recipe("MPEG-TS with noise before", "ts", ANY, _surrounded("ts", bytes(range(256)) * 10, b""))
    yield _Recipe("MP4 with noise before", "mp4", DAMAGED, _surrounded("mp4", bytes(range(256)) * 400, b""))
    for container in ("mp4", "mkv", "ts", "avi"):
        suffix = _SUFFIX.get(container, container)
        yield _Recipe(f"zeros in the middle of {container}", suffix, ANY, _zeroed(container))


def _misplaced() -> Iterator[_Recipe]:
    for name in ("20261332T250000Z", "door", "20260105", "2026-01-05 10.00", "00000101T000000Z"):
        yield _Recipe(f"name {name}", "mkv", UNPARSED, _copy("mkv.mkv"), name=name)
    yield _Recipe("unknown camera", "mp4", UNPARSED, _copy("mp4.mp4"), camera_id=UNKNOWN_CAMERA)
    yield _Recipe("raw without a rate", "264", REFUSED, _copy("raw.264"))
    yield _Recipe("name with control characters", "mkv", UNPARSED, _copy("mkv.mkv"), name="a\tb\x07")


def _bytes(content: bytes) -> Callable[[Path, Path], None]:
    return lambda path, _: _write(path, content)


def _copy(name: str) -> Callable[[Path, Path], None]:
    return lambda path, sound: _write(path, (sound / name).read_bytes())


def _head(container: str, size: int) -> Callable[[Path, Path], None]:
    return lambda path, sound: _write(path, _content(sound, container)[:size])


def _cut(container: str, share: float) -> Callable[[Path, Path], None]:
    def make(path: Path, sound: Path) -> None:
        content = _content(sound, container)
        _write(path, content[: int(len(content) * share)])

    return make


def _flipped(container: str, count: int, seed: int, low: float, high: float) -> Callable[[Path, Path], None]:
    def make(path: Path, sound: Path) -> None:
        content = bytearray(_content(sound, container))
        places = np.random.default_rng(seed).integers(int(len(content) * low), max(1, int(len(content) * high)), count)
        for place in places:
            content[int(place)] ^= 1 << (int(place) % 8)
        _write(path, bytes(content))

    return make


def _zeroed(container: str) -> Callable[[Path, Path], None]:
    def make(path: Path, sound: Path) -> None:
        content = _content(sound, container)
        third = len(content) // 3
        _write(path, content[:third] + bytes(third) + content[2 * third :])

    return make


def _surrounded(container: str, before: bytes, after: bytes) -> Callable[[Path, Path], None]:
    return lambda path, sound: _write(path, before + _content(sound, container) + after)


def _picture(ending: str) -> Callable[[Path, Path], None]:
    pixels = crossing_scene(duration_s=1.0, width_px=160, height_px=120).draw(0.0)
    return lambda path, _: _write(path, cv2.imencode(ending, pixels)[1].tobytes())


def _large_motion_jpeg(*, in_header: bool) -> Callable[[Path, Path], None]:
    """Return a maker of Motion JPEG whose pictures claim 12,000 x 12,000 px: FFmpeg alone would decode them."""

    def make(path: Path, sound: Path) -> None:
        content = (sound / "motion.avi").read_bytes()
        small, large = struct.pack(">HH", 120, 160), struct.pack(">HH", 12_000, 12_000)
        content = content.replace(b"\xff\xc0\x00\x11\x08" + small, b"\xff\xc0\x00\x11\x08" + large)
        if in_header:
            content = content.replace(struct.pack("<II", 160, 120), struct.pack("<II", 12_000, 12_000))
        _write(path, content)

    return make


def _large_h264(blocks: int) -> bytes:
    """Return a bare H.264 stream whose parameter set claims blocks x blocks macroblocks of 16 px.

    512 blocks are 8192 px: more than the project takes, less than FFmpeg itself refuses.
    """

    def golomb(value: int) -> str:
        binary = f"{value + 1:b}"
        return "0" * (len(binary) - 1) + binary

    def unit(kind: int, bits: str) -> bytes:
        padded = bits + "1" + "0" * (-(len(bits) + 1) % 8)
        return b"\0\0\0\1" + bytes([kind]) + int(padded, 2).to_bytes(len(padded) // 8, "big")

    profile = f"{66:08b}{0:08b}{51:08b}"
    numbers = [0, 0, 2, 0]  # set 0, frame numbers of 4 bits, order type 2, no reference frames
    size = golomb(blocks - 1) * 2
    sequence = profile + "".join(map(golomb, numbers)) + "0" + size + "1" + "1" + "0" + "0"
    picture = golomb(0) * 2 + "0" + "0" + golomb(0) * 3 + "0" + "00" + golomb(0) * 3 + "000"
    slices = b"".join(unit(0x65, golomb(0) + golomb(7) + golomb(0) + "0000" + golomb(0) + "1" * 400) for _ in range(5))
    return (unit(0x67, sequence) + unit(0x68, picture) + slices) * 4


def _write_large_ts(path: Path, _: Path) -> None:
    """Write a stream whose header says 320 px and whose pictures say 8192 px."""
    sequence, settings, *slices = _large_h264(512).split(b"\0\0\0\1")[1:8]
    with (
        av.open(BytesIO(_large_h264(20)), format="h264") as small,
        av.open(str(path), "w", options={"fflags": "+bitexact"}) as container,
    ):
        stream = container.add_stream_from_template(small.streams.video[0])
        for number in range(20):
            packet = av.Packet(b"".join(b"\0\0\0\1" + unit for unit in (sequence, settings, *slices)))
            packet.stream, packet.time_base, packet.is_keyframe = stream, Fraction(1, 90_000), True
            packet.pts = packet.dts = number * 9000
            container.mux(packet)


def _write_sound_only(path: Path, codec: str) -> None:
    form = "matroska" if path.suffix == ".mka" else "mp4"
    with av.open(str(path), "w", format=form, options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream(codec, rate=16_000)
        stream.layout = "mono"
        tone = np.sin(np.arange(16_000, dtype=np.float32) / 10)[None]
        for number in range(0, 16_000 - 1023, 1024):
            frame = av.AudioFrame.from_ndarray(tone[:, number : number + 1024], format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 16_000, number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _content(sound: Path, container: str) -> bytes:
    return (sound / f"{container}.{_SUFFIX.get(container, container)}").read_bytes()


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
