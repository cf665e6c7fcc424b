"""Pictures to an H.264 file as a recorder writes it: regular key frames, real presentation times, no sound."""

from collections.abc import Iterable
from pathlib import Path

from analytics.encoding import Encoding, Shot
from analytics.encoding import write_video as write_shots
from analytics.simulation.recorder import CLOCK_HZ
from analytics.simulation.scene import IntArray, RgbImage

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
    ends = [*ticks[1:].tolist(), round(duration_s * CLOCK_HZ)]
    timed = zip(pictures, ticks.tolist(), ends, strict=True)
    shots = (Shot(picture, tick, end - tick) for picture, tick, end in timed)
    write_shots(path, shots, Encoding(CLOCK_HZ, crf), size_px=size_px, frame_rate_hz=frame_rate_hz)
