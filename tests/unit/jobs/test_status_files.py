"""The files that `crosscam status` tells of: which need a hand, what repairs each, and what is only worth knowing."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from analytics.discovery.rotation import GONE
from analytics.lake.lake import Lake
from analytics.lake.store import open_store
from analytics.tables import COVERAGE, RECORDINGS
from jobs.night import ACCOUNT
from jobs.status import Status, status

NIGHT, LATER = date(2026, 1, 5), date(2026, 1, 6)
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


def recording(path: str, status: str = "complete", reason: str | None = None, **changes: Any) -> dict[str, Any]:
    """Return a row of the recordings table."""
    return {
        "recording_id": path,
        "site_id": "s",
        "night": NIGHT,
        "camera_id": "cam1",
        "path": path,
        "starts_at": NINE,
        "time_ambiguous": False,
        "size_bytes": 1,
        "modified_at": NINE,
        "status": status,
        "reason": reason,
        **changes,
    }


def told(folder: Path, *rows: dict[str, Any], nights: list[date] | None = None) -> Status:
    """Return the status of a lake with these recordings and nothing analysed."""
    lake = Lake(open_store(str(folder)))
    for night in sorted({row["night"] for row in rows}):
        tables = (
            (RECORDINGS, RECORDINGS.from_rows(row for row in rows if row["night"] == night)),
            (COVERAGE, COVERAGE.empty()),
        )
        lake.write_item(stage=ACCOUNT, night=night, camera_id=None, item_id="night", key="k", tables=tables)
        lake.ledger.publish(night, ACCOUNT, ["k"])
    return status(lake, nights)


def test_files_without_a_start_are_told_of_every_night(tmp_path: Path) -> None:
    """They may belong to the night asked for; the reason says how they came to theirs. Others keep to their night."""
    shown = told(
        tmp_path,
        recording("clip.mp4", "unparsed", "has no start time", starts_at=None),
        recording("cut.mp4", "quarantined", "is cut off"),
        recording("next.mp4", "quarantined", "is cut off", night=LATER),
        nights=[LATER],
    )
    assert [(row["night"], row["path"], row["reason"]) for row in shown.problems] == [
        ("2026-01-06", "next.mp4", "is cut off"),
        ("2026-01-05", "clip.mp4", "has no start time; counted to the night of its modification time"),
    ]
    assert [row["night"] for row in shown.cameras] == ["2026-01-06"]


@pytest.mark.parametrize(
    ("status_name", "reason", "repair"),
    [
        ("quarantined", "is cut off", "put a whole copy in its place"),
        ("quarantined", "the worker died (killed)", "run again"),
        (
            "quarantined",
            "has no timestamps: state frame_rate_hz for the camera cam1 in the site file",
            "change site.yaml",
        ),
        ("unparsed", "has no start time: expected a name", "rename or move it"),
        ("complete", "has the same content as a.mp4 under another time: one is wrong", "correct the time in the name"),
        ("complete", "sidecar a.mp4.json is not used: its starts_at has no offset from UTC", "add an offset such as"),
        ("partial", "breaks off; sidecar a.mp4.json is not used: it is no JSON", "correct the sidecar"),
        (
            "unparsed",
            "has no start time; sidecar a.mp4.json is not used: its starts_at has no offset from UTC",
            "add an offset such as +01:00 to starts_at in the sidecar",
        ),
        ("quarantined", "is cut off; sidecar a.mp4.json is not used: it is no JSON", "put a whole copy in its place"),
    ],
)
def test_files_that_need_a_hand(tmp_path: Path, status_name: str, reason: str, repair: str) -> None:
    """Each with what repairs it, and only there."""
    shown = told(tmp_path, recording("a.mp4", status_name, reason))
    ((row,), rest) = (shown.problems, shown.worth_knowing)
    assert str(row["repair"]).startswith(repair)
    assert ("sidecar" in str(row["repair"])) == ("sidecar" in reason or status_name == "unparsed")
    assert rest == ()


@pytest.mark.parametrize(
    ("status_name", "reason", "repair"),
    [
        ("partial", "breaks off", "nothing, it is used as far as it goes"),
        ("quarantined", "is a copy of b.mp4: same content, same start; remove it", "nothing: the other file is used"),
        (
            "quarantined",
            "lies within b.mp4 of the same camera: no second is counted twice",
            "nothing, no second is lost",
        ),
        ("partial", "overlaps b.mp4 by 3.0 s: used from that one's end on", "nothing, no second is lost"),
        ("quarantined", "is still being written: it is taken once it has settled", "nothing: a later run takes it"),
        ("complete", GONE, "nothing: the recorder deleted it; its results are kept"),
        ("partial", f"sidecar x.json is not used: it is no JSON; {GONE}", "nothing: the recorder deleted it"),
        ("complete", "the name states no time: it is the container's", "nothing, it was used"),
    ],
)
def test_files_that_are_only_worth_knowing(tmp_path: Path, status_name: str, reason: str, repair: str) -> None:
    """Nothing has to be done, so that they are not among those that need a hand."""
    shown = told(tmp_path, recording("a.mp4", status_name, reason), recording("fine.mp4"))
    ((row,), rest) = (shown.worth_knowing, shown.problems)
    assert str(row["repair"]).startswith(repair)
    assert rest == ()
