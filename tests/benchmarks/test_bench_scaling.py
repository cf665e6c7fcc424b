"""Two Ray workers against one that is pinned to a core, on decoding and replayed detections."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

import pytest

from analytics.lake.lake import Lake
from analytics.lake.store import open_store
from analytics.perception import pipeline
from analytics.perception.models import ModelFolder
from analytics.perception.plugins import Workplace
from analytics.perception.segments import Segment, cut
from analytics.settings import Perception, Resources
from analytics.sites import Camera
from analytics.tables import DETECTIONS
from jobs.executors import Done
from jobs.ray_executor import RayExecutor
from tests.builders.perception import STARTS_AT, source
from tests.builders.video import crossing_scene, detections_table, write_video

WANTED_RATIO = 1.6
ROUNDS = 3
RECORDINGS, DURATION_S, FPS = 8, 40.0, 25.0


@dataclass(frozen=True)
class Stint:
    """When a worker was busy with a segment, seconds of the machine's clock, and what it analysed."""

    began_s: float
    ended_s: float
    frames: int


@dataclass(frozen=True)
class TimedWorker:
    """Perceives segments as the product does, and says when it was busy."""

    perception: Perception
    video: Path
    cache: Path
    core: int | None
    """The only core that it may use; None: any."""

    def __call__(self) -> Callable[[Segment], Stint]:
        """Build the perceiver in the worker's process."""
        if self.core is not None:
            os.sched_setaffinity(0, {self.core})
        perceiver = pipeline.build(self.perception, Workplace(ModelFolder(None, self.cache), threads=1))

        def perceive(segment: Segment) -> Stint:
            began_s = time.time()
            perceived = perceiver.perceive(segment, self.video, Camera(camera_id="cam1"))
            return Stint(began_s, time.time(), perceived.facts["frames_analysed"])

        return perceive


@pytest.mark.bench
@pytest.mark.ray
def test_two_workers_are_nearly_twice_as_fast_as_one(tmp_path: Path) -> None:
    """At least 1.6 times the frames a second, from the first segment's begin to the last one's end."""
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("needs 2 cores")
    scene = crossing_scene("cam1", people=6, duration_s=DURATION_S, seed=1, width_px=640, height_px=480)
    video = write_video(scene, tmp_path / "a.mp4", fps=FPS)
    truth = detections_table(scene.truth(video.offsets_us), scene, starts_at=STARTS_AT)
    night = truth["night"][0].as_py()
    lake = Lake(open_store(str(tmp_path / "lake")))
    lake.write_item(stage="drawn", night=night, camera_id="cam1", item_id="a", key="a", tables=[(DETECTIONS, truth)])
    lake.ledger.publish(night, "drawn", ["a"])
    perception = Perception.model_validate(
        {
            "sampling": {"analysis_fps": None},
            "detector": {"name": "replay", "params": {"lake": str(tmp_path / "lake")}},
            "embedder": {"name": "colour_histogram"},
        }
    )
    segments = [
        segment
        for number in range(RECORDINGS)
        for segment in cut(replace(source(DURATION_S), recording_id=f"rec{number}"), 20.0, ZoneInfo("UTC"))
    ]
    core = min(os.sched_getaffinity(0))
    speeds: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(ROUNDS):
        for count in (1, 2):
            worker = TimedWorker(perception, video.path, tmp_path / "cache", core if count == 1 else None)
            speeds[count].append(frames_per_second(worker, segments, count))
    ratio = median(speeds[2]) / median(speeds[1])
    for count, found in speeds.items():
        print(f"\n{count} worker(s): {' '.join(f'{speed:.0f}' for speed in found)} frames/s", end="")
    print(f"\nratio of medians {ratio:.2f}")
    assert ratio >= WANTED_RATIO


def frames_per_second(worker: TimedWorker, segments: list[Segment], count: int) -> float:
    executor = RayExecutor(Resources(cpus_per_worker=1), workers=count)
    outcomes = list(executor.map(worker, segments, cost=lambda segment: segment.interval.duration_s))
    stints = [outcome.result for outcome in outcomes if isinstance(outcome, Done)]
    assert len(stints) == len(segments)
    busy_s = max(stint.ended_s for stint in stints) - min(stint.began_s for stint in stints)
    return sum(stint.frames for stint in stints) / busy_s
