"""Which frame an instant is, and which frames were analysed."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.errors import ConfigError
from analytics.evaluation.frames import FrameTimes, Stretch, evenly_spaced, sampled
from analytics.evaluation.presentation import read_times
from analytics.perception.segments import Segment
from analytics.perception.video import Moment, read
from analytics.settings import Sampling
from analytics.sites import Camera
from analytics.timebase import Interval
from tests.builders.video import crossing_scene, even_times, instant, uneven_times, write_video

START = instant("20260105T090000Z")


def whole(duration_s: float, fps: float, analysis_fps: float | None = None) -> Stretch:
    """Return an uninterrupted recording."""
    return Stretch(0, round(duration_s * fps), duration_s, analysis_fps)


@pytest.mark.parametrize("fps", [10.0, 30000 / 1001, 25.0, 7.5])
def test_every_frame_of_an_even_recording_has_its_number(fps: float) -> None:
    """Frame k of a constant rate, its time rounded to a millisecond as containers do, is k, hours later too."""
    count = 200_000
    times = evenly_spaced("rec", START, [Stretch(0, count, count / fps, None)])
    offsets_us = np.round(np.arange(count) / fps, 3) * 1e6
    assert times.number(START + offsets_us.astype(np.int64)).tolist() == list(range(1, count + 1))


def test_recording_of_one_frame() -> None:
    """One frame is frame 1, and nothing else is a frame."""
    times = evenly_spaced("rec", START, [whole(0.1, 10)])
    assert times.number(np.array([START])).tolist() == [1]
    assert times.number(np.zeros(0, np.int64)).tolist() == []


def test_instant_between_frames_is_refused() -> None:
    """A third of a frame off the even grid the rate varies: the way out is named."""
    times = evenly_spaced("rec", START, [whole(10, 10)])
    assert times.number(np.array([START + 124_000])).tolist() == [2]
    with pytest.raises(ConfigError, match=r"evenly spaced frames of recording rec, found one 0\.033 s off.*--footage"):
        times.number(np.array([START + 133_000]))


def test_instant_beyond_the_file_is_refused() -> None:
    """Tracks after the last frame of the file mean that it is another file."""
    times = FrameTimes("rec", START, np.array([0, 100_000, 250_000]), is_measured=True)
    assert times.number(np.array([START + 250_000, START])).tolist() == [3, 1]
    with pytest.raises(ConfigError, match="the footage is not what the lake was made from"):
        times.number(np.array([START + 350_000]))


def test_recording_of_which_nothing_was_decoded_is_refused() -> None:
    """Without a decoded frame there is no rate."""
    with pytest.raises(ConfigError, match="found none"):
        evenly_spaced("rec", START, [Stretch(0, 0, 0.0, None)])


def test_stretches_that_are_missing_were_not_analysed() -> None:
    """Of three segments the middle one was quarantined: its frames are numbered and not analysed."""
    stretches = [Stretch(0, 20, 2.0, None), Stretch(4_000_000, 20, 2.0, None)]
    analysed = evenly_spaced("rec", START, stretches).analysed(stretches)
    assert analysed.tolist() == [True] * 20 + [False] * 20 + [True] * 20


@given(
    st.sampled_from([5.0, 10.0, 12.5, 25.0, 30000 / 1001]),
    st.none() | st.sampled_from([1.0, 2.5, 3.0, 5.0, 10.0, 40.0]),
)
def test_cuts_change_nothing(fps: float, analysis_fps: float | None) -> None:
    """The frames analysed in segments are those analysed in one piece."""
    count, cut = 300, 121
    offset_us = round(cut / fps * 1e6)
    one = [Stretch(0, count, count / fps, analysis_fps)]
    two = [Stretch(0, cut, cut / fps, analysis_fps), Stretch(offset_us, count - cut, (count - cut) / fps, analysis_fps)]
    times = evenly_spaced("rec", START, one)
    assert times.analysed(two).tolist() == times.analysed(one).tolist()
    assert times.analysed(one).sum() == pytest.approx(min(count, count / fps * (analysis_fps or fps)), abs=2)


@pytest.mark.parametrize("analysis_fps", [None, 1.0, 3.0, 4.0, 7.0, 50.0])
@pytest.mark.parametrize("times_s", [even_times(0, 4, 12), uneven_times(4, 12, seed=3)], ids=["even", "uneven"])
def test_sampled_frames_are_those_that_perception_samples(
    tmp_path: Path, times_s: list[float], analysis_fps: float | None
) -> None:
    """The frames said to be analysed are those that reading the video gives pictures of, at the file's own times."""
    video = write_video(crossing_scene(duration_s=4), tmp_path / "cam1" / "a.mp4", times_s=times_s)
    end = START + round(video.duration_s * 1e6)
    segment = Segment("s", "rec", "site", "cam1", None, "a.mp4", "", Interval(START, end), START, end, True)
    sampling = Sampling(analysis_fps=analysis_fps)
    moments = [m for m in read(video.path, segment, Camera(camera_id="cam1"), sampling, 1) if isinstance(m, Moment)]
    times = read_times(video.path, "rec", START)
    assert times.offsets_us.tolist() == list(video.offsets_us)
    assert sampled(times.offsets_us, analysis_fps).tolist() == [moment.frame is not None for moment in moments]


def test_file_without_frames_is_refused(tmp_path: Path) -> None:
    """Footage that is missing or no video is named."""
    (tmp_path / "a.mp4").write_bytes(b"no video")
    for name in ("a.mp4", "b.mp4"):
        with pytest.raises(ConfigError, match="expected a recording to number the frames of"):
            read_times(tmp_path / name, "rec", START)
