"""Heatmaps: where people go and how long they stay, on a camera's picture and on the plan; changes; by hour of week."""

import mimetypes
from datetime import date
from typing import Any, get_args

import streamlit as st

from analytics.exporting.suppression import MIN_PEOPLE
from analytics.heatmaps.heatmap import Measure
from dashboard import data, heat, parts

_MEASURES = {"visits": "Visits", "dwell": "Dwell"}
_MEANT = {
    "visits": "How many visits of people came by each place.",
    "dwell": "How long people were at each place, all together.",
}
_ICONS = {"picture": ":material/image:", "cells": ":material/table:", "facts": ":material/data_object:"}


def page() -> None:
    """Draw the page."""
    parts.heading("Heatmaps", "Where people go and how long they stay: visits and seconds of people, not detections.")
    described, nights = data.site(), data.nights()
    if described is None:
        parts.nothing_here("No site file, so no cameras are known.", "Start the dashboard with `--site site.yaml`.")
        return
    if not nights:
        parts.nothing_here("This lake has no nights yet.", "`crosscam run FOOTAGE --lake LAKE` fills it.")
        return
    wanted = _choose(heat.views_of(described), nights)
    if wanted is None:
        return
    if wanted.compared and wanted.compared.period(described).overlaps(wanted.stretch.period(described)):
        parts.nothing_here("The periods share some time.", "Choose other nights or other hours on one side.")
        return
    with st.spinner("Drawing the heatmap"):
        drawn = data.heatmap(wanted)
    _show(drawn, wanted)
    _downloads(drawn)


def _choose(views: dict[str, str], nights: tuple[date, ...]) -> heat.Wanted | None:
    left, middle, narrow, right = st.columns([3, 2, 2, 5], vertical_alignment="bottom")
    view = left.selectbox("View", list(views), format_func=views.__getitem__, key="view", bind="query-params")
    measure = middle.segmented_control(
        "Measure",
        get_args(Measure),
        format_func=_MEASURES.__getitem__,
        default="visits",
        required=True,
        key="measure",
        bind="query-params",
    )
    least = narrow.number_input(
        "Fewest people", 1, 100, MIN_PEOPLE, key="least", bind="query-params", help="Of a place that is shown."
    )
    with right.container(horizontal=True):
        compares = st.toggle("Compare", key="compare", bind="query-params", help="Show the change from another time.")
        by_week = st.toggle("Hour of week", key="week", bind="query-params", help="7 days by 24 local hours.")
        with_staff = st.toggle("Staff too", key="staff", bind="query-params")
    stretch = _stretch("Nights", nights, nights[:1], "")
    compared = None
    if compares:
        with st.container(border=True):
            compared = _stretch("Change from the nights", nights, nights[1:2] or nights[:1], "with_")
    if stretch is None or (compares and compared is None):
        parts.nothing_here("No night is chosen.", "Choose at least one.")
        return None
    return heat.Wanted(view, measure or "visits", stretch, compared, by_week, int(least), with_staff)


def _stretch(label: str, nights: tuple[date, ...], default: tuple[date, ...], prefix: str) -> heat.Stretch | None:
    told = {f"{night:%a} {night.day} {night:%b %Y}": night for night in nights}
    first = [name for name, night in told.items() if night in default]
    left, middle, right = st.columns([4, 2, 2])
    chosen = left.multiselect(
        label, list(told), default=first, key=f"{prefix}nights", bind="query-params", help="Local dates of the site."
    )
    zone = parts.zone_info().key
    starts = middle.time_input(
        f"From ({zone})", None, step=60, key=f"{prefix}from", bind="query-params", help="Empty: from the night's begin."
    )
    ends = right.time_input(
        f"Until ({zone})", None, step=60, key=f"{prefix}until", bind="query-params", help="Empty: to the night's end."
    )
    picked = tuple(sorted(told[name] for name in chosen if name in told))
    return heat.Stretch(picked, starts, ends) if picked else None


def _show(drawn: heat.Drawn, wanted: heat.Wanted) -> None:
    for note in drawn.notes:
        st.info(note, icon=":material/info:")
    facts = drawn.facts
    _facts(facts, wanted)
    if drawn.picture is None:
        parts.nothing_here("No picture.", "There are no recordings of this camera in these nights.")
    else:
        st.image(drawn.picture, width="stretch", alt=str(facts.get("title", "heatmap")))
    if drawn.week is not None:
        st.subheader("By hour of the week")
        st.image(drawn.week, width="stretch", alt="Days of the week by local hours")
    elif wanted.by_week:
        parts.nothing_here("Nothing by hour of the week.", "There is no footage of this view in these nights.")


def _facts(facts: dict[str, Any], wanted: heat.Wanted) -> None:
    now = {**facts, **facts.get("after", {})}
    if not now:
        return
    people, total = now.get("people"), now.get("total")
    hours = sum(now.get("footage_h", {}).values())
    covered = now.get("coverage")
    shown = f"fewer than {wanted.min_people}" if people is None else f"{people:,}"
    columns = st.columns(3)
    columns[0].metric("People", "no footage" if total is None else shown, help=f"Counted are {now.get('people_are')}.")
    columns[1].metric("Footage", f"{hours * 60:.0f} min" if hours < 2 else f"{hours:.1f} h")
    columns[2].metric("Coverage", "not known" if covered is None else f"{covered:.0%}")
    hidden = heat.hidden_note(now)
    if hidden and hidden[0]:
        st.warning(hidden[1], icon=":material/visibility_off:")
    notes = [_MEANT[wanted.measure], hidden[1] if hidden and not hidden[0] else ""]
    st.caption(" ".join(note for note in notes if note))


def _downloads(drawn: heat.Drawn) -> None:
    if not drawn.files:
        return
    st.subheader("Download")
    with st.container(horizontal=True):
        st.download_button(
            "All of it (zip)",
            drawn.zipped,
            file_name="heatmap.zip",
            mime="application/zip",
            icon=":material/folder_zip:",
            type="primary",
            on_click="ignore",
        )
        for name, content in drawn.files.items():
            what, kind = drawn.what[name], name.rsplit(".", 1)[-1]
            st.download_button(
                f"{what[0].upper()}{what[1:]}, {kind}",
                content,
                file_name=name,
                mime=mimetypes.guess_type(name)[0] or "application/octet-stream",
                icon=_ICONS.get(what, ":material/download:"),
                on_click="ignore",
                help=name,
            )


page()
