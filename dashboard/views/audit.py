"""Audit: who searched, decided, exported and erased, and whether the log is whole."""

import json
from typing import Any

import streamlit as st

from analytics.audit_log import AuditEntry, AuditLog
from analytics.errors import LakeError
from analytics.timebase import to_datetime
from dashboard import data, parts

_NEWEST_SHOWN = 500


def page() -> None:
    """Draw the page."""
    parts.heading(
        "Audit", "Who searched, decided, exported and erased, with what purpose. Entries are chained: changes show."
    )
    log = AuditLog(data.lake().store)
    noted = st.text_input(
        "Digest that you noted elsewhere",
        key="noted",
        bind="query-params",
        help="Whoever may write the lake could write the whole log anew: note the newest digest, and ask for it here.",
    )
    _verified(log.verify(noted.strip() or None))
    try:
        entries = log.entries()
    except LakeError:
        st.caption("Entries are listed when none is damaged; restore the damaged file from a copy of the lake.")
        return
    if not entries:
        parts.nothing_here("Nothing is logged yet.", "Searches, decisions and exports appear here with who and why.")
        return
    newest = entries[-1]
    columns = st.columns(3)
    columns[0].metric("Entries", f"{len(entries):,}")
    columns[1].metric("People", len({entry.by for entry in entries}))
    columns[2].metric("Last", f"{to_datetime(newest.at).astimezone(parts.zone_info()):%d %b %Y %H:%M}")
    st.caption("The newest digest, to note elsewhere")
    st.code(newest.digest, language=None)
    _table(entries)


def _verified(problems: tuple[str, ...]) -> None:
    if not problems:
        st.success("The log is whole: no entry was edited, removed or reordered.", icon=":material/verified_user:")
        return
    st.error(f"The log is not whole: {len(problems)} findings.", icon=":material/gpp_bad:")
    for problem in problems:
        st.markdown(f"- {problem}")


def _table(entries: tuple[AuditEntry, ...]) -> None:
    left, right = st.columns(2)
    actions = left.multiselect(
        "Actions", sorted({entry.action for entry in entries}), key="actions", bind="query-params", placeholder="All"
    )
    people = right.multiselect(
        "People", sorted({entry.by for entry in entries}), key="people", bind="query-params", placeholder="All"
    )
    chosen = [
        entry
        for entry in reversed(entries)
        if (not actions or entry.action in actions) and (not people or entry.by in people)
    ]
    if not chosen:
        parts.nothing_here("No entry fits these filters.", "Leave one out.")
        return
    picked = st.dataframe(
        [_row(entry) for entry in chosen[:_NEWEST_SHOWN]],
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="picked_entry",
        alt="Entries of the audit log, the newest first",
        column_config={"purpose": st.column_config.TextColumn(width="large")},
    )
    if len(chosen) > _NEWEST_SHOWN:
        st.caption(f"The newest {_NEWEST_SHOWN} of {len(chosen)}; `crosscam audit list` has all.")
    rows = picked.selection.rows
    if rows and rows[0] < len(chosen):
        entry = chosen[rows[0]]
        st.markdown(f"**Entry {entry.number}**")
        st.json(entry.facts)
        st.caption(f"Digest {entry.digest}")
    else:
        st.caption(
            f"Choose a row to see everything about it. Times are those of the site's clocks, {parts.zone_info().key}."
        )


def _row(entry: AuditEntry) -> dict[str, Any]:
    facts = entry.facts
    about = {name: value for name, value in facts.items() if name in ("kind", "verdict", "case", "like") and value}
    return {
        "number": entry.number,
        "at": f"{to_datetime(entry.at).astimezone(parts.zone_info()):%d %b %Y %H:%M:%S}",
        "by": entry.by,
        "action": entry.action,
        "purpose": str(facts.get("purpose") or facts.get("reason") or ""),
        "about": json.dumps(about) if about else "",
    }


page()
