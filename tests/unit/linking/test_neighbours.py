import numpy as np
import pytest

from analytics.linking.neighbours import Search, chance, nearest, similarities


def unit(count: int, seed: int = 0, width: int = 16) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def at(count: int, step_s: float = 10.0) -> tuple[np.ndarray, np.ndarray]:
    starts = (np.arange(count) * step_s * 1e6).astype(np.int64)
    return starts, starts + 5_000_000


def by_hand(vectors: np.ndarray, count: int) -> np.ndarray:
    cosine = vectors @ vectors.T
    np.fill_diagonal(cosine, -9)
    return np.argsort(-cosine, axis=1, kind="stable")[:, :count]


def test_exact_neighbours_are_the_nearest() -> None:
    """Found in order, without the vector itself, as by computing all similarities."""
    vectors = unit(300)
    found = nearest(vectors, *at(300), Search(7))
    assert (found.method, found.recall) == ("exact", 1.0)
    assert np.array_equal(found.number, by_hand(vectors, 7))
    rows = np.repeat(np.arange(300), 7)
    assert np.array_equal(found.similarity.reshape(-1), similarities(vectors, rows, found.number.reshape(-1)))


def test_within_a_horizon_nobody_near_in_time_is_missed() -> None:
    """Shards of time find, of those within the horizon, all that the whole would have found first."""
    vectors, (starts, ends) = unit(400), at(400)
    horizon = 600_000_000
    found = nearest(vectors, starts, ends, Search(5, horizon_us=horizon))
    assert found.method == "sharded"
    assert 0 < found.recall < 1
    cosine = vectors @ vectors.T
    apart = np.maximum(starts[:, None] - ends, starts[None] - ends[:, None])
    cosine[(apart > horizon) | np.eye(400, dtype=bool)] = -9
    best = cosine.max(axis=1)
    assert (found.similarity[:, 0] >= best - 1e-6).all()


def test_approximate_search_tells_its_recall() -> None:
    """Above the limit an inverted index is asked, and how much it found is measured against an exact sample."""
    vectors = unit(3000)
    found = nearest(vectors, *at(3000), Search(5, approximate_above=1000, probes=8))
    assert found.method == "approximate"
    expected = np.mean([len(np.intersect1d(a, b)) / 5 for a, b in zip(found.number, by_hand(vectors, 5), strict=True)])
    assert found.recall == pytest.approx(expected, abs=0.05)
    assert 0.1 < found.recall < 1


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_fewer_than_asked_for(count: int) -> None:
    """One vector has no neighbour, two have each other."""
    found = nearest(unit(count), *at(count), Search(30))
    assert found.number.shape == (count, max(count - 1, 0))


def test_a_similarity_depends_on_its_two_vectors_alone() -> None:
    """However the pairs are cut into parts, the same bytes come out."""
    vectors = unit(12)
    a, b = np.repeat(np.arange(12), 12), np.tile(np.arange(12), 12)
    whole = similarities(vectors, a, b)
    single = np.array([similarities(vectors, a[i : i + 1], b[i : i + 1])[0] for i in range(len(a))])
    assert whole.tobytes() == single.tobytes()


def test_chance_is_that_of_random_pairs() -> None:
    """Mean and spread of pairs of strangers; few vectors give a figure too."""
    mean, spread = chance(unit(500))
    assert mean == pytest.approx(0, abs=0.02)
    assert spread == pytest.approx(0.25, abs=0.02)
    assert chance(unit(1)) == (0.0, 1.0)


def test_within_a_horizon_those_who_stay_long_meet_everybody() -> None:
    """Who is there all day is compared with all of the day, and nobody who was there with them misses them."""
    vectors, (starts, ends) = unit(400, seed=3), at(400)
    ends[7] = ends[-1]
    found = nearest(vectors, starts, ends, Search(5, horizon_us=300_000_000))
    assert np.array_equal(found.number[7], by_hand(vectors, 5)[7])
    cosine = vectors @ vectors[7]
    for other in np.flatnonzero((starts > starts[7]) & (cosine > found.similarity[:, -1] + 1e-6)):
        assert 7 in found.number[other]
