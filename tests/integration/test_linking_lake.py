"""Linking on a lake: by command, again, after a decision, night after night, and as the end of a run."""

import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
import yaml

from analytics import tables
from analytics.lake.lake import Lake
from analytics.lake.store import open_store
from analytics.marts import CAMERA_HEALTH, VISITS, ZONE_PRESENCE
from analytics.simulation.world import World
from jobs.simulated_lake import write_tables
from tests.builders.nights import command, small_site

WORLD = World(
    seed=3,
    people_per_night=25,
    cameras=3,
    hours=0.5,
    nights=2,
    returning_share=0.5,
    changed_clothes_share=0.0,
    vectors_per_tracklet=4,
    reid_noise=0.7,
    segment_s=300.0,
    switched_share=0.0,
)
NIGHTS = [date(2026, 1, 5), date(2026, 1, 6)]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("linked") / "out"
    write_tables(WORLD, folder)
    code, _, err = command("link", "--lake", str(folder / "lake"), "--site", str(folder / "site.yaml"))
    assert code == 0, err
    return folder


def lake_of(out: Path) -> Lake:
    return Lake(open_store(str(out / "lake")))


def link(out: Path, *words: str) -> tuple[int, str, str]:
    return command("link", "--lake", str(out / "lake"), "--site", str(out / "site.yaml"), *words)


def contents(out: Path) -> dict[str, pa.Table]:
    return {contract.name: lake_of(out).read(contract) for contract in tables.LINKED}


def members(out: Path) -> dict[str, str]:
    table = lake_of(out).read(tables.IDENTITY_MEMBERS)
    return dict(zip(table["tracklet_id"].to_pylist(), table["identity_id"].to_pylist(), strict=True))


def test_both_nights_are_linked_and_summed_up(out: Path) -> None:
    """Each night has its row; every tracklet of the lake is in one identity; tables keep their contracts."""
    code, text, err = link(out, "--format", "json")
    rows = json.loads(text)
    assert (code, [row["night"] for row in rows]) == (0, ["2026-01-05", "2026-01-06"])
    assert "nothing to do" in err
    assert all(row["lower"] <= row["visitors"] <= row["upper"] for row in rows)
    assert set(members(out)) == set(lake_of(out).read(tables.TRACKLETS)["tracklet_id"].to_pylist())
    for contract in tables.LINKED:
        for night in NIGHTS:
            contract.check(lake_of(out).read(contract, [night]))


def test_linking_anew_gives_the_same_bytes(out: Path, tmp_path: Path) -> None:
    """A second lake of the same world, linked in another process order, holds the same files."""
    write_tables(WORLD, tmp_path / "again")
    assert link(tmp_path / "again", "--night", "2026-01-06")[0] == 0
    assert link(tmp_path / "again", "--night", "2026-01-05")[0] == 0
    for contract in tables.LINKED:
        found = [{Path(url).name for url in lake_of(folder).files(contract)} for folder in (out, tmp_path / "again")]
        assert found[0] == found[1]


def test_only_what_matters_of_a_site_links_anew(out: Path, tmp_path: Path) -> None:
    """Ways and the start of the night decide; without a site file they are those of the last time."""
    described = yaml.safe_load((out / "site.yaml").read_text(encoding="utf-8"))
    one, other = (camera["camera_id"] for camera in described["cameras"][:2])
    way = {"from_camera": one, "to_camera": other, "min_s": 4, "max_s": 90}
    back = {**way, "from_camera": other, "to_camera": one}
    file = tmp_path / "site.yaml"

    def linked(*words: str, **changes: object) -> bool:
        file.write_text(yaml.safe_dump({**described, **changes}), encoding="utf-8")
        code, _, err = command("link", "--lake", str(out / "lake"), *words)
        assert code == 0, err
        return "nothing to do" not in err

    with_site = ("--site", str(file))
    assert not linked(*with_site, zones=[], lines=[], timezone="Etc/UTC")
    assert linked(*with_site, transits=[way])
    assert not linked()
    assert not linked(*with_site, transits=[{**back, "max_s": 40}])
    assert not linked(*with_site, transits=[{**way, "both_ways": False}, {**back, "both_ways": False}])
    assert linked(*with_site, transits=[{**way, "min_s": 5}])
    assert linked(*with_site, timezone="Europe/Berlin")
    assert not linked()
    assert linked(*with_site)


def test_another_threshold_links_anew_and_back_again_costs_nothing(out: Path) -> None:
    """Results of both settings stay in the ledger; what is published is what was asked for last."""
    balanced = contents(out)
    assert "nothing to do" not in link(out, "--operating-point", "strict")[2]
    strict = contents(out)
    assert strict["identities"].num_rows > balanced["identities"].num_rows
    entries = len(lake_of(out).ledger.entries(NIGHTS[0], "link"))
    assert link(out)[0] == 0
    assert len(lake_of(out).ledger.entries(NIGHTS[0], "link")) == entries
    assert all(contents(out)[name].equals(table) for name, table in balanced.items())


def test_decisions_outlive_runs_nights_and_thresholds(out: Path) -> None:
    """A merge and a split by hand hold in a new run and at another threshold; undone, they are as if never made."""
    before = members(out)
    first = lake_of(out).read(tables.IDENTITIES, [NIGHTS[0]]).to_pylist()
    large, *_, other = sorted(first, key=lambda row: -row["tracklet_count"])
    of_large = sorted(name for name, identity in before.items() if identity == large["identity_id"])
    one, two = of_large[0], of_large[-1]
    lake = ("--lake", str(out / "lake"))
    code, _, err = command("decide", "merge", *lake, one, other["identity_id"], "--by", "ana", "--reason", "same coat")
    assert code == 0, err
    assert command("decide", "split", *lake, one, two, "--by", "ana")[0] == 0
    for words in ((), ("--operating-point", "strict"), ("--operating-point", "wide")):
        link(out, *words)
        now = members(out)
        assert now[one] != now[two]
        assert now[one] in {identity for name, identity in now.items() if before[name] == other["identity_id"]}
    rows = json.loads(command("decide", "list", *lake, "--format", "json")[1])
    assert [(row["kind"], row["made_by"], row["reason"]) for row in rows] == [
        ("merge", "ana", "same coat"),
        ("split", "ana", None),
    ]
    code, _, err = command("decide", "merge", *lake, two, one, "--by", "bo")
    assert code == 2
    assert rows[1]["decision_id"] in err
    for row in rows:
        assert command("decide", "undo", *lake, row["decision_id"], "--by", "bo")[0] == 0
    link(out)
    assert members(out) == before
    assert "undone already" in command("decide", "undo", *lake, rows[0]["decision_id"])[2]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("merge", "nobody", "nothing"), "expected a tracklet or an identity"),
        (("staff", "nobody"), "expected a tracklet or an identity"),
        (("undo", "nothing"), "decide list"),
    ],
)
def test_decisions_about_nobody_are_refused(out: Path, words: tuple[str, ...], message: str) -> None:
    """Nothing is written for a name that the lake does not have."""
    code, _, err = command("decide", words[0], "--lake", str(out / "lake"), *words[1:])
    assert code == 2
    assert message in err


def test_a_window_of_two_nights_keeps_ids(out: Path, tmp_path: Path) -> None:
    """With window_nights: 2 who comes back is known by yesterday's id; with one night nobody is."""
    first, second = (set(lake_of(out).read(tables.IDENTITIES, [night])["identity_id"].to_pylist()) for night in NIGHTS)
    assert not first & second
    settings = tmp_path / "settings.yaml"
    settings.write_text("linking:\n  window_nights: 2\n", encoding="utf-8")
    assert link(out, "--settings", str(settings))[0] == 0
    kept, again = (set(lake_of(out).read(tables.IDENTITIES, [night])["identity_id"].to_pylist()) for night in NIGHTS)
    assert kept == first
    assert len(kept & again) >= 3
    link(out)


def test_proposals_are_written_to_a_file_and_not_applied(out: Path, tmp_path: Path) -> None:
    """The file holds what a person may copy into site.yaml, and linking itself is the same with and without it."""
    file = tmp_path / "proposed.yaml"
    assert link(out, "--propose", str(file))[0] == 0
    found = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert set(found) == {"cameras", "transits"}
    for way in found["transits"]:
        assert 0 <= way["min_s"] <= way["max_s"]


def test_a_lake_without_nights_says_what_to_run(tmp_path: Path) -> None:
    """Nothing was perceived: exit 1 and the command that does it."""
    code, _, err = command("link", "--lake", str(tmp_path))
    assert code == 1
    assert "crosscam run" in err


def test_a_run_ends_with_answers(tmp_path: Path) -> None:
    """`crosscam run` links, locates and sums up too; with --no-link it leaves that to commands of their own."""
    site = small_site(tmp_path, seconds=2.0)
    drawn = {"zone_id": "all", "camera_id": "cam1", "polygon": [[0, 0], [150, 0], [150, 110], [0, 110]]}
    described = {"site_id": "shop", "cameras": [{"camera_id": "cam1"}, {"camera_id": "cam2"}], "zones": [drawn]}
    (tmp_path / "site.yaml").write_text(yaml.safe_dump(described), encoding="utf-8")
    words = ("run", str(site.footage), "--lake", str(tmp_path / "lake"), "--settings", str(site.settings))
    words += ("--site", str(tmp_path / "site.yaml"))
    assert command(*words, "--executor", "local", "--no-link")[0] == 0
    lake = Lake(open_store(str(tmp_path / "lake")))
    assert lake.read(tables.IDENTITY_MEMBERS).num_rows == 0
    code, _, err = command(*words, "--executor", "local")
    assert code == 0, err
    tracklets = lake.read(tables.TRACKLETS)
    assert tracklets.num_rows > 0
    assert sorted(lake.read(tables.IDENTITY_MEMBERS)["tracklet_id"].to_pylist()) == sorted(
        tracklets["tracklet_id"].to_pylist()
    )
    assert pc.all(pc.greater_equal(lake.read(tables.UNIQUE_VISITORS)["estimate"], 0)).as_py()
    assert set(lake.read(ZONE_PRESENCE)["camera_id"].to_pylist()) == {"cam1"}
    assert set(lake.read(VISITS)["zone_id"].to_pylist()) == {"all"}
    assert sorted(lake.read(CAMERA_HEALTH)["camera_id"].to_pylist()) == ["cam1", "cam2"]
    assert "nothing to do" in command(*words, "--executor", "local")[2]
