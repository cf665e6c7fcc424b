"""Tables in, tables out: partitions, order, metadata, publication, damage, and what DuckDB sees."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.contracts import Column, Contract
from analytics.errors import ContractError, LakeError
from analytics.lake.audit import contradictions, unreferenced
from analytics.lake.lake import Lake
from analytics.lake.ledger import Entry
from analytics.lake.parquet import decode, encode
from analytics.lake.store import open_store
from analytics.tables import COVERAGE, CROPS, DETECTIONS, EMBEDDINGS, TRACKLETS
from tests.builders.lake import NIGHT, STAGE, embeddings, tracklets, write_segment


@pytest.fixture(params=["folder", "memory"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    return Lake(open_store(str(tmp_path / "lake") if request.param == "folder" else "memory://"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "lake"


@pytest.fixture
def on_disk(folder: Path) -> Lake:
    return Lake(open_store(str(folder)))


def write_coverage(lake: Lake, night: date, cameras: Sequence[str], key: str = "all") -> Entry:
    table = COVERAGE.from_rows(
        {
            "site_id": "shop",
            "night": night,
            "camera_id": camera,
            "hour_at": datetime(night.year, night.month, night.day, 9, tzinfo=UTC),
            "expected_s": 3600.0,
            "decoded_s": 1800.0,
            "analysed_s": 1800.0,
            "analysed_expected_s": 1800.0,
            "corrupt_frames": 0,
            "skipped_s": 0.0,
        }
        for camera in cameras
    )
    return lake.write_item(
        stage="account", night=night, camera_id=None, item_id="night", key=key, tables=[(COVERAGE, table)]
    )


def test_new_lake_reads_empty_tables(lake: Lake) -> None:
    """Before anything is published every table is there, with its columns and no rows."""
    assert lake.read(TRACKLETS).equals(TRACKLETS.empty(), check_metadata=True)
    assert lake.read(TRACKLETS, columns=["night"]).schema.names == ["night"]
    assert lake.files(TRACKLETS) == ()


def test_rows_come_back_when_published(lake: Lake) -> None:
    """What was written is read, equal and with its schema, once its item is published and not before."""
    write_segment(lake, "a", 3)
    assert lake.read(TRACKLETS).num_rows == 0
    lake.ledger.publish(NIGHT, STAGE, ["key-a"])
    assert lake.read(TRACKLETS).equals(tracklets("a", 3), check_metadata=True)
    assert lake.read(EMBEDDINGS).equals(embeddings("a", [[1.0, 0.0]] * 3), check_metadata=True)


def test_files_lie_by_night_and_camera(on_disk: Lake, folder: Path) -> None:
    """Partitions are Hive's; a name that no folder can have is escaped; a night's table has no camera level."""
    entry = write_segment(on_disk, "a", 1, camera="gate/north [1]*")
    written = write_coverage(on_disk, NIGHT, ["a", "b"])
    paths = [file.path for file in (*entry.files, *written.files)]
    assert [path.rpartition("/")[0] for path in paths] == [
        "tracklets/night=2026-01-05/camera=gate%2Fnorth%20%5B1%5D%2A",
        "embeddings/night=2026-01-05/camera=gate%2Fnorth%20%5B1%5D%2A",
        "coverage/night=2026-01-05",
    ]
    assert all((folder / path).is_file() for path in paths)
    assert [path.rpartition("/")[2].split("-")[0] for path in paths] == ["key", "key", "all"]


def test_entry_tells_what_was_written(on_disk: Lake, folder: Path) -> None:
    """The entry has each table in the given order with its rows and bytes, an empty table too, and the facts."""
    entry = on_disk.write_item(
        stage=STAGE,
        night=NIGHT,
        camera_id="gate",
        item_id="a",
        key="k",
        tables=[(TRACKLETS, tracklets("a", 2)), (CROPS, CROPS.empty())],
        facts={"decoded_s": 5.0},
        reason="cut off after 5 s",
    )
    assert [(file.table, file.rows) for file in entry.files] == [("tracklets", 2), ("crops", 0)]
    assert [(folder / file.path).stat().st_size for file in entry.files] == [file.size_bytes for file in entry.files]
    assert (entry.status, entry.facts, entry.reason) == ("done", {"decoded_s": 5.0}, "cut off after 5 s")
    assert on_disk.ledger.find(NIGHT, STAGE, "k") == entry


def test_item_of_no_tables_is_done(lake: Lake) -> None:
    """An item may have nothing to write and still be done."""
    lake.write_item(stage=STAGE, night=NIGHT, camera_id=None, item_id="a", key="k", tables=[])
    lake.ledger.publish(NIGHT, STAGE, ["k"])
    assert lake.read(TRACKLETS).num_rows == 0


def test_broken_table_leaves_nothing(lake: Lake) -> None:
    """When the second table breaks its contract, nothing is written and the item is not done."""
    broken = tracklets("a", 2).set_column(
        TRACKLETS.schema.get_field_index("mean_score"),
        TRACKLETS.schema.field("mean_score"),
        pa.array([2.0, 0.5], pa.float32()),
    )
    with pytest.raises(ContractError, match="mean_score_within_0_and_1"):
        lake.write_item(
            stage=STAGE,
            night=NIGHT,
            camera_id="gate",
            item_id="a",
            key="k",
            tables=[(EMBEDDINGS, embeddings("a", [[1.0]])), (TRACKLETS, broken)],
        )
    assert lake.store.list() == ()


@pytest.mark.parametrize(
    ("night", "camera", "found"),
    [(date(2026, 1, 6), "gate", "night is 2026-01-05"), (NIGHT, "hall", "camera_id is gate")],
)
def test_rows_of_another_partition_are_refused(lake: Lake, night: date, camera: str, found: str) -> None:
    """Rows lie in the partition that their columns name, or readers of one night would miss them."""
    with pytest.raises(ContractError, match=found):
        lake.write_files(night=night, camera_id=camera, key="k", tables=[(TRACKLETS, tracklets("a", 1))])
    assert lake.store.list() == ()


def test_table_given_twice_is_refused(lake: Lake) -> None:
    """The second table of one name would hide the first."""
    with pytest.raises(ValueError, match="each table once"):
        lake.write_files(night=NIGHT, camera_id="gate", key="k", tables=[(CROPS, CROPS.empty())] * 2)


def test_files_without_an_entry_are_not_read(lake: Lake) -> None:
    """A worker's files count from the moment somebody records the entry that names them, and publishes it."""
    files = lake.write_files(night=NIGHT, camera_id="gate", key="k", tables=[(TRACKLETS, tracklets("a", 2))])
    assert lake.ledger.entries(NIGHT, STAGE) == ()
    lake.ledger.record(Entry(STAGE, NIGHT, "a", "k", files=files))
    lake.ledger.publish(NIGHT, STAGE, ["k"])
    assert lake.read(TRACKLETS) == tracklets("a", 2)


def test_rows_come_by_night_item_and_key(lake: Lake) -> None:
    """The order of the rows depends neither on the order of writing nor on cameras' names or keys."""
    nights = [date(2026, 1, 4), NIGHT]
    for night, segment, camera, key in [
        (nights[1], "b", "a-camera", "1"),
        (nights[1], "a", "z-camera", "2"),
        (nights[0], "c", "m-camera", "3"),
    ]:
        lake.write_item(
            stage=STAGE,
            night=night,
            camera_id=camera,
            item_id=segment,
            key=key,
            tables=[(TRACKLETS, tracklets(segment, 2, camera, night).take([1, 0]))],
        )
    lake.ledger.publish(nights[1], STAGE, ["1", "2"])
    lake.ledger.publish(nights[0], STAGE, ["3"])
    expected = ["c-00000", "c-00001", "a-00000", "a-00001", "b-00000", "b-00001"]
    assert lake.read(TRACKLETS)["tracklet_id"].to_pylist() == expected
    assert len(lake.files(TRACKLETS)) == 3


def test_reading_chooses_nights_cameras_and_columns(lake: Lake) -> None:
    """Nights and cameras narrow the rows, of tables with and without a camera level; columns come as asked for."""
    for segment, camera in [("a", "gate"), ("b", "hall"), ("c", "gate")]:
        write_segment(lake, segment, 2, camera=camera)
    lake.ledger.publish(NIGHT, STAGE, ["key-a", "key-b", "key-c"])
    for night in (NIGHT, date(2026, 1, 6)):
        write_coverage(lake, night, ["gate", "hall"])
        lake.ledger.publish(night, "account", ["all"])
    segments = lake.read(TRACKLETS, cameras=["gate"], columns=["segment_id", "night"])
    assert segments.schema.names == ["segment_id", "night"]
    assert segments["segment_id"].to_pylist() == ["a", "a", "c", "c"]
    assert lake.read(TRACKLETS, cameras=[]).num_rows == lake.read(TRACKLETS, nights=[]).num_rows == 0
    hours = lake.read(COVERAGE, nights=[NIGHT, NIGHT], cameras={"hall", "unknown"}, columns=["hour_at"])
    assert hours.schema.names == ["hour_at"]
    assert hours.num_rows == 1
    assert lake.read(COVERAGE, cameras=["hall"])["camera_id"].to_pylist() == ["hall", "hall"]
    assert lake.read(COVERAGE).num_rows == 4
    assert len(lake.files(COVERAGE, nights=[NIGHT])) == 1
    assert lake.files(COVERAGE, nights=[date(2030, 1, 1)]) == ()


def test_unknown_column_is_an_error(lake: Lake) -> None:
    """A column that the contract does not have is refused, also when there are no files."""
    with pytest.raises(ContractError, match="unknown column speed"):
        lake.read(TRACKLETS, columns=["night", "speed"])


def test_model_survives_unless_files_disagree(lake: Lake) -> None:
    """Embeddings keep their model and digest; of two models' vectors read together neither is claimed."""
    for segment, model in [("a", "net"), ("b", "net"), ("c", "other")]:
        lake.write_item(
            stage=STAGE,
            night=NIGHT,
            camera_id="gate",
            item_id=segment,
            key=segment,
            tables=[(EMBEDDINGS, embeddings(segment, [[0.5, -0.25]], model))],
        )
    lake.ledger.publish(NIGHT, STAGE, ["a", "b"])
    read = lake.read(EMBEDDINGS)
    assert read.schema.metadata[b"model"] == b"net"
    assert read.schema.metadata[b"model_digest"] == b"digest of net"
    assert read["vector"].to_pylist() == [[0.5, -0.25]] * 2
    lake.ledger.publish(NIGHT, STAGE, ["a", "c"])
    assert set(lake.read(EMBEDDINGS).schema.metadata) == {b"crosscam_table", b"crosscam_version"}


def test_new_settings_show_all_at_once(lake: Lake) -> None:
    """While a night is done again under new settings, readers see the old rows, then only the new ones."""
    for segment in ("a", "b"):
        write_segment(lake, segment, 1, key=f"old-{segment}")
    lake.ledger.publish(NIGHT, STAGE, ["old-a", "old-b"])
    before = lake.read(TRACKLETS)
    write_segment(lake, "a", 5, key="new-a")
    assert lake.read(TRACKLETS) == before
    write_segment(lake, "b", 5, key="new-b")
    lake.ledger.publish(NIGHT, STAGE, ["new-a", "new-b"])
    assert lake.read(TRACKLETS).num_rows == 10


def test_two_attempts_that_differ_never_mix(lake: Lake) -> None:
    """When a worker thought dead finishes too, with other rows, the item is one attempt's, whole."""
    attempts = [
        {"tracklets": tracklets("a", count), "embeddings": embeddings("a", [[1.0, 0.0]] * count)} for count in (2, 3)
    ]
    contracts = {"tracklets": TRACKLETS, "embeddings": EMBEDDINGS}

    def write(attempt: int, name: str) -> tuple[object, ...]:
        table = (contracts[name], attempts[attempt][name])
        return lake.write_files(night=NIGHT, camera_id="gate", key="k", tables=[table])

    first, _, other, last = (
        write(0, "tracklets"),
        write(1, "tracklets"),
        write(1, "embeddings"),
        write(0, "embeddings"),
    )
    assert other != last
    lake.ledger.record(Entry(STAGE, NIGHT, "a", "k", files=(*first, *last)))
    lake.ledger.publish(NIGHT, STAGE, ["k"])
    assert lake.read(TRACKLETS) == attempts[0]["tracklets"]
    assert lake.read(EMBEDDINGS) == attempts[0]["embeddings"]
    assert len(unreferenced(lake)) == 2


def test_missing_file_is_an_error_with_the_repair(lake: Lake) -> None:
    """A published file that is gone names itself, its entry and the command that makes it anew."""
    entry = write_segment(lake, "a", 1)
    lake.ledger.publish(NIGHT, STAGE, ["key-a"])
    lake.store.delete(entry.files[0].path)
    with pytest.raises(
        LakeError, match=r"tracklets/.*\.parquet .*Delete _ledger/.*key-a\.json .*run --night 2026-01-05"
    ):
        lake.read(TRACKLETS)
    (found,) = contradictions(lake)
    assert (found.path, found.problem) == (
        entry.files[0].path,
        f"expected {entry.files[0].size_bytes} bytes, found no file",
    )
    assert lake.read(EMBEDDINGS).num_rows == 1


def test_file_of_another_size_is_an_error(lake: Lake) -> None:
    """A published file that grew or shrank is not read."""
    entry = write_segment(lake, "a", 1)
    lake.ledger.publish(NIGHT, STAGE, ["key-a"])
    lake.store.write(entry.files[0].path, lake.store.read(entry.files[0].path)[:-1])
    with pytest.raises(LakeError, match=f"expected {entry.files[0].size_bytes} bytes, found"):
        lake.read(TRACKLETS)
    assert [found.path for found in contradictions(lake)] == [entry.files[0].path]


@pytest.mark.parametrize("place", [0, 100, -10])
def test_file_of_flipped_bytes_is_an_error(lake: Lake, place: int) -> None:
    """A published file of the right size that is no Parquet any more is an error with the repair."""
    entry = write_segment(lake, "a", 20)
    lake.ledger.publish(NIGHT, STAGE, ["key-a"])
    content = bytearray(lake.store.read(entry.files[0].path))
    end = place + 8 if place + 8 else None
    content[place:end] = bytes(byte ^ 0xFF for byte in content[place:end])
    lake.store.write(entry.files[0].path, bytes(content))
    with pytest.raises(LakeError, match="Delete _ledger"):
        lake.read(TRACKLETS)


def test_repair_in_the_message_works(lake: Lake) -> None:
    """Deleting the entry and doing the item again makes a lake without contradictions."""
    entry = write_segment(lake, "a", 2)
    lake.ledger.publish(NIGHT, STAGE, ["key-a"])
    lake.store.write(entry.files[0].path, b"damaged")
    lake.ledger.forget(NIGHT, STAGE, "key-a")
    write_segment(lake, "a", 2)
    lake.ledger.publish(NIGHT, STAGE, ["key-a"])
    assert contradictions(lake) == ()
    assert lake.read(TRACKLETS) == tracklets("a", 2)


def test_audit_finds_damaged_ledger_files(lake: Lake) -> None:
    """A damaged entry, one under a wrong name and a damaged publication are all listed; a sound lake lists nothing."""
    write_segment(lake, "a", 1)
    lake.ledger.publish(NIGHT, STAGE, ["key-a"])
    assert contradictions(lake) == ()
    assert unreferenced(lake) == ()
    folder = "_ledger/night=2026-01-05/perceive"
    for name in (f"{folder}/broken.json", f"{folder}/ odd name.json", f"{folder}.current.json"):
        lake.store.write(name, b"{")
    lake.store.write(f"{folder}/copy.json", lake.store.read(f"{folder}/key-a.json"))
    assert [found.path for found in contradictions(lake)] == sorted(
        [f"{folder}/ odd name.json", f"{folder}/broken.json", f"{folder}/copy.json", f"{folder}.current.json"]
    )
    with pytest.raises(LakeError):
        unreferenced(lake)


def test_leftovers_of_a_killed_run_are_named(lake: Lake) -> None:
    """Files that no entry names are listed for removal, others are not."""
    write_segment(lake, "a", 1)
    left = lake.write_files(night=NIGHT, camera_id="gate", key="k", tables=[(TRACKLETS, tracklets("b", 1))])
    assert unreferenced(lake) == (left[0].path,)


def test_older_version_is_an_error(on_disk: Lake) -> None:
    """Rows of another version of a contract are not read as if they were today's."""
    write_segment(on_disk, "a", 1)
    on_disk.ledger.publish(NIGHT, STAGE, ["key-a"])
    newer = Contract(TRACKLETS.name, TRACKLETS.version + 1, TRACKLETS.key, TRACKLETS.columns)
    with pytest.raises(LakeError, match="expected version 2 of the table, found version 1"):
        on_disk.read(newer)


def test_younger_column_is_null_in_older_files(lake: Lake) -> None:
    """A nullable column that was added since is null; one that may not be null is an error."""
    write_segment(lake, "a", 2)
    lake.ledger.publish(NIGHT, STAGE, ["key-a"])
    for nullable in (True, False):
        hat = Column("hat", pa.string(), "colour of the hat", nullable)
        grown = Contract(TRACKLETS.name, TRACKLETS.version, TRACKLETS.key, (*TRACKLETS.columns, hat))
        if nullable:
            assert lake.read(grown)["hat"].to_pylist() == [None, None]
            assert lake.read(grown, columns=["hat", "camera_id"])["hat"].null_count == 2
        else:
            with pytest.raises(LakeError, match="expected a column hat string"):
                lake.read(grown)


@given(
    st.lists(st.tuples(st.integers(0, 99), st.floats(0, 1, width=32)), unique_by=lambda row: row[0], max_size=20),
    st.randoms(use_true_random=False),
)
def test_same_rows_give_the_same_bytes(rows: list[tuple[int, float]], chance: random.Random) -> None:
    """The order of rows, their chunks, slices and the order of the metadata leave no trace in the file."""
    table = _scored(rows).replace_schema_metadata({"model": "net", "digest": "d"})
    shuffled = chance.sample(rows, len(rows))
    cut = chance.randint(0, len(rows))
    padded = pa.concat_tables([_scored([*shuffled[:cut], (100, 0.5)]).slice(0, cut), _scored(shuffled[cut:])])
    other = padded.replace_schema_metadata({"digest": "d", "model": "net"})
    assert encode(EMBEDDINGS, other) == encode(EMBEDDINGS, table)


@given(st.lists(st.tuples(st.integers(0, 99), st.floats(0, 1, width=32)), unique_by=lambda row: row[0], max_size=20))
def test_encoding_and_decoding_give_the_rows_by_key(rows: list[tuple[int, float]]) -> None:
    """What is decoded is what was encoded, sorted by the contract's key, metadata included."""
    table = _scored(rows).replace_schema_metadata({"model": "net"})
    decoded = decode(EMBEDDINGS, pa.BufferReader(encode(EMBEDDINGS, table)), EMBEDDINGS.schema.names)
    assert decoded == _scored(sorted(rows))
    assert decoded.schema.metadata == {b"model": b"net", **EMBEDDINGS.schema.metadata}


def _scored(rows: Sequence[tuple[int, float]]) -> pa.Table:
    return EMBEDDINGS.from_columns(
        {
            "site_id": "shop",
            "night": pa.array([NIGHT] * len(rows), pa.date32()),
            "segment_id": pa.array(["a"] * len(rows), pa.string()),
            "camera_id": pa.array(["gate"] * len(rows), pa.string()),
            "captured_at": pa.array([0] * len(rows), pa.timestamp("us", tz="UTC")),
            "detection_no": pa.array([number for number, _ in rows], pa.int16()),
            "quality": pa.array([quality for _, quality in rows], pa.float32()),
            "vector": pa.array([[quality, 1.0] for _, quality in rows], pa.list_(pa.float32())),
        }
    )


def test_duckdb_reads_the_files(on_disk: Lake) -> None:
    """DuckDB reads the published files by URL: half floats as floats, instants in UTC, nights as dates."""
    vectors = [[0.5, -0.25, 65504.0], [6.103515625e-05, 0.0, 1.0]]
    on_disk.write_item(
        stage=STAGE,
        night=NIGHT,
        camera_id="gate/north",
        item_id="b",
        key="key-b",
        tables=[(EMBEDDINGS, embeddings("b", vectors, camera="gate/north")), (DETECTIONS, DETECTIONS.empty())],
    )
    on_disk.ledger.publish(NIGHT, STAGE, ["key-b"])
    with duckdb.connect() as connection:
        query = "select vector, typeof(vector), night, camera_id, captured_at from read_parquet($files)"
        read = connection.sql(query, params={"files": list(on_disk.files(EMBEDDINGS))}).to_arrow_table()
        empty = connection.execute(
            "select count(*) from read_parquet($files)", {"files": list(on_disk.files(DETECTIONS))}
        ).fetchone()
    assert read["vector"].to_pylist() == vectors
    assert read["typeof(vector)"].to_pylist() == ["FLOAT[]"] * 2
    assert read["night"].to_pylist() == [NIGHT] * 2
    assert read["camera_id"].to_pylist() == ["gate/north"] * 2
    assert read["captured_at"].to_pylist()[0] == datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert empty == (0,)


def test_vectors_are_stored_as_half_floats(on_disk: Lake, folder: Path) -> None:
    """A vector takes two bytes a number in the file, and comes back as the same half floats."""
    vectors = np.random.default_rng(1).normal(size=(50, 256)).astype(np.float16)
    on_disk.write_item(
        stage=STAGE,
        night=NIGHT,
        camera_id="gate",
        item_id="a",
        key="k",
        tables=[(EMBEDDINGS, embeddings("a", vectors.tolist()))],
    )
    on_disk.ledger.publish(NIGHT, STAGE, ["k"])
    read = on_disk.read(EMBEDDINGS, columns=["vector"])["vector"].combine_chunks().flatten()
    assert np.array_equal(read.to_numpy().reshape(50, 256), vectors)
    (path,) = on_disk.files(EMBEDDINGS)
    assert vectors.nbytes * 0.7 < Path(path).stat().st_size < vectors.nbytes * 1.2
    assert pq.read_schema(path).field("vector").type == pa.list_(pa.float16())
