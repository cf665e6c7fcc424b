"""Perceiving against the plain loop: same clip, same weights, every frame, alternating in one run."""

import os
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from analytics.evaluation import motchallenge
from analytics.evaluation.scores import Scorer, Scores
from tests.benchmarks.measuring import Run, measure

ROUNDS = 3
WANTED_RATIO = 4.0
WEIGHTS = "yolo26n-dequant.pt"


@pytest.mark.bench
@pytest.mark.shared
def test_perceiving_beats_the_plain_loop(shared: Path, tmp_path: Path) -> None:
    """At least four times the frames a second of `YOLO.track`, with MOTA and IDF1 no lower, on the same cores."""
    video = shared / "footage" / "pets" / "cam1" / "20260105T090000Z.mp4"
    models, plain_tracks, our_tracks = shared / "models", tmp_path / "plain.txt", tmp_path / "ours.txt"
    threads = len(os.sched_getaffinity(0))
    plain: list[Run] = []
    ours: list[Run] = []
    for _ in range(ROUNDS):
        plain.append(measure("tests.benchmarks.plain_loop", video, models / WEIGHTS, plain_tracks))
        ours.append(
            measure(
                "tests.benchmarks.perceive_loop", video, models, tmp_path / "cache", WEIGHTS, our_tracks, str(threads)
            )
        )
    truth = motchallenge.read(shared / "truth" / "pets" / "cam1.txt").counted()
    plain_scores, our_scores = _score(truth, plain_tracks), _score(truth, our_tracks)
    ratio = median(run.fps for run in ours) / median(run.fps for run in plain)
    print(f"\n{'':16}{'frames/s':>22}{'peak MiB':>10}{'HOTA':>7}{'MOTA':>7}{'IDF1':>7}{'switches':>10}")
    print(_row("YOLO.track", plain, plain_scores))
    print(_row("crosscam perceive", ours, our_scores))
    print(f"ratio of medians {ratio:.2f}, {threads} cores, {ROUNDS} rounds")
    assert our_scores.mota >= plain_scores.mota
    assert our_scores.idf1 >= plain_scores.idf1
    assert ratio >= WANTED_RATIO


def _score(truth: motchallenge.Annotations, tracks: Path) -> Scores:
    scorer = Scorer()
    frames = np.arange(1, truth.frames.max() + 1)
    return scorer.combine([scorer.evaluate(truth, motchallenge.read(tracks), frames)])


def _row(name: str, runs: list[Run], scores: Scores) -> str:
    speeds = " ".join(f"{run.fps:6.1f}" for run in runs)
    peak_mib = max(run.peak_mib for run in runs)
    shares = "".join(f"{share:7.3f}" for share in (scores.hota, scores.mota, scores.idf1))
    return f"{name:18}{speeds:>20}{peak_mib:10.0f}{shares}{scores.switches:10d}"
