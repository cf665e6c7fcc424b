"""Clock offsets and transit times that the links suggest: for a person to accept, never applied here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.geometry import FloatArray, IntArray
from analytics.linking.feasibility import Sightings
from analytics.linking.groups import group
from analytics.linking.transits import consecutive

FEWEST_MOVES = 30
"""Moves in each direction below which nothing is proposed for two cameras."""

_LONGEST_S = 600.0  # a longer gap is an errand, not a way


@dataclass(frozen=True, slots=True)
class Proposals:
    """What a site file could say.

    Attributes:
        transits: from_camera, to_camera, min_s, max_s and moves of each way that was often gone.
        offsets: of each camera, how far its clock seems to be ahead of the others' mean, seconds.
        doubt_s: standard error of each offset, seconds.
    """

    transits: Sequence[Mapping[str, Any]]
    offsets: Mapping[str, float]
    doubt_s: Mapping[str, float]


def propose(labels: IntArray, sightings: Sightings, camera_ids: Sequence[str]) -> Proposals:
    """Read travel times and clock offsets off the moves within identities.

    A clock that is ahead makes every way to its camera look longer and every way from it shorter; where people go both
    ways, half the difference of the medians is the offset, whatever the way's length. Offsets of all cameras are the
    least-squares solution whose mean is 0: a constant error of all clocks cannot be seen.
    """
    before, after = consecutive(group(labels, sightings.starts_at, sightings.ends_at))
    gap_s = (sightings.starts_at[after] - sightings.ends_at[before]) / 1e6
    one, two = sightings.camera[before], sightings.camera[after]
    wanted = (one != two) & (np.abs(gap_s) <= _LONGEST_S)
    ways = _by_way(one[wanted], two[wanted], gap_s[wanted])
    transits = [
        {
            "from_camera": camera_ids[a],
            "to_camera": camera_ids[b],
            # half of what hardly anybody was faster than: a rule that nobody real may break
            "min_s": round(max(float(np.percentile(gaps, 1)), 0.0) / 2, 1),
            "max_s": round(max(2 * float(np.percentile(gaps, 99)), 1.0), 1),
            "moves": len(gaps),
        }
        for (a, b), gaps in sorted(ways.items())
    ]
    offsets, doubt = _offsets(ways, len(camera_ids))
    known = [place for place in range(len(camera_ids)) if not np.isnan(offsets[place])]
    return Proposals(
        transits,
        {camera_ids[place]: round(float(offsets[place]), 2) for place in known},
        {camera_ids[place]: round(float(doubt[place]), 2) for place in known},
    )


def _by_way(one: IntArray, two: IntArray, gap_s: FloatArray) -> dict[tuple[int, int], FloatArray]:
    keys, inverse, counts = np.unique(np.stack([one, two]), axis=1, return_inverse=True, return_counts=True)
    return {
        (int(keys[0, place]), int(keys[1, place])): np.sort(gap_s[inverse.reshape(-1) == place])
        for place in np.flatnonzero(counts >= FEWEST_MOVES).tolist()
    }


def _offsets(ways: Mapping[tuple[int, int], FloatArray], count: int) -> tuple[FloatArray, FloatArray]:
    rows, values, weights = [], [], []
    for (a, b), there in sorted(ways.items()):
        back = ways.get((b, a))
        if a > b or back is None:
            continue
        row = np.zeros(count)
        row[a], row[b] = -1.0, 1.0
        rows.append(row)
        values.append((float(np.median(there)) - float(np.median(back))) / 2)
        weights.append(1 / (_error(there) ** 2 + _error(back) ** 2))
    offsets, doubt = np.full(count, np.nan), np.full(count, np.nan)
    if not rows:
        return offsets, doubt
    matrix, target, weight = np.array(rows), np.array(values), np.sqrt(np.array(weights))
    solution = np.linalg.lstsq(matrix * weight[:, None], target * weight, rcond=None)[0]
    seen = (matrix != 0).any(axis=0)
    offsets[seen] = solution[seen]
    doubt[seen] = np.sqrt(np.maximum(np.diag(np.linalg.pinv((matrix * weight[:, None] ** 2).T @ matrix)), 0))[seen]
    return offsets, doubt


def _error(gaps: FloatArray) -> float:
    """Return the standard error of a median, halved as the offset is; robust."""
    spread = 1.4826 * float(np.median(np.abs(gaps - np.median(gaps))))
    return float(max(1.2533 * spread / np.sqrt(len(gaps)) / 2, 0.05))
