"""How far counts are off on simulated sites, so that an interval can say so elsewhere."""

from collections.abc import Mapping, Sequence

import numpy as np

from analytics.geometry import FloatArray, IntArray
from analytics.linking.counting import LEVELS, Doubts, draw
from analytics.linking.places import Spots

_WORLDS = 40
_LARGE = 20.0  # people from which the logarithm of a ratio is a fair figure


def true_counts(spots: Spots, person: IntArray) -> IntArray:
    """Return (c,) how many different people were in each cell; pieces of nobody known are left out."""
    cells = spots.cells
    known = person[cells.piece] >= 0
    pairs = np.unique(np.stack([cells.cell[known], person[cells.piece[known]]]), axis=1)
    return np.bincount(pairs[0], minlength=len(cells.level))


def fit_spread(sites: Sequence[tuple[Doubts, Spots, IntArray]]) -> dict[str, Mapping[str, float]]:
    """Learn `bias`, `sd` and `noise` of each level; see `counting.count`.

    Args:
        sites: what could join the pieces of each site, its cells, and (n,) the true person of each piece.
    """
    levels: list[IntArray] = []
    drawn: list[FloatArray] = []
    true: list[IntArray] = []
    for doubts, spots, person in sites:
        drawn.append(draw(doubts, spots.cells, _WORLDS).mean(axis=0))
        true.append(true_counts(spots, person))
        levels.append(spots.cells.level)
    level, mean, truth = np.concatenate(levels), np.concatenate(drawn), np.concatenate(true).astype(np.float64)
    return {name: _fitted(mean[level == number], truth[level == number]) for number, name in enumerate(LEVELS)}


def _fitted(mean: FloatArray, truth: FloatArray) -> Mapping[str, float]:
    large = mean >= _LARGE
    ratio = np.log(np.maximum(truth[large], 0.5) / mean[large])
    if not len(ratio):
        return {"bias": 0.0, "sd": 0.1, "noise": 0.1}
    bias, sd = float(ratio.mean()), float(ratio.std(ddof=1)) if len(ratio) > 1 else 0.1
    small = (mean > 0) & ~large
    # what is left of the variance of small counts, for each person
    left = (truth[small] - mean[small] * np.exp(bias)) ** 2 - (sd * mean[small]) ** 2
    noise = float(np.maximum(left.sum() / mean[small].sum(), 0.0)) if small.any() else 0.0
    return {"bias": round(bias, 6), "sd": round(sd, 6), "noise": round(noise, 6)}
