"""BoT-SORT with re-identification behind a centroid-distance gate: the default tracker.

Written from the papers: boxes matched in two passes by score after ByteTrack (Zhang et al., ECCV 2022), motion and
appearance joined after BoT-SORT (Aharon et al., 2022). It differs in what matters for recorded footage from fixed
cameras: time is in seconds, so that frames may be sampled or lost; appearance may bring back a lost track wherever
its centre is near the box where it was last *seen*, because a prediction has drifted by then; a cost is never mixed
from overlap and appearance, each decides where it is the better witness. No camera-motion compensation.
"""

from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from pydantic import BaseModel, Field, NonNegativeFloat, PositiveFloat, PositiveInt

from analytics.geometry import BoolArray, FloatArray, IntArray, centres, iou
from analytics.perception.frame import Assignment, Detections, Frame
from analytics.perception.trackers import _kalman
from analytics.perception.trackers._assignment import best_pairs
from analytics.perception.trackers._kalman import Motion
from analytics.perception.trackers._ordering import in_order, take
from analytics.perception.trackers._tracks import Tracks
from analytics.timebase import MICROSECONDS, Instant

Share = Annotated[float, Field(ge=0, le=1)]


class Params(BaseModel, extra="forbid", frozen=True):
    """Every threshold belongs to what it admits: equal is enough."""

    low_score: Share = 0.1
    """Score below which a box is not looked at."""

    high_score: Share = 0.3
    """Score from which a box takes part in the first pass and in re-identification."""

    begin_score: Share = 0.4
    """Score from which a box may begin a track."""

    min_iou: Share = 0.2
    """Overlap of a prediction and a box, times the box's score, for the first pass."""

    min_low_iou: Share = 0.5
    """Overlap of a prediction and a box of low score, for the second pass."""

    coast_s: NonNegativeFloat = 1.0
    """Time for which the prediction of an unseen track may be matched by overlap, seconds."""

    max_gap_s: PositiveFloat = 10.0
    """Longest time that a track may go unseen, seconds (300 frames at 30 frames/s)."""

    proximity: Annotated[float, Field(ge=0)] = 0.2
    """Distance from the centre of the last observed box within which re-identification looks, image widths."""

    appearance_max: Share = 0.3
    """Appearance distance up to which re-identification accepts, (1 - cosine) / 2."""

    appearance_memory: Annotated[float, Field(ge=0, lt=1)] = 0.9
    """Weight of the past in a track's mean appearance, for each observation."""

    confirm_points: PositiveInt = 3
    """Detections from which a track may be brought back by its appearance."""

    tentative_gap_s: NonNegativeFloat = 0.5
    """Longest time that a track of fewer points may go unseen, seconds."""

    duplicate_iou: Annotated[float, Field(gt=0, le=1)] = 0.7
    """Overlap with a matched box of the same class from which a box does not begin a track."""


def build(params: Params) -> "CentroidTracker":
    """Build the tracker in its first state."""
    return CentroidTracker(params)


@dataclass(frozen=True, slots=True)
class _Scene:
    """One frame's boxes against the live tracks: what every pass asks, worked out once.

    Attributes:
        tracks: the n live tracks.
        found: the m detections that take part, in an order that depends on their content alone.
        features: (m, d) their appearance, of the length that the tracks have; zeros where it is not known.
        ahead: (n, 5, 4) the tracks' states at this frame.
        gaps_s: (n,) time since each track was seen.
        overlap: (n, m) IoU of predictions and boxes.
        comparable: (n, m) True where the classes are the same.
    """

    tracks: Tracks
    found: Detections
    features: FloatArray
    ahead: FloatArray
    gaps_s: FloatArray
    overlap: FloatArray
    comparable: BoolArray


class CentroidTracker:
    """See the module; an instance holds the live tracks and the next number."""

    def __init__(self, params: Params) -> None:
        self._params = params
        self._motion = Motion()
        self._tracks = Tracks.none(0)
        self._next_number = 1
        self._last_at: Instant | None = None

    @property
    def max_gap_s(self) -> float:
        """Longest time that a track may go unseen and still be continued, seconds."""
        return self._params.max_gap_s

    def update(self, detections: Detections, frame: Frame) -> Assignment:
        """Take the next frame's detections; a frame that lies before the last one ends every track."""
        order = in_order(detections)
        positions = order[detections.scores[order] >= self._params.low_score]
        scene = self._look(take(detections, positions), frame.captured_at)
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

    def _look(self, found: Detections, at: Instant) -> _Scene:
        tracks = self._live(at)
        tracks, features = _level(tracks, found)
        gaps_s = (at - tracks.seen_at) / MICROSECONDS
        ahead = self._motion.predict(tracks.states, gaps_s)
        overlap = iou(_kalman.boxes_of(ahead), found.boxes.astype(np.float64))
        comparable = tracks.class_nos[:, None] == found.class_nos[None, :]
        return _Scene(tracks, found, features, ahead, gaps_s, overlap, comparable)

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
        track_free, box_free = np.ones(len(scene.tracks), np.bool_), np.ones(len(scene.found), np.bool_)
        is_high = scene.found.scores >= rules.high_score
        fresh = scene.gaps_s <= rules.coast_s
        fused = scene.overlap * scene.found.scores
        similarity, reachable = self._appearance(scene, width_px)
        passes = (
            (fused, (fused >= rules.min_iou) & fresh[:, None] & is_high),
            (scene.overlap, (scene.overlap >= rules.min_low_iou) & fresh[:, None] & ~is_high),
            (similarity, reachable & is_high),
        )
        matched = np.full(len(scene.tracks), -1)
        for gain, allowed in passes:
            rows, columns = best_pairs(gain, allowed & scene.comparable & track_free[:, None] & box_free)
            matched[rows] = columns
            track_free[rows], box_free[columns] = False, False
        rows = np.flatnonzero(matched >= 0)
        return rows, matched[rows]

    def _appearance(self, scene: _Scene, width_px: int) -> tuple[FloatArray, BoolArray]:
        """Return the (n, m) appearance similarity in [0, 1] and where it may bring a track back."""
        rules = self._params
        steps = centres(scene.tracks.boxes)[:, None] - centres(scene.found.boxes)[None]
        near = np.hypot(steps[..., 0], steps[..., 1]) <= rules.proximity * width_px
        distance = (1 - np.clip(scene.tracks.features @ scene.features.T, -1, 1)) / 2
        known = (scene.tracks.point_counts >= rules.confirm_points) & scene.tracks.features.any(axis=1)
        shown = scene.features.any(axis=1)
        return 1 - distance, near & (distance <= rules.appearance_max) & known[:, None] & shown

    def _beginners(self, scene: _Scene, taken: IntArray) -> IntArray:
        """Return the (b,) detections that begin a track."""
        rules = self._params
        free = scene.found.scores >= rules.begin_score
        free[taken] = False
        beginners = np.flatnonzero(free)
        if beginners.size == 0 or taken.size == 0:
            return beginners
        same = scene.found.class_nos[beginners][:, None] == scene.found.class_nos[taken][None]
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


def _level(tracks: Tracks, found: Detections) -> tuple[Tracks, FloatArray]:
    """Give tracks and detections appearances of one length: zeros stand for one that is not known.

    Raises:
        ValueError: both have an appearance, of different lengths.
    """
    expected = tracks.features.shape[1]
    if found.features is None:
        return tracks, np.zeros((len(found), expected), np.float32)
    given = found.features.shape[1]
    if given == expected:
        return tracks, found.features
    if expected == 0:
        return replace(tracks, features=np.zeros((len(tracks), given), np.float32)), found.features
    raise ValueError(f"expected features of {expected} numbers as in the frames before, got {given}")


def _take(detections: Detections, positions: IntArray) -> Detections:
    features = detections.features
    return Detections(
        detections.boxes[positions],
        detections.scores[positions],
        detections.class_nos[positions],
        None if features is None else features[positions],
    )
