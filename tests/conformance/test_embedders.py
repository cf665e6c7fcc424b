"""What every embedder promises, over everything in the plug-in folder, with tiny networks and with the real ones."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analytics.evaluation.retrieval import score_retrieval
from analytics.perception import plugins
from analytics.perception.frame import Crop
from analytics.perception.models import ModelFolder
from analytics.perception.plugins import Embedder, Workplace
from tests.builders.networks import write_onnx, write_openvino, write_torch

FEATURES = 64
Make = Callable[..., Embedder]


@dataclass(frozen=True)
class Case:
    """One plug-in with what it needs, and how many crops it can be given in a few seconds."""

    plugin: str
    params: dict[str, Any]
    weights: Callable[[Path], None] | None = None
    is_real: bool = False
    many: int = 10_000


CASES = {
    "colour_histogram": Case("colour_histogram", {}),
    "yolo_features": Case("yolo_features", {"dimension": FEATURES}),
    "openvino_reid-tiny": Case("openvino_reid", {"model": "tiny"}, lambda folder: write_openvino(folder / "tiny.xml")),
    "onnx_reid-tiny": Case("onnx_reid", {"model": "tiny"}, lambda folder: write_onnx(folder / "tiny.onnx")),
    "onnx_reid-of-4": Case("onnx_reid", {"model": "tiny"}, lambda folder: write_onnx(folder / "tiny.onnx", batch=4)),
    "torch_reid-tiny": Case("torch_reid", {"model": "tiny"}, lambda folder: write_torch(folder / "tiny.pt2")),
    # 12 and 2 ms a crop: a leak of one batch's activations (8 MB) shows within some dozens of calls
    "openvino_reid-0277": Case("openvino_reid", {}, is_real=True, many=300),
    "onnx_reid-osnet": Case("onnx_reid", {}, is_real=True, many=1000),
}


@pytest.fixture(params=[pytest.param(n, marks=[pytest.mark.shared] if c.is_real else []) for n, c in CASES.items()])
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@pytest.fixture
def make(case: Case, request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Build a fresh embedder of the case under test, on one thread unless told otherwise."""
    folder = request.getfixturevalue("shared") / "models" if case.is_real else tmp_path
    if case.weights:
        case.weights(folder)
    models = ModelFolder(folder, tmp_path / "cache")
    return lambda threads=1: plugins.build_embedder(case.plugin, case.params, Workplace(models, threads))


def crops(count: int, seed: int = 0, largest_px: int = 300) -> list[Crop]:
    """Pictures of one colour each with some noise, of many sizes, with features."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        height, width = rng.integers(1, largest_px), rng.integers(1, largest_px // 2)
        noise = rng.normal(rng.integers(0, 256, 3), 30, (height, width, 3))
        made.append(Crop(np.clip(noise, 0, 255).astype(np.uint8), rng.normal(size=FEATURES).astype(np.float32)))
    return made


def test_every_embedder_is_under_this_suite() -> None:
    """A new file in the folder must be added to the cases."""
    assert {case.plugin for case in CASES.values()} == set(plugins.names("embedders"))


def test_no_crops_give_no_vectors(make: Make) -> None:
    """The empty list gives a table of no rows and the right width."""
    embedder = make()
    vectors = embedder.embed([])
    assert vectors.shape == (0, embedder.dimension)
    assert vectors.dtype == np.float32


@pytest.mark.parametrize("count", [1, 2, 17])
def test_vectors_are_unit_float32(make: Make, count: int) -> None:
    """Each crop gives one finite vector of length 1."""
    embedder = make()
    vectors = embedder.embed(crops(count))
    assert vectors.shape == (count, embedder.dimension)
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (400, 200)])
@pytest.mark.parametrize("grey", [0, 255])
def test_extreme_crops_give_finite_unit_vectors(make: Make, size: tuple[int, int], grey: int) -> None:
    """A single pixel, a line, a large picture, all black or all white, embed like any other."""
    vectors = make().embed([Crop(np.full((*size, 3), grey, np.uint8), np.zeros(FEATURES, np.float32))])
    assert np.isfinite(vectors).all()
    assert np.linalg.norm(vectors) == pytest.approx(1, abs=1e-5)


def test_different_crops_give_different_vectors_in_their_order(make: Make) -> None:
    """Turning the list round turns the rows round, and rows of different pictures differ."""
    embedder, given = make(), crops(9)
    forward, backward = embedder.embed(given), embedder.embed(given[::-1])
    assert forward == pytest.approx(backward[::-1], abs=1e-5)
    assert np.abs(forward[0] - forward[1:]).max(axis=1).min() > 1e-3


def test_the_batch_does_not_change_a_vector(make: Make) -> None:
    """A crop has the same vector alone, among 17 and after others."""
    embedder, given = make(), crops(17)
    together = embedder.embed(given)
    alone = np.concatenate([embedder.embed([crop]) for crop in given])
    assert (together * alone).sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert together[5:] == pytest.approx(embedder.embed(given[5:]), abs=1e-5)


def test_threads_do_not_change_a_vector(make: Make) -> None:
    """Resources decide how fast, never what comes out."""
    given = crops(11)
    assert (make(threads=1).embed(given) * make(threads=2).embed(given)).sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_two_instances_do_not_disturb_each_other(make: Make) -> None:
    """Calls of two instances in turn give what each gives alone."""
    one, other, batches = make(), make(), [crops(3, seed) for seed in range(4)]
    alone = [one.embed(batch) for batch in batches]
    for batch, expected in zip(batches, alone, strict=True):
        assert np.array_equal(one.embed(batch), expected)
        assert np.array_equal(other.embed(batch), expected)


def test_the_same_crops_give_the_same_bytes(make: Make) -> None:
    """No randomness, and nothing kept from earlier calls."""
    embedder, given = make(), crops(6)
    first = embedder.embed(given).tobytes()
    embedder.embed(crops(5, seed=9))
    assert embedder.embed(given).tobytes() == first
    assert make().embed(given).tobytes() == first


def test_results_of_earlier_calls_stay(make: Make) -> None:
    """A later call does not write over the vectors that an earlier one gave out."""
    embedder = make()
    vectors = embedder.embed(crops(3))
    before = vectors.copy()
    embedder.embed(crops(3, seed=1))
    assert np.array_equal(vectors, before)


def test_the_crops_are_not_changed(make: Make) -> None:
    """Pixels and features are only read."""
    given = crops(4)
    before = [(crop.pixels.copy(), np.copy(crop.features)) for crop in given]
    make().embed(given)
    for crop, (pixels, features) in zip(given, before, strict=True):
        assert np.array_equal(crop.pixels, pixels)
        assert np.array_equal(crop.features, features)


def test_the_digest_is_a_sha256_and_stays(make: Make) -> None:
    """Vectors are compared only with vectors of the same digest, so that it is the same in every process."""
    first, second = make().digest, make(threads=2).digest
    assert first == second
    assert len(first) == 64
    assert set(first) <= set("0123456789abcdef")


def test_memory_does_not_grow(make: Make, case: Case) -> None:
    """After a warm-up, thousands of crops in batches of all sizes leave no more than 24 MB behind."""
    embedder, given = make(), crops(40, largest_px=64)
    sizes = [1, 3, 8, 17, 40]
    for size in sizes * 3:
        embedder.embed(given[:size])
    before, done = resident_mb(), 0
    while done < case.many:
        for size in sizes:
            embedder.embed(given[:size])
            done += size
    assert resident_mb() - before < 24


def resident_mb() -> float:
    status = Path("/proc/self/status")
    if not status.is_file():
        pytest.skip("resident memory is read from /proc")
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


@pytest.mark.shared
@pytest.mark.parametrize(("plugin", "lowest"), [("openvino_reid", 95.0), ("onnx_reid", 70.0), ("colour_histogram", 25)])
def test_people_are_found_in_the_other_camera(plugin: str, lowest: float, shared: Path, tmp_path: Path) -> None:
    """Rank-1 on PKU-Reid, other camera only: a wrong colour order or scale would cost tens of points."""
    import cv2

    folder = shared / "crops" / "pku"
    with (folder / "index.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    people, cameras = (np.array([row[name] for row in rows]) for name in ("person_id", "camera_id"))
    given = [Crop(cv2.imread(str(folder / row["path"]))) for row in rows]
    workplace = Workplace(ModelFolder(shared / "models", tmp_path), threads=2)
    vectors = plugins.build_embedder(plugin, {}, workplace).embed(given)
    assert 100 * score_retrieval(vectors, people, cameras).rank_1 >= lowest
