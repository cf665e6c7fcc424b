"""SQL: ask the lake anything it knows, sealed; queries that people ask first, and what every column means."""

import io

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import streamlit as st

from analytics.errors import ConfigError
from analytics.warehouse.cookbook import recipe, recipes
from dashboard import data, parts

_SHOWN_ROWS = 1000
_FIRST = "select camera_id, count(*) as tracklets\nfrom tracklets\ngroup by all\norder by all"
_TEXT, _RECIPE, _ANSWER = "query", "recipe", "sql_answer"


def page() -> None:
    """Draw the page."""
    parts.heading("SQL", "Every table and figure of the lake, in DuckDB's SQL. Queries only read; times are UTC.")
    if not data.nights():
        parts.nothing_here("Nothing to ask.", "This lake has no nights yet: `crosscam run FOOTAGE --lake LAKE` first.")
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        _ask()
    with right:
        _schema()


def _ask() -> None:
    titles = {each.name: each.title for each in recipes()}
    st.selectbox(
        "Queries that people ask first",
        list(titles),
        index=None,
        format_func=titles.__getitem__,
        placeholder="Choose one, or write your own below",
        key=_RECIPE,
        on_change=_take_recipe,
    )
    if _TEXT not in st.session_state and _TEXT not in st.query_params:
        st.session_state[_TEXT] = _FIRST
    text = st.text_area("Query", key=_TEXT, bind="query-params", height=260, help="One SELECT. It is part of the URL.")
    buttons = st.container(horizontal=True, vertical_alignment="center")
    asked = buttons.button("Run", type="primary", icon=":material/play_arrow:", shortcut="Ctrl+Enter")
    with_staff = buttons.toggle("Figures count staff too", key="with_staff", bind="query-params")
    if asked:
        st.session_state.pop(_ANSWER, None)
        with st.spinner("Asking"):
            try:
                st.session_state[_ANSWER] = data.sealed(text, with_staff=with_staff)
            except ConfigError as error:
                st.error("The query cannot be answered.", icon=":material/code_off:")
                st.code(error.reason, language=None)
    if _ANSWER in st.session_state:
        _show(st.session_state[_ANSWER])


def _take_recipe() -> None:
    name = st.session_state[_RECIPE]
    if name:
        st.session_state[_TEXT] = recipe(name).sql.strip()
        st.session_state.pop(_ANSWER, None)


def _show(table: pa.Table) -> None:
    if not table.num_rows:
        parts.nothing_here("No rows.", "The query is right; nothing in the lake fits it.")
        return
    shown = table.slice(0, _SHOWN_ROWS)
    st.dataframe(shown, hide_index=True, alt="Rows of the answer")
    rows = f"{table.num_rows:,} row{'s' if table.num_rows != 1 else ''}"
    st.caption(f"{rows}; the first {_SHOWN_ROWS:,} are shown" if table.num_rows > _SHOWN_ROWS else rows)
    buttons = st.container(horizontal=True)
    flat = _without_nesting(table)
    if flat is not None:
        buttons.download_button("CSV", _as_csv(flat), "answer.csv", "text/csv", icon=":material/download:")
    buttons.download_button(
        "Parquet", _as_parquet(table), "answer.parquet", "application/vnd.apache.parquet", icon=":material/download:"
    )


def _schema() -> None:
    st.markdown("**What there is**")
    relations = {each.name: each for each in data.relations()}
    kinds = {"table": "tables", "site": "what the site file says", "view": "figures, worked out when asked for"}
    name = st.selectbox(
        "Table or view",
        list(relations),
        format_func=lambda each: f"{each} · {kinds[relations[each].kind]}",
        key="relation",
        bind="query-params",
    )
    chosen = relations[name] if name in relations else next(iter(relations.values()))
    st.caption(chosen.note[:1].upper() + chosen.note[1:])
    with st.container(height=560, border=True):
        for each in chosen.columns:
            st.markdown(f"**{each.name}** :small[`{each.type}`]  \n{each.note}")


def _without_nesting(table: pa.Table) -> pa.Table | None:
    """Return the table if CSV can hold it: no lists, no structures, no pictures."""
    is_nested = any(pa.types.is_nested(field.type) or pa.types.is_binary(field.type) for field in table.schema)
    return None if is_nested else table


def _as_csv(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pyarrow.csv.write_csv(table, sink)
    return sink.getvalue()


def _as_parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pyarrow.parquet.write_table(table, sink, compression="zstd")
    return sink.getvalue()


page()
