"""Sheets as an Excel workbook: a README, then one worksheet each, with times that Excel sorts and filters."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from analytics.errors import ConfigError
from analytics.exporting.sheets import Sheet

MAX_ROWS = 1_048_575
"""Rows of a worksheet below its heading: Excel's limit of 2^20 lines."""

_MAX_NAME = 31  # of a worksheet, in Excel
_DATE, _TIME = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"


def write_workbook(path: Path, sheets: Sequence[Sheet], about: Sequence[str]) -> None:
    """Write a workbook.

    Instants have no time zone in Excel: a column of instants is UTC and says so in its heading, its `_local` neighbour
    is the site's time. Texts stay texts: none becomes a formula or a link.

    Args:
        path: the file.
        sheets: the worksheets after the README.
        about: lines of the README; those that begin with # are headings.

    Raises:
        ConfigError: a table has more rows than a worksheet.
        OSError: the file cannot be written.
    """
    for sheet in sheets:
        if sheet.rows.num_rows > MAX_ROWS:
            raise ConfigError(
                f"expected at most {MAX_ROWS} rows for Excel, {sheet.name} has {sheet.rows.num_rows}: choose fewer "
                "nights, or csv or parquet",
                field="--format",
            )
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), {**options, "constant_memory": True}) as book:
        # the same rows give the same bytes
        book.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)})
        heading = book.add_format({"bold": True, "bottom": 1})
        readme = book.add_worksheet("README")
        readme.set_column(0, 0, 120)
        wrapped = book.add_format({"text_wrap": True})
        for row, line in enumerate(about):
            is_heading = line.startswith("#")
            text = line.lstrip("#").strip() if is_heading else line
            readme.write_string(row, 0, text, heading if is_heading else wrapped)
        formats: dict[type, Any] = {
            date: book.add_format({"num_format": _DATE}),
            datetime: book.add_format({"num_format": _TIME}),
        }
        for sheet in sheets:
            _write(book.add_worksheet(sheet.name[:_MAX_NAME]), sheet, heading, formats)


def _write(worksheet: Any, sheet: Sheet, heading: Any, formats: dict[type, Any]) -> None:
    names = [
        f"{field.name} (UTC)" if pa.types.is_timestamp(field.type) and field.type.tz else field.name
        for field in sheet.rows.schema
    ]
    for place, (name, field) in enumerate(zip(names, sheet.rows.schema, strict=True)):
        width = 19 if pa.types.is_timestamp(field.type) else 12
        worksheet.set_column(place, place, max(width, len(name) + 1))
    worksheet.freeze_panes(1, 0)
    worksheet.autofilter(0, 0, max(sheet.rows.num_rows, 1), len(names) - 1)
    for place, name in enumerate(names):
        worksheet.write_string(0, place, name, heading)
    for row, values in enumerate(sheet.rows.to_pylist(), start=1):
        for place, value in enumerate(values.values()):
            _write_cell(worksheet, row, place, value, formats)


def _write_cell(worksheet: Any, row: int, place: int, value: Any, formats: dict[type, Any]) -> None:
    if value is None:
        return
    if isinstance(value, datetime):
        worksheet.write_datetime(row, place, value.replace(tzinfo=None), formats[datetime])
    elif isinstance(value, date):
        worksheet.write_datetime(row, place, value, formats[date])
    elif isinstance(value, bool):
        worksheet.write_boolean(row, place, value)
    elif isinstance(value, int | float):
        worksheet.write_number(row, place, value)
    else:
        worksheet.write_string(row, place, str(value))
