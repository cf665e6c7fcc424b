"""The lake as relations: types, published files only, columns that files lack, versions, the site, and views on top."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from analytics.contracts import Contract
from analytics.errors import LakeError
from analytics.lake.lake import Lake
from analytics.lake.store import open_store
from analytics.sites import Site
from analytics.tables import CROPS, EMBEDDINGS, LINKS, TRACKLETS
from analytics.warehouse.connection import STORED, connect
from analytics.warehouse.relations import literal
from analytics.warehouse.site_tables import SITE_TABLES
from tests.builders.linked import NIGHT, write_linked_lake

LATER = date(2026, 1, 6)


def _half_as_float(schema: pa.Schema) -> list[tuple[str, pa.DataType]]:
    halves = {pa.list_(pa.float16()): pa.list_(pa.float32())}
    return [(field.name, halves.get(field.type, field.type)) for field in schema]


def test_an_empty_lake_has_every_relation_in_its_types(tmp_path: Path) -> None:
    """What was never written is a relation of no rows with the contract's columns; half floats are floats."""
    with connect(Lake(open_store(str(tmp_path / "lake")))) as warehouse:
        for contract in (*STORED, *SITE_TABLES):
            table = warehouse.query(f"from {contract.name}")
            assert table.num_rows == 0
            assert [(field.name, field.type) for field in table.schema] == _half_as_float(contract.schema)


def test_relations_are_what_the_lake_reads(tmp_path: Path) -> None:
    """Each view gives the rows that `Lake.read` gives, in the contract's types, of several files and nights."""
    links = [("gate0-0", "gate1-0", 0.9, "accepted")]
    write_linked_lake(tmp_path, links=links)
    lake = write_linked_lake(tmp_path, night=LATER).lake
    with connect(lake) as warehouse:
        for contract in STORED:
            read = lake.read(contract)
            found = warehouse.query(f"from {contract.name}")
            assert [(field.name, field.type) for field in found.schema] == _half_as_float(contract.schema)
            if contract is not EMBEDDINGS:
                assert found.to_pylist() == read.to_pylist(), contract.name
        vectors = warehouse.query("select vector from embeddings")["vector"].to_pylist()
    assert vectors == lake.read(EMBEDDINGS)["vector"].to_pylist()


def test_nights_narrow_the_files(tmp_path: Path) -> None:
    """With nights given, only their files are there; a night without any is no error."""
    write_linked_lake(tmp_path)
    lake = write_linked_lake(tmp_path, night=LATER).lake
    for nights, expected in (([LATER], [LATER]), ([NIGHT, LATER], [NIGHT, LATER]), ([date(2020, 1, 1)], [])):
        with connect(lake, nights=nights) as warehouse:
            assert warehouse.query("select distinct night from tracklets order by 1")["night"].to_pylist() == expected


def test_files_that_are_not_published_are_not_seen(tmp_path: Path) -> None:
    """A file that lies in the lake's folder but that no publication names has no rows."""
    built = write_linked_lake(tmp_path)
    before = built.lake.read(TRACKLETS)
    more = before.set_column(2, before.schema.field(2), pa.array([f"x{n}" for n in range(len(before))]))
    built.lake.write_files(night=NIGHT, camera_id=None, key="stray", tables=[(TRACKLETS, more)])
    with connect(built.lake) as warehouse:
        assert warehouse.query("select count(*) n from tracklets")["n"].to_pylist() == [before.num_rows]


def test_a_column_younger_than_its_file_is_null(tmp_path: Path) -> None:
    """A nullable column that older files lack is null in their rows and read in the others'."""
    lake = write_linked_lake(tmp_path, links=[("gate0-0", "gate1-0", 0.9, "accepted")]).lake
    older = Contract(LINKS.name, LINKS.version, LINKS.key, tuple(c for c in LINKS.columns if c.name != "evidence"))
    rows = lake.read(LINKS).drop(["evidence", "night"]).append_column("night", pa.array([LATER], pa.date32()))
    lake.write_item(
        stage="link",
        night=LATER,
        camera_id=None,
        item_id="site",
        key="older",
        tables=[(older, older.conform(rows))],
    )
    lake.ledger.publish(LATER, "link", ["older"])
    with connect(lake) as warehouse:
        assert warehouse.query("select night, evidence from links order by night").to_pylist() == [
            {"night": NIGHT, "evidence": None},
            {"night": LATER, "evidence": None},
        ]


def test_a_table_of_another_version_is_refused(tmp_path: Path) -> None:
    """Files that another version of the contract wrote are not read as if they meant the same."""
    lake = Lake(open_store(str(tmp_path / "lake")))
    other = Contract(CROPS.name, CROPS.version + 1, CROPS.key, CROPS.columns)
    lake.write_item(
        stage="perceive", night=NIGHT, camera_id=None, item_id="a", key="a", tables=[(other, other.empty())]
    )
    lake.ledger.publish(NIGHT, "perceive", ["a"])
    with pytest.raises(LakeError, match=r"expected version 1 of crops, found 2.*run"):
        connect(lake)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """A published file that is gone, the night's first or another, is told with its name and what to do."""
    for number, camera in ((0, "gate0"), (-1, "gate2")):
        lake = write_linked_lake(tmp_path / camera).lake
        Path(lake.files(TRACKLETS)[number]).unlink()
        with pytest.raises(LakeError, match=rf"cannot be read .*{camera}.* run `crosscam run`"), connect(lake) as found:
            found.query("select count(*) from tracklets")


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    """A published file that was cut off is told with its name and what to do."""
    lake = write_linked_lake(tmp_path).lake
    path = Path(lake.files(TRACKLETS)[-1])
    path.write_bytes(path.read_bytes()[:-20])
    with connect(lake) as warehouse, pytest.raises(LakeError, match=r"cannot be read .*gate2.* run `crosscam run`"):
        warehouse.query("from tracklets")


def test_a_folder_whose_name_looks_like_a_pattern(tmp_path: Path) -> None:
    """Quotes, brackets, stars and equal signs in the lake's own path are just letters."""
    built = write_linked_lake(tmp_path / "night=it's [a*] {b}?")
    with connect(built.lake) as warehouse:
        assert warehouse.query("select count(*) n from tracklets")["n"].to_pylist() == [12]


def test_an_object_store_is_refused() -> None:
    """A store that DuckDB cannot open is named, with what to do."""
    lake = Lake(open_store("memory://"))
    lake.write_item(
        stage="perceive", night=NIGHT, camera_id=None, item_id="a", key="a", tables=[(CROPS, CROPS.empty())]
    )
    lake.ledger.publish(NIGHT, "perceive", ["a"])
    with pytest.raises(LakeError, match="copy the lake to a folder"):
        connect(lake)


def test_the_site_file_is_there_too() -> None:
    """Zones, lines, cameras and the site are relations; a drawing is well-known text in its unit."""
    site = Site.model_validate(
        {
            "site_id": "shop",
            "timezone": "Europe/Berlin",
            "cameras": [{"camera_id": "door", "width_px": 640, "height_px": 480}],
            "zones": [
                {"zone_id": "q", "name": "it's a queue", "kind": "queue", "camera_id": "door", "polygon": _SQUARE},
                {"zone_id": "till", "kind": "service", "serves": "q", "camera_id": None, "polygon": _SQUARE},
            ],
            "lines": [{"line_id": "in", "camera_id": "door", "start": [0, 1.5], "end": [2, 3], "in_from": "right"}],
            "floor_plan": {"width_m": 20, "height_m": 10},
        }
    )
    with connect(Lake(open_store("/nowhere-at-all")), site) as warehouse:
        zones = warehouse.query("select zone_id, name, kind, serves, unit, polygon from zones order by 1").to_pylist()
        assert zones == [
            {
                "zone_id": "q",
                "name": "it's a queue",
                "kind": "queue",
                "serves": None,
                "unit": "px",
                "polygon": "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))",
            },
            {
                "zone_id": "till",
                "name": "till",
                "kind": "service",
                "serves": "q",
                "unit": "m",
                "polygon": "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))",
            },
        ]
        assert warehouse.query("select line_id, in_from, segment from lines").to_pylist() == [
            {"line_id": "in", "in_from": "right", "segment": "LINESTRING (0 1.5, 2 3)"}
        ]
        assert warehouse.query("select camera_id, width_px, is_on_plan from cameras").to_pylist() == [
            {"camera_id": "door", "width_px": 640, "is_on_plan": False}
        ]
        local = warehouse.query(
            "select timestamptz '2026-07-01 10:00:00+00' at time zone timezone as at, getvariable('timezone') tz, "
            "getvariable('with_staff') staff from site"
        ).to_pylist()
    assert [(str(row["at"]), row["tz"], row["staff"]) for row in local] == [
        ("2026-07-01 12:00:00", "Europe/Berlin", False)
    ]


def test_instants_are_utc_and_parameters_are_bound(tmp_path: Path) -> None:
    """Instants come back as the contracts have them, whatever the machine's zone; values are never pasted."""
    with connect(write_linked_lake(tmp_path).lake) as warehouse:
        first = warehouse.query("select min(starts_at) as at from tracklets where camera_id = ?", ["gate0"])
        assert first.schema.field("at").type == pa.timestamp("us", tz="UTC")
        assert str(first["at"][0]) == "2026-01-05 09:00:00+00:00"
        named = warehouse.query("select $name as name", {"name": "'; drop view tracklets; --"})
        assert named["name"].to_pylist() == ["'; drop view tracklets; --"]


def test_python_variables_are_no_tables(tmp_path: Path) -> None:
    """A name that is no relation is an error even if a variable of the caller is called so."""
    stray = pa.table({"a": [1]})
    with connect(Lake(open_store(str(tmp_path)))) as warehouse, pytest.raises(Exception, match="stray does not exist"):
        warehouse.query("from stray")
    assert stray.num_rows == 1


def test_literals_are_quoted() -> None:
    """A quote inside a string is doubled."""
    assert literal("it's") == "'it''s'"


_SQUARE = [[0, 0], [4, 0], [4, 4], [0, 4]]
