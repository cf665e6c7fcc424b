"""What is true of a filmed simulated site, worked out from its boxes: visits, crossings, waits, journeys, visitors.

Presence and crossings go by foot points on the image, frame by frame, so that what is computed from the true tracks of
a lake can be equal to it and not only near. Nothing is smoothed and nobody is left out: staff are marked.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from analytics.geometry import BoolArray, points_in_polygon
from analytics.simulation.recorder import Reel
from analytics.simulation.scene import FloatArray, IntArray
from analytics.simulation.true_movements import (
    TRUE_CROSSINGS,
    TRUE_JOURNEYS,
    TRUE_PRESENCE,
    TRUE_QUEUE_WAITS,
    TRUE_VISITS,
)
from analytics.sites import Line, Site
from analytics.timebase import Instant, night_of, seconds_us, to_instant

VISIT_GAP_S = 10.0
"""Breaks of a visit that are bridged: a step aside and back."""

STAY_GAP_S = 10.0
"""Breaks of a stay in one camera's view that are bridged."""

SERVED_WITHIN_S = 10.0
"""How long after leaving the queue zone somebody may enter its service zone and count as served."""

SEEN_VISIBILITY = 0.1
"""Share of a person that has to show for the camera to have seen them; less is a sleeve at the border."""

_BREAK_S = 2.0
"""Frames of a camera that are further apart than this have a break of the footage between them."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FrameLog:
    """The frames of one camera through all of its recordings.

    Attributes:
        captured_at: (n,) rising true UTC instants.
        ends_at: (n,) when each is followed by the next, or its recording ends.
        is_first: (n,) there is no footage just before it.
        is_last: (n,) there is none just after it.
    """

    captured_at: IntArray
    ends_at: IntArray
    is_first: BoolArray
    is_last: BoolArray


@dataclass(frozen=True, slots=True)
class Trace:
    """One person in one camera, at every frame of the camera.

    Attributes:
        person_id: who.
        camera_id: where.
        is_there: (n,) there is a box.
        visibility: (n,) how much of them shows; 0 where there is no box.
        foot_px: (n, 2) where they stand; NaN where there is no box or the floor there is not in view.
    """

    person_id: int
    camera_id: str
    is_there: BoolArray
    visibility: FloatArray
    foot_px: FloatArray


@dataclass(frozen=True, slots=True)
class Filmed:
    """What the cameras saw, as truth knows it.

    Attributes:
        site: cameras, zones and lines.
        logs: the frames of each camera.
        traces: in order of camera and person; people whom a camera never had are not in it.
        staff: ids of the people who work there.
    """

    site: Site
    logs: Mapping[str, FrameLog]
    traces: tuple[Trace, ...]
    staff: frozenset[int]


def frame_log(files: Sequence[Reel]) -> FrameLog:
    """Return the frames of one camera; its files in order of time."""
    captured_at = np.concatenate([np.zeros(0, np.int64), *(reel.captured_at() for reel in files)])
    reel_ends = np.concatenate([np.zeros(0, np.int64), *(np.full(len(reel.ticks), reel.ends_at) for reel in files)])
    is_last = np.append(np.diff(captured_at) > seconds_us(_BREAK_S), True)[: len(captured_at)]
    is_first = np.append(True, is_last[:-1])[: len(captured_at)]
    ends_at = np.where(is_last, reel_ends, np.append(captured_at[1:], 0)[: len(captured_at)])
    return FrameLog(captured_at, ends_at, is_first, is_last)


def filmed(site: Site, logs: Mapping[str, FrameLog], boxes: pa.Table, staff: Iterable[int]) -> Filmed:
    """Return the boxes by camera and person.

    Args:
        site: cameras, zones and lines.
        logs: the frames of each camera.
        boxes: contract TRUE_BOXES.
        staff: ids of the people who work there.
    """
    cameras = np.array(boxes["camera_id"].to_pylist(), object)
    people, frames = boxes["person_id"].to_numpy(), boxes["frame_no"].to_numpy() - 1
    shown = boxes["visibility"].to_numpy().astype(np.float64)
    feet = np.column_stack([boxes["foot_x"].to_numpy(), boxes["foot_y"].to_numpy()]).astype(np.float64)
    feet[~boxes["is_foot_in_view"].to_numpy(zero_copy_only=False)] = np.nan
    traces = []
    for camera_id, log in sorted(logs.items()):
        for person_id in np.unique(people[cameras == camera_id]).tolist():
            own = (cameras == camera_id) & (people == person_id)
            is_there, visibility = np.zeros(len(log.captured_at), np.bool_), np.zeros(len(log.captured_at))
            foot_px = np.full((len(log.captured_at), 2), np.nan)
            is_there[frames[own]], visibility[frames[own]], foot_px[frames[own]] = True, shown[own], feet[own]
            traces.append(Trace(person_id, camera_id, is_there, visibility, foot_px))
    return Filmed(site, logs, tuple(traces), frozenset(staff))


def presence(scene: Filmed) -> pa.Table:
    """Return who was in which zone without a break; contract TRUE_PRESENCE."""
    rows = []
    for trace in scene.traces:
        log = scene.logs[trace.camera_id]
        for zone in scene.site.zones:
            if zone.camera_id == trace.camera_id:
                inside = _inside(trace.foot_px, np.array(zone.polygon, np.float64))
                for first, last in _runs(inside, log):
                    stretch = _stretch(log, first, last)
                    rows.append(_row(scene, trace, stretch["entered_at"]) | {"zone_id": zone.zone_id} | stretch)
    return TRUE_PRESENCE.from_rows(rows)


def visits(scene: Filmed, found: pa.Table, max_gap_s: float = VISIT_GAP_S) -> pa.Table:
    """Return presences with short breaks bridged; contract TRUE_VISITS.

    Args:
        scene: what was filmed.
        found: contract TRUE_PRESENCE.
        max_gap_s: longest break that is bridged, seconds.
    """
    rows: list[Row] = []
    for row in found.sort_by([(name, "ascending") for name in TRUE_PRESENCE.key]).to_pylist():
        before = rows[-1] if rows else None
        is_same = before is not None and all(before[name] == row[name] for name in ("person_id", "zone_id"))
        if before is not None and is_same and (row["entered_at"] - before["left_at"]).total_seconds() <= max_gap_s:
            before["left_at"] = row["left_at"]
            before["is_censored"] |= row["is_censored"]
        else:
            rows.append(row)
    for row in rows:
        row["dwell_s"] = (row["left_at"] - row["entered_at"]).total_seconds()
    table = TRUE_VISITS.from_rows(rows)
    return table.replace_schema_metadata({**(table.schema.metadata or {}), "max_gap_s": str(max_gap_s)})


def crossings(scene: Filmed) -> pa.Table:
    """Return who went over which line which way; contract TRUE_CROSSINGS."""
    rows = []
    for trace in scene.traces:
        log = scene.logs[trace.camera_id]
        for line in scene.site.lines:
            if line.camera_id == trace.camera_id:
                steps, is_from_left = _over(trace.foot_px, line)
                for step, from_left in zip(steps.tolist(), is_from_left.tolist(), strict=True):
                    if not log.is_last[step]:
                        at = int(log.captured_at[step + 1])
                        direction = "in" if from_left == (line.in_from == "left") else "out"
                        own = {"line_id": line.line_id, "crossed_at": at, "direction": direction}
                        rows.append(_row(scene, trace, at) | own)
    return TRUE_CROSSINGS.from_rows(rows)


def queue_waits(scene: Filmed, visited: pa.Table, found: pa.Table) -> pa.Table:
    """Return how long people waited; contract TRUE_QUEUE_WAITS.

    Args:
        scene: what was filmed.
        visited: contract TRUE_VISITS.
        found: contract TRUE_PRESENCE.
    """
    service_of = {zone.serves: zone.zone_id for zone in scene.site.zones if zone.kind == "service"}
    services = [row for row in found.to_pylist() if row["zone_id"] in service_of.values()]
    rows = []
    for visit in visited.to_pylist():
        if visit["zone_id"] not in service_of:
            continue
        until = visit["left_at"] + timedelta(seconds=SERVED_WITHIN_S)
        served = [
            row["entered_at"]
            for row in services
            if row["person_id"] == visit["person_id"]
            and row["zone_id"] == service_of[visit["zone_id"]]
            and visit["entered_at"] <= row["entered_at"] <= until
        ]
        served_at = min(served, default=None)
        wait_s = None if served_at is None else (served_at - visit["entered_at"]).total_seconds()
        kept = ("site_id", "night", "person_id", "entered_at", "left_at", "is_censored", "is_staff")
        own = {"queue_zone_id": visit["zone_id"], "served_at": served_at, "wait_s": wait_s}
        rows.append({name: visit[name] for name in kept} | own)
    return TRUE_QUEUE_WAITS.from_rows(rows)


def journeys(scene: Filmed, visited: pa.Table, stay_gap_s: float = STAY_GAP_S) -> pa.Table:
    """Return the stays in the cameras' views and the visits of zones in order of time; contract TRUE_JOURNEYS.

    A stay goes on while somebody is hidden in the view, and is none when they never showed.

    Args:
        scene: what was filmed.
        visited: contract TRUE_VISITS.
        stay_gap_s: longest break of a stay that is bridged, seconds.
    """
    stops: dict[int, list[Row]] = {}
    for trace in scene.traces:
        if stays := _stays(scene, trace, seconds_us(stay_gap_s)):
            stops.setdefault(trace.person_id, []).extend(stays)
    for visit in visited.to_pylist():
        kept = ("site_id", "night", "person_id", "zone_id", "camera_id", "is_staff")
        times = {"arrived_at": to_instant(visit["entered_at"]), "left_at": to_instant(visit["left_at"])}
        stops.setdefault(visit["person_id"], []).append({name: visit[name] for name in kept} | times)
    rows = []
    for _, own in sorted(stops.items()):
        own.sort(key=lambda row: (row["arrived_at"], row["zone_id"] is not None, row["zone_id"] or row["camera_id"]))
        rows += [row | {"stop_no": number} for number, row in enumerate(own)]
    table = TRUE_JOURNEYS.from_rows(rows)
    return table.replace_schema_metadata({**(table.schema.metadata or {}), "stay_gap_s": str(stay_gap_s)})


def _stays(scene: Filmed, trace: Trace, max_gap_us: int) -> list[Row]:
    log, stays = scene.logs[trace.camera_id], list[Row]()
    for first, last in _runs(trace.is_there, log):
        if trace.visibility[first : last + 1].max() >= SEEN_VISIBILITY:
            stretch = _stretch(log, first, last)
            if stays and stretch["entered_at"] - stays[-1]["left_at"] <= max_gap_us:
                stays[-1]["left_at"] = stretch["left_at"]
            else:
                row = _row(scene, trace, stretch["entered_at"])
                row |= {"arrived_at": stretch["entered_at"], "left_at": stretch["left_at"], "zone_id": None}
                stays.append(row)
    return stays


def _inside(foot_px: FloatArray, polygon: FloatArray) -> BoolArray:
    is_known = np.isfinite(foot_px[:, 0])
    inside = np.zeros(len(foot_px), np.bool_)
    inside[is_known] = points_in_polygon(foot_px[is_known], polygon)
    return inside


def _runs(holds: BoolArray, log: FrameLog) -> Iterator[tuple[int, int]]:
    """Yield the first and the last frame of each stretch in which something holds, cut at breaks of the footage."""
    begins = np.flatnonzero(holds & (log.is_first | ~np.append(False, holds[:-1])[: len(holds)]))
    ends = np.flatnonzero(holds & (log.is_last | ~np.append(holds[1:], False)[: len(holds)]))
    yield from zip(begins.tolist(), ends.tolist(), strict=True)


def _stretch(log: FrameLog, first: int, last: int) -> Row:
    is_censored = bool(log.is_first[first] or log.is_last[last])
    return {
        "entered_at": int(log.captured_at[first]),
        "left_at": int(log.ends_at[last]),
        "is_censored": is_censored,
    }


def _over(foot_px: FloatArray, line: Line) -> tuple[IntArray, BoolArray]:
    """Return the frames after which the way of a foot goes over a line, and whether it comes from its left.

    A point on the line counts to its right; a way that ends on the line's end counts to the line.
    """
    start, end = np.array(line.start), np.array(line.end)
    along = end - start
    offset = foot_px - start
    # y points down: what turns clockwise from the line's direction lies to its right
    side = along[0] * offset[:, 1] - along[1] * offset[:, 0]
    is_left = side < 0
    with np.errstate(invalid="ignore", divide="ignore"):
        changes = np.isfinite(side[:-1]) & np.isfinite(side[1:]) & (is_left[:-1] != is_left[1:])
        share = np.where(changes, side[:-1] / (side[:-1] - side[1:]), 0.0)
        meeting = foot_px[:-1] + share[:, None] * (foot_px[1:] - foot_px[:-1])
        place = ((meeting - start) @ along) / float(along @ along)
    steps = np.flatnonzero(changes & (place >= 0) & (place <= 1))
    return steps, is_left[steps]


def _row(scene: Filmed, trace: Trace, at: Instant) -> Row:
    return {
        "site_id": scene.site.site_id,
        "night": night_of(at, scene.site.zone_info, scene.site.day_starts_at),
        "person_id": trace.person_id,
        "camera_id": trace.camera_id,
        "is_staff": trace.person_id in scene.staff,
    }
