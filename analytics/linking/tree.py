"""The one tree of all merges, from decisions and joins to the last round, and its cuts at any probability."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.geometry import FloatArray, IntArray
from analytics.linking.groups import joined

KINDS = ("decision", "known", "cut", "fragment", "scored", "attached")
"""Why two pieces were put together: a person said so; an earlier night did; the boxes at a cut; place and time in one
view; the rounds; the end, for what is too weak to begin an identity."""

DECISION, KNOWN, CUT, FRAGMENT, SCORED, ATTACHED = range(6)


@dataclass(frozen=True, slots=True)
class Merging:
    """Pairs of pieces that were put together, in order.

    Attributes:
        a: (k,) pieces.
        b: (k,) pieces.
        probability: (k,) that both are one person.
        similarity: (k,) cosine; NaN where there is none.
        kind: (k,) place in KINDS.
        evidence: (k, 3) what appearance, time and quality add to the log-odds; NaN where nothing was scored.
    """

    a: IntArray
    b: IntArray
    probability: FloatArray
    similarity: FloatArray
    kind: IntArray
    evidence: FloatArray

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.a)


@dataclass(frozen=True, slots=True)
class MergeTree:
    """Merges with the probability at which each comes apart.

    Attributes:
        count: number of pieces, n.
        merging: the merges, in order.
        height: (k,) smallest probability on the way to a merge; a person's decision counts as 1.
    """

    count: int
    merging: Merging
    height: FloatArray

    def labels(self, above: float) -> IntArray:
        """Return (n,) dense labels when what is less probable, or as probable, is left apart."""
        kept = self.height > above
        return joined(self.count, self.merging.a[kept], self.merging.b[kept])


def build_tree(count: int, merging: Merging) -> MergeTree:
    """Find the height of every merge.

    Args:
        count: number of pieces.
        merging: in the order in which they were made; a pair that is together already adds nothing and gets height 0.
    """
    parent = list(range(count))
    reached = [1.0] * count
    heights = np.zeros(len(merging))
    pairs = zip(
        merging.a.tolist(), merging.b.tolist(), merging.probability.tolist(), merging.kind.tolist(), strict=True
    )
    for place, (a, b, probability, kind) in enumerate(pairs):
        root_a, root_b = _root(parent, a), _root(parent, b)
        if root_a == root_b:
            continue
        # what a person or an earlier night joined stays, however doubtful the rest of either side is
        height = 1.0 if kind in (DECISION, KNOWN) else min(probability, reached[root_a], reached[root_b])
        parent[root_b] = root_a
        reached[root_a] = min(height, reached[root_a], reached[root_b])
        heights[place] = height
    return MergeTree(count, merging, heights)


def together(parts: Sequence[Merging]) -> Merging:
    """Put merges one behind the other."""

    def column(name: str, *shape: int) -> FloatArray:
        return np.concatenate([np.zeros((0, *shape)), *[getattr(part, name) for part in parts]])

    a, b, kind = (column(name).astype(np.int64) for name in ("a", "b", "kind"))
    return Merging(a, b, column("probability"), column("similarity"), kind, column("evidence", 3))


def given(pairs: IntArray, probability: float, kind: int) -> Merging:
    """Return merges that were not scored."""
    count = len(pairs)
    return Merging(
        pairs[:, 0],
        pairs[:, 1],
        np.full(count, probability),
        np.full(count, np.nan),
        np.full(count, kind),
        np.full((count, 3), np.nan),
    )


def _root(parent: list[int], node: int) -> int:
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node
