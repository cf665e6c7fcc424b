"""From a footage folder to the recordings table."""

import json
import os
import tempfile
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from analytics.discovery.cache import ProbeCache
from analytics.discovery.discover import Discovered, discover, sources
from analytics.errors import ConfigError
from analytics.lake.store import FolderStore
from analytics.perception.segments import cut
from analytics.sites import Camera, FootageNames, Site
from analytics.tables import RECORDINGS
from analytics.timebase import Interval
from tests.builders.video import (
    MODIFIED_AT_S,
    Scene,
    crossing_scene,
    flip_bytes,
    instant,
    set_modified,
    site_scenes,
    truncate,
    write_footage,
    write_video,
)

SITE = Site(site_id="s", cameras=(Camera(camera_id="cam1"), Camera(camera_id="cam2")))
NIGHT = date(2026, 1, 5)


def scene(seed: int = 0, duration_s: float = 2.0) -> Scene:
    return crossing_scene(people=1, duration_s=duration_s, seed=seed, width_px=96, height_px=64)


def video(footage: Path, path: str, seed: int = 0, duration_s: float = 2.0, **how: Any) -> Path:
    return write_video(scene(seed, duration_s), footage / path, **how).path


def rows(found: Discovered) -> dict[str, dict[str, Any]]:
    """Return the rows by path; each path has one."""
    listed = found.recordings.to_pylist()
    by_path = {row["path"]: row for row in listed}
    assert len(by_path) == len(listed)
    return by_path


def test_an_empty_folder_gives_an_empty_table(tmp_path: Path) -> None:
    """The table has its columns all the same."""
    found = discover(tmp_path, SITE)
    assert found.recordings.schema.equals(RECORDINGS.schema)
    assert (found.recordings.num_rows, found.file_count, found.opened_count) == (0, 0, 0)


@pytest.mark.parametrize("name", ["absent", "a-file"])
def test_a_footage_folder_that_is_none_stops_before_anything_runs(tmp_path: Path, name: str) -> None:
    """A typo in the folder is no empty night."""
    (tmp_path / "a-file").touch()
    with pytest.raises(ConfigError, match="expected a folder with footage"):
        discover(tmp_path / name, SITE)


def test_a_sound_recording_is_complete_with_everything_known(tmp_path: Path) -> None:
    """Times by the name, size and codec by the file."""
    path = video(tmp_path, "cam1/20260105T090000Z.mp4")
    (row,) = discover(tmp_path, SITE).recordings.to_pylist()
    assert row["status"] == "complete"
    assert row["reason"] is None
    assert (row["camera_id"], row["night"], row["clock_source"]) == ("cam1", NIGHT, "name")
    assert row["starts_at"] == datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert row["ends_at"] == datetime(2026, 1, 5, 9, 0, 2, tzinfo=UTC)
    assert (row["width_px"], row["height_px"], row["codec"]) == (96, 64, "h264")
    assert row["size_bytes"] == path.stat().st_size
    assert row["modified_at"] == datetime.fromtimestamp(MODIFIED_AT_S, UTC)
    assert row["decoded_s"] is None


def test_a_recording_of_another_shape_than_its_masks_is_quarantined(tmp_path: Path) -> None:
    """Another size of the same shape is used, and a camera without masks is not asked."""
    video(tmp_path, "cam1/20260105T090000Z.mp4")  # 96 x 64
    for size, has_masks, status in (
        ((192, 128), True, "complete"),
        ((192, 108), True, "quarantined"),
        ((192, 108), False, "complete"),
    ):
        masks = (((0, 0), (9, 0), (9, 9)),) if has_masks else ()
        camera = Camera(camera_id="cam1", width_px=size[0], height_px=size[1], masks=masks)
        (row,) = discover(tmp_path, Site(site_id="s", cameras=(camera,))).recordings.to_pylist()
        assert row["status"] == status
        assert row["night"] == NIGHT
        if status == "quarantined":
            assert "192 x 108" in row["reason"]
            assert "found 96 x 64" in row["reason"]


def test_the_same_footage_gives_the_same_table_whatever_its_place_and_threads(tmp_path: Path) -> None:
    """Nothing depends on the folder's name, on the order of work, or on earlier runs."""
    for name in ("one", "two"):
        write_footage(tmp_path / name, site_scenes(["cam1", "cam2"], people=1, duration_s=4.0), _at(9), file_s=1.0)
    tables = [discover(tmp_path / name, SITE, threads=threads).recordings for name, threads in (("one", 1), ("two", 8))]
    assert tables[0].equals(tables[1])
    assert tables[0].num_rows == 8


def test_a_renamed_copy_of_the_whole_tree_keeps_the_ids(tmp_path: Path) -> None:
    """The extension and a prefix folder are no part of the id; camera, content and start are."""
    video(tmp_path / "a", "cam1/20260105T090000Z.mp4")
    (tmp_path / "b" / "cam1" / "disk2").mkdir(parents=True)
    os.link(tmp_path / "a/cam1/20260105T090000Z.mp4", tmp_path / "b/cam1/disk2/x.mp4")
    (tmp_path / "b/cam1/disk2/x.mp4.json").write_text('{"starts_at": "2026-01-05T09:00:00Z"}')
    ids = [discover(tmp_path / name, SITE).recordings["recording_id"].to_pylist() for name in "ab"]
    assert ids[0] == ids[1]


def _at(hour: int) -> datetime:
    return datetime(2026, 1, 5, hour, tzinfo=UTC)


def test_a_second_run_opens_nothing_and_a_changed_file_is_opened_again(tmp_path: Path) -> None:
    """The probes lie in the store."""
    footage, store = tmp_path / "footage", FolderStore(tmp_path / "lake")
    for minute in range(3):
        video(footage, f"cam1/20260105T09{minute:02d}00Z.mp4", seed=minute)
    first = discover(footage, SITE, cache=ProbeCache(store))
    second = discover(footage, SITE, cache=ProbeCache(store))
    assert (first.opened_count, second.opened_count) == (3, 0)
    assert second.recordings.equals(first.recordings)
    flip_bytes(footage / "cam1/20260105T090100Z.mp4", 5, from_share=0.5, to_share=0.6)
    assert discover(footage, SITE, cache=ProbeCache(store)).opened_count == 1


def test_progress_is_told_for_each_file(tmp_path: Path) -> None:
    """Up to the number of files that are opened."""
    for minute in range(3):
        video(tmp_path, f"cam1/20260105T09{minute:02d}00Z.mp4", seed=minute)
    told: list[tuple[int, int]] = []
    discover(tmp_path, SITE, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_only_the_nights_asked_for_are_opened_and_the_one_before_may_reach_in(tmp_path: Path) -> None:
    """Each camera's last file before the night is opened, because it may last into it; earlier ones are not."""
    video(tmp_path, "cam1/20260104T120000Z.mp4", seed=1)
    video(tmp_path, "cam1/20260104T235959Z.mp4", seed=2)
    video(tmp_path, "cam1/20260105T000100Z.mp4", seed=3)
    video(tmp_path, "cam1/20260106T000000Z.mp4", seed=4)
    video(tmp_path, "cam2/20260104T235000Z.mp4", seed=5)
    found = discover(tmp_path, SITE, nights=[NIGHT])
    assert found.opened_count == 3
    assert [row["path"] for row in found.recordings.to_pylist()] == [
        "cam1/20260104T235959Z.mp4",
        "cam1/20260105T000100Z.mp4",
    ]
    assert rows(found)["cam1/20260105T000100Z.mp4"]["gap_before_s"] == 59.0


def test_a_recording_across_midnight_is_a_row_of_both_nights(tmp_path: Path) -> None:
    """With one id; to be cut at midnight."""
    video(tmp_path, "cam1/20260104T235959Z.mp4")
    listed = discover(tmp_path, SITE).recordings.to_pylist()
    assert [row["night"] for row in listed] == [date(2026, 1, 4), NIGHT]
    assert len({row["recording_id"] for row in listed}) == 1
    assert len(sources(discover(tmp_path, SITE).recordings)) == 1


def test_nights_follow_the_sites_zone_and_the_hour_they_begin(tmp_path: Path) -> None:
    """02:00 UTC is 21:00 of the day before in New York, and 03:00 in Berlin belongs to the night before."""
    video(tmp_path, "cam1/20260105T020000Z.mp4")
    for zone, begins in (("America/New_York", "00:00"), ("Europe/Berlin", "04:00")):
        cameras = (Camera(camera_id="cam1"),)
        site = Site(site_id="s", timezone=zone, day_starts_at=time.fromisoformat(begins), cameras=cameras)
        assert discover(tmp_path, site).recordings["night"].to_pylist() == [date(2026, 1, 4)]


def test_sidecar_goes_before_name_and_name_before_container(tmp_path: Path) -> None:
    """Each row says where its start came from."""
    made = datetime(2026, 1, 5, 3, tzinfo=UTC)
    for name in ("20260105T090000Z", "20260105T100000Z", "door"):
        video(tmp_path, f"cam1/{name}.mp4", seed=len(name), creation_time=made)
    (tmp_path / "cam1/20260105T100000Z.mp4.json").write_text(json.dumps({"starts_at": "2026-01-05T11:00:00Z"}))
    found = rows(discover(tmp_path, SITE))
    assert {Path(path).stem: (row["clock_source"], row["starts_at"].hour) for path, row in found.items()} == {
        "20260105T090000Z": ("name", 9),
        "20260105T100000Z": ("sidecar", 11),
        "door": ("container", 3),
    }


def test_a_file_without_a_start_is_unparsed_and_says_what_to_add(tmp_path: Path) -> None:
    """It is counted to the night of its last change."""
    video(tmp_path, "cam1/door.mkv")
    (row,) = discover(tmp_path, SITE).recordings.to_pylist()
    assert (row["status"], row["starts_at"], row["clock_source"]) == ("unparsed", None, None)
    assert row["night"] == datetime.fromtimestamp(MODIFIED_AT_S, UTC).date()
    assert "door.mkv.json" in row["reason"]


def test_an_unknown_camera_is_unparsed_and_is_not_opened(tmp_path: Path) -> None:
    """The nearest camera is named."""
    video(tmp_path, "cam11/20260105T090000Z.mp4")
    found = discover(tmp_path, SITE)
    (row,) = found.recordings.to_pylist()
    assert (row["status"], row["camera_id"], found.opened_count) == ("unparsed", None, 0)
    assert "did you mean cam1" in row["reason"]
    assert row["night"] == NIGHT


def test_a_bare_stream_needs_the_cameras_rate(tmp_path: Path) -> None:
    """20 frames last 2 s at 10 a second, 4 s at 5."""
    video(tmp_path, "cam1/20260105T090000Z.264")
    (refused,) = discover(tmp_path, SITE).recordings.to_pylist()
    assert (refused["status"], refused["ends_at"]) == ("quarantined", None)
    assert "state frame_rate_hz for the camera cam1" in refused["reason"]
    for rate_hz, last_s in ((10.0, 2), (5.0, 4)):
        site = Site(site_id="s", cameras=(Camera(camera_id="cam1", frame_rate_hz=rate_hz),))
        (row,) = discover(tmp_path, site).recordings.to_pylist()
        assert (row["status"], row["ends_at"].second) == ("complete", last_s)


def test_a_fresh_file_that_may_go_on_waits_and_is_taken_once_it_has_settled(tmp_path: Path) -> None:
    """A closed MP4 is taken at once; a Matroska file could be growing. The second look needs no new opening."""
    cache = ProbeCache()
    closed, open_end = (
        video(tmp_path, "cam1/20260105T090000Z.mp4"),
        video(tmp_path, "cam1/20260105T090100Z.mkv", seed=1),
    )
    for path in (closed, open_end):
        set_modified(path)
    early = MODIFIED_AT_S * 1_000_000 + 29_999_999
    first = rows(discover(tmp_path, SITE, cache=cache, now=early))
    assert first["cam1/20260105T090000Z.mp4"]["status"] == "complete"
    assert first["cam1/20260105T090100Z.mkv"]["status"] == "quarantined"
    assert "still being written" in first["cam1/20260105T090100Z.mkv"]["reason"]
    second = rows(discover(tmp_path, SITE, cache=cache, now=early + 1))
    assert second["cam1/20260105T090100Z.mkv"]["status"] == "complete"


def test_an_mp4_under_way_is_being_written_until_it_is_old(tmp_path: Path) -> None:
    """Without an index a fresh file is no broken one yet."""
    path = video(tmp_path, "cam1/20260105T090000Z.mp4")
    truncate(path, 0.5)
    age_0 = int(path.stat().st_mtime) * 1_000_000
    (fresh,) = discover(tmp_path, SITE, now=age_0).recordings.to_pylist()
    (old,) = discover(tmp_path, SITE, now=age_0 + 3_600_000_000).recordings.to_pylist()
    assert "still being written" in fresh["reason"]
    assert "no index" in old["reason"]


def test_overlapping_recordings_become_sources_that_share_no_second(tmp_path: Path) -> None:
    """The later one keeps its own clock, and is cut from the end of the earlier one on."""
    video(tmp_path, "cam1/20260105T090000Z.mp4", seed=1, duration_s=8.0)
    video(tmp_path, "cam1/20260105T090005Z.mp4", seed=2, duration_s=8.0)
    found = discover(tmp_path, SITE)
    later = rows(found)["cam1/20260105T090005Z.mp4"]
    assert (later["status"], later["gap_before_s"]) == ("partial", -3.0)
    first, second = sources(found.recordings)
    assert first.used_from is None
    assert second.interval == Interval(instant("20260105T090005Z"), instant("20260105T090013Z"))
    assert second.used_from == instant("20260105T090008Z")
    parts = [part.interval for source in (first, second) for part in cut(source, 4.0, SITE.zone_info)]
    seconds = [(part.starts_at - first.interval.starts_at) / 1e6 for part in parts]
    assert seconds == [0, 4, 8, 9]
    assert sum(part.duration_s for part in parts) == 13.0


def test_sources_keep_their_cuts_when_another_recording_covers_their_head(tmp_path: Path) -> None:
    """The grid begins with the recording, used or not, so that the same stretch keeps its id."""
    video(tmp_path, "cam1/20260105T090005Z.mp4", seed=2, duration_s=8.0)
    (alone,) = sources(discover(tmp_path, SITE).recordings)
    video(tmp_path, "cam1/20260105T090000Z.mp4", seed=1, duration_s=8.0)
    _, covered = sources(discover(tmp_path, SITE).recordings)
    ids = {part.segment_id for part in cut(alone, 4.0, SITE.zone_info)}
    assert [part.segment_id in ids for part in cut(covered, 4.0, SITE.zone_info)] == [False, True]


def test_what_is_not_used_is_no_source(tmp_path: Path) -> None:
    """Quarantined and unparsed rows have none."""
    (tmp_path / "cam1").mkdir()
    (tmp_path / "cam1/20260105T090000Z.mp4").touch()
    video(tmp_path, "cam1/door.mkv")
    assert discover(tmp_path, SITE).recordings.num_rows == 2
    assert sources(discover(tmp_path, SITE).recordings) == ()


def test_equal_broken_files_are_rows_of_their_own(tmp_path: Path) -> None:
    """Two empty files of one camera and start have the same content, and still both are told."""
    (tmp_path / "cam1").mkdir()
    for suffix in ("mp4", "mkv"):
        (tmp_path / f"cam1/20260105T090000Z.{suffix}").touch()
    found = discover(tmp_path, SITE).recordings
    assert found["status"].to_pylist() == ["quarantined", "quarantined"]
    assert len(set(found["recording_id"].to_pylist())) == 2


def test_a_repeated_hour_is_flagged_in_the_table(tmp_path: Path) -> None:
    """Both passes are kept, in order, and marked."""
    site = Site(
        site_id="s",
        timezone="Europe/Berlin",
        footage=FootageNames(template="mediamtx"),
        cameras=(Camera(camera_id="cam1"),),
    )
    for number, name in enumerate(("02-30-00-000000", "02-30-00-500000", "04-30-00-000000")):
        video(tmp_path, f"cam1/2026-10-25_{name}.mp4", seed=number, duration_s=6.0)
    found = list(rows(discover(tmp_path, site)).values())
    assert [row["time_ambiguous"] for row in found] == [True, True, False]
    assert [row["starts_at"].astimezone(UTC).hour for row in found] == [0, 1, 3]
    assert [row["status"] for row in found] == ["complete"] * 3


def test_a_folder_that_cannot_be_listed_is_told_in_every_night_asked_for() -> None:
    """Whatever it hides may belong to any of them; a footage folder that cannot be listed stops the run."""
    nights = [NIGHT, date(2026, 1, 6)]
    # below tmp_path another user could not even look
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        (Path(name) / "cam1").mkdir(mode=0)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65_534)
        try:
            found = discover(Path(name), SITE, nights=nights)
            with pytest.raises(ConfigError, match="cannot be listed"):
                discover(Path(name) / "cam1", SITE)
        finally:
            os.seteuid(user)
    assert [(row["path"], row["night"], row["status"]) for row in found.recordings.to_pylist()] == [
        ("cam1", night, "quarantined") for night in nights
    ]


@pytest.mark.shared
def test_real_footage_is_found(shared: Path) -> None:
    """Three cameras; the raw stream needs a rate, stated or not."""
    footage = shared / "footage"
    site = Site.inferred(footage)
    found = rows(discover(footage, site))
    assert [row["status"] for row in found.values()] == ["quarantined", "complete", "complete"]
    cameras = tuple(camera.model_copy(update={"frame_rate_hz": 25.0}) for camera in site.cameras)
    stated = rows(discover(footage, site.model_copy(update={"cameras": cameras})))
    assert {row["status"] for row in stated.values()} == {"complete"}
