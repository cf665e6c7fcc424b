"""Pictures to an H.264 video, each at its own instant. The only encoder; a file appears whole or not at all."""

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from analytics.geometry import ImageArray


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture of a video.

    Attributes:
        pixels: (height, width, 3).
        tick: presentation time, ticks of the video's clock from its begin, >= 0.
        duration: how long it is shown, ticks, > 0.
    """

    pixels: ImageArray
    tick: int
    duration: int


@dataclass(frozen=True, slots=True)
class Encoding:
    """How pictures are encoded.

    Attributes:
        clock_hz: ticks a second of presentation times.
        crf: x264's constant rate factor; lower is better and larger.
        preset: x264's preset, its effort.
        threads: of the encoder; 0: as many as the machine has. One thread always gives the same bytes.
        channels: order of the pictures' channels.
        is_streamed: the index stands in front, so that a browser plays the file while it loads it.
        key_frame_every_s: longest time from one picture that can be jumped to, to the next.
    """

    clock_hz: int
    crf: int
    preset: str = "medium"
    threads: int = 1
    channels: Literal["rgb24", "bgr24"] = "rgb24"
    is_streamed: bool = False
    key_frame_every_s: float = 2.0


def write_video(
    path: Path, shots: Iterable[Shot], encoding: Encoding, *, size_px: tuple[int, int], frame_rate_hz: float
) -> int:
    """Encode pictures as an MP4 file without sound; return how many.

    The file is written under a name of its own beside its place, and takes its place when it is whole: whatever
    stops the writing leaves what was there before.

    Args:
        path: the file; it is replaced.
        shots: pictures of one size; ticks strictly rise.
        encoding: how.
        size_px: width and height, even numbers.
        frame_rate_hz: nominal rate, which decides nothing but how far key frames are apart.

    Raises:
        OSError: the file cannot be written.
    """
    import av

    draft = path.with_name(f".{path.name}.unfinished")
    # bit-exact: without it the version of the library stands in the file
    options = {"fflags": "+bitexact", **({"movflags": "+faststart"} if encoding.is_streamed else {})}
    clock = Fraction(1, encoding.clock_hz)
    count = 0
    try:
        with closing(av.open(str(draft.absolute()), "w", format="mp4", options=options)) as container:
            stream = container.add_stream("libx264", rate=Fraction(frame_rate_hz).limit_denominator(1001))
            stream.width, stream.height = size_px
            stream.pix_fmt = "yuv420p"
            stream.gop_size = max(1, round(encoding.key_frame_every_s * frame_rate_hz))
            stream.codec_context.time_base = clock
            # no frame waits for a later one, as in cameras: the first one begins at 0 without an edit list
            effort = {"preset": encoding.preset, "crf": str(encoding.crf), "bf": "0", "threads": str(encoding.threads)}
            stream.codec_context.options = effort
            lasting: dict[int, int] = {}
            for shot in shots:
                frame = av.VideoFrame.from_ndarray(shot.pixels, format=encoding.channels)
                frame.time_base = clock
                frame.pts = shot.tick
                lasting[shot.tick] = shot.duration
                _mux(container, stream.encode(frame), lasting)
                count += 1
            _mux(container, stream.encode(None), lasting)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return count


def _mux(container: Any, packets: Iterable[Any], lasting: dict[int, int]) -> None:
    """Write packets with the time that each lasts, which x264 does not pass on: the last one would get a usual time."""
    for packet in packets:
        packet.duration = lasting.pop(packet.pts)
        container.mux(packet)
