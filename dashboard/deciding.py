"""The form in which a person corrects who is who, what was decided before, and linking again at once."""

import getpass
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import streamlit as st

from analytics.audit_log import now
from analytics.linking.deciding import decide, undo
from dashboard import data, identities, parts, running

_KINDS = {
    "merge": "Same person as…",
    "split": "Different people",
    "staff": "Staff",
    "not-person": "Not a person",
}
_MEANT = {
    "merge": "All chosen sightings are one person, whatever the score says.",
    "split": "Each two of the chosen sightings are different people.",
    "staff": "Works here: left out of every count, with whatever is linked to it later.",
    "not-person": "A mannequin, a poster, a reflection: left out of every count.",
}
_DONE = "decided"


def draw(night: date, pieces: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Any]]) -> None:
    """Draw the form, what is in force for these sightings, and the offer to link again.

    Args:
        night: of the identity.
        pieces: its sightings, rows of `identities.PIECES`.
        others: identities that it was weighed with.
    """
    left, right = st.columns([3, 2], gap="large")
    with left:
        _form(pieces, others)
    with right:
        _in_force(pieces)
    if _DONE in st.session_state:
        _offer(night)


def _form(pieces: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Any]]) -> None:
    kind = st.segmented_control("This is", list(_KINDS), format_func=_KINDS.__getitem__, key="decision_kind")
    if kind is None:
        st.caption("Choose what is wrong. It is kept with who, when and why, and obeyed by every later run.")
        return
    st.caption(_MEANT[kind])
    zone = parts.zone_info()
    named = {str(row["tracklet_id"]): identities.name_of(row, zone) for row in pieces}
    with st.form("decision", border=True):
        subjects = _subjects(kind, named, others)
        by = st.text_input("Who decides", getpass.getuser())
        reason = st.text_input("Why", placeholder="What you saw; kept with the decision")
        if st.form_submit_button("Decide", type="primary", icon=":material/gavel:"):
            with parts.kindly():
                row = decide(data.lake(), kind, subjects, made_by=by, reason=reason.strip() or None, made_at=now())
            st.session_state[_DONE] = (str(row["decision_id"]), subjects[0])
            data.look_again()
            st.rerun()


def _subjects(kind: str, named: Mapping[str, str], others: Sequence[Mapping[str, Any]]) -> list[str]:
    first = next(iter(named))
    if kind == "split":
        return st.multiselect("Sightings that are different people", list(named), format_func=named.__getitem__)
    if kind != "merge":
        return [first]
    own = st.multiselect(
        "These sightings",
        list(named),
        list(named),
        format_func=named.__getitem__,
        help="All of them at first, so that none is lost to the other; take out whom you are not sure of.",
    )
    told = {str(row["tracklet_id"]): f"{row['identity_id']} · {row['probability']:.1%}, {row['why']}" for row in others}
    chosen = st.multiselect(
        "are the same person as (whom they were weighed with)",
        list(told),
        format_func=told.__getitem__,
        placeholder="Choose" if told else "None came near: give an id below",
    )
    typed = st.text_input(
        "Or any identity or tracklet", placeholder="its id", help="An identity stands for its first sighting."
    )
    return [*own, *chosen, *typed.split()]


def _in_force(pieces: Sequence[Mapping[str, Any]]) -> None:
    tracklets = sorted({str(row["tracklet_id"]) for row in pieces})
    rows = data.query(identities.DECISIONS, {"tracklets": tracklets}).to_pylist()
    st.markdown("**In force**")
    if not rows:
        st.caption("Nobody has decided anything about these sightings.")
    for row in rows:
        with st.container(border=True):
            at = row["made_at"].astimezone(parts.zone_info())
            st.markdown(f"**{_KINDS[row['kind']].rstrip('…')}** by {row['made_by']}, {at:%d %b %Y %H:%M}")
            st.caption(row["reason"] or "no reason given")
            if st.button("Undo", key=f"undo-{row['decision_id']}", icon=":material/undo:"):
                with parts.kindly():
                    undo(data.lake(), row["decision_id"], undone_by=getpass.getuser(), undone_at=now())
                st.session_state[_DONE] = (row["decision_id"], tracklets[0])
                data.look_again()
                st.rerun()


def _offer(night: date) -> None:
    decision, tracklet = st.session_state[_DONE]
    commands = running.answering(data.options(), night)
    with st.container(border=True):
        st.markdown(
            f":material/check_circle: **Kept as {decision}.** Journeys and counts change when the night is "
            "linked again."
        )
        st.code("\n".join(running.as_typed(command) for command in commands), language="bash")
        if not st.button("Link this night again now", type="primary", icon=":material/refresh:"):
            return
        with parts.kindly(), st.status("Linking again", expanded=True) as status:
            for name in running.run_all(commands):
                st.write(f"`crosscam {name}`")
            status.update(label="Done", state="complete")
        del st.session_state[_DONE]
        data.look_again()
        st.query_params["identity"] = tracklet  # linking anew may give the person another id
        st.rerun()
