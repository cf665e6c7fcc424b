"""Drawings that cannot be used are refused by name; recordings of other sizes are laid on what was drawn on."""

from pathlib import Path

import pytest

from analytics.configfile import load
from analytics.errors import ConfigError
from analytics.locating.drawings import canvas_of, drawings_of, name_of
from analytics.sites import Camera, FloorPlan, Line, Site, Zone

SIZED = Camera(camera_id="gate", width_px=640, height_px=360)
UNSIZED = Camera(camera_id="gate")
AREA = ((10.0, 10.0), (600.0, 20.0), (300.0, 300.0))


def site_file(folder: Path, drawn: str) -> Path:
    path = folder / "site.yaml"
    path.write_text(
        "site_id: shop\ncameras: [{camera_id: gate, width_px: 640, height_px: 360}]\n" + drawn, encoding="utf-8"
    )
    return path


@pytest.mark.parametrize(
    ("drawn", "field", "reason"),
    [
        (
            "zones: [{zone_id: a, camera_id: gate, polygon: [[0, 0], [9, 9], [9, 0], [0, 9]]}]",
            "polygon",
            "do not cross",
        ),
        ("zones: [{zone_id: a, camera_id: gate, polygon: [[0, 0], [5, 5], [9, 9]]}]", "polygon", "an area"),
        ("zones: [{zone_id: a, camera_id: gate, polygon: [[0, 0], [641, 5], [9, 9]]}]", "polygon", "inside the image"),
        ("zones: [{zone_id: a, camera_id: null, polygon: [[0, 0], [3, 0], [3, 3]]}]", "camera_id", "no floor_plan"),
        ("lines: [{line_id: a, camera_id: gate, start: [5, 5], end: [5, 5]}]", "end", "of some length"),
        ("lines: [{line_id: a, camera_id: gate, start: [5, 5], end: [5, 500]}]", "end", "inside the image"),
        (
            "zones: [{zone_id: a, camera_id: gate, polygon: [[0, 0], [9, 0], [9, 9]]},"
            "{zone_id: a, camera_id: gate, polygon: [[0, 0], [9, 0], [9, 9]]}]",
            "zone_id",
            "different values",
        ),
        (
            "lines: [{line_id: a, camera_id: gate, start: [5, 5], end: [5, 9]},"
            "{line_id: a, camera_id: gate, start: [5, 5], end: [5, 8]}]",
            "line_id",
            "different values",
        ),
    ],
    ids=["crosses itself", "no area", "outside", "no plan", "no length", "line outside", "same zone", "same line"],
)
def test_a_drawing_that_cannot_be_used_is_refused(tmp_path: Path, drawn: str, field: str, reason: str) -> None:
    """Reading the site, or its drawings, says which field is wrong and what was expected."""
    with pytest.raises(ConfigError, match=reason) as caught:
        drawings_of(load(site_file(tmp_path, drawn), Site))
    assert field in str(caught.value.field)


def test_a_zone_and_a_line_may_have_one_id() -> None:
    """They are told apart by their kind."""
    zone = Zone(zone_id="door", camera_id="gate", polygon=AREA)
    line = Line(line_id="door", camera_id="gate", start=(0, 0), end=(5, 5))
    site = Site(
        site_id="shop", cameras=(SIZED,), zones=(zone,), lines=(line,), floor_plan=FloorPlan(width_m=9, height_m=9)
    )
    assert [name_of(each) for each in drawings_of(site)] == ["zone-door", "line-door"]


def test_recordings_of_another_size_are_scaled() -> None:
    """Twice as wide and high: halved. Rounded streams differ a little in x and y."""
    found = canvas_of(SIZED, [(1280, 720), (640, 360), (704, 396)], [])
    assert found is not None
    assert (found.width_px, found.height_px) == (640, 360)
    assert found.scales == {(640, 360): (1, 1), (704, 396): (640 / 704, 360 / 396), (1280, 720): (0.5, 0.5)}


def test_recordings_of_another_shape_are_left_out_and_told() -> None:
    """A 4:3 picture shows another part of the scene."""
    found = canvas_of(SIZED, [(640, 480), (640, 360)], [])
    assert found is not None
    assert found.misfits == ((640, 480),)
    assert list(found.scales) == [(640, 360)]


def test_without_a_stated_size_the_recordings_tell_it() -> None:
    """One size is enough; several are not, and a drawing has to be inside."""
    found = canvas_of(UNSIZED, [(800, 450)], [Zone(zone_id="a", camera_id="gate", polygon=AREA)])
    assert found is not None
    assert found.scales == {(800, 450): (1, 1)}
    with pytest.raises(ConfigError, match="800 x 450, 1280 x 720"):
        canvas_of(UNSIZED, [(800, 450), (1280, 720)], [])
    with pytest.raises(ConfigError, match="inside the image of gate") as caught:
        canvas_of(UNSIZED, [(320, 180)], [Zone(zone_id="a", camera_id="gate", polygon=AREA)])
    assert caught.value.field == "zone-a"


def test_without_recordings_there_is_no_canvas() -> None:
    """A camera that recorded nothing has nothing to be drawn on, which is no error."""
    assert canvas_of(UNSIZED, [], [Zone(zone_id="a", camera_id="gate", polygon=AREA)]) is None
