"""What a site and the settings make impossible, as numbers of cameras and pieces."""

from collections.abc import Iterable

import numpy as np

from analytics.errors import ConfigError
from analytics.geometry import IntArray
from analytics.linking.feasibility import Limits
from analytics.linking.gallery import Gallery, Standards
from analytics.settings import Linking
from analytics.sites import Site, Transit


def standards(linking: Linking) -> Standards:
    """Return what a piece must have to begin an identity."""
    return Standards(
        linking.min_height_px, linking.min_quality, linking.camera_shrinkage, round(linking.day_part_hours * 3.6e9)
    )


def limits_of(gallery: Gallery, site: Site, linking: Linking, cannot: IntArray) -> Limits:
    """Return what is impossible.

    Args:
        gallery: the pieces and the cameras' numbers.
        site: the transits that it states; a way that is not stated may take no time at all.
        linking: tolerances.
        cannot: (k, 2) rows of tracklets that a person told apart.

    Raises:
        ConfigError: the site's transits contradict each other.
    """
    count = len(gallery.camera_ids)
    number = {camera_id: place for place, camera_id in enumerate(gallery.camera_ids)}
    least: IntArray = np.zeros((count, count), np.int64)
    for (one, other), least_s in stated_ways(site.transits).items():
        if one in number and other in number:
            least[number[one], number[other]] = round(least_s * 1e6)
    least = _by_any_way(least)
    overlaps = np.zeros((count, count), np.int64)
    for one, other in linking.overlapping_views:
        if one in number and other in number:
            overlaps[number[one], number[other]] = overlaps[number[other], number[one]] = 1
    pieces = gallery.first_piece[cannot]
    return Limits(
        least,
        overlaps,
        round(linking.clock_tolerance_s * 1e6),
        round(linking.view_tolerance_s * 1e6),
        np.unique(np.sort(pieces, axis=1), axis=0) if len(pieces) else np.zeros((0, 2), np.int64),
    )


def _by_any_way(least: IntArray) -> IntArray:
    """Lower each stated way to the shortest of all that lead there over stated ones; 0 stands for not stated.

    Whoever is seen in between needs no more than the ways' sum, though every pair of sightings is held against a way.
    """
    shortest = np.where(least > 0, least, np.iinfo(np.int64).max // 4)
    for between in range(len(least)):
        shortest = np.minimum(shortest, shortest[:, between, None] + shortest[None, between, :])
    return np.where(least > 0, shortest, 0)


def stated_ways(transits: Iterable[Transit]) -> dict[tuple[str, str], float]:
    """Return the shortest time of each stated way, seconds, in order of the cameras; all that linking takes of them.

    A way around may add up to less than the direct one: crossing the view in between takes time that neither states.

    Raises:
        ConfigError: one way has two different times.
    """
    ways: dict[tuple[str, str], tuple[float, float]] = {}
    for transit in transits:
        ends = (transit.from_camera, transit.to_camera)
        for way in (ends, ends[::-1]) if transit.both_ways else (ends,):
            stated = (transit.min_s, transit.max_s)
            if ways.setdefault(way, stated) != stated:
                raise ConfigError(
                    f"expected one time from {way[0]} to {way[1]}, got {ways[way][0]:g} to {ways[way][1]:g} s and "
                    f"{stated[0]:g} to {stated[1]:g} s: keep one of them",
                    field="transits",
                )
    return {way: min_s for way, (min_s, _) in sorted(ways.items())}
