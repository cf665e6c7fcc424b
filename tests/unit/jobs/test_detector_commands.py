"""`crosscam train-detector` and `evaluate-detector`, as a user calls them."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from analytics.training.detector_export import export_detector
from tests.builders.people_frames import write_people_frames
from tests.builders.random_detector import write_random_detector
from tests.builders.scenes import crossing_scene


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_people_frames(tmp_path_factory.mktemp("people"), {"train": 8, "val": 3})


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder with a detector that finds objects at random, exported."""
    folder = tmp_path_factory.mktemp("models")
    picture = crossing_scene(people=4, seed=2, width_px=320, height_px=256).draw(1.0)
    write_random_detector(folder / "random.pt", picture)
    export_detector(folder / "random.pt", folder, "ours", [picture])
    return folder


def crosscam(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "jobs.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_training_needs_an_end(people: Path, tmp_path: Path) -> None:
    """Neither or both of minutes and epochs is a mistake, and so is a size that no grid fits; nothing runs."""
    for ends in ((), ("--minutes", "1", "--epochs", "1")):
        done = crosscam("train-detector", people, "--out", tmp_path / "run", *ends)
        assert done.returncode == 2
        assert "expected one of --minutes and --epochs" in done.stderr
    done = crosscam("train-detector", people, "--out", tmp_path / "run", "--epochs", "1", "--image-size", "500")
    assert done.returncode == 2
    assert "multiple of 32" in done.stderr
    assert not (tmp_path / "run").exists()


def test_what_is_evaluated_must_be_said(people: Path, tmp_path: Path) -> None:
    """Frames, or a lake with truth; not both, not neither."""
    for arguments in ((), (people, "--lake", tmp_path, "--truth", tmp_path), ("--lake", tmp_path)):
        done = crosscam("evaluate-detector", *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert "expected a data set, or --lake and --truth" in done.stderr


def test_a_data_set_needs_a_part_to_be_judged_on(models: Path, tmp_path: Path) -> None:
    """What a network was trained on says nothing of it, unless it is asked for."""
    only_train = write_people_frames(tmp_path, {"train": 1})
    done = crosscam("evaluate-detector", only_train, "--models", models, "--params", '{"model": "ours.xml"}')
    assert done.returncode == 2
    assert "expected a split besides train" in done.stderr


@pytest.mark.parametrize(("params", "message"), [("[1]", "expected an object"), ("{", "expected JSON")])
def test_parameters_must_be_json(people: Path, params: str, message: str) -> None:
    """The message says what was found."""
    done = crosscam("evaluate-detector", people, "--params", params)
    assert done.returncode == 2
    assert message in done.stderr


def test_a_detector_is_judged_on_frames(people: Path, models: Path) -> None:
    """Every split but train, in all formats; a random detector finds nobody where it has to overlap."""
    params = '{"model": "ours.xml", "image_size_px": 320}'
    judge = ("evaluate-detector", people, "--models", models, "--params", params)
    table, text, rows = (crosscam(*judge, *form) for form in ((), ("--format", "csv"), ("--format", "json")))
    assert [done.returncode for done in (table, text, rows)] == [0, 0, 0]
    (row,) = json.loads(rows.stdout)
    assert (row["judged_on"], row["detections"] > 0) == ("val", True)
    assert 0 < row["people"] <= 12
    assert row["average_precision"] < 0.2
    (same,) = csv.DictReader(io.StringIO(text.stdout))
    assert float(same["average_precision"]) == row["average_precision"]
    assert f"{row['average_precision']:.3f}" in table.stdout
    tall = crosscam(*judge, "--min-height", "1000", "--split", "train", "--split", "val", "--format", "json")
    assert [row["people"] for row in json.loads(tall.stdout)] == [0, 0, 0]
