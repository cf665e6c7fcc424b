"""A simulated recorder's plan: names by the camera's clock, whole files, rising times."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.simulation.recorder import CLOCK_HZ, Recorder, first_frames, reels
from analytics.timebase import to_instant
from tests.builders.video import instant

START = instant("20260105T100000Z")


def test_an_even_recorder_has_every_frame() -> None:
    """Ten seconds at 10 frames a second in files of four: 40, 40 and 20 frames, every 100 ms, to the microsecond."""
    files = reels("cam", Recorder(10.0, 4), START, 10.0, seed=1)
    assert [reel.name for reel in files] == ["20260105T100000Z.mp4", "20260105T100004Z.mp4", "20260105T100008Z.mp4"]
    assert [len(reel.ticks) for reel in files] == [40, 40, 20]
    times = np.concatenate([reel.captured_at() for reel in files])
    assert (times == START + np.arange(100) * 100_000).all()
    assert first_frames(files) == {files[0].name: 0, files[1].name: 40, files[2].name: 80}


@given(
    rate=st.floats(1, 30),
    jitter=st.floats(0, 0.2),
    dropped=st.floats(0, 0.9),
    error=st.floats(-30, 30),
    length=st.floats(0.5, 20),
    seed=st.integers(0, 99),
)
def test_times_rise_and_stay_inside(
    rate: float, jitter: float, dropped: float, error: float, length: float, seed: int
) -> None:
    """Whatever goes wrong, a file begins when its name says, its times rise, and it ends before the next begins."""
    files = reels("cam", Recorder(rate, 5, jitter, dropped, error), START, length, seed)
    for number, reel in enumerate(files):
        shown = to_instant(datetime.strptime(reel.name, "%Y%m%dT%H%M%SZ.mp4").replace(tzinfo=UTC))
        assert reel.starts_at == shown - round(error * 1e6)
        assert reel.ticks[0] == 0
        assert (np.diff(reel.ticks) > 0).all()
        assert START <= reel.starts_at < reel.ends_at <= START + round(length * 1e6)
        assert reel.captured_at()[-1] < reel.ends_at
        if number:
            assert files[number - 1].ends_at == reel.starts_at


def test_losses_and_jitter_are_as_large_as_stated() -> None:
    """Of a thousand frames about a tenth is lost; the others lie at most 20 ms off."""
    (reel,) = reels("cam", Recorder(10.0, 100, 0.02, 0.1), START, 100.0, seed=3)
    assert 860 < len(reel.ticks) < 940
    off = reel.ticks - np.round(reel.ticks / (CLOCK_HZ / 10)) * (CLOCK_HZ / 10)
    assert 0.015 < np.abs(off).max() / CLOCK_HZ <= 0.0201


def test_a_missing_file_is_not_there_and_the_next_keeps_its_time() -> None:
    """What was not recorded leaves a gap."""
    files = reels("cam", Recorder(10.0, 4, missing_files=(1,)), START, 12.0, seed=1)
    assert [reel.name for reel in files] == ["20260105T100000Z.mp4", "20260105T100008Z.mp4"]


def test_a_recorder_begins_at_a_whole_second() -> None:
    """Names have no fractions, so a start that has one is refused."""
    with pytest.raises(ValueError, match="whole second"):
        reels("cam", Recorder(), START + 1, 10.0, seed=1)
