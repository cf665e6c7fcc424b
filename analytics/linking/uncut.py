"""Tracklets that a cut parted, put together again before anybody is compared: how footage was cut decides nothing.

Otherwise a stay in view that five cuts parted would weigh six times as much as another in its camera's mean, among the
arrivals and in the travel times.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from analytics.geometry import BoolArray, FloatArray, IntArray
from analytics.linking.gathering import Seen, micros
from analytics.linking.groups import group, joined


@dataclass(frozen=True, slots=True)
class Uncut:
    """Tracklets as if nothing had been cut.

    Attributes:
        seen: the whole ones, under the name of their first part; what could not be put together is still a join.
        parts: the tracklets, as they were.
        whole: (t,) row in `seen` of each of them.
        offsets: (w + 1,) where the parts of each whole begin in `ordered`.
        ordered: (t,) the tracklets by whole, in order of time.
    """

    seen: Seen
    parts: Seen
    whole: IntArray
    offsets: IntArray
    ordered: IntArray

    @property
    def first(self) -> IntArray:
        """Return (w,) the first part of each whole."""
        return self.ordered[self.offsets[:-1]]

    @property
    def last(self) -> IntArray:
        """Return (w,) the last part of each whole."""
        return self.ordered[self.offsets[1:] - 1]

    @property
    def cuts(self) -> IntArray:
        """Return (j, 2) the parts before and after each cut that was undone."""
        places = np.setdiff1d(np.arange(len(self.ordered)), self.offsets)
        return np.stack([self.ordered[places - 1], self.ordered[places]], axis=1)

    def that_meet(self, one: IntArray, two: IntArray) -> tuple[IntArray, IntArray]:
        """Return the parts of two wholes that meet: the last of the earlier, the first of the later; of one, one."""
        starts_at = micros(self.seen.tracklets["starts_at"])
        is_turned = (starts_at[one] > starts_at[two]) | ((starts_at[one] == starts_at[two]) & (one > two))
        a, b = self.last[np.where(is_turned, two, one)], self.first[np.where(is_turned, one, two)]
        return a, np.where(one == two, a, b)


def undo_cuts(seen: Seen, kinds: Sequence[IntArray], is_apart: BoolArray) -> Uncut:
    """Put together what the boxes at a cut join.

    Args:
        seen: tracklets of one class.
        kinds: (t,) each; tracklets that differ in one stay as they are, such as those of two nights.
        is_apart: (t,) tracklets that stay as they are: a person has spoken of them.
    """
    a, b = seen.joins[:, 0], seen.joins[:, 1]
    is_one = ~is_apart[a] & ~is_apart[b]
    for kind in kinds:
        is_one &= kind[a] == kind[b]
    starts_at, ends_at = (micros(seen.tracklets[name]) for name in ("starts_at", "ends_at"))
    wholes = group(joined(len(seen), a[is_one], b[is_one]), starts_at, ends_at)
    ordered, offsets = wholes.members, wholes.offsets
    if len(wholes) == len(seen):
        return Uncut(seen, seen, wholes.labels, offsets, ordered)
    first, last = ordered[offsets[:-1]], ordered[offsets[1:] - 1]
    heights = seen.tracklets["best_height_px"].to_numpy()
    tracklets = _with(
        seen.tracklets.take(pa.array(first)),
        ends_at=np.maximum.reduceat(ends_at[ordered], offsets[:-1]),
        best_height_px=np.maximum.reduceat(heights[ordered], offsets[:-1]),
        ended_by=seen.tracklets["ended_by"].take(pa.array(last)),
    )
    kept = _best(seen, wholes.labels)
    owner = wholes.labels[seen.owner[kept]]
    by_owner = kept[np.lexsort((seen.captured_at[kept], owner))]
    whole = Seen(
        tracklets,
        seen.first_box[first],
        seen.last_box[last],
        wholes.labels[seen.owner[by_owner]],
        seen.captured_at[by_owner],
        seen.quality[by_owner],
        seen.vectors[by_owner],
        wholes.labels[seen.joins[~is_one]],
        seen.excluded,
    )
    return Uncut(whole, seen, wholes.labels, offsets, ordered)


def _best(seen: Seen, whole: IntArray) -> IntArray:
    """Return the vectors of each whole's best crops: as many as the tracklet that has most, since one tracklet has."""
    most = int(np.bincount(seen.owner).max(initial=0))
    owner = whole[seen.owner]
    order = np.lexsort((seen.captured_at, -seen.quality, owner))
    counts = np.bincount(owner, minlength=int(whole.max(initial=-1)) + 1)
    rank = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.sort(order[rank < most])


def _with(table: pa.Table, **columns: FloatArray | IntArray | pa.ChunkedArray) -> pa.Table:
    for name, values in columns.items():
        field: Any = table.schema.field(name)
        column = values if isinstance(values, pa.ChunkedArray) else pa.array(values).cast(field.type)
        table = table.set_column(table.schema.get_field_index(name), field, column)
    return table
