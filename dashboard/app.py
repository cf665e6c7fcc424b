"""The dashboard: what Streamlit runs, started by `crosscam dashboard`."""

from pathlib import Path

import streamlit as st

from dashboard import parts

_VIEWS = Path(__file__).parent / "views"


def main() -> None:
    """Draw the frame of every page, and the page that was chosen."""
    st.set_page_config(page_title="crosscam", page_icon=":material/videocam:", layout="wide")
    pages = {
        "Answers": [
            st.Page(_VIEWS / "overview.py", title="Overview", icon=":material/dashboard:", default=True),
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
