"""`crosscam train-reid`, as a user calls it."""

import csv
import io
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders.people_pictures import striped_people, write_people_folder


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a folder for each of 22 people, in three cameras."""
    write_people_folder(tmp_path / "site", striped_people(people=22, cameras=3))
    return tmp_path / "site"


def crosscam(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "jobs.cli", "train-reid", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_folder_for_each_person_becomes_an_exported_network(site: Path, tmp_path: Path) -> None:
    """The figures go to standard output, the talk to standard error, the network into the folder of the run."""
    out = tmp_path / "run"
    done = crosscam(
        str(site), "--out", str(out), "--epochs", "1", "--evaluate", str(site), "--name", "ours", "--format", "csv"
    )
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["set"] for row in rows] == ["held out", "held out, normalised", "site", "site, normalised"]
    assert all(0 <= float(row[name]) <= 1 for row in rows for name in ("rank_1", "mean_ap"))
    assert "66 pictures of 22 people, 3 cameras" in done.stderr
    assert "100.0 %" in done.stderr
    assert {"checkpoint.pt", "ours.xml", "ours.bin", "ours.onnx"} <= {path.name for path in out.iterdir()}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([], "expected one of --minutes and --epochs"),
        (["--minutes", "1", "--epochs", "1"], "expected one of --minutes and --epochs"),
        (["--epochs", "1", "--device", "quantum"], "--device: expected cpu or cuda"),
        (["--epochs", "1", "--evaluate", "nowhere"], "nowhere is none"),
    ],
)
def test_wrong_options_end_with_2(site: Path, tmp_path: Path, options: list[str], says: str) -> None:
    """Nothing was trained, and the message says what was expected."""
    done = crosscam(str(site), "--out", str(tmp_path / "run"), *options)
    assert done.returncode == 2
    assert says in done.stderr
    assert not (tmp_path / "run" / "checkpoint.pt").exists()
