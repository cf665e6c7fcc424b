"""Charts that look alike: Altair, in colours that colour-blind people tell apart, readable in light and dark."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import altair as alt

Chart: TypeAlias = alt.Chart | alt.LayerChart | alt.FacetChart

PALETTE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#999999")
"""Okabe and Ito, Color Universal Design (2008)."""

ACCENT, SECOND, QUIET = PALETTE[0], PALETTE[1], PALETTE[7]


def bars(
    rows: Sequence[dict[str, Any]],
    x: alt.X,
    y: alt.Y,
    *,
    colour: str | None = None,
    tooltip: Sequence[str | alt.Tooltip] = (),
    height_px: int = 260,
) -> Chart:
    """Return bars, of several colours side by side when `colour` names a field."""
    chart = alt.Chart(alt.InlineData(values=list(rows))).mark_bar(cornerRadiusEnd=3)
    channels: dict[str, Any] = {"x": x, "y": y, "tooltip": list(tooltip)}
    if colour is None:
        channels["color"] = alt.value(ACCENT)
    else:
        channels["color"] = alt.Color(
            f"{colour}:N", title=None, scale=alt.Scale(range=list(PALETTE)), legend=alt.Legend(orient="top")
        )
        channels["xOffset"] = f"{colour}:N"
    drawn: Chart = chart.encode(**channels).properties(height=height_px)
    return drawn


def interval_bars(
    rows: Sequence[dict[str, Any]], x: alt.X, *, estimate: str, lower: str, upper: str, title: str, height_px: int = 260
) -> Chart:
    """Return bars of an estimate with a line from its lower to its upper bound."""
    base = alt.Chart(alt.InlineData(values=list(rows)))
    tooltip = [
        alt.Tooltip(f"{name}:Q", title=told, format=".1f")
        for name, told in ((estimate, title), (lower, "at least"), (upper, "at most"))
    ]
    bar = base.mark_bar(cornerRadiusEnd=3, opacity=0.85).encode(
        x=x, y=alt.Y(f"{estimate}:Q", title=title), color=alt.value(ACCENT), tooltip=tooltip
    )
    rule = base.mark_rule(strokeWidth=2).encode(
        x=x, y=f"{lower}:Q", y2=f"{upper}:Q", color=alt.value(SECOND), tooltip=tooltip
    )
    return alt.layer(bar, rule).properties(height=height_px)


def occupancy(rows: Sequence[dict[str, Any]], zone_name: str, height_px: int = 280) -> Chart:
    """Return lines of how many people were in each zone.

    Args:
        rows: zone_id, minute (the site's clocks, marked as UTC), mean_people and max_people.
        zone_name: of the site's time zone.
        height_px: height with axes and legend.
    """
    chart = alt.Chart(alt.InlineData(values=list(rows))).mark_line(point=alt.OverlayMarkDef(size=18))
    drawn: Chart = chart.encode(
        x=alt.X(
            "minute:T",
            title=f"time ({zone_name})",
            scale=alt.Scale(type="utc"),
            axis=alt.Axis(
                labelExpr="utcseconds(datum.value) ? '' : utcFormat(datum.value, '%H:%M')", labelOverlap=True
            ),
        ),
        y=alt.Y("mean_people:Q", title="people"),
        color=alt.Color("zone_id:N", title=None, scale=alt.Scale(range=list(PALETTE)), legend=alt.Legend(orient="top")),
        tooltip=[
            alt.Tooltip("zone_id:N", title="zone"),
            alt.Tooltip("mean_people:Q", title="mean", format=".1f"),
            alt.Tooltip("max_people:Q", title="most at once"),
        ],
    ).properties(height=height_px)
    return drawn
