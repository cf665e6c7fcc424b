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
from analytics.linking.gathering import Seen
from analytics.linking.groups import group
from analytics.linking.solving import Solved
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
        support: (n,) probability of the best link that holds a piece; NaN where it is alone.
        weakest: (m,) smallest probability of a group's links; NaN where it is one piece.
    """

    labels: IntArray
    identity: Sequence[str]
    support: FloatArray
    weakest: FloatArray


def name_groups(
    solved: Solved, gallery: Gallery, seen: Seen, above: float, known: Sequence[str], site_id: str
) -> Named:
    """Cut the tree and give every group its id.

    Args:
        solved: who is who.
        gallery: the pieces.
        seen: their tracklets.
        above: probability above which merges are kept.
        known: ids of the earlier nights' identities, by anchor.
        site_id: the site.
    """
    labels = solved.tree.labels(above)
    kept = solved.tree.height > above
    merging = solved.tree.merging
    a, b, chance = merging.a[kept], merging.b[kept], merging.probability[kept]
    support = np.full(len(labels), -np.inf)
    np.maximum.at(support, a, chance)
    np.maximum.at(support, b, chance)
    weakest = np.full(int(labels.max(initial=-1)) + 1, np.inf)
    np.minimum.at(weakest, labels[a], chance)
    names = _identity_ids(labels, gallery, seen, known, site_id)
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


def member_rows(named: Named, gallery: Gallery, seen: Seen, place: Place) -> pa.Table:
    """Return IDENTITY_MEMBERS of the night: one row for each tracklet, that of its longest piece."""
    where = gallery.pieces.sightings
    length = where.ends_at - where.starts_at
    order = np.lexsort((np.arange(len(length)), -length, gallery.tracklet))
    main = order[np.unique(gallery.tracklet[order], return_index=True)[1]]
    rows = np.flatnonzero(is_of_night_rows(seen, place))
    piece = main[rows]
    second = gallery.first_piece[rows] + 1
    is_parted = np.bincount(gallery.tracklet, minlength=len(seen))[rows] > 1
    other = np.where(piece == gallery.first_piece[rows], np.minimum(second, len(length) - 1), gallery.first_piece[rows])
    is_switched = is_parted & (named.labels[piece] != named.labels[other])
    names = np.array(named.identity, dtype=object)
    return built(
        IDENTITY_MEMBERS,
        place,
        {
            "tracklet_id": seen.tracklets["tracklet_id"].take(pa.array(rows)),
            "identity_id": pa.array(names[named.labels[piece]], pa.string()),
            "camera_id": seen.tracklets["camera_id"].take(pa.array(rows)),
            "support": nullable(named.support[piece]),
            "is_weak": ~gallery.pieces.is_seed[piece],
            "other_identity_id": pa.array(names[named.labels[other]], pa.string(), mask=~is_switched),
            "switched_at": _instants(where.starts_at[np.minimum(second, len(length) - 1)], ~is_switched),
        },
    )


def identity_rows(
    named: Named, gallery: Gallery, seen: Seen, place: Place, is_staff: BoolArray, is_no_person: BoolArray
) -> pa.Table:
    """Return IDENTITIES of the night.

    Args:
        named: the groups.
        gallery: the pieces.
        seen: their tracklets, of one class.
        place: site and night.
        is_staff: (t,) tracklets that a person marked.
        is_no_person: (t,) tracklets that a person marked.
    """
    where = gallery.pieces.sightings
    pieces = np.flatnonzero(is_of_night_rows(seen, place)[gallery.tracklet])
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
    classes = seen.tracklets["class_name"].to_pylist()[:1] * count
    return built(
        IDENTITIES,
        place,
        {
            "identity_id": pa.array([named.identity[label] for label in own.tolist()], pa.string()),
            "class_name": pa.array(classes, pa.string()),
            "starts_at": _instants(starts),
            "ends_at": _instants(ends),
            "tracklet_count": _distinct(members, gallery.tracklet[pieces], count),
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
