"""The charts of journeys: from where to where, one identity's way through time, and what speaks for its links."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from dashboard.charts import ACCENT, QUIET, SECOND, Chart

_ROW_PX = 34
_CELL_PX = 46
_LEVEL_LABELS = 5  # more names than this do not fit side by side
_RANKED = (ACCENT, SECOND, "#009e73", "#cc79a7", QUIET)
_AROUND_PX = 130  # axis, its title and the legend, which the page counts to a chart's height


def matrix(rows: Sequence[Mapping[str, Any]], places: Sequence[str]) -> Chart:
    """Return a matrix of ways: origins down, destinations across, the number of journeys as colour and as text.

    Args:
        rows: origin, destination, journeys, median_s and mean_probability of each way.
        places: in the order in which they are shown.
    """
    most = max(row["journeys"] for row in rows)
    axis = alt.Axis(orient="top", labelAngle=-40 if len(places) > _LEVEL_LABELS else 0, labelOverlap=False)
    base = alt.Chart(alt.InlineData(values=list(rows))).encode(
        x=alt.X("destination:N", title="to", sort=list(places), axis=axis),
        y=alt.Y("origin:N", title="from", sort=list(places)),
        tooltip=[
            alt.Tooltip("origin:N", title="from"),
            alt.Tooltip("destination:N", title="to"),
            alt.Tooltip("journeys:Q", title="journeys"),
            alt.Tooltip("median_s:Q", title="median time between, s", format=".1f"),
            alt.Tooltip("mean_probability:Q", title="mean link probability", format=".3f"),
        ],
    )
    cells = base.mark_rect(cornerRadius=3).encode(
        color=alt.Color("journeys:Q", scale=alt.Scale(range=["#cfe3f2", "#004a77"]), legend=None)
    )
    text = base.mark_text(fontSize=13).encode(
        text="journeys:Q",
        color=alt.condition(f"datum.journeys > {most / 2}", alt.value("white"), alt.value("#1b1b1b")),
    )
    return alt.layer(cells, text).properties(height=_CELL_PX * max(2, len(places)) + _AROUND_PX)


def timeline(rows: Sequence[Mapping[str, Any]], zone_name: str) -> Chart:
    """Return bars over time, a row for each place: stays in views, and visits of zones below their camera's.

    Args:
        rows: place, kind (stay or visit), from_at and until_at (the site's clocks, marked as UTC), told.
        zone_name: of the site's time zone.
    """
    places = list(dict.fromkeys(row["place"] for row in rows))
    chart = alt.Chart(alt.InlineData(values=list(rows))).mark_bar(cornerRadius=3, height=_ROW_PX * 0.6)
    drawn: Chart = chart.encode(
        x=alt.X(
            "from_at:T",
            title=f"time ({zone_name})",
            scale=alt.Scale(type="utc", padding=6),
            axis=alt.Axis(format="%H:%M:%S", labelOverlap=True),
        ),
        x2="until_at:T",
        y=alt.Y("place:N", title=None, sort=places, axis=alt.Axis(labelLimit=220, labelOverlap=False)),
        color=alt.Color(
            "kind:N",
            title=None,
            scale=alt.Scale(domain=["in view", "in zone"], range=[ACCENT, SECOND]),
            legend=alt.Legend(orient="top"),
        ),
        tooltip=[alt.Tooltip("place:N"), alt.Tooltip("told:N", title="when"), alt.Tooltip("lasted:N")],
    ).properties(height=_ROW_PX * max(2, len(places)) + _AROUND_PX)
    return drawn


def evidence(rows: Sequence[Mapping[str, Any]]) -> Chart:
    """Return what appearance, time and quality add to the log-odds of each link, beside and against each other.

    Args:
        rows: link, part and log_odds.
    """
    links = list(dict.fromkeys(row["link"] for row in rows))
    base = alt.Chart(alt.InlineData(values=list(rows)))
    bars = base.mark_bar(height=16).encode(
        x=alt.X("sum(log_odds):Q", title="log-odds for one person"),
        y=alt.Y("link:N", title=None, sort=links, axis=alt.Axis(labelLimit=260, labelOverlap=False)),
        color=alt.Color(
            "part:N",
            title=None,
            scale=alt.Scale(domain=["appearance", "time", "quality"], range=[ACCENT, SECOND, "#009e73"]),
            legend=alt.Legend(orient="top"),
        ),
        tooltip=[alt.Tooltip("link:N"), alt.Tooltip("part:N"), alt.Tooltip("log_odds:Q", format="+.2f")],
    )
    zero = alt.Chart(alt.InlineData(values=[{"x": 0}])).mark_rule(color=QUIET).encode(x="x:Q")
    return alt.layer(bars, zero).properties(height=_ROW_PX * max(2, len(links)) + _AROUND_PX)


def false_matches(rows: Sequence[Mapping[str, Any]]) -> Chart:
    """Return a matrix of camera pairs: the stated false match rate as colour and text.

    Args:
        rows: origin, destination, false_match_rate, links, proven_strangers and is_scarce of each pair.
    """
    most = max(row["false_match_rate"] for row in rows)
    cameras = sorted({row["origin"] for row in rows} | {row["destination"] for row in rows})
    base = alt.Chart(alt.InlineData(values=list(rows))).encode(
        x=alt.X("destination:N", title=None, sort=cameras, axis=alt.Axis(orient="top", labelAngle=0)),
        y=alt.Y("origin:N", title=None, sort=cameras),
        tooltip=[
            alt.Tooltip("origin:N", title="camera"),
            alt.Tooltip("destination:N", title="and"),
            alt.Tooltip("false_match_rate:Q", title="false matches", format=".2%"),
            alt.Tooltip("links:Q"),
            alt.Tooltip("proven_strangers:Q", title="proven strangers"),
            alt.Tooltip("is_scarce:N", title="too little evidence of its own"),
        ],
    )
    cells = base.mark_rect(cornerRadius=3).encode(
        color=alt.Color("false_match_rate:Q", scale=alt.Scale(range=["#fbe3bd", "#b34700"]), legend=None)
    )
    text = base.mark_text(fontSize=12).encode(
        text=alt.Text("false_match_rate:Q", format=".1%"),
        color=alt.condition(f"datum.false_match_rate > {most / 2}", alt.value("white"), alt.value("#1b1b1b")),
    )
    return alt.layer(cells, text).properties(height=_CELL_PX * max(2, len(cameras)) + _AROUND_PX // 2)


def hits(rows: Sequence[Mapping[str, Any]], zone_name: str) -> Chart:
    """Return when and where those who were found were seen: a strip for each camera.

    Args:
        rows: hit (from 1), camera, at (the site's clocks, marked as UTC) and told of each sighting; at least one.
        zone_name: of the site's time zone.
    """
    cameras = sorted({row["camera"] for row in rows})
    chart = alt.Chart(alt.InlineData(values=list(rows))).mark_point(size=110, filled=True, opacity=0.9)
    drawn: Chart = chart.encode(
        x=alt.X(
            "at:T",
            title=f"time ({zone_name})",
            scale=alt.Scale(type="utc", padding=8),
            axis=alt.Axis(format="%H:%M:%S", labelOverlap=True),
        ),
        y=alt.Y("camera:N", title=None, sort=cameras, axis=alt.Axis(grid=True, labelLimit=220)),
        color=alt.Color("hit:O", title="hit", scale=alt.Scale(range=list(_RANKED)), legend=alt.Legend(orient="top")),
        shape=alt.Shape("hit:O", title="hit"),
        tooltip=[alt.Tooltip("hit:O"), alt.Tooltip("camera:N"), alt.Tooltip("told:N", title="when")],
    ).properties(height=_ROW_PX * max(2, len(cameras)) + _AROUND_PX)
    return drawn
