"""Recordings whose files are gone: a recorder deletes old footage, and what was learned from it stays.

Pure: two recordings tables in, one out.
"""

import pyarrow as pa
import pyarrow.compute as pc

from analytics.tables import RECORDINGS

GONE = "the file is gone from the footage folder; what was perceived before is kept"
"""Part of the reason of such a recording."""

_USED = ("complete", "partial")
_SETTLING = "still being written"  # said of a file that had not settled, and never true of one that is gone


def gone(found: pa.Table, published: pa.Table) -> pa.Table:
    """Return the published recordings that are no longer found, neither under their path nor under another.

    Those that yielded nothing (unparsed, quarantined, or not perceived to their end) are left out: nothing is left of
    them, and a night that waited for them would never be whole.

    Args:
        found: what is in the footage folder now; contract RECORDINGS.
        published: what an earlier run published for the same nights; contract RECORDINGS.

    Returns:
        Their rows, contract RECORDINGS, with `GONE` in the reason once.
    """
    is_found = pc.or_(
        pc.is_in(published["recording_id"], value_set=found["recording_id"].combine_chunks()),
        pc.is_in(published["path"], value_set=found["path"].combine_chunks()),
    )
    is_used = pc.and_(pc.is_in(published["status"], value_set=pa.array(_USED)), pc.is_valid(published["decoded_s"]))
    rows = published.filter(pc.and_(is_used, pc.invert(is_found))).to_pylist()
    return RECORDINGS.from_rows({**row, "reason": _reason(row["reason"])} for row in rows)


def _reason(reason: str | None) -> str:
    told = (reason or "").replace(GONE, "").split("; ")
    return "; ".join([*(part for part in told if part and _SETTLING not in part), GONE])
