"""BoT-SORT with re-identification behind a centroid-distance gate: the default tracker.

Written from the papers: boxes matched in two passes by score after ByteTrack (Zhang et al., ECCV 2022), motion and
appearance joined after BoT-SORT (Aharon et al., 2022). It differs in what matters for recorded footage from fixed
cameras: time is in seconds, so that frames may be sampled or lost; appearance may bring back a lost track wherever
its centre is near the box where it was last *seen*, because a prediction has drifted by then; how alike is alike
enough is learned from people seen side by side. No camera-motion compensation.
"""

from dataclasses import dataclass, replace
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, Field, NonNegativeFloat, PositiveFloat, PositiveInt

from analytics.geometry import BoolArray, FloatArray, ImageArray, IntArray, centres, iou
from analytics.perception.frame import Assignment, Detections, Frame
from analytics.perception.trackers import _kalman
from analytics.perception.trackers._appearance import Distinctness, colour_features, distance, is_known
from analytics.perception.trackers._assignment import best_pairs
from analytics.perception.trackers._kalman import Motion
from analytics.perception.trackers._ordering import in_order, take
from analytics.perception.trackers._tracks import Tracks
from analytics.timebase import MICROSECONDS, Instant

Share = Annotated[float, Field(ge=0, le=1)]


class Params(BaseModel, extra="forbid", frozen=True):
    """Every threshold belongs to what it admits: equal is enough. Defaults were chosen on PETS2009 S2.L1."""

    low_score: Share = 0.1
    """Score below which a box is not looked at."""

    high_score: Share = 0.4
    """Score from which a box takes part in every pass; a lower one only continues a track that it overlaps well."""

    begin_score: Share = 0.6
    """Score from which a box may begin a track; on PETS 0.6 costs no recall against 0.4 and removes false tracks."""

    min_iou: Share = 0.2
    """Overlap of a prediction and a box, times the box's score, for the first pass."""

    appearance_weight: NonNegativeFloat = 0.2
    """Worth of a perfect likeness in the first pass, where a pair's worth is its overlap times score."""

    min_low_iou: Share = 0.5
    """Overlap of a prediction and a box of low score, for the second pass."""

    appearance: Literal["colour", "features", "none"] = "colour"
    """What is compared: the colours of the frame, the detections' features (a re-ID network), or nothing."""

    proximity: NonNegativeFloat = 0.2
    """Distance from the centre of the last observed box within which re-identification looks, image widths."""

    max_speed_heights_s: PositiveFloat = 2.0
    """Speed above which re-identification takes nobody to have moved meanwhile, box heights/s; 1 is a brisk walk."""

    appearance_max: Share = 0.3
    """Distance (1 - cosine) / 2 of features above which re-identification never accepts."""

    colour_max: Share = 0.15
    """The same for colours, which all have something in common; on PETS 95 % of a person's own lie below 0.1."""

    false_match_share: Share = 0.2
    """Share of people seen side by side whose distance may lie under the limit: it lowers the two above."""

    appearance_memory: Annotated[float, Field(ge=0, lt=1)] = 0.9
    """Weight of the past in a track's mean appearance, for each observation."""

    reach_heights: NonNegativeFloat = 0.6
    """Distance from a predicted centre within which the last pass accepts a box of like height, box heights."""

    coast_s: NonNegativeFloat = 1.0
    """Time for which the prediction of an unseen track is believed, seconds."""

    max_gap_s: PositiveFloat = 10.0
    """Longest time that a track may go unseen, seconds (300 frames at 30 frames/s)."""

    confirm_points: PositiveInt = 3
    """Detections from which a track may be brought back by its appearance."""

    tentative_gap_s: NonNegativeFloat = 0.5
    """Longest time that a track of fewer points may go unseen, seconds."""

    duplicate_iou: Annotated[float, Field(gt=0, le=1)] = 0.7
    """Overlap with a matched box of the same class from which a box does not begin a track."""

    @property
    def needs_features(self) -> bool:
        """Whether detections must carry features."""
        return self.appearance == "features"


_SLACK_HEIGHTS = 0.5  # a box jumps by as much when an occluder cuts it
_LIKE_HEIGHT = 0.5  # natural logarithm: a box of 0.61 to 1.65 times the predicted height


def build(params: Params) -> "CentroidTracker":
    """Build the tracker in its first state."""
    import scipy.optimize  # noqa: F401 - its import takes .3 s: before work begins, not in the first frame

    return CentroidTracker(params)


@dataclass(frozen=True, slots=True)
class _Scene:
    """One frame's boxes against the live tracks: what every pass asks, worked out once.

    Attributes:
        tracks: the n live tracks.
        found: the m detections that take part, in an order that depends on their content alone.
        features: (m, d) their appearance, of the length that the tracks have; zeros where it is not known.
        ahead: (n, 5, 4) the tracks' states at this frame.
        boxes: (n, 4) the boxes of those states, px.
        gaps_s: (n,) time since each track was seen.
        overlap: (n, m) IoU of predictions and boxes.
        apart: (n, m) appearance distance in [0, 1]; 1 where either appearance is not known.
    """

    tracks: Tracks
    found: Detections
    features: FloatArray
    ahead: FloatArray
    boxes: FloatArray
    gaps_s: FloatArray
    overlap: FloatArray
    apart: FloatArray


class CentroidTracker:
    """See the module; an instance holds the live tracks, the next number and what it learned of looks."""

    def __init__(self, params: Params) -> None:
        self._params = params
        self._motion = Motion()
        self._distinctness = Distinctness(params.false_match_share)
        self._tracks = Tracks.none(0)
        self._next_number = 1
        self._last_at: Instant | None = None

    @property
    def max_gap_s(self) -> float:
        """Longest time that a track may go unseen and still be continued, seconds."""
        return self._params.max_gap_s

    def update(self, detections: Detections, frame: Frame) -> Assignment:
        """Take the next frame's detections; a frame that lies before the last one ends every track.

        Raises:
            ValueError: the detections' features differ in length from those of the frames before.
        """
        order = in_order(detections)
        positions = order[detections.scores[order] >= self._params.low_score]
        scene = self._look(take(detections, positions), frame)
        rows, columns = self._associate(scene, frame.width_px)
        beginners = self._beginners(scene, columns)
        numbers = np.arange(self._next_number, self._next_number + len(beginners))
        self._next_number += len(beginners)
        self._tracks = self._continued(scene, rows, columns, frame.captured_at).and_then(
            self._begun(scene, beginners, numbers, frame.captured_at)
        )
        return Assignment(
            positions[np.concatenate([columns, beginners])], np.concatenate([scene.tracks.numbers[rows], numbers])
        )

    def _look(self, found: Detections, frame: Frame) -> _Scene:
        tracks = self._live(frame.captured_at)
        tracks, features = _level(tracks, self._features(found, frame.pixels))
        gaps_s = (frame.captured_at - tracks.seen_at) / MICROSECONDS
        ahead = self._motion.predict(tracks.states, gaps_s)
        boxes = _kalman.boxes_of(ahead)
        shown = is_known(features)
        known = np.logical_and.outer(is_known(tracks.features), shown)
        apart = np.where(known, distance(tracks.features, features), 1.0)
        self._learn(found, features, shown)
        return _Scene(tracks, found, features, ahead, boxes, gaps_s, iou(boxes, found.boxes), apart)

    def _features(self, found: Detections, pixels: ImageArray) -> FloatArray:
        if self._params.appearance == "colour":
            return colour_features(pixels, found.boxes)
        if self._params.appearance == "none" or found.features is None:
            return np.zeros((len(found), 0), np.float32)
        return found.features

    def _learn(self, found: Detections, features: FloatArray, shown: BoolArray) -> None:
        sure = np.flatnonzero((found.scores >= self._params.high_score) & shown)
        class_nos = found.class_nos[sure]
        self._distinctness.learn(found.boxes[sure], features[sure], class_nos[:, None] == class_nos)

    def _live(self, at: Instant) -> Tracks:
        tracks, rules = self._tracks, self._params
        backwards = self._last_at is not None and at < self._last_at
        self._last_at = at
        if backwards:
            return tracks.where(np.zeros(0, np.int64))
        allowed_s = np.where(tracks.point_counts >= rules.confirm_points, rules.max_gap_s, rules.tentative_gap_s)
        live = (at - tracks.seen_at) / MICROSECONDS <= np.minimum(allowed_s, rules.max_gap_s)
        return tracks if live.all() else tracks.where(np.flatnonzero(live))

    def _associate(self, scene: _Scene, width_px: int) -> tuple[IntArray, IntArray]:
        """Return the (k,) tracks that continue and their (k,) detections, rising by track."""
        rules = self._params
        highest = rules.colour_max if rules.appearance == "colour" else rules.appearance_max
        limit = _lower(highest, self._distinctness.limit)
        is_high = scene.found.scores >= rules.high_score
        fresh = (scene.gaps_s <= rules.coast_s)[:, None]
        fused = scene.overlap * scene.found.scores
        likeness = np.clip(1 - scene.apart / max(2 * limit, 1e-9), 0, 1)
        closeness = _closeness(scene, rules.reach_heights)
        passes = (
            (fused + rules.appearance_weight * likeness, (fused >= rules.min_iou) & fresh & is_high),
            (scene.overlap, (scene.overlap >= rules.min_low_iou) & fresh & ~is_high),
            (1 - scene.apart, (scene.apart <= limit) & self._near(scene, width_px) & is_high),
            (closeness, (closeness >= 0) & fresh & is_high),
        )
        open_pairs: BoolArray = np.equal.outer(scene.tracks.class_nos, scene.found.class_nos)
        matched = np.full(len(scene.tracks), -1)
        for gain, allowed in passes:
            rows, columns = best_pairs(gain, allowed & open_pairs)
            matched[rows] = columns
            open_pairs[rows], open_pairs[:, columns] = False, False
        rows = np.flatnonzero(matched >= 0)
        return rows, matched[rows]

    def _near(self, scene: _Scene, width_px: int) -> BoolArray:
        """Return the (n, m) pairs that re-identification looks at: a proven track, a box near where it was seen."""
        steps = centres(scene.tracks.boxes)[:, None] - centres(scene.found.boxes)
        proven = scene.tracks.point_counts >= self._params.confirm_points
        heights = scene.tracks.boxes[:, 3] - scene.tracks.boxes[:, 1]
        walkable_px = (_SLACK_HEIGHTS + self._params.max_speed_heights_s * scene.gaps_s) * heights
        limit_px = np.where(proven, np.minimum(walkable_px, self._params.proximity * width_px), -1.0)
        near: BoolArray = np.hypot(steps[..., 0], steps[..., 1]) <= limit_px[:, None]
        return near

    def _beginners(self, scene: _Scene, taken: IntArray) -> IntArray:
        """Return the (b,) detections that begin a track."""
        rules = self._params
        free = scene.found.scores >= max(rules.begin_score, rules.high_score)
        free[taken] = False
        beginners = np.flatnonzero(free)
        if beginners.size == 0 or taken.size == 0:
            return beginners
        same = scene.found.class_nos[beginners][:, None] == scene.found.class_nos[taken]
        doubled = (iou(scene.found.boxes[beginners], scene.found.boxes[taken]) >= rules.duplicate_iou) & same
        alone: IntArray = beginners[~doubled.any(axis=1)]
        return alone

    def _begun(self, scene: _Scene, chosen: IntArray, numbers: IntArray, at: Instant) -> Tracks:
        boxes = scene.found.boxes[chosen].astype(np.float64)
        return Tracks(
            numbers,
            scene.found.class_nos[chosen].astype(np.int64),
            self._motion.begin(boxes),
            boxes,
            np.full(len(chosen), at),
            np.ones(len(chosen), np.int64),
            scene.features[chosen],
        )

    def _continued(self, scene: _Scene, rows: IntArray, columns: IntArray, at: Instant) -> Tracks:
        tracks, found = scene.tracks, scene.found
        if rows.size == 0:
            return tracks
        states, boxes, seen_at = tracks.states.copy(), tracks.boxes.copy(), tracks.seen_at.copy()
        point_counts, features = tracks.point_counts.copy(), tracks.features.copy()
        states[rows] = self._motion.correct(scene.ahead[rows], found.boxes[columns])
        boxes[rows], seen_at[rows] = found.boxes[columns], at
        point_counts[rows] += 1
        features[rows] = self._remembered(features[rows], scene.features[columns])
        return replace(
            tracks, states=states, boxes=boxes, seen_at=seen_at, point_counts=point_counts, features=features
        )

    def _remembered(self, past: FloatArray, present: FloatArray) -> FloatArray:
        memory = self._params.appearance_memory
        mean: FloatArray = memory * past + (1 - memory) * present
        mean /= np.maximum(np.sqrt((mean * mean).sum(axis=1, keepdims=True)), 1e-12)
        return mean


def _closeness(scene: _Scene, reach_heights: float) -> FloatArray:
    """Return the (n, m) nearness of predicted and found centres: 1 at the same place, 0 at the reach, -1 beyond."""
    steps = centres(scene.boxes)[:, None] - centres(scene.found.boxes)
    heights = (scene.boxes[:, 3] - scene.boxes[:, 1])[:, None]
    ratio = np.maximum(scene.found.boxes[:, 3] - scene.found.boxes[:, 1], 1.0) / heights
    reach = np.maximum(reach_heights * heights, 1e-9)
    share = 1 - np.hypot(steps[..., 0], steps[..., 1]) / reach
    return np.where((np.abs(np.log(ratio)) <= _LIKE_HEIGHT) & (share >= 0), share, -1.0)


def _lower(limit: float, learned: float | None) -> float:
    return limit if learned is None else min(limit, learned)


def _level(tracks: Tracks, features: FloatArray) -> tuple[Tracks, FloatArray]:
    """Give tracks and detections appearances of one length: zeros stand for one that is not known.

    Raises:
        ValueError: both have an appearance, of different lengths.
    """
    expected, given = tracks.features.shape[1], features.shape[1]
    if given == expected:
        return tracks, features
    if given == 0:
        return tracks, np.zeros((len(features), expected), np.float32)
    if expected == 0:
        return replace(tracks, features=np.zeros((len(tracks), given), np.float32)), features
    raise ValueError(f"expected features of {expected} numbers as in the frames before, got {given}")
