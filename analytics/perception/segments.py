"""The unit of work: a stretch of one recording, short enough to retry cheaply.

Cuts lie on a grid that begins with the recording, and at the local midnights that it spans, so that a segment
belongs to one night and the same footage is always cut at the same places. No I/O here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from zoneinfo import ZoneInfo

from analytics import ids
from analytics.timebase import Instant, Interval, night_interval, nights_of, seconds_us


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch [starts_at, ends_at) of one recording.

    Attributes:
        segment_id: recording and start; the same on every run.
        recording_id: the recording that it is a part of.
        site_id: the recording's site.
        camera_id: the recording's camera.
        night: local date that it is counted to.
        path: path of the file below the footage folder, with forward slashes.
        content_key: hash of the file's content.
        recording: when the whole recording starts and ends, UTC.
        starts_at: UTC instant, inclusive.
        ends_at: UTC instant, exclusive.
        is_last: the recording ends here: frames after `ends_at` (a header that understates) belong to it too.
    """

    segment_id: str
    recording_id: str
    site_id: str
    camera_id: str
    night: date
    path: str
    content_key: str
    recording: Interval
    starts_at: Instant
    ends_at: Instant
    is_last: bool

    @property
    def interval(self) -> Interval:
        """The stretch as an interval."""
        return Interval(self.starts_at, self.ends_at)

    def owns(self, instant: Instant) -> bool:
        """Tell whether a frame of the recording belongs to this segment and to no other."""
        return self.starts_at <= instant and (self.is_last or instant < self.ends_at)


@dataclass(frozen=True, slots=True)
class Source:
    """What cutting needs to know of a recording; what lies before `used_from` is covered by another recording."""

    recording_id: str
    site_id: str
    camera_id: str
    path: str
    content_key: str
    interval: Interval
    used_from: Instant | None = None


def cut(source: Source, segment_s: float, zone: ZoneInfo, day_starts: time = time(0)) -> Iterator[Segment]:
    """Cut one recording into segments, in order of time; together they are its used part, without gap or overlap.

    Args:
        source: the recording; an empty one gives no segment.
        segment_s: longest segment, seconds, > 0.
        zone: the site's time zone, for the nights.
        day_starts: local time at which a night begins.
    """
    whole, step = source.interval, seconds_us(segment_s)
    grid = set(range(whole.starts_at, whole.ends_at, step))
    midnights = {night_interval(night, zone, day_starts).starts_at for night in nights_of(whole, zone, day_starts)}
    begin = whole.starts_at if source.used_from is None else source.used_from
    starts = sorted(at for at in grid | midnights | {begin} if at >= begin and whole.contains(at))
    ends = [*starts[1:], whole.ends_at]
    for starts_at, ends_at in zip(starts, ends, strict=True) if starts else ():
        yield Segment(
            segment_id=ids.segment_id(source.recording_id, starts_at, whole.starts_at),
            recording_id=source.recording_id,
            site_id=source.site_id,
            camera_id=source.camera_id,
            night=next(nights_of(Interval(starts_at, ends_at), zone, day_starts)),
            path=source.path,
            content_key=source.content_key,
            recording=whole,
            starts_at=starts_at,
            ends_at=ends_at,
            is_last=ends_at == whole.ends_at,
        )
