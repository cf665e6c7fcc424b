"""Flows of journeys: the figures of the views where nothing is left out, fewer where something is, and the Sankey."""

from datetime import UTC, datetime
from typing import Any

import pytest

from analytics.lake.lake import Lake
from analytics.settings import Settings
from analytics.warehouse.connection import Warehouse, connect
from dashboard import flows
from jobs.summarising import summarise_night
from tests.builders.answers import NIGHT, SHOP, Linked, Present, Seen, Story, open_new, write_story

STORY = Story(
    seen=(
        Seen("a1", "door", "anna", 0, 60),
        Seen("a2", "till", "anna", 100, 200),
        Seen("a3", "door", "anna", 300, 360),
        Seen("b1", "door", "bert", 10, 50),
        Seen("b2", "till", "bert", 90, 130),
        Seen("c1", "yard", "cleo", 20, 40),
        Seen("s1", "till", "staff", 0, 3000),
    ),
    present=(Present("a1", "entrance", 5, 20), Present("a2", "queue", 110, 150), Present("b2", "queue", 95, 120)),
    linked=(Linked("a1", "a2", 0.9), Linked("a2", "a3", 0.8), Linked("b1", "b2", 0.95)),
    staff=("staff",),
    start=datetime(2026, 1, 5, 22, 59, 50, tzinfo=UTC),
)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Return the story, summed up; its site's clocks are an hour ahead of UTC, and a new day begins within it."""
    lake: Lake = open_new(tmp_path_factory.mktemp("flows"))
    site = SHOP.model_copy(update={"timezone": "Europe/Berlin"})
    write_story(lake, STORY)
    summarise_night(lake, site, Settings(), NIGHT)
    return connect(lake, site)


@pytest.mark.parametrize("places", flows.PLACES)
def test_paths_without_filters_are_those_of_the_view(warehouse: Warehouse, places: str) -> None:
    """The page must not tell other figures than a query of `paths`."""
    told = warehouse.query(flows.PATHS, flows.Choice(NIGHT, places).parameters()).to_pylist()
    view = warehouse.query(
        "select rank, path, stops, journeys, share, median_s from paths where places = $places order by rank, path",
        {"places": places},
    ).to_pylist()
    assert told == view
    assert told


def test_ways_without_filters_are_those_of_the_view(warehouse: Warehouse) -> None:
    """The matrix has the hours of `origin_destination` together."""
    told = warehouse.query(flows.WAYS, flows.Choice(NIGHT).parameters()).to_pylist()
    view = warehouse.query(
        "select origin_id, destination_id, sum(journeys)::bigint as n from origin_destination group by all"
    ).to_pylist()
    assert {(row["origin"], row["destination"]): row["journeys"] for row in told} == {
        (row["origin_id"], row["destination_id"]): row["n"] for row in view
    }
    assert {(row["origin"], row["destination"]): row["median_s"] for row in told}["till", "door"] == 100.0


def test_filters_leave_out_whole_journeys(warehouse: Warehouse) -> None:
    """Hours are those of the site's clocks, at which a journey began; places are any of the way; staff are apart."""

    def people(**choice: Any) -> list[str]:
        chosen = flows.Choice(NIGHT, **choice)
        return [row["identity_id"] for row in warehouse.query(flows.PEOPLE, chosen.parameters(path="")).to_pylist()]

    assert people() == ["anna", "bert", "cleo"]
    assert people(from_hour=23) == ["anna"]
    assert people(until_hour=1) == ["bert", "cleo"]
    assert people(through=("till",)) == ["anna", "bert"]
    assert people(through=("till", "yard")) == []
    assert people(who="staff") == ["staff"]
    assert people(who="everyone") == ["anna", "staff", "bert", "cleo"]
    assert people(places="zones") == ["anna", "bert"]


def test_a_sankey_holds_those_who_come_back_without_a_circle(warehouse: Warehouse) -> None:
    """A place is a node of each step, so that bands go only to the right; bands add up to the people who went on."""
    parameters = flows.Choice(NIGHT).parameters(most_steps=6)
    steps = warehouse.query(flows.STEPS, parameters).to_pylist()
    spec = flows.sankey(steps, flows.colours_of(["door", "till"]), {"door": "Front door"})["series"][0]
    depth = {node["name"]: node["depth"] for node in spec["data"]}
    assert set(depth) == {"1. Front door", "2. till", "3. Front door"}
    assert all(depth[link["target"]] == depth[link["source"]] + 1 for link in spec["links"])
    assert [link["value"] for link in spec["links"]] == [2, 1]
    assert "2 from Front door to till as step 1" in flows.sankey_in_words(steps, {"door": "Front door"})


def test_a_sankey_is_cut_after_the_last_step_that_is_shown(warehouse: Warehouse) -> None:
    """With two places shown there is one step."""
    steps = warehouse.query(flows.STEPS, flows.Choice(NIGHT).parameters(most_steps=2)).to_pylist()
    assert {row["step"] for row in steps} == {1}


def test_colours_stay_apart_until_there_are_no_more() -> None:
    """The eighth place and those after it are grey, rather than the colour of another place."""
    colours = list(flows.colours_of(f"p{number}" for number in range(10)).values())
    assert len(set(colours[:7])) == 7
    assert set(colours[7:]) == {flows.QUIET}
