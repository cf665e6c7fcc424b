"""The files that `crosscam status` tells of: which need a hand, what repairs each, and what is only worth knowing."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

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
