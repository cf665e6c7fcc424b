"""Which way people went, of those that filters choose: ways from place to place, paths, and the people themselves.

Unfiltered, the figures are those of the views `origin_destination` and `paths`, whose definitions hold here too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboard.charts import PALETTE, QUIET

MOST_STEPS = 6
WHO = ("visitors", "staff", "everyone")
PLACES = ("cameras", "zones")

_CHOSEN = """
with stops as (
    select identity_id, stop_no, coalesce(zone_id, camera_id) as place, arrived_at, left_at, gap_s, link_probability,
           weakest_link, is_staff
    from journeys
    where night = $night and (zone_id is not null) = ($places = 'zones')
      and ($who = 'everyone' or is_staff = ($who = 'staff'))
),
walked as (
    select identity_id, list(place order by stop_no) as places, min(arrived_at) as arrived_at,
           max(left_at) as left_at, any_value(weakest_link) as weakest_link, any_value(is_staff) as is_staff
    from stops
    group by identity_id
    having list_has_all(list(place), $through::varchar[])
       and hour(timezone(getvariable('timezone'), min(arrived_at))) >= $from_hour
       and hour(timezone(getvariable('timezone'), min(arrived_at))) < $until_hour
),
changed as (
    select *, list_filter(places, lambda place, number: number = 1 or place <> places[number - 1]) as way
    from walked
),
"""
PATHS = f"""{_CHOSEN}
counted as (
    select array_to_string(way[1:8], ' > ') || if(len(way) > 8, ' > ...', '') as path,
           least(len(any_value(way)), 8)::int as stops, count(*) as journeys,
           quantile_cont((epoch_us(left_at) - epoch_us(arrived_at)) / 1e6, 0.5) as median_s
    from changed
    group by path
)
select rank() over (order by journeys desc)::int as rank, path, stops, journeys,
       journeys / sum(journeys) over () as share, median_s
from counted
order by rank, path
"""
WAYS = f"""{_CHOSEN}
pairs as (
    select place as origin, lead(place) over identity as destination, lead(gap_s) over identity as gap_s,
           lead(link_probability) over identity as probability
    from stops semi join walked using (identity_id)
    window identity as (partition by identity_id order by stop_no)
)
select origin, destination, count(*) as journeys, quantile_cont(gap_s, 0.5) as median_s,
       avg(probability) as mean_probability
from pairs
where destination is not null
group by origin, destination
order by journeys desc, origin, destination
"""
STEPS = f"""{_CHOSEN}
steps as (
    select unnest(range(1, least(len(way), $most_steps))) as step, way from changed
)
select step::int as step, way[step] as place, way[step + 1] as next_place, count(*) as journeys
from steps
group by all
order by step, place, next_place
"""
PEOPLE = f"""{_CHOSEN}
counted as (
    select *, array_to_string(way[1:8], ' > ') || if(len(way) > 8, ' > ...', '') as path, len(way) as stops
    from changed
)
select identity_id, arrived_at, left_at, path, stops, weakest_link, is_staff
from counted
where $path = '' or path = $path
order by arrived_at, identity_id
"""


@dataclass(frozen=True, slots=True)
class Choice:
    """Whose ways are told.

    Attributes:
        night: local date of the site.
        places: cameras or zones.
        who: visitors, staff or everyone.
        from_hour: first hour of the site's clocks in which they may have come, 0 to 23.
        until_hour: the hour before which they came, 1 to 24.
        through: places that all of them came by, in any order.
    """

    night: date
    places: str = PLACES[0]
    who: str = WHO[0]
    from_hour: int = 0
    until_hour: int = 24
    through: tuple[str, ...] = ()

    def parameters(self, **more: Any) -> dict[str, Any]:
        """Return the parameters of the statements above; `STEPS` needs most_steps and `PEOPLE` path besides."""
        return {
            "night": self.night,
            "places": self.places,
            "who": self.who,
            "from_hour": self.from_hour,
            "until_hour": self.until_hour,
            "through": list(self.through),
            **more,
        }


def colours_of(places: Iterable[str]) -> dict[str, str]:
    """Return a colour for each place: the same on every chart that is given the same places; grey from the eighth."""
    return {
        place: PALETTE[number] if number < len(PALETTE) - 1 else QUIET
        for number, place in enumerate(sorted(set(places)))
    }


def sankey(steps: Sequence[Mapping[str, Any]], colours: Mapping[str, str], names: Mapping[str, str]) -> dict[str, Any]:
    """Return an ECharts Sankey of the ways' first steps, from left to right; people may come to a place twice.

    Args:
        steps: rows of `STEPS`; at least one.
        colours: of places.
        names: what places are called; a place without one is called by its id.
    """
    ends = {(row["step"], row["place"]) for row in steps} | {(row["step"] + 1, row["next_place"]) for row in steps}
    nodes = [
        {
            "name": _node(step, place, names),
            "depth": step - 1,
            "itemStyle": {"color": colours.get(place, QUIET)},
            "label": {"formatter": names.get(place, place)},
        }
        for step, place in sorted(ends)
    ]
    links = [
        {
            "source": _node(row["step"], row["place"], names),
            "target": _node(row["step"] + 1, row["next_place"], names),
            "value": row["journeys"],
        }
        for row in steps
    ]
    series = {
        "type": "sankey",
        "data": nodes,
        "links": links,
        "nodeAlign": "left",
        "nodeGap": 14,
        "nodeWidth": 14,
        "draggable": False,
        "left": 8,
        "right": 90,
        "top": 8,
        "bottom": 8,
        "emphasis": {"focus": "adjacency"},
        "lineStyle": {"color": "gradient", "opacity": 0.35, "curveness": 0.5},
    }
    return {"tooltip": {"trigger": "item"}, "series": [series]}


def sankey_in_words(steps: Sequence[Mapping[str, Any]], names: Mapping[str, str], most: int = 3) -> str:
    """Return what the Sankey shows, for who cannot see it: its broadest bands."""
    broadest = sorted(steps, key=lambda row: (-row["journeys"], row["step"], row["place"]))[:most]
    told = ", ".join(
        f"{row['journeys']} from {names.get(row['place'], row['place'])} "
        f"to {names.get(row['next_place'], row['next_place'])} as step {row['step']}"
        for row in broadest
    )
    return f"Ways that people took, step by step; most often {told}."


def _node(step: int, place: str, names: Mapping[str, str]) -> str:
    return f"{step}. {names.get(place, place)}"
