"""The nights of a world, one after the other: people, stays, tracklets and ways, and what all nights have in common."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from analytics import ids
from analytics.geometry import FloatArray, IntArray
from analytics.simulation.appearance import Appearance, Pictures, draw_appearance
from analytics.simulation.fragments import Grid, Tracks, build_grid, track
from analytics.simulation.itineraries import Attendance, Graph, Stops, attendances, build_graph, walk
from analytics.simulation.views import Paths, build_paths, draw_statures
from analytics.simulation.world import Purpose, World, stream
from analytics.timebase import MICROSECONDS, Instant

SITE_ID = "simulated"


@dataclass(frozen=True, slots=True)
class Cast:
    """What all nights of a world have in common.

    Attributes:
        world: the parameters.
        graph: which views follow each other.
        grid: recordings and segments of every night.
        attendances: who comes on each night.
        appearance: what everybody looks like.
        statures: (people,) heights as multiples of the mean.
        clock_error_s: (cameras,) what each camera's clock shows minus true time, seconds.
        camera_ids: names of the cameras.
        digest: hash of the world; part of every id.
    """

    world: World
    graph: Graph
    grid: Grid
    attendances: tuple[Attendance, ...]
    appearance: Appearance
    statures: FloatArray
    clock_error_s: FloatArray
    camera_ids: tuple[str, ...]
    digest: str

    @property
    def people(self) -> int:
        """How many different people come, over all nights."""
        return len(self.statures)


@dataclass(frozen=True, slots=True)
class Night:
    """What happens in one night.

    Attributes:
        number: from 0.
        on: the date.
        opens_at: UTC instant of frame 0, by the cameras' clocks.
        attendance: who is there.
        stops: true stays in view.
        stop_no: (stops,) number of each stop among its person's, over all nights.
        visit_no: (stops,) number of each stop's visit among its person's, over all nights.
        tracks: the tracklets.
        track_no: (tracks,) number of each tracklet in its segment, from 0.
        paths: where people are in the image.
    """

    number: int
    on: date
    opens_at: Instant
    attendance: Attendance
    stops: Stops
    stop_no: IntArray
    visit_no: IntArray
    tracks: Tracks
    track_no: IntArray
    paths: Paths


@dataclass(frozen=True, slots=True)
class RecordingName:
    """Id, content key and first instant of a recording."""

    recording_id: str
    content_key: str
    starts_at: Instant


def build_cast(world: World, pictures: Pictures | None = None) -> Cast:
    """Draw what all nights have in common; with pictures people look like those."""
    graph, nights = build_graph(world), attendances(world)
    people = max((int(night.person_no.max()) + 1 for night in nights if len(night.person_no)), default=0)
    digits = max(3, len(str(world.cameras)))
    return Cast(
        world=world,
        graph=graph,
        grid=build_grid(world),
        attendances=nights,
        appearance=draw_appearance(world, people, pictures),
        statures=draw_statures(world, people),
        clock_error_s=stream(world, Purpose.CLOCKS).normal(0, 1, world.cameras) * world.clock_error_sd_s,
        camera_ids=tuple(f"cam{number:0{digits}d}" for number in range(1, world.cameras + 1)),
        digest=ids.digest(world.model_dump(mode="json")),
    )


def simulate_nights(cast: Cast) -> Iterator[Night]:
    """Yield the nights in order; one night at a time is in memory."""
    world = cast.world
    stops_before, visits_before = np.zeros(cast.people, np.int64), np.zeros(cast.people, np.int64)
    for number, (on, attendance) in enumerate(zip(world.night_dates, cast.attendances, strict=True)):
        stops = walk(world, cast.graph, attendance, number)
        person = attendance.person_no[stops.attendee]
        rank = np.arange(len(stops)) - np.searchsorted(stops.attendee, stops.attendee)
        tracks = track(world, stops, cast.clock_error_s, number)
        yield Night(
            number=number,
            on=on,
            opens_at=world.opens_at(on),
            attendance=attendance,
            stops=stops,
            stop_no=stops_before[person] + rank,
            visit_no=visits_before[person] + stops.visit,
            tracks=tracks,
            track_no=_track_nos(tracks),
            paths=build_paths(world, cast.graph, stops, tracks, cast.statures[person], cast.clock_error_s, number),
        )
        stops_before += np.bincount(person, minlength=cast.people)
        visits = np.zeros(cast.people, np.int64)
        np.maximum.at(visits, person, stops.visit + 1)
        visits_before += visits


def frame_instants(world: World, opens_at: Instant, frames: IntArray) -> IntArray:
    """Return the UTC instants of frames of one night."""
    return opens_at + np.round(frames * (MICROSECONDS / world.analysis_fps)).astype(np.int64)


def recording_name(cast: Cast, night: Night, camera: int, recording: int) -> RecordingName:
    """Return what a recording of a camera is called."""
    parts = {"simulated": cast.digest, "night": night.number, "camera": camera, "recording": recording}
    content_key = ids.digest(parts)
    first = cast.grid.recording_starts[recording : recording + 1]
    starts_at = int(frame_instants(cast.world, night.opens_at, first)[0])
    return RecordingName(
        ids.recording_id(SITE_ID, cast.camera_ids[camera], content_key, starts_at), content_key, starts_at
    )


def person_id(number: int) -> str:
    """Return a person's id."""
    return f"p{number:07d}"


def _track_nos(tracks: Tracks) -> IntArray:
    begins = (np.diff(tracks.camera, prepend=-1) != 0) | (np.diff(tracks.segment, prepend=-1) != 0)
    number = np.arange(len(tracks))
    numbers: IntArray = number - number[begins][np.cumsum(begins) - 1] if len(tracks) else number
    return numbers
