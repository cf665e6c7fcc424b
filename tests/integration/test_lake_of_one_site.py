"""A lake holds one site: another one is refused before it writes anything."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from analytics.errors import ConfigError
from analytics.lake.ownership import site_of
from analytics.lake.paths import SITE_PATH
from analytics.tables import RECORDINGS
from jobs.executors import LocalExecutor
from jobs.night import Order, run
from tests.builders.nights import Ears, SmallSite, command, published_files, small_site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> SmallSite:
    return small_site(tmp_path_factory.mktemp("site"), seconds=1.0, cameras=1)


def order(site: SmallSite, lake: Path, site_id: str) -> Order:
    given = site.order(lake)
    return site.order(lake, site=given.site.model_copy(update={"site_id": site_id}))


def attempt(given: Order) -> ConfigError | None:
    try:
        run(given, LocalExecutor(), Ears())
    except ConfigError as error:
        return error
    return None


def test_another_site_is_refused_and_writes_nothing(site: SmallSite, tmp_path: Path) -> None:
    """Both names and what to do are told; the lake's own site goes on."""
    assert attempt(order(site, tmp_path / "lake", "north")) is None
    before = {path: path.read_bytes() for path in (tmp_path / "lake").rglob("*") if path.is_file()}
    error = attempt(order(site, tmp_path / "lake", "south"))
    assert error is not None
    assert all(word in str(error) for word in ("north", "south", "another lake (--lake)"))
    assert {path: path.read_bytes() for path in (tmp_path / "lake").rglob("*") if path.is_file()} == before
    assert attempt(order(site, tmp_path / "lake", "north")) is None


def test_the_command_exits_2_and_reading_goes_on(site: SmallSite, tmp_path: Path) -> None:
    """`crosscam status` knows no site and asks for none."""
    lake = str(tmp_path / "lake")
    words = ("discover", str(site.footage), "--lake", lake, "--settings", str(site.settings))
    assert command(*words)[0] == 0
    (tmp_path / "site.yaml").write_text("site_id: elsewhere\ncameras: [{camera_id: cam1}]\n")
    code, out, err = command(*words, "--site", str(tmp_path / "site.yaml"))
    assert (code, out) == (2, "")
    assert "site_id: expected site, whose lake" in err
    assert command("status", "--lake", lake)[0] == 0


def test_a_lake_without_a_note_becomes_the_next_runs(site: SmallSite, tmp_path: Path) -> None:
    """As lakes are that were written before there was one."""
    lake = tmp_path / "lake"
    assert attempt(order(site, lake, "north")) is None
    files = published_files(lake)
    (lake / SITE_PATH).unlink()
    assert attempt(order(site, lake, "north")) is None
    assert site_of(order(site, lake, "north").lake.store) == "north"
    assert published_files(lake) == files


def test_footage_without_recordings_claims_no_lake(site: SmallSite, tmp_path: Path) -> None:
    """A run of a wrong folder must not keep the right one out."""
    (tmp_path / "empty").mkdir()
    given = order(site, tmp_path / "lake", "north")
    run(site.order(tmp_path / "lake", footage=tmp_path / "empty"), LocalExecutor(), Ears())
    assert site_of(given.lake.store) is None


def test_of_two_runs_at_once_one_gets_the_lake(site: SmallSite, tmp_path: Path) -> None:
    """The other is refused, and the lake has recordings of one site only."""
    lake = tmp_path / "lake"
    orders = [order(site, lake, site_id) for site_id in ("north", "south")]
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(attempt, orders))
    assert sum(outcome is None for outcome in outcomes) == 1
    winner = orders[outcomes.index(None)].site.site_id
    assert set(orders[0].lake.read(RECORDINGS)["site_id"].to_pylist()) == {winner}
