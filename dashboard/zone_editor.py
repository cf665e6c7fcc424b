"""Draw and edit zones and lines; save them to the site file; have their figures worked out again on the spot."""

import getpass
from datetime import date
from typing import Any

import streamlit as st

from analytics.audit_log import AuditLog, now
from analytics.errors import ConfigError
from analytics.site_drawings import changes, checked, save_drawings
from analytics.sites import Site
from dashboard import data, drafts, drawing_board, parts, running

ACTION = "draw-zones"
"""What the audit log calls it."""

_FLOOR = "Floor plan"
_DRAFT, _CHOSEN, _OF, _SAVED = "zone_draft", "zone_chosen", "zone_draft_of", "zone_saved"
_EFFECT, _ROUND = "zone_effect", "zone_round"
_VISITS = "select zone_id, count(*) as visits from visits where night = $night and not is_staff group by zone_id"
_CROSSINGS = """
select line_id, sum(crossings)::int as crossings from footfall_hourly where night = $night group by line_id
"""


def draw() -> None:
    """Draw the editor."""
    described = data.site()
    if described is None:
        return
    views = [camera.camera_id for camera in described.cameras] + ([_FLOOR] if described.floor_plan else [])
    if not views:
        parts.nothing_here("The site file lists no cameras.", "List `cameras` in it, to draw on their pictures.")
        return
    _begin(described)
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    view = left.selectbox("Draw on", views, key="canvas", bind="query-params", help="A camera's picture, or the plan.")
    with right:
        night = parts.choose_night() if data.nights() else None
    if night is not None:
        _say_outdated(night)
    camera_id = None if view == _FLOOR else str(view)
    still = data.still(camera_id, night)
    if still.note:
        st.caption(still.note)
    left, right = st.columns([5, 2], gap="large")
    shapes: list[drafts.Shape] = st.session_state[_DRAFT]
    here = [shape for shape in shapes if shape["camera_id"] == camera_id]
    key = f"board-{view}"
    with left:
        drawing_board.show(
            still,
            here,
            selected=st.session_state[_CHOSEN],
            taken=[shape["key"] for shape in shapes if shape["camera_id"] != camera_id],
            key=key,
            on_drawn=lambda: _take(key, camera_id),
        )
    with right:
        _properties(described, here)
    _save(described, night)


def _begin(described: Site) -> None:
    """Begin with what the file says; whoever draws keeps the drawing while pages change."""
    kept = st.session_state.get(_DRAFT)
    if kept is not None and st.session_state[_OF] != described and kept == drafts.shapes_of(st.session_state[_OF]):
        _forget()  # nothing was drawn, and somebody else changed the file
    if _DRAFT not in st.session_state:
        st.session_state[_DRAFT], st.session_state[_CHOSEN] = drafts.shapes_of(described), None
        st.session_state[_OF] = described


def _forget() -> None:
    for name in (_DRAFT, _CHOSEN, _OF):
        st.session_state.pop(name, None)
    # other names of the fields below: they must not keep what was typed
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def _take(key: str, camera_id: str | None) -> None:
    drawn = st.session_state[key].get("drawn")
    if drawn:
        st.session_state[_DRAFT] = drafts.merged(st.session_state[_DRAFT], drawn["shapes"], camera_id)
        st.session_state[_CHOSEN] = drawn["selected"]


def _properties(described: Site, here: list[drafts.Shape]) -> None:
    told = {shape["key"]: f"{shape['name'] or shape['id']} ({shape['type']})" for shape in here}
    if not told:
        st.info("Nothing is drawn here yet. Choose **Draw a zone** or **Draw a line**.", icon=":material/draw:")
        return
    chosen = st.session_state[_CHOSEN]
    picked = st.selectbox(
        "Zone or line",
        list(told),
        index=list(told).index(chosen) if chosen in told else None,
        format_func=told.__getitem__,
        placeholder="Click one in the picture",
    )
    if picked != chosen and picked is not None:
        st.session_state[_CHOSEN] = picked
        st.rerun()
    shape = next((shape for shape in here if shape["key"] == picked), None)
    if shape is None:
        return
    known = {each["key"] for each in drafts.shapes_of(described)}
    changed = _asked(shape)
    if st.button("Delete", icon=":material/delete:", key=f"delete-{shape['key']}"):
        st.session_state[_DRAFT] = [each for each in st.session_state[_DRAFT] if each["key"] != shape["key"]]
        st.session_state[_CHOSEN] = None
        st.rerun()
    if changed != {name: shape[name] for name in changed}:
        draft = [{**each, **changed} if each["key"] == shape["key"] else each for each in st.session_state[_DRAFT]]
        is_new = shape["key"] not in known
        st.session_state[_DRAFT] = drafts.with_name(draft, shape["key"], changed["name"], is_new=is_new)
        st.rerun()
    st.caption(f"Id `{shape['id']}`, {len(shape['points'])} corners.")


def _asked(shape: drafts.Shape) -> dict[str, Any]:
    """Ask what a shape is called and means."""
    key = f"{st.session_state.get(_ROUND, 0)}-{shape['key']}"
    name = st.text_input("Name", shape["name"], key=f"name-{key}", placeholder=shape["id"])
    if shape["type"] == "line":
        sides = {"left": "as drawn", "right": "the other way"}
        way = st.segmented_control(
            "The way in",
            list(sides),
            format_func=sides.__getitem__,
            default=shape["in_from"],
            required=True,
            key=f"way-{key}",
            help="Crossings along the arrow count as in.",
        )
        return {"name": name, "in_from": way or shape["in_from"]}
    kinds = list(drafts.KINDS)
    kind = st.selectbox(
        "Kind", kinds, kinds.index(shape["kind"]), format_func=drafts.KINDS.__getitem__, key=f"kind-{key}"
    )
    serves = None
    if kind == "service":
        queues = {
            each["id"]: each["name"] or each["id"] for each in st.session_state[_DRAFT] if each["kind"] == "queue"
        }
        if queues:
            first = list(queues).index(shape["serves"]) if shape["serves"] in queues else 0
            serves = st.selectbox("Serves the queue", list(queues), first, format_func=queues.__getitem__)
        else:
            st.caption("Make another zone a queue first: a service zone serves one.")
    return {"name": name, "kind": kind, "serves": serves}


def _save(described: Site, night: date | None) -> None:
    before: Site = st.session_state[_OF]
    try:
        after = checked(before, *drafts.drawings_of(st.session_state[_DRAFT]))
    except ConfigError as error:
        st.warning(f"Not ready to be saved: {error}", icon=":material/edit:")
        return
    made = changes(before, after)
    if not any(made.values()):
        st.caption("Nothing is changed. What you draw is kept here until you save it.")
        return
    told = "; ".join(f"{what}: {', '.join(names)}" for what, names in made.items() if names)
    with st.container(border=True):
        st.markdown(f":material/edit_note: **Not saved yet.** {told}")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            by = st.text_input("Who draws", getpass.getuser(), width=220)
            save = st.button("Save", type="primary", icon=":material/save:")
            if st.button("Give up", icon=":material/undo:"):
                _forget()
                st.rerun()
    if save:
        with parts.kindly():
            _write(before, after, by, night)
        _forget()
        st.rerun()


def _write(before: Site, after: Site, by: str, night: date | None) -> None:
    path = data.options().site
    if path is None:
        raise ConfigError("expected a site file: start the dashboard with `--site site.yaml`", field="--site")
    if not by.strip():
        raise ConfigError("expected who draws, got nothing", field="Who draws")
    at, made = now(), changes(before, after)
    # before it happens: what cannot be logged must not happen
    facts: dict[str, Any] = {"file": path.name, **made}
    AuditLog(data.lake().store).record(at=at, by=by.strip(), action=ACTION, facts=facts)
    counts = _counts(night)
    saved = save_drawings(path, before, after, at)
    st.session_state[_SAVED] = (f"The file as it was is `{saved.backup.name}`, beside it.", counts)


def _say_outdated(night: date) -> None:
    """Offer to work out the figures of what was drawn since they were."""
    if _EFFECT in st.session_state:
        _say_effect()
        return
    names = data.outdated(night)
    told, before = st.session_state.get(_SAVED, ("", None))
    if told:
        st.success(f"Saved. {told}", icon=":material/check_circle:")
    if not names:
        st.session_state.pop(_SAVED, None)
        return
    with st.container(border=True):
        st.markdown(
            f":material/update: **Changed since figures of {night:%d %b %Y} were worked out:** {', '.join(names)}"
        )
        commands = running.answering(data.options(), night)[1:]  # who is who does not change
        st.caption("Their figures are empty until they are worked out again. No video is read for that.")
        st.code("\n".join(running.as_typed(command) for command in commands), language="bash", wrap_lines=True)
        if not st.button("Work out the figures now", type="primary", icon=":material/calculate:"):
            return
        counts = _counts(night) if before is None else before
        progress = st.progress(0.0, "Beginning")
        with parts.kindly():
            for number, name in enumerate(running.run_all(commands)):
                progress.progress(number / len(commands), f"crosscam {name}")
        data.look_again()
        st.session_state[_EFFECT] = changed_counts(counts, _counts(night))
        st.session_state.pop(_SAVED, None)
        st.rerun()


def _say_effect() -> None:
    rows = st.session_state[_EFFECT]
    with st.container(border=True):
        st.markdown(":material/check_circle: **The figures are worked out.**")
        if rows:
            st.dataframe(rows, hide_index=True, width="content", alt="Visits and crossings before and after the change")
            st.caption("Visits of zones and crossings of lines, staff left out; the others are as they were.")
        else:
            st.caption("No figure changed.")
        if st.button("Close", icon=":material/close:"):
            del st.session_state[_EFFECT]
            st.rerun()


def changed_counts(before: dict[str, int], after: dict[str, int]) -> list[dict[str, Any]]:
    """Return the zones and lines whose figure is another than before, with both."""
    return [
        {"zone or line": name, "before": before.get(name), "now": after.get(name)}
        for name in dict.fromkeys([*before, *after])
        if before.get(name) != after.get(name)
    ]


def _counts(night: date | None) -> dict[str, int]:
    if night is None:
        return {}
    visits = data.query(_VISITS, {"night": night}).to_pylist()
    crossings = data.query(_CROSSINGS, {"night": night}).to_pylist()
    zones = {f"zone {row['zone_id']}": int(row["visits"]) for row in visits}
    return {**zones, **{f"line {row['line_id']}": int(row["crossings"] or 0) for row in crossings}}
