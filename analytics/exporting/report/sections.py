"""The nightly report on people: headline, visitors by hour, footfall, dwell and waiting, how full it was, ways."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from analytics.documents.content import Grid, Image, Section, Tile
from analytics.exporting.report.charts import (
    Hourly,
    dwell_plot,
    flows_plot,
    footfall_plot,
    strip_plot,
    visitors_plot,
)
from analytics.exporting.report.night import NightFigures, Row
from analytics.exporting.report.wording import (
    HIDDEN,
    UNKNOWN,
    clock,
    clocks,
    count,
    duration,
    interval,
    share,
    small_share,
)

_MOST_LINES, _MOST_FLOWS, _MOST_PATHS = 3, 24, 8
_MOST_TILES = 8
_NOTHING = "Nothing was recorded."
_WHOLE = 0.99  # a hundredth of a night is 14 minutes; less is lost between files


def headline(figures: NightFigures) -> Section:
    """Return the tiles and what nobody may overlook."""
    tiles = [_visitors_tile(figures), _busiest_tile(figures), *_door_tile(figures), *_wait_tile(figures)]
    whole = [row for row in figures.cameras if (row["coverage"] or 0) >= _WHOLE]
    cameras = f"{len(whole)} of {len(figures.cameras)} cameras whole"
    tiles.append(Tile("Expected time analysed", share(figures.about["coverage"]), cameras))
    tiles += _stay_tile(figures)
    to_repair = [str(row["camera_id"]) for row in figures.cameras if row["notes"]]
    tiles.append(Tile("Cameras to look at", count(len(to_repair)), ", ".join(to_repair[:3]) or "nothing to repair"))
    links = sum(row["links"] for row in figures.links)
    if links:
        false = sum(row["links"] * row["false_share"] for row in figures.links) / links
        tiles.append(Tile("Links expected to be wrong", small_share(false), f"of {links:,} that join sightings"))
    if figures.returned and not figures.returned["is_suppressed"]:
        tiles.append(Tile("Came back the same night", share(figures.returned["share"]), "a lower bound"))
    return Section("", "", tiles=tiles[:_MOST_TILES], warnings=_warnings(figures))


def _visitors_tile(figures: NightFigures) -> Tile:
    rows = figures.of_site("night")
    if not rows:
        return Tile("Visitors", UNKNOWN, "not counted")
    row = rows[0]
    note = "fewer than shown" if row["is_suppressed"] else interval(row["lower"], row["upper"])
    return Tile("Visitors, different people", count(row["estimate"], row["is_suppressed"]), note)


def _busiest_tile(figures: NightFigures) -> Tile:
    shown = [row for row in figures.of_site("hour") if row["estimate"] is not None]
    if not shown:
        return Tile("Busiest hour", UNKNOWN, "none that can be shown")
    row = max(shown, key=lambda each: (each["estimate"], -each["period_at"].timestamp()))
    zone = figures.site.zone_info
    span = f"{clock(row['period_at'], zone)}\N{EN DASH}{clock(row['period_at'] + timedelta(hours=1), zone)}"
    return Tile("Busiest hour", span, f"{count(row['estimate'])} people, {interval(row['lower'], row['upper'])}")


def _door_tile(figures: NightFigures) -> list[Tile]:
    shown = [row for row in figures.lines if row["in"] is not None or row["out"] is not None]
    if not shown:
        return []
    row = max(shown, key=lambda each: (each["in"] or 0) + (each["out"] or 0))
    figure = f"{count(row['in'], row['is_in_hidden'])} / {count(row['out'], row['is_out_hidden'])}"
    return [Tile("In / out, busiest line", figure, str(row["name"]))]


def _wait_tile(figures: NightFigures) -> list[Tile]:
    shown = [row for row in figures.queues if row["median_wait_s"] is not None]
    if not shown:
        return []
    row = max(shown, key=lambda each: each["median_wait_s"])
    note = f"{row['name']}; one in ten over {duration(row['p90_wait_s'])}"
    return [Tile("Median wait", duration(row["median_wait_s"]), note)]


def _stay_tile(figures: NightFigures) -> list[Tile]:
    shown = [row for row in figures.zones if row["median_s"] is not None and row["kind"] == "area"]
    if not shown:
        return []
    row = max(shown, key=lambda each: each["visits"])
    return [
        Tile("Median visit, busiest area", duration(row["median_s"]), f"{row['name']}, {count(row['visits'])} visits")
    ]


def _warnings(figures: NightFigures) -> list[str]:
    found = []
    coverage = figures.about["coverage"]
    if not figures.about["is_recorded"]:
        return ["Nothing of this night was recorded or analysed: all figures are unknown, which is not the same as 0."]
    dark = _not_recorded(figures)
    if dark:
        found.append(f"Not recorded by any camera: {', '.join(dark)}. Nobody knows who came then.")
    if coverage is not None and coverage < _WHOLE:
        found.append(
            f"{share(coverage)} of the expected time was analysed. Figures are of that time alone and were not scaled "
            "up: more people may have come than are told here."
        )
    found += figures.other_site
    if figures.with_staff:
        found.append("Staff are counted with everybody else.")
    return found


def _not_recorded(figures: NightFigures) -> list[str]:
    zone = figures.site.zone_info
    return [
        f"{clock(hour, zone)} to {clock(hour + timedelta(hours=1), zone)}"
        for hour, recorded in zip(figures.hours, _is_recorded(figures.coverage, figures), strict=True)
        if not recorded
    ]


def visitors_section(figures: NightFigures) -> Section:
    """Return visitors by hour."""
    rows = figures.of_site("hour")
    text = (
        "Different people of the whole site in each hour. Somebody who stays over two hours counts in both, so that "
        "the hours add up to more than the night. The line through each bar is its 90 % interval."
    )
    if not rows or not figures.hours:
        return Section("Visitors by hour", f"{text} None were counted." if figures.about["is_recorded"] else _NOTHING)
    hourly, lower, upper = (_hourly(rows, "period_at", name, figures) for name in ("estimate", "lower", "upper"))
    drawn = visitors_plot(hourly, lower.values, upper.values)
    return Section("Visitors by hour", text, images=[Image(drawn, _caption(figures))])


def footfall_section(figures: NightFigures) -> Section:
    """Return crossings by line, direction and hour."""
    text = "Times that people crossed a line; who goes in twice counts twice. In and out are as the site file says."
    if not figures.lines:
        return Section("Footfall", "The site file draws no lines.")
    columns = (("name", "line"), ("in", "in"), ("out", "out"), ("coverage", "coverage"))
    ordered = sorted(figures.lines, key=lambda row: -((row["in"] or 0) + (row["out"] or 0)))
    rows = [
        {
            "name": row["name"],
            "in": count(row["in"], row["is_in_hidden"]),
            "out": count(row["out"], row["is_out_hidden"]),
            "coverage": share(row["coverage"]),
        }
        for row in ordered
    ]
    drawn = []
    for row in ordered[:_MOST_LINES]:
        own = [each for each in figures.footfall if each["line_id"] == row["line_id"]]
        ways = [[each for each in own if each["direction"] == way] for way in ("in", "out")]
        into, out = (_hourly(each, "hour_at", "crossings", figures) for each in ways)
        if np.nan_to_num(into.values).any() or np.nan_to_num(out.values).any():
            drawn.append((str(row["name"]), into, out))
    images = [Image(footfall_plot(drawn), _caption(figures))] if drawn and figures.hours else []
    if not drawn and figures.about["is_recorded"]:
        text = f"{text} By the hour the numbers are too small to be shown."
    return Section("Footfall", text, [Grid(columns, rows, figures=("in", "out", "coverage"))], images)


def dwell_section(figures: NightFigures) -> Section:
    """Return how long visits and waits lasted."""
    text = (
        "A visit is a stay in a zone with breaks of a few seconds bridged. Where its begin or end was not seen, what "
        "was seen of it counts: with a large share of those, times are lower bounds."
    )
    if not figures.zones:
        return Section("Dwell and waiting", "The site file draws no zones.")
    columns = (
        *(("name", "zone"), ("visits", "visits"), ("median", "median"), ("p90", "one in ten over")),
        *(("censored", "begin or end not seen"), ("coverage", "coverage")),
    )
    rows = [
        {
            "name": row["name"],
            "visits": count(row["visits"], row["is_suppressed"]),
            "median": duration(row["median_s"], row["is_suppressed"]),
            "p90": duration(row["p90_s"], row["is_suppressed"]),
            "censored": share(row["censored_share"], row["is_suppressed"]),
            "coverage": share(row["coverage"]),
        }
        for row in figures.zones
    ]
    grids = [Grid(columns, rows, figures=[name for name, _ in columns[1:]])]
    shown = [row for row in figures.zones if row["median_s"] is not None]
    images = []
    if shown:
        shown.sort(key=lambda row: -row["median_s"])
        median_s, p90_s = (np.array([row[name] for row in shown], np.float64) for name in ("median_s", "p90_s"))
        notes = [f"{row['visits']:,} visits" for row in shown]
        caption = "Dwell of the night's visits: dot at the median, mark at what one in ten exceeds."
        images = [Image(dwell_plot([str(row["name"]) for row in shown], median_s, p90_s, notes), caption)]
    if figures.queues:
        grids.append(_waits(figures.queues))
    return Section("Dwell and waiting", text, grids, images)


def _waits(queues: Sequence[Row]) -> Grid:
    columns = (
        *(("name", "queue"), ("joined", "joined"), ("served", "served"), ("median", "median wait")),
        *(("p90", "one in ten over"), ("unserved", "left unserved")),
    )
    rows = [
        {
            "name": row["name"],
            "joined": count(row["joined"], row["hidden"][0]),
            "median": duration(row["median_wait_s"], row["hidden"][1]),
            "p90": duration(row["p90_wait_s"], row["hidden"][1]),
            "served": count(row["served"], row["hidden"][2]),
            "unserved": share(row["unserved_share"], row["hidden"][2]),
        }
        for row in queues
    ]
    return Grid(columns, rows, figures=[name for name, _ in columns[1:]])


def occupancy_section(figures: NightFigures) -> Section:
    """Return how full zones were by hour."""
    text = (
        "People in a zone at once: the colour is the mean over the hour's footage, the figure the most at one instant."
    )
    names = {zone.zone_id: zone.name or zone.zone_id for zone in figures.site.zones}
    if not names or not figures.about["is_recorded"]:
        return Section("How full it was", "The site file draws no zones." if not names else _NOTHING)
    by_place = {(row["zone_id"], row["hour_at"]): row for row in figures.occupancy}
    values = np.full((len(names), len(figures.hours)), np.nan)
    texts = []
    for place, zone_id in enumerate(names):
        line = []
        for column, hour in enumerate(figures.hours):
            row = by_place.get((zone_id, hour))
            is_hidden = bool(row and row["is_suppressed"])
            most = row["max_people"] if row else None
            if row and most is not None:
                values[place, column] = row["mean_people"]
            line.append("h" if is_hidden else UNKNOWN if most is None else str(most))
        texts.append(line)
    labels = clocks(figures.hours, figures.site.zone_info)
    drawn = strip_plot(list(names.values()), labels, values, texts, "mean people")
    caption = f"Hours of {figures.site.timezone}. h: {HIDDEN}, few people; {UNKNOWN}: not recorded."
    return Section("How full it was", text, images=[Image(drawn, caption)])


def ways_section(figures: NightFigures) -> Section:
    """Return from where to where people went, and the most frequent paths."""
    shown = sorted(
        (row for row in figures.flows if row["journeys"] is not None),
        key=lambda row: (-row["journeys"], row["origin_id"], row["destination_id"]),
    )
    text = "From a stay in one camera's view to the same person's next one, as linking saw it. " + (
        f"Shown are {len(shown)} of {len(figures.flows)} ways; few people took the others, or they protect those."
        if len(shown) < len(figures.flows)
        else "All ways that people took are shown."
    )
    if not figures.flows:
        told = "Nobody was seen to go from one camera to another." if figures.about["is_recorded"] else _NOTHING
        return Section("Ways", told)
    if not shown:
        return Section("Ways", f"{text} Longer periods have larger numbers: `crosscam export journeys`.")
    flows = [(row["origin_id"], row["destination_id"], float(row["journeys"])) for row in shown[:_MOST_FLOWS]]
    more = f" The {_MOST_FLOWS} largest of {len(shown)}." if len(shown) > _MOST_FLOWS else ""
    images = [
        Image(
            flows_plot(flows),
            f"Journeys from camera (left) to camera (right); beside each the sum of what is drawn.{more}",
        )
    ]
    columns = (
        *(("from", "from"), ("to", "to"), ("journeys", "journeys"), ("median", "median time between")),
        *(("probability", "mean link probability"), ("coverage", "coverage")),
    )
    rows = [
        {
            "from": row["origin_id"],
            "to": row["destination_id"],
            "journeys": count(row["journeys"]),
            "median": duration(row["median_s"]),
            "probability": UNKNOWN if row["mean_probability"] is None else f"{row['mean_probability']:.2f}",
            "coverage": share(row["coverage"]),
        }
        for row in shown[:_MOST_PATHS]
    ]
    grids = [Grid(columns, rows, figures=[name for name, _ in columns[2:]]), *_paths(figures)]
    return Section("Ways", text, grids, images, pictures_first=True)


def _paths(figures: NightFigures) -> list[Grid]:
    rows = [
        {"path": row["path"], "journeys": count(row["journeys"]), "median": duration(row["median_s"])}
        for row in [row for row in figures.paths if row["places"] == "cameras"][:_MOST_PATHS]
    ]
    if not rows:
        return []
    return [
        Grid(
            (("path", "whole path"), ("journeys", "people"), ("median", "median length")),
            rows,
            figures=("journeys", "median"),
        )
    ]


def _hourly(rows: Sequence[Row], at: str, name: str, figures: NightFigures) -> Hourly:
    by_hour = {row[at]: row for row in rows}
    recorded = _is_recorded(figures.coverage, figures)
    found = [by_hour.get(hour) for hour in figures.hours]
    # no row in a recorded hour: nobody
    values = [
        (0.0 if recorded[place] else np.nan) if row is None else np.nan if row[name] is None else float(row[name])
        for place, row in enumerate(found)
    ]
    is_hidden = np.array([bool(row and row["is_suppressed"]) for row in found], np.bool_)
    labels = clocks(figures.hours, figures.site.zone_info)
    return Hourly(labels, np.array(values), is_hidden, np.array(recorded, np.bool_))


def _is_recorded(coverage: Sequence[Row], figures: NightFigures) -> list[bool]:
    seen = {row["hour_at"] for row in coverage if row["analysed_s"] > 0}
    return [hour in seen for hour in figures.hours]


def _caption(figures: NightFigures) -> str:
    hours = clocks(figures.hours, figures.site.zone_info)
    twice = " * the clocks showed this hour twice." if any(label.endswith("*") for label in hours) else ""
    return f"Beginning of each hour, {figures.site.timezone}. Hatched: not recorded. {HIDDEN}: few people.{twice}"
