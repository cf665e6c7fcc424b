"""The weak at the end: what was too small or too poor to begin an identity may join one that is clear about it."""

from dataclasses import replace

import numpy as np

from analytics.geometry import FloatArray, IntArray
from analytics.linking.evidence import candidates, features, over_strangers
from analytics.linking.feasibility import ELSEWHERE, Limits, broken_rules
from analytics.linking.groups import group
from analytics.linking.meetings import meet
from analytics.linking.neighbours import nearest
from analytics.linking.rounds import Pieces, Way, pool
from analytics.linking.transits import TransitTable


def attachable(
    pieces: Pieces, labels: IntArray, table: TransitTable | None, limits: Limits, way: Way
) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
    """Find for each weak group its candidates among the strong ones.

    Returns:
        (e,) a piece of the weak group and (e,) one of the strong, those of the shortest meeting; (e, f) features;
        (e,) cosine. Only pairs that no rule forbids.
    """
    where = pieces.sightings
    groups = group(labels, where.starts_at, where.ends_at)
    is_strong = np.zeros(len(groups), bool)
    is_strong[groups.labels[pieces.is_seed]] = True
    pooled, weight = pool(pieces, groups)
    has_vector = np.flatnonzero(weight > 0)
    first = where.starts_at[groups.members[groups.offsets[:-1]]]
    last = np.maximum.reduceat(where.ends_at[groups.members], groups.offsets[:-1]) if len(groups) else first
    near = nearest(pooled[has_vector], first[has_vector], last[has_vector], way.search)
    nobody = np.zeros(0, np.int64)
    among = candidates(pooled[has_vector], near, nobody, nobody)
    a, b = has_vector[among.a], has_vector[among.b]
    is_wanted = is_strong[a] != is_strong[b]
    codes = broken_rules(where, groups, a, b, limits)
    every = over_strangers(replace(among, a=a, b=b), np.isin(codes, ELSEWHERE), len(groups), pooled[has_vector])
    found = every.take(is_wanted & (codes == 0))
    met = meet(groups, found.a, found.b, where.camera, where.starts_at, where.ends_at, pieces.camera_count, table)
    rows = features(found, met, groups, where, weight, len(has_vector))
    is_weak_first = ~is_strong[groups.labels[met.before]]
    weak = np.where(is_weak_first, met.before, met.after)
    return weak, np.where(is_weak_first, met.after, met.before), rows, found.cosine


def best_of_each(labels: IntArray, weak: IntArray, strong: IntArray, chance: FloatArray, above: float) -> IntArray:
    """Return the places of the pairs to attach: of each weak group its likeliest, if it is above a probability.

    Two weak groups that attach to one strong group could be in two places at once; of those the likelier is taken.
    """
    order = np.lexsort((strong, weak, -chance))
    taken_weak: set[int] = set()
    taken_strong: set[int] = set()
    chosen = []
    for place in order[chance[order] > above].tolist():
        weak_group, strong_group = int(labels[weak[place]]), int(labels[strong[place]])
        if weak_group not in taken_weak and strong_group not in taken_strong:
            taken_weak.add(weak_group)
            taken_strong.add(strong_group)
            chosen.append(place)
    return np.array(chosen, np.int64)
