"""Rank-k and mean average precision against their definitions written out, and on real crops."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.evaluation.retrieval import normalised_by_camera, score_retrieval
from analytics.geometry import FloatArray, IntArray
from analytics.perception import plugins
from analytics.perception.embedders._vectors import unit_rows
from analytics.perception.frame import Crop
from analytics.perception.models import ModelFolder
from analytics.perception.plugins import Workplace


def scores_by_definition(vectors: FloatArray, people: IntArray, cameras: IntArray, ranks: int) -> tuple[list, float]:
    """CMC and mAP with one loop for each sentence of the definition."""
    found_at, precisions = [], []
    for query in range(len(vectors)):
        gallery = [other for other in range(len(vectors)) if cameras[other] != cameras[query]]
        gallery.sort(key=lambda other: -float(vectors[query] @ vectors[other]))
        right = [people[other] == people[query] for other in gallery]
        if not any(right):
            continue
        found_at.append(right.index(True))
        so_far = [sum(right[: place + 1]) / (place + 1) for place in range(len(right)) if right[place]]
        precisions.append(sum(so_far) / len(so_far))
    cmc = [sum(place <= rank for place in found_at) / len(found_at) for rank in range(ranks)]
    return cmc, sum(precisions) / len(precisions)


def random_set(seed: int, count: int, people: int, cameras: int) -> tuple[FloatArray, IntArray, IntArray]:
    rng = np.random.default_rng(seed)
    return unit_rows(rng.normal(size=(count, 4))), rng.integers(0, people, count), rng.integers(0, cameras, count)


@given(st.integers(0, 10_000), st.integers(4, 40), st.integers(1, 6), st.integers(2, 4))
def test_scores_are_those_of_the_definition(seed: int, count: int, people: int, cameras: int) -> None:
    """CMC and mAP of any set in which somebody was seen twice; queries without a match are not counted."""
    vectors, who, where = random_set(seed, count, people, cameras)
    pairs = {(person, camera) for person, camera in zip(who, where, strict=True)}
    if len({person for person, _ in pairs}) == len(pairs):
        with pytest.raises(ValueError, match="two cameras"):
            score_retrieval(vectors, who, where)
        return
    scores = score_retrieval(vectors, who, where, ranks=5, draws=2)
    cmc, mean_ap = scores_by_definition(vectors, who, where, 5)
    assert scores.cmc == pytest.approx(cmc)
    assert scores.mean_ap == pytest.approx(mean_ap)


def test_one_picture_of_each_person_makes_both_curves_the_same() -> None:
    """With nothing to draw, the single-shot figures are those of all shots."""
    rng = np.random.default_rng(3)
    people, cameras = np.tile(np.arange(30), 2), np.repeat([0, 1], 30)
    centres = rng.normal(size=(30, 6))
    vectors = unit_rows(centres[people] + rng.normal(size=(60, 6)))
    scores = score_retrieval(vectors, people, cameras, ranks=10)
    assert 0.1 < scores.rank_1 < 0.9
    assert scores.single_shot_cmc == pytest.approx(scores.cmc)


def test_single_shot_is_the_mean_over_all_galleries() -> None:
    """Two people with two pictures each: the query's rank in each of the four galleries, counted by hand."""
    # cosines to the query, which points along x: own .9 and .5, the other's .7 and .1
    cosines = np.array([1.0, 0.9, 0.5, 0.7, 0.1])
    vectors = np.stack([cosines, np.sqrt(1 - cosines**2)], axis=1)
    people, cameras = np.array([0, 0, 0, 1, 1]), np.array([0, 1, 1, 1, 1])
    # right first unless own .5 stands against the other's .7; only the query and its two pictures are counted as
    # queries, and to those two the other camera shows nobody else
    scores = score_retrieval(vectors, people, cameras, ranks=2, draws=4000)
    assert scores.query_count == 3
    assert scores.single_shot_cmc == pytest.approx([(0.75 + 2) / 3, 1], abs=0.01)


def test_what_a_camera_adds_is_taken_off() -> None:
    """An offset of a camera that hides who is who costs nothing after normalisation; each number has deviation 1."""
    rng = np.random.default_rng(0)
    people, cameras = np.tile(np.arange(40), 2), np.repeat([0, 1], 40)
    own = rng.normal(size=(40, 8))[people] + 0.1 * rng.normal(size=(80, 8))
    offset = np.array([np.zeros(8), np.array([12, -9, 0, 0, 7, 0, 0, 0])])[cameras]
    vectors = unit_rows(own + offset)
    assert score_retrieval(vectors, people, cameras).mean_ap < 0.8
    adapted = normalised_by_camera(vectors, cameras)
    assert score_retrieval(adapted, people, cameras).mean_ap > 0.95
    assert np.linalg.norm(adapted, axis=1) == pytest.approx(1)


def test_a_camera_with_one_picture_gives_no_numbers_out_of_nothing() -> None:
    """Its vector is its own mean: what is left is zero, not infinite."""
    adapted = normalised_by_camera(unit_rows(np.random.default_rng(0).normal(size=(4, 3))), np.array([0, 0, 0, 1]))
    assert np.isfinite(adapted).all()
    assert not adapted[3].any()


def test_arrays_of_different_length_are_refused() -> None:
    """Labels of another set are not scored."""
    vectors, people, cameras = random_set(0, 10, 3, 2)
    with pytest.raises(ValueError, match="9 people"):
        score_retrieval(vectors, people[1:], cameras)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("plugin", "plain", "adapted"),
    [("openvino_reid", (95.9, 88.8), (97.5, 91.0)), ("onnx_reid", (72.5, 59.3), (80.1, 63.5))],
)
def test_known_figures_come_out(
    plugin: str, plain: tuple[float, float], adapted: tuple[float, float], shared: Path, tmp_path: Path
) -> None:
    """Rank-1 and mAP on PKU-Reid as measured before by other code, within a point."""
    import cv2

    folder = shared / "crops" / "pku"
    with (folder / "index.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    people, cameras = (np.array([row[name] for row in rows]) for name in ("person_id", "camera_id"))
    workplace = Workplace(ModelFolder(shared / "models", tmp_path), threads=2)
    crops = [Crop(cv2.imread(str(folder / row["path"]))) for row in rows]
    vectors = plugins.build_embedder(plugin, {}, workplace).embed(crops)
    for found, expected in ((vectors, plain), (normalised_by_camera(vectors, cameras), adapted)):
        scores = score_retrieval(found, people, cameras)
        assert (100 * scores.rank_1, 100 * scores.mean_ap) == pytest.approx(expected, abs=1.0)
