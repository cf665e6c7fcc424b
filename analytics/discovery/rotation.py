"""Recordings whose files are gone: a recorder deletes old footage, and what was learned from it stays.

Pure: two recordings tables in, one out.
"""

import pyarrow as pa
import pyarrow.compute as pc

from analytics.tables import RECORDINGS

GONE = "the file is gone from the footage folder; what was perceived before is kept"
"""Part of the reason of such a recording."""


def gone(found: pa.Table, published: pa.Table) -> pa.Table:
    """Return the published recordings that are no longer found, neither under their path nor under another.

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
    rows = published.filter(pc.invert(is_found)).to_pylist()
    return RECORDINGS.from_rows({**row, "reason": _reason(row["reason"])} for row in rows)


def _reason(reason: str | None) -> str:
    if reason and GONE in reason:
        return reason
    return f"{reason}; {GONE}" if reason else GONE
