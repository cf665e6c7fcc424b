"""An exported detector answers as its weights do, and says of itself what it is."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from analytics.errors import ModelError
from analytics.geometry import iou
from analytics.perception.detectors.ultralytics import letterbox
from analytics.perception.frame import Detections, Frame
from analytics.perception.models import ModelFolder
from analytics.perception.plugins import Workplace, build_detector
from analytics.training.detector_export import Exported, export_detector
from tests.builders.perception import STARTS_AT
from tests.builders.random_detector import write_random_detector
from tests.builders.scenes import crossing_scene

FRAME = Frame("cam1", STARTS_AT, crossing_scene(people=4, seed=2, width_px=320, height_px=256).draw(1.0))
PICTURES = [letterbox(FRAME.pixels, size)[0] for size in (320, 256)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder with weights that find dozens of objects."""
    folder = tmp_path_factory.mktemp("models")
    write_random_detector(folder / "random.pt", FRAME.pixels)
    return folder


@pytest.fixture(scope="module")
def exported(folder: Path) -> Exported:
    return export_detector(folder / "random.pt", folder, "ours", PICTURES)


def detect(folder: Path, model: str, **params: object) -> Detections:
    place = Workplace(ModelFolder(folder, folder.parent / "cache"))
    asked = {"model": model, "image_size_px": 320, "min_score": 0.1, "precision": "f32", **params}
    (answer,) = build_detector("ultralytics", asked, place).detect([FRAME])
    return answer


def test_exports_answer_as_the_network_does(exported: Exported) -> None:
    """Weights in half precision move boxes and scores hardly at all; many were compared."""
    assert exported.compared > 20
    assert exported.box_difference_px < 0.5
    assert exported.score_difference < 0.01


def test_the_plug_in_runs_the_export_as_the_weights(folder: Path, exported: Exported) -> None:
    """The same boxes, scores and features; a score at the very threshold may fall on either side of it."""
    ours = detect(folder, exported.openvino.name, object_features=True)
    weights = detect(folder, "random.pt", object_features=True, min_score=0.105)
    assert len(weights) > 10
    nearest = iou(weights.boxes, ours.boxes)
    assert nearest.max(axis=1).min() > 0.95
    same = nearest.argmax(axis=1)
    assert ours.scores[same] == pytest.approx(weights.scores, abs=0.01)
    assert ours.features is not None
    assert weights.features is not None
    own = (ours.features[same] * weights.features).sum(axis=1)
    assert np.median(own) > 0.999
    assert own.min() > 0.9  # the random network's coarse levels multiply rounding errors


def test_features_come_only_when_asked_for(folder: Path, exported: Exported) -> None:
    """The export has them always; nobody pays for storing them."""
    assert detect(folder, exported.openvino.name).features is None


def test_the_onnx_file_runs_too(folder: Path, exported: Exported) -> None:
    """Through Ultralytics' own predictor, which a GPU needs; what is sure is found."""
    by_onnx = detect(folder, exported.onnx.name)
    ours = detect(folder, exported.openvino.name)
    sure = ours.boxes[ours.scores > np.median(ours.scores)]
    assert iou(sure, by_onnx.boxes).max(axis=1).min() > 0.9


def test_running_an_export_loads_no_torch(folder: Path, exported: Exported) -> None:
    """A worker starts in a second, and nothing is exported or cached."""
    code = (
        "import sys; from pathlib import Path; from analytics.perception.models import ModelFolder\n"
        "from analytics.perception.plugins import Workplace, build_detector\n"
        "models = ModelFolder(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "build_detector('ultralytics', {'model': 'ours.xml'}, Workplace(models))\n"
        "sys.exit('torch was loaded' if 'torch' in sys.modules else 0)"
    )
    cache = folder.parent / "fresh"
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder), str(cache)], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not (cache / "derived").exists()


@pytest.mark.parametrize(
    ("params", "message"),
    [({"class_names": ["car"]}, "exported for the classes person"), ({"max_detections": 301}, "at most 300 objects")],
)
def test_what_an_export_cannot_do_is_said(
    folder: Path, exported: Exported, params: dict[str, object], message: str
) -> None:
    """Classes and the number of objects are fixed when it is made."""
    with pytest.raises(ModelError, match=message):
        detect(folder, exported.openvino.name, **params)


def test_an_export_that_finds_nobody_is_not_trusted(folder: Path, tmp_path: Path) -> None:
    """Nothing was compared, so nothing was checked."""
    with pytest.raises(ModelError, match="it finds nobody"):
        export_detector(folder / "random.pt", tmp_path, "ours", [])
