"""Who in the footage looks like the person in some example pictures, and whether anybody does."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analytics.errors import ConfigError
from analytics.geometry import BoolArray, FloatArray, IntArray
from analytics.search.gallery import NO_IDENTITY, SearchGallery
from analytics.search.presence import Presence
from analytics.timebase import Instant

Verdict = Literal["likely", "perhaps", "probably not", "cannot tell"]
LIKELY, PERHAPS = 0.8, 0.5
"""Probabilities from which the verdict is likely, and perhaps; below the second the odds are against it."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What is looked at; everything by default.

    Attributes:
        cameras: only these; None: all.
        since: only who was seen at or after this instant.
        until: only who was seen before this instant.
    """

    cameras: frozenset[str] | None = None
    since: Instant | None = None
    until: Instant | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """One tracklet of a hit: where and when, [starts_at, ends_at] in UTC microseconds, and how alike it is."""

    tracklet_id: str
    camera_id: str
    starts_at: Instant
    ends_at: Instant
    likeness: float


@dataclass(frozen=True, slots=True)
class Hit:
    """One identity, or one tracklet of a night that was not linked.

    Attributes:
        identity_id: None: the night was not linked.
        likeness: highest cosine of its tracklets, in [-1, 1].
        probability: what the site's curve gives for this likeness; None: it has none. Of several hits at most one is
            the person, unless linking split them.
        sightings: its tracklets that pass the filters, in order of time; without a vector they have likeness NaN.
    """

    identity_id: str | None
    likeness: float
    probability: float | None
    sightings: tuple[Sighting, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search found.

    Attributes:
        verdict: whether the person is in what was searched; "cannot tell": too few identities to judge by.
        probability: the same as a number, for somebody who is as likely there as not; None: cannot tell.
        hits: the most alike first.
        searched: tracklets compared.
        without_vector: tracklets that pass the filters but have no picture to compare.
    """

    verdict: Verdict
    probability: float | None
    hits: tuple[Hit, ...]
    searched: int
    without_vector: int


def query_of(gallery: SearchGallery, vectors: FloatArray) -> FloatArray:
    """Return the (d,) query of (k, d) vectors of one person's pictures, comparable with the gallery's.

    Raises:
        ConfigError: the vectors are of another length than the gallery's, or say nothing.
    """
    if vectors.shape[1] != len(gallery.centre):
        raise ConfigError(
            f"expected vectors of {len(gallery.centre)} numbers, got {vectors.shape[1]}: another embedder"
        )
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or (lengths < 1e-6).any():
        raise ConfigError("expected a picture that the embedder can tell from others, its vector has no direction")
    centred = (vectors / lengths).mean(axis=0) - gallery.centre
    query: FloatArray = (centred / max(float(np.linalg.norm(centred)), 1e-9)).astype(np.float32)
    return query


def search(
    gallery: SearchGallery,
    query: FloatArray,
    presence: Presence | None,
    filters: Filters,
    *,
    most: int = 10,
    leave_out: Collection[int] = (),
) -> Answer:
    """Find who is most like a query.

    Args:
        gallery: where to look.
        query: (d,) of `query_of`, or a row of the gallery's vectors.
        presence: what likeness is worth here; None: not known.
        filters: what to look at.
        most: hits wanted, at most.
        leave_out: rows of the gallery that are not to be found: the query's own.
    """
    is_wanted = _passes(gallery, filters)
    is_wanted[list(leave_out)] = False
    is_compared = is_wanted & gallery.is_searchable
    rows = np.flatnonzero(is_compared)
    likeness = np.full(len(is_wanted), np.nan)
    likeness[rows] = gallery.vectors[rows] @ query
    hits = tuple(
        _hit(gallery, members, likeness, presence) for members in _grouped(gallery, rows, likeness, is_wanted, most)
    )
    best = hits[0].probability if hits else None
    if not hits:
        return Answer("cannot tell", None, (), 0, int(is_wanted.sum()))
    return Answer(verdict_of(best), best, hits, len(rows), int((is_wanted & ~is_compared).sum()))


def verdict_of(probability: float | None) -> Verdict:
    """Return a probability in words."""
    if probability is None:
        return "cannot tell"
    if probability >= LIKELY:
        return "likely"
    return "perhaps" if probability >= PERHAPS else "probably not"


def _passes(gallery: SearchGallery, filters: Filters) -> BoolArray:
    passes = np.ones(len(gallery.starts_at), np.bool_)
    if filters.cameras is not None:
        if unknown := sorted(filters.cameras - set(gallery.camera_ids)):
            known = ", ".join(gallery.camera_ids) or "none"
            raise ConfigError(
                f"expected cameras that saw somebody ({known}), got {', '.join(unknown)}", field="--camera"
            )
        passes &= np.isin(gallery.camera, [gallery.camera_ids.index(name) for name in filters.cameras])
    if filters.since is not None:
        passes &= gallery.ends_at >= filters.since
    if filters.until is not None:
        passes &= gallery.starts_at < filters.until
    return passes


def _grouped(
    gallery: SearchGallery, rows: IntArray, likeness: FloatArray, is_wanted: BoolArray, most: int
) -> Sequence[IntArray]:
    """Return the rows of each hit, the most alike hit first; of equals the smaller tracklet_id."""
    order = rows[np.argsort(-likeness[rows], kind="stable")]
    found: list[IntArray] = []
    taken: set[int] = set()
    for row in order.tolist():
        number = int(gallery.identity[row])
        if number in taken:
            continue
        if number == NO_IDENTITY:
            found.append(np.array([row]))
        else:
            taken.add(number)
            found.append(np.flatnonzero((gallery.identity == number) & is_wanted))
        if len(found) == most:
            break
    return found


def _hit(gallery: SearchGallery, members: IntArray, likeness: FloatArray, presence: Presence | None) -> Hit:
    by_time = members[np.lexsort((members, gallery.starts_at[members]))].tolist()
    names = gallery.tracklets["tracklet_id"]
    best = float(np.nanmax(likeness[members]))
    number = int(gallery.identity[members[0]])
    return Hit(
        None if number == NO_IDENTITY else gallery.identity_ids[number],
        best,
        None if presence is None else float(presence.probability(np.array([best]))[0]),
        tuple(
            Sighting(
                names[row].as_py(),
                gallery.camera_ids[gallery.camera[row]],
                int(gallery.starts_at[row]),
                int(gallery.ends_at[row]),
                float(likeness[row]),
            )
            for row in by_time
        ),
    )
