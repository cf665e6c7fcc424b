"""Runs: what became of a night's recordings and of each stage, how linking judged itself, how cameras are."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import streamlit as st

from dashboard import data, journey_charts, parts, runs

_HEALTH = """
select camera_id, recordings, partial, quarantined, gaps_s, corrupt_frames, coverage, tracklets, floor_error_m, notes
from camera_health where night = $night order by coverage nulls first, camera_id
"""
_PARTS = ("Recordings", "Stages", "Linking", "Cameras")


def page() -> None:
    """Draw the page."""
    parts.heading("Runs", "What became of a night's recordings, what needs a hand, and how linking judged itself.")
    night = parts.choose_night()
    recordings = data.query(runs.RECORDINGS, {"night": night}).to_pylist()
    stages, odd = data.stages(night)
    broken, worth = runs.problems_of(recordings)
    _figures(recordings, broken, stages)
    _problems(broken, worth)
    part = st.segmented_control(
        "Part", _PARTS, default=_PARTS[0], required=True, key="part", bind="query-params", label_visibility="collapsed"
    )
    if part == "Stages":
        _stages(stages, odd)
    elif part == "Linking":
        _linking(night)
    elif part == "Cameras":
        _cameras(night)
    else:
        _recordings(recordings)


def _figures(
    recordings: Sequence[Mapping[str, Any]], broken: Sequence[Mapping[str, Any]], stages: Sequence[Mapping[str, Any]]
) -> None:
    used = [row for row in recordings if row["status"] in ("complete", "partial")]
    columns = st.columns(4)
    columns[0].metric("Recordings used", f"{len(used)} of {len(recordings)}")
    columns[1].metric("Footage", f"{sum(row['decoded_s'] or 0 for row in used) / 3600:.2f} h")
    columns[2].metric("Need a hand", len(broken))
    done = {row["stage"] for row in stages if row["in use"]}
    missing = [name for name in ("perceive", "link", "locate", "summarise") if name not in done]
    columns[3].metric("Stages", "all done" if not missing else f"without {missing[0]}")


def _problems(broken: Sequence[Mapping[str, Any]], worth: Sequence[Mapping[str, Any]]) -> None:
    wide = {
        "reason": st.column_config.TextColumn(width="large"),
        "what to do": st.column_config.TextColumn(width="large"),
    }
    if broken:
        st.warning(f"{len(broken)} files need a hand.", icon=":material/build:")
        st.dataframe(broken, hide_index=True, column_config=wide, alt="Files that need a hand, with what repairs each")
    else:
        st.success("No recording of this night needs a hand.", icon=":material/check_circle:")
    if worth:
        with st.expander(f"{len(worth)} more with something worth knowing"):
            st.dataframe(worth, hide_index=True, column_config=wide, alt="Files with a reason, nothing to be done")


def _recordings(recordings: Sequence[Mapping[str, Any]]) -> None:
    if not recordings:
        parts.nothing_here("No recordings.", "None was found for this night; `crosscam check` tells what it finds.")
        return
    zone = parts.zone_info()
    st.caption(f"Times are those of the site's clocks, {zone.key}.")
    st.dataframe(
        [
            {
                "file": row["path"],
                "camera": row["camera_id"],
                "status": row["status"],
                "from": None if row["starts_at"] is None else f"{row['starts_at'].astimezone(zone):%d %b %H:%M:%S}",
                "to": None if row["ends_at"] is None else f"{row['ends_at'].astimezone(zone):%d %b %H:%M:%S}",
                "declared, s": row["declared_s"],
                "decoded, s": row["decoded_s"],
                "gap before, s": row["gap_before_s"],
                "picture": f"{row['width_px']} x {row['height_px']}" if row["width_px"] else None,
                "codec": row["codec"],
                "MB": row["size_bytes"] / 1e6,
                "clock from": row["clock_source"],
            }
            for row in recordings
        ],
        hide_index=True,
        alt="All recordings of the night",
        column_config={
            name: st.column_config.NumberColumn(name, format="%.1f")
            for name in ("declared, s", "decoded, s", "gap before, s", "MB")
        },
    )


def _stages(stages: Sequence[Mapping[str, Any]], odd: Sequence[Mapping[str, Any]]) -> None:
    st.dataframe(
        stages,
        hide_index=True,
        alt="Work items of each stage of the night",
        column_config={
            "what it makes": st.column_config.TextColumn(width="large"),
            "of other settings": st.column_config.NumberColumn(help="Kept results that are not in use now."),
            "MB": st.column_config.NumberColumn(format="%.2f"),
        },
    )
    st.caption(
        "`crosscam run` does whatever is missing, and nothing twice; `--retry` tries quarantined segments again."
    )
    if odd:
        st.markdown("**Items that are not done, or odd**")
        st.dataframe(odd, hide_index=True, alt="Items with a reason")


def _linking(night: date) -> None:
    report = data.query(runs.REPORT, {"night": night}).to_pylist()
    if not report:
        parts.nothing_here("No report of linking.", "`crosscam link` writes it.")
        return
    facts = runs.facts_of(report)
    points = runs.points_of(report)
    columns = st.columns(4)
    for column, (label, value, told) in zip(
        columns,
        (
            ("Tracklets", _count(facts.get("input tracklets")), "Of the window that is linked together."),
            ("Proven strangers", _count(facts.get("calibration proven_strangers")), "Seen at once in two places."),
            ("Proven the same", _count(facts.get("calibration proven_same")), "Pieces of one tracklet, or over a cut."),
            ("Unresolved", _share(facts.get("points unresolved_share")), "Too weak to begin an identity, in none."),
        ),
        strict=True,
    ):
        column.metric(label, value, help=told)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Operating points**")
        st.dataframe(
            points,
            hide_index=True,
            alt="Identities, links and stated false match rate of each operating point",
            column_config={
                "false matches": st.column_config.NumberColumn(
                    format="percent", help="Stated: mean of 1 - probability of the links."
                )
            },
        )
    with right:
        st.markdown("**False matches by pair of cameras**")
        pairs = [row for row in runs.pairs_of(report) if row.get("false_match_rate") is not None]
        if pairs:
            st.altair_chart(journey_charts.false_matches(pairs), width="stretch")
            st.caption(
                "Stated at the balanced point. Where fewer than 50 strangers are proven, the site's figures stand in."
            )
        else:
            parts.nothing_here("No links between cameras.", "Nobody was seen by two.")
    with st.expander("The whole report"):
        st.dataframe(report, hide_index=True, alt="The whole report of linking")


def _cameras(night: date) -> None:
    rows = data.query(_HEALTH, {"night": night})
    if not rows.num_rows:
        parts.nothing_here("No camera health.", "`crosscam summarise` makes it.")
        return
    st.dataframe(
        rows,
        hide_index=True,
        alt="Health of each camera",
        column_config={
            "camera_id": "camera",
            "gaps_s": st.column_config.NumberColumn("gaps, s", format="%.0f"),
            "corrupt_frames": "corrupt frames",
            "coverage": st.column_config.ProgressColumn("coverage", min_value=0, max_value=1, format="percent"),
            "floor_error_m": st.column_config.NumberColumn("floor error, m", format="%.3f"),
            "notes": st.column_config.TextColumn("what to look at", width="large"),
        },
    )


def _count(value: float | None) -> str:
    return "not known" if value is None else f"{value:,.0f}"


def _share(value: float | None) -> str:
    return "not known" if value is None else f"{value:.1%}"


page()
