"""Commands that take a site file refuse another site's than the lake's."""

from pathlib import Path

import pytest

from analytics.errors import ConfigError
from analytics.lake.lake import Lake
from analytics.lake.ownership import claim
from analytics.lake.store import open_store
from analytics.sites import Camera, Site
from jobs.options import check_owner
from tests.builders.nights import command

OUT = ("--out", "out")
COMMANDS = {
    "sql": ("sql", "select 1"),
    "link": ("link",),
    "locate": ("locate",),
    "summarise": ("summarise",),
    "heatmap": ("heatmap", *OUT),
    "tables": ("export", "tables", *OUT),
    "journeys": ("export", "journeys", *OUT),
    "report": ("export", "report", *OUT),
    "video": ("export", "video", "--out", "out.mp4", "--camera", "cam1", "--footage", "footage"),
}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(open_store(str(tmp_path / "lake")))
    claim(lake.store, "north")
    return lake


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS.keys())
def test_commands_refuse_another_sites_file(
    lake: Lake, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 2, with the file, the field and both names."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "footage" / "cam1").mkdir(parents=True)
    site = tmp_path / "south.yaml"
    site.write_text("site_id: south\ncameras: [{camera_id: cam1, width_px: 64, height_px: 48}]\n")
    code, out, err = command(*words, "--lake", lake.store.location, "--site", str(site))
    assert (code, out) == (2, "")
    assert f"{site}: site_id: expected north, whose lake this is, got south" in err


def test_its_own_site_or_nobodys_lake_is_fine_and_a_guess_is_told(lake: Lake, tmp_path: Path) -> None:
    """A lake that nobody has claimed takes any site; where no file was given, the option is named."""
    north, south = (Site(site_id=name, cameras=(Camera(camera_id="cam1"),)) for name in ("north", "south"))
    check_owner(lake, north, tmp_path / "site.yaml")
    check_owner(Lake(open_store(str(tmp_path / "new"))), south, tmp_path / "site.yaml")
    with pytest.raises(ConfigError, match="--site: expected the site file of north, whose lake this is, got none"):
        check_owner(lake, south, None)
