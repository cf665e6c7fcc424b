"""Which tables are exported, and who stands behind each of their figures.

A figure names its people by SQL: one row for each person and cell, `night, <dims>, person`, and `part` where a row
tells of several groups of people (the served and the unserved): a cell is as small as its smallest group. What is a
count of people already stands for itself, as that many numbered ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from analytics.contracts import Contract
from analytics.figures import CAPTURE_RATE, OCCUPANCY_HOURLY, PATHS, QUEUE_HOURLY, RETURNING_VISITORS, SITE_VISITS
from analytics.marts import (
    CAMERA_HEALTH,
    DWELL_HOURLY,
    FOOTFALL_HOURLY,
    JOURNEYS,
    OCCUPANCY_MINUTELY,
    ORIGIN_DESTINATION,
    QUEUE_WAITS,
    VISITS,
)
from analytics.tables import COVERAGE, IDENTITIES, UNIQUE_VISITORS

_COUNTED = "(not is_staff or coalesce(getvariable('with_staff'), false))"


@dataclass(frozen=True, slots=True)
class Measures:
    """Columns that are hidden together.

    Attributes:
        columns: names.
        people: the SQL of the people behind them.
        totals: the SQL of cells that are no sum of others, `night, <dims>, people`, null where summed.
    """

    columns: tuple[str, ...]
    people: str
    totals: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """A table of figures.

    Attributes:
        contract: its columns.
        dims: what tells its rows apart, besides the night.
        totals: by which of them readers may know sums; each is protected, see `suppression`.
        measures: what is hidden; the later are hidden wherever an earlier one is, since they would tell it.
        rows: SQL of its rows, with columns of `dims` that it lacks.
        total_rows: of rows that are totals over the first of `totals`: the column and the value that mark them.
        left_out: columns that would tell hidden ones, or speak of few people nearly always.
        is_rare_named: a row's own name tells what few people did: hidden rows are left out.
    """

    contract: Contract
    dims: tuple[str, ...] = ()
    totals: tuple[tuple[str, ...], ...] = ()
    measures: tuple[Measures, ...] = ()
    rows: str = ""
    total_rows: tuple[str, str] | None = None
    left_out: tuple[str, ...] = ()
    is_rare_named: bool = False


def _numbered(figure: str, count: str, name: str, part: str = "") -> str:
    """Return the SQL of people who are counted already, each with a name of their own."""
    told = f", '{part}' as part" if part else ""
    return f"select *{told}, {name} || ' ' || unnest(range(({count})::bigint)) as person from {figure}"


_PRESENT = """
    select night, zone_id, unnest(range(time_bucket(interval 1 {0}, entered_at), left_at, interval 1 {0})) as {0}_at,
           identity_id as person
    from visits where {1}"""
_OF_HOUR = f"({_PRESENT.format('hour', _COUNTED)})"
_WAITS = f"""
    select night, queue_zone_id, time_bucket(interval 1 hour, entered_at) as hour_at, identity_id as person,
           wait_s is not null as is_served, left_unserved
    from queue_waits where {_COUNTED}"""

FOOTFALL = Figures(
    FOOTFALL_HOURLY,
    ("line_id", "hour_at", "direction"),
    (("line_id", "direction"),),
    (
        Measures(
            ("crossings",),
            "select night, line_id, time_bucket(interval 1 hour, crossed_at) as hour_at, direction, "
            "coalesce(identity_id, tracklet_id) as person from crossings_with_identity "
            f"where is_person and {_COUNTED}",
        ),
    ),
)
DWELL = Figures(
    DWELL_HOURLY,
    ("zone_id", "hour_at"),
    (("zone_id",),),
    (
        Measures(
            ("visits", "median_s", "p90_s", "censored_share"),
            "select night, zone_id, time_bucket(interval 1 hour, entered_at) as hour_at, identity_id as person "
            f"from visits where {_COUNTED}",
        ),
    ),
)
OCCUPANCY = Figures(
    OCCUPANCY_HOURLY,
    ("zone_id", "hour_at"),
    (("zone_id",),),
    (Measures(("mean_people", "max_people", "fullest_at"), _OF_HOUR[1:-1]),),
    left_out=("mean_staff",),
)
OCCUPANCY_BY_MINUTE = Figures(
    OCCUPANCY_MINUTELY,
    ("zone_id", "hour_at", "minute_at"),
    (("zone_id", "hour_at"), ("zone_id",)),
    (
        Measures(
            ("mean_people", "max_people"),
            "select *, time_bucket(interval 1 hour, minute_at) as hour_at from "
            f"({_PRESENT.format('minute', _COUNTED)})",
        ),
    ),
    rows="select *, time_bucket(interval 1 hour, minute_at) as hour_at from occupancy_minutely",
    left_out=("mean_staff",),
)
QUEUES = Figures(
    QUEUE_HOURLY,
    ("queue_zone_id", "hour_at"),
    (("queue_zone_id",),),
    (
        Measures(
            ("mean_length", "max_length", "joined", "censored_share"),
            f"select night, queue_zone_id, hour_at, person, 'joined' as part from ({_WAITS}) union all by name "
            f"select night, zone_id as queue_zone_id, hour_at, person, 'present' as part from {_OF_HOUR} "
            "where zone_id in (select serves from zones)",
        ),
        Measures(("median_wait_s", "p90_wait_s"), f"select * from ({_WAITS}) where is_served"),
        Measures(
            ("served", "unserved_share"),
            f"select *, if(is_served, 'served', 'unserved') as part from ({_WAITS}) where is_served or left_unserved",
        ),
    ),
)
WAYS = Figures(
    ORIGIN_DESTINATION,
    ("origin_id", "destination_id", "hour_at"),
    (("origin_id", "destination_id"), ("origin_id",), ("destination_id",), ()),
    (
        Measures(
            ("journeys", "median_s", "mean_probability"),
            "select * from (select night, camera_id as origin_id, time_bucket(interval 1 hour, left_at) as hour_at, "
            "lead(camera_id) over (partition by identity_id, night order by stay_no) as destination_id, "
            f"identity_id as person from stays where {_COUNTED}) where destination_id is not null",
        ),
    ),
)
TAKEN_PATHS = Figures(
    PATHS,
    ("places", "path"),
    (("places",),),
    (Measures(("journeys", "median_s"), _numbered("paths", "journeys", "path")),),
    left_out=("share",),
    is_rare_named=True,
)
CAPTURED = Figures(
    CAPTURE_RATE,
    ("place_kind", "place_id", "hour_at"),
    (("place_kind", "place_id"),),
    (
        Measures(("passing",), _numbered("capture_rate", "passing", "hour_at")),
        Measures(
            ("captured", "rate"),
            f"{_numbered('capture_rate', 'captured', 'hour_at', 'in')} union all "
            f"{_numbered('capture_rate', 'passing - captured', 'hour_at', 'past')}",
        ),
    ),
)
RETURNED = Figures(
    RETURNING_VISITORS,
    measures=(
        Measures(("identities",), _numbered("returning_visitors", "identities", "night")),
        Measures(
            ("returned", "share", "median_away_s"),
            f"{_numbered('returning_visitors', 'returned', 'night', 'again')} union all "
            f"{_numbered('returning_visitors', 'identities - returned', 'night', 'first')}",
        ),
    ),
)
VISITORS = Figures(
    UNIQUE_VISITORS,
    ("scope", "scope_id", "period_at"),
    (("scope", "scope_id"),),
    (
        Measures(
            ("estimate", "lower", "upper"),
            _numbered("unique_visitors", "floor(estimate)", "period_at") + " where period = 'hour'",
            # who came in two hours is one in the night: the hours' sum is no less, and protects as if it were equal
            "select night, scope, scope_id, null as period_at, floor(estimate)::bigint as people from unique_visitors "
            "where period = 'night'",
        ),
    ),
    total_rows=("period", "night"),
)
HEALTH = Figures(
    CAMERA_HEALTH,
    ("camera_id",),
    measures=(Measures(("tracklets",), "select night, camera_id, identity_id as person from identity_members"),),
)
SEEN = Figures(COVERAGE)

FIGURES: Mapping[str, Figures] = {
    each.contract.name: each
    for each in (
        VISITORS,
        FOOTFALL,
        DWELL,
        OCCUPANCY,
        QUEUES,
        CAPTURED,
        RETURNED,
        WAYS,
        TAKEN_PATHS,
        OCCUPANCY_BY_MINUTE,
        HEALTH,
        SEEN,
    )
}
"""Tables of figures: exported unless others are asked for."""

PEOPLE: Mapping[str, Contract] = {
    contract.name: contract for contract in (VISITS, QUEUE_WAITS, JOURNEYS, SITE_VISITS, IDENTITIES)
}
"""Tables with rows of single people: exported when asked for, with names of identities that fit no other export."""
