"""Linking against the truth of simulated worlds, and how its time grows: `make bench` prints the tables.

CROSSCAM_BENCH_TRACKLETS is the largest number of tracklets of the scale table (100,000; making a million takes 12 GB).
"""

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analytics.evaluation.linking import score_linking
from analytics.linking.model import POINTS, shipped
from analytics.linking.solving import solve
from analytics.linking.training import scored_tracklets
from analytics.linking.training_sites import site_of
from analytics.settings import Linking
from analytics.simulation.world import World
from tests.benchmarks.linking_worlds import STRESSES, calibration_error, judge

pytestmark = pytest.mark.bench

NO_PAIRS = np.zeros((0, 2), np.int64)
_WAYS: dict[str, dict[str, Any]] = {
    "within two hours": {"horizon_s": 7200.0},
    "approximate": {"approximate_above": 1000},
    "exact": {},
}
_SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
_TRACKLETS_A_NIGHT = 9_300


def test_stresses() -> None:
    """The reference world keeps its promises, and every stress is told beside it, with the fallback's figures."""
    model = shipped()
    print("\nworld                      point     B3 F1   IDF1  exact  ids/person  stated  true wrong  ECE")
    for number, (name, (world, settings)) in enumerate(STRESSES.items()):
        judged = judge(World(seed=50 + number, **world), Linking(**settings), model)
        stated, true = float((1 - judged.probability).mean()), float((~judged.is_right).mean())
        for point, score in judged.scores.items():
            row = f"{name:26} {point:9} {score.bcubed_f1:.3f}  {score.idf1:.3f}  {score.exact_journeys:.3f}"
            told = f"  {score.identities_per_person:10.3f}"
            if point == "balanced":
                told += f"  {stated:.4f}      {true:.4f}  {calibration_error(judged.probability, judged.is_right):.4f}"
            print(row + told)
        if name == "reference":
            balanced = judged.scores["balanced"]
            assert balanced.bcubed_f1 is not None
            assert balanced.idf1 is not None
            assert balanced.exact_journeys is not None
            assert balanced.bcubed_f1 >= 0.90
            assert balanced.idf1 >= 0.91
            assert balanced.exact_journeys >= 0.60


def test_forty_nights() -> None:
    """The 90 % interval of the visitors holds the truth in 85 % of nights; probabilities mean what they say."""
    model, inside, probability, is_right = shipped(), [], [], []
    for seed in range(500, 540):
        judged = judge(World(seed=seed), Linking(), model)
        inside.append(judged.counted.lower[0] <= judged.people[0] <= judged.counted.upper[0])
        probability.append(judged.probability)
        is_right.append(judged.is_right)
    stated, right = np.concatenate(probability), np.concatenate(is_right)
    error, wrong = calibration_error(stated, right), float((~right).mean())
    print(
        f"\n40 nights: interval holds the truth in {np.mean(inside):.0%}, expected calibration error {error:.4f}, ",
        end="",
    )
    print(f"false matches stated {(1 - stated).mean():.4f}, true {wrong:.4f}")
    assert np.mean(inside) >= 0.85
    assert error <= 0.02
    assert 0.5 <= float((1 - stated).mean()) / wrong <= 2


def test_scale() -> None:
    """At a fixed density the time grows at most as n ** 1.2 where not all are compared with all."""
    most = int(os.environ.get("CROSSCAM_BENCH_TRACKLETS", "100000"))
    model = shipped()
    warm = site_of(World(seed=1, people_per_night=100), Linking())
    solve(warm.gallery, warm.seen, NO_PAIRS, warm.limits, Linking(), model)
    points: dict[str, list[tuple[int, float]]] = {name: [] for name in _WAYS}
    print("\nneighbours        tracklets  CPU s  wall s  peak GiB  recall  B3 F1")
    for size in (size for size in _SIZES if size <= most):
        site = site_of(World(seed=60, nights=max(round(size / _TRACKLETS_A_NIGHT), 1)), Linking())
        count = len(site.seen)
        for name, settings in _WAYS.items():
            Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew: making the world does not count
            began, began_cpu = time.perf_counter(), time.process_time()
            solved = solve(site.gallery, site.seen, NO_PAIRS, site.limits, Linking(**settings), model)
            wall, cpu = time.perf_counter() - began, time.process_time() - began_cpu
            points[name].append((count, cpu))
            score = score_linking(scored_tracklets(site, solved.tree.labels(POINTS["balanced"])))
            recall = min(done.look.near.recall for done in solved.rounds)
            print(
                f"  {name:16} {count:8} {cpu:7.1f} {wall:7.1f} {peak_gib():8.2f} {recall:8.3f}  {score.bcubed_f1:.3f}"
            )
            del solved
    for name, found in points.items():
        if len(found) > 1:
            exponent = np.polyfit(*np.log(np.array(found)).T, 1)[0]
            print(f"  {name}: time grows as n ** {exponent:.2f}")
            assert name == "exact" or exponent <= 1.2


def peak_gib() -> float:
    """Return the most memory that this process held since its peak was reset."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 2**20
