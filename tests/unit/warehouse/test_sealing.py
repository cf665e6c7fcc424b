"""Users' SQL reads the lake and nothing else: every attempt at more is refused in words, and the next query works."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from analytics.errors import ConfigError, LakeError
from analytics.lake.lake import Lake
from analytics.tables import TRACKLETS
from analytics.warehouse.connection import connect
from analytics.warehouse.sealed_process import run, seal
from analytics.warehouse.sealing import Limits, SealedWarehouse
from tests.builders.linked import NIGHT, write_linked_lake


@dataclass(frozen=True)
class Sealed:
    """A sealed lake, a file of it that is published, one that is not, and a folder where files could appear."""

    warehouse: SealedWarehouse
    lake: Lake
    published: str
    stray: str
    folder: Path


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sealed]:
    folder = tmp_path_factory.mktemp("sealed")
    lake = write_linked_lake(folder / "it's [a*] lake", links=[("gate0-0", "gate1-0", 0.9, "accepted")]).lake
    rows = lake.read(TRACKLETS)
    (stray,) = lake.write_files(night=NIGHT, camera_id=None, key="stray", tables=[(TRACKLETS, rows.slice(0, 1))])
    (folder / "secret.csv").write_text("a\n1\n")
    duckdb.connect(str(folder / "other.db")).close()
    with SealedWarehouse(lake, limits=Limits(time_s=1.5, memory_bytes=200_000_000)) as warehouse:
        yield Sealed(warehouse, lake, lake.files(TRACKLETS)[0], lake.store.url(stray.path), folder)


ATTEMPTS = (
    "from read_csv('{folder}/secret.csv')",
    "from read_csv_auto('{folder}/secret.csv')",
    "from '{folder}/secret.csv'",
    'from "{folder}/secret.csv"',
    "from '/etc/passwd'",
    "from read_text('/etc/passwd')",
    "from read_blob('/etc/passwd')",
    "from read_json('/etc/passwd')",
    "from sniff_csv('{folder}/secret.csv')",
    "from glob('/etc/*')",
    "from read_parquet('{stray}')",
    "from read_parquet('{published}')",
    "from '{published}'",
    "from parquet_metadata('{published}')",
    "from parquet_kv_metadata('{stray}')",
    "from read_duckdb('{folder}/other.db')",
    "from 'https://example.com/a.parquet'",
    "from read_parquet('s3://bucket/a.parquet')",
    "copy (select 1) to '{folder}/out.csv'",
    "copy (select 1) to '{published}' (format parquet)",
    "copy (select * from tracklets) to '/dev/stdout'",
    "copy tracklets from '{stray}'",
    "with out as (copy (select 1) to '{folder}/out.csv') select 1",
    "export database '{folder}/out'",
    "import database '{folder}/out'",
    "attach '{folder}/other.db' as other",
    "attach ':memory:' as other",
    "attach 'https://example.com/a.db'",
    "attach 's3://bucket/a.db'",
    "attach 'dbname=postgres' as pg (type postgres)",
    "install httpfs",
    "load httpfs",
    "set enable_external_access = true",
    "set memory_limit = '100GB'",
    "reset max_execution_time",
    "set variable with_staff = true",
    "pragma memory_limit = '100GB'",
    "pragma version",
    "call pragma_version()",
    "use other",
    "create secret (type s3, key_id 'a', secret 'b')",
    "from duckdb_secrets()",
    "select getenv('HOME')",
    "prepare p as select 1",
    "execute p",
    "select 1; select 2",
    "select 1; copy (select 1) to '{folder}/out.csv'",
    "",
    "-- nothing",
    "from query('select 1')",
    "from query_table('tracklets')",
    "from json_execute_serialized_sql(json_serialize_sql('select 1'))",
    "insert into zones select * from zones",
    "with more as (insert into zones select * from zones returning *) from more",
    "with gone as (delete from zones returning *) from gone",
    "update zones set name = 'x'",
    "delete from zones",
    "drop view tracklets",
    "create table mine as select 1",
    "create temp table mine as select 1",
    "create or replace view tracklets as select 1",
    "create macro f() as 1",
    "alter table zones drop name",
    "truncate zones",
    "vacuum",
    "checkpoint",
    "begin",
    "commit",
    "explain copy (select 1) to '{folder}/out.csv'",
    "explain analyze insert into zones select * from zones",
    "select * from (from read_text('/etc/passwd'))",
    "select (select max(content) from read_text('/etc/passwd'))",
    "with a as (select 1) select * from a where exists (from glob('/*'))",
    "select 1 union all select content from read_text('/etc/passwd')",
    "describe from read_csv('/etc/passwd')",
    "summarize '{published}'",
    "select 1 " + "-" * 100_000,
)


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda text: text[:60])
def test_attempts_are_refused_in_words(attempt: str, sealed: Sealed) -> None:
    """Reading, writing, attaching, installing and setting are refused as a user's error; no file appears."""
    before = _files(sealed.folder)
    with pytest.raises(ConfigError, match=r"^SQL: .{10}"):
        sealed.warehouse.query(_filled(attempt, sealed))
    assert _files(sealed.folder) == before
    assert sealed.warehouse.query("select count(*) as n from tracklets")["n"].to_pylist() == [12]


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda text: text[:60])
def test_the_engine_refuses_too(attempt: str, sealed: Sealed, engine: duckdb.DuckDBPyConnection) -> None:
    """Without the judgement on the parse tree, no attempt changes a file or a relation: DuckDB's own wall holds."""
    before = _files(sealed.folder)
    for text in _filled(attempt, sealed).split(";"):
        told = ""
        with suppress(duckdb.Error):  # of an attempt that ended it
            engine.execute("rollback")
        engine.execute("begin transaction read only")
        with suppress(duckdb.Error):
            found = engine.sql(text)
            told = "" if found is None else str(found.to_arrow_table().to_pylist())
        with suppress(duckdb.Error):
            engine.execute("rollback")
        assert "root:" not in told
    assert _files(sealed.folder) == before
    assert engine.execute("select count(*) from zones").fetchall() == [(0,)]
    assert engine.execute("select count(*) from tracklets").fetchall() == [(12,)]


@pytest.fixture(scope="module")
def engine(sealed: Sealed) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(sealed.lake) as warehouse:
        urls = [url for by_night in sealed.lake.files_of_all().values() for urls in by_night.values() for url in urls]
        seal(warehouse.connection, urls, time_s=5, memory_bytes=200_000_000)
        yield warehouse.connection


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "select count(*) from range(1000000000) a, range(1000000000) b where a.range + b.range = 3",
            "too long|memory",
        ),
        ("with recursive r(n) as (select 1 union all select n + 1 from r) select count(*) from r", "too long"),
        ("from range(1000000000)", "more than 0.1 GB"),
        ("select length(repeat('x', 3000000000))", "memory"),
        ("select sleep_ms(60000)", "too long"),
    ],
)
def test_time_and_memory_end(sql: str, expected: str, sealed: Sealed) -> None:
    """What would take all memory or go on for hours ends in words that say which option gives more, and is over."""
    with pytest.raises(ConfigError, match=expected) as caught:
        sealed.warehouse.query(sql)
    assert "--time-limit-s" in caught.value.reason or "--memory-gb" in caught.value.reason
    assert sealed.warehouse.query("select count(*) as n from tracklets")["n"].to_pylist() == [12]


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("select distinct camera_id from tracklets order by 1", 3),
        ("from tracklets limit 2;", 2),
        ("describe tracklets", 14),
        ("show tables", None),
        ("summarize tracklets", 14),
        ("explain select 1", 1),
        ("-- a comment\nexplain analyze select count(*) from tracklets", 1),
        ("values (1), (2)", 2),
        ("pivot tracklets on camera_id in ('gate0', 'gate1') using count(*)", None),
        ("with a as (select 1 as n) select * from a join range(3) on true", 3),
        ("select unnest([1, 2, 3])", 3),
        ("with recursive r(n) as (select 1 union all select n + 1 from r where n < 5) from r", 5),
        ("select '/etc/passwd' as path, 'copy x to y' as words", 1),
        ("select starts_at at time zone 'Europe/Berlin' from tracklets", 12),
        ("select jpeg from crops limit 1", 1),
    ],
)
def test_whatever_only_reads_works(sql: str, rows: int | None, sealed: Sealed) -> None:
    """SELECTs of every kind, DESCRIBE, SUMMARIZE, EXPLAIN and a pivot of given columns are answered."""
    table = sealed.warehouse.query(sql)
    assert table.num_rows == rows or (rows is None and table.num_rows > 0)


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select wheree from from tracklets", ["syntax error", "LINE 1: select wheree from from", "^"]),
        ("from tracklet", ["no table or view tracklet", "near it: tracklets", "LINE 1", "^"]),
        ("from xqzjk", ["no table", "--schema"]),
        (
            "select camra_id\nfrom tracklets",
            ["no column camra_id", "near it: camera_id", "camera_id is in", "LINE 1: select camra_id\n", "^^^^"],
        ),
        (
            "select\n  identity_idd\nfrom tracklets",
            ["no column identity_idd here", "identity_id is in ", " more", "LINE 2:"],
        ),
        ("select count(*), night from tracklets", ["must appear in the GROUP BY", "ANY_VALUE", "LINE 1"]),
        ("select 'x'::int", ["Could not convert string 'x'", "LINE 1"]),
        ("select error('mine')", ["mine"]),
        ("from capture_betwen('a', 'b')", ["capture_betwen"]),
    ],
)
def test_mistakes_are_pointed_at(sql: str, words: Sequence[str], sealed: Sealed) -> None:
    """A wrong statement is told with its place, a caret, and the names that were perhaps meant."""
    with pytest.raises(ConfigError) as caught:
        sealed.warehouse.query(sql)
    for word in words:
        assert word in str(caught.value)


def test_a_file_that_is_gone_is_the_lakes_error(tmp_path: Path) -> None:
    """What is wrong with the lake is no mistake of the query."""
    lake = write_linked_lake(tmp_path).lake
    urls = lake.files(TRACKLETS)
    with connect(lake) as warehouse:
        seal(warehouse.connection, urls, time_s=5, memory_bytes=200_000_000)
        Path(urls[-1]).unlink()
        with pytest.raises(LakeError, match=r"gate2.*run `crosscam run`"):
            run(warehouse.connection, "from tracklets", 10**6)
        assert run(warehouse.connection, "select 1 as a", 10**6).to_pylist() == [{"a": 1}]


def test_a_lake_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    """What stops the process of the queries is raised where it was begun."""
    lake = write_linked_lake(tmp_path).lake
    Path(lake.files(TRACKLETS)[0]).unlink()
    with pytest.raises(LakeError, match=r"gate0.*run `crosscam run`"):
        SealedWarehouse(lake)


def _filled(attempt: str, sealed: Sealed) -> str:
    for name, value in (("stray", sealed.stray), ("published", sealed.published), ("folder", str(sealed.folder))):
        attempt = attempt.replace(f"{{{name}}}", value.replace("'", "''"))
    return attempt


def _files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
