"""The nearest vectors of each vector: exact by default, within a horizon of time, on a GPU when there is one.

The only module of linking that knows FAISS. Each thread searches stretches of its own, and similarities are computed
again by `similarities`, in one fixed order, so that how the work was shared out changes nothing.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.geometry import FloatArray, IntArray
from analytics.linking.pairwise import nearest_of_all
from analytics.linking.stretches import each_stretch

_PAIRS_AT_ONCE, _ROWS_AT_ONCE, _QUERIES_AT_ONCE = 100_000, 4096, 4096
_RECALL_SAMPLE = 1000
_LIST = 128  # vectors of each list of the inverted index: what is searched for one does not grow with the others


@dataclass(frozen=True, slots=True)
class Search:
    """How neighbours are looked for.

    Attributes:
        count: neighbours of each vector, >= 1.
        horizon_us: longest time between two spans that are compared; None: any.
        approximate_above: number of vectors from which an inverted index is searched in part.
        probes: lists of the inverted index that are searched for each vector.
    """

    count: int = 30
    horizon_us: int | None = None
    approximate_above: int = 2_000_000
    probes: int = 64


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The nearest others of each of n vectors, the nearest first.

    Attributes:
        number: (n, k) vectors; -1 where there are fewer.
        similarity: (n, k) cosine; -inf where there are fewer.
        method: how they were found: exact, sharded or approximate.
        recall: share of the exact neighbours (of the whole window) that were found, of a sample; 1 where exact.
    """

    number: IntArray
    similarity: FloatArray
    method: str
    recall: float


def nearest(vectors: FloatArray, starts_at: IntArray, ends_at: IntArray, search: Search) -> Neighbours:
    """Find the nearest others of each vector.

    Args:
        vectors: (n, d) float32 of length 1.
        starts_at: (n,) first instant of each, microseconds.
        ends_at: (n,) last instant of each.
        search: how to look.
    """
    count = min(search.count, max(len(vectors) - 1, 0))
    if count == 0:
        return Neighbours(np.zeros((len(vectors), 0), np.int64), np.zeros((len(vectors), 0), np.float32), "exact", 1.0)
    vectors = np.ascontiguousarray(vectors, np.float32)
    span = int(ends_at.max() - starts_at.min())
    if len(vectors) > search.approximate_above:
        found, method = _approximate(vectors, count, search.probes), "approximate"
    elif search.horizon_us is not None and span > 2 * search.horizon_us:
        found, method = _sharded(vectors, starts_at, ends_at, count + 1, search.horizon_us), "sharded"
    else:
        found, method = _all(vectors, count + 1), "exact"
    number, similarity = _ordered(vectors, found, count)
    recall = 1.0 if method == "exact" else _recall(vectors, number)
    return Neighbours(number, similarity, method, recall)


def similarities(vectors: FloatArray, a: IntArray, b: IntArray) -> FloatArray:
    """Return (e,) float32 inner products of rows a and b; each depends on its two rows alone."""
    parts = each_stretch(lambda some: _products(vectors, a[some], b[some]), len(a), _PAIRS_AT_ONCE)
    return np.concatenate([np.zeros(0, np.float32), *parts])


def chance(vectors: FloatArray, most: int = 20_000) -> tuple[float, float]:
    """Return mean and standard deviation of the cosine of pairs taken at even steps: nearly all are two people."""
    count = len(vectors)
    numbers = np.arange(min(most, 8 * count))
    a = numbers % count
    b = (a + 1 + (numbers * 7919) % max(count - 1, 1)) % count
    cosine = similarities(vectors, a, b)[a != b]
    return (float(cosine.mean()), max(float(cosine.std()), 0.02)) if len(cosine) else (0.0, 1.0)


def _all(vectors: FloatArray, count: int) -> IntArray:
    import faiss

    if faiss.get_num_gpus():
        return np.asarray(_on_gpus(vectors).search(vectors, count)[1], np.int64)
    return nearest_of_all(vectors, count)


def _exact(queries: FloatArray, base: FloatArray, count: int) -> IntArray:
    """Return the (n, k) numbers of the highest inner products, the highest first."""
    return np.concatenate(
        each_stretch(lambda some: _of_stretch(queries[some], base, count), len(queries), _QUERIES_AT_ONCE)
    )


def _of_stretch(queries: FloatArray, base: FloatArray, count: int) -> IntArray:
    import faiss

    count = min(count, len(base))
    if faiss.get_num_gpus():
        return np.asarray(_on_gpus(base).search(queries, count)[1], np.int64)
    faiss.omp_set_num_threads(1)  # of the threads that this one would start
    return np.asarray(faiss.knn(queries, base, count, faiss.METRIC_INNER_PRODUCT)[1], np.int64)


def _on_gpus(base: FloatArray) -> Any:
    import faiss

    index = faiss.index_cpu_to_all_gpus(faiss.IndexFlatIP(base.shape[1]))
    index.add(base)
    return index


def _sharded(vectors: FloatArray, starts_at: IntArray, ends_at: IntArray, count: int, horizon_us: int) -> IntArray:
    """Search those who appear in one stretch of time among those that are there within the horizon of them."""
    numbers = np.full((len(vectors), count), -1, np.int64)
    by_start = np.argsort(starts_at, kind="stable")
    starts = starts_at[by_start]
    longest = int((ends_at - starts_at).max())
    shards = np.flatnonzero(np.diff((starts - starts[0]) // max(horizon_us // 2, 1), prepend=-1))
    bounds = np.append(shards, len(starts))

    def search(shard: slice) -> None:
        asking = by_start[bounds[shard.start] : bounds[shard.stop]]
        begins = int(starts_at[asking[0]]) - horizon_us
        # who stays long is asked for apart, so as to widen nobody else's search
        is_long = ends_at[asking] > starts_at[asking[-1]] + horizon_us
        for own in (asking[~is_long], asking[is_long]):
            if len(own):
                low = np.searchsorted(starts, begins - longest, side="left")
                high = np.searchsorted(starts, ends_at[own].max() + horizon_us, side="right")
                base = by_start[low:high]
                base = np.sort(base[ends_at[base] >= begins])
                found = base[_of_stretch(vectors[own], vectors[base], count)]
                numbers[own, : found.shape[1]] = found

    each_stretch(search, len(shards), 1)
    return numbers


def _approximate(vectors: FloatArray, count: int, probes: int) -> IntArray:
    import faiss

    lists = max(len(vectors) // _LIST, 1)
    index: Any = faiss.IndexIVFFlat(
        faiss.IndexFlatIP(vectors.shape[1]), vectors.shape[1], lists, faiss.METRIC_INNER_PRODUCT
    )
    index.nprobe = min(probes, lists)

    def fill(everything: slice) -> None:
        faiss.omp_set_num_threads(1)
        index.train(vectors[:: max(len(vectors) // (40 * lists), 1)])
        index.add(vectors[everything])

    def search(some: slice) -> IntArray:
        faiss.omp_set_num_threads(1)
        return np.asarray(index.search(vectors[some], count + 1)[1], np.int64)

    each_stretch(fill, len(vectors), len(vectors))
    return np.concatenate(each_stretch(search, len(vectors), _QUERIES_AT_ONCE))


def _ordered(vectors: FloatArray, found: IntArray, count: int) -> tuple[IntArray, FloatArray]:
    """Drop each vector itself and what was found twice, and sort by similarity; of equals the smaller number first."""

    def sort(some: slice) -> tuple[IntArray, FloatArray]:
        part, own = np.sort(found[some], axis=1), np.arange(some.start, some.stop)
        is_void = (part < 0) | (part == own[:, None])
        is_void[:, 1:] |= part[:, 1:] == part[:, :-1]
        cosine = _products(vectors, np.repeat(own, part.shape[1]), np.maximum(part.reshape(-1), 0)).reshape(part.shape)
        cosine[is_void] = -np.inf
        order = np.argsort(-cosine, axis=1, kind="stable")[:, :count]
        cosine = np.take_along_axis(cosine, order, axis=1)
        return np.where(np.isfinite(cosine), np.take_along_axis(part, order, axis=1), -1), cosine

    number, similarity = zip(*each_stretch(sort, len(found), _ROWS_AT_ONCE), strict=True)
    return np.concatenate(number), np.concatenate(similarity)


def _products(vectors: FloatArray, a: IntArray, b: IntArray) -> FloatArray:
    products: FloatArray = np.einsum("ij,ij->i", vectors[a], vectors[b])
    return products.astype(np.float32)


def _recall(vectors: FloatArray, number: IntArray) -> float:
    sample: IntArray = np.unique(np.linspace(0, len(vectors) - 1, min(_RECALL_SAMPLE, len(vectors))).astype(np.int64))
    count = number.shape[1]
    exact = _exact(vectors[sample], vectors, count + 1)
    is_other = exact != sample[:, None]
    hits = sum(
        len(np.intersect1d(row[keep][:count], mine))
        for row, keep, mine in zip(exact, is_other, number[sample], strict=True)
    )
    return float(hits / (len(sample) * count))
