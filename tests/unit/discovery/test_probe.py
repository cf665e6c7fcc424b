"""What one file turns out to be. `test_bad_files` has the broken ones by the hundred."""

import hashlib
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import av
import pytest

from analytics.discovery.content import WHOLE_BELOW_BYTES, content_key
from analytics.discovery.probe import MAX_DURATION_S, MAX_STEP_S, probe
from analytics.timebase import to_instant
from tests.builders.video import (
    crossing_scene,
    even_times,
    flip_bytes,
    set_modified,
    truncate,
    uneven_times,
    write_video,
)

SCENE = crossing_scene(people=2, duration_s=4.0, seed=3, width_px=160, height_px=120)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts", "a.mov", "a.avi", "a.webm", "a.flv"])
@pytest.mark.parametrize("fps", [5.0, 12.5])
def test_a_sound_video_of_each_container(tmp_path: Path, name: str, fps: float) -> None:
    """Complete, with size and the time from the first frame to the end of the last."""
    video = write_video(SCENE, tmp_path / name, fps=fps)
    seen = probe(video.path)
    assert (seen.status, seen.reason) == ("complete", None)
    assert (seen.width_px, seen.height_px, seen.frame_count) == (160, 120, len(video.offsets_us))
    assert seen.measured_s == pytest.approx(4.0, abs=0.005)
    assert seen.has_timestamps


@pytest.mark.parametrize("codec", ["libx265", "mjpeg", "mpeg4"])
def test_other_codecs_in_mp4(tmp_path: Path, codec: str) -> None:
    """Complete all the same."""
    seen = probe(write_video(SCENE, tmp_path / "a.mp4", codec=codec).path)
    assert (seen.status, seen.measured_s) == ("complete", pytest.approx(4.0, abs=0.01))


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turned_video_has_the_size_of_the_upright_frame(tmp_path: Path, degrees: int) -> None:
    """The display matrix decides which side is the width."""
    seen = probe(write_video(SCENE, tmp_path / "a.mp4", rotation_deg=degrees).path)
    assert (seen.width_px, seen.height_px) == (160, 120)


def test_a_variable_rate_is_measured_by_its_packets(tmp_path: Path) -> None:
    """The last frame lasts as long as its packet says, or as frames do here."""
    times = uneven_times(4.0, 25, seed=2)
    seen = probe(write_video(SCENE, tmp_path / "a.mkv", times_s=times).path)
    assert seen.status == "complete"
    assert seen.frame_count == len(times)
    assert seen.measured_s == pytest.approx(times[-1] - times[0], abs=0.2)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_a_start_behind_zero_is_no_duration(tmp_path: Path, name: str) -> None:
    """A clock that does not begin at 0 neither adds seconds nor makes the file look cut."""
    seen = probe(write_video(SCENE, tmp_path / name, start_offset_s=30.0).path)
    assert (seen.status, seen.measured_s) == ("complete", pytest.approx(4.0, abs=0.01))


def test_a_single_frame_lasts_one_frame(tmp_path: Path) -> None:
    """One frame is a recording, if a short one."""
    seen = probe(write_video(SCENE, tmp_path / "a.mp4", times_s=[0.0], fps=10).path)
    assert seen.status == "complete"
    assert seen.measured_s is not None
    assert 0 < seen.measured_s <= 1


@pytest.mark.parametrize("name", ["a.264", "a.h265"])
def test_a_bare_stream_has_frames_but_no_times(tmp_path: Path, name: str) -> None:
    """FFmpeg would make up 25 frames a second; only the camera's stated rate is a clock."""
    video = write_video(SCENE, tmp_path / name)
    seen = probe(video.path)
    assert (seen.status, seen.has_timestamps, seen.measured_s) == ("complete", False, None)
    assert seen.frame_count == len(video.offsets_us)


def test_a_video_that_was_cut_is_partial(tmp_path: Path) -> None:
    """It is used as far as it goes, and says how far that is."""
    video = write_video(SCENE, tmp_path / "a.mkv", key_frame_every=5)
    truncate(video.path, 0.5)
    seen = probe(video.path)
    assert seen.status == "partial"
    assert seen.measured_s is not None
    assert 0.5 < seen.measured_s < 3.5
    assert "of the 4.0 s" in (seen.reason or "")


def test_an_mp4_that_was_never_closed_says_what_to_do(tmp_path: Path) -> None:
    """Without its index nothing can be decoded."""
    video = write_video(SCENE, tmp_path / "a.mp4")
    truncate(video.path, 0.9)
    seen = probe(video.path)
    assert seen.status == "quarantined"
    assert "untrunc" in (seen.reason or "")


def test_damage_at_the_start_does_not_hide_the_rest(tmp_path: Path) -> None:
    """The first frame that can be decoded may come late."""
    video = write_video(SCENE, tmp_path / "a.ts", key_frame_every=5)
    flip_bytes(video.path, 200, from_share=0.01, to_share=0.3)
    seen = probe(video.path)
    assert seen.status in ("complete", "partial")
    assert (seen.width_px, seen.height_px) == (160, 120)


def test_the_creation_time_is_read_and_an_unset_clock_is_not(tmp_path: Path) -> None:
    """Cameras without a clock say 1970, or 1980 as satellites do."""
    made = datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert probe(write_video(SCENE, tmp_path / "a.mp4", creation_time=made).path).created_at == to_instant(made)
    unset = datetime(1980, 1, 6, tzinfo=UTC)
    assert probe(write_video(SCENE, tmp_path / "b.mp4", creation_time=unset).path).created_at is None
    assert probe(write_video(SCENE, tmp_path / "c.mp4").path).created_at is None


def test_a_jump_of_hours_ends_a_recording(tmp_path: Path) -> None:
    """A broken time must not make a recording of days; at the limit it is still a pause."""
    times = [0.0, 0.1, 0.2, 0.2 + MAX_STEP_S, 0.3 + MAX_STEP_S]
    assert probe(write_video(SCENE, tmp_path / "a.mkv", times_s=times).path).status == "complete"
    beyond = [*times[:3], *(t + 1 for t in times[3:])]
    seen = probe(write_video(SCENE, tmp_path / "b.mkv", times_s=beyond).path)
    assert seen.status == "partial"
    assert seen.measured_s == pytest.approx(0.3, abs=0.05)
    assert "jump" in (seen.reason or "")


def test_a_recording_of_more_than_a_week_is_refused(tmp_path: Path) -> None:
    """Its times cannot be true."""
    times = [number * 3000.0 for number in range(int(MAX_DURATION_S / 3000) + 3)]
    seen = probe(write_video(SCENE, tmp_path / "a.mkv", times_s=times, key_frame_every=1).path)
    assert seen.status == "quarantined"
    assert "week" in (seen.reason or "")


def test_a_file_that_is_gone_is_a_reason(tmp_path: Path) -> None:
    """Files are moved while they are listed."""
    seen = probe(tmp_path / "gone.mp4")
    assert (seen.status, seen.content_key) == ("quarantined", None)
    assert "cannot be read" in (seen.reason or "")


def test_a_file_without_permission_is_a_reason() -> None:
    """The system's answer is passed on, with what to check."""
    # below tmp_path another user could not even look
    with tempfile.TemporaryDirectory() as name:
        video = write_video(SCENE, Path(name) / "a.mp4")
        Path(name).chmod(0o755)
        video.path.chmod(0)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65_534)
        try:
            seen = probe(video.path)
        finally:
            os.seteuid(user)
    assert seen.status == "quarantined"
    assert "Permission denied" in (seen.reason or "")
    assert "check its permissions" in (seen.reason or "")


def test_a_name_that_is_no_utf8_is_a_reason(tmp_path: Path) -> None:
    """FFmpeg cannot be given such a name."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\xff.mp4"))
    path.write_bytes(b"x")
    assert "UTF-8" in (probe(path).reason or "")


def test_metadata_that_is_no_text_does_no_harm(tmp_path: Path) -> None:
    """Cameras write their names in any encoding."""
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        container.metadata["title"] = "XXXXXXXX"
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for t_s in even_times(0, 1, 10):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(SCENE.draw(t_s), format="bgr24")))
        container.mux(stream.encode(None))
    path.write_bytes(path.read_bytes().replace(b"XXXXXXXX", b"\xff\xfe\xfd\xfc\x80\x81\x82\x83"))
    assert probe(path).status == "complete"


def test_the_content_key_is_the_hash_of_the_content(tmp_path: Path) -> None:
    """Of the whole below 64 MiB; a renamed copy keeps it."""
    video = write_video(SCENE, tmp_path / "a.mp4")
    content = video.path.read_bytes()
    assert probe(video.path).content_key == hashlib.sha256(content).hexdigest()
    copy = tmp_path / "b.mp4"
    copy.write_bytes(content)
    set_modified(copy)
    assert probe(copy) == probe(video.path)


@pytest.mark.parametrize("place", [0, WHOLE_BELOW_BYTES // 2, -1])
def test_the_key_of_a_large_file_sees_its_head_middle_tail_and_size(tmp_path: Path, place: int) -> None:
    """From 64 MiB on pieces stand for the whole."""
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(WHOLE_BELOW_BYTES)
    before = content_key(path)
    assert before != hashlib.sha256(bytes(WHOLE_BELOW_BYTES)).hexdigest()
    with path.open("r+b") as file:
        file.seek(place, os.SEEK_END if place < 0 else os.SEEK_SET)
        file.write(b"\1")
    assert content_key(path) != before
    with path.open("r+b") as file:
        file.seek(place, os.SEEK_END if place < 0 else os.SEEK_SET)
        file.write(b"\0")
    assert content_key(path) == before
    with path.open("r+b") as file:
        file.truncate(WHOLE_BELOW_BYTES + 1)
    assert content_key(path) != before


@pytest.mark.shared
def test_real_recordings_are_complete(shared: Path) -> None:
    """The facts stated in their README."""
    pets = probe(shared / "footage/pets/cam1/20260105T090000Z.mp4")
    assert (pets.status, pets.width_px, pets.height_px, pets.frame_count) == ("complete", 480, 360, 400)
    assert pets.measured_s == pytest.approx(40.0)
    ceiling = probe(shared / "footage/ceiling/cam1/20260105T110000Z.264")
    assert (ceiling.status, ceiling.has_timestamps, ceiling.frame_count) == ("complete", False, 596)
