"""How long people take from camera to camera: log-likelihood ratios learned from what is linked so far.

After st-ReID (Wang et al., AAAI 2019): a histogram of travel times for each ordered pair of cameras. Here it is shrunk
to the site's, and set against the rate at which anybody at all appears in the camera, so that a short gap in a busy
hall says less than in an empty corridor. Transit times and clock offsets for the site file are proposed, never applied.
"""

from dataclasses import dataclass

import numpy as np

from analytics.geometry import FloatArray, IntArray
from analytics.linking.groups import Groups

EDGES_S = np.concatenate([[0.0], np.geomspace(1.0, 36_000.0, 40)])
"""Bounds of the bins, seconds: below 1 s, and 39 that grow by a factor up to ten hours (research, section 2.4)."""

_PSEUDO_COUNTS = 15.0  # weight of the site's histogram in a pair's (research, section 2.4)
_KERNEL = np.array([0.1, 0.2, 0.4, 0.2, 0.1])  # smooths over neighbouring bins, as Parzen windows do in st-ReID
_FLOOR = 1e-3  # share of a pair's mass that is spread over all bins: nothing seen yet is not impossible


@dataclass(frozen=True, slots=True)
class TransitTable:
    """Log of the density of arrivals of the same person, per second.

    Attributes:
        log_density: (c, c, bins) log of P(next camera is j and the gap is t | last seen in i), 1/s.
        moves: (c, c) moves that it was learned from.
    """

    log_density: FloatArray
    moves: IntArray


def learn(groups: Groups, camera: IntArray, starts_at: IntArray, ends_at: IntArray, camera_count: int) -> TransitTable:
    """Learn travel times from the moves within groups: from each piece to the next in time."""
    before, after = consecutive(groups)
    gap_s = np.maximum(starts_at[after] - ends_at[before], 0) / 1e6
    bins = np.clip(np.searchsorted(EDGES_S, gap_s, side="right") - 1, 0, len(EDGES_S) - 2)
    counts = np.zeros((camera_count, camera_count, len(EDGES_S) - 1))
    np.add.at(counts, (camera[before], camera[after], bins), 1.0)
    moves = counts.sum(axis=2)
    counts = np.apply_along_axis(np.convolve, 2, counts, _KERNEL, "same")
    widths = np.diff(EDGES_S)
    # the same camera seen again is another matter than a walk to a different one
    is_same = np.eye(camera_count, dtype=bool)
    prior = np.empty_like(counts)
    for kind in (is_same, ~is_same):
        site = counts[kind].sum(axis=0) if kind.any() else np.zeros(len(widths))
        flat = np.diff(np.log(np.maximum(EDGES_S, 0.5))) / np.log(EDGES_S[-1] / 0.5)
        prior[kind] = (site + _PSEUDO_COUNTS * flat) / (site.sum() + _PSEUDO_COUNTS)
    shape = (counts + _PSEUDO_COUNTS * prior) / (counts.sum(axis=2, keepdims=True) + _PSEUDO_COUNTS)
    shape = (1 - _FLOOR) * shape + _FLOOR / len(widths)
    arrivals = np.bincount(camera, minlength=camera_count) + 1.0
    share = arrivals / arrivals.sum()
    going = (moves + _PSEUDO_COUNTS * share[None, :]) / (moves.sum(axis=1, keepdims=True) + _PSEUDO_COUNTS)
    log_density = np.log(shape / widths) + np.log(going)[:, :, None]
    return TransitTable(log_density.astype(np.float64), moves.astype(np.int64))


def consecutive(groups: Groups) -> tuple[IntArray, IntArray]:
    """Return the pieces before and after each move within a group, in order of group and time."""
    own = groups.labels[groups.members]
    after = np.flatnonzero(own[1:] == own[:-1]) + 1
    return groups.members[after - 1], groups.members[after]


SLOT_US = 1_800_000_000
"""Length of the stretches in which arrivals are counted, microseconds: half an hour."""

_SHORTEST_S = 60.0  # a site of a few seconds says nothing of how often anybody comes


def arrival_rates(camera: IntArray, starts_at: IntArray, camera_count: int) -> tuple[FloatArray, int]:
    """Return how often anybody appears in each camera.

    Returns:
        (c, t) log of appearances per second in each half hour, smoothed with the half hours beside it and by one
        appearance, and the instant at which the first half hour begins. Only the time from the first
        appearance on the site to the last counts: three minutes of footage are not half an hour in which few came.
    """
    # from the half hour before the first, in which nobody appeared
    origin = (int(starts_at.min()) // SLOT_US - 1) * SLOT_US if len(starts_at) else 0
    slots = ((starts_at - origin) // SLOT_US).astype(np.int64)
    counts = np.zeros((camera_count, int(slots.max(initial=0)) + 1))
    np.add.at(counts, (camera, slots), 1.0)
    begins = origin + SLOT_US * np.arange(counts.shape[1])
    first, last = (int(starts_at.min()), int(starts_at.max())) if len(starts_at) else (0, 0)
    watched_us = np.maximum(np.minimum(begins + SLOT_US, last) - np.maximum(begins, first), 0)
    smooth, smooth_s = _with_neighbours(counts), _with_neighbours(watched_us[None, :] / 1e6)
    return np.log((smooth + 1.0) / np.maximum(smooth_s, _SHORTEST_S)), origin


def _with_neighbours(slots: FloatArray) -> FloatArray:
    padded = np.pad(slots, ((0, 0), (1, 1)))
    return padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]
