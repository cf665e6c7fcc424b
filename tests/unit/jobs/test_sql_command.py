"""`crosscam sql`, as a user calls it: formats, files, schema, cookbook, prompt, views for others, what fails."""

import csv
import io
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from analytics.errors import ConfigError
from analytics.settings import Settings
from jobs.sql_output import SqlFormat, write_result
from jobs.sql_prompt import prompt
from jobs.summarising import summarise_night
from tests.builders.answers import NIGHT, SHOP, Crossed, Present, Seen, Story, open_new, write_story
from tests.builders.nights import command


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a lake of one visitor and one of the staff, and its site.yaml."""
    folder = tmp_path_factory.mktemp("shop")
    site = SHOP.model_copy(update={"timezone": "Europe/Berlin"})
    seen = [Seen("a", "door", "ann", 0, 60), Seen("d", "door", "dan", 10, 50)]
    present = [Present("a", "entrance", 5, 20.25), Present("d", "entrance", 12, 40)]
    crossed = [Crossed("a", "gate", 9, "in"), Crossed("d", "gate", 15, "in")]
    lake = open_new(folder)
    write_story(lake, Story(seen=seen, present=present, crossed=crossed, staff=["dan"], site=site))
    summarise_night(lake, site, Settings(), NIGHT)
    described = site.model_dump(mode="json", exclude={"floor_plan", "retention", "transits"})
    (folder / "site.yaml").write_text(yaml.safe_dump(described), "utf-8")
    return folder


def asked(shop: Path, *more: str) -> tuple[int, str, str]:
    return command("sql", "--lake", str(shop / "lake"), "--site", str(shop / "site.yaml"), *more)


QUERY = "select identity_id, entered_at, dwell_s, is_censored, null as nothing from visits order by 1"


def test_a_table_for_people(shop: Path) -> None:
    """Columns in line, instants with their Z, and a note of the rows that are not shown."""
    code, out, err = asked(shop, QUERY, "--limit", "1")
    assert (code, err) == (0, "1 of 2 rows; --limit 0 shows all\n")
    heads, _, row = out.splitlines()
    assert [part.strip() for part in heads.split("┃")] == [
        "identity_id",
        "entered_at",
        "dwell_s",
        "is_censored",
        "nothing",
    ]
    assert [part.strip() for part in row.split("│")] == ["ann", "2026-01-05 09:00:05Z", "15.25", "False", "-"]


def test_csv_of_standard_input_has_all_rows(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a query, where nobody types, standard input is read; programs get every row whatever the limit."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"-- a comment\n{QUERY};\n"))
    code, out, _ = asked(shop, "--format", "csv", "--limit", "1")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert rows[0] == {
        "identity_id": "ann",
        "entered_at": "2026-01-05 09:00:05Z",
        "dwell_s": "15.25",
        "is_censored": "False",
        "nothing": "",
    }
    assert len(rows) == 2


def test_values_of_every_kind(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON nests what is nested and CSV has it as JSON; no rows are a header, or an empty list."""
    with duckdb.connect() as plain:
        query = "select 1 as a, {'b': [1, 2]} as c, interval 3 minutes as d, 1.50::decimal(4, 2) as e, 'x'::blob as f"
        table = plain.sql(query).to_arrow_table()
    write_result(table, SqlFormat.JSON, None, None, None)
    write_result(table, SqlFormat.CSV, None, None, None)
    write_result(table.slice(1), SqlFormat.JSON, None, None, None)
    write_result(table.slice(1), SqlFormat.CSV, None, None, None)
    assert capsys.readouterr().out.splitlines() == [
        '[{"a": 1, "c": {"b": [1, 2]}, "d": 180.0, "e": 1.5, "f": "eA=="}]',
        "a,c,d,e,f",
        '1,"{""b"": [1, 2]}",180.0,1.5,eA==',
        "[]",
        "a,c,d,e,f",
    ]


def test_files_of_each_format(shop: Path, tmp_path: Path) -> None:
    """--file reads a query; --out writes what would have gone to the screen; Parquet keeps the types."""
    (tmp_path / "q.sql").write_text(QUERY)
    asked_for = ("--file", str(tmp_path / "q.sql"), "--format", "parquet", "--out", str(tmp_path / "a.parquet"))
    assert asked(shop, *asked_for) == (0, "", "")
    table = pq.read_table(tmp_path / "a.parquet")
    assert table.schema.field("entered_at").type == pa.timestamp("us", tz="UTC")
    assert table["dwell_s"].to_pylist() == [15.25, 28.0]
    write_result(table, SqlFormat.CSV, tmp_path / "a.csv", None, 1)
    assert len((tmp_path / "a.csv").read_text().splitlines()) == 3
    with pytest.raises(ConfigError, match=r"--out: cannot write /nowhere/x\.csv"):
        write_result(table, SqlFormat.CSV, Path("/nowhere/x.csv"), None, None)


def test_the_sites_clocks(shop: Path) -> None:
    """With --local instants have the site's offset; without, they are UTC."""
    query = (
        "select crossings, hour_local, min(entered_at) from visits, footfall_hourly where crossings > 0 group by all"
    )
    _, out, _ = asked(shop, query, "--format", "csv", "--local")
    assert out.splitlines()[1] == "1,2026-01-05 10:00:00,2026-01-05 10:00:05+01:00"


def test_staff_only_when_asked(shop: Path) -> None:
    """Figures leave staff out; --with-staff counts them."""
    query = "select crossings from footfall_hourly where direction = 'in' and crossings > 0"
    assert asked(shop, query, "--format", "csv", "--with-staff")[1] == "crossings\n2\n"


def test_the_schema_tells_what_columns_mean() -> None:
    """Every table and view with type and meaning, without a lake; one by name; an unknown name is told."""
    code, out, _ = command("sql", "--schema", "--format", "csv")
    rows = {(row["relation"], row["column"]): row for row in csv.DictReader(io.StringIO(out))}
    assert code == 0
    assert rows["visits", "entered_at"]["type"] == "TIMESTAMPTZ"
    assert rows["visits", "dwell_s"]["note"].startswith("left_at - entered_at")
    assert rows["zones", "polygon"]["kind"] == "site"
    assert rows["footfall_hourly", "crossings"]["note"]
    assert {row["kind"] for row in rows.values()} == {"table", "site", "view"}
    _, out, _ = command("sql", "--schema", "footfall_hourly")
    assert "how often people went over a line" in out
    assert "recordings" not in out
    code, _, err = command("sql", "--schema", "visitz")
    assert code == 2
    assert "expected one of recordings, " in err


def test_the_cookbook_lists_prints_and_runs(shop: Path) -> None:
    """Without a name it lists, with one it prints, and with a lake it runs."""
    assert "conversion" in command("sql", "--cookbook")[1]
    assert command("sql", "--cookbook", "conversion")[1].startswith("-- Conversion from entrance to service\n")
    assert asked(shop, "--cookbook", "conversion", "--format", "csv")[1].splitlines() == [
        "night,came,served,conversion",
        "2026-01-05,1,0,0.0",
    ]


def test_the_views_open_in_anybodys_duckdb(shop: Path, tmp_path: Path) -> None:
    """The file makes the same relations with the same rows, and says how it is used."""
    path = tmp_path / "views.sql"
    assert asked(shop, "--write-views", str(path)) == (0, "", f"wrote {path}\n")
    text = path.read_text()
    assert "duckdb -init views.sql" in text
    query = "select zone_id, visits, median_s, coverage, hour_local from dwell_hourly order by all"
    with duckdb.connect() as other:
        other.execute(text)
        rows = other.sql(query).to_arrow_table()
        names = other.execute("select count(*) from zones where name is not null").fetchall()
    (filled,) = [row for row in rows.to_pylist() if row["visits"] == 1]
    assert (filled["zone_id"], filled["median_s"], str(filled["hour_local"])) == (
        "entrance",
        15.25,
        "2026-01-05 10:00:00",
    )
    assert names == [(3,)]


@pytest.mark.parametrize(
    ("more", "code", "message"),
    [
        (("select dwel_s from visits",), 2, "near it: dwell_s"),
        (("select 1", "--format", "parquet"), 2, "--out: expected a file for Parquet"),
        (("select 1", "--file", "q.sql"), 2, "--file: expected a query or --file, got both"),
        (("--file", "/nowhere/q.sql"), 2, "/nowhere/q.sql: cannot be read"),
        (("--cookbook", "conversions"), 2, "--cookbook: expected one of"),
        (("--write-views", "/nowhere/v.sql"), 2, "--write-views: cannot write /nowhere/v.sql"),
        (("select sleep_ms(60000)", "--time-limit-s", "0.1"), 2, "allow more with --time-limit-s"),
    ],
)
def test_what_is_wrong_is_told(shop: Path, more: tuple[str, ...], code: int, message: str) -> None:
    """A mistake ends in exit code 2 and words, with nothing on standard output."""
    found, out, err = asked(shop, *more)
    assert (found, out) == (code, "")
    assert message in err


def test_lakes_and_sites_that_do_not_fit(shop: Path, tmp_path: Path) -> None:
    """No lake, no name for one, clocks of no site, and another site's file."""
    assert command("sql", "select 1")[2] == "ConfigError: --lake: expected the folder of a lake, got nothing\n"
    code, _, err = command("sql", "--lake", str(tmp_path / "none"), "select 1")
    assert (code, "run `crosscam run` first" in err) == (1, True)
    code, _, err = command("sql", "--lake", str(shop / "lake"), "--local", "select 1")
    assert (code, "--local: expected --site beside it" in err) == (2, True)


def test_the_prompt_takes_lines_until_a_semicolon(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Statements of many lines, words behind dots, mistakes that end nothing, and the way out."""
    monkeypatch.setattr(
        sys, "stdin", io.StringIO("select 1,\n 2;\n\n.schema visits\n.wrong\nselect 3;\n.quit\nselect 4;\n")
    )
    ran: list[str] = []
    words: list[tuple[str, str]] = []

    def dot(word: str, rest: str) -> None:
        from jobs.sql_listing import answer_dot

        words.append((word, rest))
        if word == "wrong":
            answer_dot(word, rest)

    prompt(ran.append, dot, ["visits"])
    assert ran == ["select 1,\n 2;", "select 3;"]
    assert words == [("schema", "visits"), ("wrong", "")]
    assert "expected .tables, .schema, .cookbook, .help or .quit, got .wrong" in capsys.readouterr().err


def test_what_a_file_name_holds_changes_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters in a value or a column's name become escapes in a table; bytes are told by their number."""
    table = pa.table({"a\x1b[31m": ["x\x1b[2J"], "b": [b"abc"]})
    write_result(table, SqlFormat.TABLE, None, None, None)
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "<3 bytes>" in out
