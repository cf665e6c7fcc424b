"""Stand-ins for the models of perception, and segments of real small videos."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from analytics.geometry import FloatArray
from analytics.perception.embedders import colour_histogram
from analytics.perception.frame import Crop, Detections, Frame
from analytics.perception.models import ModelFolder
from analytics.perception.pipeline import Perceiver
from analytics.perception.plugins import Embedder, Workplace
from analytics.perception.segments import Segment, Source, cut
from analytics.settings import Perception
from analytics.timebase import Instant, Interval, seconds_us
from tests.builders.scenes import Scene
from tests.builders.video import instant

STARTS_AT = instant("20260105T090000Z")


@dataclass(frozen=True)
class TruthDetector:
    """Detects a scene's true boxes; knows each frame by its instant."""

    scene: Scene
    starts_at: Instant = STARTS_AT
    class_names: tuple[str, ...] = ("person",)
    digest: str = "truth"
    scores: Mapping[int, float] | None = None
    """Score by identity; 0.9 unless stated."""

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        return [self._detect(frame) for frame in frames]

    def _detect(self, frame: Frame) -> Detections:
        truth = [box for box in self.scene.truth_at((frame.captured_at - self.starts_at) / 1e6) if box.visibility > 0.3]
        boxes = np.array([[b.x_min, b.y_min, b.x_max, b.y_max] for b in truth], np.float32).reshape(-1, 4)
        scores = np.array([(self.scores or {}).get(b.identity, 0.9) for b in truth], np.float32)
        return Detections.sorted(boxes, scores, np.zeros(len(truth), np.int16))


@dataclass(frozen=True)
class CountingEmbedder:
    """Gives each crop its mean colour."""

    dimension: int = 4
    digest: str = "mean-colour"

    def embed(self, crops: Sequence[Crop]) -> FloatArray:
        vectors = np.array([[1.0, *crop.pixels.mean(axis=(0, 1))] for crop in crops], np.float32).reshape(-1, 4)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def workplace(folder: Path) -> Workplace:
    """Return a workplace without models."""
    return Workplace(ModelFolder(None, folder / "cache"))


def histogram(folder: Path) -> Embedder:
    """Return the embedder that needs no weights."""
    return colour_histogram.build(colour_histogram.Params(), workplace(folder))


def perceiver(scene: Scene, perception: Perception, embedder: Embedder | None = None) -> Perceiver:
    """Return a perceiver that detects the truth."""
    return Perceiver(perception, TruthDetector(scene), embedder or CountingEmbedder(), 1)


def source(duration_s: float, starts_at: Instant = STARTS_AT, camera_id: str = "cam1") -> Source:
    """Return a recording as cutting sees it."""
    return Source(
        "rec", "site", camera_id, "cam1/video.mp4", "key", Interval(starts_at, starts_at + seconds_us(duration_s))
    )


def segments(duration_s: float, segment_s: float = 1000.0) -> tuple[Segment, ...]:
    """Cut a recording of the given length."""
    return tuple(cut(source(duration_s), segment_s, ZoneInfo("UTC")))
