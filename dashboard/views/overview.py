"""Overview: how many came, when and through which doors, how much was seen of it, and what needs a hand."""

from datetime import date
from typing import Any

import altair as alt
import streamlit as st

from dashboard import charts, data, parts

_VISITORS = """
select scope, scope_id, period, period_at, estimate, lower, upper, coverage
from unique_visitors where night = $night and scope = 'site' order by period_at
"""
_FOOTFALL = """
select line_id, hour_local, direction, crossings, coverage
from footfall_hourly where night = $night order by hour_local, line_id, direction
"""
_HEALTH = """
select camera_id, recordings, partial, quarantined, gaps_s, coverage, tracklets, notes
from camera_health where night = $night order by coverage nulls first, camera_id
"""
_COVERAGE = """
select sum(analysed_expected_s) / nullif(sum(expected_s), 0) as coverage from coverage where night = $night
"""


def page() -> None:
    """Draw the page."""
    parts.heading("Overview", "How many people came, how sure that is, and what needs a hand.")
    night = parts.choose_night()
    covered = data.query(_COVERAGE, {"night": night}).to_pylist()[0]["coverage"]
    visitors = data.query(_VISITORS, {"night": night}).to_pylist()
    _figures(visitors, night, covered)
    left, right = st.columns(2)
    with left:
        st.subheader("Visitors by hour")
        _by_hour([row for row in visitors if row["period"] == "hour"])
    with right:
        st.subheader("Footfall by line")
        _footfall(night)
    st.subheader("Cameras")
    _cameras(night)


def _figures(visitors: list[dict[str, Any]], night: date, covered: float | None) -> None:
    whole = next((row for row in visitors if row["period"] == "night"), None)
    entered = data.query(
        "select sum(crossings) as n from footfall_hourly where night = $night and direction = 'in'", {"night": night}
    ).to_pylist()[0]["n"]
    columns = st.columns(3)
    if whole:
        columns[0].metric(
            "Visitors",
            f"{whole['estimate']:.0f}",
            help="Expected number of different people, staff left out. The interval holds the truth in 9 of 10 nights.",
        )
        columns[0].caption(f"between {whole['lower']:.0f} and {whole['upper']:.0f} (90 %)")
    else:
        columns[0].metric("Visitors", "not linked", help="Run `crosscam link`.")
    columns[1].metric("Entries over lines", "none drawn" if entered is None else f"{entered:.0f}")
    columns[2].metric("Coverage", "not known" if covered is None else f"{covered:.0%}")
    columns[2].caption("of the seconds that cameras should have recorded")


def _by_hour(hours: list[dict[str, Any]]) -> None:
    if not hours:
        parts.nothing_here("No visitors by hour.", "The night was not linked, or nobody was seen.")
        return
    rows = [{**row, "hour": f"{row['period_at'].astimezone(parts.zone_info()):%H:%M}"} for row in hours]
    shown = [{name: row[name] for name in ("hour", "estimate", "lower", "upper")} for row in rows]
    x = alt.X("hour:O", title=f"hour ({parts.zone_info().key})", sort=None)
    chart = charts.interval_bars(shown, x, estimate="estimate", lower="lower", upper="upper", title="visitors")
    st.altair_chart(chart, width="stretch")


def _footfall(night: date) -> None:
    rows = data.query(_FOOTFALL, {"night": night}).to_pylist()
    if not rows:
        parts.nothing_here("No footfall.", "No line is drawn in the site file; `lines` in site.yaml.")
        return
    shown = [
        {
            "hour": f"{row['hour_local']:%H:%M}",
            "way": f"{row['line_id']} {row['direction']}",
            "crossings": row["crossings"],
        }
        for row in rows
    ]
    x = alt.X("hour:O", title=f"hour ({parts.zone_info().key})", sort=None)
    y = alt.Y("crossings:Q", title="crossings", axis=alt.Axis(tickMinStep=1))
    st.altair_chart(charts.bars(shown, x, y, colour="way", tooltip=("way:N", "crossings:Q")), width="stretch")


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
