"""The figures: what they count, what they leave out, and what they say of hours without footage."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from analytics.figures import FIGURES
from analytics.lake.lake import Lake
from analytics.settings import Linking, Settings
from analytics.sites import FloorPlan, PlanPoint
from analytics.warehouse.connection import Warehouse, connect
from jobs.summarising import summarise_night
from tests.builders.answers import (
    NIGHT,
    SHOP,
    SQUARE,
    Crossed,
    Filmed,
    Linked,
    Present,
    Seen,
    Story,
    open_new,
    write_story,
)

FEW_WORLDS = Settings(linking=Linking(count_worlds=20))
HOUR = 3600.0
DAY = Story(
    seen=[
        Seen("a0", "door", "ann", 100, 200),
        Seen("a1", "till", "ann", 230, 330),
        Seen("a2", "door", "ann", 340, 400),
        Seen("a3", "door", "ann", 400 + 2 * HOUR, 500 + 2 * HOUR),
        Seen("b0", "door", "bob", 100, 160),
        Seen("b1", "till", "bob", 200, 260),
        Seen("c0", "door", "cem", 50, 60),
        Seen("e0", "door", "eve", 0, HOUR),
        Seen("e1", "till", "eve", HOUR + 60, HOUR + 120),
        Seen("v0", "door", "van", 0, 100, class_name="car"),
    ],
    present=[
        Present("a0", "entrance", 110, 150),
        Present("b0", "entrance", 100, 120, "b"),
        Present("a1", "queue", 240, 300),
        Present("a1", "service", 300, 320),
        Present("b1", "queue", 210, 250),
        Present("e0", "entrance", 0, HOUR, "be"),
    ],
    crossed=[
        Crossed("a0", "gate", 105, "in"),
        Crossed("a2", "gate", 390, "out"),
        Crossed("b0", "gate", 101, "in"),
        Crossed("e0", "gate", 30, "in"),
        Crossed("v0", "gate", 30, "in"),
    ],
    linked=[Linked("a0", "a1", 0.9), Linked("a1", "a2", 0.8), Linked("a2", "a3", 0.95), Linked("b0", "b1", 0.7)],
    staff=["eve"],
    filmed=[
        Filmed("door", 0, HOUR),
        Filmed("door", HOUR, 2 * HOUR, "quarantined"),
        Filmed("door", 2 * HOUR, 3 * HOUR),
        Filmed("till", 0, 2 * HOUR),
    ],
)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    opened = open_new(tmp_path_factory.mktemp("figures"))
    write_story(opened, DAY)
    summarise_night(opened, SHOP, FEW_WORLDS, NIGHT)
    return opened


@pytest.fixture(scope="module")
def warehouse(lake: Lake) -> Iterator[Warehouse]:
    with connect(lake, SHOP) as opened:
        yield opened


def rows(warehouse: Warehouse, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in warehouse.query(sql).to_pylist()]


@pytest.mark.parametrize("contract", FIGURES, ids=lambda contract: contract.name)
def test_a_figure_keeps_its_contract(warehouse: Warehouse, contract: Any) -> None:
    """Columns, types, nulls, key and rules, on a night and on a lake of which nothing is known."""
    table = contract.conform(warehouse.query(f"SELECT * FROM {contract.name}"))
    contract.check(table)
    assert table.num_rows


def test_figures_of_an_empty_lake_have_no_rows(tmp_path: Path) -> None:
    """Without a site file and without tables: nothing to tell, and no error."""
    with connect(open_new(tmp_path)) as opened:
        for contract in FIGURES:
            table = contract.conform(opened.query(f"SELECT * FROM {contract.name}"))
            assert table.num_rows == 0


def test_footfall_counts_people_by_hour_and_direction(warehouse: Warehouse) -> None:
    """No staff, no cars; a filmed hour has 0, one that failed has null and coverage 0, others have no row."""
    found = rows(
        warehouse,
        "SELECT hour(hour_at), direction, crossings, coverage FROM footfall_hourly ORDER BY hour_at, direction",
    )
    assert found == [
        (9, "in", 2, 1.0),
        (9, "out", 1, 1.0),
        (10, "in", None, 0.0),
        (10, "out", None, 0.0),
        (11, "in", 0, 1.0),
        (11, "out", 0, 1.0),
    ]


def test_staff_are_counted_on_request(lake: Lake) -> None:
    """The variable `with_staff` decides for all figures."""
    with connect(lake, SHOP, with_staff=True) as opened:
        assert rows(opened, "SELECT sum(crossings) FROM footfall_hourly WHERE direction = 'in'") == [(3,)]
        assert rows(opened, "SELECT sum(visits) FROM dwell_hourly WHERE zone_id = 'entrance'") == [(3,)]
        assert rows(opened, "SELECT identities FROM returning_visitors") == [(4,)]


def test_dwell_by_hour(warehouse: Warehouse) -> None:
    """Median between the two middle ones; the share whose begin or end was not seen; null where nothing was filmed."""
    found = rows(
        warehouse,
        "SELECT zone_id, hour(hour_at), visits, median_s, round(p90_s, 6), censored_share, coverage FROM dwell_hourly "
        "WHERE zone_id <> 'service' ORDER BY zone_id, hour_at",
    )
    assert found == [
        ("entrance", 9, 2, 30.0, 38.0, 0.5, 1.0),
        ("entrance", 10, None, None, None, None, 0.0),
        ("entrance", 11, 0, None, None, None, 1.0),
        ("queue", 9, 2, 50.0, 58.0, 0.0, 1.0),
        ("queue", 10, 0, None, None, None, 1.0),
    ]


def test_queue_by_hour(warehouse: Warehouse) -> None:
    """Length from occupancy, waits of the served, share of those who gave up."""
    found = rows(
        warehouse,
        "SELECT hour(hour_at), mean_length * 3600, max_length, joined, served, median_wait_s, unserved_share "
        "FROM queue_hourly ORDER BY hour_at",
    )
    assert found == [(9, pytest.approx(100.0), 2, 2, 1, 60.0, 0.5), (10, 0.0, 0, 0, 0, None, None)]


def test_occupancy_by_hour(warehouse: Warehouse) -> None:
    """Staff apart; no footage, no figure."""
    found = rows(
        warehouse,
        "SELECT hour(hour_at), mean_people * 3600, max_people, minute(fullest_at), mean_staff, coverage "
        "FROM occupancy_hourly WHERE zone_id = 'entrance' ORDER BY hour_at",
    )
    assert found == [
        (9, pytest.approx(60.0), 2, 1, 1.0, 1.0),
        (10, None, None, None, None, 0.0),
        (11, 0.0, 0, None, 0.0, 1.0),
    ]


def test_ways_between_cameras(warehouse: Warehouse) -> None:
    """Each stay and the next; back to the same camera after a break is a way too; times and links of the steps."""
    found = rows(
        warehouse,
        "SELECT origin_id, destination_id, journeys, median_s, round(mean_probability, 6) FROM origin_destination "
        "ORDER BY ALL",
    )
    assert found == [
        ("door", "door", 1, 2 * HOUR, 0.95),
        ("door", "till", 2, 35.0, 0.8),
        ("till", "door", 1, 10.0, 0.8),
    ]


def test_paths_are_ranked(warehouse: Warehouse) -> None:
    """Equal ones share a rank; a place that follows itself is told once; cameras and zones apart."""
    found = rows(warehouse, "SELECT path, journeys, rank FROM paths WHERE places = 'cameras' ORDER BY path")
    assert found == [("door", 1, 1), ("door > till", 1, 1), ("door > till > door", 1, 1)]
    found = rows(warehouse, "SELECT path, journeys, rank, share FROM paths WHERE places = 'zones' ORDER BY path")
    assert found == [("entrance > queue", 1, 1, 0.5), ("entrance > queue > service", 1, 1, 0.5)]


def test_returning_visitors_had_left_for_long(warehouse: Warehouse) -> None:
    """Ann is back after two hours; minutes between cameras are no return."""
    assert rows(warehouse, "SELECT identities, returned, share, median_away_s FROM returning_visitors") == [
        (3, 1, pytest.approx(1 / 3), 2 * HOUR)
    ]
    visited = rows(warehouse, "SELECT identity_id, visit_no, cameras FROM site_visits WHERE identity_id = 'ann'")
    assert sorted(visited) == [("ann", 0, 2), ("ann", 1, 1)]


def test_capture_rate_is_of_those_who_were_seen_there(warehouse: Warehouse) -> None:
    """Three were seen at the door, two came in; they are counted in the hour in which they were first seen."""
    found = rows(
        warehouse, "SELECT place_kind, place_id, hour(hour_at), passing, captured, rate FROM capture_rate ORDER BY ALL"
    )
    share = pytest.approx(2 / 3)
    assert found == [("line", "gate", 9, 3, 2, share), ("zone", "entrance", 9, 3, 2, share)]
    between = "SELECT passing, captured, rate FROM capture_between('entrance', 'service')"
    assert rows(warehouse, between) == [(2, 1, 0.5)]


def test_zones_are_counted_beside_site_and_cameras(warehouse: Warehouse) -> None:
    """unique_visitors has a row for each zone with its coverage; an hour in which nothing was analysed has none."""
    found = rows(
        warehouse,
        "SELECT period, hour(period_at), round(estimate), coverage FROM unique_visitors "
        "WHERE scope = 'zone' AND scope_id = 'entrance' ORDER BY ALL",
    )
    assert found == [("hour", 9, 2.0, 1.0), ("hour", 11, 0.0, 1.0), ("night", 0, 2.0, pytest.approx(2 / 3))]


def test_what_two_cameras_see_of_a_line_on_the_plan_counts_once(tmp_path: Path) -> None:
    """The same person, the same way, within two seconds; whoever comes again later, or goes back, counts again."""
    story = Story(
        seen=[Seen("a", "door", "ann", 0, 100), Seen("b", "yard", "ann", 0, 100), Seen("c", "till", "bob", 0, 100)],
        crossed=[
            Crossed("a", "gate", 10, "in"),
            Crossed("b", "gate", 12, "in"),
            Crossed("b", "gate", 14.5, "in"),
            Crossed("a", "gate", 15, "out"),
            Crossed("c", "gate", 10, "in"),
        ],
    )
    lake = open_new(tmp_path)
    write_story(lake, story)
    with connect(lake, SHOP) as opened:
        found = rows(opened, "SELECT direction, crossings FROM footfall_hourly WHERE crossings > 0 ORDER BY ALL")
    assert found == [("in", 3), ("out", 1)]


def test_a_zone_of_the_plan_is_covered_as_the_cameras_of_the_plan_are(tmp_path: Path) -> None:
    """The mean of all cameras with floor points: half, where one of two failed; cameras without any do not matter."""
    points = [PlanPoint(image_px=corner, plan_m=corner) for corner in SQUARE]
    known = [camera.model_copy(update={"floor_points": tuple(points)}) for camera in SHOP.cameras[:2]]
    zone = SHOP.zones[0].model_copy(update={"camera_id": None})
    plan = FloorPlan(width_m=50, height_m=50)
    site = SHOP.model_copy(update={"cameras": (*known, SHOP.cameras[2]), "zones": (zone,), "floor_plan": plan})
    filmed = [Filmed("door", 0, HOUR), Filmed("till", 0, HOUR, "quarantined"), Filmed("yard", 0, HOUR, "quarantined")]
    story = Story(
        seen=[Seen("a", "door", "ann", 0, 60)], present=[Present("a", "entrance", 0, 30)], site=site, filmed=filmed
    )
    lake = open_new(tmp_path)
    write_story(lake, story)
    summarise_night(lake, site, FEW_WORLDS, NIGHT)
    with connect(lake, site) as opened:
        assert rows(opened, "SELECT visits, coverage FROM dwell_hourly") == [(1, 0.5)]
        assert rows(opened, "SELECT round(mean_people * 60), coverage FROM occupancy_minutely LIMIT 1") == [(30, 0.5)]
        assert rows(opened, "SELECT round(floor_error_m, 6) FROM camera_health ORDER BY camera_id") == [
            (0,),
            (0,),
            (None,),
        ]


@pytest.mark.parametrize(("night", "starts_at", "hours"), [(date(2026, 3, 29), 23, 23), (date(2026, 10, 25), 22, 25)])
def test_nights_of_23_and_25_hours_add_up(tmp_path: Path, night: date, starts_at: int, hours: int) -> None:
    """Every UTC hour once; the site's clocks show one twice or skip one, and sums by them lose nothing."""
    site = SHOP.model_copy(update={"timezone": "Europe/Berlin"})
    start = datetime(night.year, night.month, night.day, tzinfo=UTC) - timedelta(hours=24 - starts_at)
    until = hours * HOUR
    halves = [1800.0 * number + 60 for number in range(2 * hours)]
    story = Story(
        seen=[Seen("a", "door", "ann", 0, until)],
        crossed=[Crossed("a", "gate", at, "in") for at in halves],
        present=[Present("a", "entrance", at, at + 600) for at in halves],
        until_s=until,
        site=site,
        night=night,
        start=start,
    )
    lake = open_new(tmp_path)
    write_story(lake, story)
    summarise_night(lake, site, FEW_WORLDS, night)
    with connect(lake, site) as opened:
        found = rows(opened, "SELECT hour_at, hour_local, crossings FROM footfall_hourly WHERE direction = 'in'")
        dwelt = rows(opened, "SELECT sum(visits), count(*) FROM dwell_hourly WHERE zone_id = 'entrance'")
        minutes = rows(
            opened, "SELECT count(*), sum(mean_people) * 60 FROM occupancy_minutely WHERE zone_id = 'entrance'"
        )
    assert len(found) == hours
    assert {row[2] for row in found} == {2}
    local = Counter(row[1].hour for row in found)
    assert local[2] == hours - 23
    assert {row[1].date() for row in found} == {night}
    assert all(local[hour] == 1 for hour in range(24) if hour != 2)
    assert dwelt == [(2 * hours, hours)]
    assert minutes == [(60 * hours, pytest.approx(2 * hours * 600))]
