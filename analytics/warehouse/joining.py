"""How sure it is that a stay belongs to those before it, from the links of its identity. No SQL here."""

import numpy as np

from analytics.geometry import FloatArray, IntArray


def join_probabilities(count: int, a: IntArray, b: IntArray, probability: FloatArray) -> FloatArray:
    """Return how sure the links are that each stay is of the same person as an earlier one.

    That is the least probability on the chain of links from the stay to any earlier one, of all chains the one whose
    least is greatest. Links are taken from the surest down: where two groups meet, the earliest stay of the later group
    is joined to what came before, by this link (the elder rule of persistent homology: Edelsbrunner, Letscher and
    Zomorodian, 2002).

    Args:
        count: number of stays, by time within each identity.
        a: (k,) stays, or numbers from `count` on for what is none: it carries chains, and is earlier than nothing.
        b: (k,) the same.
        probability: (k,) of each link, in (0, 1].

    Returns:
        (count,) probabilities; NaN for stays that are joined to no earlier one: the first of each identity.
    """
    joined = np.full(count, np.nan)
    top = max(count, int(a.max(initial=-1)) + 1, int(b.max(initial=-1)) + 1)
    # a root is the earliest stay of its group
    parents = list(range(top))

    def root(node: int) -> int:
        while parents[node] != node:
            parents[node] = parents[parents[node]]
            node = parents[node]
        return node

    order = np.lexsort((b, a, -probability))
    for one, two, chance in zip(a[order].tolist(), b[order].tolist(), probability[order].tolist(), strict=True):
        early, late = sorted((root(one), root(two)))
        if early != late:
            parents[late] = early
            if late < count:
                joined[late] = chance
    return joined
