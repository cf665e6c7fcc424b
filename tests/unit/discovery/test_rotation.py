"""What stays of recordings whose files a recorder has deleted."""

from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest

from analytics.discovery.rotation import GONE, gone
from analytics.tables import RECORDINGS

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def recordings(*rows: dict[str, Any]) -> pa.Table:
    """Return recordings of one camera, perceived to their end; a row gives what matters."""
    blank = {"site_id": "s", "night": date(2026, 1, 5), "time_ambiguous": False, "size_bytes": 1, "modified_at": AT}
    blank |= {"decoded_s": 3.0}
    return RECORDINGS.from_rows({**blank, "path": row["recording_id"], **row} for row in rows)


def test_nothing_published_and_nothing_found() -> None:
    """Empty tables give an empty one."""
    assert gone(RECORDINGS.empty(), RECORDINGS.empty()).num_rows == 0


def test_used_recordings_without_a_file_stay_with_the_reason_once() -> None:
    """Whole or partial; what was said of them before stays, and a second time changes nothing."""
    published = recordings(
        {"recording_id": "a", "status": "complete"},
        {"recording_id": "b", "status": "partial", "reason": "breaks off; is still being written: it is taken later"},
    )
    once = gone(RECORDINGS.empty(), published)
    assert once["reason"].to_pylist() == [GONE, f"breaks off; {GONE}"]
    assert gone(RECORDINGS.empty(), once).equals(once)


@pytest.mark.parametrize("status", ["unparsed", "quarantined"])
def test_recordings_that_yielded_nothing_go_with_their_file(status: str) -> None:
    """No result and no file is left of them, so that no later run has to tell of them."""
    published = recordings({"recording_id": "a", "status": status, "reason": "is still being written"})
    assert gone(RECORDINGS.empty(), published).num_rows == 0


def test_recordings_that_were_not_perceived_go_with_their_file() -> None:
    """Listed by a run that was cut off before their turn: nothing is left of them to wait for."""
    published = recordings({"recording_id": "a", "status": "complete", "decoded_s": None})
    assert gone(RECORDINGS.empty(), published).num_rows == 0


def test_moved_and_replaced_files_are_not_gone() -> None:
    """The same recording under another path, and another recording under the same path."""
    published = recordings(*({"recording_id": name, "status": "complete"} for name in ("a", "b", "c")))
    found = recordings(
        {"recording_id": "a", "path": "moved", "status": "complete"},
        {"recording_id": "new", "path": "b", "status": "complete"},
    )
    assert gone(found, published)["recording_id"].to_pylist() == ["c"]
