"""Pieces that pages share: the heading, the choice of nights, figures with their coverage, and what to say when."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from zoneinfo import ZoneInfo

import streamlit as st

from analytics.errors import ConfigError, CrosscamError, LakeError
from dashboard import data


def zone_info() -> ZoneInfo:
    """Return the site's time zone; UTC without a site file."""
    described = data.site()
    return described.zone_info if described else ZoneInfo("UTC")


def heading(title: str, about: str) -> None:
    """Write a page's title and what it answers."""
    st.title(title)
    st.caption(about)


@contextmanager
def kindly() -> Iterator[None]:
    """Show an error of ours in words, and stop the page."""
    try:
        yield
    except ConfigError as error:
        st.error(f"A setting is wrong: {error}", icon=":material/settings_alert:")
        st.stop()
    except LakeError as error:
        st.error(f"The lake cannot be read: {error}", icon=":material/database_off:")
        st.stop()
    except CrosscamError as error:
        st.error(str(error), icon=":material/error:")
        st.stop()


def choose_night() -> date:
    """Let a night be chosen, the newest at first; a lake without nights stops the page with what to do."""
    nights = data.nights()
    if not nights:
        st.info(
            "This lake has no nights yet. `crosscam run FOOTAGE --lake LAKE` fills it; come back when it is done.",
            icon=":material/bedtime:",
        )
        st.stop()
    told = {f"{night:%a} {night.day} {night:%b %Y}": night for night in nights}
    chosen = st.selectbox("Night", list(told), key="night", bind="query-params", help="Local date of the site.")
    return told[chosen] if chosen in told else nights[0]


def coverage_note(share: float | None) -> str:
    """Return a coverage in words."""
    if share is None:
        return "coverage not known"
    return f"{share:.0%} of the expected footage was analysed"


def local_time(instant: datetime) -> str:
    """Return an instant as the site's clocks showed it."""
    return f"{instant.astimezone(zone_info()):%H:%M:%S}"


def nothing_here(what: str, why: str) -> None:
    """Say that there is nothing to show, and why: never an empty chart."""
    st.info(f"{what} {why}", icon=":material/search_off:")
