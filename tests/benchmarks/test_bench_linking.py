"""Linking against the truth of simulated worlds, and how its time grows: `make bench` prints the tables.

CROSSCAM_BENCH_TRACKLETS is the largest number of tracklets of the scale tables (100,000; 1,000,000 needs 12 GB).
"""

import os
import resource
import time

import numpy as np
import pytest

from analytics.linking.model import shipped
from analytics.linking.solving import solve
from analytics.linking.training import site_of
from analytics.settings import Linking
from analytics.simulation.world import World
from tests.benchmarks.linking_worlds import STRESSES, calibration_error, judge

pytestmark = pytest.mark.bench

NO_PAIRS = np.zeros((0, 2), np.int64)
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


@pytest.mark.parametrize(("name", "horizon_s"), [("exact", None), ("within two hours", 7200.0)])
def test_scale(name: str, horizon_s: float | None) -> None:
    """At a fixed density the time within a horizon grows at most as n ** 1.2."""
    most = int(os.environ.get("CROSSCAM_BENCH_TRACKLETS", "100000"))
    linking, model = Linking(horizon_s=horizon_s), shipped()
    warm = site_of(World(seed=1, people_per_night=100), linking)
    solve(warm.gallery, warm.seen, NO_PAIRS, warm.limits, linking, model)
    sizes, times = [], []
    print(f"\n{name}: tracklets  CPU s  wall s  peak GiB  neighbours  recall")
    for size in (size for size in _SIZES if size <= most):
        site = site_of(World(seed=60, nights=max(round(size / _TRACKLETS_A_NIGHT), 1)), linking)
        began, began_cpu = time.perf_counter(), time.process_time()
        solved = solve(site.gallery, site.seen, NO_PAIRS, site.limits, linking, model)
        sizes.append(len(site.gallery.pieces))
        times.append(time.process_time() - began_cpu)
        near = solved.rounds[0].look.near
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        wall = time.perf_counter() - began
        print(f"  {sizes[-1]:9} {times[-1]:6.1f} {wall:7.1f} {peak:9.2f}  {near.method:10} {near.recall:.3f}")
    if len(sizes) > 1:
        exponent = np.polyfit(np.log(sizes), np.log(times), 1)[0]
        print(f"  time grows as n ** {exponent:.2f}")
        if horizon_s is not None:
            assert exponent <= 1.2
