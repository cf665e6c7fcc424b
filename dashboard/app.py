"""The dashboard: what Streamlit runs, started by `crosscam dashboard`."""

from pathlib import Path

import streamlit as st

from dashboard import parts

_VIEWS = Path(__file__).parent / "views"
# two views that overlap, in a blue that stands out from light and dark
_LOGO = """<svg xmlns="http://www.w3.org/2000/svg" width="172" height="32" viewBox="0 0 172 32">
<g fill="none" stroke="#2a8fd0" stroke-width="3"><circle cx="12" cy="16" r="9.5"/><circle cx="25" cy="16" r="9.5"/></g>
<circle cx="18.5" cy="16" r="3" fill="#e69f00"/>
<text x="44" y="23" font-family="sans-serif" font-size="21" font-weight="600" fill="#2a8fd0">crosscam</text></svg>"""
_STYLE = "<style>[data-testid='stMainBlockContainer'] {padding-top: 3.2rem}</style>"


def main() -> None:
    """Draw the frame of every page, and the page that was chosen."""
    st.set_page_config(page_title="crosscam", page_icon=":material/videocam:", layout="wide")
    st.logo(_LOGO, size="large")
    st.html(_STYLE)
    pages = {
        "Answers": [
            st.Page(_VIEWS / "overview.py", title="Overview", icon=":material/dashboard:", default=True),
            st.Page(_VIEWS / "zones.py", title="Zones", icon=":material/select_all:"),
            st.Page(_VIEWS / "heatmaps.py", title="Heatmaps", icon=":material/blur_on:"),
        ],
        "Investigate": [
            st.Page(_VIEWS / "journeys.py", title="Journeys", icon=":material/route:"),
            st.Page(_VIEWS / "search.py", title="Search", icon=":material/person_search:"),
        ],
        "Operate": [
            st.Page(_VIEWS / "runs.py", title="Runs", icon=":material/checklist:"),
            st.Page(_VIEWS / "sql.py", title="SQL", icon=":material/database_search:"),
            st.Page(_VIEWS / "audit.py", title="Audit", icon=":material/policy:"),
        ],
    }
    chosen = st.navigation(pages)
    with parts.kindly():
        chosen.run()


main()
