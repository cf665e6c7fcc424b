"""Where everybody was on one camera's picture at an instant, from the published tables, a segment at a time.

Tables tell of the frames that were analysed; between two of them people are taken to move straight.
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa

from analytics.drawing.blurring import may_have_a_head
from analytics.geometry import FloatArray, IntArray
from analytics.lake.lake import Lake
from analytics.perception.segments import Source
from analytics.tables import DETECTIONS, TRACK_POINTS, TRACKLETS
from analytics.timebase import Instant, Interval, seconds_us

MAX_DRAWN_GAP_US = seconds_us(1.0)
"""A box is drawn between two points of a tracklet that are at most so far apart: as `tracklets.max_interpolated_s`."""

HOLD_US = seconds_us(0.5)
"""A head is blurred for so long before a box appears and after it is gone: detectors find people late and lose them
early, as at the edge of the picture."""

LOOSE_HOLD_US = seconds_us(0.25)
"""The same around a detection that made no tracklet: a person whom no tracker follows is found now and then."""

TRAIL_US = seconds_us(4.0)
"""How far back the way to where somebody is is drawn."""

_SIDES = ("x_min", "y_min", "x_max", "y_max")
_SMOOTHED = 3  # points before and after that a foot point is averaged with: boxes tremble with every step
_NUMBERS = 1 << 16  # more than a detection's number can be


@dataclass(frozen=True, slots=True)
class Analysed:
    """A segment of a camera whose tables are published.

    Attributes:
        night: the night that it is counted to.
        segment_id: its work item.
        interval: what it covers; of a recording's last one, to the recording's end.
        step_us: time from one analysed frame to the next, microseconds; 0: every frame was analysed.
    """

    night: date
    segment_id: str
    interval: Interval
    step_us: int


@dataclass(frozen=True, slots=True)
class Track:
    """One tracklet.

    Attributes:
        tracklet_id: its id.
        is_person: its class is one that has a head.
        at: (k,) UTC instants, rising, k >= 1.
        boxes: (k, 4) px of the recording's picture.
    """

    tracklet_id: str
    is_person: bool
    at: IntArray
    boxes: FloatArray

    def box_at(self, instant: Instant, longest_us: int, hold_us: int) -> FloatArray | None:
        """Return the (4,) box at an instant, between two points by a straight line, or None where it is not known.

        Args:
            instant: when.
            longest_us: longest time between two points that a box is told for.
            hold_us: for how long it stays where it was last seen, the end not included.
        """
        place = int(np.searchsorted(self.at, instant, side="right")) - 1
        if place < 0:
            return None
        if place == len(self.at) - 1:
            return self.boxes[place] if instant - self.at[place] < max(hold_us, 1) else None
        gap = int(self.at[place + 1] - self.at[place])
        if gap > longest_us:
            return self.boxes[place] if instant - self.at[place] < max(hold_us, 1) else None
        share = (instant - int(self.at[place])) / gap
        return np.asarray(self.boxes[place] * (1 - share) + self.boxes[place + 1] * share)

    def feet_until(self, instant: Instant, height_px: int) -> FloatArray:
        """Return the (k, 2) foot points of the last `TRAIL_US` before an instant, the oldest first, smoothed.

        Where a box is cut off by the lower edge of the picture nobody knows where the feet are: left out.
        """
        low, high = np.searchsorted(self.at, [instant - TRAIL_US, instant], side="right")
        boxes = self.boxes[low:high]
        boxes = boxes[boxes[:, 3] < height_px - 2]
        feet = np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]], axis=1)
        if len(feet) <= 2 * _SMOOTHED:
            return feet
        padded = np.concatenate([np.repeat(feet[:1], _SMOOTHED, 0), feet, np.repeat(feet[-1:], _SMOOTHED, 0)])
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * _SMOOTHED + 1, axis=0)
        return np.asarray(windows.mean(axis=2))


@dataclass(frozen=True, slots=True)
class Boxes:
    """What the tables tell of one segment.

    Attributes:
        segment: the segment.
        frames: (f,) instants at which anything was detected or tracked, rising.
        tracks: its tracklets.
        loose_at: (n,) instants of detections of people that made no tracklet, rising.
        loose: (n, 4) their boxes.
    """

    segment: Analysed
    frames: IntArray
    tracks: tuple[Track, ...]
    loose_at: IntArray
    loose: FloatArray


@dataclass(slots=True)
class TrackReader:
    """Reads segments when an instant needs them, and forgets them when no instant to come does: memory is constant.

    Attributes:
        lake: the tables.
        camera_id: the camera.
        segments: its segments in order of time.
    """

    lake: Lake
    camera_id: str
    segments: Sequence[Analysed]
    _held: "OrderedDict[str, Boxes]" = field(default_factory=OrderedDict)

    def around(self, instant: Instant) -> list[Boxes]:
        """Return the segments that an instant's picture needs, of instants that rise from call to call."""
        needed = self._near(instant - TRAIL_US, instant + HOLD_US)
        for name in [name for name in self._held if name not in {each.segment_id for each in needed}]:
            del self._held[name]
        for each in needed:
            if each.segment_id not in self._held:
                self._held[each.segment_id] = read_boxes(self.lake, self.camera_id, each)
        return [self._held[each.segment_id] for each in needed]

    def covering(self, instant: Instant) -> Analysed | None:
        """Return the segment that an instant lies in."""
        return next((each for each in self._near(instant, instant) if each.interval.contains(instant)), None)

    def _near(self, begin: Instant, end: Instant) -> list[Analysed]:
        """Return the segments that reach into [begin, end]; a night has thousands, a picture needs two."""
        last = bisect_right(self.segments, end, key=lambda each: each.interval.starts_at)
        first = last
        while first > 0 and self.segments[first - 1].interval.ends_at > begin:
            first -= 1
        return list(self.segments[first:last])


def analysed_segments(lake: Lake, nights: Collection[date], sources: Sequence[Source]) -> tuple[Analysed, ...]:
    """Return the published segments of some recordings, in order of time.

    What lies before a recording's `used_from` belongs to another recording.
    """
    by_id = {source.recording_id: source for source in sources}
    starts: dict[str, list[int]] = {}
    done: list[tuple[date, str, str, int, int]] = []
    for night in sorted(nights):
        for stage in lake.ledger.stages(night):
            for entry in lake.ledger.published(night, stage):
                recording_id, _, offset = entry.item_id.rpartition("-")
                if recording_id not in by_id or not offset.isdecimal():
                    continue
                starts.setdefault(recording_id, []).append(int(offset))
                if any(file.table == TRACK_POINTS.name for file in entry.files):
                    rate = entry.facts.get("analysis_fps")
                    step_us = round(1e6 / float(rate)) if isinstance(rate, int | float) else 0
                    done.append((night, entry.item_id, recording_id, int(offset), step_us))
    found = []
    for night, segment_id, recording_id, offset_us, step_us in done:
        whole = by_id[recording_id].interval
        later = [each for each in starts[recording_id] if each > offset_us]
        ends_at = whole.starts_at + min(later) if later else whole.ends_at
        begin = whole.starts_at + offset_us
        found.append(Analysed(night, segment_id, Interval(begin, max(begin, ends_at)), step_us))
    return tuple(sorted(found, key=lambda each: (each.interval, each.segment_id)))


def read_boxes(lake: Lake, camera_id: str, segment: Analysed) -> Boxes:
    """Read what the tables tell of a segment."""
    where = ([segment.night], [camera_id])
    detections = lake.read(
        DETECTIONS, *where, ["captured_at", "detection_no", "class_name", *_SIDES], [segment.segment_id]
    )
    points = lake.read(
        TRACK_POINTS, *where, ["tracklet_id", "captured_at", "detection_no", *_SIDES], [segment.segment_id]
    )
    classes = lake.read(TRACKLETS, *where, ["tracklet_id", "class_name"], [segment.segment_id])
    frames = np.unique(np.concatenate([_instants(detections), _instants(points)]))
    has_head = np.array([may_have_a_head(name) for name in detections["class_name"].to_pylist()], bool)
    origin = segment.interval.starts_at
    is_loose = ~np.isin(_numbers(detections, origin), _numbers(points, origin)) & has_head
    order = np.flatnonzero(is_loose)[np.argsort(_instants(detections)[is_loose], kind="stable")]
    return Boxes(
        segment=segment,
        frames=frames,
        tracks=tuple(_tracks(points, dict(zip(*(column.to_pylist() for column in classes.columns), strict=True)))),
        loose_at=_instants(detections)[order],
        loose=_boxes(detections)[order],
    )


def _tracks(points: pa.Table, class_of: dict[str, str]) -> Iterator[Track]:
    ordered = points.sort_by([("tracklet_id", "ascending"), ("captured_at", "ascending")])
    ids, at, boxes = ordered["tracklet_id"].to_pylist(), _instants(ordered), _boxes(ordered)
    begins = [row for row, name in enumerate(ids) if row == 0 or ids[row - 1] != name]
    for begin, end in zip(begins, [*begins[1:], len(ids)], strict=True):
        name = ids[begin]
        yield Track(name, may_have_a_head(class_of.get(name, "person")), at[begin:end], boxes[begin:end])


def _instants(table: pa.Table) -> IntArray:
    return np.asarray(table["captured_at"].cast(pa.int64()).to_numpy(), np.int64)


def _boxes(table: pa.Table) -> FloatArray:
    return np.stack([table[side].to_numpy().astype(np.float64) for side in _SIDES], axis=1)


def _numbers(table: pa.Table, origin: Instant) -> IntArray:
    """Return (n,) a number for each instant and detection; points without a detection have one that none has."""
    numbers = table["detection_no"].cast(pa.int64()).fill_null(_NUMBERS - 1).to_numpy()
    return np.asarray((_instants(table) - origin) * _NUMBERS + numbers, np.int64)
