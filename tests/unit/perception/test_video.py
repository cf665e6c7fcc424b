from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analytics.errors import RecordingError
from analytics.perception.segments import Segment
from analytics.perception.video import Flaw, Moment, first_frame, read
from analytics.settings import Sampling
from analytics.sites import Camera
from tests.builders.perception import STARTS_AT, segments
from tests.builders.video import Video, crossing_scene, flip_bytes, truncate, uneven_times, write_video

SCENE = crossing_scene("cam1", people=2, duration_s=6, seed=3)
EVERY = Sampling(analysis_fps=None, overlap_s=1.0)
CAMERA = Camera(camera_id="cam1")


def moments(path: Path, segment: Segment, sampling: Sampling = EVERY, camera: Camera = CAMERA) -> list[Moment]:
    return [item for item in read(path, segment, camera, sampling, 1) if isinstance(item, Moment)]


def flaws(path: Path, segment: Segment, camera: Camera = CAMERA) -> list[str]:
    return [item.reason for item in read(path, segment, camera, EVERY, 1) if isinstance(item, Flaw)]


def offsets(found: Sequence[Moment]) -> list[int]:
    return [moment.interval.starts_at - STARTS_AT for moment in found]


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts", "a.avi"])
def test_instants_are_the_presentation_times(tmp_path: Path, name: str) -> None:
    """Each container's frames come at the times that a player would show them, to its own rounding."""
    video = write_video(SCENE, tmp_path / name)

    found = moments(video.path, segments(6)[0])

    assert list(video.offsets_us) == pytest.approx(offsets(found), abs=1)
    assert all(moment.frame is not None and not moment.is_break for moment in found)


def test_variable_rate_keeps_its_own_times(tmp_path: Path) -> None:
    """Dropped frames leave holes; nothing is spread evenly."""
    times = uneven_times(6, 15)
    video = write_video(SCENE, tmp_path / "a.mp4", times_s=times)

    assert [round(t * 1e6) for t in times] == pytest.approx(offsets(moments(video.path, segments(6)[0])), abs=12)


def test_a_container_that_starts_late_counts_from_its_first_frame(tmp_path: Path) -> None:
    """The stream's start time is taken off."""
    video = write_video(SCENE, tmp_path / "a.ts", start_offset_s=100)

    assert offsets(moments(video.path, segments(6)[0]))[:2] == [0, 100_000]


def test_moments_tile_the_recording(tmp_path: Path) -> None:
    """Each moment lasts until the next begins, the last for one frame."""
    found = moments(write_video(SCENE, tmp_path / "a.mp4").path, segments(6)[0])

    assert [m.interval.ends_at for m in found[:-1]] == [m.interval.starts_at for m in found[1:]]
    assert found[-1].interval.duration_s == pytest.approx(0.1)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_rotated_recordings_come_upright(tmp_path: Path, degrees: int) -> None:
    """The display matrix is applied: the picture looks like the scene, whatever way it was stored."""
    video = write_video(SCENE, tmp_path / "a.mp4", rotation_deg=degrees, crf=10)

    frame = moments(video.path, segments(6)[0])[0].frame

    assert frame is not None
    assert (frame.width_px, frame.height_px) == (SCENE.width_px, SCENE.height_px)
    difference = frame.pixels.astype(int) - SCENE.draw(0.0).astype(int)
    assert np.abs(difference).mean() < 12


def test_raw_streams_take_the_stated_rate(tmp_path: Path) -> None:
    """A bare H.264 stream has no clock but the rate that the site states; without one it is refused."""
    video = write_video(SCENE, tmp_path / "a.264", fps=10)
    stated = Camera(camera_id="cam1", frame_rate_hz=5)

    assert offsets(moments(video.path, segments(12)[0], camera=stated))[:3] == [0, 200_000, 400_000]
    with pytest.raises(RecordingError, match="frame_rate_hz"):
        moments(video.path, segments(6)[0])


@pytest.mark.parametrize(("source_fps", "analysis_fps"), [(10, 10), (20, 10), (30, 10), (25, 10), (10, 3), (10, 25)])
def test_sampling_keeps_the_rate(tmp_path: Path, source_fps: float, analysis_fps: float) -> None:
    """As many frames are sampled as asked for (never more than there are), the first among them, evenly."""
    video = write_video(SCENE, tmp_path / "a.mp4", fps=source_fps)

    sampled = [
        m for m in moments(video.path, segments(6)[0], Sampling(analysis_fps=analysis_fps)) if m.frame is not None
    ]

    expected = min(analysis_fps, source_fps)
    assert abs(len(sampled) - 6 * expected) <= 1
    assert offsets(sampled)[0] == 0
    assert np.diff(offsets(sampled)[1:]).max() <= 1e6 / expected + 1e6 / source_fps


def test_jitter_loses_no_frame_at_the_source_rate(tmp_path: Path) -> None:
    """Frames up to a fifth of a period early or late are all sampled when analysis_fps is the camera's rate."""
    random = np.random.default_rng(0)
    times = [0.0, *(n / 10 + random.uniform(-0.02, 0.02) for n in range(1, 60))]
    video = write_video(SCENE, tmp_path / "a.mp4", times_s=times)

    assert all(m.frame is not None for m in moments(video.path, segments(6)[0], Sampling(analysis_fps=10)))


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts", "a.264"])
@pytest.mark.parametrize("analysis_fps", [None, 4.0])
def test_segments_partition_the_recording(tmp_path: Path, name: str, analysis_fps: float | None) -> None:
    """Cut anywhere, the same frames are sampled at the same instants with the same pixels, each in one segment."""
    video = write_video(SCENE, tmp_path / name, key_frame_every=13)
    camera = Camera(camera_id="cam1", frame_rate_hz=10)
    sampling = Sampling(analysis_fps=analysis_fps, overlap_s=0.5)

    whole = moments(video.path, segments(6)[0], sampling, camera)
    parts = [
        moment
        for segment in segments(6, segment_s=1.7)
        for moment in moments(video.path, segment, sampling, camera)
        if moment.is_own
    ]

    assert [(m.interval, m.frame is None) for m in whole] == [(m.interval, m.frame is None) for m in parts]
    for a, b in zip(whole, parts, strict=True):
        assert a.frame is None or np.array_equal(a.frame.pixels, b.frame.pixels if b.frame else None)


def test_a_segment_overlaps_its_neighbours(tmp_path: Path) -> None:
    """A segment begins overlap_s early and ends overlap_s late, never outside the recording."""
    video = write_video(SCENE, tmp_path / "a.mp4")

    first, second, third = (moments(video.path, segment) for segment in segments(6, segment_s=2))

    assert offsets([m for m in first if not m.is_own]) == [2_000_000 + 100_000 * n for n in range(10)]
    assert offsets([m for m in second if not m.is_own]) == [
        at + 100_000 * n for at in (1_000_000, 4_000_000) for n in range(10)
    ]
    assert offsets([m for m in third if not m.is_own]) == [3_000_000 + 100_000 * n for n in range(10)]


def masked_camera(width_px: int, height_px: int) -> Camera:
    masks = (((10, 20), (100, 20), (100, 90), (10, 90)),)
    return Camera(camera_id="cam1", width_px=width_px, height_px=height_px, masks=masks)


def test_masks_are_black_before_anybody_sees_them(tmp_path: Path) -> None:
    """Every pixel of a privacy mask is black, the others are untouched."""
    video = write_video(SCENE, tmp_path / "a.mp4")
    masked = masked_camera(SCENE.width_px, SCENE.height_px)

    plain, hidden = (moments(video.path, segments(6)[0], camera=camera)[0].frame for camera in (CAMERA, masked))

    assert plain is not None
    assert hidden is not None
    assert not hidden.pixels[20:91, 10:101].any()
    assert np.array_equal(hidden.pixels[100:], plain.pixels[100:])


@pytest.mark.parametrize("rotation_deg", [0, 90])
def test_masks_drawn_on_the_main_stream_hide_the_same_place_of_the_sub_stream(
    tmp_path: Path, rotation_deg: int
) -> None:
    """Twice the size: a quarter of the pixels, those of the same place, are black, also when stored turned."""
    video = write_video(SCENE, tmp_path / "a.mp4", rotation_deg=rotation_deg)
    masked = masked_camera(2 * SCENE.width_px, 2 * SCENE.height_px)

    plain, hidden = (first_frame(video.path, camera, 0).pixels for camera in (CAMERA, masked))

    assert not hidden[10:46, 5:51].any()
    assert np.array_equal(hidden[46:], plain[46:])
    assert np.array_equal(hidden[:, 51:], plain[:, 51:])


def test_pictures_of_another_shape_than_the_masks_are_not_shown(tmp_path: Path) -> None:
    """Where the mask would have to be is not known: nothing is better than a wrong place."""
    video = write_video(SCENE, tmp_path / "a.mp4")

    with pytest.raises(RecordingError, match=f"{SCENE.width_px} x {SCENE.height_px}"):
        moments(video.path, segments(6)[0], camera=masked_camera(SCENE.width_px, SCENE.height_px * 2))


def test_a_jump_of_time_breaks_tracks(tmp_path: Path) -> None:
    """Above max_jump_s the next frame is marked, and the frame before stands for one frame only."""
    scene = crossing_scene("cam1", people=1, duration_s=40, seed=1)
    times = [n / 10 for n in range(20)] + [20 + n / 10 for n in range(20)]
    video = write_video(scene, tmp_path / "a.mp4", times_s=times)

    found = moments(video.path, segments(40)[0], replace_jump(10))

    assert [n for n, m in enumerate(found) if m.is_break] == [20]
    assert sum(m.interval.duration_s for m in found) == pytest.approx(4.0, abs=0.02)
    assert not any(m.is_break for m in moments(video.path, segments(40)[0], replace_jump(20)))


def replace_jump(max_jump_s: float) -> Sampling:
    return EVERY.model_copy(update={"max_jump_s": max_jump_s})


def test_damaged_frames_are_marked_and_not_shown(tmp_path: Path) -> None:
    """Flipped bytes give frames without a picture; the others go on."""
    video = write_video(SCENE, tmp_path / "a.mp4", key_frame_every=10)
    flip_bytes(video.path, 60, from_share=0.2, to_share=0.8)

    found = moments(video.path, segments(6)[0])

    corrupt = [moment for moment in found if moment.is_corrupt]
    assert corrupt
    assert all(moment.frame is None for moment in corrupt)
    assert any(moment.frame is not None for moment in found)


@pytest.mark.parametrize("name", ["a.mkv", "a.ts"])
def test_a_truncated_recording_is_read_as_far_as_it_goes(tmp_path: Path, name: str) -> None:
    """What is before the cut comes out."""
    video = write_video(SCENE, tmp_path / name)
    truncate(video.path, 0.5)

    assert 10 <= len(moments(video.path, segments(6)[0])) < len(video.offsets_us)


def test_the_last_segment_goes_beyond_a_header_that_understates(tmp_path: Path) -> None:
    """Frames after the declared end belong to the last segment; other segments stop at their end."""
    video = write_video(SCENE, tmp_path / "a.mp4")
    segment = segments(4)[0]

    assert len(moments(video.path, segment)) == 60
    assert sum(m.is_own for m in moments(video.path, replace(segment, is_last=False))) == 40


def test_times_that_run_backwards_are_left_out_and_named(tmp_path: Path) -> None:
    """A frame whose time does not advance is not analysed; the reason counts them."""
    first = write_video(SCENE, tmp_path / "a.ts", until_s=3)
    second = write_video(SCENE, tmp_path / "b.ts", from_s=3)
    joined = tmp_path / "joined.ts"
    joined.write_bytes(first.path.read_bytes() + second.path.read_bytes())

    assert offsets(moments(joined, segments(6)[0])) == sorted(set(offsets(moments(joined, segments(6)[0]))))
    assert any("runs backwards" in reason for reason in flaws(joined, segments(6)[0]))


@pytest.mark.parametrize("content", [b"", b"no video at all" * 100])
def test_what_is_no_video_says_so(tmp_path: Path, content: bytes) -> None:
    """An empty or foreign file is a RecordingError."""
    path = tmp_path / "a.mp4"
    path.write_bytes(content)

    with pytest.raises(RecordingError, match="cannot be opened"):
        moments(path, segments(6)[0])


def test_videos_have_the_length_they_say(tmp_path: Path) -> None:
    """The builder's own numbers agree with the decoder's."""
    video: Video = write_video(SCENE, tmp_path / "a.mp4")

    assert len(moments(video.path, segments(6)[0])) == len(video.offsets_us) == 60
