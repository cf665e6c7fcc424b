"""Rows for people (a table) and for programs (CSV, JSON), on standard output; talk goes to standard error."""

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum

Value = str | int | float | None
Row = Mapping[str, Value]


class Format(StrEnum):
    """How rows are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def write_rows(rows: Sequence[Row], columns: Sequence[str], form: Format, title: str = "") -> None:
    """Write rows to standard output.

    Args:
        rows: values by column name.
        columns: what to write, in this order; CSV has them as its header even without rows.
        form: table, csv or json (one list of objects).
        title: stands above a table.
    """
    match form:
        case Format.JSON:
            write_json([{name: row[name] for name in columns} for row in rows])
        case Format.CSV:
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows([row[name] for name in columns] for row in rows)
        case Format.TABLE:
            _write_table(rows, columns, title)


def footage_time(seconds: float) -> str:
    """Return a length of footage in a unit in which it is no long number: "12.5 camera-minutes"."""
    for unit, length_s in (("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length_s:
            return f"{seconds / length_s:.1f} camera-{unit}"
    return f"{seconds:.0f} camera-seconds"


def write_json(value: object) -> None:
    """Write one JSON value to standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def _write_table(rows: Sequence[Row], columns: Sequence[str], title: str) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if title:
        sys.stdout.write(f"\n{title}\n")
    table = Table(show_edge=False, pad_edge=False)
    for name in columns:
        is_number = any(isinstance(row[name], int | float) for row in rows)
        table.add_column(name.replace("_", " "), justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_shown(row[name])) for name in columns))  # Text: a path may hold what looks like markup
    # a pipe has no width: wide enough that no line is folded
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 10_000, soft_wrap=False)
    console.print(table)


def _shown(value: Value) -> str:
    if value is None:
        return "-"
    return f"{value:.1f}" if isinstance(value, float) else printable(str(value))


def printable(text: str) -> str:
    """Return a text that changes no terminal: a file's name may hold control characters, which become escapes."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
