"""Perceive one segment: a fold over its frames, from video to tables.

Decoding, detection and tracking each run one step ahead of the next. Pixels stay here; only boxes, vectors and a few
JPEG pictures leave.
"""

from collections.abc import Generator, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from analytics.contracts import Contract
from analytics.errors import ModelError, RecordingError
from analytics.perception.frame import Crop, Detections, Frame
from analytics.perception.plugins import (
    Detector,
    Embedder,
    Workplace,
    build_detector,
    build_embedder,
    build_tracker,
)
from analytics.perception.prefetch import prefetch
from analytics.perception.rows import SegmentRows
from analytics.perception.segments import Segment
from analytics.perception.video import Flaw, Moment, read
from analytics.settings import Perception
from analytics.sites import Camera
from analytics.timebase import Interval, hours_of, to_datetime

_BATCHES_AHEAD = 2
"""Batches that may wait between two steps: one being made, one ready; more only costs memory."""


@dataclass(frozen=True, slots=True)
class Perceived:
    """What perceiving a segment gives.

    Attributes:
        tables: one for each of `tables.PERCEIVED`, possibly without rows.
        facts: JSON values for the ledger: frames_decoded, frames_analysed, corrupt_frames, decoded_s, is_partial,
            reason, analysis_fps, and `hours`: decoded_s, analysed_s, skipped_s, corrupt_frames by the hour's ISO time.
    """

    tables: tuple[tuple[Contract, pa.Table], ...]
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Batch:
    """Consecutive moments, and the detections of those that have a frame, in order."""

    items: tuple[Moment | Flaw, ...]
    frames: tuple[Frame, ...]
    detections: tuple[Detections, ...] = ()


@dataclass(slots=True)
class _Tally:
    """Sums over a segment's own frames, by UTC hour."""

    decoded: int = 0
    analysed: int = 0
    corrupt: int = 0
    reasons: list[str] = field(default_factory=list)
    hours: dict[str, dict[str, float]] = field(default_factory=dict)

    def add(self, moment: Moment) -> None:
        if not moment.is_own:
            return
        self.decoded += 1
        self.analysed += moment.frame is not None
        self.corrupt += moment.is_corrupt
        for part in hours_of(moment.interval):
            hour = self._hour(part)
            hour["decoded_s"] += part.duration_s
            hour["skipped_s" if moment.is_corrupt else "analysed_s"] += part.duration_s
        if moment.is_corrupt:
            self._hour(moment.interval)["corrupt_frames"] += 1

    def _hour(self, interval: Interval) -> dict[str, float]:
        hour_at = to_datetime(interval.starts_at).replace(minute=0, second=0, microsecond=0).isoformat()
        empty = {"decoded_s": 0.0, "analysed_s": 0.0, "skipped_s": 0.0, "corrupt_frames": 0}
        return self.hours.setdefault(hour_at, empty)

    def facts(self) -> dict[str, Any]:
        """Return the sums as JSON values, seconds rounded to microseconds."""
        reasons = list(dict.fromkeys(self.reasons))
        if self.corrupt:
            reasons.append(f"{self.corrupt} of {self.decoded} frames are damaged and were not analysed")
        hours = {
            at: {name: round(value, 6) if name.endswith("_s") else int(value) for name, value in sums.items()}
            for at, sums in sorted(self.hours.items())
        }
        return {
            "frames_decoded": self.decoded,
            "frames_analysed": self.analysed,
            "corrupt_frames": self.corrupt,
            "decoded_s": round(sum(hour["decoded_s"] for hour in hours.values()), 6),
            "hours": hours,
            "is_partial": bool(reasons),
            "reason": "; ".join(reasons) or None,
        }


@dataclass(frozen=True, slots=True)
class Perceiver:
    """Loaded models and what to do with them; perceives any number of segments, one after the other.

    Attributes:
        perception: the settings.
        detector: finds the objects.
        embedder: makes their vectors.
        threads: CPU threads for decoding, >= 1.
        is_overlapped: decoding, detection and tracking run ahead of each other in threads; the tables are the same.
    """

    perception: Perception
    detector: Detector
    embedder: Embedder
    threads: int
    is_overlapped: bool = True

    def perceive(self, segment: Segment, video: Path, camera: Camera) -> Perceived:
        """Perceive one segment.

        Args:
            segment: the stretch to perceive.
            video: the file on this machine.
            camera: its masks and stated frame rate.

        Raises:
            RecordingError: nothing of the recording can be used.
        """
        sampling = self.perception.sampling
        moments = read(video, segment, camera, sampling, self.threads)
        batches = self._ahead(_in_batches(moments, self.perception.batch_frames))
        rows = SegmentRows(segment, self.perception, self.detector.class_names, self.embedder)
        tally = _Tally()
        with closing(batches), closing(self._ahead(self._detected(batches))) as detected:
            for batch in detected:
                for item in batch.items:
                    if isinstance(item, Moment):
                        tally.add(item)
                    else:
                        tally.reasons.append(item.reason)
                self._track(batch, rows)
        rows.finish()
        if not tally.decoded and segment.starts_at == segment.recording.starts_at:
            raise RecordingError("; ".join(tally.reasons) or "no frame of it can be decoded")
        if not tally.decoded:
            tally.reasons.append("the file ends before this segment begins")
        return Perceived(rows.tables(), {**tally.facts(), "analysis_fps": sampling.analysis_fps})

    def _ahead(self, batches: Generator[_Batch]) -> Generator[_Batch]:
        return prefetch(batches, _BATCHES_AHEAD) if self.is_overlapped else batches

    def _detected(self, batches: Iterable[_Batch]) -> Generator[_Batch]:
        for batch in batches:
            yield replace(batch, detections=tuple(self._features(batch.frames, self.detector.detect(batch.frames))))

    def _features(self, frames: tuple[Frame, ...], detections: list[Detections]) -> list[Detections]:
        """Give trackers the features that the settings name."""
        if self.perception.tracking_features == "embedder":
            return [self._embedded(frame, found) for frame, found in zip(frames, detections, strict=True)]
        if self.perception.tracking_features == "detector" and any(found.features is None for found in detections):
            raise ModelError(
                "tracking_features: detector needs features of the detector's own, and "
                f"{self.perception.detector.name} gives none as it is set: set detector.params.object_features: true, "
                "or tracking_features: none"
            )
        return detections

    def _embedded(self, frame: Frame, found: Detections) -> Detections:
        boxes = found.boxes.round().astype(int)
        crops = [
            Crop(
                frame.pixels[
                    min(y0, frame.height_px - 1) : max(y1, y0 + 1), min(x0, frame.width_px - 1) : max(x1, x0 + 1)
                ]
            )
            for x0, y0, x1, y1 in boxes.tolist()
        ]
        return replace(found, features=self.embedder.embed(crops))

    def _track(self, batch: _Batch, rows: SegmentRows) -> None:
        found = iter(batch.detections)
        for item in batch.items:
            if isinstance(item, Moment) and item.is_break:
                rows.start_again()
            if isinstance(item, Moment) and item.frame is not None:
                detections = next(found)
                is_blind = self.perception.tracking_features == "none"
                rows.add(item.frame, detections, replace(detections, features=None) if is_blind else detections)


def build(perception: Perception, workplace: Workplace) -> Perceiver:
    """Load the models that the settings name.

    Raises:
        ConfigError: a plug-in's parameters are wrong.
        ModelError: weights are missing or do not fit together.
    """
    import cv2

    # Pictures are small: a pool of threads costs more than it gains (.63 instead of .39 ms of CPU a resize)
    cv2.setNumThreads(1)
    detector = build_detector(perception.detector.name, perception.detector.params, workplace)
    embedder = build_embedder(perception.embedder.name, perception.embedder.params, workplace)
    build_tracker(perception.tracker.name, perception.tracker.params)  # a wrong setting fails before work starts
    # On a single core there is nothing to overlap, and threads that hand each other the interpreter cost 6 %
    is_overlapped = workplace.threads > 1 or workplace.device != "cpu"
    return Perceiver(perception, detector, embedder, workplace.threads, is_overlapped)


def _in_batches(items: Iterable[Moment | Flaw], frame_count: int) -> Generator[_Batch]:
    """Group items so that each group has `frame_count` frames; the last may have fewer."""
    group: list[Moment | Flaw] = []
    frames: list[Frame] = []
    for item in items:
        group.append(item)
        if isinstance(item, Moment) and item.frame is not None:
            frames.append(item.frame)
        if len(frames) == frame_count:
            yield _Batch(tuple(group), tuple(frames))
            group, frames = [], []
    if group:
        yield _Batch(tuple(group), tuple(frames))
