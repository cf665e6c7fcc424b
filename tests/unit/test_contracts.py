"""What contracts promise: schema, nulls, keys, rules, casts, and a round trip through files."""

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics import tables
from analytics.contracts import INSTANT, Column, Contract, at_most, one_of, within
from analytics.errors import ContractError

STAYS = Contract(
    name="stays",
    version=3,
    key=("person", "entered_at"),
    columns=(
        Column("person", pa.string(), "who"),
        Column("entered_at", INSTANT, "when"),
        Column("low", pa.float32(), "lower"),
        Column("high", pa.float32(), "upper", nullable=True),
        Column("mood", pa.string(), "good or bad", nullable=True),
    ),
    rules=(at_most("low", "high"), within("low", 0, 10), one_of("mood", ("good", "bad"))),
)
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def row(**changes: object) -> dict[str, object]:
    """Return one good row with some columns changed."""
    return {"person": "a", "entered_at": NOON, "low": 1.0, "high": 2.0, "mood": "good", **changes}


def violations_of(*rows: dict[str, object]) -> tuple[str, ...]:
    """Return what the contract says of rows that break it."""
    with pytest.raises(ContractError) as caught:
        STAYS.from_rows(rows)
    assert caught.value.table == "stays"
    return caught.value.violations


def test_empty_table_has_the_schema_and_passes() -> None:
    """The table without rows keeps columns, types and nullability, and breaks nothing."""
    table = STAYS.empty()
    STAYS.check(table)
    assert table.schema.equals(STAYS.schema, check_metadata=True)
    assert table.num_rows == 0


def test_schema_names_contract_and_version() -> None:
    """A file says by itself which contract and version it follows."""
    assert STAYS.schema.metadata == {b"crosscam_table": b"stays", b"crosscam_version": b"3"}


def test_one_good_row_passes_with_its_edges() -> None:
    """Equality satisfies at_most, both ends satisfy within, and null satisfies every rule."""
    table = STAYS.from_rows([row(low=0.0, high=0.0), row(person="b", low=10.0, high=None, mood=None)])
    assert table.num_rows == 2


def test_null_in_a_required_column_is_counted() -> None:
    """Arrow accepts a null in a non-nullable field; the contract counts it."""
    assert violations_of(row(), row(person=None), row(person="b", low=None)) == (
        "person is null in 1 rows",
        "low is null in 1 rows",
    )


def test_repeated_key_is_counted() -> None:
    """Three rows with one key are two too many; equality in half of the key is no repetition."""
    assert violations_of(row(), row(), row(), row(person="b")) == ("key (person, entered_at) is repeated in 2 rows",)


@pytest.mark.parametrize(
    ("changes", "violation"),
    [
        ({"low": 2.5}, "low_at_most_high does not hold in 1 rows"),
        ({"low": -0.5}, "low_within_0_and_10 does not hold in 1 rows"),
        ({"low": 10.5, "high": None}, "low_within_0_and_10 does not hold in 1 rows"),
        ({"mood": "odd"}, "mood_is_one_of_good_bad does not hold in 1 rows"),
    ],
)
def test_broken_rule_is_named(changes: dict[str, object], violation: str) -> None:
    """A broken rule is reported by its name with the number of rows."""
    assert violations_of(row(), row(person="b", **changes)) == (violation,)


def test_every_violation_is_listed_at_once() -> None:
    """One check reports nulls, keys and rules together, not only the first."""
    assert len(violations_of(row(low=3.0), row(low=3.0), row(person=None))) == 3


def test_not_a_number_breaks_a_range() -> None:
    """NaN lies in no range: a broken score does not slip through."""
    assert violations_of(row(low=float("nan"), high=None)) == ("low_within_0_and_10 does not hold in 1 rows",)


def test_check_refuses_another_schema() -> None:
    """A column of another type, or in another place, is a different schema."""
    table = STAYS.from_rows([row()])
    with pytest.raises(ContractError, match="expected schema person string not null"):
        STAYS.check(table.set_column(2, "low", pa.array([1.0], pa.float64())))
    with pytest.raises(ContractError, match="expected schema"):
        STAYS.check(table.select(["entered_at", "person", "low", "high", "mood"]))


def test_from_columns_repeats_scalars_and_fills_nullable_columns() -> None:
    """A scalar stands for every row; a nullable column that is left out becomes null."""
    table = STAYS.from_columns({"person": ["a", "b"], "entered_at": NOON, "low": np.array([1, 2], np.float64)})
    assert table.column("entered_at").to_pylist() == [NOON, NOON]
    assert table.column("high").null_count == 2
    assert table.column("low").type == pa.float32()


def test_from_columns_with_no_rows() -> None:
    """Empty arrays of any type, and scalars beside them, give the empty table."""
    table = STAYS.from_columns({"person": [], "entered_at": NOON, "low": np.zeros(0), "mood": None})
    assert table.equals(STAYS.empty())


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"person": ["a"], "entered_at": NOON}, "missing column low"),
        ({"person": ["a"], "entered_at": NOON, "low": 1.0, "extra": 1}, "unknown column extra"),
        ({"person": ["a", "b"], "entered_at": NOON, "low": [1.0]}, "columns differ in length"),
        ({"person": ["a"], "entered_at": NOON, "low": ["much"]}, "low: "),
        ({"person": [{"no": 1}], "entered_at": NOON, "low": 1.0}, "person: "),
        ({"person": ["a"], "entered_at": NOON, "low": [1.0], "mood": [object()]}, "mood: "),
        ({"person": ["a", 1], "entered_at": NOON, "low": 1.0}, "person: "),
    ],
)
def test_from_columns_refuses_what_does_not_fit(columns: dict[str, object], message: str) -> None:
    """A missing, unknown, uneven or uncastable column is a ContractError that names it."""
    with pytest.raises(ContractError, match=message):
        STAYS.from_columns(columns)


def test_from_rows_refuses_what_does_not_fit() -> None:
    """A value of the wrong type in a row is a ContractError, never an Arrow error."""
    with pytest.raises(ContractError):
        STAYS.from_rows([row(low="much")])


def test_from_rows_refuses_unknown_columns() -> None:
    """A misspelt column is refused, not dropped."""
    with pytest.raises(ContractError, match="unknown column moood"):
        STAYS.from_rows([row(moood="good")])


def test_conform_reorders_and_casts_a_query_result() -> None:
    """Columns in another order and of wider types take the contract's order and types."""
    table = pa.table({"mood": ["bad"], "low": pa.array([1.5], pa.float64()), "entered_at": [NOON], "person": ["a"]})
    conformed = STAYS.conform(table)
    assert conformed.schema.equals(STAYS.schema, check_metadata=True)
    assert conformed.to_pylist() == [row(low=1.5, high=None, mood="bad")]


def test_conform_never_loses_digits() -> None:
    """A whole number that does not fit is refused instead of wrapped around."""
    contract = Contract("counts", 1, ("n",), (Column("n", pa.int16(), "number"),))
    with pytest.raises(ContractError, match="n: "):
        contract.conform(pa.table({"n": [40_000]}))
    with pytest.raises(ContractError, match="n: "):
        contract.conform(pa.table({"n": [1.5]}))


def test_more_metadata_survives_beside_the_contract(tmp_path: Path) -> None:
    """The embeddings' model and digest lie beside the contract's own metadata, through Parquet too."""
    table = _embeddings()
    pq.write_table(table, tmp_path / "embeddings.parquet")
    metadata = pq.read_table(tmp_path / "embeddings.parquet").schema.metadata
    assert metadata[b"model"] == b"tiny"
    assert metadata[b"crosscam_table"] == b"embeddings"


def test_half_precision_vectors_round_trip_parquet(tmp_path: Path) -> None:
    """float16 lists come back from Parquet with type, values and contract intact."""
    table = _embeddings()
    pq.write_table(table, tmp_path / "embeddings.parquet", compression="zstd")
    again = pq.read_table(tmp_path / "embeddings.parquet")
    tables.EMBEDDINGS.check(again)
    assert again.equals(table)


def test_half_precision_vectors_are_numbers_in_duckdb(tmp_path: Path) -> None:
    """DuckDB reads a float16 list as a list of floats with the same values."""
    pq.write_table(_embeddings(), tmp_path / "embeddings.parquet")
    with duckdb.connect() as connection:
        found = connection.execute(
            "select vector::float[] from read_parquet(?)", [str(tmp_path / "embeddings.parquet")]
        ).fetchall()
    assert found == [([0.5, -0.25, 1.0],), ([0.0, 0.125, -1.0],)]


@pytest.mark.parametrize("contract", tables.ALL, ids=lambda contract: contract.name)
def test_every_table_is_well_formed(contract: Contract) -> None:
    """Each contract's key is of required columns, its columns are unique and noted, and it has place and night."""
    columns = {column.name: column for column in contract.columns}
    assert len(columns) == len(contract.columns)
    assert all(not columns[name].nullable for name in contract.key)
    assert all(column.note for column in contract.columns)
    assert {"site_id", "night"} <= set(columns)


@pytest.mark.parametrize("contract", tables.ALL, ids=lambda contract: contract.name)
def test_every_empty_table_round_trips_parquet_and_duckdb(contract: Contract, tmp_path: Path) -> None:
    """An empty table of each contract survives Parquet, and DuckDB accepts all of its types."""
    path = tmp_path / "empty.parquet"
    pq.write_table(contract.empty(), path)
    contract.check(pq.read_table(path))
    with duckdb.connect() as connection:
        assert connection.execute("select count(*) from read_parquet(?)", [str(path)]).fetchone() == (0,)


def test_recordings_that_are_not_complete_need_a_reason() -> None:
    """A quarantined recording without a reason breaks the contract; a complete one needs none."""
    base = {
        "recording_id": "r1",
        "site_id": "s",
        "night": date(2026, 1, 5),
        "path": "cam1/a.mp4",
        "time_ambiguous": False,
        "size_bytes": 0,
        "modified_at": NOON,
    }
    tables.RECORDINGS.from_rows(
        [{**base, "status": "complete"}, {**base, "recording_id": "r2", "status": "quarantined", "reason": "empty"}]
    )
    with pytest.raises(ContractError, match="only_complete_recordings_lack_a_reason does not hold in 1 rows"):
        tables.RECORDINGS.from_rows([{**base, "status": "quarantined"}])


def _embeddings() -> pa.Table:
    vectors = np.array([[0.5, -0.25, 1.0], [0.0, 0.125, -1.0]], np.float16)
    return tables.EMBEDDINGS.from_columns(
        {
            "site_id": "site",
            "night": date(2026, 1, 5),
            "segment_id": "s",
            "camera_id": "cam1",
            "captured_at": NOON,
            "detection_no": np.array([0, 1], np.int16),
            "quality": np.array([1.0, 0.5], np.float32),
            "vector": list(vectors),
        },
        metadata={"model": "tiny", "digest": "00"},
    )
