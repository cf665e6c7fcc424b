"""Who the tracklets of one camera are, and where each was first seen: what new and already seen mean.

Without links every tracklet is somebody of its own.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.drawing.blurring import may_have_a_head
from analytics.drawing.colours import STAFF, Bgr, colours
from analytics.geometry import BoolArray, IntArray
from analytics.lake.lake import Lake
from analytics.tables import IDENTITIES, IDENTITY_MEMBERS, TRACKLETS
from analytics.timebase import Instant, seconds_us

NEVER = np.iinfo(np.int64).max
AWAY_US = seconds_us(10.0)
"""Whoever was out of view for longer than this appears again: a tracker that loses somebody behind a pillar finds them
sooner, and a cut of a file is no absence."""

_SHORTEST_LABEL = 3
_PIECES = pa.schema(
    {"night": pa.date32(), "camera_id": pa.string(), "person": pa.string(), "begin": pa.int64(), "end": pa.int64()}
)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a tracklet is: positions in the arrays of `Cast`.

    Attributes:
        person: whose it is until `switched_at`.
        other: whose it is from then on.
        switched_at: UTC instant; NEVER: it shows one person.
    """

    person: int
    other: int
    switched_at: int

    def at(self, instant: Instant) -> int:
        """Return whose it is at an instant."""
        return self.other if instant >= self.switched_at else self.person


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody whom one camera saw in some nights; the same identity is another entry in another night.

    Attributes:
        is_linked: identities are known; otherwise everybody is one tracklet.
        owners: by tracklet of the camera.
        nights: (p,) night of each.
        names: (p,) identity, or tracklet.
        labels: (p,) the short name that is drawn.
        colours: (p,) BGR.
        first_here: (p,) UTC instant of the first frame of this night in this camera.
        first_elsewhere: (p,) the same of the other cameras; NEVER: none saw them.
        came_from: (p,) the camera that saw them last before `first_here`, or None.
        is_counted: (p,) visitors: no staff unless asked for, nothing that somebody said is no person, no vehicle.
        is_staff: (p,) somebody said so.
        again_at: by night UTC instants, rising, at which one who is counted was here again after `AWAY_US` out of view.
    """

    is_linked: bool
    owners: Mapping[str, Owner]
    nights: tuple[date, ...]
    names: tuple[str, ...]
    labels: tuple[str, ...]
    colours: tuple[Bgr, ...]
    first_here: IntArray
    first_elsewhere: IntArray
    came_from: tuple[str | None, ...]
    is_counted: BoolArray
    is_staff: BoolArray
    again_at: Mapping[date, IntArray]


def read_cast(lake: Lake, camera_id: str, nights: Collection[date], *, with_staff: bool = False) -> Cast:
    """Read who is who in one camera.

    Args:
        lake: perceived, and linked or not.
        camera_id: the camera.
        nights: the nights.
        with_staff: staff are counted as visitors are.
    """
    tracklets = lake.read(
        TRACKLETS, nights, columns=["night", "tracklet_id", "camera_id", "class_name", "starts_at", "ends_at"]
    )
    members = lake.read(
        IDENTITY_MEMBERS, nights, columns=["tracklet_id", "identity_id", "other_identity_id", "switched_at"]
    )
    marks = lake.read(IDENTITIES, nights, columns=["identity_id", "is_staff", "is_person"]).to_pylist()
    staff = {row["identity_id"] for row in marks if row["is_staff"]}
    things = {row["identity_id"] for row in marks if not row["is_person"]}
    joined = tracklets.join(members, "tracklet_id").sort_by([("starts_at", "ascending"), ("tracklet_id", "ascending")])
    joined = _with_numbers(joined)
    pieces = _pieces(joined).sort_by([("begin", "ascending"), ("person", "ascending")])
    seen = pieces.group_by(["night", "person", "camera_id"], use_threads=False).aggregate([("begin", "min")])
    here = seen.filter(pc.equal(seen["camera_id"], camera_id))
    keys = list(zip(here["night"].to_pylist(), here["person"].to_pylist(), strict=True))
    place = {key: number for number, key in enumerate(keys)}
    first_here = np.asarray(here["begin_min"].to_numpy(), np.int64)
    elsewhere, came_from = _elsewhere(pieces, camera_id, place, first_here)
    own = joined.filter(pc.equal(joined["camera_id"], camera_id))
    names = tuple(name for _, name in keys)
    is_staff = np.array([name in staff for name in names], bool)
    vehicles = {
        (night, person)
        for night, person, name in zip(
            *(own[each].to_pylist() for each in ("night", "person", "class_name")), strict=True
        )
        if not may_have_a_head(name)
    }
    is_thing = np.array([key in vehicles or key[1] in things for key in keys], bool)
    is_counted = ~is_thing & (~is_staff | with_staff)
    everybody = list(dict.fromkeys(pieces["person"].to_pylist()))
    colour_of, label_of = colours(everybody, _together(pieces)), _labels(everybody, members.num_rows > 0)
    return Cast(
        is_linked=members.num_rows > 0,
        owners=_owners(own, place),
        nights=tuple(night for night, _ in keys),
        names=names,
        labels=tuple(label_of[name] for name in names),
        colours=tuple(STAFF if name in staff else colour_of[name] for name in names),
        first_here=first_here,
        first_elsewhere=elsewhere,
        came_from=came_from,
        is_counted=is_counted,
        is_staff=is_staff,
        again_at=_again(pieces.filter(pc.equal(pieces["camera_id"], camera_id)), place, is_counted),
    )


def _with_numbers(joined: pa.Table) -> pa.Table:
    """Add person, other (null: none), begin, end and switched (null: never), instants as integers."""
    person = pc.coalesce(joined["identity_id"], joined["tracklet_id"])
    return (
        joined.append_column("person", person)
        .append_column("begin", joined["starts_at"].cast(pa.int64()))
        .append_column("end", joined["ends_at"].cast(pa.int64()))
        .append_column("switched", joined["switched_at"].cast(pa.int64()))
    )


def _pieces(joined: pa.Table) -> pa.Table:
    """Return from when to when each tracklet shows whom: two rows where it goes over to another."""
    names = ["night", "camera_id", "person", "begin", "end"]
    is_switched = pc.is_valid(joined["switched"])
    before_end = pc.min_element_wise(joined["end"], pc.subtract(joined["switched"], 1))
    first = joined.set_column(
        joined.schema.get_field_index("end"), "end", pc.if_else(is_switched, before_end, joined["end"])
    )
    second = joined.filter(is_switched)
    second = second.set_column(
        second.schema.get_field_index("person"), "person", pc.coalesce(second["other_identity_id"], second["person"])
    ).set_column(second.schema.get_field_index("begin"), "begin", second["switched"])
    return pa.concat_tables([each.select(names).cast(_PIECES) for each in (first, second)])


def _elsewhere(
    pieces: pa.Table, camera_id: str, place: Mapping[tuple[date, str], int], first_here: IntArray
) -> tuple[IntArray, tuple[str | None, ...]]:
    """Return when other cameras first saw each, and which of them saw each last before this one did."""
    first = np.full(len(first_here), NEVER, np.int64)
    last: list[tuple[int, str] | None] = [None] * len(first_here)
    others = pieces.filter(pc.not_equal(pieces["camera_id"], camera_id))
    for night, person, other_camera, begin, end in _rows(others, "night", "person", "camera_id", "begin", "end"):
        number = place.get((night, person))
        if number is None:
            continue
        first[number] = min(int(first[number]), begin)
        if begin < first_here[number]:
            last[number] = max(last[number] or (end, other_camera), (end, other_camera))
    return first, tuple(each[1] if each else None for each in last)


def _owners(own: pa.Table, place: Mapping[tuple[date, str], int]) -> Mapping[str, Owner]:
    owners = {}
    rows = _rows(own, "night", "tracklet_id", "person", "other_identity_id", "switched")
    for night, tracklet_id, person, other, switched in rows:
        number = place[night, person]
        owners[tracklet_id] = Owner(number, place.get((night, other), number), NEVER if switched is None else switched)
    return owners


def _again(pieces: pa.Table, place: Mapping[tuple[date, str], int], is_counted: BoolArray) -> Mapping[date, IntArray]:
    left: dict[int, int] = {}
    again: dict[date, list[int]] = {}
    for night, person, begin, end in _rows(pieces, "night", "person", "begin", "end"):
        number = place[night, person]
        if number in left and begin - left[number] > AWAY_US and is_counted[number]:
            again.setdefault(night, []).append(begin)
        left[number] = max(left.get(number, end), end)
    return {night: np.array(instants, np.int64) for night, instants in again.items()}


def _rows(table: pa.Table, *names: str) -> Iterator[tuple[Any, ...]]:
    return zip(*(table[name].to_pylist() for name in names), strict=True)


def _together(pieces: pa.Table) -> Mapping[str, set[str]]:
    """Return for each person who is in view of the same camera less than `AWAY_US` before, after or with them."""
    together: dict[str, set[str]] = {}
    present: dict[str, dict[str, int]] = {}
    for camera_id, person, begin, end in _rows(pieces, "camera_id", "person", "begin", "end"):
        here = present.setdefault(camera_id, {})
        for gone in [name for name, until in here.items() if until < begin - AWAY_US]:
            del here[gone]
        for name in here:
            if name != person:
                together.setdefault(person, set()).add(name)
                together.setdefault(name, set()).add(person)
        here[person] = max(here.get(person, end), end)
    return together


def _labels(people: Collection[str], is_linked: bool) -> Mapping[str, str]:
    """Return the shortest beginning of the ids, at least 3 characters, that tells all apart; numbers for tracklets."""
    if not is_linked:
        return {name: f"#{number}" for number, name in enumerate(people, 1)}
    length = _SHORTEST_LABEL
    while len({name[:length] for name in people}) < len(people):
        length += 1
    return {name: name[:length] for name in people}
