"""What every relation is and what its columns mean, from the contracts and the headers of the SQL files."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

import duckdb

from analytics.errors import ConfigError
from analytics.figures import FIGURES
from analytics.warehouse.connection import STORED, Warehouse, view_files
from analytics.warehouse.site_tables import SITE_TABLES

_HEADER = re.compile(r"^-- (\w+)(?:\([^)]*\))?: (.*(?:\n-- .*)*)", re.MULTILINE)
_POINTER = re.compile(r"\s*Contracts? in analytics/\S+\.py\.?")


@dataclass(frozen=True, slots=True)
class DescribedColumn:
    """One column: DuckDB's type and what the contract says of it, empty where there is none."""

    name: str
    type: str
    note: str


@dataclass(frozen=True, slots=True)
class DescribedRelation:
    """One table or view.

    Attributes:
        name: what queries call it.
        kind: table (stored), view (worked out when asked for) or site (what the site file says).
        note: what its rows are.
        columns: in order.
    """

    name: str
    kind: str
    note: str
    columns: tuple[DescribedColumn, ...]


def described(warehouse: Warehouse) -> tuple[DescribedRelation, ...]:
    """Return every relation of a warehouse: stored tables, what the site file says, then views."""
    notes = dict(_headers())
    contracts = {contract.name: contract for contract in (*STORED, *SITE_TABLES, *FIGURES)}
    kinds = {**{contract.name: "table" for contract in STORED}, **{contract.name: "site" for contract in SITE_TABLES}}
    usual = {column.name: column.note for contract in reversed(FIGURES) for column in contract.columns}
    columns: dict[str, list[DescribedColumn]] = {name: [] for name in contracts}
    for relation, column, kind in _columns(warehouse.connection):
        contract = contracts.get(relation)
        told = {each.name: each.note for each in contract.columns} if contract else usual
        columns.setdefault(relation, []).append(DescribedColumn(column, _short(kind), told.get(column, "")))
    found = []
    for name, listed in columns.items():
        if not listed:
            continue
        contract, note = contracts.get(name), notes.get(name, "")
        if contract:  # the grain is the key, and what is behind it is in the columns' notes
            note = note.partition(" grain:")[0] or f"one row for each {', '.join(contract.key)}"
        found.append(DescribedRelation(name, kinds.get(name, "view"), note, tuple(listed)))
    return tuple(found)


def find(relations: tuple[DescribedRelation, ...], name: str) -> DescribedRelation:
    """Return a relation by name. Raises ConfigError when there is none."""
    known = {each.name: each for each in relations}
    if name.lower() not in known:
        raise ConfigError(f"expected one of {', '.join(known)}, got {name!r}", field="--schema")
    return known[name.lower()]


def _headers() -> Iterator[tuple[str, str]]:
    folder = files("analytics.warehouse") / "sql"
    stored = [file.read_text(encoding="utf-8") for file in folder.iterdir() if file.name.endswith(".sql")]
    for text in [*stored, *(text for _, text in view_files())]:
        for name, note in _HEADER.findall(text):
            yield name, _POINTER.sub("", note.replace("\n-- ", " ")).strip()


def _columns(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    return connection.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() "
        "WHERE NOT internal AND schema_name = 'main' ORDER BY table_oid, column_index"
    ).fetchall()


def _short(kind: str) -> str:
    return kind.replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")
