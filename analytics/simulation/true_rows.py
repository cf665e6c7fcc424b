"""What is true of a simulated night, as tables: whose each tracklet is, who was where when, and in which clothes."""

import numpy as np
import pyarrow as pa

from analytics.contracts import Contract
from analytics.geometry import FloatArray, IntArray
from analytics.simulation.camera_tables import instants, named, repeated, tracklet_names
from analytics.simulation.itineraries import UNIFORM
from analytics.simulation.nights import SITE_ID, Cast, Night, person_id
from analytics.simulation.true_tables import (
    TRUE_CLOCKS,
    TRUE_IDENTITIES,
    TRUE_PEOPLE,
    TRUE_STOPS,
    TRUE_TRANSITS,
)
from analytics.timebase import MICROSECONDS


def true_identities(cast: Cast, night: Night) -> pa.Table:
    """Return whose each of a night's tracklets is; contract TRUE_IDENTITIES."""
    tracks, attendance = night.tracks, night.attendance
    share = tracks.first_share
    is_others = tracks.is_switched & (share < 0.5)
    main = np.where(is_others, tracks.other_stop, tracks.stop)
    mixed_in = np.where(is_others, tracks.stop, tracks.other_stop)
    attendee, others = night.stops.attendee[main], attendance.person_no[night.stops.attendee[mixed_in]]
    other_ids = pa.array([person_id(number) for number in others.tolist()], pa.string(), mask=~tracks.is_switched)
    return _table(
        TRUE_IDENTITIES,
        {
            **_place(night, len(tracks)),
            "tracklet_id": pa.array(tracklet_names(cast, night), pa.string()),
            "person_id": _people(attendance.person_no[attendee]),
            "stop_no": pa.array(night.stop_no[main], pa.int32()),
            "share": pa.array(np.maximum(share, 1 - share), pa.float32()),
            "other_person_id": other_ids,
            "is_staff": pa.array(attendance.is_staff[attendee]),
        },
    )


def true_stops(cast: Cast, night: Night) -> pa.Table:
    """Return who was in which view when; contract TRUE_STOPS."""
    stops, attendance = night.stops, night.attendance
    # frame 0 is the opening by the cameras' clocks, and second 0 the same by true time
    return _table(
        TRUE_STOPS,
        {
            **_place(night, len(stops)),
            "person_id": _people(attendance.person_no[stops.attendee]),
            "stop_no": pa.array(night.stop_no, pa.int32()),
            "visit_no": pa.array(night.visit_no, pa.int32()),
            "camera_id": named(list(cast.camera_ids), stops.camera),
            "arrived_at": _true_instants(night, stops.arrived_s),
            "left_at": _true_instants(night, stops.left_s),
            "is_staff": pa.array(attendance.is_staff[stops.attendee]),
        },
    )


def true_people(cast: Cast, night: Night) -> pa.Table:
    """Return who was there in a night, and in what clothes; contract TRUE_PEOPLE."""
    attendance = night.attendance
    count = len(attendance.person_no)
    companion = attendance.companion
    is_led = companion >= 0
    partner = companion.copy()
    partner[companion[is_led]] = np.flatnonzero(is_led)
    companions = [person_id(number) for number in attendance.person_no[partner].tolist()] if count else []
    return _table(
        TRUE_PEOPLE,
        {
            **_place(night, count),
            "person_id": _people(attendance.person_no),
            "outfit_id": pa.array([f"outfit{number:06d}" for number in attendance.outfit_no.tolist()], pa.string()),
            "is_in_uniform": pa.array(attendance.outfit_no == UNIFORM),
            "is_returning": pa.array(attendance.is_returning),
            "companion_id": pa.array(companions, pa.string(), mask=partner < 0),
            "is_staff": pa.array(attendance.is_staff),
        },
    )


def true_clocks(cast: Cast) -> pa.Table:
    """Return the cameras' clock errors; contract TRUE_CLOCKS."""
    count = len(cast.camera_ids)
    columns = {
        "site_id": repeated(SITE_ID, count, pa.string()),
        "camera_id": pa.array(cast.camera_ids, pa.string()),
        "clock_error_s": pa.array(cast.clock_error_s),
    }
    return _table(TRUE_CLOCKS, columns)


def true_transits(cast: Cast) -> pa.Table:
    """Return the travel times between neighbouring cameras, both ways; contract TRUE_TRANSITS."""
    camera, slot = np.nonzero(cast.graph.neighbours >= 0)
    neighbour = cast.graph.neighbours[camera, slot]
    columns = {
        "site_id": repeated(SITE_ID, len(camera), pa.string()),
        "from_camera": named(list(cast.camera_ids), camera),
        "to_camera": named(list(cast.camera_ids), neighbour),
        "median_s": pa.array(cast.graph.median_s[camera, slot]),
        "sigma": repeated(cast.world.travel_sigma, len(camera), pa.float64()),
    }
    return _table(TRUE_TRANSITS, columns)


def _table(contract: Contract, columns: dict[str, pa.Array]) -> pa.Table:
    return pa.Table.from_arrays([columns[name] for name in contract.schema.names], schema=contract.schema)


def _place(night: Night, count: int) -> dict[str, pa.Array]:
    return {"site_id": repeated(SITE_ID, count, pa.string()), "night": repeated(night.on, count, pa.date32())}


def _people(numbers: IntArray) -> pa.Array:
    return pa.array([person_id(number) for number in numbers.tolist()], pa.string())


def _true_instants(night: Night, seconds: FloatArray) -> pa.Array:
    return instants(night.opens_at + np.round(seconds * MICROSECONDS).astype(np.int64))
