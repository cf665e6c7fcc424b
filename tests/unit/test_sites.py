"""What a site refuses, and what it works out for itself."""

from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from analytics.sites import Camera, FootageNames, Line, LocalRange, Site, Transit, Zone
from analytics.timebase import Interval
from tests.builders.video import instant

SQUARE = ((10.0, 10.0), (50.0, 10.0), (50.0, 50.0), (10.0, 50.0))


def site(**fields: Any) -> Site:
    cameras = fields.pop("cameras", (Camera(camera_id="hall"), Camera(camera_id="yard")))
    return Site(site_id="s", cameras=cameras, **fields)


def reason(**fields: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        site(**fields)
    return str(caught.value)


def test_a_site_without_cameras_is_refused() -> None:
    """A night without cameras would be empty without a word."""
    assert "expected at least one camera" in reason(cameras=())


@pytest.mark.parametrize("camera_id", ["", "a/b", ".hidden", "-x", "a b", "ü", "a\n"])
def test_a_camera_id_that_cannot_be_a_folder_is_refused(camera_id: str) -> None:
    """The id becomes a folder of the lake: letters, digits, dot, underscore and hyphen, not first."""
    with pytest.raises(ValidationError):
        Camera(camera_id=camera_id)


@pytest.mark.parametrize("zone", ["Europe/Berln", "", "../etc/passwd", "/etc/passwd", "Europe"])
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    """Only IANA names are zones, and a path is none."""
    assert "expected an IANA name" in reason(timezone=zone)


@pytest.mark.parametrize("folder", ["/abs", "../up", "a/../b", "a/"])
def test_a_folder_outside_the_footage_is_refused(folder: str) -> None:
    """A camera's files lie below the footage folder."""
    with pytest.raises(ValidationError, match="expected a path below the footage folder"):
        Camera(camera_id="c", folder=folder)


def test_two_cameras_of_one_id_or_one_folder_are_refused() -> None:
    """A file belongs to one camera."""
    assert "cameras.1.camera_id" in reason_of_fields([{"camera_id": "a"}, {"camera_id": "a"}])
    assert "cameras.1.folder" in reason_of_fields([{"camera_id": "a"}, {"camera_id": "b", "folder": "a"}])


def reason_of_fields(cameras: list[dict[str, str]]) -> str:
    with pytest.raises(ValidationError) as caught:
        Site.model_validate({"site_id": "s", "cameras": cameras})
    context = caught.value.errors()[0]["ctx"]
    return f"{context['field']}: {context['reason']}"


@pytest.mark.parametrize(
    "polygon",
    [SQUARE[:2], ((0, 0), (10, 10), (10, 0), (0, 10)), (*SQUARE, SQUARE[0]), ((0, 0), (1, 1), (float("nan"), 2))],
)
def test_a_polygon_that_encloses_nothing_certain_is_refused(polygon: tuple[tuple[float, float], ...]) -> None:
    """Fewer than three corners, crossing edges, a corner twice, no number."""
    with pytest.raises(ValidationError):
        Zone(zone_id="z", camera_id="hall", polygon=polygon)


def test_zones_and_masks_outside_a_known_image_are_refused_and_its_edge_is_inside() -> None:
    """A zone that was drawn on another resolution would count nothing."""
    camera = Camera(camera_id="hall", width_px=50, height_px=50)
    site(cameras=(camera,), zones=(Zone(zone_id="z", camera_id="hall", polygon=SQUARE),))
    wide = ((10, 10), (50.5, 10), (50, 50))
    assert "inside the image" in reason(cameras=(camera,), zones=(Zone(zone_id="z", camera_id="hall", polygon=wide),))
    with pytest.raises(ValidationError, match="inside the image"):
        Camera(camera_id="hall", width_px=50, height_px=50, masks=(wide,))


def test_masks_without_the_size_of_their_picture_are_refused() -> None:
    """Whoever draws on the main stream and records the sub-stream would hide another place."""
    with pytest.raises(ValidationError) as caught:
        Camera(camera_id="hall", masks=(SQUARE,))
    assert caught.value.errors()[0]["ctx"]["field"] == "width_px"


def test_zones_lines_and_transits_of_unknown_cameras_are_refused() -> None:
    """What is drawn nowhere counts nothing."""
    assert "expected one of hall, yard" in reason(zones=(Zone(zone_id="z", camera_id="hal", polygon=SQUARE),))
    assert "expected one of hall, yard" in reason(lines=(Line(line_id="l", camera_id="x", start=(0, 0), end=(1, 0)),))
    move = Transit(from_camera="hall", to_camera="x", min_s=1, max_s=2)
    assert "transits.0.to_camera" in str(error_context(transits=(move,)))


def error_context(**fields: Any) -> dict[str, Any]:
    with pytest.raises(ValidationError) as caught:
        site(**fields)
    return caught.value.errors()[0]["ctx"]


def test_a_drawing_on_the_floor_plan_needs_one() -> None:
    """A zone without a camera is in metres of the plan."""
    assert "no floor_plan" in reason(zones=(Zone(zone_id="z", camera_id=None, polygon=SQUARE),))


def test_repeated_zone_and_line_ids_are_refused() -> None:
    """An id names one thing."""
    zone = Zone(zone_id="z", camera_id="hall", polygon=SQUARE)
    line = Line(line_id="l", camera_id="hall", start=(0, 0), end=(1, 0))
    assert error_context(zones=(zone, zone))["field"] == "zones.1.zone_id"
    assert error_context(lines=(line, line))["field"] == "lines.1.line_id"


def test_a_line_without_length_and_a_transit_backwards_are_refused() -> None:
    """Equal ends give no direction; min_s = max_s is a transit."""
    with pytest.raises(ValidationError, match="some length"):
        Line(line_id="l", camera_id="hall", start=(1, 1), end=(1, 1))
    with pytest.raises(ValidationError, match="min_s <= max_s"):
        Transit(from_camera="a", to_camera="b", min_s=3, max_s=2)
    Transit(from_camera="a", to_camera="b", min_s=2, max_s=2)
    with pytest.raises(ValidationError, match="two cameras"):
        Transit(from_camera="a", to_camera="a", min_s=1, max_s=2)


def test_a_service_zone_names_a_queue() -> None:
    """A wait ends where a queue is served."""
    queue = Zone(zone_id="q", camera_id="hall", polygon=SQUARE, kind="queue")
    till = Zone(zone_id="t", camera_id="hall", polygon=SQUARE, kind="service", serves="q")
    site(zones=(queue, till))
    assert error_context(zones=(till,))["field"] == "zones.0.serves"
    with pytest.raises(ValidationError, match="serves"):
        Zone(zone_id="t", camera_id="hall", polygon=SQUARE, kind="service")


def test_a_template_of_ones_own_states_its_clock() -> None:
    """Local and UTC names look alike; only an offset in the name tells."""
    with pytest.raises(ValidationError, match="expected utc or local"):
        FootageNames(template="{camera}/{start:%Y%m%d_%H%M%S}.mp4")
    assert FootageNames(template="{camera}/{start:%Y%m%d_%H%M%S%z}.mp4").names_clock == "utc"
    assert FootageNames(template="mediamtx").names_clock == "local"
    assert FootageNames(template="mediamtx", clock="utc").names_clock == "utc"


@pytest.mark.parametrize("moment", [4, 240.0, "04:00Z", "25:00", True])
def test_a_time_of_day_is_text_without_an_offset(moment: object) -> None:
    """A bare 4 would be four seconds past midnight."""
    with pytest.raises(ValidationError):
        Site.model_validate({"site_id": "s", "cameras": [{"camera_id": "a"}], "day_starts_at": moment})


def test_inferred_cameras_are_the_folders_with_videos(tmp_path: Path) -> None:
    """Nested folders are joined by hyphens; folders without videos are no cameras."""
    for path in (
        "hall/cam1/a.mp4",
        "hall/cam2/b.MKV",
        "yard/c.264",
        "notes/read.txt",
        "hall/.tmp/d.mp4",
        "yard/c.json",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    found = Site.inferred(tmp_path)
    assert [(camera.camera_id, camera.footage_folder) for camera in found.cameras] == [
        ("hall-cam1", "hall/cam1"),
        ("hall-cam2", "hall/cam2"),
        ("yard", "yard"),
    ]
    assert found.timezone == "UTC"


def test_inferred_ids_stay_apart_when_folders_are_written_alike(tmp_path: Path) -> None:
    """a/b and a-b would both be a-b; the plain one keeps the name."""
    for path in ("a/b/1.mp4", "a-b/1.mp4", "ü/1.mp4", "ö/1.mp4", "1.mp4"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    ids = [camera.camera_id for camera in Site.inferred(tmp_path).cameras]
    assert len(set(ids)) == 5
    assert "a-b" in ids
    assert Site.inferred(tmp_path) == Site.inferred(tmp_path)


def test_an_empty_folder_still_infers_a_site(tmp_path: Path) -> None:
    """The run that follows says that there is nothing to do, not that there is no camera."""
    assert [camera.footage_folder for camera in Site.inferred(tmp_path).cameras] == ["."]


@pytest.mark.parametrize(
    ("template", "path", "camera"),
    [
        ("default", "hall/cam1/whatever.mp4", ("hall-cam1", "hall/cam1")),
        ("mediamtx", "hall/cam1/2026-01-05_09-00-00-000000.mp4", ("hall-cam1", "hall/cam1")),
        ("frigate", "2026-01-05/09/door/00.00.mp4", ("door", "door")),
        ("blueiris", "clips/door.20260105_090000.mp4", ("door", "door")),
    ],
)
def test_a_site_without_cameras_has_those_of_its_footage(
    tmp_path: Path, template: str, path: str, camera: tuple[str, str]
) -> None:
    """By folder, or by what the names have at {camera}; what the site does state is kept."""
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).touch()
    given = Site(site_id="s", timezone="Europe/Berlin", day_starts_at=time(4), footage=FootageNames(template=template))
    found = given.with_cameras_of(tmp_path)
    assert [(one.camera_id, one.footage_folder) for one in found.cameras] == [camera]
    assert (found.site_id, found.timezone, found.day_starts_at) == ("s", "Europe/Berlin", time(4))
    assert found.with_cameras_of(tmp_path / "elsewhere") is found


def test_cameras_must_be_listed_where_the_footage_does_not_tell_them(tmp_path: Path) -> None:
    """Names without {camera}, drawings on a camera, or no name that fits the template."""
    square = Zone(zone_id="z", camera_id="hall", polygon=SQUARE)
    names = FootageNames(template="{ignore}/{start:%Y%m%dT%H%M%S%z}.{ext}")
    for fields in ({"zones": (square,)}, {"footage": names}):
        with pytest.raises(ValidationError) as caught:
            Site(site_id="s", **fields)  # type: ignore[arg-type]
        assert caught.value.errors()[0]["ctx"]["field"] == "cameras"
    (tmp_path / "clip.mp4").touch()
    with pytest.raises(ValueError, match=r"found none, but clip\.mp4"):
        Site(site_id="s", footage=FootageNames(template="frigate")).with_cameras_of(tmp_path)


def test_expected_ranges_past_midnight_are_cut_to_the_night() -> None:
    """22:00 to 06:00 gives the early and the late part of a night that begins at midnight."""
    from zoneinfo import ZoneInfo

    camera = Camera(camera_id="c", expected=(LocalRange(starts_at=time(22), ends_at=time(6)),))
    parts = camera.expected_on(date(2026, 1, 5), ZoneInfo("UTC"))
    assert parts == (
        Interval(instant("20260105T000000Z"), instant("20260105T060000Z")),
        Interval(instant("20260105T220000Z"), instant("20260106T000000Z")),
    )
    whole = Camera(camera_id="c", expected=(LocalRange(starts_at=time(0), ends_at=time(0)),))
    assert whole.expected_on(date(2026, 1, 5), ZoneInfo("UTC")) == (
        Interval(instant("20260105T000000Z"), instant("20260106T000000Z")),
    )
    assert Camera(camera_id="c").expected_on(date(2026, 1, 5), ZoneInfo("UTC")) is None
    assert Camera(camera_id="c", expected=()).expected_on(date(2026, 1, 5), ZoneInfo("UTC")) == ()


def test_expected_ranges_follow_daylight_saving() -> None:
    """The night on which clocks go forward is an hour shorter."""
    from zoneinfo import ZoneInfo

    camera = Camera(camera_id="c", expected=(LocalRange(starts_at=time(1), ends_at=time(5)),))
    (part,) = camera.expected_on(date(2026, 3, 29), ZoneInfo("Europe/Berlin")) or ()
    assert part.duration_s == 3 * 3600
