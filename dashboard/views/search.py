"""Search: who in the footage looks like this person, and whether anybody does; every search is logged."""

import getpass
from datetime import datetime
from typing import Any

import numpy as np
import streamlit as st

from analytics.audit_log import now
from analytics.errors import ConfigError
from analytics.search.forensic import (
    Example,
    Request,
    coverage_of,
    picture_facts,
    query_by_pictures,
    rows_like,
    search_logged,
)
from analytics.search.search import Answer, Filters, Hit
from analytics.timebase import to_datetime, to_instant
from dashboard import data, journey_charts, parts
from dashboard.identities import on_clock

_COLUMNS = 6
_ON_TIMELINE = 5
_ASKED = "search_answer"
_TOLD = {
    "likely": (st.success, "Likely in this footage", ":material/person_check:"),
    "perhaps": (st.warning, "Perhaps in this footage", ":material/person_alert:"),
    "probably not": (st.error, "Probably not in this footage", ":material/person_off:"),
    "cannot tell": (st.info, "Cannot tell whether the person is in this footage", ":material/help:"),
}


def page() -> None:
    """Draw the page."""
    parts.heading(
        "Search",
        "Clothes and build are compared, nobody is recognised. Every search goes to the audit log with its purpose.",
    )
    nights = data.nights()
    if not nights:
        parts.nothing_here("Nothing to search.", "This lake has no nights yet.")
        return
    like = st.query_params.get("like", "")
    if like:
        picture = data.crops(tuple(nights), (like,)).get(like)
        if picture:
            st.image(picture, width=72, alt="the sighting that is looked for")
            st.caption("More like this are looked for; the sightings already linked to it are left out.")
    with st.form("search", border=True):
        uploaded = st.file_uploader(
            "Pictures of one person",
            ["jpg", "jpeg", "png", "webp", "bmp", "tif", "tiff"],
            accept_multiple_files=True,
            help="Crops of one person, or one picture in which you then choose the person.",
        )
        tracklet = st.text_input("Or a tracklet of this lake", like, help="Any sighting's id: finds more of it.")
        left, middle, right = st.columns(3)
        purpose = left.text_input("Purpose", help="Why you search; kept in the audit log.")
        case = left.text_input("Case", help="Its reference, if there is one.")
        wanted = middle.multiselect(
            "Nights", nights, list(nights[:1]), format_func=lambda night: f"{night:%a %d %b %Y}"
        )
        cameras = middle.multiselect("Cameras", _cameras(), help="None chosen: all.")
        since = right.datetime_input("From", None, help=f"Time of the site, {parts.zone_info().key}.")
        until = right.datetime_input("To", None, help="Before this time.")
        person = right.number_input("Person of the picture", 1, None, None, help="The tallest is 1.")
        if st.form_submit_button("Search", type="primary", icon=":material/search:"):
            filters = Filters(frozenset(cameras) or None, _instant(since), _instant(until))
            request = Request(purpose, getpass.getuser(), case or None, filters, 12)
            pictures = [Example(file.name, file.getvalue(), None, _chosen(person, uploaded)) for file in uploaded]
            st.session_state.pop(_ASKED, None)
            try:
                st.session_state[_ASKED] = _search(tuple(sorted(wanted)), pictures, tracklet.strip(), request)
            except ConfigError as error:
                st.warning(f"Nothing was searched. {error}", icon=":material/edit:")
    if _ASKED in st.session_state:
        _show(*st.session_state[_ASKED])


def _search(nights: tuple[Any, ...], pictures: list[Example], tracklet: str, request: Request) -> tuple[Any, ...]:
    if bool(pictures) == bool(tracklet):
        raise ConfigError("expected pictures or a tracklet, and not both")
    if not nights:
        raise ConfigError("expected at least one night")
    gallery, presence = data.gallery(nights), data.presence(nights)
    at = now()
    if tracklet:
        query, own = rows_like(gallery, tracklet)
        answer = search_logged(data.lake(), gallery, query, presence, request, {"like": tracklet}, at, own)
    else:
        query = query_by_pictures(gallery, pictures, data.settings().perception, data.models())
        answer = search_logged(data.lake(), gallery, query, presence, request, picture_facts(pictures), at)
    return answer, coverage_of(data.lake(), nights, request.filters), nights, bool(tracklet)


def _show(answer: Answer, covered: float | None, nights: tuple[Any, ...], is_elsewhere: bool) -> None:
    write, words, icon = _TOLD[answer.verdict]
    if is_elsewhere:  # a sighting's own identity is left out
        words = words.replace("in this footage", "elsewhere in this footage")
    chance = "" if answer.probability is None else f", probability {answer.probability:.0%}"
    write(f"**{words}{chance}.** {answer.searched} tracklets compared; {parts.coverage_note(covered)}.", icon=icon)
    if answer.probability is not None:
        st.caption("The probability is for somebody who is as likely in the footage as not, learned from this site.")
    if answer.without_vector:
        st.caption(f"{answer.without_vector} tracklets have no picture to compare.")
    if not answer.hits:
        parts.nothing_here("Nobody to show.", "Widen the nights, the cameras or the times.")
        return
    _timeline(answer)
    pictures = data.crops(nights, tuple(sorted({seen.tracklet_id for hit in answer.hits for seen in hit.sightings})))
    for number, hit in enumerate(answer.hits, start=1):
        _show_hit(number, hit, pictures)


def _timeline(answer: Answer) -> None:
    zone = parts.zone_info()
    rows = [
        {
            "hit": number,
            "camera": seen.camera_id,
            "at": on_clock(to_datetime(seen.starts_at), zone),
            "told": f"{to_datetime(seen.starts_at).astimezone(zone):%a %d %b %H:%M:%S}",
        }
        for number, hit in enumerate(answer.hits[:_ON_TIMELINE], start=1)
        for seen in hit.sightings
    ]
    st.altair_chart(journey_charts.hits(rows, zone.key), width="stretch")
    st.caption(f"When and where the first {min(_ON_TIMELINE, len(answer.hits))} were seen.")


def _show_hit(number: int, hit: Hit, pictures: dict[str, bytes]) -> None:
    with st.container(border=True):
        head = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
        chance = "" if hit.probability is None else f"probability {hit.probability:.0%} · "
        who = hit.identity_id or hit.sightings[0].tracklet_id
        head.markdown(f"**{number}.** {chance}likeness {hit.likeness:.2f} · `{who}`")
        head.page_link(
            "views/journeys.py",
            label="Journey and evidence",
            icon=":material/route:",
            query_params={"identity": who},
        )
        best = sorted(hit.sightings, key=lambda seen: -np.nan_to_num(seen.likeness, nan=-2.0))[:_COLUMNS]
        grid = st.grid(_COLUMNS, min_column_width=120)
        for seen in sorted(best, key=lambda seen: seen.starts_at):
            when = f"{to_datetime(seen.starts_at).astimezone(parts.zone_info()):%a %H:%M:%S}"
            with grid.cell():
                if seen.tracklet_id in pictures:
                    st.image(pictures[seen.tracklet_id], width=96, alt=f"somebody at {seen.camera_id}, {when}")
                st.markdown(f"**{seen.camera_id}**  \n{when}")
                st.page_link(
                    "views/search.py",
                    label="More like this",
                    icon=":material/person_search:",
                    query_params={"like": seen.tracklet_id},
                )
        if len(hit.sightings) > _COLUMNS:
            st.caption(f"and {len(hit.sightings) - _COLUMNS} more sightings: see the journey")


def _cameras() -> list[str]:
    rows = data.query("select distinct camera_id from tracklets order by camera_id")
    return [str(name) for name in rows["camera_id"].to_pylist()]


def _instant(local: datetime | None) -> int | None:
    return None if local is None else to_instant(local.replace(tzinfo=parts.zone_info()))


def _chosen(person: float | None, uploaded: list[Any]) -> int | None:
    if person is None:
        return None
    if len(uploaded) > 1:
        raise ConfigError("expected one picture when a person of it is chosen: cut the others out first")
    return int(person)


page()
