"""The trackers of Ultralytics (AGPL-3.0), called directly: ByteTrack, BoT-SORT, OC-SORT, Deep OC-SORT and TrackTrack.

They count frames: a frame is the median of the times between the last frames, a longer time is stepped through with
empty ones. Appearance is compared where the detections carry features. No motion compensation: cameras are fixed.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import Annotated, Any, Literal

import numpy as np
import yaml
from pydantic import BaseModel, Field

from analytics.geometry import FloatArray, IntArray
from analytics.perception.frame import Detections, Frame
from analytics.perception.trackers._adapter import AdaptedTracker, decimal_scores
from analytics.timebase import MICROSECONDS, Instant

_PACE_FRAMES = 31

Share = Annotated[float, Field(ge=0, le=1)]


class Params(BaseModel, extra="forbid", frozen=True):
    """What is null keeps the method's own default, as in the package's tracker files."""

    method: Literal["bytetrack", "botsort", "ocsort", "deepocsort", "tracktrack"] = "botsort"

    high_score: Share | None = None
    """Score from which a box takes part in the first pass."""

    low_score: Share | None = None
    """Score from which a box takes part in the second pass, where the method has one."""

    begin_score: Share | None = None
    """Score from which a box may begin a track; TrackTrack's own default of 0.7 misses much."""

    match_max: Share | None = None
    """Cost up to which the first pass accepts a pair."""

    proximity_iou: Share | None = None
    """Overlap of a prediction and a box from which appearance is looked at (BoT-SORT, Deep OC-SORT)."""

    appearance_min: Share | None = None
    """1 - (1 - cosine) / 2 from which appearance accepts (BoT-SORT), cosine (Deep OC-SORT)."""

    use_features: bool = True
    """Compare appearance where the method can and the detections have it."""

    max_gap_s: Annotated[float, Field(ge=0.1)] = 3.0
    """Longest time that a track may go unseen, seconds (the package's 30 frames at 10 frames/s)."""


def build(params: Params) -> AdaptedTracker:
    """Build the tracker in its first state."""
    from analytics.perception._ultralytics import quiet_ultralytics

    quiet_ultralytics()
    from ultralytics.trackers.track import TRACKER_MAP
    from ultralytics.utils import ROOT, IterableSimpleNamespace

    defaults = yaml.safe_load((ROOT / "cfg" / "trackers" / f"{params.method}.yaml").read_text(encoding="utf-8"))
    options = {**defaults, **_overrides(params, defaults)}

    def make_tracker() -> Any:
        return TRACKER_MAP[params.method](args=IterableSimpleNamespace(**options))

    return AdaptedTracker(lambda: _UltralyticsInner(make_tracker, params.max_gap_s), params.max_gap_s)


def _overrides(params: Params, defaults: Mapping[str, Any]) -> dict[str, Any]:
    chosen = {
        "track_high_thresh": params.high_score,
        # the package asks for more than the low score, every limit of ours admits what equals it
        "track_low_thresh": float(np.nextafter(_or(params.low_score, defaults["track_low_thresh"]), -1.0)),
        "new_track_thresh": params.begin_score,
        "match_thresh": params.match_max,
        "proximity_thresh": params.proximity_iou,
        "appearance_thresh": params.appearance_min,
        "gmc_method": "none",
        "with_reid": params.use_features,
        "model": "auto",
    }
    return {name: value for name, value in chosen.items() if name in defaults and value is not None}


def _or(value: float | None, default: float) -> float:
    return default if value is None else value


@dataclass(frozen=True, slots=True)
class _Boxes:
    """Detections as the package reads them; a mask selects."""

    xyxy: FloatArray
    conf: FloatArray
    cls: IntArray

    @property
    def xywh(self) -> FloatArray:
        low, high = self.xyxy[:, :2], self.xyxy[:, 2:]
        return np.concatenate([(low + high) / 2, high - low], axis=1)

    def __len__(self) -> int:
        return len(self.conf)

    def __getitem__(self, chosen: Any) -> "_Boxes":
        return _Boxes(self.xyxy[chosen], self.conf[chosen], self.cls[chosen])


class _UltralyticsInner:
    def __init__(self, make_tracker: Callable[[], Any], max_gap_s: float) -> None:
        self._tracker = make_tracker()
        self._max_gap_s = max_gap_s
        self._pace = _Pace()

    def step(self, detections: Detections, frame: Frame) -> tuple[IntArray, IntArray]:
        frames_passed, interval_s = self._pace.observe(frame.captured_at)
        if interval_s is not None:
            self._set_buffer(ceil(self._max_gap_s / interval_s))
        for _ in range(frames_passed - 1):
            self._tracker.update(_boxes_of(Detections.none()), None)
        boxes = _boxes_of(detections)
        features = None if detections.features is None else np.array(detections.features)
        rows = self._tracker.update(boxes, None, feats=features)
        # of the up to 1,000 removed tracks that the package keeps, the next frame asks only for these
        self._tracker.removed_stracks = list(self._tracker.removed_stracks_frame)
        if len(rows) == 0:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        return rows[:, -1].astype(np.int64), rows[:, 4].astype(np.int64)

    def _set_buffer(self, frames: int) -> None:
        name = "max_time_lost" if hasattr(self._tracker, "max_time_lost") else "max_frames_lost"
        setattr(self._tracker, name, frames)


class _Pace:
    """How long a frame is, as seen so far."""

    def __init__(self) -> None:
        self._last_at: Instant | None = None
        self._steps_us: deque[int] = deque(maxlen=_PACE_FRAMES)

    def observe(self, at: Instant) -> tuple[int, float | None]:
        """Take the instant of a frame; return the frames passed since the last, >= 1, and a frame's length in s."""
        step_us = 0 if self._last_at is None else at - self._last_at
        self._last_at = at
        if step_us > 0:
            self._steps_us.append(step_us)
        if not self._steps_us:
            return 1, None
        usual_us = median(self._steps_us)
        return max(1, round(step_us / usual_us)), usual_us / MICROSECONDS


def _boxes_of(detections: Detections) -> _Boxes:
    return _Boxes(
        detections.boxes.astype(np.float64), decimal_scores(detections.scores), detections.class_nos.astype(np.int64)
    )
