"""Heatmaps of a small lake: who is counted, what is seen, and how two periods differ."""

from datetime import date, time
from pathlib import Path

import numpy as np
import pytest

from analytics.heatmaps.cells import HEATMAP_CELLS, HEATMAP_DIFFERENCES, cells_of, differences_of
from analytics.heatmaps.heatmap import Heatmap, Measure, Presence, difference_of, heatmap_of, presence_of
from analytics.heatmaps.periods import period_of
from analytics.heatmaps.views import camera_view, floor_view
from analytics.heatmaps.week import week_of
from analytics.lake.lake import Lake
from analytics.settings import Settings
from analytics.sites import LocalRange
from tests.builders.answers import NIGHT, Filmed, Seen, Story, open_new, write_story
from tests.builders.floors import SHOP_FLOOR, floor_points, standing

WITH_SPACE = {
    ("a", "left"): standing(1.1, 1.1, 0, 60),
    ("b", "left"): standing(5.1, 3.1, 100, 130),
    ("c", "right"): standing(5.1, 3.1, 100, 130),
    ("d", "right"): standing(8.1, 6.1, 1800, 1860),
    ("s", "right"): standing(9.1, 1.1, 0, 600),
}
SEEN = (
    Seen("a", "left", "anna", 0, 60),
    Seen("b", "left", "bert", 100, 130),
    Seen("c", "right", "bert", 100, 130),
    Seen("d", "right", "anna", 1800, 1860, other="dora", switched_s=1840),
    Seen("s", "right", "sam", 0, 600),
)
SMALL = {"cell_m": 1.0, "sigma_m": 0.5}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Return a lake of an hour: anna stands, bert is seen by both cameras at once, sam works here."""
    opened = open_new(tmp_path_factory.mktemp("heat"))
    write_story(opened, Story(seen=SEEN, points=floor_points(WITH_SPACE), staff=["sam"], site=SHOP_FLOOR))
    return opened


def presence(
    lake: Lake, starts: time | None = None, ends: time | None = None, night: date = NIGHT, *, with_staff: bool = False
) -> Presence:
    """Return who was on the floor."""
    period = period_of(SHOP_FLOOR, [night], starts, ends)
    return presence_of(lake, SHOP_FLOOR, floor_view(SHOP_FLOOR, {}, **SMALL), period, Settings(), with_staff=with_staff)


def heat(found: Presence, measure: Measure = "dwell", min_people: int = 1) -> Heatmap:
    """Return a heatmap."""
    return heatmap_of(found, measure, min_people, 10.0)


def test_seconds_and_visits_lie_where_people_stood(lake: Lake) -> None:
    """Each person's time once, at its place, staff left out; a switched tracklet is two people."""
    found = presence(lake)
    dwell, visits = heat(found), heat(found, "visits")
    assert dwell.values[1, 1] == pytest.approx(60)
    assert dwell.values[3, 5] == pytest.approx(30, abs=0.6)  # two cameras saw bert at once
    assert dwell.values[6, 8] == pytest.approx(60)
    assert (visits.values[1, 1], visits.values[3, 5], visits.values[6, 8]) == (1, 1, 2)
    assert dwell.values.sum() == pytest.approx(150, abs=0.6)
    assert dwell.smoothed.sum() == pytest.approx(dwell.values.sum())
    assert found.person_count == 3
    assert found.coverage == 1.0
    assert heat(presence(lake, with_staff=True)).values[1, 9] == pytest.approx(600)


def test_a_cell_that_no_camera_sees_has_no_value(lake: Lake, tmp_path: Path) -> None:
    """Cameras see the whole shop; with one camera's footage only its half has values, and nulls lie elsewhere."""
    assert presence(lake).seen.all()
    half = open_new(tmp_path)
    points = floor_points({key: places for key, places in WITH_SPACE.items() if key[1] == "left"})
    filmed = [Filmed("left", 0, 3600), Filmed("right", 0, 3600, status="quarantined")]
    write_story(half, Story(seen=SEEN[:2], points=points, filmed=filmed, site=SHOP_FLOOR))
    found = presence(half)
    # right of the left camera's floor points, and a metre around them
    assert not found.seen[:, 8:].any()
    assert found.seen[:, :6].all()
    table = cells_of(heat(found))
    HEATMAP_CELLS.check(table)
    rows = table.to_pylist()
    assert all((row["value"] is None) == (not row["is_seen"]) for row in rows)
    assert {row["coverage"] for row in rows if row["column_no"] == 9} == {0.0}
    assert {row["coverage"] for row in rows if row["column_no"] == 0} == {1.0}


def test_few_people_are_left_out_before_anything_is_spread(lake: Lake) -> None:
    """Cells of one person are empty in values and in the spread, and told as small; nobody is not small."""
    found = heat(presence(lake), "dwell", min_people=2)
    assert found.is_small[1, 1]
    assert not found.is_small[0, 0]
    assert found.values.sum() == found.values[6, 8] == pytest.approx(60)
    assert found.smoothed.sum() == pytest.approx(60)
    assert found.small_share == pytest.approx(90 / 150, abs=0.01)
    cell = next(row for row in cells_of(found).to_pylist() if (row["row_no"], row["column_no"]) == (1, 1))
    assert (cell["value"], cell["people"], cell["is_small"]) == (None, None, True)


def test_a_difference_turned_round_changes_its_sign(lake: Lake) -> None:
    """Values are for each hour of footage: the second half hour minus the first, and back."""
    first, second = presence(lake, None, time(9, 30)), presence(lake, time(9, 30), time(10))
    assert (first.footage_h, second.footage_h) == (pytest.approx(1.0), pytest.approx(1.0))  # two cameras
    there, back = difference_of(heat(first), heat(second)), difference_of(heat(second), heat(first))
    np.testing.assert_allclose(there.values, -back.values)
    assert there.values.sum() == pytest.approx((60 - 90) / 0.5, abs=1.5)
    assert there.values[6, 8] > 0 > there.values[1, 1]
    HEATMAP_DIFFERENCES.check(differences_of(there))


def test_a_period_without_footage_is_not_a_zero(lake: Lake) -> None:
    """Another night, and an evening in which nothing was recorded: coverage none, nothing seen, every value null."""
    for found in (presence(lake, night=date(2026, 1, 6)), presence(lake, time(20), time(21))):
        assert found.footage_h == 0
        assert not found.seen.any()
        assert set(cells_of(heat(found))["value"].to_pylist()) == {None}


def test_expected_hours_without_recordings_lower_the_coverage(lake: Lake) -> None:
    """From 9:30 to 10:30 half is recorded; what the table expects of the hours decides."""
    late = presence(lake, time(9, 30), time(10, 30))
    assert late.footage_h == pytest.approx(1.0)
    cameras = tuple(
        camera.model_copy(update={"expected": (LocalRange(starts_at=time(9), ends_at=time(9, 30)),)})
        for camera in SHOP_FLOOR.cameras
    )
    site = SHOP_FLOOR.model_copy(update={"cameras": cameras})
    view = floor_view(site, {}, **SMALL)
    assert presence_of(lake, site, view, period_of(site, [NIGHT], time(9, 30), None), Settings()).coverage is None


def test_without_linking_every_tracklet_is_a_person_and_it_is_told(tmp_path: Path) -> None:
    """Bert's two tracklets are two people now, staff is not known, and the night is named."""
    unlinked = open_new(tmp_path)
    write_story(unlinked, Story(seen=SEEN, points=floor_points(WITH_SPACE), staff=["sam"], site=SHOP_FLOOR))
    unlinked.ledger.publish(NIGHT, "link", [])
    found = presence(unlinked)
    assert found.people.unlinked == (NIGHT,)
    assert found.person_count == 5
    assert heat(found).people[3, 5] == 2


def test_a_camera_view_counts_px_and_its_kernel_grows_with_a_metre(lake: Lake) -> None:
    """Straight from above a metre is 10 px everywhere; the time is that of the one camera."""
    view = camera_view(SHOP_FLOOR.camera("left"), [], cell_px=5.0, sigma_m=0.4)
    assert view is not None
    np.testing.assert_allclose(view.sigma_cells, 0.4 * 10 / 5, rtol=1e-6)
    found = presence_of(lake, SHOP_FLOOR, view, period_of(SHOP_FLOOR, [NIGHT]), Settings())
    dwell = heat(found)
    assert dwell.values[2, 2] == pytest.approx(60)
    assert dwell.values[6, 10] == pytest.approx(30)
    assert dwell.values.sum() == pytest.approx(90)


def test_hours_of_the_week_are_local_and_only_told_with_footage(lake: Lake) -> None:
    """9:00 UTC on a Monday is 14:30 in Kolkata: half of each local hour, too little for people an hour."""
    site = SHOP_FLOOR.model_copy(update={"timezone": "Asia/Kolkata"})
    view = floor_view(site, {}, **SMALL)
    found = presence_of(lake, site, view, period_of(site, [NIGHT]), Settings())
    week = week_of(found, "dwell", 1)
    assert np.argwhere(week.is_told).tolist() == [[0, 14], [0, 15]]
    assert week.values[0, 14] == pytest.approx(90 / 1800, abs=0.001)
    assert week.values[0, 15] == pytest.approx(60 / 1800, abs=0.001)
    assert not week_of(found, "visits", 1).is_told.any()
    utc = week_of(presence(lake), "visits", 1)
    assert np.argwhere(utc.is_told).tolist() == [[0, 9]]
    assert utc.values[0, 9] == 3
