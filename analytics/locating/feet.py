"""Where the people of one camera stand: at the bottom middle of a box, unless the feet are not in it.

Nothing here looks at a picture or at another camera. A box that the lower border of the frame cuts off, or whose lower
part is evidently hidden, has no feet at its bottom. They are estimated from its top, by how tall the same tracklet is
where it shows whole, or they are not known.
"""

from dataclasses import dataclass

import numpy as np

from analytics.geometry import BoolArray, FloatArray, IntArray, foot_points
from analytics.settings import Locating

_STATED_PX = 0.01
"""A stated foot further than this from the bottom middle was measured by whoever wrote it; float32 rounds below."""

_WHOLE_PERCENT = (1, 99)
"""Of the whole boxes' feet, what counts as their range: one box in fifty may be something else."""

_USUAL = 0.75
"""Share of a tracklet's heights that its usual height exceeds: up to three quarters of its boxes may be hidden."""

_ROUNDS = 3
_LIKE_PEOPLE = (0.7, 1.4)
"""Heights outside this share of what the camera shows at a place are left out of the fit: children, groups, halves."""

_LEAST_SPREAD = 0.02
"""Standard deviation of the feet in heights of the image below which they say nothing of how height grows."""

_LARGEST_DEVIATION = 0.15
"""Mean relative deviation of a tracklet's whole boxes from the relation above which it predicts none of the others."""

_REACH_HEIGHTS = 0.25
"""How far beyond the whole boxes' feet an estimated foot may be, heights of the person: further, the line has bent."""

_LEAST_GAIN = 0.2
"""How much lower a box's top moves for each pixel of its foot, at least: under it a small error becomes a large one."""


@dataclass(frozen=True, slots=True)
class _Relation:
    """How tall people are at a place of the image: height = base_px + slope * y of the foot, px."""

    base_px: float
    slope: float

    def height_px(self, foot_y: FloatArray) -> FloatArray:
        height: FloatArray = self.base_px + self.slope * foot_y
        return height


def feet_of(
    boxes: FloatArray, stated: FloatArray, tracklet_nos: IntArray, height_px: float, locating: Locating
) -> FloatArray:
    """Return where each point's person stands.

    * A stated foot that is not the bottom middle of its box was measured (by a pose network, by a simulator): it is
      taken as it is, and one that is NaN is not known.
    * A whole box has its foot in the middle, `locating.foot_rise_heights` above the bottom. Somebody who bends or
      crouches is whole.
    * A box is cut when its bottom is at the lower border of the image, and hidden when it is lower than
      `locating.hidden_share` of the tracklet's usual height at its place. Its foot is estimated from its top: people's
      height is about linear in the y of their feet (exactly so for a level pinhole camera; the line is fitted to all
      whole boxes of the camera), times a factor of the tracklet's own. The x is the middle of the box. The foot may be
      below the image.
    * It is not known where that is not sound: fewer than `locating.min_whole_points` whole boxes in the tracklet,
      whole boxes that deviate much from the relation, a top that the upper border cuts, or a foot well outside the
      range of the camera's whole boxes.

    Not done: a tracklet that is hidden all the time, by furniture or a privacy mask, has nothing to be compared with,
    its boxes count as whole; a box that is cut by the left or right border keeps the middle of what shows.

    Args:
        boxes: (n, 4) px.
        stated: (n, 2) foot_x and foot_y of the points, px.
        tracklet_nos: (n,) tracklet of each point, rising from 0.
        height_px: height of the image.
        locating: border, shares and limits.

    Returns:
        (n, 2) px; NaN where it is not known.
    """
    feet = np.array(stated, np.float64)
    if not len(feet):
        return feet
    is_measured = measured(boxes, stated)
    heights = boxes[:, 3] - boxes[:, 1]
    bottoms = foot_points(boxes)
    bottoms[:, 1] -= locating.foot_rise_heights * heights
    feet[~is_measured] = bottoms[~is_measured]
    border_px = locating.border_share * height_px
    is_cut, is_headless = boxes[:, 3] >= height_px - border_px, boxes[:, 1] <= border_px
    is_open = ~is_cut & ~is_headless & ~is_measured
    if not is_open.any():
        feet[is_cut & ~is_measured] = np.nan
        return feet
    relation = _fitted(bottoms[is_open, 1], heights[is_open], height_px)
    expected = relation.height_px(bottoms[:, 1])
    with np.errstate(invalid="ignore", divide="ignore"):
        ratios = np.where(expected > 1, heights / expected, np.nan)
    is_open &= np.isfinite(ratios)
    usual = _quantile(ratios, tracklet_nos, is_open)[tracklet_nos]
    is_hidden = is_open & (ratios < locating.hidden_share * usual)
    estimated = _from_top(boxes[:, 1], tracklet_nos, ratios, is_open & ~is_hidden, relation, locating)
    low, high = np.percentile(bottoms[is_open & ~is_hidden, 1], _WHOLE_PERCENT)
    reach = _REACH_HEIGHTS * (estimated - boxes[:, 1])
    estimated[~((estimated >= low - reach) & (estimated <= high + reach))] = np.nan
    is_doubtful = (is_cut | is_hidden) & ~is_measured
    feet[is_doubtful, 1] = np.where(is_headless, np.nan, np.maximum(estimated, bottoms[:, 1]))[is_doubtful]
    feet[np.isnan(feet[:, 1]), 0] = np.nan
    return feet


def measured(boxes: FloatArray, stated: FloatArray) -> BoolArray:
    """Tell which of (n, 2) stated feet are not the bottom middle of their (n, 4) boxes: NaN among them."""
    # NaN is near nothing
    found: BoolArray = ~np.all(np.abs(stated - foot_points(boxes)) <= _STATED_PX, axis=1)
    return found


def _fitted(foot_y: FloatArray, heights: FloatArray, height_px: float) -> _Relation:
    """Fit the relation to whole boxes by least squares, leaving out in each round what is far off it."""
    kept = np.ones(len(foot_y), np.bool_)
    relation = _Relation(float(np.median(heights)), 0.0)
    for _ in range(_ROUNDS):
        x, y = foot_y[kept], heights[kept]
        spread = x - x.mean()
        is_spread = float(x.std()) >= _LEAST_SPREAD * height_px
        slope = float((spread @ y) / (spread @ spread)) if is_spread else 0.0
        relation = _Relation(float(y.mean() - slope * x.mean()), slope)
        share = heights / np.maximum(relation.height_px(foot_y), 1e-9)
        nearer: BoolArray = (share >= _LIKE_PEOPLE[0]) & (share <= _LIKE_PEOPLE[1])
        if not nearer.any():
            break
        kept = nearer
    return relation


def _quantile(values: FloatArray, groups: IntArray, is_used: BoolArray) -> FloatArray:
    """Return of each group the value that `_USUAL` of its used values do not exceed; NaN without any."""
    used_values, used_groups = values[is_used], groups[is_used]
    order = np.lexsort((used_values, used_groups))
    counts = np.bincount(used_groups, minlength=int(groups[-1]) + 1)
    firsts = np.cumsum(counts) - counts
    found = np.full(len(counts), np.nan)
    places = (firsts + np.floor(_USUAL * (counts - 1)).astype(np.int64))[counts > 0]
    found[counts > 0] = used_values[order][places]
    return found


def _from_top(
    tops: FloatArray,
    tracklet_nos: IntArray,
    ratios: FloatArray,
    is_whole: BoolArray,
    relation: _Relation,
    locating: Locating,
) -> FloatArray:
    """Return the (n,) y of the foot that a person of the tracklet's stature has whose top is at `tops`."""
    groups, size = tracklet_nos[is_whole], int(tracklet_nos[-1]) + 1
    counts = np.bincount(groups, minlength=size)
    many = np.maximum(counts, 1)
    factors = np.bincount(groups, ratios[is_whole], size) / many
    with np.errstate(invalid="ignore", divide="ignore"):
        deviations = np.bincount(groups, np.abs(ratios[is_whole] / factors[groups] - 1), size) / many
    is_sound = (counts >= locating.min_whole_points) & (deviations <= _LARGEST_DEVIATION)
    factor = np.where(is_sound, factors, np.nan)[tracklet_nos]
    # top = foot - factor * (base + slope * foot), solved for the foot
    gain = 1 - factor * relation.slope
    foot_y: FloatArray = (tops + factor * relation.base_px) / np.where(gain >= _LEAST_GAIN, gain, np.nan)
    return foot_y
