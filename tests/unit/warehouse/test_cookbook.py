"""Every query of the cookbook answers, rightly, a small morning that was made by hand.

Ann comes in at the door, queues for 82 s, is served, and leaves by the door. Bob comes in, leaves the queue unserved
after 65 s and goes to the yard. Cat is in the yard twice, 2200 s apart, and still there at the end. Dan is staff.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from analytics.errors import ConfigError
from analytics.lake.lake import Lake
from analytics.settings import Settings
from analytics.tables import UNIQUE_VISITORS
from analytics.warehouse.cookbook import Recipe, recipe, recipes
from analytics.warehouse.sealing import SealedWarehouse
from jobs.summarising import summarise_night
from tests.builders.answers import (
    NIGHT,
    SHOP,
    START,
    Crossed,
    Filmed,
    Linked,
    Present,
    Seen,
    Story,
    open_new,
    write_story,
)

MORNING = Story(
    seen=[
        Seen("a1", "door", "ann", 0, 60),
        Seen("a2", "till", "ann", 120, 300),
        Seen("a3", "door", "ann", 330, 400),
        Seen("b1", "door", "bob", 100, 130),
        Seen("b2", "till", "bob", 200, 280),
        Seen("b3", "yard", "bob", 300, 350),
        Seen("c1", "yard", "cat", 1000, 1100),
        Seen("c2", "yard", "cat", 3300, 3590),
        Seen("d1", "door", "dan", 500, 520),
        Seen("d2", "till", "dan", 530, 800),
    ],
    present=[
        Present("a1", "entrance", 5, 20),
        Present("a2", "queue", 120, 200),
        Present("a2", "service", 202, 260),
        Present("b1", "entrance", 101, 110),
        Present("b2", "queue", 205, 270),
        Present("d1", "entrance", 501, 510),
        Present("d2", "service", 540, 700),
    ],
    crossed=[
        Crossed("a1", "gate", 10, "in"),
        Crossed("b1", "gate", 105, "in"),
        Crossed("d1", "gate", 505, "in"),
        Crossed("a3", "gate", 395, "out"),
    ],
    linked=[
        Linked("a1", "a2", 0.9),
        Linked("a2", "a3", 0.8),
        Linked("b1", "b2", 0.7),
        Linked("b2", "b3", 0.6),
        Linked("c1", "c2", 0.95),
        Linked("d1", "d2", 1.0),
        Linked("a3", "b3", 0.45, "below"),
    ],
    staff=["dan"],
    filmed=[
        Filmed("door", 0, 3600),
        Filmed("yard", 0, 3600),
        Filmed("till", 0, 1800),
        Filmed("till", 1800, 3600, "quarantined"),
    ],
)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


LOCAL_HOUR = START.replace(tzinfo=None)
EXPECTED: dict[str, list[dict[str, object]]] = {
    "entrance_to_checkout": [
        {
            "night": NIGHT,
            "identity_id": "bob",
            "left_entrance_at": at(110),
            "at_checkout_at": at(205),
            "took_s": 95,
            "weakest_link": 0.6,
        },
        {
            "night": NIGHT,
            "identity_id": "ann",
            "left_entrance_at": at(20),
            "at_checkout_at": at(120),
            "took_s": 100,
            "weakest_link": 0.8,
        },
    ],
    "median_wait_by_hour": [
        {
            "queue_zone_id": "queue",
            "hour_local": LOCAL_HOUR,
            "joined": 2,
            "served": 1,
            "median_wait_s": 82,
            "left_unserved": 1,
            "censored": 0,
        }
    ],
    "top_paths": [
        {"path": "door > till > door", "journeys": 1, "share": 1 / 3},
        {"path": "door > till > yard", "journeys": 1, "share": 1 / 3},
        {"path": "yard", "journeys": 1, "share": 1 / 3},
    ],
    "after_camera": [
        {"camera_id": "yard", "next_camera": "not seen again", "people": 2, "share": 2 / 3, "median_gap_s": None},
        {"camera_id": "yard", "next_camera": "yard", "people": 1, "share": 1 / 3, "median_gap_s": 2200},
    ],
    "visitors_per_hour": [
        {
            "night": NIGHT,
            "hour_at": START,
            "hour_local": LOCAL_HOUR,
            "estimate": 3.1,
            "lower": 3.0,
            "upper": 4.0,
            "coverage": 0.8,
        }
    ],
    "footfall_by_local_hour": [
        {
            "line_id": "gate",
            "local_hour": 9,
            "direction": direction,
            "mean_crossings": count,
            "crossings": count,
            "nights": 1,
            "coverage": 1,
        }
        for direction, count in (("in", 2), ("out", 1))
    ],
    "dwell_by_zone": [
        {"zone_id": "entrance", "visits": 2, "median_s": 12, "p90_s": 14.4, "censored_share": 0},
        {"zone_id": "queue", "visits": 2, "median_s": 72.5, "p90_s": 78.5, "censored_share": 0},
        {"zone_id": "service", "visits": 1, "median_s": 58, "p90_s": 58, "censored_share": 0},
    ],
    "busiest_minute": [
        {
            "zone_id": zone,
            "night": NIGHT,
            "minute_at": at(60 * minute),
            "minute_local": at(60 * minute).replace(tzinfo=None),
            "max_people": 1,
            "mean_people": mean,
        }
        for zone, minute, mean in (("entrance", 0, 15 / 60), ("queue", 2, 1), ("service", 3, 38 / 60))
    ],
    "inside_at_close": [
        {
            "night": NIGHT,
            "identity_id": "cat",
            "camera_id": "yard",
            "left_at": at(3590),
            "closes_at": at(3600),
            "before_close_s": 10,
        }
    ],
    "returning_within_the_night": [
        {"night": NIGHT, "identity_id": "cat", "times_here": 2, "first_at": at(1000), "last_at": at(3590)}
    ],
    "longest_journeys": [
        {
            "night": NIGHT,
            "identity_id": who,
            "from_at": at(begin),
            "to_at": at(end),
            "minutes": (end - begin) / 60,
            "stays": stays,
            "cameras": cameras,
            "weakest_link": link,
        }
        for who, begin, end, stays, cameras, link in (
            ("cat", 1000, 3590, 2, "yard > yard", 0.95),
            ("ann", 0, 400, 3, "door > till > door", 0.8),
            ("bob", 100, 350, 3, "door > till > yard", 0.6),
        )
    ],
    "links_to_review": [
        {
            "night": NIGHT,
            "verdict": verdict,
            "tracklet_a": a,
            "tracklet_b": b,
            "camera_a": camera_a,
            "camera_b": camera_b,
            "probability": probability,
            "similarity": None,
            "gap_s": 0,
            "rule": None,
        }
        for verdict, a, b, camera_a, camera_b, probability in (
            ("below", "a3", "b3", "door", "yard", 0.45),
            ("accepted", "b2", "b3", "till", "yard", 0.6),
            ("accepted", "b1", "b2", "door", "till", 0.7),
            ("accepted", "a2", "a3", "till", "door", 0.8),
            ("accepted", "a1", "a2", "door", "till", 0.9),
            ("accepted", "c1", "c2", "yard", "yard", 0.95),
        )
    ],
    "coverage_holes": [
        {
            "night": NIGHT,
            "camera_id": "till",
            "hour_at": START,
            "coverage": 0.5,
            "missing_s": 1800,
            "reason": None,
        }
    ],
    "seen_by_three_cameras": [
        {"night": NIGHT, "identity_id": "bob", "cameras": 3, "order_seen": ["door", "till", "yard"]}
    ],
    "conversion": [{"night": NIGHT, "came": 2, "served": 1, "conversion": 0.5}],
    "staff_and_visitors": [
        {"night": NIGHT, "who": "staff", "people": 1, "cameras": 2, "minutes_in_sight": 290 / 60},
        {
            "night": NIGHT,
            "who": "visitor",
            "people": 3,
            "cameras": 3,
            "minutes_in_sight": (60 + 180 + 70 + 30 + 80 + 50 + 100 + 290) / 60,
        },
    ],
    "queue_abandonments": [
        {
            "night": NIGHT,
            "queue_zone_id": "queue",
            "identity_id": "bob",
            "entered_at": at(205),
            "gave_up_after_s": 65,
        }
    ],
    "crowded_minutes": [
        {"zone_id": zone, "night": NIGHT, "crowded_minutes": 0, "recorded_minutes": minutes, "most_at_once": 1}
        for zone, minutes in (("entrance", 60), ("queue", 30), ("service", 30))
    ],
}


@dataclass(frozen=True)
class Opened:
    """The morning's lake, ready for users' SQL."""

    lake: Lake
    warehouse: SealedWarehouse


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    folder: Path = tmp_path_factory.mktemp("morning")
    lake = open_new(folder)
    write_story(lake, MORNING)
    summarise_night(lake, SHOP, Settings(), NIGHT)
    counted = {
        "site_id": "shop",
        "night": NIGHT,
        "scope": "site",
        "scope_id": "shop",
        "period": "hour",
        "period_at": START,
        "estimate": 3.1,
        "lower": 3.0,
        "upper": 4.0,
        "coverage": 0.8,
    }
    tables = [(UNIQUE_VISITORS, UNIQUE_VISITORS.from_rows([counted]))]
    lake.write_item(stage="count", night=NIGHT, camera_id=None, item_id="night", key="count", tables=tables)
    lake.ledger.publish(NIGHT, "count", ["count"])
    with SealedWarehouse(lake, SHOP) as warehouse:
        yield Opened(lake, warehouse)


@pytest.mark.parametrize("query", recipes(), ids=lambda query: query.name)
def test_each_query_answers_the_morning(query: Recipe, morning: Opened) -> None:
    """The rows are those that the story tells, in the order that the query promises."""
    rows = morning.warehouse.query(query.sql).to_pylist()
    expected = EXPECTED[query.name]
    assert len(rows) == len(expected)
    for row, right in zip(rows, expected, strict=True):
        numbers = {name: value for name, value in right.items() if isinstance(value, int | float)}
        assert {name: row[name] for name in numbers} == pytest.approx(numbers, abs=1e-6)
        assert {name: value for name, value in row.items() if name not in numbers} == {
            name: value for name, value in right.items() if name not in numbers
        }


def test_the_cookbook_is_whole() -> None:
    """At least 15 queries, each with a title, an explanation and a test of its own; names are unique."""
    names = [each.name for each in recipes()]
    assert len(names) >= 15
    assert sorted(names) == sorted(EXPECTED)
    for each in recipes():
        lines = each.sql.splitlines()
        assert lines[0] == f"-- {each.title}"
        assert lines[1].startswith("-- ")
        assert max(map(len, lines)) <= 120


def test_a_query_by_name() -> None:
    """A query is found by its name, and an unknown name is told with the known ones."""
    assert recipe("conversion").title == "Conversion from entrance to service"
    with pytest.raises(ConfigError, match=r"--cookbook: expected one of entrance_to_checkout, .*, got 'nothing'"):
        recipe("nothing")
