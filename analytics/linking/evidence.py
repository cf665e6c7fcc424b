"""Which pairs of groups are looked at, and what speaks for and against each.

Candidates are the nearest in appearance of all, and the nearest among those who appear soon after somebody is gone. No
verdicts here.
"""

from dataclasses import dataclass, replace

import numpy as np

from analytics.geometry import BoolArray, FloatArray, IntArray
from analytics.linking.feasibility import Sightings
from analytics.linking.groups import Groups, distinct
from analytics.linking.meetings import Meetings
from analytics.linking.neighbours import Neighbours, chance, similarities
from analytics.linking.stretches import each_stretch

APPEARANCE = (
    "likeness",
    "normalised",
    "rank_low",
    "rank_high",
    "margin_low",
    "margin_high",
    "over_strangers_low",
    "over_strangers_high",
)
TIME = ("gap", "closest", "worst", "total", "meetings", "arrivals", "same_camera", "open_ends")
QUALITY = ("weight_low", "weight_high", "size_low", "size_high", "groups")
FEATURES = (*APPEARANCE, *TIME, *QUALITY)
_FEWEST = 1e-3


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs of groups worth a look, a < b, sorted, each once, with how alike they are.

    Attributes:
        a: (e,) groups.
        b: (e,) groups.
        appearance: (e, 8) columns APPEARANCE: cosine in standard deviations above chance pairs; the same above both
            sides' other neighbours (as AS-norm in speaker verification); log(1 + place in the other's list), the better
            and the worse; cosine less that of the best other candidate, the lower and the higher of both sides; the
            same less that of the best proven stranger, see `over_strangers`, 0 until that is known.
        cosine: (e,) float32 as it is.
    """

    a: IntArray
    b: IntArray
    appearance: FloatArray
    cosine: FloatArray

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.a)

    def take(self, rows: BoolArray) -> "Candidates":
        """Return some of the pairs."""
        return replace(self, a=self.a[rows], b=self.b[rows], appearance=self.appearance[rows], cosine=self.cosine[rows])


def candidates(vectors: FloatArray, near: Neighbours, more_a: IntArray, more_b: IntArray) -> Candidates:
    """Put pairs together from neighbours and from other pairs.

    Args:
        vectors: (m, d) float32 of length 1.
        near: the nearest neighbours of each.
        more_a: (p,) further pairs, in any order.
        more_b: (p,) their other ends; equal ends are left out.
    """
    count, width = near.number.shape
    source = np.repeat(np.arange(count), width)
    target = near.number.reshape(-1)
    place = np.tile(np.arange(width), count)
    is_there = target >= 0
    source, target, place = source[is_there], target[is_there], place[is_there]
    directed = source * count + target
    is_pair = more_a != more_b
    low, high = np.minimum(more_a, more_b)[is_pair], np.maximum(more_a, more_b)[is_pair]
    keys = distinct(
        np.concatenate([np.minimum(source, target) * count + np.maximum(source, target), low * count + high])
    )
    a, b = keys // max(count, 1), keys % max(count, 1)
    cosine = similarities(vectors, a, b)
    order = np.argsort(directed, kind="stable")
    rank_ab = _places(a * count + b, directed[order], place[order], width)
    rank_ba = _places(b * count + a, directed[order], place[order], width)
    mean, deviation = _cohort(near.similarity)
    margin_a, margin_b = cosine - _best_other(near, a, b), cosine - _best_other(near, b, a)
    usual, spread = chance(vectors)
    columns: FloatArray = np.empty((len(a), len(APPEARANCE)))
    columns[:, 0] = (cosine - usual) / spread
    columns[:, 1] = ((cosine - mean[a]) / deviation[a] + (cosine - mean[b]) / deviation[b]) / 2
    columns[:, 2] = np.log1p(np.minimum(rank_ab, rank_ba))
    columns[:, 3] = np.log1p(np.maximum(rank_ab, rank_ba))
    columns[:, 4] = np.minimum(margin_a, margin_b) / spread
    columns[:, 5] = np.maximum(margin_a, margin_b) / spread
    columns[:, 6:] = 0.0
    return Candidates(a, b, columns, cosine)


def over_strangers(found: Candidates, is_stranger: BoolArray, count: int, vectors: FloatArray) -> Candidates:
    """Tell how much more alike each pair is than either side and those who are proven to be somebody else.

    Where one who was elsewhere at that very time looks the same, looks prove nothing: a site's own evidence of uniforms
    and twins, without labels. Who has no proven stranger among the candidates is set against chance.

    Args:
        found: the pairs.
        is_stranger: (e,) pairs that are two people by where they were.
        count: number of groups, m.
        vectors: (k, d) of those that were compared, for what chance pairs are like.
    """
    usual, spread = chance(vectors)
    best = np.full(count, usual)
    for side in (found.a, found.b):
        np.maximum.at(best, side[is_stranger], found.cosine[is_stranger])
    margins = (found.cosine - np.stack([best[found.a], best[found.b]])) / spread
    appearance = found.appearance.copy()
    appearance[:, APPEARANCE.index("over_strangers_low")] = margins.min(axis=0)
    appearance[:, APPEARANCE.index("over_strangers_high")] = margins.max(axis=0)
    return replace(found, appearance=appearance)


def features(
    found: Candidates, met: Meetings, groups: Groups, sightings: Sightings, weight: FloatArray, rivals: int
) -> FloatArray:
    """Return (e, f) what is known of each pair, columns FEATURES.

    Args:
        found: the pairs.
        met: their meetings.
        groups: the groups.
        sightings: the pieces.
        weight: (m,) how much was seen of each group, sum of its crops' qualities.
        rivals: number of groups that were looked through; the nearest of a few need not be near.
    """
    rows: FloatArray = np.empty((len(found), len(FEATURES)))
    rows[:, : len(APPEARANCE)] = found.appearance

    def put(name: str, values: FloatArray | IntArray | float) -> None:
        rows[:, FEATURES.index(name)] = values

    put("gap", np.log1p(met.gap_s))
    put("closest", met.closest)
    put("worst", met.worst)
    put("total", met.total)
    put("meetings", np.log(met.count))
    put("arrivals", np.log1p(met.arrivals))
    put("same_camera", sightings.camera[met.before] == sightings.camera[met.after])
    put("open_ends", sightings.was_lost[met.before] + sightings.appeared[met.after])
    for name, values in (("weight", weight), ("size", groups.sizes)):
        put(f"{name}_low", np.log(np.maximum(np.minimum(values[found.a], values[found.b]), _FEWEST)))
        put(f"{name}_high", np.log(np.maximum(np.maximum(values[found.a], values[found.b]), _FEWEST)))
    put("groups", np.log(max(rivals, 1)))
    return rows


def soon_after(
    vectors: FloatArray, starts_at: IntArray, ends_at: IntArray, within_us: int, count: int, most: int = 2000
) -> tuple[IntArray, IntArray]:
    """Find for each piece the most similar of those that appear soon after it is gone.

    Args:
        vectors: (n, d) float32 of length 1.
        starts_at: (n,) instants, microseconds.
        ends_at: (n,) instants, microseconds.
        within_us: how soon.
        count: how many of them.
        most: how many of those that appear first are compared, so that a crowded hour costs no more than its share.

    Returns:
        Pairs of pieces: (p,) earlier and (p,) later.
    """
    by_start, by_end = np.argsort(starts_at, kind="stable"), np.argsort(ends_at, kind="stable")
    starts, ends = starts_at[by_start], ends_at[by_end]
    first = np.searchsorted(starts, ends, side="left")
    last = np.minimum(np.searchsorted(starts, ends + within_us, side="right"), first + most)

    def nearest_of(asked: slice) -> tuple[IntArray, IntArray]:
        low, high = int(first[asked.start]), int(last[asked].max())
        if high <= low:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        asking, base = by_end[asked], by_start[low:high]
        cosine = vectors[asking] @ vectors[base].T
        places = np.arange(low, high)
        cosine[(places < first[asked, None]) | (places >= last[asked, None])] = -np.inf
        wide = min(count, cosine.shape[1])
        top = np.argpartition(-cosine, wide - 1, axis=1)[:, :wide]
        is_in = np.isfinite(np.take_along_axis(cosine, top, axis=1))
        return np.repeat(asking, wide)[is_in.reshape(-1)], base[top][is_in]

    nobody = (np.zeros(0, np.int64), np.zeros(0, np.int64))
    earlier, later = zip(nobody, *each_stretch(nearest_of, len(ends), 256), strict=True)
    return np.concatenate(earlier), np.concatenate(later)


def _places(wanted: IntArray, directed: IntArray, place: IntArray, absent: int) -> IntArray:
    if not len(directed):
        return np.full(len(wanted), absent)
    at = np.minimum(np.searchsorted(directed, wanted), len(directed) - 1)
    return np.where(directed[at] == wanted, place[at], absent)


def _cohort(similarity: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return mean and standard deviation of each list; of what is no list, of all."""
    valid = np.isfinite(similarity)
    count = np.maximum(valid.sum(axis=1), 1)
    filled = np.where(valid, similarity, 0).astype(np.float64)
    mean = filled.sum(axis=1) / count
    spread = np.sqrt((np.where(valid, filled - mean[:, None], 0) ** 2).sum(axis=1) / count)
    return mean, np.maximum(spread, 0.02)  # .02: lists of one or two would make every difference a wonder


def _best_other(near: Neighbours, a: IntArray, b: IntArray) -> FloatArray:
    """Return the highest similarity of a's list that is not b's."""
    if near.number.shape[1] == 0:
        return np.zeros(len(a))
    best, number = near.similarity[a, 0].astype(np.float64), near.number[a, 0]
    second = near.similarity[a, min(1, near.similarity.shape[1] - 1)].astype(np.float64)
    other = np.where(number == b, second if near.similarity.shape[1] > 1 else 0.0, best)
    return np.where(np.isfinite(other), other, 0.0)
