"""From a tracker's assignments to tracklets: collect points, close, fill short gaps, say how each began and ended.

A track is live state; a `FinishedTrack` is immutable. Pure apart from the live tracks; no I/O.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from analytics.geometry import BoolArray, FloatArray, IntArray
from analytics.perception.crops import Candidate, CandidatePool, qualities, touches_border
from analytics.perception.frame import Assignment, Detections, Frame
from analytics.perception.segments import Segment
from analytics.settings import Perception
from analytics.timebase import MICROSECONDS, Instant, seconds_us

_CUT_TOLERANCE_US = MICROSECONDS
"""A track that begins within this of the recording's start, away from the border, was there before the recording; one
that was seen within this of its end may be seen after it."""


@dataclass(frozen=True, slots=True)
class FinishedTrack:
    """One trajectory that will not go on in this segment.

    Attributes:
        captured_at: (n,) instants, rising; some may lie outside the segment, in the overlap with its neighbours.
        detection_nos: (n,) detection of each point; meaningless where `is_detected` is False.
        is_detected: (n,) False for interpolated points.
        boxes: (n, 4) float32 px.
        scores: (n,) float32; 0 for interpolated points.
        class_no: class of most of its detections.
        began_by: one of tables.TRACKLET_BEGINNINGS.
        ended_by: one of tables.TRACKLET_ENDINGS.
        crops: the chosen pictures, all inside the segment.
    """

    captured_at: IntArray
    detection_nos: IntArray
    is_detected: BoolArray
    boxes: FloatArray
    scores: FloatArray
    class_no: int
    began_by: str
    ended_by: str
    crops: tuple[Candidate, ...]


@dataclass(slots=True)
class _LiveTrack:
    pool: CandidatePool
    frame_size_px: tuple[int, int]
    captured_at: list[Instant] = field(default_factory=list)
    detection_nos: list[int] = field(default_factory=list)
    boxes: list[FloatArray] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    class_nos: list[int] = field(default_factory=list)


@dataclass(slots=True)
class TrackCollector:
    """Collects the points of live tracks and hands out finished ones.

    Attributes:
        perception: the thresholds.
        segment: whose points they are; points in the overlap on either side are evidence for joining.
        max_gap_s: the tracker's own limit; a track unseen for longer is finished.
    """

    perception: Perception
    segment: Segment
    max_gap_s: float
    _live: dict[int, _LiveTrack] = field(default_factory=dict)
    _sampled_at: list[Instant] = field(default_factory=list)

    def add(self, frame: Frame, detections: Detections, assignment: Assignment) -> Iterator[FinishedTrack]:
        """Take one frame's assignment; yield the tracks that ended before it."""
        yield from self._finish(self._overdue(frame.captured_at), is_cut=False)
        self._forget_before(frame.captured_at)
        self._sampled_at.append(frame.captured_at)
        quality = qualities(detections, frame) if len(assignment.track_nos) else np.zeros(0)
        is_own = self.segment.owns(frame.captured_at)
        for detection_no, track_no in zip(
            assignment.detection_nos.tolist(), assignment.track_nos.tolist(), strict=True
        ):
            track = self._live.get(track_no)
            if track is None:
                pool = CandidatePool(self.perception.crops)
                track = self._live[track_no] = _LiveTrack(pool, (frame.width_px, frame.height_px))
            track.captured_at.append(frame.captured_at)
            track.detection_nos.append(detection_no)
            track.boxes.append(detections.boxes[detection_no])
            track.scores.append(float(detections.scores[detection_no]))
            track.class_nos.append(int(detections.class_nos[detection_no]))
            if is_own:
                track.pool.offer(frame, detections, detection_no, float(quality[detection_no]))

    def close(self, *, is_cut: bool) -> Iterator[FinishedTrack]:
        """Finish every live track: at a cut (they may go on behind it) or at a jump of time (they do not)."""
        yield from self._finish(tuple(self._live), is_cut=is_cut)
        self._sampled_at.clear()

    def _overdue(self, now: Instant) -> tuple[int, ...]:
        limit = now - seconds_us(self.max_gap_s)
        return tuple(number for number, track in self._live.items() if track.captured_at[-1] < limit)

    def _forget_before(self, now: Instant) -> None:
        # Instants are only needed to fill the gaps of live tracks
        begins = min((track.captured_at[0] for track in self._live.values()), default=now)
        if self._sampled_at and self._sampled_at[0] < begins - seconds_us(60):
            keep = int(np.searchsorted(np.array(self._sampled_at), begins))
            del self._sampled_at[:keep]

    def _finish(self, track_nos: Iterable[int], *, is_cut: bool) -> Iterator[FinishedTrack]:
        sampled_at = np.array(self._sampled_at, np.int64)
        for track_no in track_nos:
            track = self._live.pop(track_no)
            if self._is_kept(track, is_cut):
                yield self._finished(track, sampled_at, is_cut)

    def _is_kept(self, track: _LiveTrack, is_cut: bool) -> bool:
        """Tell whether a track is this segment's and no noise; one only filled across it belongs to its neighbours."""
        if not any(map(self.segment.owns, track.captured_at)):
            return False
        limits = self.perception.tracklets
        # Whoever has just appeared when the recording ends may go on in the next file: not known to be noise
        is_unjudged = (
            is_cut and self.segment.is_last and track.captured_at[-1] >= self._sampled_at[-1] - _CUT_TOLERANCE_US
        )
        is_long_enough = is_unjudged or len(track.captured_at) >= limits.min_points
        return is_long_enough and float(np.mean(track.scores)) >= limits.min_mean_score

    def _finished(self, track: _LiveTrack, sampled_at: IntArray, is_cut: bool) -> FinishedTrack:
        captured_at, boxes = np.array(track.captured_at, np.int64), np.stack(track.boxes)
        filled_at = instants_to_fill(captured_at, sampled_at, seconds_us(self.perception.tracklets.max_interpolated_s))
        all_at = np.concatenate([captured_at, filled_at])
        order = np.argsort(all_at, kind="stable")
        count, filled = len(captured_at), len(filled_at)
        numbers = np.concatenate([np.array(track.detection_nos, np.int64), np.zeros(filled, np.int64)])
        scores = np.concatenate([np.array(track.scores, np.float32), np.zeros(filled, np.float32)])
        return FinishedTrack(
            captured_at=all_at[order],
            detection_nos=numbers[order],
            is_detected=(np.arange(count + filled) < count)[order],
            boxes=np.concatenate([boxes, interpolate(captured_at, boxes, filled_at)])[order],
            scores=scores[order],
            class_no=int(np.bincount(track.class_nos).argmax()),
            began_by=self._began_by(track),
            ended_by=self._ended_by(track, is_cut),
            crops=tuple(track.pool.choose()),
        )

    def _began_by(self, track: _LiveTrack) -> str:
        if track.captured_at[0] < self.segment.starts_at:
            return "segment_cut"
        if self._is_at_border(track, 0):
            return "entered_frame"
        since_start = track.captured_at[0] - self.segment.recording.starts_at
        return "segment_cut" if since_start <= _CUT_TOLERANCE_US else "appeared"

    def _ended_by(self, track: _LiveTrack, is_cut: bool) -> str:
        if not self.segment.owns(track.captured_at[-1]):
            return "segment_cut"
        is_seen_last = bool(self._sampled_at) and track.captured_at[-1] == self._sampled_at[-1]
        if self._is_at_border(track, -1) and not (is_cut and is_seen_last):
            return "left_frame"
        return "segment_cut" if is_cut else "lost"

    def _is_at_border(self, track: _LiveTrack, position: int) -> bool:
        box = track.boxes[position][None]
        return bool(touches_border(box, *track.frame_size_px, self.perception.tracklets.border_share)[0])


def instants_to_fill(captured_at: IntArray, sampled_at: IntArray, max_gap_us: int) -> IntArray:
    """Return the sampled instants strictly inside the gaps of a track that are at most `max_gap_us` long.

    Args:
        captured_at: (n,) instants of the track's points, rising.
        sampled_at: (m,) instants of all frames that were analysed, rising.
        max_gap_us: longest gap that is filled, microseconds; equality is filled.
    """
    inside = sampled_at[(sampled_at > captured_at[0]) & (sampled_at < captured_at[-1])]
    after = np.searchsorted(captured_at, inside, side="left")
    is_missing = captured_at[np.minimum(after, len(captured_at) - 1)] != inside
    is_short = (
        captured_at[np.minimum(after, len(captured_at) - 1)] - captured_at[np.maximum(after - 1, 0)] <= max_gap_us
    )
    filled: IntArray = inside[is_missing & is_short]
    return filled


def interpolate(captured_at: IntArray, boxes: FloatArray, filled_at: IntArray) -> FloatArray:
    """Return (k, 4) float32 boxes on straight lines between a track's (n, 4) boxes, at (k,) instants in its time."""
    lines = [np.interp(filled_at, captured_at, boxes[:, side]) for side in range(4)]
    return np.stack(lines, axis=1).astype(np.float32).reshape(-1, 4)
