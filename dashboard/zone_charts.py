"""Charts of zones and lines."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from dashboard.charts import ACCENT, PALETTE, QUIET, SECOND, Chart

_HEIGHT_PX = 240


def dwell(bins: Sequence[Mapping[str, Any]]) -> Chart:
    """Return how many visits lasted how long.

    Args:
        bins: from_s, until_s, seen and visits.
    """
    stacked, heights = [], dict.fromkeys((row["from_s"] for row in bins), 0)
    for row in bins:
        base = heights[row["from_s"]]
        heights[row["from_s"]] = base + row["visits"]
        stacked.append({**row, "base": base, "top": base + row["visits"]})
    drawn: Chart = (
        alt.Chart(alt.InlineData(values=stacked))
        .mark_rect()
        .encode(
            x=alt.X("from_s:Q", title="seconds in the zone", scale=alt.Scale(zero=True)),
            x2="until_s:Q",
            y=alt.Y("base:Q", title="visits", axis=alt.Axis(tickMinStep=1)),
            y2="top:Q",
            color=_colours("seen", ("seen whole", "begin or end not seen"), (ACCENT, SECOND)),
            tooltip=["from_s:Q", "until_s:Q", "seen:N", "visits:Q"],
        )
        .properties(height=_HEIGHT_PX)
    )
    return drawn


def occupancy(rows: Sequence[Mapping[str, Any]], grain: str, zone_name: str) -> Chart:
    """Return the mean and the most people in a zone over time.

    Args:
        rows: at (local time as text), mean, most and coverage.
        grain: minute or hour.
        zone_name: of the site's time zone.
    """
    axis = alt.Axis(labelExpr="slice(datum.value, 11)", labelAngle=0, labelOverlap=True)
    x = alt.X("at:O", title=f"{grain} ({zone_name})", axis=axis)
    tooltip = [
        alt.Tooltip("at:O", title="time"),
        alt.Tooltip("mean:Q", title="people, mean", format=".2f"),
        alt.Tooltip("most:Q", title="people, most"),
        alt.Tooltip("coverage:Q", format=".0%"),
    ]
    base = alt.Chart(alt.InlineData(values=list(rows))).encode(x=x, tooltip=tooltip)
    bars = base.mark_bar(cornerRadiusEnd=3).encode(
        y=alt.Y("mean:Q", title="people"),
        color=alt.value(ACCENT),
        opacity=alt.condition("datum.coverage >= 0.5", alt.value(1), alt.value(0.4)),
    )
    ticks = base.mark_tick(thickness=3, size=18).encode(y="most:Q", color=alt.value(SECOND))
    return alt.layer(bars, ticks).properties(
        height=_HEIGHT_PX,
        title=alt.TitleParams("bar: mean, mark: most at once, pale: half not seen", fontSize=11, fontWeight="normal"),
    )


def crossings(rows: Sequence[Mapping[str, Any]]) -> Chart:
    """Return crossings of each line, in and out.

    Args:
        rows: name, direction, crossings and coverage.
    """
    base = alt.Chart(alt.InlineData(values=list(rows))).encode(
        y=alt.Y("name:N", title=None, axis=alt.Axis(labelLimit=180)),
        yOffset="direction:N",
        x=alt.X("crossings:Q", title="crossings", axis=alt.Axis(tickMinStep=1)),
        tooltip=["name:N", "direction:N", "crossings:Q", alt.Tooltip("coverage:Q", format=".0%")],
    )
    bars = base.mark_bar(cornerRadiusEnd=3).encode(color=_colours("direction", ("in", "out"), PALETTE[:2]))
    text = base.mark_text(align="left", dx=4, color=QUIET).encode(text="crossings:Q")
    lines = len({row["name"] for row in rows})
    return alt.layer(bars, text).properties(height=56 * lines + 60)


def compared(rows: Sequence[Mapping[str, Any]], title: str, labels: tuple[str, str]) -> Chart:
    """Return a figure of each zone in two periods, side by side.

    Args:
        rows: zone, period and value.
        title: of the figure, with its unit.
        labels: of the periods, in order.
    """
    drawn: Chart = (
        alt.Chart(alt.InlineData(values=list(rows)))
        .mark_bar(cornerRadiusEnd=3)
        .encode(
            x=alt.X("zone:N", title=None, axis=alt.Axis(labelAngle=-20, labelLimit=140, labelOverlap=False)),
            xOffset=alt.XOffset("period:N", sort=list(labels)),
            y=alt.Y("value:Q", title=title),
            color=_colours("period", labels, (ACCENT, SECOND)),
            tooltip=["zone:N", "period:N", alt.Tooltip("value:Q", title=title, format=".1f")],
        )
        .properties(height=280)
    )
    return drawn


def _colours(field: str, names: Sequence[str], colours: Sequence[str]) -> alt.Color:
    legend = alt.Legend(orient="top", labelLimit=320)
    return alt.Color(f"{field}:N", title=None, scale=alt.Scale(domain=list(names), range=list(colours)), legend=legend)
