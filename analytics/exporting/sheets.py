"""Tables as they leave: what they are called, what their columns mean, times on the site's clocks. No I/O here."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from analytics.contracts import Contract
from analytics.sites import Site

SUPPRESSED = "is_suppressed"
_KEY_BYTES = 16
_ID_DIGITS = 12  # 48 bits: two of a million identities meet with a chance of 1 in 500


@dataclass(frozen=True, slots=True)
class Sheet:
    """One exported table.

    Attributes:
        name: of its file or worksheet.
        title: one sentence: what a row is.
        rows: the table.
        notes: what each column means, by name.
        remark: what a reader has to know beside it, such as how many rows were left out; empty: nothing.
    """

    name: str
    title: str
    rows: pa.Table
    notes: Mapping[str, str]
    remark: str = ""


def sheet_of(contract: Contract, rows: pa.Table, site: Site, title: str, remark: str = "") -> Sheet:
    """Return rows of a contract as a sheet, with the site's local times beside the instants."""
    notes = {column.name: column.note for column in contract.columns}
    notes[SUPPRESSED] = "true: figures of this row are hidden (null), since they stand for too few people"
    told = with_local_times(rows, site.timezone)
    for name in told.column_names:
        if name not in notes:
            notes[name] = f"the same on the site's clocks ({site.timezone})"
    return Sheet(contract.name, title, told, {name: notes[name] for name in told.column_names}, remark)


def with_local_times(rows: pa.Table, timezone: str) -> pa.Table:
    """Return the table with `<...>_local` after every instant `<...>_at` that has none: the reading of local clocks."""
    for name in rows.column_names:
        own = rows[name].type
        if not (pa.types.is_timestamp(own) and own.tz):
            continue
        local_name = f"{name.removesuffix('_at')}_local"
        if local_name not in rows.column_names:
            local = pc.local_timestamp(rows[name].cast(pa.timestamp("us", tz=timezone)))
            rows = rows.add_column(rows.column_names.index(name) + 1, local_name, local)
    return rows


class Rekeying:
    """Names of identities that fit no other export and not the lake: a keyed hash whose key is thrown away."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(_KEY_BYTES)

    def apply(self, rows: pa.Table, columns: Sequence[str] = ("identity_id",)) -> pa.Table:
        """Return the table with other ids in these columns; one identity has the same one in all tables of the export.

        Args:
            rows: any table.
            columns: names of columns with ids; those that it lacks are passed over.
        """
        for name in columns:
            if name in rows.column_names:
                renamed = pa.array([self._renamed(value) for value in rows[name].to_pylist()], pa.string())
                rows = rows.set_column(rows.column_names.index(name), name, renamed)
        return rows

    def _renamed(self, value: str | None) -> str | None:
        if value is None:
            return None
        return hashlib.blake2b(value.encode(), key=self._key).hexdigest()[:_ID_DIGITS]
