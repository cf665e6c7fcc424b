"""`crosscam locate` on lakes on disk: what it writes, what a changed drawing makes anew, and what it refuses."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from analytics.errors import LakeError
from analytics.lake.lake import Lake
from analytics.lake.store import open_store
from analytics.marts import LINE_CROSSINGS, ZONE_PRESENCE
from analytics.settings import Locating, Settings
from analytics.sites import Camera, FloorPlan, Line, PlanPoint, Site, Zone
from jobs.locating import STAGE, entries_of, locate_night, nights_to_locate
from tests.builders.nights import command
from tests.builders.walks import NIGHT, START, Walk, write_walks

LEFT = Zone(zone_id="left", camera_id="hall", polygon=((0, 0), (320, 0), (320, 350), (0, 350)))
RIGHT = Zone(zone_id="right", camera_id="hall", polygon=((320, 0), (640, 0), (640, 350), (320, 350)))
DOOR = Line(line_id="door", camera_id="hall", start=(320, 100), end=(320, 350))
PLAIN = Settings(locating=Locating(foot_rise_heights=0.0))
ACROSS = (Walk("a", (105.0, 200.0), (495.0, 200.0)), Walk("b", (495.0, 300.0), (105.0, 300.0), starts_s=60.0))


def floor_points(shift_m: float) -> tuple[PlanPoint, ...]:
    """Return a floor on which 100 px are a metre, beginning at `shift_m`."""
    corners = ((0, 0), (640, 0), (640, 350), (0, 350))
    return tuple(PlanPoint(image_px=(x, y), plan_m=(x / 100 + shift_m, y / 100)) for x, y in corners)


SITE = Site(
    site_id="shop",
    cameras=(
        Camera(camera_id="hall", width_px=640, height_px=360, floor_points=floor_points(0.0)),
        Camera(camera_id="yard", width_px=640, height_px=360, floor_points=floor_points(6.4)),
    ),
    zones=(LEFT, RIGHT),
    lines=(DOOR,),
    floor_plan=FloorPlan(width_m=12.8, height_m=3.5),
)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Two people in the hall, who cross it one after the other."""
    opened = Lake(open_store(str(tmp_path / "lake")))
    write_walks(opened, "hall", ACROSS)
    return opened


def seconds(lake: Lake) -> dict[tuple[str, str], tuple[float, float]]:
    """Return by tracklet and zone when it entered and left, seconds from the start."""
    return {
        (row["tracklet_id"], row["zone_id"]): tuple(
            round((row[name] - START).total_seconds(), 3) for name in ("entered_at", "left_at")
        )
        for row in lake.read(ZONE_PRESENCE).to_pylist()
    }


def test_a_night_is_located(lake: Lake) -> None:
    """One stays left, then right of the line, the other the other way round; both cross at the border of the zones."""
    assert nights_to_locate(lake) == (NIGHT,)
    assert locate_night(lake, SITE, PLAIN, NIGHT)
    assert seconds(lake) == {
        ("a", "left"): (0.0, 2.2),
        ("a", "right"): (2.2, 4.0),
        ("b", "right"): (60.0, 61.8),
        ("b", "left"): (61.8, 64.0),
    }
    rows = [
        (row["tracklet_id"], round((row["crossed_at"] - START).total_seconds(), 3), row["direction"])
        for row in lake.read(LINE_CROSSINGS).to_pylist()
    ]
    assert sorted(rows) == [("a", 2.2, "out"), ("b", 61.8, "in")]


def test_again_is_free(lake: Lake) -> None:
    """The second time nothing is written and nothing changes."""
    locate_night(lake, SITE, PLAIN, NIGHT)
    before = lake.store.sizes()
    assert not locate_night(lake, SITE, PLAIN, NIGHT)
    assert lake.store.sizes() == before


def test_a_moved_zone_changes_no_other(lake: Lake) -> None:
    """Keys and files of the others stay; moved back, everything is found."""
    locate_night(lake, SITE, PLAIN, NIGHT)
    first = {entry.item_id: entry for entry in entries_of(lake, NIGHT)}
    moved = RIGHT.model_copy(update={"polygon": ((400.0, 0.0), (640.0, 0.0), (640.0, 350.0), (400.0, 350.0))})
    assert locate_night(lake, SITE.model_copy(update={"zones": (LEFT, moved)}), PLAIN, NIGHT)
    second = {entry.item_id: entry for entry in entries_of(lake, NIGHT)}
    assert set(second) == {"zone-left", "zone-right", "line-door"}
    assert {name for name in second if second[name] != first[name]} == {"zone-right"}
    assert seconds(lake)["a", "right"] == (3.0, 4.0)
    written = set(lake.store.sizes())
    assert locate_night(lake, SITE, PLAIN, NIGHT)
    assert set(lake.store.sizes()) == written


def test_a_new_name_of_a_zone_makes_nothing_anew(lake: Lake) -> None:
    """What decides no row is in no key."""
    locate_night(lake, SITE, PLAIN, NIGHT)
    named = LEFT.model_copy(update={"name": "Left half", "kind": "entrance"})
    assert not locate_night(lake, SITE.model_copy(update={"zones": (named, RIGHT)}), PLAIN, NIGHT)


def test_a_removed_zone_disappears(lake: Lake) -> None:
    """Readers see what is drawn now; with nothing drawn they see nothing, and that is no error."""
    locate_night(lake, SITE, PLAIN, NIGHT)
    assert locate_night(lake, SITE.model_copy(update={"zones": (LEFT,)}), PLAIN, NIGHT)
    assert {zone for _, zone in seconds(lake)} == {"left"}
    assert locate_night(lake, SITE.model_copy(update={"zones": (), "lines": ()}), PLAIN, NIGHT)
    assert lake.read(ZONE_PRESENCE).num_rows == lake.read(LINE_CROSSINGS).num_rows == 0
    assert lake.ledger.published(NIGHT, STAGE) == ()


def test_new_footage_of_one_camera_makes_its_own_drawings_anew(lake: Lake) -> None:
    """A plan zone reads all projected cameras, a camera's zone only its own."""
    plan = Zone(zone_id="plan", camera_id=None, polygon=((2.0, 0.0), (9.0, 0.0), (9.0, 3.4), (2.0, 3.4)))
    site = SITE.model_copy(update={"zones": (LEFT, plan)})
    locate_night(lake, site, PLAIN, NIGHT)
    first = {entry.item_id: entry.key for entry in entries_of(lake, NIGHT)}
    write_walks(lake, "yard", [Walk("c", (5.0, 200.0), (395.0, 200.0), starts_s=9.0)])
    assert locate_night(lake, site, PLAIN, NIGHT)
    second = {entry.item_id: entry.key for entry in entries_of(lake, NIGHT)}
    assert {name for name in second if second[name] != first[name]} == {"zone-plan"}
    found = seconds(lake)
    assert found["c", "plan"] == (9.0, 11.6)
    assert found["a", "plan"] == (1.0, 4.0)


def test_recordings_of_another_size_are_scaled(tmp_path: Path) -> None:
    """The same walk in a picture twice as large gives the same rows."""
    opened = Lake(open_store(str(tmp_path / "large")))
    double = [
        Walk(w.name, *(tuple(np.multiply(p, 2).tolist()) for p in (w.begin, w.end)), starts_s=w.starts_s, height_px=200)
        for w in ACROSS
    ]
    write_walks(opened, "hall", double, size_px=(1280, 720))
    locate_night(opened, SITE, PLAIN, NIGHT)
    assert seconds(opened)["a", "left"] == (0.0, 2.2)
    assert opened.read(LINE_CROSSINGS).num_rows == 2


def test_recordings_of_another_shape_are_left_out_and_told(lake: Lake) -> None:
    """Their places are not known; the entry says so."""
    write_walks(lake, "hall", [Walk("square", (105.0, 200.0), (495.0, 200.0))], size_px=(640, 480))
    locate_night(lake, SITE, PLAIN, NIGHT)
    assert {name for name, _ in seconds(lake)} == {"a", "b"}
    assert all("640 x 480 px have another shape" in str(entry.reason) for entry in entries_of(lake, NIGHT))


def test_the_command_tells_what_it_found(lake: Lake, tmp_path: Path) -> None:
    """Rows for each drawing, how far the floor is off, and that the second time there was nothing to do."""
    path = tmp_path / "site.yaml"
    path.write_text(yaml.safe_dump(SITE.model_dump(mode="json", exclude_defaults=True)), encoding="utf-8")
    words = ("locate", "--lake", lake.store.location, "--site", str(path), "--format", "csv")
    code, text, err = command(*words)
    assert code == 0
    assert text.splitlines() == [
        "night,kind,id,rows,in,out",
        "2026-01-05,line,door,2,1,1",
        "2026-01-05,zone,left,2,,",
        "2026-01-05,zone,right,2,,",
    ]
    assert "floor points of 2 cameras: 0.000 m off the plan on average" in err
    assert "nothing to do" not in err
    assert "nothing to do" in command(*words)[2]


def test_the_command_says_what_is_missing(lake: Lake, tmp_path: Path) -> None:
    """A lake without perceived nights, another site's file, a camera's floor on one line: each has its message."""
    path = tmp_path / "site.yaml"
    path.write_text("site_id: shop\ncameras: [{camera_id: hall}]\n", encoding="utf-8")
    code, _, err = command("locate", "--lake", str(tmp_path / "empty"), "--site", str(path))
    assert (code, "no night of which all was perceived" in err) == (1, True)
    code, _, err = command("locate", "--lake", lake.store.location, "--site", str(path))
    assert (code, "no zones and no lines" in err) == (0, True)
    line = [PlanPoint(image_px=(n, n), plan_m=(n, n)) for n in range(4)]
    bent = SITE.model_copy(update={"cameras": (SITE.cameras[0].model_copy(update={"floor_points": tuple(line)}),)})
    path.write_text(yaml.safe_dump(bent.model_dump(mode="json", exclude_defaults=True)), encoding="utf-8")
    code, _, err = command("locate", "--lake", lake.store.location, "--site", str(path))
    assert (code, "cameras.hall.floor_points" in err, "on one line" in err) == (2, True, True)


def test_rare_frames_are_no_holes(tmp_path: Path) -> None:
    """With a frame every three seconds each follows the one before, though nothing longer than two is bridged."""
    opened = Lake(open_store(str(tmp_path / "rare")))
    write_walks(opened, "hall", [Walk("a", (105.0, 200.0), (495.0, 200.0), frames=14, step_s=3.0)])
    locate_night(opened, SITE, PLAIN, NIGHT)
    assert seconds(opened) == {("a", "left"): (0.0, 24.0), ("a", "right"): (24.0, 42.0)}
    assert opened.read(LINE_CROSSINGS).num_rows == 1


def test_tracklets_without_a_recording_are_an_error_and_not_nobody(lake: Lake) -> None:
    """Without its size no place of a picture is known; the message says how to get it."""
    lake.ledger.publish(NIGHT, "account", [])
    with pytest.raises(LakeError, match="crosscam run --night 2026-01-05"):
        locate_night(lake, SITE, PLAIN, NIGHT)
    write_walks(lake, "hall", [Walk("other", (105.0, 200.0), (495.0, 200.0))], size_px=(1280, 720))
    with pytest.raises(LakeError, match="hall-640-360"):
        locate_night(lake, SITE, PLAIN, NIGHT)
