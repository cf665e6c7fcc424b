"""`crosscam simulate --tables`, as a user calls it, and the lake that it leaves."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics import tables
from analytics.configfile import load
from analytics.contracts import Contract
from analytics.errors import ConfigError
from analytics.lake.audit import contradictions, unreferenced
from analytics.lake.lake import Lake
from analytics.lake.ownership import claim
from analytics.lake.store import open_store
from analytics.simulation.filmed_site import FilmOrder
from analytics.simulation.tables import simulate_tables
from analytics.simulation.true_tables import TRUTH
from analytics.simulation.world import World
from analytics.sites import Site
from jobs.simulated_lake import remove_tables, write_tables
from jobs.status import status
from tests.builders.nights import command

SMALL = World(people_per_night=40, cameras=3, hours=2, nights=2, segment_s=1800)
WRITTEN = (
    tables.RECORDINGS,
    tables.TRACKLETS,
    tables.TRACK_POINTS,
    tables.BOUNDARY_POINTS,
    tables.EMBEDDINGS,
    tables.COVERAGE,
)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a small world."""
    folder = tmp_path_factory.mktemp("worlds") / "out"
    write_tables(SMALL, folder)
    return folder


def in_order(contract: Contract, table: pa.Table) -> pa.Table:
    """Return a table by its key."""
    return table.sort_by([(name, "ascending") for name in contract.key]).combine_chunks()


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file's bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_lake_holds_the_tables(out: Path) -> None:
    """What is read through the ledger is what `simulate_tables` gives, metadata of the embeddings included."""
    made, lake = simulate_tables(SMALL), Lake(open_store(str(out / "lake")))
    for contract in WRITTEN:
        found = in_order(contract, lake.read(contract))
        contract.check(found)
        assert found.equals(in_order(contract, getattr(made, contract.name)))
    assert lake.read(tables.EMBEDDINGS).schema.metadata[b"crosscam_embedder"] == b"simulated"
    assert lake.read(tables.DETECTIONS).num_rows == lake.read(tables.CROPS).num_rows == 0
    assert contradictions(lake) == ()
    assert unreferenced(lake) == ()


def test_site_world_and_truth_are_files(out: Path) -> None:
    """The site file loads, the world file makes the same world, and the truth keeps its contracts."""
    made = simulate_tables(SMALL)
    assert load(out / "site.yaml", Site) == made.site
    assert load(out / "world.yaml", World) == SMALL
    names = {f"{contract.name}.parquet" for contract in TRUTH}
    assert {path.name for path in (out / "truth").iterdir()} == names
    for contract in TRUTH:
        found = pq.read_table(out / "truth" / f"{contract.name}.parquet")
        assert found.equals(getattr(made.truth, contract.name.removeprefix("true_")))


def test_status_tells_that_all_is_done(out: Path) -> None:
    """Every segment is done, every hour covered, and no file needs a hand."""
    found = status(Lake(open_store(str(out / "lake"))))
    assert len(found.cameras) == 3 * 2
    assert all(row["segments_done"] == 4 and row["segments_missing"] == 0 for row in found.cameras)
    assert all(row["recordings_complete"] == 2 and row["coverage"] == 1 for row in found.cameras)
    assert (found.problems, found.worth_knowing) == ((), ())


def test_the_same_world_gives_the_same_bytes(out: Path, tmp_path: Path) -> None:
    """Every file of the lake, the site and the truth; progress counts every segment."""
    told: list[tuple[int, int]] = []
    written = write_tables(SMALL, tmp_path / "again", lambda done, total: told.append((done, total)))
    assert contents(tmp_path / "again") == contents(out)
    assert told == [(done, 24) for done in range(1, 25)]
    lake = Lake(open_store(str(out / "lake")))
    assert written.tracklets == lake.read(tables.TRACKLETS).num_rows
    truth = pq.read_table(out / "truth" / "true_stops.parquet")
    assert written.stops == truth.num_rows


def test_the_command_writes_and_summarises(tmp_path: Path) -> None:
    """Counts go to standard output, where things lie to standard error."""
    words = ("simulate", str(tmp_path / "out"), "--tables", "--people", "30", "--hours", "1", "--cameras", "4")
    code, out, err = command(*words, "--nights", "2", "--seed", "3", "--set", "uniform_share=0.5", "--format", "json")
    assert code == 0
    (row,) = json.loads(out)
    assert (row["nights"], row["cameras"], row["people"], row["density"]) == (2, 4, 60, 7.5)
    assert str(tmp_path / "out" / "lake") in err
    world = load(tmp_path / "out" / "world.yaml", World)
    assert world == World(people_per_night=30, hours=1, cameras=4, nights=2, seed=3, uniform_share=0.5)
    again = ("simulate", str(tmp_path / "b"), "--tables", "--world", str(tmp_path / "out" / "world.yaml"))
    assert command(*again)[0] == 0
    assert contents(tmp_path / "b") == contents(tmp_path / "out")


def test_density_sizes_the_crowd(tmp_path: Path) -> None:
    """People for each camera and hour, whatever the number of cameras and hours."""
    words = ("simulate", str(tmp_path / "out"), "--tables", "--density", "5", "--cameras", "4", "--hours", "2")
    assert command(*words)[0] == 0
    assert load(tmp_path / "out" / "world.yaml", World).people_per_night == 40


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--hours", "5"), "--hours: expected it only with --tables"),
        (("--overwrite",), "--overwrite: expected it only with --tables"),
        (("--tables", "--minutes", "5"), "--minutes: expected it only without --tables"),
        (("--preset", "moon"), "demo, station, street, random"),
        (("--minutes", "0"), "--minutes"),
        (("--set", "light=dim"), "--set light"),
        (("--set", "starts_at=2026-01-05T10:00:00.5Z"), "whole second"),
        (("--set", "frame_rate=5"), "did you mean frame_rate_hz?"),
        (("--tables", "--people", "-5"), "--people"),
        (("--tables", "--hours", "30"), "--hours"),
        (("--tables", "--set", "unform_share=1"), "did you mean uniform_share?"),
        (("--tables", "--set", "uniform_share"), "NAME=VALUE"),
        (("--tables", "--set", "uniform_share=much"), "--set uniform_share"),
        (("--tables", "--people", "5", "--density", "5"), "one of --people and --density"),
        (("--tables", "--density", "-1"), "--density"),
        (("--tables", "--world", "missing.yaml"), "missing.yaml"),
    ],
)
def test_wrong_options_write_nothing(words: tuple[str, ...], told: str, tmp_path: Path) -> None:
    """Exit 2, and the message names the option."""
    code, out, err = command("simulate", str(tmp_path / "out"), *words)
    assert (code, out) == (2, "")
    assert told in err
    assert not (tmp_path / "out").exists()


def test_without_a_folder_there_is_a_message() -> None:
    """Exit 2."""
    code, _, err = command("simulate", "--tables")
    assert code == 2
    assert "OUT" in err


def test_parameters_are_listed() -> None:
    """Every parameter with its default and what it means."""
    code, out, _ = command("simulate", "--tables", "--parameters", "--format", "json")
    rows = {row["parameter"]: row for row in json.loads(out)}
    assert code == 0
    assert rows.keys() == World.model_fields.keys()
    assert rows["fragments_per_stop"]["default"] == "1.35"
    assert all(row["meaning"] for row in rows.values())


def test_parameters_of_films_are_listed() -> None:
    """Those of footage, where --tables is not said."""
    code, out, _ = command("simulate", "--parameters", "--format", "json")
    rows = {row["parameter"]: row for row in json.loads(out)}
    assert code == 0
    assert rows.keys() == FilmOrder.model_fields.keys()
    assert rows["preset"]["default"] == "demo"
    assert all(row["meaning"] for row in rows.values())


def test_a_folder_that_is_not_empty_is_refused(tmp_path: Path) -> None:
    """Unless --overwrite is said and an earlier simulation is all that it holds."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine")
    words = ("simulate", str(tmp_path / "out"), "--tables", "--people", "3", "--hours", "1")
    for more in ((), ("--overwrite",)):
        code, _, err = command(*words, *more)
        assert code == 2
        assert "OUT" in err
    assert contents(tmp_path / "out") == {"notes.txt": b"mine"}
    (tmp_path / "out" / "notes.txt").unlink()
    assert command(*words)[0] == 0
    before = contents(tmp_path / "out")
    code, _, err = command(*words, "--seed", "1")
    assert code == 2
    assert "--overwrite" in err
    assert contents(tmp_path / "out") == before
    assert command(*words, "--seed", "1", "--overwrite")[0] == 0
    assert not before.keys() & {name for name in contents(tmp_path / "out") if name.startswith("lake/tracklets")}


def test_a_real_lake_is_never_removed(tmp_path: Path) -> None:
    """A lake of another site stays, whatever it lies beside."""
    claim(open_store(str(tmp_path / "lake")), "market-street")
    before = contents(tmp_path)
    with pytest.raises(ConfigError, match="another site"):
        remove_tables(tmp_path)
    assert contents(tmp_path) == before


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    """Both by the writer and by the remover."""
    (tmp_path / "out").write_text("a file")
    with pytest.raises(ConfigError):
        write_tables(SMALL, tmp_path / "out")
    with pytest.raises(ConfigError):
        remove_tables(tmp_path / "out")
