"""RF-DETR with weights drawn at random: its plumbing, not its accuracy. Needs the extra `crosscam[rfdetr]`."""

import importlib.util
import sys
import warnings

import numpy as np
import pytest

from analytics.errors import ModelError
from analytics.perception import plugins
from analytics.perception.detectors import rfdetr as plugin
from analytics.perception.frame import Frame
from analytics.perception.models import ModelFolder
from analytics.perception.plugins import Detector, Workplace

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("rfdetr") is None, reason="crosscam[rfdetr] is not installed"),
    pytest.mark.filterwarnings("ignore"),  # the package's own, at import and at every call
]
CLASSES = ["person", "car", "dog"]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> ModelFolder:
    """A model folder with the smallest network, of three classes, untrained."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import rfdetr
        import torch

        torch.manual_seed(0)
        network = rfdetr.RFDETRNano(pretrain_weights=None, device="cpu", num_classes=len(CLASSES))
        folder = tmp_path_factory.mktemp("models")
        args = {"class_names": CLASSES, "num_classes": len(CLASSES)}
        torch.save({"model": network.model.model.state_dict(), "args": args}, folder / "random.pth")
        (folder / "rf-detr-nano.pth").write_bytes(b"not a zip archive")
    return ModelFolder(folder, folder / "cache")


@pytest.fixture(scope="module")
def detector(models: ModelFolder) -> Detector:
    params = {"model": "random.pth", "class_names": ("dog", "person"), "min_score": 0.001}
    return plugins.build_detector("rfdetr", params, Workplace(models))


def frames(count: int) -> list[Frame]:
    rng = np.random.default_rng(3)
    return [Frame("cam1", n * 100_000, rng.integers(0, 256, (120, 200, 3), np.uint8)) for n in range(count)]


def test_boxes_are_inside_the_image_and_sorted(detector: Detector) -> None:
    """Falling scores, boxes with area in pixels of the original frame, and only the classes asked for."""
    for found in detector.detect(frames(2)):
        assert len(found) > 10
        assert set(found.class_nos.tolist()) == {0, 1}
        assert (np.diff(found.scores) <= 0).all()
        assert found.scores.min() >= 0.001
        assert (found.boxes >= 0).all()
        assert (found.boxes <= [200, 120, 200, 120]).all()
        assert (found.boxes[:, :2] < found.boxes[:, 2:]).all()
        assert found.boxes[:, 2].max() > 120  # not squeezed into the network's square


def test_a_frame_answers_alike_in_any_company(detector: Detector) -> None:
    """Alone, with another, and again: the same boxes; no frames, no answers."""
    first, second = frames(2)
    alone = detector.detect([first])[0]
    assert detector.detect([]) == []
    for found in (detector.detect([second, first])[1], detector.detect([first])[0]):
        assert len(found) == pytest.approx(len(alone), abs=2)  # a score on the threshold may fall on either side
        assert found.scores[:20] == pytest.approx(alone.scores[:20], abs=1e-4)


def test_frames_are_turned_to_rgb_once(detector: Detector) -> None:
    """The scores are those of the bare network for the picture in RGB."""
    import torch

    frame = frames(1)[0]
    given = detector.detect([frame])[0].scores[:20]
    network = detector.network
    with torch.inference_mode():
        expected = network.predict(np.ascontiguousarray(frame.pixels[..., ::-1]), threshold=0.001)
    wanted = np.sort(expected.confidence[np.isin(expected.data["class_name"], ["dog", "person"])])[::-1][:20]
    assert given == pytest.approx(wanted, abs=1e-5)


def test_an_unknown_class_is_refused(models: ModelFolder) -> None:
    """The known ones are listed."""
    with pytest.raises(ModelError, match="does not know the class cow; it knows person, car, dog"):
        plugins.build_detector("rfdetr", {"model": "random.pth", "class_names": ["cow"]}, Workplace(models))


def test_weights_of_another_size_are_refused(models: ModelFolder) -> None:
    """The package would load what fits and leave the rest at random."""
    with pytest.raises(ModelError, match="does not hold the weights of RF-DETR small"):
        plugins.build_detector("rfdetr", {"model": "random.pth", "size": "small"}, Workplace(models))


def test_an_unreadable_file_is_refused_and_not_replaced(models: ModelFolder) -> None:
    """Under a published name the package would download its own in its place."""
    with pytest.raises(ModelError, match="is no file of RF-DETR weights"):
        plugins.build_detector("rfdetr", {"model": "rf-detr-nano.pth"}, Workplace(models))
    assert models.find("rf-detr-nano.pth").path.read_bytes() == b"not a zip archive"


def test_missing_weights_are_never_downloaded(models: ModelFolder) -> None:
    """The model folder is the only source."""
    with pytest.raises(ModelError, match=r"rf-detr-small\.pth is not in the model folder"):
        plugins.build_detector("rfdetr", {"model": "rf-detr-small.pth"}, Workplace(models))


def test_without_the_package_the_extra_is_named(models: ModelFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message has the command that installs it."""
    monkeypatch.setitem(sys.modules, "rfdetr", None)
    with pytest.raises(ModelError, match=r"pip install 'crosscam\[rfdetr\]'"):
        plugin.build(plugin.Params(model="random.pth"), Workplace(models))
