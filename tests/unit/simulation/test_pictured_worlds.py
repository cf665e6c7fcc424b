"""Worlds whose people look as a network sees people in pictures."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analytics.linking.gathering import CameraTables, gather
from analytics.simulation.appearance import Pictures
from analytics.simulation.tables import SimulatedTables, simulate_tables
from analytics.simulation.world import World

PEOPLE, CAMERAS, TAKEN, WIDTH = 12, 4, 3, 32


@pytest.fixture(scope="module")
def pictures() -> Pictures:
    random = np.random.default_rng(5)
    each = random.normal(size=(PEOPLE, 1, 1, WIDTH)) + 0.3 * random.normal(size=(PEOPLE, CAMERAS, TAKEN, WIDTH))
    return Pictures((each / np.linalg.norm(each, axis=3, keepdims=True)).astype(np.float32))


def world(**parameters: Any) -> World:
    small = {"people_per_night": 8, "cameras": 3, "hours": 0.3, "dimension": WIDTH, "vectors_per_tracklet": 4}
    return World(seed=3, **{**small, "reid_noise": 0.05, "uniform_share": 0.0, "switched_share": 0.0, **parameters})


def likeness(made: SimulatedTables) -> tuple[np.ndarray, np.ndarray]:
    """Return the cosine of each two vectors, and whether they are of one person."""
    seen = gather([CameraTables(made.tracklets, made.track_points, made.boundary_points, (made.embeddings,))])
    truth = made.truth.identities
    person = dict(zip(truth["tracklet_id"].to_pylist(), truth["person_id"].to_pylist(), strict=True))
    people = np.array([person[name] for name in seen.tracklets["tracklet_id"].to_pylist()])
    own, vectors = np.unique(people, return_inverse=True)[1][seen.owner], seen.vectors
    upper = np.triu_indices(len(own), 1)
    return (vectors @ vectors.T)[upper], (own[:, None] == own)[upper]


def test_people_look_like_their_pictures(pictures: Pictures) -> None:
    """Vectors are of unit length, near one of the pictures, and alike for one person alone, as the pictures are."""
    made = simulate_tables(world(), pictures)
    vectors = np.array(made.embeddings["vector"].to_pylist(), np.float64)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=2e-3)
    nearest = (vectors @ pictures.vectors.reshape(-1, WIDTH).T).max(axis=1)
    assert np.median(nearest) > 0.97
    cosine, is_same = likeness(made)
    assert np.percentile(cosine[is_same], 5) > np.percentile(cosine[~is_same], 95)


def test_the_same_pictures_give_the_same_tables(pictures: Pictures) -> None:
    """Byte for byte; other pictures give other vectors and the same walks."""
    made, again = simulate_tables(world(), pictures), simulate_tables(world(), pictures)
    assert made.embeddings.equals(again.embeddings)
    other = simulate_tables(world(), replace(pictures, vectors=-pictures.vectors))
    assert other.tracklets.equals(made.tracklets)
    assert not other.embeddings.equals(made.embeddings)


def test_people_in_uniform_are_hard_to_tell_apart(pictures: Pictures) -> None:
    """Two in uniform are nearly as alike as one person is; two in their own clothes are not."""
    cosine, is_same = likeness(simulate_tables(world(uniform_share=1.0), pictures))
    plain, is_same_plain = likeness(simulate_tables(world(), pictures))
    assert np.median(cosine[~is_same]) > 0.6
    assert np.median(plain[~is_same_plain]) < 0.3
    assert np.median(cosine[is_same]) > np.median(cosine[~is_same])


@pytest.mark.parametrize("parameters", [{"people_per_night": PEOPLE}, {"cameras": 5}, {"dimension": 16}])
def test_more_than_there_are_pictures_of_is_refused(pictures: Pictures, parameters: dict[str, int]) -> None:
    """The error says what the world needs and what there is; one more person is needed for the uniform."""
    with pytest.raises(ValueError, match="expected pictures of"):
        simulate_tables(world(**parameters), pictures)
