"""The plain way, reported beside the learned one: average linkage on camera-normalised vectors, with the same rules.

What challenge winners run with a threshold of their own for each scene. It needs no model but one number.
"""

import numpy as np

from analytics.geometry import FloatArray, IntArray
from analytics.linking.clustering import Edges, Linkage, agglomerate
from analytics.linking.evidence import candidates
from analytics.linking.feasibility import Limits, broken_rules
from analytics.linking.groups import dense_labels, group
from analytics.linking.neighbours import Search, nearest
from analytics.linking.rounds import Pieces, pool


def plain_labels(
    pieces: Pieces, labels: IntArray, limits: Limits, search: Search, thresholds: FloatArray
) -> tuple[IntArray, ...]:
    """Link by average similarity alone.

    Args:
        pieces: what is linked.
        labels: (n,) what is together for certain.
        limits: what is impossible.
        search: how neighbours are found.
        thresholds: average similarity in standard deviations above chance at which to stop; cuts of one tree.

    Returns:
        (n,) dense labels for each threshold.
    """
    where = pieces.sightings
    groups = group(labels, where.starts_at, where.ends_at)
    pooled, weight = pool(pieces, groups)
    active = np.flatnonzero(weight > 0)
    if len(active) < 2:
        return (groups.labels,) * len(thresholds)
    first = where.starts_at[groups.members[groups.offsets[:-1]]][active]
    last = np.maximum.reduceat(where.ends_at[groups.members], groups.offsets[:-1])[active]
    nobody = np.zeros(0, np.int64)
    found = candidates(pooled[active], nearest(pooled[active], first, last, search), nobody, nobody)
    lowest = float(np.min(thresholds))

    def refuse(merged: IntArray, a: IntArray, b: IntArray) -> IntArray:
        whole = np.arange(len(groups))
        whole[active] = active[merged]
        clusters = group(whole[groups.labels], where.starts_at, where.ends_at)
        member = groups.members[groups.offsets[:-1]]
        return broken_rules(
            where, clusters, clusters.labels[member[active[a]]], clusters.labels[member[active[b]]], limits
        )

    # similarity above the lowest threshold: a pair without an edge is one of chance, whose similarity is 0
    edges = Edges(found.a, found.b, found.appearance[:, 0] - lowest)
    codes = broken_rules(where, groups, active[found.a], active[found.b], limits)
    merges, _ = agglomerate(len(active), edges, refuse, Linkage(1.0, -lowest), 0.0, codes != 0)
    results = []
    for threshold in thresholds.tolist():
        merged = merges.labels(len(active), threshold - lowest)
        whole = np.arange(len(groups))
        first_of = np.full(int(merged.max()) + 1, -1)
        first_of[merged[::-1]] = active[::-1]
        whole[active] = first_of[merged]
        results.append(dense_labels(whole[groups.labels]))
    return tuple(results)
