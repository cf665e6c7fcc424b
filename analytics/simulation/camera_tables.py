"""One camera's night as tables, segment by segment: what perceiving its footage would give."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analytics import ids
from analytics.contracts import INSTANT, Contract
from analytics.geometry import FloatArray, IntArray, foot_points
from analytics.simulation import appearance as looks
from analytics.simulation.fragments import Tracks
from analytics.simulation.nights import SITE_ID, Cast, Night, frame_instants, recording_name
from analytics.simulation.track_frames import Points, outside_points, own_points
from analytics.simulation.world import Purpose, stream
from analytics.tables import (
    BOUNDARY_POINTS,
    EMBEDDINGS,
    TRACK_POINTS,
    TRACKLET_BEGINNINGS,
    TRACKLET_ENDINGS,
    TRACKLETS,
)

EMBEDDER = "simulated"
SEGMENT_TABLES = (TRACKLETS, TRACK_POINTS, BOUNDARY_POINTS, EMBEDDINGS)
"""What a segment has; detections and crops are not simulated."""

_SCORES = (8.0, 2.0)  # Beta: mean detection score 0.8


@dataclass(frozen=True, slots=True)
class SegmentTables:
    """The tables of one segment, in the order of SEGMENT_TABLES."""

    night: date
    camera_id: str
    segment_id: str
    tables: tuple[tuple[Contract, pa.Table], ...]


def segments_of(cast: Cast, night: Night, camera: int) -> Iterator[SegmentTables]:
    """Yield the tables of a camera's segments of one night, in order of time; a segment without people has no rows."""
    here = _CameraNight(cast, night, camera)
    tables = (
        (TRACKLETS, here.tracklets(), here.tracks.segment),
        (TRACK_POINTS, here.points(TRACK_POINTS, here.own), here.tracks.segment[here.own.track]),
        (BOUNDARY_POINTS, here.points(BOUNDARY_POINTS, here.outside), here.tracks.segment[here.outside.track]),
        (EMBEDDINGS, here.embeddings(), here.tracks.segment[here.own.track[here.own.is_embedded]]),
    )
    for number, segment_id in enumerate(here.segment_ids):
        parts = []
        for contract, table, segment in tables:
            begin, end = np.searchsorted(segment, (number, number + 1)).tolist()
            parts.append((contract, table.slice(begin, end - begin)))
        yield SegmentTables(night.on, cast.camera_ids[camera], segment_id, tuple(parts))


def segment_names(cast: Cast, night: Night, camera: int) -> list[str]:
    """Return the ids of a camera's segments of one night, in order of time."""
    recordings = [recording_name(cast, night, camera, number) for number in range(len(cast.grid.recording_starts))]
    starts_at = frame_instants(cast.world, night.opens_at, cast.grid.starts).tolist()
    return [
        ids.segment_id(recordings[recording].recording_id, at, recordings[recording].starts_at)
        for at, recording in zip(starts_at, cast.grid.recording.tolist(), strict=True)
    ]


def tracklet_names(cast: Cast, night: Night) -> list[str]:
    """Return the ids of all of a night's tracklets, in their order."""
    names = [segment_names(cast, night, camera) for camera in range(len(cast.camera_ids))]
    tracks = night.tracks
    places = zip(tracks.camera.tolist(), tracks.segment.tolist(), night.track_no.tolist(), strict=True)
    return [ids.tracklet_id(names[camera][segment], number) for camera, segment, number in places]


def repeated(value: Any, count: int, kind: pa.DataType) -> pa.Array:
    """Return an array of one value."""
    return pa.repeat(pa.scalar(value, kind), count)


def named(names: list[str], numbers: IntArray) -> pa.Array:
    """Return the name of each number, without a Python string for each row."""
    return pa.DictionaryArray.from_arrays(pa.array(numbers, pa.int32()), pa.array(names, pa.string())).cast(pa.string())


def instants(values: IntArray) -> pa.Array:
    """Return microseconds since 1970 as UTC instants."""
    return pa.array(np.asarray(values, np.int64)).cast(INSTANT)


@dataclass(frozen=True)
class _CameraNight:
    """One camera's tracklets of one night, and their tables."""

    cast: Cast
    night: Night
    camera: int

    @cached_property
    def _rows(self) -> slice:
        first, last = np.searchsorted(self.night.tracks.camera, (self.camera, self.camera + 1)).tolist()
        return slice(first, last)

    @cached_property
    def tracks(self) -> Tracks:
        return self.night.tracks.take(np.arange(self._rows.start, self._rows.stop))

    @cached_property
    def segment_ids(self) -> list[str]:
        return segment_names(self.cast, self.night, self.camera)

    @cached_property
    def own(self) -> Points:
        return own_points(self.cast.world, self.tracks)

    @cached_property
    def outside(self) -> Points:
        return outside_points(self.cast.world, self.tracks, self._rows.start)

    @cached_property
    def _boxes(self) -> FloatArray:
        return self.night.paths.boxes(self.own.stop, self.own.frame)

    @cached_property
    def _heights_px(self) -> FloatArray:
        return self._boxes[:, 3] - self._boxes[:, 1]

    @cached_property
    def _tracklet_ids(self) -> list[str]:
        numbers = self.night.track_no[self._rows].tolist()
        segments = self.tracks.segment.tolist()
        return [ids.tracklet_id(self.segment_ids[of], number) for of, number in zip(segments, numbers, strict=True)]

    def _table(self, contract: Contract, count: int, columns: dict[str, pa.Array]) -> pa.Table:
        place = {
            "site_id": repeated(SITE_ID, count, pa.string()),
            "night": repeated(self.night.on, count, pa.date32()),
            "camera_id": repeated(self.cast.camera_ids[self.camera], count, pa.string()),
        }
        every = {**place, **columns}
        return pa.Table.from_arrays([every[name] for name in contract.schema.names], schema=contract.schema)

    def _at(self, frames: IntArray) -> pa.Array:
        return instants(frame_instants(self.cast.world, self.night.opens_at, frames))

    def tracklets(self) -> pa.Table:
        tracks, own, count = self.tracks, self.own, len(self.tracks)
        scores = stream(self.cast.world, Purpose.SCORES, self.night.number, self.camera).beta(*_SCORES, count)
        begins = np.flatnonzero(np.diff(own.track, prepend=-1))
        recordings = [
            recording_name(self.cast, self.night, self.camera, number).recording_id
            for number in range(len(self.cast.grid.recording_starts))
        ]
        columns = {
            "tracklet_id": pa.array(self._tracklet_ids, pa.string()),
            "segment_id": named(self.segment_ids, tracks.segment),
            "recording_id": named(recordings, self.cast.grid.recording[tracks.segment]),
            "class_name": repeated("person", count, pa.string()),
            "starts_at": self._at(tracks.starts),
            "ends_at": self._at(tracks.ends),
            "point_count": pa.array(np.bincount(own.track, minlength=count), pa.int32()),
            "mean_score": pa.array(scores, pa.float32()),
            "best_height_px": pa.array(_highest(self._heights_px, begins), pa.float32()),
            "began_by": named(list(TRACKLET_BEGINNINGS), tracks.began_by),
            "ended_by": named(list(TRACKLET_ENDINGS), tracks.ended_by),
        }
        return self._table(TRACKLETS, count, columns)

    def points(self, contract: Contract, points: Points) -> pa.Table:
        boxes = self.night.paths.boxes(points.stop, points.frame) if points is not self.own else self._boxes
        foot = foot_points(boxes)
        columns = {
            "tracklet_id": named(self._tracklet_ids, points.track),
            "captured_at": self._at(points.frame),
            "detection_no": pa.array(points.detection_no, pa.int16()),
            **{name: pa.array(boxes[:, side]) for side, name in enumerate(("x_min", "y_min", "x_max", "y_max"))},
            "foot_x": pa.array(foot[:, 0]),
            "foot_y": pa.array(foot[:, 1]),
        }
        return self._table(contract, len(points.track), columns)

    def embeddings(self) -> pa.Table:
        chosen, world = self.own.is_embedded, self.cast.world
        track, stop = self.own.track[chosen], self.own.stop[chosen]
        rng = stream(world, Purpose.VECTORS, self.night.number, self.camera)
        quality = looks.draw_quality(self._heights_px[chosen], rng)
        vectors = looks.draw_vectors(world, self.cast.appearance, self._shown(track, stop, quality), rng)
        columns = {
            "segment_id": named(self.segment_ids, self.tracks.segment[track]),
            "captured_at": self._at(self.own.frame[chosen]),
            "detection_no": pa.array(self.own.detection_no[chosen], pa.int16()),
            "quality": pa.array(quality, pa.float32()),
            "vector": _lists(vectors),
        }
        metadata = {
            "crosscam_embedder": EMBEDDER,
            "crosscam_embedder_digest": self.cast.digest,
            "crosscam_dimension": str(world.dimension),
        }
        table = self._table(EMBEDDINGS, len(track), columns)
        return table.replace_schema_metadata({**EMBEDDINGS.schema.metadata, **metadata})

    def _shown(self, track: IntArray, stop: IntArray, quality: FloatArray) -> looks.Shown:
        attendance, attendee = self.night.attendance, self.night.stops.attendee
        # the one vector of a switched tracklet is of both people; of several, each is of the person at its instant
        is_mixed = self.tracks.is_switched[track] & (self.cast.world.vectors_per_tracklet == 1)
        first, other = self.tracks.stop[track], self.tracks.other_stop[track]
        mixed_in = np.where(is_mixed, np.where(stop == first, other, first), stop)
        share = self.tracks.first_share[track]
        person, other_person = attendee[stop], attendee[mixed_in]
        return looks.Shown(
            person=attendance.person_no[person],
            outfit=attendance.outfit_no[person],
            other_person=attendance.person_no[other_person],
            other_outfit=attendance.outfit_no[other_person],
            share=np.where(is_mixed, np.maximum(share, 1 - share), 1.0),
            camera=self.camera,
            stop=np.unique(stop, return_inverse=True)[1],
            tracklet=track,
            quality=quality,
            siblings=np.bincount(track, minlength=len(self.tracks))[track],
        )


def _highest(values: FloatArray, begins: IntArray) -> FloatArray:
    highest: FloatArray = np.maximum.reduceat(values, begins) if len(begins) else values
    return highest


def _lists(vectors: npt.NDArray[np.float16]) -> pa.Array:
    count, dimension = vectors.shape
    offsets = pa.array(np.arange(count + 1, dtype=np.int32) * np.int32(dimension))
    return pa.ListArray.from_arrays(offsets, pa.array(vectors.reshape(-1), pa.float16()))
