"""Link simulated worlds and hold the answer against the truth: one row of figures for each."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.evaluation.agreement import LinkedTracklets
from analytics.evaluation.linking import LinkingScores, score_linking
from analytics.geometry import BoolArray, FloatArray, IntArray
from analytics.linking.count_fitting import true_counts
from analytics.linking.counting import Counted, count, doubts_of
from analytics.linking.fallback import plain_labels
from analytics.linking.model import POINTS, LinkModel
from analytics.linking.places import spots_of
from analytics.linking.solving import Solved, solve, way_of
from analytics.linking.training_sites import SimulatedSite, site_of
from analytics.settings import Linking
from analytics.simulation.world import World

STRESSES: Mapping[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "reference": ({}, {}),
    "half in uniform": ({"uniform_share": 0.5}, {}),
    "clocks off by 20 s": ({"clock_error_sd_s": 20.0}, {}),
    "the same, tolerance 60 s": ({"clock_error_sd_s": 20.0}, {"clock_tolerance_s": 60.0}),
    "2.5 fragments a stop": ({"fragments_per_stop": 2.5}, {}),
    "5 times denser": ({"hours": 2.0}, {}),
    "travel 3 times noisier": ({"travel_sigma": 1.05}, {}),
}
"""Worlds by name: parameters of the world, and settings of linking; seeds that nothing was learned on."""


@dataclass(frozen=True)
class Judged:
    """One world's answer.

    Attributes:
        scores: by operating point, and of the fallback.
        probability: (k,) of the merges at the balanced point.
        is_right: (k,) whether they are.
        counted: visitors of the site, first, and of its hours and cameras.
        people: (c,) true numbers.
        seconds: how long linking took.
    """

    scores: Mapping[str, LinkingScores]
    probability: FloatArray
    is_right: BoolArray
    counted: Counted
    people: IntArray
    seconds: float


def judge(world: World, linking: Linking, model: LinkModel) -> Judged:
    """Link a world."""
    site = site_of(world, linking)
    began = time.perf_counter()
    solved = solve(site.gallery, site.seen, np.zeros((0, 2), np.int64), site.limits, linking, model)
    seconds = time.perf_counter() - began
    labels = {name: solved.tree.labels(above) for name, above in POINTS.items()}
    labels["fallback"] = plain_labels(
        site.gallery.pieces,
        site.start.labels,
        site.limits,
        way_of(linking, len(model.rounds)).search,
        np.array([model.fallback_threshold]),
    )[0]
    counted, people = _counted(site, solved, linking, model)
    merging, kept = solved.tree.merging, solved.tree.height > POINTS["balanced"]
    a, b = site.person[merging.a], site.person[merging.b]
    known = kept & (a >= 0) & (b >= 0)
    return Judged(
        {name: _scores(site, own) for name, own in labels.items()},
        merging.probability[known],
        (a == b)[known],
        counted,
        people,
        seconds,
    )


def calibration_error(probability: FloatArray, is_right: BoolArray, bins: int = 10) -> float:
    """Return the expected calibration error over equal bins of probability."""
    own = np.minimum((probability * bins).astype(int), bins - 1)
    gaps = [
        abs(probability[own == number].mean() - is_right[own == number].mean()) * (own == number).mean()
        for number in range(bins)
        if (own == number).any()
    ]
    return float(sum(gaps))


def _counted(site: SimulatedSite, solved: Solved, linking: Linking, model: LinkModel) -> tuple[Counted, IntArray]:
    everybody = np.ones(len(site.person), bool)
    spots = spots_of(site.gallery.pieces.sightings, everybody)
    doubts = doubts_of(solved, site.gallery, everybody, ~everybody)
    return count(doubts, spots.cells, model.count, linking.count_worlds), true_counts(spots, site.person)


def _scores(site: SimulatedSite, labels: IntArray) -> LinkingScores:
    where = site.gallery.pieces.sightings
    return score_linking(LinkedTracklets(labels, site.person, where.camera, where.starts_at, np.ones(len(labels))))
