"""Figures of a lake as they are given away: what is hidden, what is shown, and what is said of either."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from analytics.errors import ConfigError, LakeError
from analytics.exporting.catalogue import FIGURES, PEOPLE, Figures
from analytics.exporting.hiding import release
from analytics.exporting.period import nights_of, period_of
from analytics.exporting.tables import NIGHTLY_FLOWS, Exported, export_journeys, export_tables
from analytics.lake.lake import Lake
from analytics.sites import Line
from analytics.tables import COVERAGE
from analytics.warehouse.connection import Warehouse, connect
from tests.builders.answers import NIGHT
from tests.builders.mall import SITE, write_mall


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return write_mall(tmp_path_factory.mktemp("mall"))


@pytest.fixture
def warehouse(lake: Lake) -> Iterator[Warehouse]:
    with connect(lake, SITE) as opened:
        yield opened


def rows(warehouse: Warehouse, figures: Figures, min_people: int = 5) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = release(warehouse, figures, min_people).rows.to_pylist()
    return found


def hours(found: list[dict[str, Any]], value: str, **of: object) -> dict[int, tuple[object, bool]]:
    """A value and whether it is hidden, by hour of the story, which begins at 9 UTC."""
    own = [row for row in found if all(row[name] == wanted for name, wanted in of.items())]
    return {row["hour_at"].hour - 9: (row[value], row["is_suppressed"]) for row in own}


def test_few_people_hide_and_so_does_what_would_tell_them(warehouse: Warehouse) -> None:
    """Two people in hour 1: the six of hour 3 go with them, or the night's twenty would tell.

    An hour in the dark is unknown and not hidden; nobody going out is a zero that is shown.
    """
    found = rows(warehouse, FIGURES["footfall_hourly"])
    assert hours(found, "crossings", direction="in") == {
        0: (12, False),
        1: (None, True),
        2: (None, False),
        3: (None, True),
    }
    assert hours(found, "crossings", direction="out") == {
        0: (0, False),
        1: (0, False),
        2: (None, False),
        3: (0, False),
    }
    assert [row["coverage"] for row in found if row["hour_at"].hour == 11] == [0, 0]


def test_a_limit_of_one_hides_nothing(warehouse: Warehouse) -> None:
    """All rows and columns of every table are there."""
    for name, figures in FIGURES.items():
        released = release(warehouse, figures, 1)
        assert released.hidden_rows == released.left_out == 0
        plain = warehouse.query(f"select * from {name}")
        assert released.rows.num_rows == plain.num_rows
        assert set(released.rows.column_names) == {*figures.contract.schema.names, "is_suppressed"}


def test_people_are_counted_not_events(warehouse: Warehouse) -> None:
    """Eight join the queue and are shown; six were served and two not: their share would tell of two."""
    (queue,) = [row for row in rows(warehouse, FIGURES["queue_hourly"]) if row["hour_at"].hour == 9]
    assert (queue["joined"], queue["median_wait_s"] is not None) == (8, True)
    assert (queue["served"], queue["unserved_share"], queue["is_suppressed"]) == (None, None, True)


def test_medians_of_few_people_hide_with_their_counts(warehouse: Warehouse) -> None:
    """A median of two people tells of both; coverage stays."""
    found = {
        row["hour_at"].hour: row for row in rows(warehouse, FIGURES["dwell_hourly"]) if row["zone_id"] == "entrance"
    }
    assert (found[9]["visits"], found[9]["median_s"]) == (12, 20.0)
    assert [found[10][name] for name in ("visits", "median_s", "p90_s", "censored_share")] == [None] * 4
    assert found[10]["coverage"] == 1


def test_what_nearly_always_speaks_of_few_is_left_out(warehouse: Warehouse) -> None:
    """How many staff are in a zone is no figure for others."""
    assert "mean_staff" not in rows(warehouse, FIGURES["occupancy_hourly"])[0]
    assert "mean_staff" in rows(warehouse, FIGURES["occupancy_hourly"], 1)[0]


def test_rare_paths_are_not_even_named(warehouse: Warehouse) -> None:
    """A path that few took is told by its name alone."""
    released = release(warehouse, FIGURES["paths"], 5)
    named = {row["path"]: row["journeys"] for row in released.rows.to_pylist()}
    assert named["door > till"] == 20
    assert not any(count < 5 for count in named.values())
    assert released.left_out > 0


@pytest.mark.parametrize("name", [name for name, figures in FIGURES.items() if figures.measures])
def test_no_hidden_cell_is_alone_under_a_shown_total(warehouse: Warehouse, name: str) -> None:
    """Whatever the table: below a total that may be known there is no hidden cell, or there are several."""
    figures = FIGURES[name]
    for cells in release(warehouse, figures, 5).hidden:
        for dims in figures.totals:
            places = [0, *(1 + figures.dims.index(each) for each in dims)]
            kept = [each for each in cells if None not in each]
            for cell in kept:
                total = tuple(value if place in places else None for place, value in enumerate(cell))
                others = [
                    each for each in kept if [each[place] for place in places] == [cell[place] for place in places]
                ]
                assert total in cells or len(others) > 1


def test_flows_of_a_night_add_up_what_hours_hide(warehouse: Warehouse) -> None:
    """Twenty people went from door to till, two of them in an hour of their own."""
    (flow,) = rows(warehouse, NIGHTLY_FLOWS)
    assert (flow["origin_id"], flow["destination_id"], flow["journeys"]) == ("door", "till", 20)
    assert flow["median_s"] == 30.0


def _sheets(exported: Exported) -> dict[str, list[dict[str, Any]]]:
    return {sheet.name: sheet.rows.to_pylist() for sheet in exported.sheets}


def test_identities_fit_within_an_export_and_nowhere_else(lake: Lake) -> None:
    """One person has one name in all tables of an export, and another in the next; none is the lake's."""
    period = period_of(lake)
    first, second = (
        _sheets(export_tables(lake, SITE, period, ["visits", "journeys", "identities"], 5)) for _ in range(2)
    )
    names = [{row["identity_id"] for row in sheets["visits"]} for sheets in (first, second)]
    assert len(names[0]) == 20
    assert names[0] <= {row["identity_id"] for row in first["journeys"]}
    assert not names[0] & names[1]
    assert not any(name.startswith("p0") for name in names[0])
    order = [row["identity_id"] for row in first["visits"]]
    assert order == sorted(order)


def test_staff_are_left_out_unless_asked_for(lake: Lake) -> None:
    """One of the 21 identities works here."""
    period = period_of(lake)
    counts = [
        len(_sheets(export_tables(lake, SITE, period, ["identities"], 5, with_staff))["identities"])
        for with_staff in (False, True)
    ]
    assert counts == [20, 21]


def test_routes_have_a_line_for_each_identity(lake: Lake) -> None:
    """Path, zones, length and weakest link stand in one line."""
    sheets = _sheets(export_journeys(lake, SITE, period_of(lake), 5))
    assert len(sheets["routes"]) == 20
    row = max(sheets["routes"], key=lambda each: (each["zones"] or "").count(">"))
    assert (row["path"], row["stays"], row["zones"]) == ("door > till", 2, "entrance > queue > service")
    assert (row["duration_s"], row["weakest_link"]) == (200.0, 0.95)
    assert row["arrived_local"].hour == row["arrived_at"].hour + 1  # Berlin in winter
    assert [each["path"] for each in sheets["paths"] if each["places"] == "cameras"] == ["door > till"]


def test_a_night_without_footage_is_told_as_such(lake: Lake) -> None:
    """Asked for and not there: is_recorded false and coverage 0, and no figure that looks like nobody."""
    exported = export_tables(lake, SITE, period_of(lake, first=NIGHT, last=date(2026, 1, 6)), ["dwell_hourly"], 5)
    sheets = _sheets(exported)
    assert [(row["night"].day, row["is_recorded"], row["coverage"]) for row in sheets["nights"]] == [
        (5, True, 0.75),
        (6, False, 0.0),
    ]
    assert {row["night"] for row in sheets["dwell_hourly"]} == {NIGHT}
    assert any("2026-01-06" in line and "unknown and not 0" in line for line in exported.about)


def test_nights_tell_under_which_conditions_they_were_made(lake: Lake, warehouse: Warehouse) -> None:
    """Every stage has a digest of its own; a zone that moved since is told, another name for it is none."""
    (row,) = nights_of(warehouse, lake, SITE, [NIGHT]).to_pylist()
    assert len({row[f"{stage}_key"] for stage in ("perceive", "link", "locate", "summarise")}) == 4
    first, *others = SITE.zones
    moved = first.model_copy(update={"polygon": ((11.0, 10.0), *first.polygon[1:])})
    renamed = first.model_copy(update={"name": "Way in"})
    for zone, is_same in ((first, True), (moved, False), (renamed, True)):
        site = SITE.model_copy(update={"zones": (zone, *others)})
        exported = export_tables(lake, site, period_of(lake), ["dwell_hourly"], 5)
        assert _sheets(exported)["nights"][0]["is_of_this_site_file"] is is_same
        assert any("Made under another site file" in line for line in exported.about) is not is_same


def test_a_line_that_was_not_located_is_no_line_that_nobody_crossed(lake: Lake) -> None:
    """A line that is new in the site file has no figures yet; what needs none is exported."""
    new = Line(line_id="new", camera_id="door", start=(1.0, 1.0), end=(1.0, 9.0))
    site = SITE.model_copy(update={"lines": (*SITE.lines, new)})
    with pytest.raises(LakeError, match=r"2026-01-05 under this site file, line-new is not there.*crosscam locate"):
        export_tables(lake, site, period_of(lake), ["footfall_hourly"], 5)
    assert export_tables(lake, site, period_of(lake), ["coverage"], 5).sheets


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, [5]),
        ({"nights": [date(2026, 1, 9)]}, [9]),
        ({"first": date(2026, 1, 4)}, [4, 5]),
        ({"last": date(2026, 1, 6)}, [5, 6]),
        ({"first": date(2026, 1, 7)}, [7]),
    ],
)
def test_periods(lake: Lake, asked: dict[str, Any], expected: list[int]) -> None:
    """Named nights, or a stretch whose open end is the lake's."""
    assert [night.day for night in period_of(lake, **asked).nights] == expected


def test_periods_that_contradict_themselves(lake: Lake) -> None:
    """Both ways at once, or an end before the beginning, are refused."""
    with pytest.raises(ConfigError, match="got both"):
        period_of(lake, [NIGHT], first=NIGHT)
    with pytest.raises(ConfigError, match="first night before the last"):
        period_of(lake, first=NIGHT, last=date(2026, 1, 4))


def test_every_figure_has_its_coverage_beside_it() -> None:
    """Coverage is in every table of figures, and never hidden."""
    for figures in (*FIGURES.values(), NIGHTLY_FLOWS):
        names = figures.contract.schema.names
        assert "coverage" in names or figures.contract is COVERAGE
        hidden = {column for measures in figures.measures for column in measures.columns}
        assert hidden <= set(names)
        assert "coverage" not in hidden
    assert not set(FIGURES) & set(PEOPLE)


def test_the_clocks_of_the_site_stand_beside_utc(lake: Lake) -> None:
    """Berlin is an hour ahead in winter."""
    sheets = _sheets(export_tables(lake, SITE, period_of(lake), ["unique_visitors", "footfall_hourly"], 5))
    row = sheets["unique_visitors"][0]
    assert row["period_local"] == row["period_at"].replace(tzinfo=None) + timedelta(hours=1)
    assert sheets["footfall_hourly"][0]["hour_local"].hour == 10
