"""Where and when people are counted: the site and its cameras, a night and its hours."""

from dataclasses import dataclass

import numpy as np

from analytics.geometry import BoolArray, IntArray
from analytics.linking.counting import Cells
from analytics.linking.feasibility import Sightings
from analytics.timebase import HOUR_US

SITE, PLACE = 0, 1


@dataclass(frozen=True, slots=True)
class Spots:
    """Cells with what each is.

    Attributes:
        cells: as they are counted.
        place: (c,) number of the camera; -1: the whole site.
        hour_at: (c,) instant at which the hour begins, microseconds; -1: the whole night.
    """

    cells: Cells
    place: IntArray
    hour_at: IntArray


def spots_of(sightings: Sightings, is_wanted: BoolArray) -> Spots:
    """Return a cell for the site, each camera, each hour of both, as far as a piece was there.

    Args:
        sightings: the pieces; one that lasts over the full hour was there in both hours.
        is_wanted: (n,) pieces that are counted.
    """
    pieces = np.flatnonzero(is_wanted)
    first, last = sightings.starts_at[pieces] // HOUR_US, sightings.ends_at[pieces] // HOUR_US
    hours = last - first + 1
    piece = np.repeat(pieces, hours)
    hour = np.repeat(first, hours) + np.arange(len(piece)) - np.repeat(np.cumsum(hours) - hours, hours)
    every = np.concatenate([pieces, piece, pieces, piece])
    place = np.concatenate([np.full(len(pieces) + len(piece), -1), sightings.camera[pieces], sightings.camera[piece]])
    hour_at = np.concatenate([np.full(len(pieces), -1), hour * HOUR_US] * 2)
    keys, cell = np.unique(np.stack([place, hour_at]), axis=1, return_inverse=True)
    level = 2 * (keys[0] >= 0) + (keys[1] >= 0)
    return Spots(Cells(every, cell.reshape(-1), level.astype(np.int64)), keys[0], keys[1])
