"""One identity on the page: its timeline, its sightings with pictures, its links with their evidence, decisions."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import streamlit as st

from dashboard import data, deciding, identities, journey_charts, parts

_PICTURE_PX = 96


def draw(night: date, name: str) -> None:
    """Draw an identity by its id or by that of one of its tracklets."""
    kept = {"night": st.query_params["night"]} if "night" in st.query_params else {}
    st.page_link("views/journeys.py", label="All journeys", icon=":material/arrow_back:", query_params=kept)
    found = data.query(identities.WHERE_NOW, {"night": night, "name": name}).to_pylist()
    if not found:
        parts.nothing_here(
            f"No identity or tracklet {name}.",
            "Linking anew can give people other ids: look for them among all journeys, or by one of their tracklets.",
        )
        return
    if found[0]["night"] != night:
        night = found[0]["night"]
        st.info(f"This is of the night of {night:%a} {night.day} {night:%b %Y}.", icon=":material/bedtime:")
    identity = str(found[0]["identity_id"])
    asked = {"night": night, "identity": identity}
    facts = data.query(identities.IDENTITY, asked).to_pylist()[0]
    pieces = data.query(identities.PIECES, asked).to_pylist()
    links = data.query(identities.LINKS, asked).to_pylist()
    _figures(facts)
    st.subheader("Timeline")
    _timeline(data.query(identities.STOPS, asked).to_pylist())
    st.subheader("Sightings")
    _sightings(night, pieces)
    st.subheader("Evidence")
    _evidence(links)
    st.subheader("Decide")
    others = identities.others_of(links, identity, {row["tracklet_id"] for row in pieces})
    deciding.draw(night, pieces, others)


def _figures(facts: Mapping[str, Any]) -> None:
    zone = parts.zone_info()
    marks = [
        *(["staff"] if facts["is_staff"] else []),
        *([] if facts["is_person"] else ["not a person"]),
        *([] if facts["class_name"] == "person" else [str(facts["class_name"])]),
    ]
    st.markdown(f"`{facts['identity_id']}`" + "".join(f" :orange-badge[{mark}]" for mark in marks))
    columns = st.columns(4)
    columns[0].metric("First seen", identities.when(facts["starts_at"], zone), help=f"Clock of the site, {zone.key}.")
    columns[1].metric("Last seen", identities.when(facts["ends_at"], zone))
    columns[2].metric("Sightings", facts["tracklet_count"])
    columns[2].caption(f"by {facts['camera_count']} camera{'s' if facts['camera_count'] != 1 else ''}")
    weakest = facts["weakest_link"]
    columns[3].metric(
        "Weakest link",
        "one sighting" if weakest is None else f"{weakest:.1%}",
        help="Probability of the least certain link: how sure it is that all of this is one person.",
    )


def _timeline(stops: Sequence[Mapping[str, Any]]) -> None:
    if not stops:
        parts.nothing_here("No journey is summed up yet.", "`crosscam summarise` makes it.")
        return
    described = data.site()
    names = {zone.zone_id: zone.name for zone in described.zones if zone.name} if described else {}
    zone = parts.zone_info()
    st.altair_chart(journey_charts.timeline(identities.bars_of(stops, zone, names), zone.key), width="stretch")


def _sightings(night: date, pieces: Sequence[Mapping[str, Any]]) -> None:
    zone = parts.zone_info()
    pictures = data.crops((night,), tuple(sorted({row["tracklet_id"] for row in pieces})))
    grid = st.grid("auto", min_column_width=150, border=True)
    for row in pieces:
        with grid.cell():
            named = identities.name_of(row, zone)
            if row["tracklet_id"] in pictures:
                st.image(pictures[row["tracklet_id"]], width=_PICTURE_PX, alt=f"the person at {named}")
            else:
                st.caption("no picture kept")
            st.markdown(f"**{row['camera_id']}**  \n{identities.when(row['from_at'], zone)}")
            lasted = identities.told_length((row["until_at"] - row["from_at"]).total_seconds())
            notes = [lasted, *(["tracker changed person"] if row["is_switched"] else [])]
            notes += ["poor picture"] if row["is_weak"] else []
            st.caption(", ".join(notes), help=f"Tracklet {row['tracklet_id']}")
            st.page_link(
                "views/search.py",
                label="More like this",
                icon=":material/person_search:",
                query_params={"like": row["tracklet_id"]},
            )


def _evidence(links: Sequence[Mapping[str, Any]]) -> None:
    if not links:
        parts.nothing_here("No links.", "This is one sighting, and none was like it.")
        return
    zone = parts.zone_info()
    joined = [row for row in links if row["verdict"] == "accepted"]
    if scored := identities.evidence_parts(joined, zone):
        st.altair_chart(journey_charts.evidence(scored), width="stretch")
        st.caption(
            "What speaks for (right) and against (left) one person, for each link that made this journey; +4.6 means "
            "100 to 1. Links by a rule have no score."
        )
    st.dataframe(
        identities.links_told(links, zone),
        hide_index=True,
        alt="Links that were made and those that were weighed and not made",
        column_config={
            "probability": st.column_config.ProgressColumn("probability", min_value=0, max_value=1, format="%.3f"),
            "likeness": st.column_config.NumberColumn("likeness", format="%.2f", help="Cosine of both appearances."),
            "gap_s": st.column_config.NumberColumn("gap, s", format="%.1f", help="Negative: both seen at once."),
            **{
                name: st.column_config.NumberColumn(name, format="%+.1f", help="Adds this to the log-odds.")
                for name in ("appearance", "time", "quality")
            },
        },
    )
