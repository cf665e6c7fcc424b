"""From who is who to the rows that people query: members and identities of one night."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from analytics import ids
from analytics.contracts import INSTANT, Contract
from analytics.geometry import BoolArray, FloatArray, IntArray
from analytics.linking.gallery import Gallery
from analytics.linking.gathering import Seen, micros
from analytics.linking.groups import group
from analytics.linking.solving import Solved
from analytics.linking.uncut import Uncut
from analytics.tables import IDENTITIES, IDENTITY_MEMBERS


@dataclass(frozen=True, slots=True)
class Place:
    """Whose rows they are: the site, and the night of the run, which is the window's last."""

    site_id: str
    night: date


@dataclass(frozen=True, slots=True)
class Named:
    """The groups of one class at one cut, with their identities.

    Attributes:
        labels: (n,) group of each piece.
        identity: (m,) identity of each group.
        support: (t,) probability of the best link that holds a tracklet; NaN where it is alone.
        weakest: (m,) smallest probability of a group's links; NaN where it is one tracklet.
    """

    labels: IntArray
    identity: Sequence[str]
    support: FloatArray
    weakest: FloatArray


def name_groups(
    solved: Solved, gallery: Gallery, uncut: Uncut, above: float, known: Sequence[str], site_id: str, cut_right: float
) -> Named:
    """Cut the tree and give every group its id.

    Args:
        solved: who is who.
        gallery: the pieces.
        uncut: their tracklets.
        above: probability above which merges are kept.
        known: ids of the earlier nights' identities, by anchor.
        site_id: the site.
        cut_right: probability that what the boxes at a cut join is one person.
    """
    labels = solved.tree.labels(above)
    kept = solved.tree.height > above
    merging = solved.tree.merging
    a, b, chance = merging.a[kept], merging.b[kept], merging.probability[kept]
    support = np.full(len(uncut.parts), -np.inf)
    for ends in uncut.that_meet(gallery.tracklet[a], gallery.tracklet[b]):
        np.maximum.at(support, ends, chance)
    support[uncut.cuts] = np.maximum(support[uncut.cuts], cut_right)
    weakest = np.full(int(labels.max(initial=-1)) + 1, np.inf)
    np.minimum.at(weakest, labels[a], chance)
    is_cut = np.diff(uncut.offsets)[gallery.tracklet] > 1
    np.minimum.at(weakest, labels[is_cut], cut_right)
    names = _identity_ids(labels, gallery, uncut.seen, known, site_id)
    return Named(labels, names, np.where(support < 0, np.nan, support), np.where(np.isinf(weakest), np.nan, weakest))


def _identity_ids(labels: IntArray, gallery: Gallery, seen: Seen, known: Sequence[str], site_id: str) -> list[str]:
    """Return the id of each group: that of the earlier identity most of it belongs to, or one of its first tracklet.

    An earlier identity that was split keeps its id in its larger part; of equal ones in the earlier.
    """
    where = gallery.pieces.sightings
    groups = group(labels, where.starts_at, where.ends_at)
    tracklet_ids = seen.tracklets["tracklet_id"].to_pylist()
    first = groups.members[groups.offsets[:-1]]
    # a switched tracklet may begin two groups: its second piece's is told apart by the piece's place
    names = []
    for piece in first.tolist():
        part = piece - int(gallery.first_piece[gallery.tracklet[piece]])
        first_of = {"site": site_id, "first": tracklet_ids[gallery.tracklet[piece]]}
        names.append(ids.digest({**first_of, "part": part} if part else first_of)[:16])
    anchored = np.flatnonzero(where.anchor >= 0)
    if len(anchored):
        keys, counts = np.unique(where.anchor[anchored] * len(groups) + labels[anchored], return_counts=True)
        taken: set[int] = set()
        named: set[int] = set()
        for place in np.lexsort((keys, -counts)).tolist():
            anchor, label = divmod(int(keys[place]), len(groups))
            if anchor not in taken and label not in named:
                taken.add(anchor)
                named.add(label)
                names[label] = known[anchor]
    return names


def member_rows(named: Named, gallery: Gallery, uncut: Uncut, place: Place) -> pa.Table:
    """Return IDENTITY_MEMBERS of the night: one row for each tracklet, that of the piece that it is longest of."""
    where, seen = gallery.pieces.sightings, uncut.parts
    tracklet, piece, shared_us = _shares(gallery, uncut)
    order = np.lexsort((piece, -shared_us, tracklet))
    first = np.unique(tracklet[order], return_index=True)[1]
    rows = np.flatnonzero(is_of_night_rows(seen, place))
    main = piece[order][first][rows]
    # of a tracklet of one piece the second is the same again
    other = piece[order][np.append(first[1:], len(order)) - 1][rows]
    is_switched = named.labels[main] != named.labels[other]
    names = np.array(named.identity, dtype=object)
    return built(
        IDENTITY_MEMBERS,
        place,
        {
            "tracklet_id": seen.tracklets["tracklet_id"].take(pa.array(rows)),
            "identity_id": pa.array(names[named.labels[main]], pa.string()),
            "camera_id": seen.tracklets["camera_id"].take(pa.array(rows)),
            "support": nullable(named.support[rows]),
            "is_weak": ~gallery.pieces.is_seed[main],
            "other_identity_id": pa.array(names[named.labels[other]], pa.string(), mask=~is_switched),
            "switched_at": _instants(where.starts_at[np.maximum(main, other)], ~is_switched),
        },
    )


def _shares(gallery: Gallery, uncut: Uncut) -> tuple[IntArray, IntArray, IntArray]:
    """Return each tracklet with each piece that it is a part of, and for how long, microseconds.

    A whole tracklet that shows two people is two pieces, and of those each of its parts has one or both.
    """
    where = gallery.pieces.sightings
    starts_at, ends_at = (micros(uncut.parts.tracklets[name]) for name in ("starts_at", "ends_at"))
    count = np.bincount(gallery.tracklet, minlength=len(uncut.seen))[uncut.whole]
    tracklet = np.repeat(np.arange(len(uncut.whole)), count)
    nth = np.arange(len(tracklet)) - np.repeat(np.cumsum(count) - count, count)
    piece = gallery.first_piece[uncut.whole[tracklet]] + nth
    shared_us = np.minimum(where.ends_at[piece], ends_at[tracklet]) - np.maximum(
        where.starts_at[piece], starts_at[tracklet]
    )
    is_part = (shared_us >= 0) | (count[tracklet] == 1)
    return tracklet[is_part], piece[is_part], shared_us[is_part]


def identity_rows(
    named: Named, gallery: Gallery, uncut: Uncut, place: Place, is_staff: BoolArray, is_no_person: BoolArray
) -> pa.Table:
    """Return IDENTITIES of the night.

    Args:
        named: the groups.
        gallery: the pieces.
        uncut: their tracklets, of one class.
        place: site and night.
        is_staff: (w,) whole tracklets that a person marked.
        is_no_person: (w,) whole tracklets that a person marked.
    """
    where = gallery.pieces.sightings
    is_of_night = is_of_night_rows(uncut.seen, place)
    pieces = np.flatnonzero(is_of_night[gallery.tracklet])
    own, members = np.unique(named.labels[pieces], return_inverse=True)
    count = len(own)
    starts, ends = np.full(count, 2**62), np.full(count, -(2**62))
    np.minimum.at(starts, members, where.starts_at[pieces])
    np.maximum.at(ends, members, where.ends_at[pieces])
    marks = []
    for mark in (is_staff, is_no_person):
        marked = np.zeros(len(named.identity), bool)
        marked[named.labels[mark[gallery.tracklet]]] = True
        marks.append(marked[own])
    classes = uncut.seen.tracklets["class_name"].to_pylist()[:1] * count
    tracklet, piece, _ = _shares(gallery, uncut)
    is_own = is_of_night[uncut.whole[tracklet]]
    place_of = np.searchsorted(own, named.labels[piece[is_own]])
    return built(
        IDENTITIES,
        place,
        {
            "identity_id": pa.array([named.identity[label] for label in own.tolist()], pa.string()),
            "class_name": pa.array(classes, pa.string()),
            "starts_at": _instants(starts),
            "ends_at": _instants(ends),
            "tracklet_count": _distinct(place_of, tracklet[is_own], count),
            "camera_count": _distinct(members, where.camera[pieces], count),
            "weakest_link": nullable(named.weakest[own]),
            "is_staff": marks[0],
            "is_person": ~marks[1],
        },
    )


def is_of_night_rows(seen: Seen, place: Place) -> BoolArray:
    """Return (t,) whether each tracklet is of the night; the window has those of earlier nights too."""
    days = np.asarray(seen.tracklets["night"].cast(pa.int32()).to_numpy(), np.int64)
    return np.asarray(days == (place.night - date(1970, 1, 1)).days)


def _distinct(owner: IntArray, values: IntArray, count: int) -> IntArray:
    keys = np.unique(owner * (int(values.max(initial=0)) + 1) + values)
    return np.bincount(keys // (int(values.max(initial=0)) + 1), minlength=count)


def _instants(values: IntArray, mask: BoolArray | None = None) -> pa.Array:
    return pa.array(np.asarray(values, np.int64), pa.int64(), mask=mask).cast(INSTANT)


def nullable(values: FloatArray) -> pa.Array:
    """Return a column in which NaN is null."""
    return pa.array(values, mask=np.isnan(values))


def built(contract: Contract, place: Place, columns: dict[str, Any]) -> pa.Table:
    """Return a checked table of one night, sorted by its key."""
    count = len(next(iter(columns.values())))
    placed = {
        "site_id": pa.array([place.site_id] * count, pa.string()),
        "night": pa.array([place.night] * count, pa.date32()),
    }
    table = contract.from_columns({**placed, **columns})
    return table.sort_by([(name, "ascending") for name in contract.key])
