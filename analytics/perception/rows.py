"""One segment's rows: frames, detections and tracks go in, the tables of `tables.PERCEIVED` come out.

Holds the tracker, and embeds the pictures of tracks as they finish. No decoding and no detection here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from analytics import ids, tables
from analytics.contracts import INSTANT, Contract
from analytics.geometry import BoolArray, FloatArray, IntArray, foot_points
from analytics.perception.crops import Candidate
from analytics.perception.frame import Crop, Detections, Frame
from analytics.perception.plugins import Embedder, Tracker, build_tracker
from analytics.perception.segments import Segment
from analytics.perception.tracklets import FinishedTrack, TrackCollector
from analytics.settings import Perception

_EMBED_AT_ONCE = 16
"""Pictures of finished tracks that are embedded together."""


@dataclass(frozen=True, slots=True)
class _Picture:
    """An embedded crop, ready to be a row of two tables."""

    captured_at: int
    detection_no: int
    quality: float
    vector: FloatArray
    jpeg: bytes
    size_px: tuple[int, int]


@dataclass(slots=True)
class SegmentRows:
    """Collects what one segment gives. Frames are added in order of time, then `finish`, then `tables`."""

    segment: Segment
    perception: Perception
    class_names: tuple[str, ...]
    embedder: Embedder
    _tracker: Tracker = field(init=False)
    _collector: TrackCollector = field(init=False)
    _detections: list[tuple[int, Detections]] = field(default_factory=list)
    _tracks: list[FinishedTrack] = field(default_factory=list)
    _waiting: list[Candidate] = field(default_factory=list)
    _pictures: list[_Picture] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._tracker = build_tracker(self.perception.tracker.name, self.perception.tracker.params)
        self._collector = TrackCollector(self.perception, self.segment, self._tracker.max_gap_s)

    def start_again(self) -> None:
        """End every track: time jumped."""
        self._keep(self._collector.close(is_cut=False))
        self._begin()

    def add(self, frame: Frame, detections: Detections, tracked: Detections) -> None:
        """Take one frame.

        Args:
            frame: the picture; its pixels are not kept.
            detections: what the detector found, with its own features.
            tracked: the same with the features that the tracker compares.
        """
        if self.segment.owns(frame.captured_at):
            self._detections.append((frame.captured_at, _without_features(detections)))
        assignment = self._tracker.update(tracked, frame)
        self._keep(self._collector.add(frame, detections, assignment))

    def finish(self) -> None:
        """End the segment: live tracks may go on behind the cut."""
        self._keep(self._collector.close(is_cut=True))
        self._embed()

    def tables(self) -> tuple[tuple[Contract, pa.Table], ...]:
        """Return one checked table for each of `tables.PERCEIVED`.

        Raises:
            ContractError: a row breaks a rule; that is a bug.
        """
        self._tracks.sort(key=lambda track: (int(track.captured_at[0]), track.boxes[0].tolist()))
        tracklet_ids = [ids.tracklet_id(self.segment.segment_id, number) for number in range(len(self._tracks))]
        self._pictures.sort(key=lambda picture: (picture.captured_at, picture.detection_no))
        points = [
            _points(track, tracklet_id, self.segment)
            for track, tracklet_id in zip(self._tracks, tracklet_ids, strict=True)
        ]
        return (
            (tables.DETECTIONS, self._detection_table()),
            (tables.TRACKLETS, self._tracklet_table(tracklet_ids)),
            (tables.TRACK_POINTS, self._point_table(tables.TRACK_POINTS, [own for own, _ in points])),
            (tables.BOUNDARY_POINTS, self._point_table(tables.BOUNDARY_POINTS, [outside for _, outside in points])),
            (tables.EMBEDDINGS, self._embedding_table()),
            (tables.CROPS, self._crop_table()),
        )

    def _keep(self, tracks: Iterable[FinishedTrack]) -> None:
        for track in tracks:
            self._tracks.append(track)
            self._waiting += track.crops
        if len(self._waiting) >= _EMBED_AT_ONCE:
            self._embed()

    def _embed(self) -> None:
        import cv2

        if not self._waiting:
            return
        vectors = self.embedder.embed([Crop(candidate.pixels, candidate.features) for candidate in self._waiting])
        quality = [cv2.IMWRITE_JPEG_QUALITY, self.perception.crops.jpeg_quality]
        for candidate, vector in zip(self._waiting, vectors, strict=True):
            _, jpeg = cv2.imencode(".jpg", candidate.pixels, quality)
            height, width = candidate.pixels.shape[:2]
            picture = _Picture(
                candidate.captured_at,
                candidate.detection_no,
                candidate.quality,
                vector,
                jpeg.tobytes(),
                (width, height),
            )
            self._pictures.append(picture)
        self._waiting.clear()

    def _place(self) -> dict[str, Any]:
        segment = self.segment
        return {"site_id": segment.site_id, "night": segment.night, "camera_id": segment.camera_id}

    def _detection_table(self) -> pa.Table:
        found = [detections for _, detections in self._detections]
        counts = [len(detections) for detections in found]
        boxes = np.concatenate([np.zeros((0, 4), np.float32), *[detections.boxes for detections in found]])
        class_nos = np.concatenate([np.zeros(0, np.int16), *[detections.class_nos for detections in found]])
        return tables.DETECTIONS.from_columns(
            {
                **self._place(),
                "segment_id": self.segment.segment_id,
                "captured_at": _instants(np.repeat([at for at, _ in self._detections], counts)),
                "detection_no": np.concatenate(
                    [np.zeros(0, np.int16), *[np.arange(n, dtype=np.int16) for n in counts]]
                ),
                "class_name": _repeated(self.class_names, class_nos),
                **_sides(boxes),
                "score": np.concatenate([np.zeros(0, np.float32), *[detections.scores for detections in found]]),
            }
        )

    def _tracklet_table(self, tracklet_ids: list[str]) -> pa.Table:
        rows = [
            {
                **self._place(),
                "tracklet_id": tracklet_id,
                "segment_id": self.segment.segment_id,
                "recording_id": self.segment.recording_id,
                "class_name": self.class_names[track.class_no],
                **_summary(track, self.segment),
            }
            for tracklet_id, track in zip(tracklet_ids, self._tracks, strict=True)
        ]
        return tables.TRACKLETS.from_rows(rows)

    def _point_table(self, contract: Contract, points: list[dict[str, Any]]) -> pa.Table:
        def joined(name: str, empty: Any) -> Any:
            return np.concatenate([empty, *[part[name] for part in points]])

        boxes = joined("boxes", np.zeros((0, 4), np.float32))
        foot = foot_points(boxes)
        is_detected = joined("is_detected", np.zeros(0, bool))
        owners = np.repeat(np.arange(len(points)), [part["count"] for part in points])
        return contract.from_columns(
            {
                **self._place(),
                "tracklet_id": _repeated([part["tracklet_id"] for part in points], owners),
                "captured_at": _instants(joined("captured_at", np.zeros(0, np.int64))),
                "detection_no": pa.array(joined("detection_no", np.zeros(0, np.int64)), pa.int16(), mask=~is_detected),
                **_sides(boxes),
                "foot_x": foot[:, 0],
                "foot_y": foot[:, 1],
            }
        )

    def _embedding_table(self) -> pa.Table:
        metadata = {
            "crosscam_embedder": self.perception.embedder.name,
            "crosscam_embedder_digest": self.embedder.digest,
            "crosscam_dimension": str(self.embedder.dimension),
        }
        vectors = np.concatenate([np.zeros((0, self.embedder.dimension)), *[p.vector[None] for p in self._pictures]])
        columns = {**self._pictured(), "quality": pa.array([p.quality for p in self._pictures], pa.float32())}
        return tables.EMBEDDINGS.from_columns(
            {**columns, "vector": pa.array(list(vectors.astype(np.float16)), pa.list_(pa.float16()))}, metadata
        )

    def _crop_table(self) -> pa.Table:
        return tables.CROPS.from_columns(
            {
                **self._pictured(),
                "jpeg": pa.array([picture.jpeg for picture in self._pictures], pa.binary()),
                "width_px": pa.array([picture.size_px[0] for picture in self._pictures], pa.int32()),
                "height_px": pa.array([picture.size_px[1] for picture in self._pictures], pa.int32()),
            }
        )

    def _pictured(self) -> dict[str, Any]:
        return {
            **self._place(),
            "segment_id": self.segment.segment_id,
            "captured_at": _instants([picture.captured_at for picture in self._pictures]),
            "detection_no": pa.array([picture.detection_no for picture in self._pictures], pa.int16()),
        }


def _without_features(detections: Detections) -> Detections:
    return Detections(detections.boxes, detections.scores, detections.class_nos)


def _points(track: FinishedTrack, tracklet_id: str, segment: Segment) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split a track's points into the segment's own and those of its neighbours."""
    is_own = _is_own(track, segment)

    def part(is_in: Any) -> dict[str, Any]:
        return {
            "tracklet_id": tracklet_id,
            "count": int(is_in.sum()),
            "captured_at": track.captured_at[is_in],
            "detection_no": track.detection_nos[is_in],
            "is_detected": track.is_detected[is_in],
            "boxes": track.boxes[is_in],
        }

    return part(is_own), part(~is_own)


def _is_own(track: FinishedTrack, segment: Segment) -> BoolArray:
    return np.array([segment.owns(at) for at in track.captured_at.tolist()], bool)


def _summary(track: FinishedTrack, segment: Segment) -> dict[str, Any]:
    is_own = _is_own(track, segment)
    is_counted = is_own & track.is_detected.astype(bool)
    heights = track.boxes[is_own, 3] - track.boxes[is_own, 1]
    return {
        "starts_at": int(track.captured_at[is_own][0]),
        "ends_at": int(track.captured_at[is_own][-1]),
        "point_count": int(is_counted.sum()),
        "mean_score": float(np.mean(track.scores[is_counted])),
        "best_height_px": float(heights.max()),
        "began_by": track.began_by,
        "ended_by": track.ended_by,
    }


def _repeated(names: Sequence[str], numbers: IntArray) -> pa.Array:
    """Return the name of each number, without a Python string for each row."""
    return pa.DictionaryArray.from_arrays(pa.array(numbers, pa.int32()), pa.array(names, pa.string())).cast(pa.string())


def _instants(values: Any) -> pa.Array:
    return pa.array(np.asarray(values, np.int64), pa.int64()).cast(INSTANT)


def _sides(boxes: FloatArray) -> dict[str, FloatArray]:
    return {name: boxes[:, side] for side, name in enumerate(("x_min", "y_min", "x_max", "y_max"))}
