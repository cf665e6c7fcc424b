"""What the report of one night tells, read from the lake with small numbers hidden; how it looks is elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa

from analytics.errors import LakeError
from analytics.exporting.catalogue import (
    DWELL,
    FOOTFALL,
    HEALTH,
    OCCUPANCY,
    QUEUES,
    RETURNED,
    TAKEN_PATHS,
    VISITORS,
)
from analytics.exporting.hiding import Released, release
from analytics.exporting.period import check_summarised, nights_of, other_site_lines
from analytics.exporting.tables import NIGHTLY_FLOWS
from analytics.lake.lake import Lake
from analytics.sites import Site
from analytics.tables import LINKING_REPORT
from analytics.timebase import night_interval, to_datetime
from analytics.warehouse.connection import Warehouse, connect

Row = Mapping[str, Any]

_HOUR = timedelta(hours=1)

_COUNTED = "(not is_staff or coalesce(getvariable('with_staff'), false))"
_FOOTFALL = f"""
    select line_id, direction, count(*) as crossings from crossings_with_identity
    where is_person and {_COUNTED} group by all"""
_DWELL = f"""
    select zone_id, count(*) as visits, quantile_cont(dwell_s, 0.5) as median_s, quantile_cont(dwell_s, 0.9) as p90_s,
           avg(is_censored::int) as censored_share
    from visits where {_COUNTED} group by all"""
_WAITS = f"""
    select queue_zone_id, count(*) as joined, count(wait_s) as served, quantile_cont(wait_s, 0.5) as median_wait_s,
           quantile_cont(wait_s, 0.9) as p90_wait_s,
           count(*) filter (where left_unserved) / nullif(count(wait_s) + count(*) filter (where left_unserved), 0)
               as unserved_share
    from queue_waits where {_COUNTED} group by all"""
_LINE_COVERAGE = """
    with camera_nights as (
        select camera_id, sum(analysed_s) > 0 as is_seen,
               sum(analysed_expected_s) / nullif(sum(expected_s), 0) as coverage
        from coverage group by all
    )
    select line_id, bool_or(is_seen) as is_seen, avg(coverage) as coverage
    from line_cameras join camera_nights using (camera_id) group by all"""

_LINKS = """
    select least(camera_a, camera_b) as camera_a, greatest(camera_a, camera_b) as camera_b, count(*) as links,
           avg(1 - probability) as false_share
    from links where verdict = 'accepted' group by all order by false_share desc, camera_a, camera_b"""


@dataclass(frozen=True, slots=True)
class NightFigures:
    """One night of a site. Figures that are hidden are null where `is_suppressed`; unknown ones null where it is not.

    Attributes:
        site: the site file.
        night: local date.
        min_people: fewest people of a figure that is shown.
        with_staff: staff are counted too.
        about: row of `period.NIGHTS`; `other_site` says that its figures were made under another site file.
        begins_at: when the night begins, UTC.
        hours: UTC hours in which footage was expected or found, in order, without a gap.
        coverage: rows of COVERAGE.
        visitors: rows of UNIQUE_VISITORS.
        footfall: rows of FOOTFALL_HOURLY.
        lines: of each line and direction the night's crossings and coverage.
        zones: of each zone the night's visits, dwell and coverage.
        queues: of each queue the night's waits.
        occupancy: rows of OCCUPANCY_HOURLY.
        flows: rows of FLOWS.
        paths: rows of PATHS that are shown, most frequent first; `rare_paths` are not.
        returned: row of RETURNING_VISITORS, or None.
        cameras: rows of CAMERA_HEALTH.
        links: of each pair of cameras its accepted links, and the share of them that is expected to be false.
        linking: rows of LINKING_REPORT.
    """

    site: Site
    night: date
    min_people: int
    with_staff: bool
    about: Row
    other_site: Sequence[str]
    begins_at: datetime
    hours: tuple[datetime, ...]
    coverage: Sequence[Row]
    visitors: Sequence[Row]
    footfall: Sequence[Row]
    lines: Sequence[Row]
    zones: Sequence[Row]
    queues: Sequence[Row]
    occupancy: Sequence[Row]
    flows: Sequence[Row]
    paths: Sequence[Row]
    rare_paths: int
    returned: Row | None
    cameras: Sequence[Row]
    links: Sequence[Row]
    linking: Sequence[Row]

    def of_site(self, period: str) -> list[Row]:
        """Return the rows of unique visitors of the whole site: of the night, or of its hours."""
        return [row for row in self.visitors if (row["scope"], row["period"]) == ("site", period)]


def read_night(lake: Lake, site: Site, night: date, min_people: int, with_staff: bool = False) -> NightFigures:
    """Read a night.

    Raises:
        LakeError: the lake cannot be read, knows nothing of the night, or the night was not summarised.
    """
    if night not in lake.ledger.nights():
        known = lake.ledger.nights()
        told = f"it has {known[0]} to {known[-1]}" if known else "it has none"
        raise LakeError(f"expected a night of {lake.store.location}, got {night}: {told}")
    interval = night_interval(night, site.zone_info, site.day_starts_at)
    with connect(lake, site, nights=[night], with_staff=with_staff) as warehouse:
        nights = nights_of(warehouse, lake, site, [night])
        check_summarised(lake, site, nights)
        paths = release(warehouse, TAKEN_PATHS, min_people)
        footfall, dwell, queues = (release(warehouse, each, min_people) for each in (FOOTFALL, DWELL, QUEUES))
        coverage = warehouse.query("select * from coverage order by camera_id, hour_at").to_pylist()
        returned = release(warehouse, RETURNED, min_people).rows.to_pylist()
        return NightFigures(
            site=site,
            night=night,
            min_people=min_people,
            with_staff=with_staff,
            about=nights.to_pylist()[0],
            other_site=other_site_lines(nights),
            begins_at=to_datetime(interval.starts_at),
            hours=_hours([row["hour_at"] for row in coverage]),
            coverage=coverage,
            visitors=release(warehouse, VISITORS, min_people).rows.to_pylist(),
            footfall=footfall.rows.to_pylist(),
            lines=_lines(warehouse, site, night, footfall),
            zones=_zones(warehouse, site, night, dwell),
            queues=_queues(warehouse, site, night, queues),
            occupancy=release(warehouse, OCCUPANCY, min_people).rows.to_pylist(),
            flows=release(warehouse, NIGHTLY_FLOWS, min_people).rows.to_pylist(),
            paths=sorted(paths.rows.to_pylist(), key=lambda row: (-row["journeys"], row["path"])),
            rare_paths=paths.left_out,
            returned=returned[0] if returned else None,
            cameras=release(warehouse, HEALTH, min_people).rows.to_pylist(),
            links=_rows(warehouse, _LINKS),
            linking=warehouse.query(f"select * from {LINKING_REPORT.name}").to_pylist(),
        )


def _hours(found: Sequence[datetime]) -> tuple[datetime, ...]:
    """Return all UTC hours from the first to the last."""
    if not found:
        return ()
    first = min(found)
    count = (max(found) - first) // _HOUR + 1
    return tuple(first + number * _HOUR for number in range(count))


def _lines(warehouse: Warehouse, site: Site, night: date, footfall: Released) -> Sequence[Row]:
    counted = {(row["line_id"], row["direction"]): row["crossings"] for row in _rows(warehouse, _FOOTFALL)}
    seen = {row["line_id"]: row for row in _rows(warehouse, _LINE_COVERAGE)}
    found = []
    for line in site.lines:
        own = seen.get(line.line_id)
        row = {"line_id": line.line_id, "name": line.name or line.line_id, "coverage": own["coverage"] if own else 0.0}
        for way in ("in", "out"):
            is_hidden = _is_hidden(footfall, (night, line.line_id, None, way))
            row[way] = counted.get((line.line_id, way), 0) if own and own["is_seen"] and not is_hidden else None
            row[f"is_{way}_hidden"] = is_hidden
        found.append(row)
    return found


def _zones(warehouse: Warehouse, site: Site, night: date, dwell: Released) -> Sequence[Row]:
    counted = {row["zone_id"]: row for row in _rows(warehouse, _DWELL)}
    seen = {row["zone_id"]: row for row in _rows(warehouse, "select * from zone_nights")}
    nothing = dict.fromkeys(("visits", "median_s", "p90_s", "censored_share"))
    found = []
    for zone in site.zones:
        own = seen.get(zone.zone_id)
        is_hidden = _is_hidden(dwell, (night, zone.zone_id, None))
        figures = {**nothing, "visits": 0} if own and own["is_seen"] else nothing
        figures = {**figures, **counted.get(zone.zone_id, {})} if not is_hidden else nothing
        about = {"zone_id": zone.zone_id, "name": zone.name or zone.zone_id, "kind": zone.kind}
        found.append({**figures, **about, "coverage": own["coverage"] if own else 0.0, "is_suppressed": is_hidden})
    return found


def _queues(warehouse: Warehouse, site: Site, night: date, queues: Released) -> Sequence[Row]:
    counted = {row["queue_zone_id"]: row for row in _rows(warehouse, _WAITS)}
    seen = {row["zone_id"] for row in _rows(warehouse, "select zone_id from zone_nights where is_seen")}
    columns = (("joined",), ("median_wait_s", "p90_wait_s"), ("served", "unserved_share"))
    found = []
    for zone in site.zones:
        if zone.zone_id not in {other.serves for other in site.zones}:
            continue
        nobody = 0 if zone.zone_id in seen else None
        row = {"joined": nobody, "served": nobody, **dict.fromkeys((*columns[1], "unserved_share"))}
        row |= counted.get(zone.zone_id, {})
        is_hidden = [_is_hidden(queues, (night, zone.zone_id, None), number) for number in range(len(columns))]
        for names, away in zip(columns, is_hidden, strict=True):
            row |= dict.fromkeys(names) if away else {}
        found.append({**row, "name": zone.name or zone.zone_id, "is_suppressed": any(is_hidden), "hidden": is_hidden})
    return found


def _is_hidden(released: Released, cell: tuple[Any, ...], measures: int = 0) -> bool:
    return bool(released.hidden) and cell in released.hidden[measures]


def _rows(warehouse: Warehouse, sql: str) -> list[Row]:
    table: pa.Table = warehouse.query(sql)
    rows: list[Row] = table.to_pylist()
    return rows
