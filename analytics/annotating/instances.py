"""The tracked, new and already seen instances of each analysed frame, as users of trackers know them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.annotating.cast import Cast
from analytics.annotating.tracks import Analysed, Boxes, read_boxes
from analytics.contracts import INSTANT, Column, Contract, Rule, at_most
from analytics.geometry import BoolArray, IntArray
from analytics.lake.lake import Lake

FRAME_INSTANCES = Contract(
    name="frame_instances",
    version=1,
    key=("camera_id", "captured_at"),
    columns=(
        Column("site_id", pa.string(), "the site"),
        Column("night", pa.date32(), "local date of the site that the frame is counted to; all counts begin with it"),
        Column("camera_id", pa.string(), "the camera"),
        Column(
            "captured_at",
            INSTANT,
            "UTC instant of an analysed frame in which anything was detected or tracked; others have no row",
        ),
        Column("counted_by", pa.string(), "identity, or tracklet where nothing was linked: then nobody is seen twice"),
        Column("tracked", pa.int32(), "boxes of tracklets in this frame, interpolated ones too; staff left out"),
        Column("people", pa.int32(), "different people of them: less where a tracker doubles somebody"),
        Column("new", pa.int32(), "people whose first frame of the night in this camera this is"),
        Column(
            "already_seen", pa.int32(), "people whom this camera saw in an earlier frame of the night: people - new"
        ),
        Column(
            "already_seen_elsewhere",
            pa.int32(),
            "people whom another camera saw in an earlier frame of the night, new here or not",
        ),
        Column("new_so_far", pa.int64(), "different people whom this camera saw this night, up to this frame"),
        Column("from_elsewhere_so_far", pa.int64(), "of new_so_far those whom another camera had seen before this one"),
        Column(
            "seen_again_so_far",
            pa.int64(),
            "times that somebody came back into this camera's view after more than 10 s out of it, up to this frame",
        ),
        Column("staff", pa.int32(), "staff in this frame; counted with the people too where that was asked for"),
    ),
    rules=(
        at_most("people", "tracked"),
        at_most("already_seen_elsewhere", "people"),
        at_most("from_elsewhere_so_far", "new_so_far"),
        Rule(
            "people_are_new_or_already_seen",
            lambda table: pc.equal(table["people"], pc.add(table["new"], table["already_seen"])),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class SoFar:
    """Counts from the begin of a night up to any instant of it.

    Attributes:
        new: instants, rising, at which somebody was first seen here.
        from_elsewhere: those of whom another camera saw before.
        again: instants at which somebody came back.
    """

    new: IntArray
    from_elsewhere: IntArray
    again: IntArray

    def at(self, instants: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        """Return (n,) how many were new, came from elsewhere, and came back up to each of (n,) instants."""
        new, elsewhere, again = (
            np.searchsorted(each, instants, side="right") for each in (self.new, self.from_elsewhere, self.again)
        )
        return new, elsewhere, again


def so_far(cast: Cast, night: date) -> SoFar:
    """Return the running counts of a night."""
    is_own = np.array([each == night for each in cast.nights], bool) & cast.is_counted
    first = cast.first_here[is_own]
    came = first[cast.first_elsewhere[is_own] < first]
    return SoFar(np.sort(first), np.sort(came), cast.again_at.get(night, np.zeros(0, np.int64)))


def frame_instances(
    lake: Lake, site_id: str, camera_id: str, segments: Sequence[Analysed], cast: Cast
) -> Iterator[pa.Table]:
    """Yield FRAME_INSTANCES of a camera, a segment at a time, in order of time."""
    counts = {night: so_far(cast, night) for night in {segment.night for segment in segments}}
    for segment in segments:
        found = read_boxes(lake, camera_id, segment)
        if len(found.frames):
            yield _table(found, site_id, camera_id, cast, counts[segment.night])


def _table(found: Boxes, site_id: str, camera_id: str, cast: Cast, counts: SoFar) -> pa.Table:
    frames = found.frames
    frame, person = _instances(found, cast)
    counted = cast.is_counted[person]
    visits = np.unique(np.stack([frame[counted], person[counted]], axis=1), axis=0)
    at, who = frames[visits[:, 0]], visits[:, 1]
    is_new = cast.first_here[who] == at
    new, elsewhere, again = counts.at(frames)

    def per_frame(numbers: IntArray, chosen: BoolArray | None = None) -> IntArray:
        kept = numbers if chosen is None else numbers[chosen]
        return np.bincount(kept, minlength=len(frames))

    return FRAME_INSTANCES.from_columns(
        {
            "site_id": site_id,
            "night": found.segment.night,
            "camera_id": camera_id,
            "captured_at": pa.array(frames, pa.int64()).cast(INSTANT),
            "counted_by": "identity" if cast.is_linked else "tracklet",
            "tracked": per_frame(frame, counted),
            "people": per_frame(visits[:, 0]),
            "new": per_frame(visits[:, 0], is_new),
            "already_seen": per_frame(visits[:, 0], ~is_new),
            "already_seen_elsewhere": per_frame(visits[:, 0], cast.first_elsewhere[who] < at),
            "new_so_far": new,
            "from_elsewhere_so_far": elsewhere,
            "seen_again_so_far": again,
            "staff": per_frame(frame, cast.is_staff[person]),
        }
    )


def _instances(found: Boxes, cast: Cast) -> tuple[IntArray, IntArray]:
    """Return (n,) frame and person of every tracked box."""
    frames, people = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for track in found.tracks:
        owner = cast.owners[track.tracklet_id]
        frames.append(np.searchsorted(found.frames, track.at))
        people.append(np.where(track.at >= owner.switched_at, owner.other, owner.person))
    return np.concatenate(frames), np.concatenate(people)
