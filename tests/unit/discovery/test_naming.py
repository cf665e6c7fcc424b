"""What paths say under each recorder's template."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from analytics.discovery.naming import PRESETS, NamePattern, compile_template
from analytics.timebase import to_instant

UTC = ZoneInfo("UTC")
BERLIN = ZoneInfo("Europe/Berlin")


def preset(name: str) -> NamePattern:
    return compile_template(PRESETS[name].template)


def at(text: str) -> int:
    return to_instant(datetime.fromisoformat(text))


@pytest.mark.parametrize(
    ("name", "path", "camera", "start"),
    [
        ("default", "hall/20260105T090000Z.mp4", "hall", "2026-01-05T09:00:00+00:00"),
        ("default", "pets/cam1/20260105T090000Z.264", "pets/cam1", "2026-01-05T09:00:00+00:00"),
        ("frigate", "2026-01-05/09/hall/30.15.mp4", "hall", "2026-01-05T09:30:15+00:00"),
        ("mediamtx", "hall/2026-01-05_09-30-15-250000.mp4", "hall", "2026-01-05T09:30:15.25+01:00"),
        ("mediamtx", "site/hall/2026-01-05_09-30-15-000001.ts", "site/hall", "2026-01-05T09:30:15.000001+01:00"),
        ("blueiris", "hall.20260105_093015.mp4", "hall", "2026-01-05T09:30:15+01:00"),
        ("blueiris", "New/2026/hall.20260105_093015.mp4", "hall", "2026-01-05T09:30:15+01:00"),
        ("ffmpeg", "hall/20260105T093015+0100.mkv", "hall", "2026-01-05T09:30:15+01:00"),
        ("ffmpeg", "hall/20260105T093015Z.mkv", "hall", "2026-01-05T09:30:15+00:00"),
    ],
)
def test_presets_read_their_recorders_names(name: str, path: str, camera: str, start: str) -> None:
    """Camera and start, by the recorder's own clock in a site in Berlin."""
    reading = preset(name).read(path, BERLIN, PRESETS[name].clock)
    assert reading is not None
    assert reading.camera == camera
    assert reading.start is not None
    assert reading.start.instant == at(start)


@pytest.mark.parametrize(
    "path",
    [
        "20260105T090000Z.mp4",
        "hall/20260105T090000.mp4",
        "hall/20260105T090000Z",
        "hall/x20260105T090000Z.mp4",
        "hall/20260105T090000Z.mp4.part",
        "hall/" + "\u0662\u0660\u0662\u0666" + "0105T090000Z.mp4",
        "",
    ],
)
def test_other_names_do_not_fit(path: str) -> None:
    """The whole path fits or nothing is read from it."""
    assert preset("default").read(path, UTC, "utc") is None


def test_an_impossible_date_is_a_problem_and_keeps_the_camera() -> None:
    """The name fits by its shape; the month 13 is told."""
    reading = preset("default").read("hall/20261305T090000Z.mp4", UTC, "utc")
    assert reading is not None
    assert (reading.camera, reading.start) == ("hall", None)
    assert "20261305T090000Z" in (reading.problem or "")


def test_an_offset_in_the_name_goes_before_the_clock() -> None:
    """With %z the site's clock does not matter."""
    pattern = compile_template("{camera}/{start:%Y%m%dT%H%M%S%z}.{ext}")
    readings = [pattern.read("a/20260705T090000+0530.mp4", BERLIN, clock) for clock in ("utc", "local")]
    assert [reading and reading.start and reading.start.instant for reading in readings] == [
        at("2026-07-05T09:00:00+05:30")
    ] * 2


def test_a_repeated_hour_gives_both_instants() -> None:
    """When clocks are set back, 02:30 occurs at 00:30 and at 01:30 UTC; the earlier one comes first."""
    reading = preset("mediamtx").read("a/2026-10-25_02-30-00-000000.mp4", BERLIN, "local")
    assert reading is not None
    start = reading.start
    assert start is not None
    assert start.is_ambiguous
    assert (start.instant, start.later) == (at("2026-10-25T00:30:00+00:00"), at("2026-10-25T01:30:00+00:00"))


def test_a_skipped_hour_is_flagged_without_a_second_instant() -> None:
    """When clocks are set forward, 02:30 never occurs."""
    reading = preset("mediamtx").read("a/2026-03-29_02-30-00-000000.mp4", BERLIN, "local")
    assert reading is not None
    assert reading.start is not None
    assert reading.start.is_ambiguous
    assert reading.start.later is None


def test_a_utc_clock_knows_no_repeated_hour() -> None:
    """The same digits by UTC are one instant."""
    reading = preset("mediamtx").read("a/2026-10-25_02-30-00-000000.mp4", BERLIN, "utc")
    assert reading is not None
    assert reading.start is not None
    assert not reading.start.is_ambiguous


@pytest.mark.parametrize(
    ("template", "path", "camera"),
    [
        ("{ignore}/{camera}/{start:%Y%m%d}-{ignore}.{ext}", "x/y/hall/20260105-ch01-end.avi", "hall"),
        ("{camera}/{start:%Y%j}.dat", "hall/2026005.dat", "hall"),
        ("{ignore}/{camera}_{start:%y%m%d%H}.{ext}", "hall_26010500.mp4", "hall"),
        ("{start:%Y}/{start:%m}/{start:%d}/{camera}.{ext}", "2026/01/05/hall.mp4", "hall"),
        ("rec (1)/{camera}+{start:%d.%m.%Y}.{ext}", "rec (1)/hall+05.01.2026.mp4", "hall"),
    ],
)
def test_templates_of_ones_own(template: str, path: str, camera: str) -> None:
    """Ignored text and folders, parts in any order, and characters that a regex would take for its own."""
    reading = compile_template(template).read(path, UTC, "utc")
    assert reading is not None
    assert reading.camera == camera
    assert reading.start is not None
    assert reading.start.instant == at("2026-01-05T00:00:00+00:00")


def test_a_template_without_a_start_leaves_it_to_sidecar_and_container() -> None:
    """Only the camera is read."""
    reading = compile_template("{camera}/{ignore}.{ext}").read("hall/clip7.mp4", UTC, "utc")
    assert reading is not None
    assert (reading.camera, reading.start, reading.problem) == ("hall", None, None)


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("", "expected one of default, frigate"),
        ("/abs/{camera}", "expected a path below the footage folder"),
        ("fixed.mp4", "expected one of default, frigate"),
        ("{camra}/{ext}", "only"),
        ("{camera}/{camera}/{ext}", "at most once"),
        ("{camera}/{start:%H%M}.{ext}", "year, month and day"),
        ("{start:%Y%m%d}{start:%Y}.{ext}", "%Y at most once"),
        ("{start:%Y%m%d%Q}.{ext}", "got %Q"),
        ("{start:%Y%m%d%}.{ext}", "expected one of"),
        ("{start:%Y-%m-%d/{camera}", "only"),
    ],
)
def test_wrong_templates_say_what_is_expected(template: str, reason: str) -> None:
    """A typo in a template stops the run before it begins."""
    with pytest.raises(ValueError, match=reason.replace("(", r"\(")):
        compile_template(template)
