"""Rows of SQL for people and programs: any Arrow table as a table, CSV, JSON or Parquet."""

import base64
import csv
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

import pyarrow as pa

from analytics.errors import ConfigError
from jobs.output import Value, printable

_BATCH_ROWS = 10_000


class SqlFormat(StrEnum):
    """How rows are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def write_result(table: pa.Table, form: SqlFormat, out: Path | None, zone: ZoneInfo | None, limit: int | None) -> None:
    """Write rows to a file, or to standard output.

    Args:
        table: rows of any types.
        form: parquet needs a file.
        out: the file, written over; None: standard output.
        zone: whose clocks instants are told by; None: UTC. Parquet has instants, which have no clock.
        limit: most rows of the table for people; None: all. The other formats have all rows.

    Raises:
        ConfigError: the file cannot be written.
    """
    try:
        if out is None:
            _write(table, form, sys.stdout, zone, limit)
        elif form is SqlFormat.PARQUET:
            _write_parquet(table, out)
        else:
            with out.open("w", encoding="utf-8", newline="") as file:
                _write(table, form, file, zone, limit)
    except OSError as error:
        if out is None:
            raise
        raise ConfigError(f"cannot write {out}: {error.strerror or error}", field="--out") from error


def plain(value: object, zone: ZoneInfo | None = None) -> Value | bool:
    """Return a value as CSV and JSON have it: instants as ISO 8601, nested values as JSON, bytes as base64."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            return value.isoformat(sep=" ")
        if zone is not None:
            return value.astimezone(zone).isoformat(sep=" ")
        return value.isoformat(sep=" ").replace("+00:00", "Z")
    if isinstance(value, pa.MonthDayNano):  # an interval; what has no months is a number of seconds
        seconds = value.days * 86_400 + value.nanoseconds / 1e9
        return f"{value.months} months {seconds:g} s" if value.months else seconds
    match value:
        case None | bool() | int() | float() | str():
            return value
        case date() | time():
            return value.isoformat()
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case timedelta():
            return value.total_seconds()
        case bytes():
            return base64.b64encode(value).decode()
        case list() | dict():
            return json.dumps(_nested(value, zone), ensure_ascii=False)
    return str(value)


def _nested(value: object, zone: ZoneInfo | None) -> object:
    if isinstance(value, dict):
        return {str(name): _nested(part, zone) for name, part in value.items()}
    if isinstance(value, list):
        return [_nested(part, zone) for part in value]
    return plain(value, zone)


def _rows(table: pa.Table) -> Iterator[Sequence[object]]:
    for batch in table.to_batches(_BATCH_ROWS):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _write(table: pa.Table, form: SqlFormat, file: TextIO, zone: ZoneInfo | None, limit: int | None) -> None:
    names = table.column_names
    if form is SqlFormat.TABLE:
        _write_table(table if limit is None else table.slice(0, limit), file, zone)
    elif form is SqlFormat.CSV:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([plain(value, zone) for value in row] for row in _rows(table))
    else:
        separator = "["
        for row in _rows(table):
            values = {name: _nested(value, zone) for name, value in zip(names, row, strict=True)}
            file.write(separator + json.dumps(values, ensure_ascii=False))
            separator = ",\n "
        file.write("]\n" if table.num_rows else "[]\n")


def _write_parquet(table: pa.Table, out: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(table, out, compression="zstd")


def _write_table(table: pa.Table, file: TextIO, zone: ZoneInfo | None) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(show_edge=False, pad_edge=False)
    for field in table.schema:
        is_number = (
            pa.types.is_integer(field.type) or pa.types.is_floating(field.type) or pa.types.is_decimal(field.type)
        )
        shown.add_column(Text(printable(field.name)), justify="right" if is_number else "left", overflow="fold")
    for row in _rows(table):
        shown.add_row(*(Text(_shown(value, zone)) for value in row))
    # a pipe has no width: wide enough that no line is folded
    Console(file=file, width=None if file.isatty() else 10_000, soft_wrap=False).print(shown)


def _shown(value: object, zone: ZoneInfo | None) -> str:
    if value is None:
        return "-"
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if isinstance(value, float):
        return f"{value:.6g}" if abs(value) < 1e6 else f"{value:.1f}"  # 1e+06 is no figure for people
    if isinstance(value, datetime):
        value = value.replace(microsecond=0)
    text = plain(value, zone)
    # what EXPLAIN draws has lines of its own
    return "\n".join(printable(line) for line in str(text).split("\n"))
