"""How far counts are off on simulated sites, so that an interval can say so elsewhere."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import nnls

from analytics.geometry import FloatArray, IntArray
from analytics.linking.counting import LEVELS, MANY, Doubts, draw, few
from analytics.linking.places import Spots

_WORLDS = 40
_LARGE = 20.0  # people from which a ratio is a fair figure
_SD_OF_MEAN_ERROR = 1.2533  # of a normal distribution: root of pi / 2
_FEWEST = 5  # cells from which anything is learned


def true_counts(spots: Spots, person: IntArray) -> IntArray:
    """Return (c,) how many different people were in each cell; pieces of nobody known are left out."""
    cells = spots.cells
    known = person[cells.piece] >= 0
    pairs = np.unique(np.stack([cells.cell[known], person[cells.piece[known]]]), axis=1)
    return np.bincount(pairs[0], minlength=len(cells.level))


def fit_spread(sites: Sequence[tuple[Doubts, Spots, IntArray]]) -> dict[str, Mapping[str, float]]:
    """Learn how far off each level is; see `counting.count`.

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
    is_there = mean >= 1
    mean, truth = mean[is_there], truth[is_there]
    if len(mean) < _FEWEST:
        return {"bias": 0.0, "bias_of_few": 0.0, "sd": 0.1, "sd_of_few": 0.1, "noise": 0.1}
    ratio = np.log(np.maximum(truth, 0.5) / mean)
    both = np.stack([np.ones(len(mean)), few(mean)], axis=1)
    # a cell of few people is off by more: each counts as many times as it has people, up to MANY
    weight = np.sqrt(np.minimum(mean, MANY))
    bias = np.linalg.lstsq(both * weight[:, None], ratio * weight, rcond=None)[0]
    off = np.abs(truth / (mean * np.exp(both @ bias)) - 1)
    sd = nnls(both * weight[:, None], _SD_OF_MEAN_ERROR * off * weight)[0]
    spread = both @ sd
    is_small = mean < _LARGE
    # what is left of the variance of small counts, for each person
    left = (mean[is_small] ** 2 * (off[is_small] ** 2 - spread[is_small] ** 2)).sum()
    noise = float(max(left / mean[is_small].sum(), 0.0)) if is_small.any() else 0.0
    found = {"bias": bias[0], "bias_of_few": bias.sum(), "sd": sd[0], "sd_of_few": sd.sum(), "noise": noise}
    return {name: round(float(value), 6) for name, value in found.items()}
