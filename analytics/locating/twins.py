"""One person, two tracklets: a detector that sees somebody twice must not make two visitors of them.

Two people cannot stand in one place. Where two tracklets of one camera have their feet in one place for most of the
time that both are there, the one that began later is a shadow of the other for as long.
"""

import numpy as np

from analytics.geometry import BoolArray, IntArray
from analytics.locating.sightings import Sightings

_LEAST_INSTANTS = 3
"""Common instants below which nothing is said of two tracklets."""

_NEIGHBOURS = 2
"""Feet of one instant, by their x, that each is compared with to its right: for three boxes of one person."""


def shadows(seen: Sightings) -> BoolArray:
    """Tell at which points a tracklet is the second one of its person.

    A pair is one person when the median distance of their feet, over the instants that they share, is at most both
    margins together. Tracklets with a margin of 0 are never paired with each other.

    Args:
        seen: one camera's points.

    Returns:
        (n,) True at the shared instants of the later tracklet of a pair; of two that begin together the one with fewer
        points.
    """
    found = np.zeros(len(seen), np.bool_)
    starts = np.searchsorted(seen.tracklet_nos, np.arange(len(seen.tracklet_ids) + 1))
    for first, second in _candidates(seen):
        a, b = (np.arange(starts[no], starts[no + 1]) for no in (first, second))
        _, in_a, in_b = np.intersect1d(
            seen.captured_at[a], seen.captured_at[b], assume_unique=True, return_indices=True
        )
        a_shared, b_shared = a[in_a], b[in_b]
        apart = np.hypot(*(seen.feet[a_shared] - seen.feet[b_shared]).T)
        is_known = np.isfinite(apart)
        within = (seen.margins[a_shared] + seen.margins[b_shared])[is_known]
        if len(within) >= _LEAST_INSTANTS and np.median(apart[is_known] - within) <= 0 < within.max():
            is_b_later = (seen.captured_at[b[0]], -len(b)) >= (seen.captured_at[a[0]], -len(a))
            found[b_shared if is_b_later else a_shared] = True
    return found


def _candidates(seen: Sightings) -> list[tuple[int, int]]:
    """Return the pairs of tracklets whose feet are in one place at enough instants."""
    order = seen.known[np.lexsort((seen.feet[seen.known, 0], seen.captured_at[seen.known]))]
    pairs: list[IntArray] = []
    for step in range(1, _NEIGHBOURS + 1):
        left, right = order[:-step], order[step:]
        margin = seen.margins[left] + seen.margins[right]
        with np.errstate(invalid="ignore"):
            apart = np.hypot(*(seen.feet[left] - seen.feet[right]).T)
        near = (seen.captured_at[left] == seen.captured_at[right]) & (apart <= margin) & (margin > 0)
        nos = np.stack([seen.tracklet_nos[left[near]], seen.tracklet_nos[right[near]]], axis=1)
        pairs.append(np.sort(nos, axis=1))
    distinct, counts = np.unique(np.concatenate(pairs), axis=0, return_counts=True)
    return [(int(a), int(b)) for a, b in distinct[counts >= _LEAST_INSTANTS].tolist()]
