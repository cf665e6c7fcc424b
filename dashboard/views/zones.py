"""Zones: how many came, how long they stayed, how full it was, how long they waited; two periods; and the drawing."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from analytics.heatmaps.periods import Period
from dashboard import data, parts, periods, zone_charts, zone_editor, zone_figures

_PARTS = ("Figures", "Compare", "Draw")


def page() -> None:
    """Draw the page."""
    parts.heading("Zones", "How many came, how long they stayed and waited, and where zones and lines lie.")
    described = data.site()
    if described is None:
        parts.nothing_here(
            "No site file, so no zones are known.", "Start the dashboard with `--site site.yaml`, then draw them here."
        )
        return
    part = st.segmented_control(
        "Part", _PARTS, default=_PARTS[0], required=True, key="part", bind="query-params", label_visibility="collapsed"
    )
    if part == "Draw":
        zone_editor.draw()
        return
    if not described.zones and not described.lines:
        parts.nothing_here("No zone and no line is drawn yet.", "Choose **Draw** above.")
        return
    left, middle, right = st.columns([2, 3, 1], vertical_alignment="bottom")
    with left:
        night = parts.choose_night()
    with middle:
        period = periods.choose(night)
    with right:
        with_staff = st.toggle("Staff too", key="staff", bind="query-params", help="Who was marked as staff counts.")
    rows = _zones(period, with_staff)
    _say_outdated(period)
    if part == "Compare":
        _compare(rows, period, with_staff)
    else:
        _figures(rows, period, with_staff)


def _zones(period: Period, with_staff: bool) -> list[dict[str, Any]]:
    rows = data.query(zone_figures.ZONES, zone_figures.asked(period, with_staff)).to_pylist()
    return zone_figures.without(rows, "zone", data.outdated(period.nights[0]))


def _say_outdated(period: Period) -> None:
    names = data.outdated(period.nights[0])
    if names:
        st.warning(
            f"Changed since the figures of {period.nights[0]:%d %b %Y} were worked out, so left empty: "
            f"{', '.join(names)}. Work them out under **Draw**.",
            icon=":material/update:",
        )


def _figures(rows: Sequence[Mapping[str, Any]], period: Period, with_staff: bool) -> None:
    if rows:
        _table(rows)
        names = {str(row["zone_id"]): str(row["name"]) for row in rows}
        zone = st.selectbox("Zone", list(names), format_func=names.__getitem__, key="zone", bind="query-params")
        row = next((row for row in rows if row["zone_id"] == zone), rows[0])
        _one(row, period, with_staff)
    _waits(period, with_staff)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _crossings(period, with_staff)
    with right:
        _capture(period)


def _table(rows: Sequence[Mapping[str, Any]]) -> None:
    seconds = {
        name: st.column_config.NumberColumn(label, format="%.1f", help=told)
        for name, label, told in (
            ("median_s", "median dwell, s", "Half of the visits were shorter."),
            ("p90_s", "90 % below, s", "One visit in ten was longer."),
            ("mean_people", "people, mean", "Mean of the recorded minutes."),
        )
    }
    st.dataframe(
        [
            {
                name: row[name] if name != "censored_share" else _percent(row[name])
                for name in (
                    *("name", "kind", "visits", "people", "median_s", "p90_s", "censored_share"),
                    *("mean_people", "max_people", "coverage"),
                )
            }
            for row in rows
        ],
        hide_index=True,
        alt="Visits, dwell and occupancy of each zone",
        column_config={
            "name": "zone",
            "people": st.column_config.NumberColumn("people", help="Different identities."),
            **seconds,
            "censored_share": st.column_config.NumberColumn(
                "not seen whole", format="%.0f %%", help="Begin or end was not seen: the true dwell is longer."
            ),
            "max_people": st.column_config.NumberColumn("people, most", help="At one instant."),
            "coverage": st.column_config.ProgressColumn(
                "coverage", min_value=0, max_value=1, format="percent", help="Of the hours that the period touches."
            ),
        },
    )
    if any(row["visits"] is None for row in rows):
        st.caption("An empty figure is not nought: no footage of that zone in this period, or drawn since.")


def _one(row: Mapping[str, Any], period: Period, with_staff: bool) -> None:
    asked = zone_figures.asked(period, with_staff, zone=row["zone_id"])
    columns = st.columns(4)
    columns[0].metric("Visits", "not known" if row["visits"] is None else f"{row['visits']:,}")
    columns[0].caption(parts.coverage_note(row["coverage"]))
    columns[1].metric("Median dwell", _seconds(row["median_s"]))
    columns[2].metric("One in ten longer than", _seconds(row["p90_s"]))
    share = row["censored_share"]
    columns[3].metric(
        "Not seen whole",
        "no visit" if share is None else f"{share:.0%}",
        help="Begin or end of these visits was not seen; they count with what was seen, so dwell is a lower bound.",
    )
    if f"zone-{row['zone_id']}" in data.outdated(period.nights[0]):
        return
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**How long they stayed**")
        bins = zone_figures.dwell_bins(data.query(zone_figures.VISITS, asked).to_pylist())
        if bins:
            st.altair_chart(zone_charts.dwell(bins), width="stretch")
        else:
            parts.nothing_here("No visits.", "Nobody came in this period, or it has no footage; see coverage.")
    with right:
        st.markdown("**How full it was**")
        zone = parts.zone_info()
        grain, filled = zone_figures.occupancy(data.query(zone_figures.MINUTES, asked).to_pylist(), zone)
        if filled:
            st.altair_chart(zone_charts.occupancy(filled, grain, zone.key), width="stretch")
        else:
            parts.nothing_here("Not known.", "There is no footage, or `crosscam summarise` has not run.")


def _waits(period: Period, with_staff: bool) -> None:
    outdated = data.outdated(period.nights[0])
    found = data.query(zone_figures.WAITS, zone_figures.asked(period, with_staff)).to_pylist()
    rows = [row for row in found if f"zone-{row['queue_zone_id']}" not in outdated]
    described = data.site()
    if not rows and not (described and any(zone.kind == "service" for zone in described.zones)):
        return
    st.subheader("Waiting")
    if not rows:
        parts.nothing_here("Nobody is known to have joined a queue.", "See coverage, and what changed, above.")
    for row in rows:
        columns = st.columns(5)
        columns[0].metric(str(row["name"]), f"{row['joined']} joined")
        columns[1].metric("Served", row["served"])
        columns[2].metric("Median wait", _seconds(row["median_wait_s"]), help="From joining until the service zone.")
        columns[3].metric("One in ten longer than", _seconds(row["p90_wait_s"]))
        unserved = row["unserved_share"]
        columns[4].metric(
            "Left unserved",
            "not known" if unserved is None else f"{unserved:.0%}",
            help=f"Of those whose end was seen; of {row['censored_share']:.0%}, begin or end was not.",
        )


def _crossings(period: Period, with_staff: bool) -> None:
    st.subheader("Footfall of lines")
    found = data.query(zone_figures.CROSSINGS, zone_figures.asked(period, with_staff)).to_pylist()
    rows = zone_figures.without(found, "line", data.outdated(period.nights[0]))
    known = [row for row in rows if row["crossings"] is not None]
    if not rows:
        parts.nothing_here("No line is drawn.", "Choose **Draw** above and draw one across a door.")
    elif not known:
        parts.nothing_here("Not known.", "The lines have no footage in this period, or were drawn since.")
    else:
        st.altair_chart(zone_charts.crossings(known), width="stretch")
        told = {row["name"]: row["coverage"] for row in rows}
        st.caption("; ".join(f"{name}: {parts.coverage_note(share)}" for name, share in told.items()) + ".")


def _capture(period: Period) -> None:
    st.subheader("Who came in")
    outdated = data.outdated(period.nights[0])
    found = data.query(zone_figures.CAPTURE, {"nights": list(period.nights)}).to_pylist()
    rows = [row for row in found if f"{row['place_kind']}-{row['place_id']}" not in outdated]
    if not rows:
        parts.nothing_here("No figure.", "Draw a line across a door, or a zone of kind entrance, and work it out.")
        return
    st.dataframe(
        [{name: row[name] for name in ("name", "passing", "captured", "rate")} for row in rows],
        hide_index=True,
        alt="How many of those seen at an entrance came in",
        column_config={
            "name": "entrance or line",
            "passing": st.column_config.NumberColumn("seen there", help="People whom its camera saw."),
            "captured": st.column_config.NumberColumn("came in", help="Visited the zone or crossed the line inwards."),
            "rate": st.column_config.ProgressColumn("share", min_value=0, max_value=1, format="percent"),
        },
    )
    st.caption("Of the whole night. A camera that sees only the door gives nearly 100 %.")


def _compare(rows: Sequence[Mapping[str, Any]], period: Period, with_staff: bool) -> None:
    with st.container(border=True):
        left, right = st.columns([2, 4], vertical_alignment="bottom")
        with left:
            night = periods.choose_other("With the night", "with")
        with right:
            other = periods.choose(night, "with_")
    if other.windows == period.windows:
        parts.nothing_here("Both periods are the same.", "Choose another night, or other hours, on either side.")
        return
    if other.overlaps(period):
        st.warning("The periods share some time: what is in both counts in both.", icon=":material/content_copy:")
    then = _zones(other, with_staff)
    if other.nights != period.nights:
        _say_outdated(other)
    labels = (period.label, other.label)
    left, right = st.columns(2, gap="large")
    for column, field, title in ((left, "visits", "visits"), (right, "median_s", "median dwell, s")):
        with column:
            st.markdown(f"**{title.capitalize()}**")
            shown = zone_figures.compared(rows, then, field, labels)
            if shown:
                st.altair_chart(zone_charts.compared(shown, title, labels), width="stretch")
            else:
                parts.nothing_here("No figure in either period.", "Neither has footage, or nobody came.")
    st.dataframe(
        [{**row, "change": _percent(row["change"])} for row in zone_figures.changes(rows, then)],
        hide_index=True,
        alt="Visits and dwell of each zone in both periods",
        column_config={
            "change": st.column_config.NumberColumn("change", format="%+.0f %%"),
            "median_s": st.column_config.NumberColumn("median dwell, s", format="%.1f"),
            "median_before_s": st.column_config.NumberColumn("before, s", format="%.1f"),
            **{
                name: st.column_config.ProgressColumn(name, min_value=0, max_value=1, format="percent")
                for name in ("coverage", "coverage before")
            },
        },
    )
    st.caption(f"**{labels[0]}**; before: **{labels[1]}**. Compare counts only where coverage is alike.")


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _seconds(value: float | None) -> str:
    if value is None:
        return "no visit"
    return f"{value:.1f} s" if value < 120 else f"{value / 60:.1f} min"


page()
