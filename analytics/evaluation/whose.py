"""Whose each tracklet is, and which identity it was given: what linking is judged by.

Who a tracklet is follows from boxes (most of its boxes lie on that person's) or from the table that a simulated site
comes with. Nothing is scored here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.contracts import INSTANT, Column, Contract, at_most, within
from analytics.errors import ConfigError
from analytics.evaluation.agreement import NOBODY, LinkedTracklets
from analytics.evaluation.cameras import CameraTracks
from analytics.evaluation.scores import DEFAULT_MIN_IOU
from analytics.evaluation.tracking import Name
from analytics.geometry import IntArray, iou

_TRACKLET = Column("tracklet_id", pa.string(), "tracklet of the lake")
_PERSON = Column("person_id", pa.string(), "whose most of its points are; null: nobody's, a false track", True)

TRACKLET_PEOPLE = Contract(
    name="tracklet_people",
    version=1,
    key=("tracklet_id",),
    columns=(_TRACKLET, _PERSON, Column("share", pa.float32(), "share of its points that are, in [0, 1]")),
    rules=(within("share", 0, 1),),
)
"""Whose each tracklet is."""

COMPARED_TRACKLETS = Contract(
    name="compared_tracklets",
    version=1,
    key=("tracklet_id",),
    columns=(
        _TRACKLET,
        Column("night", pa.date32(), "local date of the site that it is counted to"),
        Column("camera_id", pa.string(), "camera that recorded it"),
        Column("starts_at", INSTANT, "UTC instant of its first point"),
        Column("ends_at", INSTANT, "UTC instant of its last point"),
        Column("identity_id", pa.string(), "identity that it was given; null: none, it stands alone", True),
        Column("other_identity_id", pa.string(), "identity of its end, where it goes over; null: it has one", True),
        Column("switched_at", INSTANT, "UTC instant at which it goes over; null: it does not", True),
        _PERSON,
    ),
    rules=(at_most("starts_at", "ends_at"),),
)
"""What was said of each tracklet, and what is so; an answer, not a table of the lake."""


def people_of_boxes(cameras: Sequence[CameraTracks], min_iou: float = DEFAULT_MIN_IOU) -> pa.Table:
    """Tell whose each tracklet is by where its boxes lie.

    A box is on the true one that it overlaps most, from `min_iou` on. A tracklet is the person's whom most of its
    boxes are on (of a tie, the one of the smaller number), and nobody's when most are on nobody. Several tracklets of
    one person may be in view at once, as where a tracker doubles somebody.

    Args:
        cameras: tracks and truth; boxes on frames that were not analysed are left out.
        min_iou: in (0, 1].

    Returns:
        TRACKLET_PEOPLE: all tracklets of the cameras. One without a box on these frames is nobody's.
    """
    columns: dict[str, list[object]] = {"tracklet_id": [], "person_id": [], "share": []}
    for camera in cameras:
        found, people = camera.found.ids, _people_below(camera, min_iou)
        is_evaluated = np.isin(camera.found.frames, camera.frames)
        pairs, votes = np.unique(np.stack([found[is_evaluated], people[is_evaluated]]), axis=1, return_counts=True)
        # the last row of each tracklet wins: most votes, somebody before nobody, the smaller number
        order = np.lexsort((-pairs[1], pairs[1] != NOBODY, votes, pairs[0]))
        totals = np.bincount(pairs[0], votes, len(camera.tracklet_ids))
        winner, won = np.full(len(totals), NOBODY), np.zeros(len(totals))
        winner[pairs[0][order]], won[pairs[0][order]] = pairs[1][order], votes[order]
        columns["tracklet_id"] += camera.tracklet_ids
        columns["person_id"] += [None if number == NOBODY else str(number) for number in winner.tolist()]
        columns["share"] += (won / np.maximum(totals, 1)).tolist()
    return TRACKLET_PEOPLE.from_columns(columns)


def people_of_table(true_identities: pa.Table) -> pa.Table:
    """Return TRACKLET_PEOPLE of a simulated site's table `true_identities`. Raises ContractError for any other."""
    people = TRACKLET_PEOPLE.conform(true_identities.select(["tracklet_id", "person_id", "share"]))
    TRACKLET_PEOPLE.check(people)
    return people


def compare(tracklets: pa.Table, members: pa.Table, people: pa.Table) -> pa.Table:
    """Join what was said and what is so.

    Args:
        tracklets: rows of TRACKLETS, those that are judged.
        members: rows of IDENTITY_MEMBERS: tracklet_id, identity_id, other_identity_id and switched_at.
        people: rows of TRACKLET_PEOPLE.

    Returns:
        COMPARED_TRACKLETS: one row for each tracklet in the order given. One that the truth does not name is nobody's.

    Raises:
        ConfigError: there are tracklets, and the truth names none of them: it is another lake's.
    """
    ids = tracklets["tracklet_id"]
    places = pc.index_in(ids, value_set=people["tracklet_id"].combine_chunks())
    if len(ids) and places.null_count == len(ids):
        raise ConfigError(
            f"expected the truth of this lake's tracklets, got that of others: none of {len(ids)} is in it"
        )
    own = pc.index_in(ids, value_set=members["tracklet_id"].combine_chunks())
    return COMPARED_TRACKLETS.from_columns(
        {
            **{name: tracklets[name] for name in ("tracklet_id", "night", "camera_id", "starts_at", "ends_at")},
            **{name: members[name].take(own) for name in ("identity_id", "other_identity_id", "switched_at")},
            "person_id": people["person_id"].take(places),
        }
    )


def apart_by_night(compared: pa.Table) -> pa.Table:
    """Return COMPARED_TRACKLETS in which a person and an identity are other ones in another night.

    Identities of a window of one night expire with it: whoever comes back is not to be found again. The names are
    changed only where there are several nights.
    """
    if len(pc.unique(compared["night"])) < 2:
        return compared
    nights = compared["night"].cast(pa.string())
    for name in ("identity_id", "other_identity_id", "person_id"):
        place = compared.schema.get_field_index(name)
        joined = pc.binary_join_element_wise(compared[name], nights, " ")
        compared = compared.set_column(place, compared.schema.field(name), joined)
    return compared


def as_arrays(compared: pa.Table) -> LinkedTracklets:
    """Return COMPARED_TRACKLETS as numbers; a tracklet weighs its seconds, one of a single point nothing."""
    starts_at, ends_at = (compared[name].cast(pa.int64()).to_numpy() for name in ("starts_at", "ends_at"))
    identities = _numbers(compared["identity_id"])
    alone = identities.max(initial=0) + 1 + np.arange(len(identities))
    return LinkedTracklets(
        identities=np.where(identities < 0, alone, identities),
        people=_numbers(compared["person_id"]),
        cameras=_numbers(compared["camera_id"]),
        starts_at=starts_at,
        weights=(ends_at - starts_at) / 1e6,
    )


def name_boxes(compared: pa.Table) -> Name:
    """Return what gives boxes the identities of their tracklets, the other one after the instant of a switch."""
    count = compared.num_rows
    both = _numbers(pa.chunked_array([*compared["identity_id"].chunks, *compared["other_identity_id"].chunks]))
    alone = both.max(initial=0) + 1 + np.arange(count)
    own, other = np.where(both[:count] < 0, alone, both[:count]), both[count:]
    never = np.iinfo(np.int64).max
    switched_at = pc.fill_null(compared["switched_at"].cast(pa.int64()), never).to_numpy()
    return _Naming(compared["tracklet_id"].combine_chunks(), own, np.where(other < 0, own, other), switched_at)


def name_by(compared: pa.Table, identities: IntArray) -> Name:
    """Return what gives the boxes of each compared tracklet one identity."""
    never = np.full(len(identities), np.iinfo(np.int64).max)
    return _Naming(compared["tracklet_id"].combine_chunks(), identities, identities, never)


@dataclass(frozen=True, slots=True)
class _Naming:
    tracklet_ids: pa.Array
    own: IntArray
    other: IntArray
    switched_at: IntArray

    def __call__(self, camera: CameraTracks) -> IntArray:
        places = pc.index_in(pa.array(camera.tracklet_ids, pa.string()), value_set=self.tracklet_ids)
        rows = np.asarray(places.to_numpy(zero_copy_only=False)[camera.found.ids], np.int64)
        is_other = camera.found_at >= self.switched_at[rows]
        return np.asarray(np.where(is_other, self.other[rows], self.own[rows]), np.int64)


def _numbers(names: pa.ChunkedArray) -> IntArray:
    """Return (n,) a number for each name in order of the names, -1 for null."""
    distinct = pc.unique(names.drop_null())
    ordered = distinct.take(pc.sort_indices(distinct))
    return np.asarray(pc.fill_null(pc.index_in(names, value_set=ordered), NOBODY).to_numpy(), np.int64)


def _people_below(camera: CameraTracks, min_iou: float) -> IntArray:
    """Return whose true box each found box lies on, NOBODY for none."""
    people = np.full(len(camera.found), NOBODY, np.int64)
    for found, true in _same_frames(camera.found.frames, camera.truth.frames):
        overlaps = iou(camera.found.boxes[found], camera.truth.boxes[true])
        best = overlaps.argmax(axis=1)
        is_on = overlaps.max(axis=1) >= min_iou
        people[found] = np.where(is_on, camera.truth.ids[true][best], NOBODY)
    return people


def _same_frames(a: IntArray, b: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield the places of each frame that is in both, in each of them."""
    common = np.intersect1d(a, b)
    yield from zip(_places(a, common), _places(b, common), strict=True)


def _places(frames: IntArray, wanted: IntArray) -> Iterator[IntArray]:
    order = np.argsort(frames, kind="stable")
    low = np.searchsorted(frames[order], wanted).tolist()
    high = np.searchsorted(frames[order], wanted, side="right").tolist()
    for first, end in zip(low, high, strict=True):
        yield order[first:end]
