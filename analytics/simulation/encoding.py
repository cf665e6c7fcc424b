"""Pictures to an H.264 file as a recorder writes it: regular key frames, real presentation times, no sound."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

from analytics.simulation.recorder import CLOCK_HZ
from analytics.simulation.scene import IntArray, RgbImage

KEY_FRAME_EVERY_S = 2.0
QUALITY_CRF = 30
"""x264's constant rate factor: what a recorder keeps of a camera's picture at about 0.2 bits a pixel or less."""


def write_video(
    path: Path,
    pictures: Iterable[RgbImage],
    ticks: IntArray,
    *,
    size_px: tuple[int, int],
    frame_rate_hz: float,
    duration_s: float,
    crf: int = QUALITY_CRF,
) -> None:
    """Encode pictures. The same pictures give the same bytes on one machine with one version of the encoder.

    Args:
        path: the file, `.mp4`; it is replaced.
        pictures: (height, width, 3) RGB, one for each tick.
        ticks: (n,) presentation times, ticks of `CLOCK_HZ`, rising from 0.
        size_px: width and height, even numbers.
        frame_rate_hz: nominal rate.
        duration_s: when the last picture ends.
        crf: x264's constant rate factor; lower is better and larger.
    """
    import av

    ends = [*ticks[1:].tolist(), round(duration_s * CLOCK_HZ)]
    # bit-exact: without it the version of the library stands in the file
    with av.open(str(path), "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libx264", rate=Fraction(frame_rate_hz).limit_denominator(1001))
        stream.width, stream.height = size_px
        stream.pix_fmt = "yuv420p"
        stream.gop_size = max(1, round(KEY_FRAME_EVERY_S * frame_rate_hz))
        stream.codec_context.time_base = Fraction(1, CLOCK_HZ)
        # cameras encode while they record: no frame waits for a later one; one thread: always the same bytes
        stream.codec_context.options = {"preset": "medium", "crf": str(crf), "bf": "0", "threads": "1"}
        for picture, tick, end in zip(pictures, ticks.tolist(), ends, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.time_base = Fraction(1, CLOCK_HZ)
            frame.pts, frame.duration = tick, end - tick
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
