"""What single embedders do beyond the common promises: pixel scaling, shapes, and what they refuse."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analytics.errors import ConfigError, ModelError
from analytics.geometry import FloatArray
from analytics.perception import plugins
from analytics.perception.embedders._vectors import resized, unit_rows
from analytics.perception.frame import Crop
from analytics.perception.models import ModelFolder
from analytics.perception.plugins import Embedder, Workplace
from tests.builders.networks import write_onnx, write_openvino, write_torch

BLUE, GREEN, RED = 200, 100, 30


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "models"
    path.mkdir()
    return path


def build(folder: Path, plugin: str, **params: Any) -> Embedder:
    return plugins.build_embedder(plugin, params, Workplace(ModelFolder(folder, folder.parent / "cache")))


def plain(blue: int = BLUE, green: int = GREEN, red: int = RED, height: int = 50, width: int = 20) -> Crop:
    """A crop of one colour."""
    return Crop(np.full((height, width, 3), (blue, green, red), np.uint8))


def unit(*numbers: float) -> FloatArray:
    return np.array(numbers) / np.linalg.norm(numbers)


def test_openvino_networks_are_fed_bgr_bytes(folder: Path) -> None:
    """Open Model Zoo's order and scale: the mean network gives the mean blue, green and red of 0 to 255."""
    write_openvino(folder / "means.xml")
    vector = build(folder, "openvino_reid", model="means", precision="f32").embed([plain()])[0]
    assert vector == pytest.approx(unit(BLUE, GREEN, RED), abs=1e-5)


@pytest.mark.parametrize("plugin", ["onnx_reid", "torch_reid"])
@pytest.mark.parametrize("colour", ["rgb", "bgr"])
def test_networks_are_fed_what_the_settings_say(folder: Path, plugin: str, colour: str) -> None:
    """(pixel * scale - mean) / std in the stated order, against the formula written out."""
    write_onnx(folder / "means.onnx")
    write_torch(folder / "means.pt2")
    model = "means.onnx" if plugin == "onnx_reid" else "means.pt2"
    params: dict[str, Any] = {"scale": 0.01, "mean": (0.5, 0.2, 0.1), "std": (0.5, 2.0, 4.0)}
    vector = build(folder, plugin, model=model, colour=colour, **params).embed([plain()])[0]
    first, last = (RED, BLUE) if colour == "rgb" else (BLUE, RED)
    expected = unit((first * 0.01 - 0.5) / 0.5, (GREEN * 0.01 - 0.2) / 2.0, (last * 0.01 - 0.1) / 4.0)
    assert vector == pytest.approx(expected, abs=1e-5)


def test_the_defaults_are_imagenets(folder: Path) -> None:
    """What torchreid's networks, OSNet among them, were trained on."""
    write_onnx(folder / "means.onnx")
    vector = build(folder, "onnx_reid", model="means").embed([plain()])[0]
    scaled = [(RED / 255 - 0.485) / 0.229, (GREEN / 255 - 0.456) / 0.224, (BLUE / 255 - 0.406) / 0.225]
    assert vector == pytest.approx(unit(*scaled), abs=1e-5)


@pytest.mark.parametrize("count", [1, 3, 4, 5, 9])
def test_a_fixed_batch_is_filled_up(folder: Path, count: int) -> None:
    """A network exported for four pictures at once gives any number of crops the vectors of an open one."""
    write_onnx(folder / "four.onnx", batch=4)
    write_onnx(folder / "open.onnx")
    write_torch(folder / "four.pt2", batch=4)
    given_crops = [plain(blue=20 * n, red=255 - 25 * n) for n in range(count)]
    expected = build(folder, "onnx_reid", model="open").embed(given_crops)
    assert build(folder, "onnx_reid", model="four.onnx").embed(given_crops) == pytest.approx(expected, abs=1e-5)
    assert build(folder, "torch_reid", model="four.pt2").embed(given_crops) == pytest.approx(expected, abs=1e-5)


def test_an_open_size_must_be_stated(folder: Path) -> None:
    """The message names the field; with it the network runs."""
    write_onnx(folder / "open.onnx", height_px=None, width_px=None)
    with pytest.raises(ModelError, match=r"embedder\.params\.height_px"):
        build(folder, "onnx_reid", model="open")
    assert build(folder, "onnx_reid", model="open", height_px=8, width_px=4).embed([plain()]).shape == (1, 3)


def test_a_size_that_contradicts_the_network_is_refused(folder: Path) -> None:
    """A network of 32 rows is not fed 64."""
    write_onnx(folder / "means.onnx")
    with pytest.raises(ModelError, match="takes height_px 32"):
        build(folder, "onnx_reid", model="means", height_px=64)


def test_other_pixels_make_another_digest(folder: Path) -> None:
    """The same weights fed in another colour order give vectors that must not be compared."""
    write_onnx(folder / "means.onnx")
    rgb, bgr = (build(folder, "onnx_reid", model="means", colour=colour).digest for colour in ("rgb", "bgr"))
    more = build(folder, "onnx_reid", model="means", batch=3).digest
    assert rgb != bgr
    assert rgb == more


@pytest.mark.parametrize(
    ("plugin", "file"), [("openvino_reid", "bad.xml"), ("onnx_reid", "bad.onnx"), ("torch_reid", "bad.pt2")]
)
def test_a_damaged_file_is_a_model_error(folder: Path, plugin: str, file: str) -> None:
    """Not the library's own exception, and with the file's name."""
    (folder / file).write_bytes(b"<net>nonsense" * 50)
    with pytest.raises(ModelError, match=file.replace(".", r"\.")):
        build(folder, plugin, model=file)


def test_a_network_of_other_inputs_is_refused(folder: Path) -> None:
    """The message says what a re-identification network looks like."""
    import openvino as ov
    from openvino import opset8

    taken = opset8.parameter([1, 10], np.float32)
    ov.save_model(ov.Model([opset8.relu(taken)], [taken], "other"), str(folder / "other.xml"))
    with pytest.raises(ModelError, match="is no re-identification network"):
        build(folder, "openvino_reid", model="other")


def test_an_output_that_is_not_there_is_refused(folder: Path) -> None:
    """The names that there are, are listed."""
    write_onnx(folder / "means.onnx")
    with pytest.raises(ModelError, match="gives vectors"):
        build(folder, "onnx_reid", model="means", output="logits")


def test_a_network_that_gives_no_numbers_is_a_model_error(folder: Path) -> None:
    """Infinite vectors stop the run instead of filling the lake."""
    write_onnx(folder / "means.onnx")
    embedder = build(folder, "onnx_reid", model="means", scale=1e36, mean=(0, 0, 0), std=(1, 1, 1))
    with pytest.raises(ModelError, match="finite"):
        embedder.embed([plain()])


def test_detector_features_are_scaled_to_length_one() -> None:
    """Nothing else is done to them."""
    embedder = plugins.build_embedder("yolo_features", {"dimension": 2}, Workplace(ModelFolder(None, Path("unused"))))
    crop = Crop(plain().pixels, np.array([3, 4], np.float32))
    assert embedder.embed([crop])[0] == pytest.approx([0.6, 0.8])


@pytest.mark.parametrize(
    ("features", "says"), [(None, "object_features: true"), (np.ones(5, np.float32), "set it to 5")]
)
def test_missing_features_say_what_to_set(features: FloatArray | None, says: str) -> None:
    """A crop without features, or with others than expected, names the setting."""
    embedder = plugins.build_embedder("yolo_features", {"dimension": 2}, Workplace(ModelFolder(None, Path("unused"))))
    with pytest.raises(ConfigError, match=says):
        embedder.embed([Crop(plain().pixels, features)])


def test_colours_from_head_to_foot_count() -> None:
    """A red top over a blue bottom is nearer to itself in another size than to blue over red."""
    embedder = plugins.build_embedder("colour_histogram", {}, Workplace(ModelFolder(None, Path("unused"))))
    person = np.zeros((80, 40, 3), np.uint8)
    person[:40, :, 2], person[40:, :, 0] = 200, 200
    same, turned = np.repeat(person, 2, axis=0), person[::-1]
    first, second, third = embedder.embed([Crop(person), Crop(same), Crop(turned)])
    assert first @ second > 0.95
    assert first @ third < 0.6


def test_colours_at_the_side_count_less() -> None:
    """Another background moves a vector less than other clothes do."""
    embedder = plugins.build_embedder("colour_histogram", {}, Workplace(ModelFolder(None, Path("unused"))))
    person = np.full((80, 40, 3), 90, np.uint8)
    background, clothes = person.copy(), person.copy()
    background[:, :8], background[:, 32:], clothes[:, 12:28] = (0, 0, 200), (0, 0, 200), (0, 0, 200)
    first, second, third = embedder.embed([Crop(person), Crop(background), Crop(clothes)])
    assert first @ second > 0.9
    assert first @ third < first @ second - 0.2


def test_pictures_are_averaged_when_they_shrink() -> None:
    """Every sixth line white, shrunk sixfold, is a sixth of white; linear interpolation reads the black lines only."""
    lines = np.where(np.arange(192) % 6 == 0, 255, 0).astype(np.uint8)
    small = resized(np.broadcast_to(lines[:, None, None], (192, 96, 3)), 16, 32)
    assert small.shape == (32, 16, 3)
    assert np.abs(small - 255 / 6).max() <= 1


@given(arrays(np.float64, st.tuples(st.integers(0, 5), st.integers(2, 6)), elements=st.floats(-1e6, 1e6)))
def test_rows_become_unit_vectors(rows: FloatArray) -> None:
    """Length 1 in the same direction; a row of zeros becomes the vector of equal numbers."""
    unit_vectors = unit_rows(rows)
    assert unit_vectors.dtype == np.float32
    for row, vector in zip(rows, unit_vectors, strict=True):
        length = float(np.linalg.norm(row))
        expected = row / length if length > 1e-11 else np.full(len(row), len(row) ** -0.5)
        if not 1e-13 < length < 1e-11:
            assert vector == pytest.approx(expected, abs=1e-5)
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
