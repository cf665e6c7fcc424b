"""Every check of the answers finds what it is there for, once the answers are wrong."""

from importlib.resources import files
from typing import Any

import pytest

from analytics.errors import ContractError
from analytics.lake.lake import Lake
from analytics.linking.model import shipped
from analytics.marts import JOURNEYS, OCCUPANCY_MINUTELY, QUEUE_WAITS, VISITS
from analytics.settings import Settings
from analytics.warehouse import marts
from analytics.warehouse.connection import connect
from analytics.warehouse.marts import broken_checks
from tests.builders.answers import NIGHT, SHOP, START, Present, Seen, Story, open_new, write_story

STORY = Story(seen=[Seen("a", "door", "ann", 0, 50)], present=[Present("a", "entrance", 5, 10)])
CHECKS = sorted(file.name.removesuffix(".sql") for file in (files("analytics.warehouse") / "sql" / "checks").iterdir())


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Return a lake whose published answers contradict themselves and what they were made of in every way."""
    lake = open_new(tmp_path_factory.mktemp("wrong"))
    write_story(lake, STORY)
    # a member without a tracklet: its presence belongs to nobody
    stale = Story(seen=[Seen("a", "door", "ann", 0, 50), Seen("b", "door", "bob", 0, 50)], present=STORY.present)
    write_story(lake, stale, stages=["link"])
    lost = Story(seen=stale.seen, present=[*STORY.present, Present("b", "entrance", 5, 10)])
    write_story(lake, lost, stages=["locate"])
    place = {"site_id": "shop", "night": NIGHT, "identity_id": "ann", "is_staff": False}
    tables = [
        (VISITS, VISITS.from_rows(_visit(place, *times) for times in ((20, 40), (30, 50)))),
        (QUEUE_WAITS, QUEUE_WAITS.from_rows([_wait(place)])),
        (JOURNEYS, JOURNEYS.from_rows(_stop(place, number, at) for number, at in ((0, 30), (2, 20)))),
        (OCCUPANCY_MINUTELY, OCCUPANCY_MINUTELY.from_rows([_minute()])),
    ]
    lake.write_item(stage="summarise", night=NIGHT, camera_id=None, item_id="x", key="x", tables=tables)
    lake.ledger.publish(NIGHT, "summarise", ["x"])
    return lake


def _visit(place: dict[str, Any], entered_s: float, left_s: float) -> dict[str, Any]:
    times = {"entered_at": STORY.at(entered_s), "left_at": STORY.at(left_s), "dwell_s": left_s - entered_s}
    return {**place, **times, "zone_id": "entrance", "camera_id": "door", "is_censored": False}


def _wait(place: dict[str, Any]) -> dict[str, Any]:
    times = {"entered_at": STORY.at(0), "left_at": STORY.at(9), "wait_s": 9.0}
    return {**place, **times, "queue_zone_id": "queue", "left_unserved": True, "is_censored": False}


def _stop(place: dict[str, Any], number: int, at_s: float) -> dict[str, Any]:
    return {**place, "stop_no": number, "camera_id": "door", "arrived_at": STORY.at(at_s), "left_at": STORY.at(60)}


def _minute() -> dict[str, Any]:
    people = {"mean_people": 3.0, "max_people": 1, "mean_staff": 0.0}
    return {"site_id": "shop", "night": NIGHT, "zone_id": "entrance", "minute_at": START, **people}


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_finds_what_is_wrong(wrong: Lake, check: str) -> None:
    """Published answers can be checked again at any time."""
    with connect(wrong, SHOP) as warehouse:
        assert broken_checks(warehouse.connection).get(check, 0) > 0


def test_answers_that_break_a_check_are_not_told(wrong: Lake) -> None:
    """The error names the check."""
    tables = [(contract, wrong.read(contract, [NIGHT])) for contract in marts.READ]
    with pytest.raises(ContractError, match="split_presence_keeps_its_seconds does not hold in 1 rows"):
        marts.summarise(tables, SHOP, Settings(), shipped(), NIGHT)
