"""Journeys: from where to where people went, which paths they took, and each one's own way with its evidence."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import data, flows, identity, journey_charts, parts
from dashboard.identities import when

_PAGE_ROWS = 25
_STAFFED = {"visitors": "Visitors", "staff": "Staff", "everyone": "Everyone"}
_COVERAGE = """
select sum(analysed_expected_s) / nullif(sum(expected_s), 0) as coverage from coverage where night = $night
"""


def page() -> None:
    """Draw the page: all journeys of a night, or with `?identity=` one of them."""
    chosen = st.query_params.get("identity", "")
    if chosen:
        parts.heading("Journey", "One identity's way over the cameras, and what speaks for each link.")
        identity.draw(parts.choose_night(), chosen)
        return
    parts.heading("Journeys", "From where to where people went, and each one's own way. People are anonymous.")
    choice = _choose()
    paths = data.query(flows.PATHS, choice.parameters()).to_pylist()
    if not paths:
        _say_empty(choice)
        return
    _figures(choice, paths)
    steps = data.query(flows.STEPS, choice.parameters(most_steps=flows.MOST_STEPS)).to_pylist()
    names = _names()
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.subheader("Step by step")
        _sankey(steps, names)
    with right:
        st.subheader("From place to place")
        _matrix(data.query(flows.WAYS, choice.parameters()).to_pylist(), names)
    st.subheader("Paths")
    path = _paths(paths)
    st.subheader("People")
    _people(data.query(flows.PEOPLE, choice.parameters(path=path)).to_pylist(), choice, path)


def _choose() -> flows.Choice:
    left, middle, right = st.columns([2, 2, 3])
    with left:
        night = parts.choose_night()
    with middle:
        places = st.segmented_control(
            "Places", flows.PLACES, default=flows.PLACES[0], required=True, key="places", bind="query-params"
        )
    with right:
        who = st.segmented_control(
            "Who",
            flows.WHO,
            format_func=_STAFFED.__getitem__,
            default=flows.WHO[0],
            required=True,
            key="who",
            bind="query-params",
            help="Staff are who somebody marked as staff.",
        )
    left, right = st.columns([4, 3])
    with left:
        known = _places(night, places or flows.PLACES[0])
        through = st.multiselect(
            "Came by",
            known,
            format_func=lambda place: _names().get(place, place),
            key="through",
            bind="query-params",
            placeholder="Any place",
            help="All of these, in any order.",
        )
    with right:
        hours = st.slider(
            f"Came between (hour, {parts.zone_info().key})", 0, 24, (0, 24), key="hours", bind="query-params"
        )
    return flows.Choice(
        night, places or flows.PLACES[0], who or flows.WHO[0], hours[0], hours[1], tuple(sorted(through))
    )


def _say_empty(choice: flows.Choice) -> None:
    everything = flows.Choice(choice.night, choice.places, "everyone")
    if data.query(flows.PATHS, everything.parameters()).num_rows:
        parts.nothing_here("Nobody fits these filters.", "Widen the hours, or leave out a place.")
    elif choice.places == "zones":
        parts.nothing_here(
            "No visits of zones.", "Draw `zones` in site.yaml, then `crosscam locate` and `crosscam summarise`."
        )
    else:
        parts.nothing_here(
            "No journeys of this night.", "They are made by `crosscam link` and then `crosscam summarise`."
        )


def _figures(choice: flows.Choice, paths: Sequence[Mapping[str, Any]]) -> None:
    covered = data.query(_COVERAGE, {"night": choice.night}).to_pylist()[0]["coverage"]
    total = sum(row["journeys"] for row in paths)
    moved = sum(row["journeys"] for row in paths if row["stops"] > 1)
    columns = st.columns(4)
    columns[0].metric("Journeys", f"{total:,}", help="Identities. A missed link makes two journeys of one person's.")
    columns[1].metric(f"Over several {choice.places}", f"{moved / total:.0%}")
    columns[2].metric("Different paths", f"{len(paths):,}")
    columns[3].metric("Coverage", "not known" if covered is None else f"{covered:.0%}")


def _sankey(steps: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> None:
    if not steps:
        parts.nothing_here("Nobody went on to another place.", "Every journey of this choice has one place only.")
        return
    ends = {row["place"] for row in steps} | {row["next_place"] for row in steps}
    st.echarts_chart(
        flows.sankey(steps, flows.colours_of(ends), names), height=420, alt=flows.sankey_in_words(steps, names)
    )
    st.caption(
        f"The first {flows.MOST_STEPS} places of each journey; whoever was at one place only is left out. "
        "Hover a band for its number."
    )


def _matrix(ways: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> None:
    if not ways:
        parts.nothing_here("No ways.", "Nobody was at a second place.")
        return
    told = [{**row, **{end: names.get(row[end], row[end]) for end in ("origin", "destination")}} for row in ways]
    places = sorted({row["origin"] for row in told} | {row["destination"] for row in told})
    st.altair_chart(journey_charts.matrix(told, places), width="stretch")
    st.caption("Every stay and the next one. Hover for the median time between and how sure the links are.")


def _paths(paths: Sequence[Mapping[str, Any]]) -> str:
    """Draw the table of paths; return the one that is chosen, or nothing."""
    picked = st.dataframe(
        [{name: row[name] for name in ("rank", "path", "journeys", "share", "median_s")} for row in paths],
        hide_index=True,
        height=min(36 * (len(paths) + 1), 360) + 2,
        on_select="rerun",
        selection_mode="single-row",
        key="picked_path",
        alt="Paths, the most frequent first",
        column_config={
            "rank": st.column_config.NumberColumn("rank", width="small"),
            "path": st.column_config.TextColumn("path", width="large"),
            "journeys": st.column_config.NumberColumn("journeys", width="small"),
            "share": st.column_config.ProgressColumn("share", min_value=0, max_value=1, format="percent"),
            "median_s": st.column_config.NumberColumn("median time, s", format="%.0f", width="small"),
        },
    )
    rows = picked.selection.rows
    return str(paths[rows[0]]["path"]) if rows and rows[0] < len(paths) else ""


def _people(people: Sequence[Mapping[str, Any]], choice: flows.Choice, path: str) -> None:
    st.caption(f"Who went **{path}**. Choose a row." if path else "Choose a row to see one journey with its evidence.")
    pages = max(1, -(-len(people) // _PAGE_ROWS))
    number = st.pagination(pages, key="people_page") if pages > 1 else 1
    shown = people[(number - 1) * _PAGE_ROWS : number * _PAGE_ROWS]
    pictures = _pictures(choice, [str(row["identity_id"]) for row in shown])
    zone = parts.zone_info()
    picked = st.dataframe(
        [
            {
                "picture": pictures.get(row["identity_id"]),
                "identity": row["identity_id"],
                "came": when(row["arrived_at"], zone),
                "left": when(row["left_at"], zone),
                "path": row["path"],
                "weakest link": row["weakest_link"],
                "staff": row["is_staff"],
            }
            for row in shown
        ],
        hide_index=True,
        height="content",
        row_height=64,
        on_select="rerun",
        selection_mode="single-row",
        key="picked_identity",
        alt="People of this choice with their paths",
        column_config={
            "picture": st.column_config.ImageColumn("", width="small"),
            "path": st.column_config.TextColumn("path", width="large"),
            "weakest link": st.column_config.NumberColumn(
                "weakest link", format="%.3f", help="Least probability of its links; empty: one sighting."
            ),
        },
    )
    rows = picked.selection.rows
    if rows and rows[0] < len(shown):
        st.query_params["identity"] = str(shown[rows[0]]["identity_id"])
        st.rerun()


def _pictures(choice: flows.Choice, identities: Sequence[str]) -> dict[str, str]:
    """Return a picture of each identity as a data URL."""
    first = data.query(
        "select identity_id, arg_min(tracklet_id, from_at) as tracklet_id from identity_pieces "
        "where night = $night and is_main and list_contains($wanted::varchar[], identity_id) group by identity_id",
        {"night": choice.night, "wanted": list(identities)},
    ).to_pylist()
    crops = data.crops((choice.night,), tuple(sorted(row["tracklet_id"] for row in first)))
    return {
        row["identity_id"]: f"data:image/jpeg;base64,{base64.b64encode(crops[row['tracklet_id']]).decode()}"
        for row in first
        if row["tracklet_id"] in crops
    }


def _places(night: Any, places: str) -> list[str]:
    column = "zone_id" if places == "zones" else "camera_id"
    rows = data.query(
        f"select distinct {column} as place from journeys where night = $night and {column} is not null order by place",
        {"night": night},
    )
    return [str(name) for name in rows["place"].to_pylist()]


def _names() -> dict[str, str]:
    described = data.site()
    return {zone.zone_id: zone.name for zone in described.zones if zone.name} if described else {}


page()
