"""The simulated sites that linking is learned and judged on: small and large worlds, and people as networks see them.

Sites vary in what real ones vary in; the seeds of the reference world that linking is measured on are not among them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from analytics.geometry import IntArray
from analytics.linking.feasibility import Limits
from analytics.linking.gallery import Gallery, build_gallery
from analytics.linking.gathering import CameraTables, Seen, gather
from analytics.linking.limits import limits_of, standards
from analytics.linking.solving import closeness
from analytics.linking.starting import Start, start
from analytics.settings import Linking
from analytics.simulation.appearance import Pictures
from analytics.simulation.tables import simulate_tables
from analytics.simulation.world import World

LEARNING_SEED, JUDGING_SEED = 1000, 2000
_UNKNOWN = -1
_PICTURED_WORLDS = 60
_PICTURED_SEED = 500  # on top of the other worlds' seeds


@dataclass(frozen=True, slots=True)
class SimulatedSite:
    """One world made ready.

    Attributes:
        world: its parameters.
        seen: its tracklets.
        gallery: its pieces.
        limits: what is impossible there.
        start: what is certain.
        person: (n,) true person of each piece; -1 where a switched tracklet leaves it open.
    """

    world: World
    seen: Seen
    gallery: Gallery
    limits: Limits
    start: Start
    person: IntArray


def worlds(first_seed: int = LEARNING_SEED) -> tuple[World, ...]:
    """Return worlds of many sizes, densities, looks, fragments, clocks and kinds of noise, with seeds from a number."""
    usual: dict[str, Any] = {"people_per_night": 350, "hours": 2.4}
    small: dict[str, Any] = {"vectors_per_tracklet": 4, "people_per_night": 40, "hours": 0.5, "cameras": 4}
    variants: list[dict[str, Any]] = [
        usual,
        {**usual, "people_per_night": 1000, "hours": 6.8},
        {**usual, "cameras": 8, "travel_median_s": 40.0},
        {**usual, "cameras": 20, "stops_per_visit": 5.0, "reid_noise": 1.1},
        {**usual, "hours": 0.5},
        {**usual, "hours": 1.0, "reid_noise": 0.9},
        {**usual, "uniform_share": 0.5},
        {**usual, "uniform_share": 0.3, "hours": 1.0, "reid_noise": 0.9},
        {"people_per_night": 400, "hours": 2.7, "fragments_per_stop": 2.5},
        {**usual, "travel_sigma": 1.05, "people_per_outfit": 8.0},
        {**usual, "reid_noise": 1.4, "switched_share": 0.08},
        {**usual, "reid_noise": 0.7, "camera_bias": 1.5, "companions_share": 0.4},
        {**usual, "vectors_per_tracklet": 4, "segment_s": 300.0, "companions_share": 0.2},
        {**usual, "vectors_per_tracklet": 4, "dwell_median_s": 60.0, "staff_share": 0.02},
        {**usual, "clock_error_sd_s": 1.5, "stops_per_visit": 2.5, "visits_per_person": 1.5},
        {"people_per_night": 300, "cameras": 2, "hours": 6.0, "travel_median_s": 15.0},
        {"people_per_night": 400, "cameras": 5, "hours": 10.0, "dimension": 256, "travel_sigma": 0.6},
    ]
    # sites of a few people, where the nearest of all need not be near, each of another kind
    for number in range(24):
        kind = {
            "people_per_night": (10, 20, 40, 80)[number % 4],
            "cameras": (2, 3, 4, 6, 8)[number % 5],
            "hours": (0.2, 0.5, 1.0)[number % 3],
            "stops_per_visit": (1.5, 2.0, 4.0)[number // 8],
            "reid_noise": (0.4, 0.6, 0.8, 1.0)[number // 4 % 4],
            "fragments_per_stop": (1.0, 1.35)[number % 2],
            "visits_per_person": (1.0, 1.15)[number // 2 % 2],
            "travel_median_s": (15.0, 25.0, 40.0)[number // 3 % 3],
        }
        variants.append({**small, **kind})
    return tuple(World(seed=first_seed + number, **variant) for number, variant in enumerate(variants))


def pictured_worlds(dimension: int, first_seed: int = LEARNING_SEED) -> tuple[World, ...]:
    """Return worlds for `Pictures`: a few people in a few minutes in a few views, as in filmed sites and first trials.

    Trackers mix people up there, groups walk together, and some are dressed alike.
    """
    return tuple(
        World(
            seed=first_seed + _PICTURED_SEED + number,
            dimension=dimension,
            vectors_per_tracklet=4,
            people_per_night=(8, 14, 20, 28, 40, 56)[number % 6],
            cameras=(2, 3, 4, 5, 6)[number % 5],
            hours=(0.05, 0.08, 0.15, 0.3)[number // 2 % 4],
            stops_per_visit=(1.3, 2.5, 4.5)[number // 3 % 3],
            reid_noise=(0.2, 0.35, 0.5)[number // 4 % 3],
            fragments_per_stop=(1.0, 1.2, 1.5)[number // 5 % 3],
            switched_share=(0.0, 0.06, 0.15)[number // 2 % 3],
            companions_share=(0.0, 0.3, 0.6)[number // 7 % 3],
            uniform_share=(0.0, 0.1, 0.2)[number // 6 % 3],
            travel_median_s=(6.0, 12.0, 25.0)[number // 3 % 3],
            dwell_median_s=(10.0, 18.0)[number // 2 % 2],
            visits_per_person=(1.0, 1.15)[number % 2],
        )
        for number in range(_PICTURED_WORLDS)
    )


def sites_of(pictures: Sequence[Pictures], first_seed: int, linking: Linking) -> tuple[SimulatedSite, ...]:
    """Make all worlds of a seed ready; those with pictures take turns with what they are given.

    Learning and judging have halves of the people of their own: nobody is in both.
    """
    sites = [site_of(world, linking) for world in worlds(first_seed)]
    halves = [_half(each, first_seed) for each in pictures]
    if halves:
        for number, world in enumerate(pictured_worlds(halves[0].vectors.shape[3], first_seed)):
            sites.append(site_of(world, linking, halves[number % len(halves)]))
    return tuple(sites)


def _half(pictures: Pictures, first_seed: int) -> Pictures:
    return pictures.of_people(np.arange(int(first_seed != LEARNING_SEED), len(pictures.vectors), 2))


def site_of(world: World, linking: Linking, pictures: Pictures | None = None) -> SimulatedSite:
    """Simulate a world and make it ready."""
    made = simulate_tables(world, pictures)
    seen = gather([CameraTables(made.tracklets, made.track_points, made.boundary_points, (made.embeddings,))])
    gallery = build_gallery(seen, standards(linking), np.full(len(seen), -1), np.zeros(len(seen), bool))
    limits = limits_of(gallery, made.site, linking, np.zeros((0, 2), np.int64))
    begun = start(gallery, seen, np.zeros((0, 2), np.int64), limits, closeness(linking))
    return SimulatedSite(world, seen, gallery, limits, begun, _people(seen, gallery, made.truth.identities))


def _people(seen: Seen, gallery: Gallery, truth: pa.Table) -> IntArray:
    """Return the person of each piece; a part of a switched tracklet could be either's and is nobody's."""
    ids = dict(zip(truth["tracklet_id"].to_pylist(), truth["person_id"].to_pylist(), strict=True))
    names = np.array([ids[tracklet] for tracklet in seen.tracklets["tracklet_id"].to_pylist()])
    person = np.unique(names, return_inverse=True)[1][gallery.tracklet]
    is_part = np.bincount(gallery.tracklet, minlength=len(seen))[gallery.tracklet] > 1
    return np.where(is_part, _UNKNOWN, person)
