"""Figures of zones and lines in a period: visits and dwell, how full it was, waiting, crossings, who came in.

Unfiltered, they are those of the views `dwell_hourly`, `occupancy_hourly` and `footfall_hourly`, whose definitions
hold here too.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from analytics.heatmaps.periods import Period
from analytics.sites import Site
from analytics.timebase import to_datetime

_WINDOWS = """
with windows as (
    select unnest($from_at::timestamptz[]) as from_at, unnest($until_at::timestamptz[]) as until_at
),
covered as (
    select camera_id, sum(analysed_expected_s) / nullif(sum(expected_s), 0) as coverage, sum(analysed_s) > 0 as is_seen
    from coverage semi join windows on hour_at < until_at and hour_at + interval 1 hour > from_at
    group by all
),
"""
ZONES = f"""{_WINDOWS}
seen as (
    select zone_id, avg(coverage) as coverage, bool_or(is_seen) as is_seen
    from zone_cameras join covered using (camera_id) group by all
),
counted as (
    select zone_id, count(*) as visits, count(distinct identity_id) as people,
           quantile_cont(dwell_s, 0.5) as median_s, quantile_cont(dwell_s, 0.9) as p90_s,
           avg(is_censored::int) as censored_share
    from visits join windows on entered_at >= from_at and entered_at < until_at
    where $with_staff or not is_staff
    group by all
),
filled as (
    select zone_id, avg(mean_people + if($with_staff, mean_staff, 0)) as mean_people, max(max_people) as max_people
    from occupancy_minutely join windows on minute_at >= from_at and minute_at < until_at
    group by all
)
select zone_id, zone.name, zone.kind, zone.camera_id, if(seen.is_seen, coalesce(visits, 0), visits) as visits,
       if(seen.is_seen, coalesce(people, 0), people) as people, median_s, p90_s, censored_share, mean_people,
       max_people, if(seen.is_seen, seen.coverage, 0) as coverage
from zones as zone left join seen using (zone_id) left join counted using (zone_id) left join filled using (zone_id)
order by zone.name
"""
VISITS = f"""{_WINDOWS}
chosen as (select * from visits where zone_id = $zone and ($with_staff or not is_staff))
select entered_at, dwell_s, is_censored from chosen join windows on entered_at >= from_at and entered_at < until_at
order by entered_at
"""
MINUTES = f"""{_WINDOWS}
chosen as (select * from occupancy_minutely where zone_id = $zone)
select minute_at, mean_people + if($with_staff, mean_staff, 0) as mean_people, max_people, coverage
from chosen join windows on minute_at >= from_at and minute_at < until_at
order by minute_at
"""
WAITS = f"""{_WINDOWS}
chosen as (
    select wait.* from queue_waits as wait join windows on entered_at >= from_at and entered_at < until_at
    where $with_staff or not is_staff
)
select queue_zone_id, zone.name, count(*) as joined, count(served_at) as served,
       quantile_cont(wait_s, 0.5) as median_wait_s, quantile_cont(wait_s, 0.9) as p90_wait_s,
       avg(left_unserved::int) filter (where served_at is not null or left_unserved) as unserved_share,
       avg(is_censored::int) as censored_share
from chosen join zones as zone on zone.zone_id = queue_zone_id
group by all order by zone.name
"""
CROSSINGS = f"""{_WINDOWS}
seen as (
    select line_id, avg(coverage) as coverage, bool_or(is_seen) as is_seen
    from line_cameras join covered using (camera_id) group by all
),
counted as (
    select line_id, direction, count(*) as crossings
    from crossings_with_identity join windows on crossed_at >= from_at and crossed_at < until_at
    where is_person and not is_repeat and ($with_staff or not is_staff)
    group by all
)
select line_id, line.name, way.direction, if(seen.is_seen, coalesce(crossings, 0), crossings) as crossings,
       if(seen.is_seen, seen.coverage, 0) as coverage
from lines as line cross join (values ('in'), ('out')) as way(direction)
    left join counted using (line_id, direction) left join seen using (line_id)
order by line.name, direction
"""
CAPTURE = """
select place_id, place_kind, coalesce(any_value(zone.name), any_value(line.name), place_id) as name,
       sum(passing)::int as passing, sum(captured)::int as captured, sum(captured) / sum(passing) as rate
from capture_rate left join zones as zone on place_kind = 'zone' and zone_id = place_id
    left join lines as line on place_kind = 'line' and line_id = place_id
where list_contains($nights::date[], night)
group by place_id, place_kind order by name
"""
_FINE_MINUTES = 360
"""Up to six hours are shown by minute, longer periods by hour: more bars than that cannot be told apart."""

_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
_MOST_BINS = 24


def asked(period: Period, with_staff: bool, **more: Any) -> dict[str, Any]:
    """Return the parameters that the statements of this module take."""
    return {
        "from_at": [to_datetime(window.starts_at) for window in period.windows],
        "until_at": [to_datetime(window.ends_at) for window in period.windows],
        "with_staff": with_staff,
        **more,
    }


def outdated(summarised: Mapping[str, Any] | None, site: Site) -> tuple[str, ...]:
    """Return the zones and lines that changed or went since a night's figures were worked out, as `name_of` names them.

    Args:
        summarised: the site under which they were, see `warehouse.marts`; None: they never were.
        site: as it is now.
    """
    known = {name: rows for name, rows in (summarised or {}).items() if name in ("zones", "lines")}
    drawn = site.model_dump(mode="json", include={"zones", "lines"})
    old, new = (
        {
            f"{kind}-{row[f'{kind}_id']}": {**row, "name": None}
            for kind in ("zone", "line")
            for row in rows.get(f"{kind}s", ())
        }
        for rows in (known, drawn)
    )
    return (*(name for name in new if new[name] != old.get(name)), *(name for name in old if name not in new))


def without(rows: Sequence[Mapping[str, Any]], kind: str, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return rows of zones or lines, with null figures for those whose figures are outdated.

    Args:
        rows: of `ZONES` or `CROSSINGS`.
        kind: zone or line.
        names: what `outdated` told.
    """
    kept = ("zone_id", "line_id", "name", "kind", "camera_id", "direction", "coverage")
    return [
        {key: value if key in kept else None for key, value in row.items()}
        if f"{kind}-{row[f'{kind}_id']}" in names
        else dict(row)
        for row in rows
    ]


def dwell_bins(visits: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return how many visits lasted how long, those apart of which begin or end was not seen.

    Args:
        visits: rows of `VISITS`.
    """
    longest = max((row["dwell_s"] for row in visits), default=0.0)
    step = next((step for step in _STEPS_S if longest / step < _MOST_BINS), 7200)
    counted: dict[tuple[int, bool], int] = {}
    for row in visits:
        bin_no = int(row["dwell_s"] // step), bool(row["is_censored"])
        counted[bin_no] = counted.get(bin_no, 0) + 1
    return [
        {
            "from_s": number * step,
            "until_s": (number + 1) * step,
            "seen": "begin or end not seen" if censored else "seen whole",
            "visits": count,
        }
        for (number, censored), count in sorted(counted.items())
    ]


def occupancy(minutes: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> tuple[str, list[dict[str, Any]]]:
    """Return how full a zone was, by minute or by hour, and which of the two; times are those of the site's clocks.

    Args:
        minutes: rows of `MINUTES`.
        zone: the site's.
    """
    if len(minutes) <= _FINE_MINUTES:
        return "minute", [
            {
                "at": _clock(row["minute_at"], zone),
                "mean": row["mean_people"],
                "most": row["max_people"],
                "coverage": row["coverage"],
            }
            for row in minutes
        ]
    hours: dict[datetime, list[Mapping[str, Any]]] = {}
    for row in minutes:
        hours.setdefault(row["minute_at"].replace(minute=0, second=0, microsecond=0), []).append(row)
    return "hour", [
        {
            "at": _clock(hour, zone),
            "mean": sum(row["mean_people"] for row in rows) / len(rows),
            "most": max(row["max_people"] for row in rows),
            "coverage": sum(row["coverage"] or 0 for row in rows) / len(rows),
        }
        for hour, rows in sorted(hours.items())
    ]


def compared(
    now: Sequence[Mapping[str, Any]], then: Sequence[Mapping[str, Any]], field: str, labels: tuple[str, str]
) -> list[dict[str, Any]]:
    """Return one figure of each zone in two periods, for bars side by side; what is not known is left out.

    Args:
        now: rows of `ZONES` of the period.
        then: of the one that it is compared with.
        field: name of the figure.
        labels: of both periods.
    """
    return [
        {"zone": row["name"], "period": label, "value": row[field]}
        for rows, label in ((now, labels[0]), (then, labels[1]))
        for row in rows
        if row[field] is not None
    ]


def changes(now: Sequence[Mapping[str, Any]], then: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return visits and dwell of each zone in two periods with the change; null where one of them is not known.

    Args:
        now: rows of `ZONES` of the period.
        then: of the one that it is compared with.
    """
    before = {row["zone_id"]: row for row in then}
    rows = []
    for row in now:
        old = before.get(row["zone_id"], {})
        rows.append(
            {
                "zone": row["name"],
                "visits": row["visits"],
                "visits before": old.get("visits"),
                "change": _change(row["visits"], old.get("visits")),
                "median_s": row["median_s"],
                "median_before_s": old.get("median_s"),
                "coverage": row["coverage"],
                "coverage before": old.get("coverage"),
            }
        )
    return rows


def _change(now: float | None, then: float | None) -> float | None:
    return None if now is None or not then else now / then - 1


def _clock(instant: datetime, zone: ZoneInfo) -> str:
    # local time as text: the chart must not move it to the browser's zone
    return f"{instant.astimezone(zone):%Y-%m-%dT%H:%M}"
