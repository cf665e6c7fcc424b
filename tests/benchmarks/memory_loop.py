"""Perceive one long segment and print the process's resident memory after each minute of footage.

`python -m tests.benchmarks.memory_loop VIDEO MODELS CACHE WEIGHTS THREADS`: one JSON list of MiB on standard output.
"""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from analytics.perception import pipeline
from analytics.perception.frame import Detections, Frame
from analytics.perception.models import ModelFolder
from analytics.perception.plugins import Detector, Workplace
from analytics.settings import Perception
from analytics.sites import Camera
from tests.builders.perception import segments

MINUTE_US = 60_000_000


@dataclass
class Watching:
    """A detector that notes the resident memory whenever another minute of footage begins."""

    inner: Detector
    resident_mib: list[float] = field(default_factory=list)
    _minute: int = -1

    @property
    def class_names(self) -> tuple[str, ...]:
        return self.inner.class_names

    @property
    def digest(self) -> str:
        return self.inner.digest

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        for frame in frames:
            if frame.captured_at // MINUTE_US > self._minute:
                self._minute = frame.captured_at // MINUTE_US
                self.resident_mib.append(resident_mib())
        return self.inner.detect(frames)


def resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main(video: str, models: str, cache: str, weights: str, threads: str) -> None:
    perception = Perception.model_validate(
        {"sampling": {"analysis_fps": None}, "detector": {"name": "ultralytics", "params": {"model": weights}}}
    )
    perceiver = pipeline.build(perception, Workplace(ModelFolder(Path(models), Path(cache)), threads=int(threads)))
    watching = Watching(perceiver.detector)
    (segment,) = segments(600.0)
    replace(perceiver, detector=watching).perceive(segment, Path(video), Camera(camera_id="cam1"))
    sys.stdout.write(json.dumps([*watching.resident_mib, resident_mib()]) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:6])
