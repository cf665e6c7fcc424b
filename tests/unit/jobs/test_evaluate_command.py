"""`crosscam evaluate`, as a user calls it."""

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from analytics.evaluation.tracking import TRACKING_SCORES
from analytics.lake.lake import Lake
from analytics.lake.store import open_store
from tests.builders.tracks import write_tracks
from tests.builders.video import crossing_scene, instant, write_motchallenge

OFFSETS_US = tuple(range(0, 2_000_000, 100_000))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a lake of perfect tracks and their truth."""
    folder = tmp_path_factory.mktemp("site")
    truth = crossing_scene(people=2, duration_s=2).truth(OFFSETS_US)
    write_motchallenge(folder / "truth" / "cam1.txt", truth, OFFSETS_US)
    write_tracks(
        Lake(open_store(str(folder / "lake"))),
        truth,
        camera_id="cam1",
        starts_at=instant("20260105T090000Z"),
        frame_count=20,
        duration_s=2.0,
    )
    return folder


def crosscam(site: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run `crosscam evaluate` on the site's lake."""
    command = [sys.executable, "-m", "jobs.cli", "evaluate", "--lake", str(site / "lake"), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_table_shows_the_headlines(site: Path) -> None:
    """The table has MOTA, IDF1 and HOTA of each camera and of all, and what is not said is noted beside it."""
    done = crosscam(site, "--truth", str(site / "truth"))
    assert (done.returncode, done.stderr) == (0, "note: the lake has no identities: nothing is said across cameras\n")
    lines = [re.findall(r"[\w.()]+", line) for line in done.stdout.splitlines()]
    assert lines[0][:4] == ["camera", "id", "hota", "mota"]
    assert [line[:4] for line in lines[2:4]] == [
        ["cam1", "1.000", "1.000", "1.000"],
        ["(all)", "1.000", "1.000", "1.000"],
    ]


def test_json_and_csv_have_every_figure(site: Path) -> None:
    """Both machine formats have all columns of the contract, and agree."""
    tables = json.loads(crosscam(site, "--truth", str(site / "truth"), "--format", "json").stdout)
    rows = tables["tracking"]
    assert [tables[name] for name in ("linking", "counts", "calibration")] == [[], [], []]
    text = crosscam(site, "--truth", str(site / "truth"), "--format", "csv").stdout
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [list(row) for row in rows] == [TRACKING_SCORES.schema.names] * 2
    assert [(float(line["mota"]), int(line["truth_boxes"])) for line in lines] == [
        (row["mota"], row["truth_boxes"]) for row in rows
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--truth", "nowhere"], "expected a folder of <camera_id>.txt files, or of a simulated"),
        (["--truth", "TRUTH", "--night", "2026-01-06"], "got that of cam1"),
    ],
)
def test_wrong_options_are_named(site: Path, options: list[str], message: str) -> None:
    """What cannot be evaluated ends with exit code 2, a message, and empty standard output."""
    done = crosscam(site, *[str(site / "truth") if option == "TRUTH" else option for option in options])
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
