"""Heads that answer one to many (YOLO11, YOLOv8), with weights drawn at random: no download, no shared files."""

from pathlib import Path

import numpy as np
import pytest

from analytics.perception.frame import Frame
from analytics.perception.models import ModelFolder
from analytics.perception.plugins import Workplace, build_detector
from tests.builders.perception import STARTS_AT
from tests.builders.video import crossing_scene

CLASSES = tuple(f"kind{number}" for number in range(80))


@pytest.fixture(scope="module")
def frame() -> Frame:
    """A picture that no detector has to pad."""
    return Frame("cam1", STARTS_AT, crossing_scene(people=4, seed=2, width_px=320, height_px=256).draw(1.0))


def write_random(path: Path, architecture: str, frame: Frame, spread: float = 1.0) -> None:
    """Write weights that find dozens of objects in the frame, with scores that differ."""
    from analytics.perception._ultralytics import quiet_ultralytics

    quiet_ultralytics()
    import torch
    from ultralytics import YOLO

    torch.manual_seed(1)
    yolo = YOLO(f"{architecture}.yaml")
    network = yolo.model
    norms = [layer for layer in network.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
    picture = torch.from_numpy(np.array(frame.pixels)).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad():
        for layer in norms:  # one frame's statistics, so that signals neither die nor explode on the way
            layer.momentum = 1.0
        network.train()
        network(picture)
        network.eval()
        for branch in network.model[-1].cv3:
            branch[-1].bias.fill_(-8.0 * spread)
            branch[-1].weight.mul_(spread)
    network.names = dict(enumerate(CLASSES))
    yolo.save(str(path))


@pytest.mark.parametrize(("architecture", "spread"), [("yolo11n", 0.3), ("yolov8n", 1.0)])
def test_suppression_is_that_of_ultralytics(tmp_path: Path, architecture: str, spread: float, frame: Frame) -> None:
    """Exported to OpenVINO, the same boxes, scores and classes as `YOLO.predict`: none is lost in a crowd."""
    write_random(tmp_path / "own.pt", architecture, frame, spread)
    place = Workplace(ModelFolder(tmp_path, tmp_path / "cache"))
    params = {"model": "own.pt", "image_size_px": 320, "min_score": 0.1, "max_iou": 0.5, "class_names": CLASSES}
    (ours,) = build_detector("ultralytics", {**params, "precision": "f32"}, place).detect([frame])
    (theirs,) = build_detector("ultralytics", {**params, "runtime": "predictor"}, place).detect([frame])
    assert len(ours) == len(theirs) > 50
    for box, score, class_no in zip(theirs.boxes, theirs.scores, theirs.class_nos, strict=True):
        is_same = (np.abs(ours.boxes - box).max(axis=1) < 0.1) & (np.abs(ours.scores - score) < 1e-3)
        assert (is_same & (ours.class_nos == class_no)).any()


def test_each_request_has_an_export_of_its_own(tmp_path: Path, frame: Frame) -> None:
    """However long the list of classes: features that are asked for later are there, and a smaller frame works too."""
    write_random(tmp_path / "own.pt", "yolo11n", frame)
    place = Workplace(ModelFolder(tmp_path, tmp_path / "cache"))
    params = {"model": "own.pt", "image_size_px": 64, "class_names": CLASSES, "precision": "f32"}
    (without,) = build_detector("ultralytics", params, place).detect([frame])
    (found,) = build_detector("ultralytics", {**params, "object_features": True}, place).detect([frame])
    assert without.features is None
    assert found.features is not None
    assert found.features.shape == (len(found), 64)
    assert 0 < len(found) <= 84  # 64 x 64 px has 84 anchors, fewer than the candidates that are asked for
    assert np.array_equal(found.boxes, without.boxes)
