"""Let a period be chosen: a night, and a stretch of its local time."""

from datetime import date

import streamlit as st

from analytics.heatmaps.periods import Period, period_of
from analytics.sites import Site
from dashboard import data, parts


def choose(night: date, prefix: str = "") -> Period:
    """Let a stretch of a night be chosen; without one, the whole night counts.

    Args:
        night: local date of the site.
        prefix: of the names in the URL, where a page has several.
    """
    described = data.site() or Site(site_id="site")
    zone = parts.zone_info().key
    left, right = st.columns(2)
    starts = left.time_input(
        f"From ({zone})", None, step=60, key=f"{prefix}from", bind="query-params", help="Empty: from the night's begin."
    )
    ends = right.time_input(
        f"Until ({zone})", None, step=60, key=f"{prefix}until", bind="query-params", help="Empty: to the night's end."
    )
    return period_of(described, [night], starts, ends)


def choose_other(label: str, key: str) -> date:
    """Let another night be chosen, the one before the newest at first."""
    nights = data.nights()
    told = {f"{night:%a} {night.day} {night:%b %Y}": night for night in nights}
    chosen = st.selectbox(label, list(told), index=min(1, len(told) - 1), key=key, bind="query-params")
    return told[chosen] if chosen in told else nights[-1]
