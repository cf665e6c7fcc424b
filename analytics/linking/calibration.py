"""What a site itself says of its vectors, without labels: who is seen at two places at once is two people.

Pieces of one tracklet, and what boxes at a cut join, are one person. From the two samples follow, for each pair of
cameras and shrunk to the site, how alike strangers look there, how alike a person stays, and how often strangers would
pass for one person at a likeness. Same-camera samples of one person are easier than two cameras: a bound, not a mean.
"""

from dataclasses import dataclass

import numpy as np

from analytics.geometry import FloatArray, IntArray
from analytics.linking.feasibility import Limits
from analytics.linking.gallery import Gallery
from analytics.linking.gathering import Seen
from analytics.linking.neighbours import chance, similarities

ENOUGH = 50
"""Proven strangers of two cameras below which the site's figures stand for them."""

_MOST_PAIRS = 400_000  # more would move no figure
_PSEUDO_COUNTS = 50.0


@dataclass(frozen=True, slots=True)
class Strangers:
    """How alike proven strangers look, in standard deviations above chance pairs of the site.

    Attributes:
        count: (c, c) proven pairs of two cameras, symmetric; the diagonal is one camera's.
        mean: (c, c) their mean likeness, shrunk to the site's.
        deviation: (c, c) its standard deviation, shrunk.
        high: (c, c) share of them at least as alike as `level`.
        level: likeness at which persons of one tracklet's halves are more alike in 95 of 100 cases; NaN: not known.
        same_count: pairs that are proven to be one person.
        same_mean: their mean likeness; NaN: there are none.
        site_high: share of all proven strangers at least as alike as `level`; NaN: there are none.
    """

    count: IntArray
    mean: FloatArray
    deviation: FloatArray
    high: FloatArray
    level: float
    same_count: int
    same_mean: float
    site_high: float


def strangers(gallery: Gallery, seen: Seen, same: IntArray, limits: Limits) -> Strangers:
    """Compare those who are seen at once, and pieces of one person.

    Args:
        gallery: the pieces.
        seen: their tracklets and vectors.
        same: (s, 2) pieces that are proven to be one person.
        limits: tolerances of the clocks.
    """
    pieces, cameras = gallery.pieces, len(gallery.camera_ids)
    there = np.flatnonzero(pieces.weight > 0)
    usual, spread = chance(pieces.vectors[there]) if len(there) > 2 else (0.0, 1.0)
    alike_same = (np.concatenate([_of_pairs(gallery, same), _halves(gallery, seen)]) - usual) / spread
    level = float(np.percentile(alike_same, 5)) if len(alike_same) >= ENOUGH else float("nan")
    a, b = at_once(gallery, limits)
    alike = (similarities(pieces.vectors, a, b).astype(np.float64) - usual) / spread
    camera = pieces.sightings.camera
    low, high = np.minimum(camera[a], camera[b]), np.maximum(camera[a], camera[b])
    key = low * cameras + high
    count, sums, squares, above = (
        np.bincount(key, weights, minlength=cameras**2).reshape(cameras, cameras)
        for weights in (None, alike, alike**2, (alike >= level).astype(np.float64))
    )
    site_mean, site_variance = (float(alike.mean()), float(alike.var())) if len(alike) else (0.0, 1.0)
    mean = (sums + _PSEUDO_COUNTS * site_mean) / (count + _PSEUDO_COUNTS)
    second = (squares + _PSEUDO_COUNTS * (site_variance + site_mean**2)) / (count + _PSEUDO_COUNTS)
    site_high = float((alike >= level).mean()) if len(alike) and not np.isnan(level) else float("nan")
    share = (above + _PSEUDO_COUNTS * np.nan_to_num(site_high)) / (count + _PSEUDO_COUNTS)
    return Strangers(
        _symmetric(count.astype(np.float64)).astype(np.int64),
        _symmetric(mean),
        _symmetric(np.sqrt(np.maximum(second - mean**2, 1e-6))),
        _symmetric(share),
        level,
        len(alike_same),
        float(alike_same.mean()) if len(alike_same) else float("nan"),
        site_high,
    )


def at_once(gallery: Gallery, limits: Limits) -> tuple[IntArray, IntArray]:
    """Return pairs of pieces with vectors that are two people for certain: seen at once, whatever the clocks."""
    pieces = gallery.pieces
    where = pieces.sightings
    order = np.flatnonzero(pieces.weight > 0)
    order = order[np.argsort(where.starts_at[order], kind="stable")]
    starts = where.starts_at[order]
    # whoever starts before another's end, less the tolerance, is there at the same time
    limit = np.searchsorted(starts, where.ends_at[order] - limits.clock_tolerance_us, side="left")
    counts = np.maximum(limit - np.arange(len(order)) - 1, 0)
    counts = np.minimum(counts, max(_MOST_PAIRS // max(len(order), 1), 8))
    first = np.repeat(np.arange(len(order)), counts)
    step = np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
    a, b = order[first], order[first + 1 + step]
    lasting = np.minimum(where.ends_at[a], where.ends_at[b]) - where.starts_at[b]
    is_apart = lasting > max(limits.clock_tolerance_us, limits.view_tolerance_us)
    is_apart &= limits.may_overlap[where.camera[a], where.camera[b]] == 0
    is_apart &= gallery.tracklet[a] != gallery.tracklet[b]
    return a[is_apart], b[is_apart]


def _of_pairs(gallery: Gallery, pairs: IntArray) -> FloatArray:
    pieces = gallery.pieces
    kept = pairs[(pieces.weight[pairs] > 0).all(axis=1)] if len(pairs) else pairs
    return similarities(pieces.vectors, kept[:, 0], kept[:, 1]).astype(np.float64)


def _halves(gallery: Gallery, seen: Seen) -> FloatArray:
    """Return the cosine of the first and the last vector of each tracklet that has two, camera bias left in."""
    counts = np.bincount(seen.owner, minlength=len(seen))
    first = np.concatenate([[0], np.cumsum(counts)])[:-1]
    is_one = np.bincount(gallery.tracklet, minlength=len(seen)) == 1
    some = np.flatnonzero((counts >= 2) & is_one)
    if not len(some):
        return np.zeros(0)
    # both have the camera's bias, which the pieces' vectors have lost: what is left of each is compared
    centre = seen.vectors.mean(axis=0)
    one, two = seen.vectors[first[some]] - centre, seen.vectors[first[some] + counts[some] - 1] - centre
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(two, axis=1)
    cosine: FloatArray = np.einsum("ij,ij->i", one, two).astype(np.float64) / np.maximum(lengths, 1e-9)
    return cosine


def _symmetric(upper: FloatArray) -> FloatArray:
    return np.triu(upper) + np.triu(upper, 1).T
