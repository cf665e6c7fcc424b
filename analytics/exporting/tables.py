"""`crosscam export tables` and `journeys`: what is read, hidden and renamed, as sheets. Writing is in `files`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from analytics.contracts import INSTANT, Column, Contract
from analytics.exporting.catalogue import FIGURES, PEOPLE, TAKEN_PATHS, Figures, Measures
from analytics.exporting.hiding import Released, release
from analytics.exporting.period import Period, about_lines, check_summarised, night_sheet, nights_of
from analytics.exporting.sheets import Rekeying, Sheet, sheet_of
from analytics.lake.lake import Lake
from analytics.marts import JOURNEYS
from analytics.sites import Site
from analytics.tables import COVERAGE, IDENTITIES
from analytics.warehouse.connection import connect

_COUNTED = "(not is_staff or coalesce(getvariable('with_staff'), false))"
_BEFORE_SUMMARISING = {COVERAGE.name, IDENTITIES.name}

ROUTES = Contract(
    name="routes",
    version=1,
    key=("identity_id", "night"),
    columns=(
        Column("site_id", pa.string(), "the site"),
        Column("night", pa.date32(), "local date of the site"),
        Column("identity_id", pa.string(), "the identity; anonymous"),
        Column("path", pa.string(), "cameras of its stays in order of arrival, joined by ' > '"),
        Column("stays", pa.int64(), "number of stays in a camera's view"),
        Column("zones", pa.string(), "zones that it visited, in order of entering; null: none", True),
        Column("arrived_at", INSTANT, "begin of the first stay"),
        Column("left_at", INSTANT, "end of the last"),
        Column("duration_s", pa.float64(), "left_at - arrived_at, seconds"),
        Column("weakest_link", pa.float64(), "least probability of its links; null: one tracklet", True),
        Column("coverage", pa.float64(), "share of the night's expected seconds that was analysed", True),
    ),
)
_ROUTES_SQL = f"""
    select any_value(site_id) as site_id, night, identity_id,
           string_agg(camera_id, ' > ' order by stop_no) filter (where zone_id is null) as path,
           count(*) filter (where zone_id is null) as stays,
           string_agg(zone_id, ' > ' order by stop_no) filter (where zone_id is not null) as zones,
           min(arrived_at) as arrived_at, max(left_at) as left_at,
           (epoch_us(max(left_at)) - epoch_us(min(arrived_at))) / 1e6 as duration_s,
           any_value(weakest_link) as weakest_link, any_value(site.coverage) as coverage
    from journeys left join (select night, coverage from site_nights) as site using (night)
    where {_COUNTED}
    group by night, identity_id
    having count(*) filter (where zone_id is null) > 0
    order by night, arrived_at, identity_id"""

FLOWS = Contract(
    name="flows",
    version=1,
    key=("night", "origin_id", "destination_id"),
    columns=(
        Column("site_id", pa.string(), "the site"),
        Column("night", pa.date32(), "local date of the site"),
        Column("origin_id", pa.string(), "camera of a stay"),
        Column("destination_id", pa.string(), "camera of the identity's next stay"),
        Column("journeys", pa.int64(), "times somebody went this way"),
        Column("median_s", pa.float64(), "median time between the two, seconds; negative: views overlap"),
        Column("mean_probability", pa.float64(), "mean probability of the links behind it; null: without links", True),
        Column("coverage", pa.float64(), "lesser of both cameras' of that night; null: not known", True),
    ),
)
_WAYS_SQL = f"""
    select * from (
        select site_id, night, camera_id as origin_id, identity_id as person,
               lead(camera_id) over way as destination_id, lead(gap_s) over way as away_s,
               lead(link_probability) over way as probability
        from stays where {_COUNTED}
        window way as (partition by identity_id, night order by stay_no)
    ) where destination_id is not null"""
NIGHTLY_FLOWS = Figures(
    FLOWS,
    ("origin_id", "destination_id"),
    (("origin_id",), ("destination_id",), ()),
    (Measures(("journeys", "median_s", "mean_probability"), _WAYS_SQL),),
    rows=f"""
    with camera_nights as (
        select night, camera_id, sum(analysed_expected_s) / nullif(sum(expected_s), 0) as coverage
        from coverage group by all
    ), ways as (
        select any_value(site_id) as site_id, night, origin_id, destination_id, count(*) as journeys,
               quantile_cont(away_s, 0.5) as median_s, avg(probability) as mean_probability
        from ({_WAYS_SQL}) group by night, origin_id, destination_id
    )
    select ways.*, least(origin.coverage, destination.coverage) as coverage
    from ways
    left join camera_nights as origin on origin.night = ways.night and origin.camera_id = origin_id
    left join camera_nights as destination
        on destination.night = ways.night and destination.camera_id = destination_id""",
)


@dataclass(frozen=True, slots=True)
class Exported:
    """What is to be written.

    Attributes:
        sheets: the tables; the nights first.
        about: the README above them.
        hidden_rows: rows with something hidden, and rows that are left out.
    """

    sheets: tuple[Sheet, ...]
    about: tuple[str, ...]
    hidden_rows: int


def export_tables(
    lake: Lake, site: Site, period: Period, names: Collection[str], min_people: int, with_staff: bool = False
) -> Exported:
    """Read tables for an export.

    Args:
        lake: the lake.
        site: its site file: zones, lines and the time zone.
        period: nights wanted.
        names: of `catalogue.FIGURES` and `catalogue.PEOPLE`; each once.
        min_people: fewest people of a figure that is shown; 0 or 1: all are.
        with_staff: count staff too.

    Raises:
        KeyError: there is no such table.
        LakeError: the lake cannot be read, or a night that was recorded was not summarised.
    """
    people = [PEOPLE[name] for name in names if name not in FIGURES]
    rekeying = Rekeying()
    with connect(lake, site, nights=period.nights, with_staff=with_staff) as warehouse:
        nights = nights_of(warehouse, lake, site, period.nights)
        if set(names) - _BEFORE_SUMMARISING:
            check_summarised(lake, site, nights)
        released = [release(warehouse, FIGURES[name], min_people) for name in names if name in FIGURES]
        sheets = [night_sheet(nights), *(_figures_sheet(each, site) for each in released)]
        for contract in people:
            staff = f" where {_COUNTED}" if "is_staff" in contract.schema.names else ""
            key = ", ".join(contract.key)
            rows = warehouse.query(f"select * from {contract.name}{staff} order by night, {key}")
            sheets.append(_people_sheet(contract, rows, site, rekeying))
    about = about_lines(f"Tables of {site.site_id}", site, period, nights, min_people, with_staff, bool(people))
    return Exported(tuple(sheets), tuple(about), sum(each.hidden_rows + each.left_out for each in released))


def export_journeys(lake: Lake, site: Site, period: Period, min_people: int, with_staff: bool = False) -> Exported:
    """Read journeys for an export: stop by stop, a line for each identity, and flows and paths with small ones hidden.

    Raises:
        LakeError: the lake cannot be read, or a night that was recorded was not summarised.
    """
    rekeying = Rekeying()
    with connect(lake, site, nights=period.nights, with_staff=with_staff) as warehouse:
        nights = nights_of(warehouse, lake, site, period.nights)
        check_summarised(lake, site, nights)
        stops = warehouse.query(f"select * from journeys where {_COUNTED} order by night, identity_id, stop_no")
        routes = ROUTES.conform(warehouse.query(_ROUTES_SQL))
        released = [release(warehouse, each, min_people) for each in (NIGHTLY_FLOWS, TAKEN_PATHS)]
    sheets = (
        night_sheet(nights),
        _people_sheet(ROUTES, routes, site, rekeying),
        _people_sheet(JOURNEYS, stops, site, rekeying),
        *(_figures_sheet(each, site) for each in released),
    )
    about = about_lines(f"Journeys of {site.site_id}", site, period, nights, min_people, with_staff, with_people=True)
    return Exported(sheets, tuple(about), sum(each.hidden_rows + each.left_out for each in released))


def _figures_sheet(released: Released, site: Site) -> Sheet:
    contract, remarks = released.figures.contract, []
    if released.left_out:
        remarks.append(f"{released.left_out} rows of fewer people are left out.")
    elif released.hidden_rows:
        remarks.append(f"{released.hidden_rows} of {released.rows.num_rows} rows have hidden figures.")
    if released.hidden and released.figures.totals:
        totals = " and of each ".join(", ".join(("night", *each)) for each in released.figures.totals)
        remarks.append(f"Protected against the totals of each {totals}.")
    if lacking := [name for name in released.figures.left_out if name not in released.rows.column_names]:
        remarks.append(f"Left out, since it would tell of few people: {', '.join(lacking)}.")
    if not released.rows.num_rows and not released.left_out:
        remarks.append("No rows: nothing of it was recorded, or the site file draws nothing that it is about.")
    title = f"Figures; a row for each {', '.join(_key(contract))}."
    return sheet_of(contract, released.rows, site, title, " ".join(remarks))


def _people_sheet(contract: Contract, rows: pa.Table, site: Site, rekeying: Rekeying) -> Sheet:
    known = rows.select([column.name for column in contract.columns])
    renamed = rekeying.apply(known)
    if "identity_id" in renamed.column_names:  # the order of rows would tell the order of the old names
        order = [(name, "ascending") for name in dict.fromkeys(("night", *contract.key))]
        renamed = renamed.take(pc.sort_indices(renamed, sort_keys=order))
    return sheet_of(contract, renamed, site, f"Single people; a row for each {', '.join(_key(contract))}.")


def _key(contract: Contract) -> Sequence[str]:
    return list(dict.fromkeys(("night", *contract.key)))
