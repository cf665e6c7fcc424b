"""Sheets as files: CSV, Parquet and JSON with a README beside them, or one Excel workbook."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv
import pyarrow.parquet as pq

from analytics.exporting.sheets import Sheet
from analytics.exporting.workbook import write_workbook

README_FILE = "README.txt"


class ExportFormat(StrEnum):
    """How exported tables are written."""

    CSV = "csv"
    PARQUET = "parquet"
    JSON = "json"
    XLSX = "xlsx"


def write_sheets(
    folder: Path, sheets: Sequence[Sheet], about: Sequence[str], form: ExportFormat, workbook_name: str
) -> tuple[str, ...]:
    """Write sheets, and what is to be known of them.

    Args:
        folder: exists; files of the same names are replaced.
        sheets: the tables.
        about: lines of the README, without the sheets' own.
        form: xlsx: one workbook, whose first sheet is the README; else a file for each sheet and README.txt.
        workbook_name: of the workbook, without ending.

    Returns:
        Names of the files, the README first.

    Raises:
        ConfigError: a table is too long for Excel.
        OSError: the folder cannot be written to.
    """
    lines = [*about, *_described(sheets)]
    if form is ExportFormat.XLSX:
        name = f"{workbook_name}.xlsx"
        write_workbook(folder / name, sheets, lines)
        return (name,)
    for sheet in sheets:
        path = folder / f"{sheet.name}.{form.value}"
        match form:
            case ExportFormat.CSV:
                pv.write_csv(_readable(sheet.rows), path)
            case ExportFormat.JSON:
                rows = [{name: _plain(value) for name, value in row.items()} for row in sheet.rows.to_pylist()]
                path.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
            case ExportFormat.PARQUET:
                pq.write_table(_noted(sheet), path)
    (folder / README_FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return (README_FILE, *(f"{sheet.name}.{form.value}" for sheet in sheets))


def _described(sheets: Sequence[Sheet]) -> list[str]:
    lines = []
    for sheet in sheets:
        lines += ["", f"## {sheet.name}", sheet.title]
        if sheet.remark:
            lines.append(sheet.remark)
        width = max(map(len, sheet.notes), default=0)
        lines += [f"  {name:{width}}  {note}" for name, note in sheet.notes.items()]
    return lines


def _readable(rows: pa.Table) -> pa.Table:
    """Return instants as 2026-01-05T10:00:00Z, and local readings without the Z."""
    for place, field in enumerate(rows.schema):
        if pa.types.is_timestamp(field.type):
            # microseconds only where there are any: strftime's %S has them always
            text = pc.replace_substring_regex(
                pc.strftime(rows[field.name], "%Y-%m-%dT%H:%M:%S"), pattern=r"\.0+$", replacement=""
            )
            text = pc.binary_join_element_wise(text, "Z", "") if field.type.tz else text
            rows = rows.set_column(place, field.name, text)
    return rows


def _noted(sheet: Sheet) -> pa.Table:
    fields = [field.with_metadata({"note": sheet.notes[field.name]}) for field in sheet.rows.schema]
    return sheet.rows.cast(pa.schema(fields, {"title": sheet.title, "remark": sheet.remark}))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat() if value.tzinfo is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value
