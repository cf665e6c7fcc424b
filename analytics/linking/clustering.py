"""Constrained reciprocal agglomeration: pairs that are each other's best partner merge, again and again.

After reciprocal agglomerative clustering (RAC, Sumengen et al., arXiv 2105.11653), with signed log-odds instead of
distances and with rules that no merge may break. Sparse, and the same whatever the order of the edges. No appearance
and no time here: edges say how likely, `feasibility` says what is impossible.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numba import njit

from analytics.geometry import BoolArray, FloatArray, IntArray
from analytics.linking.groups import distinct, joined

Refuse = Callable[[IntArray, IntArray, IntArray], IntArray]
"""Takes (m,) labels of the nodes and (e,), (e,) clusters to merge; returns (e,) codes, 0 where a merge is allowed."""


@dataclass(frozen=True, slots=True)
class Edges:
    """Scored pairs of nodes, a < b, sorted by (a, b), each once.

    Attributes:
        a: (e,) nodes.
        b: (e,) nodes.
        weight: (e,) log-odds that the two are one person, natural logarithm.
    """

    a: IntArray
    b: IntArray
    weight: FloatArray

    def __len__(self) -> int:
        """Return the number of edges."""
        return len(self.a)


@dataclass(frozen=True, slots=True)
class Linkage:
    """How well two clusters fit: (sum of weights + missing * number of pairs without an edge) / pairs ** alpha.

    alpha = 1 with similarities is average linkage; .5 with log-odds lets evidence add up, but not as if all pairs of a
    large cluster were independent (0). Values: research of the linking stage, section 2.4.
    """

    alpha: float = 0.5
    missing: float = -2.0

    def scores(self, weight: FloatArray, count: IntArray, pairs: IntArray) -> FloatArray:
        """Return (e,) scores from the (e,) sums of weights, numbers of edges and numbers of pairs of nodes."""
        return np.asarray((weight + self.missing * (pairs - count)) / pairs.astype(np.float64) ** self.alpha)


@dataclass(frozen=True, slots=True)
class Merges:
    """What was merged, in order.

    Attributes:
        a: (k,) smallest node of one cluster.
        b: (k,) smallest node of the other, a < b; the merged cluster goes on under a.
        score: (k,) the linkage score at which they merged.
        height: (k,) the smallest score on the way to this merge: a cut at a threshold keeps merges above it.
        edge: (k,) number of the heaviest edge between the two.
        weight: (k,) sum of the weights between the two.
        count: (k,) edges between the two.
        pairs: (k,) pairs of nodes between the two.
    """

    a: IntArray
    b: IntArray
    score: FloatArray
    height: FloatArray
    edge: IntArray
    weight: FloatArray
    count: IntArray
    pairs: IntArray

    def __len__(self) -> int:
        """Return the number of merges."""
        return len(self.a)

    def labels(self, node_count: int, threshold: float) -> IntArray:
        """Return (n,) dense labels of the nodes when merges of height > threshold are kept."""
        kept = self.height > threshold
        return joined(node_count, self.a[kept], self.b[kept])


@dataclass(frozen=True, slots=True)
class Refusals:
    """Merges that a rule forbade though both sides were each other's best.

    Attributes:
        edge: (r,) number of the heaviest edge between the two.
        code: (r,) what the rules said.
        score: (r,) the linkage score that they had.
    """

    edge: IntArray
    code: IntArray
    score: FloatArray


@dataclass(frozen=True, slots=True)
class _Bundles:
    """Edges between the clusters of the moment: sums over the edges between their nodes."""

    a: IntArray
    b: IntArray
    weight: FloatArray
    count: IntArray
    heaviest: FloatArray
    edge: IntArray
    is_refused: BoolArray


def agglomerate(
    node_count: int, edges: Edges, refuse: Refuse, linkage: Linkage, threshold: float, is_refused: BoolArray
) -> tuple[Merges, Refusals]:
    """Merge clusters that are each other's best until none scores above a threshold.

    Args:
        node_count: number of nodes, n.
        edges: what is known of pairs; a pair without an edge weighs `linkage.missing`.
        refuse: the rules; a refused pair of clusters stays apart for good.
        linkage: how clusters are scored.
        threshold: merges score above it; equality does not merge.
        is_refused: (e,) edges whose nodes stay apart for good.

    Returns:
        The merges in order, and what was refused. Equal scores are decided by the smaller pair of clusters, so that
        the result depends on nothing but the edges.
    """
    labels, sizes = np.arange(node_count), np.ones(node_count, np.int64)
    reached = np.full(node_count, np.inf)
    bundles = _Bundles(
        edges.a.astype(np.int64),
        edges.b.astype(np.int64),
        edges.weight.astype(np.float64),
        np.ones(len(edges), np.int64),
        edges.weight.astype(np.float64),
        np.arange(len(edges)),
        is_refused.copy(),
    )
    merges: list[Merges] = []
    refusals: list[Refusals] = []
    while len(bundles.a):
        pairs = sizes[bundles.a] * sizes[bundles.b]
        score = linkage.scores(bundles.weight, bundles.count, pairs)
        score[bundles.is_refused] = -np.inf
        best = _best(bundles.a, bundles.b, score, node_count)
        mutual = _mutual(bundles, best, score, threshold)
        if not len(mutual):
            break
        a, b = bundles.a[mutual], bundles.b[mutual]
        codes = refuse(labels, a, b)
        refused, done = mutual[codes != 0], mutual[codes == 0]
        refusals.append(Refusals(bundles.edge[refused], codes[codes != 0], score[refused]))
        bundles.is_refused[refused] = True
        if not len(done):
            continue
        a, b = bundles.a[done], bundles.b[done]
        height = np.minimum(score[done], np.minimum(reached[a], reached[b]))
        merges.append(
            Merges(
                a, b, score[done], height, bundles.edge[done], bundles.weight[done], bundles.count[done], pairs[done]
            )
        )
        reached[a], sizes[a] = height, sizes[a] + sizes[b]
        into = np.arange(node_count)
        into[b] = a
        labels = into[labels]
        bundles = _bundled(bundles, into, node_count)
    return _all_merges(merges), _all_refusals(refusals)


def _mutual(bundles: _Bundles, best: IntArray, score: FloatArray, threshold: float) -> IntArray:
    chosen = distinct(best[best >= 0])
    is_mutual = (best[bundles.a[chosen]] == chosen) & (best[bundles.b[chosen]] == chosen)
    return np.asarray(chosen[is_mutual & (score[chosen] > threshold)])


def _bundled(bundles: _Bundles, into: IntArray, node_count: int) -> _Bundles:
    """Relabel the ends, drop what lies within a cluster now, and add up parallel edges."""
    a, b = into[bundles.a], into[bundles.b]
    low, high = np.minimum(a, b), np.maximum(a, b)
    keys = low * node_count + high
    is_changed = (a != bundles.a) | (b != bundles.b)
    kept, moved = np.flatnonzero(~is_changed), np.flatnonzero(is_changed & (low != high))
    # what did not move is sorted already: only the rest needs sorting, and a merge of two sorted runs is cheap
    moved = moved[np.argsort(keys[moved], kind="stable")]
    order = np.concatenate([kept, moved])
    order = order[np.argsort(keys[order], kind="stable")]
    starts = np.flatnonzero(np.diff(keys[order], prepend=-1))
    if not len(starts):
        return replace(bundles, **{name: getattr(bundles, name)[:0] for name in bundles.__slots__})
    heaviest, edge = _heaviest(bundles.heaviest[order], bundles.edge[order], np.append(starts, len(order)))
    first = order[starts]
    return _Bundles(
        low[first],
        high[first],
        np.add.reduceat(bundles.weight[order], starts),
        np.add.reduceat(bundles.count[order], starts),
        heaviest,
        edge,
        np.logical_or.reduceat(bundles.is_refused[order], starts),
    )


def _best_edges(a: Any, b: Any, score: Any, node_count: int) -> Any:
    """Return for each node the first of its edges of the highest score, -1 where it has none that may merge."""
    best = np.full(node_count, -1, np.int64)
    for edge in range(len(a)):
        if score[edge] == -np.inf:
            continue
        for node in (a[edge], b[edge]):
            if best[node] < 0 or score[edge] > score[best[node]]:
                best[node] = edge
    return best


_best = njit(cache=True)(_best_edges)


def _heaviest_of_runs(weight: Any, edge: Any, offsets: Any) -> Any:
    """Return the weight and number of the heaviest edge of each run; of equals the smallest number."""
    count = len(offsets) - 1
    heaviest, number = np.empty(count, np.float64), np.empty(count, np.int64)
    for run in range(count):
        top = offsets[run]
        for place in range(offsets[run] + 1, offsets[run + 1]):
            if weight[place] > weight[top] or (weight[place] == weight[top] and edge[place] < edge[top]):
                top = place
        heaviest[run], number[run] = weight[top], edge[top]
    return heaviest, number


_heaviest = njit(cache=True)(_heaviest_of_runs)


def _all_merges(parts: list[Merges]) -> Merges:
    def column(name: str, kind: type) -> Any:
        return np.concatenate([np.zeros(0, kind), *[getattr(part, name) for part in parts]])

    floats = {name: column(name, float) for name in ("score", "height", "weight")}
    return Merges(**{name: column(name, np.int64) for name in ("a", "b", "edge", "count", "pairs")}, **floats)


def _all_refusals(parts: list[Refusals]) -> Refusals:
    return Refusals(
        np.concatenate([np.zeros(0, np.int64), *[part.edge for part in parts]]),
        np.concatenate([np.zeros(0, np.int64), *[part.code for part in parts]]),
        np.concatenate([np.zeros(0), *[part.score for part in parts]]),
    )
