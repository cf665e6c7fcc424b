"""How well vectors find a person again in other cameras: CMC (Rank-k) and mean average precision.

Every picture is a query. Its gallery is what other cameras saw; pictures of its own camera are left out altogether,
since on a site they share light and background. A query whose person no other camera saw is not counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analytics.geometry import BoolArray, FloatArray, IntArray

_QUERIES_AT_ONCE = 512


@dataclass(frozen=True, slots=True, eq=False)
class RetrievalScores:
    """Figures of one set of vectors.

    Attributes:
        cmc: (r,) share of queries with the right person among the first 1, 2 ... r of the whole gallery (all shots).
        single_shot_cmc: (r,) the same against one picture of each person, drawn anew for each query, mean over draws.
        mean_ap: mean over the queries of the average precision, the mean of the precision at each right picture.
        query_count: queries that were counted.
    """

    cmc: FloatArray
    single_shot_cmc: FloatArray
    mean_ap: float
    query_count: int

    @property
    def rank_1(self) -> float:
        """Share of queries whose nearest picture shows the right person."""
        return float(self.cmc[0])


@dataclass(frozen=True, slots=True, eq=False)
class Queries:
    """What each query found.

    Attributes:
        query: (q,) rows of the queries that were counted, rising.
        place: (q,) places, from 0, of the first right picture in the whole gallery.
        average_precision: (q,) of each, in (0, 1].
        single_shot_place: (q, draws) places, from 0, of the right person's picture in galleries of one for each person.
    """

    query: IntArray
    place: IntArray
    average_precision: FloatArray
    single_shot_place: IntArray


def score_retrieval(
    vectors: FloatArray, people: IntArray, cameras: IntArray, *, ranks: int = 20, draws: int = 10, seed: int = 0
) -> RetrievalScores:
    """Score vectors by cosine.

    Args:
        vectors: (n, d) of length 1.
        people: (n,) person of each; any values that compare.
        cameras: (n,) camera of each.
        ranks: length of the CMC curves, at least 1.
        draws: galleries drawn for each query in the single-shot figures, at least 1.
        seed: of the draws.

    Raises:
        ValueError: the arrays differ in length, or no query has its person in another camera.
    """
    found = judge_queries(vectors, people, cameras, draws=draws, seed=seed)
    return RetrievalScores(
        cumulative_matches(found.place, ranks),
        cumulative_matches(found.single_shot_place, ranks),
        float(found.average_precision.mean()),
        len(found.query),
    )


def judge_queries(
    vectors: FloatArray, people: IntArray, cameras: IntArray, *, draws: int = 10, seed: int = 0
) -> Queries:
    """Tell what each query found; arguments and errors as in `score_retrieval`."""
    if not len(vectors) == len(people) == len(cameras):
        raise ValueError(f"{len(vectors)} vectors, {len(people)} people and {len(cameras)} cameras")
    _, numbers = np.unique(people, return_inverse=True)
    rng = np.random.default_rng(seed)
    found: list[tuple[int, int, float, IntArray]] = []
    for query, order in _ranked(vectors, cameras):
        hits = numbers[order] == numbers[query]
        if not hits.any():
            continue
        places = np.flatnonzero(hits)
        precision = float(np.mean(np.arange(1, len(places) + 1) / (places + 1)))
        found.append((query, int(places[0]), precision, _single_shot_places(numbers[order], hits, draws, rng)))
    if not found:
        raise ValueError("no person was seen in two cameras")
    queries, first, precisions, single = zip(*found, strict=True)
    return Queries(np.array(queries), np.array(first), np.array(precisions), np.stack(single))


def cumulative_matches(places: IntArray, ranks: int) -> FloatArray:
    """Return the (ranks,) shares of places, from 0, that are among the first 1, 2 ... (the CMC curve)."""
    counts = np.bincount(np.minimum(places.reshape(-1), ranks), minlength=ranks + 1)[:ranks]
    return np.cumsum(counts) / places.size


def ranked_gallery(vectors: FloatArray, cameras: IntArray, query: int) -> IntArray:
    """Return the rows of other cameras' pictures, the most alike first; equals in the order given."""
    others = np.flatnonzero(cameras != cameras[query])
    return others[np.argsort(-(vectors[query] @ vectors[others].T), kind="stable")]


def normalised_by_camera(vectors: FloatArray, cameras: IntArray) -> FloatArray:
    """Take off each camera's mean and deviation, number by number, and scale to length 1 again.

    What a camera adds to all its vectors goes away with it; it takes some tens of people for a camera's mean to be the
    camera's and not theirs. A number that never changes within a camera becomes 0.
    """
    adapted = np.array(vectors, np.float64)
    for camera in np.unique(cameras):
        rows = cameras == camera
        centred = adapted[rows] - adapted[rows].mean(axis=0)
        deviation = centred.std(axis=0)
        adapted[rows] = np.divide(centred, deviation, out=np.zeros_like(centred), where=deviation > 1e-12)
    lengths = np.linalg.norm(adapted, axis=1, keepdims=True)
    unit: FloatArray = np.divide(adapted, lengths, out=np.zeros_like(adapted), where=lengths > 1e-12)
    return unit


def _ranked(vectors: FloatArray, cameras: IntArray) -> Iterator[tuple[int, IntArray]]:
    """Yield each query with the pictures of other cameras, the most alike first; equals in the order given."""
    for start in range(0, len(vectors), _QUERIES_AT_ONCE):
        similarity = vectors[start : start + _QUERIES_AT_ONCE] @ vectors.T
        for row, similar in enumerate(similarity):
            others = np.flatnonzero(cameras != cameras[start + row])
            yield start + row, others[np.argsort(-similar[others], kind="stable")]


def _single_shot_places(ranked: IntArray, hits: BoolArray, draws: int, rng: np.random.Generator) -> IntArray:
    """Return the (draws,) places, from 0, of the right person where each person has one picture drawn at random.

    Args:
        ranked: (m,) person of each gallery picture, the most alike first.
        hits: (m,) where it is the right person.
        draws: how many galleries.
        rng: draws them.
    """
    keys = rng.random((draws, len(ranked)))
    # after sorting by person, then by the random key, each person's first picture is the drawn one
    order = np.argsort(ranked[None] + keys, axis=1)
    is_first = np.diff(ranked[order[0]], prepend=-1) != 0
    drawn = order[:, is_first]
    right = np.take_along_axis(np.broadcast_to(hits, keys.shape), drawn, axis=1)
    own = drawn[right][:, None]
    places: IntArray = (drawn < own).sum(axis=1)
    return places
