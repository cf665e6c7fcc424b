"""The real clip of PETS, from footage to scores, by the command line alone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

LEAST_MOTA, LEAST_IDF1 = 0.72, 0.65
"""What the default tracker has to reach; the plain YOLO.track loop with BoT-SORT has .700 and .561."""

SETTINGS = """
perception:
  sampling: {analysis_fps: null}
  detector: {name: ultralytics, params: {model: yolo26n-dequant.pt}}
"""


def crosscam(folder: Path, *arguments: str | Path) -> str:
    """Run a command, stop the test when it fails, and return its standard output."""
    command = [sys.executable, "-m", "jobs.cli", *map(str, arguments)]
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache"), "YOLO_OFFLINE": "true"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}", pytrace=False)
    return done.stdout


@pytest.mark.shared
def test_default_tracker_on_pets(shared: Path, tmp_path: Path) -> None:
    """`crosscam run` and `crosscam evaluate` on PETS with YOLO26n at 640 reach the promised MOTA and IDF1."""
    (tmp_path / "settings.yaml").write_text(SETTINGS)
    footage, lake = shared / "footage" / "pets", tmp_path / "lake"
    options = ["--lake", lake, "--settings", tmp_path / "settings.yaml", "--models", shared / "models"]
    crosscam(tmp_path, "run", footage, *options, "--executor", "local")
    truth = shared / "truth" / "pets"
    rows = json.loads(crosscam(tmp_path, "evaluate", "--lake", lake, "--truth", truth, "--format", "json"))["tracking"]
    # the camera, all cameras, and the same with identities instead of tracklets: found ones, and true ones
    assert [row["evaluated_frames"] for row in rows] == [400, 400, 400, 400]
    assert rows[0]["mota"] >= LEAST_MOTA
    assert rows[0]["idf1"] >= LEAST_IDF1
