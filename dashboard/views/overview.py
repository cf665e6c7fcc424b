"""Overview: how many came, when and through which doors, how much was seen of it, and what needs a hand."""

from datetime import date
from typing import Any

import altair as alt
import streamlit as st

from dashboard import charts, data, parts, runs

_VISITORS = """
select scope, scope_id, period, period_at, estimate, lower, upper, coverage
from unique_visitors where night = $night and scope = 'site' order by period_at
"""
_NIGHTS = """
select night, estimate, lower, upper, coverage
from unique_visitors where scope = 'site' and period = 'night' and list_contains($nights, night) order by night
"""
_MINUTES = "select count(distinct minute_at) as n from occupancy_minutely where night = $night"
_OCCUPANCY = """
select zone_id, strftime(timezone(getvariable('timezone'), time_bucket(to_minutes($step), minute_at)),
       '%Y-%m-%dT%H:%M:%SZ') as minute, avg(mean_people) as mean_people, max(max_people) as max_people
from occupancy_minutely where night = $night group by all order by minute, zone_id
"""
_FOOTFALL = """
select line_id, hour_local, direction, crossings, coverage
from footfall_hourly where night = $night and not list_contains($changed, line_id)
order by hour_local, line_id, direction
"""
_ENTRIES = """
select sum(crossings) as n from footfall_hourly
where night = $night and direction = 'in' and not list_contains($changed, line_id)
"""
_HEALTH = """
select camera_id, recordings, partial, quarantined, gaps_s, coverage, tracklets, notes
from camera_health where night = $night order by coverage nulls first, camera_id
"""
_COVERAGE = """
select sum(analysed_expected_s) / nullif(sum(expected_s), 0) as coverage from coverage where night = $night
"""


_MOST_NIGHTS = 28
_STEPS = ((1, 120), (5, 480), (15, 1440))  # a chart of more points than about a hundred is a thicket
_MOST_WAYS = 6  # more bars side by side than this cannot be read
_THIN = 0.9  # below it a night looks quieter than it was


def page() -> None:
    """Draw the page."""
    parts.heading("Overview", "How many people came, how sure that is, and what needs a hand.")
    night = parts.choose_night()
    visitors = data.query(_VISITORS, {"night": night}).to_pylist()
    _figures(visitors, night)
    _needs_a_hand(night)
    _last_nights(night)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Visitors by hour")
        _by_hour([row for row in visitors if row["period"] == "hour"])
    with right:
        st.subheader("Footfall by line")
        _footfall(night)
    st.subheader("People in zones")
    _occupancy(night)
    st.subheader("Cameras")
    _cameras(night)


def _figures(visitors: list[dict[str, Any]], night: date) -> None:
    whole = next((row for row in visitors if row["period"] == "night"), None)
    asked = {"night": night}
    covered = data.query(_COVERAGE, asked).to_pylist()[0]["coverage"]
    entered = data.query(_ENTRIES, {**asked, "changed": _changed_lines(night)}).to_pylist()[0]["n"]
    busiest = max((row for row in visitors if row["period"] == "hour"), key=lambda row: row["estimate"], default=None)
    tiles = st.grid(4, min_column_width=150, border=True)
    with tiles.cell():
        st.metric(
            "Visitors",
            f"{whole['estimate']:,.0f}" if whole else "not linked",
            help="Expected number of different people, staff left out. The interval holds the truth in 9 of 10 nights.",
        )
        st.caption(f"{whole['lower']:,.0f} to {whole['upper']:,.0f} (90 %)" if whole else "Run `crosscam link`.")
    with tiles.cell():
        st.metric("Entries over lines", "not known" if entered is None else f"{entered:,.0f}")
        st.caption("people who come twice count twice" if entered is not None else "no line, or not located yet")
    with tiles.cell():
        st.metric(
            "Busiest hour", f"{busiest['period_at'].astimezone(parts.zone_info()):%H:%M}" if busiest else "not known"
        )
        st.caption(f"{busiest['estimate']:,.0f} visitors, time of {parts.zone_info().key}" if busiest else "not linked")
    with tiles.cell():
        st.metric("Coverage", "not known" if covered is None else f"{covered:.0%}")
        st.caption("of the seconds that cameras should have recorded")


def _needs_a_hand(night: date) -> None:
    broken, _ = runs.problems_of(data.query(runs.RECORDINGS, {"night": night}).to_pylist())
    if not broken:
        return
    first = broken[0]
    st.warning(
        f"{len(broken)} recording{'s' if len(broken) > 1 else ''} could not be used, such as `{first['file']}`: "
        f"{first['reason']}. To repair it, {first['what to do']}.",
        icon=":material/build:",
    )
    st.page_link("views/runs.py", label="All files that need a hand", icon=":material/checklist:")


def _last_nights(night: date) -> None:
    wanted = [each for each in data.nights() if each <= night][:_MOST_NIGHTS]
    rows = data.query(_NIGHTS, {"nights": wanted}).to_pylist() if len(wanted) > 1 else []
    if len(rows) < 2:
        return
    st.subheader("Visitors, last nights")
    shown = [
        {"night": f"{row['night']:%a %d %b}", **{name: row[name] for name in ("estimate", "lower", "upper")}}
        for row in rows
    ]
    x = alt.X("night:O", title=None, sort=None, axis=alt.Axis(labelAngle=0, labelOverlap=True))
    chart = charts.interval_bars(shown, x, estimate="estimate", lower="lower", upper="upper", title="visitors")
    st.altair_chart(chart, width="stretch")
    thin = [f"{row['night']:%a %d %b} ({row['coverage']:.0%})" for row in rows if (row["coverage"] or 1) < _THIN]
    if thin:
        st.caption(f"Less than {_THIN:.0%} of the expected footage was analysed on {', '.join(thin)}.")


def _occupancy(night: date) -> None:
    minutes = data.query(_MINUTES, {"night": night})["n"][0].as_py()
    step = next((step for step, most in _STEPS if minutes <= most), 60)
    rows = data.query(_OCCUPANCY, {"night": night, "step": step}).to_pylist()
    if not rows:
        parts.nothing_here("No people in zones.", "Draw `zones` in site.yaml, then `crosscam locate` and `summarise`.")
        return
    st.altair_chart(charts.occupancy(rows, parts.zone_info().key), width="stretch")
    every = "minute by minute" if step == 1 else f"in steps of {step} minutes"
    st.caption(f"Mean number of visitors in each zone, {every}, staff left out; what has no footage is left out.")


def _by_hour(hours: list[dict[str, Any]]) -> None:
    if not hours:
        parts.nothing_here("No visitors by hour.", "The night was not linked, or nobody was seen.")
        return
    rows = [{**row, "hour": f"{row['period_at'].astimezone(parts.zone_info()):%H:%M}"} for row in hours]
    shown = [{name: row[name] for name in ("hour", "estimate", "lower", "upper")} for row in rows]
    x = alt.X(
        "hour:O", title=f"hour ({parts.zone_info().key})", sort=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)
    )
    chart = charts.interval_bars(shown, x, estimate="estimate", lower="lower", upper="upper", title="visitors")
    st.altair_chart(chart, width="stretch")


def _changed_lines(night: date) -> tuple[str, ...]:
    """Return the lines whose crossings of a night are of another drawing, or not worked out: no figure is theirs."""
    return tuple(name.removeprefix("line-") for name in data.outdated(night) if name.startswith("line-"))


def _footfall(night: date) -> None:
    changed = _changed_lines(night)
    if changed:
        st.caption(f"Left out, because drawn since: {', '.join(changed)}. The Zones page works them out.")
    rows = data.query(_FOOTFALL, {"night": night, "changed": changed}).to_pylist()
    if not rows:
        parts.nothing_here(
            "No footfall.", "No line is drawn in the site file (`lines` in site.yaml), or not located yet."
        )
        return
    is_summed = len({(row["line_id"], row["direction"]) for row in rows}) > _MOST_WAYS
    counted: dict[tuple[str, str], float | None] = {}
    for row in rows:
        way = str(row["direction"]) if is_summed else f"{row['line_id']} {row['direction']}"
        key = (f"{row['hour_local']:%H:%M}", way)
        before = counted.get(key)
        counted[key] = before if row["crossings"] is None else (before or 0) + row["crossings"]
    shown = [{"hour": hour, "way": way, "crossings": number} for (hour, way), number in counted.items()]
    x = alt.X(
        "hour:O", title=f"hour ({parts.zone_info().key})", sort=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)
    )
    y = alt.Y("crossings:Q", title="crossings", axis=alt.Axis(tickMinStep=1))
    st.altair_chart(charts.bars(shown, x, y, colour="way", tooltip=("way:N", "crossings:Q")), width="stretch")
    if is_summed:
        st.caption(f"All {len({row['line_id'] for row in rows})} lines together; the Zones page has each of them.")


def _cameras(night: date) -> None:
    rows = data.query(_HEALTH, {"night": night})
    if not rows.num_rows:
        parts.nothing_here("No camera health.", "Run `crosscam summarise --lake LAKE --site site.yaml`.")
        return
    st.dataframe(
        rows,
        hide_index=True,
        width="stretch",
        column_config={
            "camera_id": "camera",
            "gaps_s": st.column_config.NumberColumn("gaps, s", format="%.0f"),
            "coverage": st.column_config.ProgressColumn("coverage", min_value=0, max_value=1, format="percent"),
            "notes": st.column_config.TextColumn("what to look at", width="large"),
        },
    )


page()
