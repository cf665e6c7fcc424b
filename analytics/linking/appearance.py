"""Vectors made comparable: pooled over crops by quality, and freed of what a camera and its light add to everybody.

After the per-camera feature normalisation of arXiv 2502.10195, with means only (variances added nothing in the linking
research's simulation) and shrunk by empirical Bayes, so that a camera that saw few people is hardly moved.
"""

import numpy as np

from analytics.geometry import FloatArray, IntArray

_MOST_WEIGHT = 16.0  # crops beyond this many say nothing new of one tracklet (research, 2.4)
_LEAST_WEIGHT = 0.01  # a crop of quality 0 still has a direction
_SITE_PSEUDO_COUNTS = 30.0  # below so many tracklets the site's mean is more the few people than the network
_TRACKLETS_PER_PERSON = 3.0  # of one camera: they share a look, so that a mean of n of them is as good as one of n / 3


def pooled(vectors: FloatArray, quality: FloatArray, owner: IntArray, count: int) -> tuple[FloatArray, FloatArray]:
    """Return the mean direction of each owner's vectors, weighted by quality.

    Args:
        vectors: (m, d) float32 of length 1.
        quality: (m,) in [0, 1].
        owner: (m,) in 0 to count - 1.
        count: number of owners.

    Returns:
        (count, d) float32 of length 1, zeros where there is none, and (count,) sums of qualities, at most 16.
    """
    weight = np.maximum(quality, _LEAST_WEIGHT).astype(np.float64)
    total = np.zeros((count, vectors.shape[1]), np.float64)
    np.add.at(total, owner, vectors * weight[:, None])
    sums = np.bincount(owner, weight, minlength=count)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    # vectors that cancel out leave no direction
    unit = np.divide(total, length, out=np.zeros_like(total), where=length > 1e-6)
    sums[length[:, 0] <= 1e-6] = 0
    return unit.astype(np.float32), np.minimum(sums, _MOST_WEIGHT)


def without_bias(
    vectors: FloatArray, weight: FloatArray, camera: IntArray, day_part: IntArray, shrinkage: float | None
) -> tuple[FloatArray, float]:
    """Take off what vectors of one camera have in common, and what those of one part of its day have beyond that.

    Args:
        vectors: (n, d) float32; rows of weight 0 stay zeros.
        weight: (n,) 0 where there is no vector.
        camera: (n,) number of the camera.
        day_part: (n,) number of the part of the day.
        shrinkage: tracklets at which half of a camera's mean is believed; None: estimated from how much the
            cameras' means differ.

    Returns:
        (n, d) float32 of length 1, and the shrinkage that was used; infinite where there is one camera.
    """
    is_there = weight > 0
    if not is_there.any():
        return vectors, np.inf
    given = vectors[is_there].astype(np.float64)
    centred: FloatArray = given - site_mean(given)
    own_camera = camera[is_there]
    used = _estimated(centred, own_camera) if shrinkage is None else shrinkage
    centred = _less_means(centred, own_camera, used)
    part = own_camera * (int(day_part.max()) + 1) + day_part[is_there]
    centred = _less_means(centred, part, max(used, _estimated(centred, part)))
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    result = np.zeros_like(vectors)
    result[is_there] = np.divide(centred, length, out=np.zeros_like(centred), where=length > 1e-9).astype(np.float32)
    return result, used


def site_mean(vectors: FloatArray) -> FloatArray:
    """Return the (d,) mean of (n, d) vectors, shrunk: of few tracklets it is the people rather than the network."""
    mean: FloatArray = vectors.mean(axis=0) * (len(vectors) / (len(vectors) + _SITE_PSEUDO_COUNTS))
    return mean


def _less_means(rows: FloatArray, groups: IntArray, shrinkage: float) -> FloatArray:
    if not np.isfinite(shrinkage):
        return rows
    _, own = np.unique(groups, return_inverse=True)
    counts = np.bincount(own)
    sums = np.zeros((len(counts), rows.shape[1]))
    np.add.at(sums, own, rows)
    return rows - (sums / (counts + shrinkage)[:, None])[own]


def _estimated(rows: FloatArray, groups: IntArray) -> float:
    """Return the pseudo-count that empirical Bayes gives: variance within groups over variance between their means."""
    _, own = np.unique(groups, return_inverse=True)
    counts = np.bincount(own).astype(np.float64)
    if len(counts) < 2 or counts.sum() <= len(counts):
        return np.inf
    means = np.zeros((len(counts), rows.shape[1]))
    np.add.at(means, own, rows)
    means /= counts[:, None]
    within = ((rows - means[own]) ** 2).sum() / (counts.sum() - len(counts)) * _TRACKLETS_PER_PERSON
    between = (counts * (means**2).sum(axis=1)).sum() / counts.sum()
    excess = between - within * len(counts) / counts.sum()
    return float(within / excess) if excess > 1e-12 else np.inf
