"""Our side: perceiving every frame of a video as one segment, re-ID embedding included, in a process of its own.

`python -m tests.benchmarks.perceive_loop VIDEO MODELS CACHE WEIGHTS TRACKS THREADS`: writes MOTChallenge rows to
TRACKS, and one JSON object with frames, seconds (loading left out) and peak memory to standard output.
"""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa

from analytics.discovery.probe import probe
from analytics.evaluation.frames import Stretch, evenly_spaced
from analytics.perception import pipeline
from analytics.perception.models import ModelFolder
from analytics.perception.plugins import Workplace
from analytics.perception.segments import Source, cut
from analytics.settings import Perception
from analytics.sites import Camera
from analytics.tables import TRACK_POINTS
from analytics.timebase import Interval, seconds_us, to_instant
from tests.benchmarks.measuring import report, write_boxes

STARTS_AT = to_instant(datetime(2026, 1, 5, 9, tzinfo=UTC))


def main(video: str, models: str, cache: str, weights: str, tracks: str, threads: str) -> None:
    """Perceive every frame with the default settings and the given weights."""
    perception = Perception.model_validate(
        {
            "sampling": {"analysis_fps": None, "segment_s": 1e6},
            "detector": {"name": "ultralytics", "params": {"model": weights, "image_size_px": 640}},
        }
    )
    duration_s = probe(Path(video)).measured_s or 0.0
    whole = Interval(STARTS_AT, STARTS_AT + seconds_us(duration_s))
    source = Source("rec", "site", "cam1", Path(video).name, "key", whole)
    (segment,) = cut(source, 1e6, ZoneInfo("UTC"))
    workplace = Workplace(ModelFolder(Path(models), Path(cache)), threads=int(threads))
    perceiver = pipeline.build(perception, workplace)
    started = time.perf_counter()
    perceived = perceiver.perceive(segment, Path(video), Camera(camera_id="cam1"))
    seconds = time.perf_counter() - started
    points = next(table for contract, table in perceived.tables if contract.name == TRACK_POINTS.name)
    facts = perceived.facts
    _write_tracks(Path(tracks), points, Stretch(0, facts["frames_decoded"], facts["decoded_s"], None))
    report(facts["frames_analysed"], seconds)


def _write_tracks(path: Path, points: pa.Table, stretch: Stretch) -> None:
    frames = evenly_spaced("rec", STARTS_AT, [stretch]).number(points["captured_at"].cast(pa.int64()).to_numpy())
    identities = points["tracklet_id"].combine_chunks().dictionary_encode().indices.to_pylist()
    corners = zip(*(points[name].to_pylist() for name in ("x_min", "y_min", "x_max", "y_max")), strict=True)
    write_boxes(path, list(zip(frames.tolist(), identities, corners, strict=True)))


if __name__ == "__main__":
    main(*sys.argv[1:7])
