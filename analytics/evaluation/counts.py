"""Counted visitors against the people who were there: a night's site and cameras, and whether the intervals hold."""

from collections.abc import Collection, Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.contracts import Column, Contract, one_of
from analytics.evaluation.cameras import CameraTracks
from analytics.evaluation.reliability import CountScores, score_counts

SITE, CAMERA, NIGHT = "site", "camera", "night"
_SCOPES = (SITE, CAMERA)

PRESENCES = Contract(
    name="presences",
    version=1,
    key=("night", "camera_id", "person_id"),
    columns=(
        Column("night", pa.date32(), "the night"),
        Column("camera_id", pa.string(), "a camera that had the person in view, on a frame that was analysed"),
        Column("person_id", pa.string(), "the true person"),
        Column("is_staff", pa.bool_(), "works here, as far as the truth says"),
    ),
)
"""Who was in which view in which night, tracked or not."""

COUNT_SCORES = Contract(
    name="count_scores",
    version=1,
    key=("night", "scope", "scope_id"),
    columns=(
        Column("night", pa.date32(), "the night"),
        Column("scope", pa.string(), "site or camera"),
        Column("scope_id", pa.string(), "id of the site or camera"),
        Column("estimate", pa.float64(), "visitors expected by linking"),
        Column("lower", pa.float64(), "90 % interval: lower bound"),
        Column("upper", pa.float64(), "90 % interval: upper bound"),
        Column("truth", pa.int64(), "different people who were in view"),
        Column("error", pa.float64(), "(estimate - truth) / truth; null where nobody was", True),
        Column("is_inside", pa.bool_(), "whether the interval holds the truth, ends included"),
    ),
    rules=(one_of("scope", _SCOPES),),
)
"""Counts of nights against the truth; an answer, not a table of the lake."""


def presences_of_boxes(cameras: Sequence[CameraTracks], staff: Collection[int] = ()) -> pa.Table:
    """Return PRESENCES of people with a true box on a frame that was analysed; `staff` are the identities of staff.

    Nights that a recording shares with another are left out: which frames are whose is not known here.
    """
    shared: set[date] = set()
    rows: list[dict[str, object]] = []
    for camera in cameras:
        frames = camera.truth.frames
        is_analysed = np.isin(frames, camera.frames)
        for recording in camera.recordings:
            if len(recording.nights) != 1:
                shared |= recording.nights
                continue
            is_own = (frames > recording.before) & (frames <= recording.before + recording.frame_count)
            rows += [
                {"night": night, "camera_id": camera.camera_id, "person_id": str(person), "is_staff": person in staff}
                for person in np.unique(camera.truth.ids[is_own & is_analysed]).tolist()
                for night in recording.nights
            ]
    distinct = {tuple(row.values()): row for row in rows if row["night"] not in shared}
    return PRESENCES.from_rows(distinct.values())


def presences_of_stops(true_stops: pa.Table) -> pa.Table:
    """Return PRESENCES of a simulated site's table `true_stops`."""
    return PRESENCES.conform(true_stops.select(PRESENCES.schema.names).group_by(PRESENCES.schema.names).aggregate([]))


def compare_counts(visitors: pa.Table, presences: pa.Table, *, is_whole_site: bool, leaves_out_staff: bool) -> pa.Table:
    """Return COUNT_SCORES of the nights that have truth.

    Args:
        visitors: UNIQUE_VISITORS.
        presences: PRESENCES.
        is_whole_site: the truth covers every camera, so that the site's count can be compared.
        leaves_out_staff: somebody told linking who is staff, so that true staff are left out too.
    """
    if leaves_out_staff:
        presences = presences.filter(pc.invert(presences["is_staff"]))
    people: dict[tuple[date, str], set[str]] = {}
    nights = set()
    for row in presences.to_pylist():
        nights.add(row["night"])
        people.setdefault((row["night"], row["camera_id"]), set()).add(row["person_id"])
    everywhere = {
        night: set().union(*(own for (other, _), own in people.items() if other == night)) for night in nights
    }
    cameras = set(presences["camera_id"].to_pylist())
    rows = []
    for row in visitors.filter(pc.equal(visitors["period"], NIGHT)).to_pylist():
        night, scope = row["night"], row["scope"]
        is_site, is_camera = scope == SITE and is_whole_site, scope == CAMERA and row["scope_id"] in cameras
        if night in nights and (is_site or is_camera):
            truth = len(everywhere[night] if is_site else people.get((night, row["scope_id"]), ()))
            rows.append(
                {
                    **{name: row[name] for name in ("night", "scope", "scope_id", "estimate", "lower", "upper")},
                    "truth": truth,
                    "error": (row["estimate"] - truth) / truth if truth else None,
                    "is_inside": row["lower"] <= truth <= row["upper"],
                }
            )
    rows.sort(key=lambda row: (row["night"], _SCOPES.index(row["scope"]), row["scope_id"]))
    return COUNT_SCORES.from_rows(rows)


def summarise_counts(counts: pa.Table, scope: str = SITE) -> CountScores:
    """Return how right the counts of one scope are over the nights, and how often their intervals hold."""
    own = counts.filter(pc.equal(counts["scope"], scope))
    estimate, lower, upper, truth = (
        own[name].to_numpy().astype(np.float64) for name in ("estimate", "lower", "upper", "truth")
    )
    return score_counts(estimate, lower, upper, truth)
