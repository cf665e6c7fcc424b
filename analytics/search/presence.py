"""Whether somebody is in the footage at all: what a likeness is worth on this site, learned without labels.

A search always finds a most alike one. How alike that one is when the person is there, and when not, is taken from the
site's own identities: each of their tracklets is searched for in the other cameras, once with the rest of its identity
and once without. The two samples give a logistic curve (Platt 1999). Identities are not always right: one that was
split is still there when it is thought to be taken out, which makes strangers look more alike than they are and the
answer more careful; links prefer the alike, which makes it bolder. The README has what truth says of it on the demo.
"""

from dataclasses import dataclass

import numpy as np

from analytics.geometry import FloatArray, IntArray
from analytics.search.gallery import NO_IDENTITY, SearchGallery

MIN_QUERIES = 10
"""Searches of either kind below which nothing is said: a curve through fewer is a guess."""

_MOST_QUERIES = 2000  # evenly spaced; more would move no figure
_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Presence:
    """What the likeness of the most alike tracklet says.

    Attributes:
        slope: of the log-odds, for each unit of cosine.
        offset: log-odds at cosine 0, for somebody who is as likely there as not.
        present: searches for people who were there that it was learned from.
        absent: searches for people who were not.
    """

    slope: float
    offset: float
    present: int
    absent: int

    def probability(self, likeness: FloatArray) -> FloatArray:
        """Return that the person is there, in (0, 1), for somebody who is as likely there as not."""
        odds: FloatArray = np.clip(self.slope * likeness + self.offset, -30, 30)
        return 1 / (1 + np.exp(-odds))


def learn_presence(gallery: SearchGallery) -> Presence | None:
    """Learn from a site's identities; None where there is too little to learn from."""
    there, gone = leave_one_out(gallery)
    if min(len(there), len(gone)) < MIN_QUERIES:
        return None
    from sklearn.linear_model import LogisticRegression

    likeness = np.concatenate([there, gone])[:, None]
    is_there = np.repeat([1, 0], [len(there), len(gone)])
    curve = LogisticRegression(C=100.0, class_weight="balanced").fit(likeness, is_there)
    slope = float(curve.coef_[0, 0])
    if slope <= 0:
        return None  # strangers as alike as friends: appearance says nothing here
    return Presence(slope, float(curve.intercept_[0]), len(there), len(gone))


def leave_one_out(gallery: SearchGallery) -> tuple[FloatArray, FloatArray]:
    """Return the highest likeness in other cameras of searches for people who are there, and who were taken out.

    Searched for are tracklets whose identity was seen by another camera, at most 2,000 of them.
    """
    queries = _queries(gallery)
    is_searchable = gallery.is_searchable
    there, gone = np.zeros(len(queries)), np.zeros(len(queries))
    for at in range(0, len(queries), _AT_ONCE):
        some = queries[at : at + _AT_ONCE]
        likeness = gallery.vectors[some] @ gallery.vectors.T
        is_out = ~is_searchable[None, :] | (gallery.camera[None, :] == gallery.camera[some, None])
        likeness[is_out] = -np.inf
        there[at : at + len(some)] = likeness.max(axis=1)
        likeness[gallery.identity[None, :] == gallery.identity[some, None]] = -np.inf
        gone[at : at + len(some)] = likeness.max(axis=1)
    return there[np.isfinite(there)], gone[np.isfinite(gone)]


def _queries(gallery: SearchGallery) -> IntArray:
    usable = np.flatnonzero(gallery.is_searchable & (gallery.identity != NO_IDENTITY))
    pairs = np.unique(np.stack([gallery.identity[usable], gallery.camera[usable]], axis=1), axis=0)
    cameras_of = np.bincount(pairs[:, 0], minlength=len(gallery.identity_ids))
    found = usable[cameras_of[gallery.identity[usable]] > 1]
    if len(found) > _MOST_QUERIES:
        found = found[np.linspace(0, len(found) - 1, _MOST_QUERIES).astype(np.int64)]
    return found
