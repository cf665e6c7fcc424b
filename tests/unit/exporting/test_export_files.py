"""Exported files: the same rows in every format, whole or not at all, and a README that says what they mean."""

import csv
import json
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics.errors import ConfigError
from analytics.exporting import workbook
from analytics.exporting.files import ExportFormat, write_sheets
from analytics.exporting.folder import check_writable, staged
from analytics.exporting.sheets import Rekeying, Sheet, with_local_times

_CELLS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
AT = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]  # both are 02:30 in Berlin


@pytest.fixture
def sheet() -> Sheet:
    rows = pa.table(
        {
            "night": pa.array([date(2026, 10, 25)] * 2),
            "name": ["=1+1", 'a "b", c'],
            "seen_at": pa.array(AT, pa.timestamp("us", tz="UTC")),
            "people": pa.array([7, None], pa.int64()),
            "share": [0.5, 1.0],
            "is_suppressed": [False, True],
        }
    )
    told = with_local_times(rows, "Europe/Berlin")
    return Sheet("figures", "One row.", told, {name: f"note of {name}" for name in told.column_names}, "A remark.")


def worksheet(path: Path, number: int) -> list[list[str | None]]:
    """The cells of a worksheet as they are stored: text, or the number behind what Excel shows."""
    with zipfile.ZipFile(path) as file:
        root = ElementTree.fromstring(file.read(f"xl/worksheets/sheet{number}.xml"))
        assert b"<f>" not in file.read(f"xl/worksheets/sheet{number}.xml"), "a formula"
    return [["".join(cell.itertext()) for cell in row.iter(f"{_CELLS}c")] for row in root.iter(f"{_CELLS}row")]


def test_both_readings_of_a_repeated_hour_are_told_apart_by_utc(sheet: Sheet) -> None:
    """The night when clocks go back shows 02:30 twice: the column beside it is UTC."""
    assert sheet.rows.column_names[2:4] == ["seen_at", "seen_local"]
    assert sheet.rows["seen_local"].to_pylist() == [datetime(2026, 10, 25, 2, 30)] * 2
    assert sheet.rows["seen_at"].to_pylist() == AT


def test_csv_reads_back(sheet: Sheet, tmp_path: Path) -> None:
    """Instants end in Z, readings of local clocks do not, and what is hidden is empty."""
    names = write_sheets(tmp_path, [sheet], ["# About"], ExportFormat.CSV, "book")
    assert names == ("README.txt", "figures.csv")
    with (tmp_path / "figures.csv").open(newline="", encoding="utf-8") as file:
        first, second = csv.DictReader(file)
    assert (first["seen_at"], first["seen_local"]) == ("2026-10-25T00:30:00Z", "2026-10-25T02:30:00")
    assert (second["name"], second["people"], second["is_suppressed"]) == ('a "b", c', "", "true")


def test_json_reads_back(sheet: Sheet, tmp_path: Path) -> None:
    """One object for each row, with nulls where something is hidden."""
    write_sheets(tmp_path, [sheet], [], ExportFormat.JSON, "book")
    first, second = json.loads((tmp_path / "figures.json").read_text())
    assert (first["seen_at"], first["seen_local"], first["night"]) == (
        "2026-10-25T00:30:00Z",
        "2026-10-25T02:30:00",
        "2026-10-25",
    )
    assert (second["people"], second["is_suppressed"]) == (None, True)


def test_parquet_keeps_types_and_notes(sheet: Sheet, tmp_path: Path) -> None:
    """Columns keep their types, and carry what they mean."""
    write_sheets(tmp_path, [sheet], [], ExportFormat.PARQUET, "book")
    found = pq.read_table(tmp_path / "figures.parquet")
    assert found.to_pylist() == sheet.rows.to_pylist()
    assert found.schema.field("people").metadata[b"note"] == b"note of people"
    assert found.schema.metadata[b"title"] == b"One row."


def test_workbook_has_readme_times_and_no_formulas(sheet: Sheet, tmp_path: Path) -> None:
    """A name that begins with = stays a text; UTC stands in the heading; what is hidden is an empty cell."""
    assert write_sheets(tmp_path, [sheet], ["# About"], ExportFormat.XLSX, "book") == ("book.xlsx",)
    readme = [row[0] for row in worksheet(tmp_path / "book.xlsx", 1)]
    assert readme[:2] == ["About", ""]
    assert "A remark." in readme
    assert any(line and line.endswith("note of people") for line in readme)
    head, first, second = worksheet(tmp_path / "book.xlsx", 2)
    assert head == ["night", "name", "seen_at (UTC)", "seen_local", "people", "share", "is_suppressed"]
    assert first[1] == "=1+1"
    # days since 1899-12-30, as Excel counts
    days = (AT[0].replace(tzinfo=None) - datetime(1899, 12, 30)).total_seconds() / 86400
    assert float(first[2] or 0) == pytest.approx(days, abs=1e-6)
    assert float(first[3] or 0) == pytest.approx(days + 2 / 24, abs=1e-6)
    assert len(second) == len(first) - 1


def test_workbooks_are_the_same_bytes(sheet: Sheet, tmp_path: Path) -> None:
    """No time of writing is in a workbook."""
    for name in ("one", "two"):
        write_sheets(tmp_path, [sheet], ["# About"], ExportFormat.XLSX, name)
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_too_many_rows_for_excel(sheet: Sheet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table that Excel would cut is refused, with what to do instead."""
    monkeypatch.setattr(workbook, "MAX_ROWS", 1)
    with pytest.raises(ConfigError, match=r"at most 1 rows for Excel, figures has 2.*csv or parquet"):
        write_sheets(tmp_path, [sheet], [], ExportFormat.XLSX, "book")


def test_a_folder_that_is_none_is_told_before_any_work(tmp_path: Path) -> None:
    """A file in its place, or above it, names the option."""
    (tmp_path / "file").write_text("x")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ConfigError, match="expected a folder that can be written to") as caught:
            check_writable(folder)
        assert caught.value.field == "--out"


def test_files_appear_together_or_not_at_all(tmp_path: Path) -> None:
    """A failure leaves the folder as it was; success replaces older files."""
    (tmp_path / "old.csv").write_text("old")
    with pytest.raises(UnicodeEncodeError), staged(tmp_path) as folder:
        (folder / "old.csv").write_text("new" + "\udc80", encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["old.csv"]
    assert (tmp_path / "old.csv").read_text() == "old"
    with staged(tmp_path) as folder:
        (folder / "old.csv").write_text("new")
        assert (tmp_path / "old.csv").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["old.csv"]
    assert (tmp_path / "old.csv").read_text() == "new"


def test_rekeying_is_one_to_one() -> None:
    """Equal ids stay equal, others stay apart, and nobody stays nobody."""
    rows = pa.table({"identity_id": ["a", "b", None, "a"], "zone_id": ["z"] * 4})
    renamed = Rekeying().apply(rows)
    first, second, nobody, again = renamed["identity_id"].to_pylist()
    assert first == again != second
    assert nobody is None
    assert renamed["zone_id"].to_pylist() == ["z"] * 4
