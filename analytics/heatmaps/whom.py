"""Who is counted, and as whom: the people of tracklets, after what linking and people's decisions say."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.geometry import IntArray
from analytics.heatmaps.stays import Whose
from analytics.lake.lake import Lake
from analytics.tables import IDENTITIES, IDENTITY_MEMBERS, RECORDINGS, TRACKLETS

_NEVER = np.iinfo(np.int64).max
_NOBODY = -1

Size = tuple[int, int]
"""Width and height of a recording, px."""


@dataclass(frozen=True)
class People:
    """The tracklets of some nights and who they show.

    Attributes:
        tracklet_ids: of all tracklets of the wanted class, in order.
        whose: by place in `tracklet_ids`.
        sizes: of the recording of each tracklet, by tracklet id.
        unlinked: nights that have tracklets and were not linked: there each tracklet counts as a person.
        with_staff: staff are counted.
    """

    tracklet_ids: pa.Array
    whose: Whose
    sizes: dict[str, Size]
    unlinked: tuple[date, ...]
    with_staff: bool

    def numbers_of(self, tracklet_ids: pa.Array) -> IntArray:
        """Return the (n,) places of tracklets in `tracklet_ids`, -1 for those of another class."""
        found = pc.fill_null(pc.index_in(tracklet_ids, value_set=self.tracklet_ids), _NOBODY)
        return np.asarray(found.to_numpy(zero_copy_only=False), np.int64)


def people_of(
    lake: Lake, nights: Collection[date], cameras: Collection[str], class_name: str, *, with_staff: bool
) -> People:
    """Read who the tracklets of some nights and cameras show.

    An identity that linking does not know to be a person (a mannequin) is nobody; so is staff, unless it is wanted.
    Identities are known within a window of linking, which is one night by default.

    Args:
        lake: perceived, and linked or not.
        nights: nights wanted.
        cameras: cameras wanted.
        class_name: class of the tracklets.
        with_staff: count staff too.
    """
    tracklets = lake.read(TRACKLETS, nights, cameras, ["tracklet_id", "night", "recording_id", "class_name"])
    tracklets = tracklets.filter(pc.equal(tracklets["class_name"], class_name))
    ids = tracklets["tracklet_id"].combine_chunks()
    members = lake.read(
        IDENTITY_MEMBERS, nights, cameras, ["tracklet_id", "identity_id", "other_identity_id", "switched_at"]
    )
    identities = lake.read(IDENTITIES, nights, columns=["identity_id", "is_staff", "is_person"])
    counted = pc.and_(identities["is_person"], pc.or_(pc.invert(identities["is_staff"]), with_staff))
    left_out = identities["identity_id"].filter(pc.invert(counted)).combine_chunks()
    at = pc.index_in(ids, value_set=members["tracklet_id"].combine_chunks())
    own, other = (_taken(members[name], at) for name in ("identity_id", "other_identity_id"))
    own = pc.coalesce(own, pc.binary_join_element_wise("tracklet", ids, " "))  # an id has no space in it
    names = pc.unique(pa.concat_arrays([own, other.drop_null()]))
    switched = _taken(members["switched_at"], at).cast(pa.int64())
    is_unlinked = pc.is_null(at)
    return People(
        tracklet_ids=ids,
        whose=Whose(
            _numbered(own, names, left_out),
            _numbered(other, names, left_out),
            np.asarray(pc.fill_null(switched, _NEVER).to_numpy(zero_copy_only=False), np.int64),
        ),
        sizes=_sizes(lake, nights, tracklets),
        unlinked=tuple(sorted(set(tracklets["night"].filter(is_unlinked).to_pylist()))),
        with_staff=with_staff,
    )


def _taken(column: pa.ChunkedArray, at: pa.Array) -> pa.Array:
    return pc.take(column.combine_chunks(), at)


def _numbered(identities: pa.Array, names: pa.Array, left_out: pa.Array) -> IntArray:
    number = pc.index_in(identities, value_set=names)
    is_out = pc.is_in(identities, value_set=left_out)
    kept = pc.if_else(is_out, _NOBODY, pc.fill_null(number, _NOBODY))
    return np.asarray(kept.to_numpy(zero_copy_only=False), np.int64)


def _sizes(lake: Lake, nights: Collection[date], tracklets: pa.Table) -> dict[str, Size]:
    recordings = lake.read(RECORDINGS, nights, columns=["recording_id", "width_px", "height_px"]).to_pylist()
    known = {row["recording_id"]: (row["width_px"] or 0, row["height_px"] or 0) for row in recordings}
    names = zip(tracklets["tracklet_id"].to_pylist(), tracklets["recording_id"].to_pylist(), strict=True)
    return {tracklet_id: known.get(recording_id, (0, 0)) for tracklet_id, recording_id in names}
