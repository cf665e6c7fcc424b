"""A camera's footage of a period as the pictures of an annotated video.

Presentation times are those of the footage to the microsecond. A stretch of which nothing can be shown is a card of a
few seconds that says so, and the clock goes on after it.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from analytics.annotating.artist import Artist
from analytics.annotating.band import Sheet, draw_card, sheet_for
from analytics.annotating.cast import Cast
from analytics.annotating.tracks import TrackReader
from analytics.encoding import Shot
from analytics.errors import RecordingError
from analytics.perception.frame import Frame
from analytics.perception.prefetch import prefetch
from analytics.perception.segments import Segment, Source
from analytics.perception.video import Flaw, first_frame, open_video, read
from analytics.settings import Sampling
from analytics.sites import Site
from analytics.timebase import Interval, seconds_us

MIN_GAP_US = seconds_us(1.0)
"""Shorter gaps between two pictures are shown as they are: the earlier picture stays."""

CARD_US = seconds_us(3.0)
"""How long a card is shown: long enough to be read; a shorter gap takes its own time."""

_FRAMES_AHEAD = 4
_USUAL_RATE_HZ = 25.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is filmed.

    Attributes:
        site: zones, lines, masks and time zone.
        camera_id: the camera.
        footage: the footage folder.
        sources: recordings of the camera that touch the period, in order of time.
        period: UTC.
        is_blurred: heads are made unrecognisable; what was not analysed is not shown.
    """

    site: Site
    camera_id: str
    footage: Path
    sources: tuple[Source, ...]
    period: Interval
    is_blurred: bool


@dataclass(frozen=True, slots=True)
class _Seen:
    """One frame of the footage and how long it stands for, or a part of the period without one."""

    interval: Interval
    frame: Frame | None
    what: str = ""


def film(
    scenario: Scenario, reader: TrackReader, cast: Cast, sheet: Sheet, tell: Callable[[int], None]
) -> Generator[Shot]:
    """Yield the pictures of a video, ticks in microseconds.

    Args:
        scenario: what is filmed.
        reader: boxes of the camera.
        cast: who they are.
        sheet: size of the video.
        tell: is told how many microseconds of the period are done.

    Raises:
        RecordingError: a recording cannot be read, or has the wrong shape for the camera's masks.
    """
    artist = Artist(scenario.site, scenario.camera_id, reader, cast, sheet, scenario.is_blurred)
    shift: int | None = None
    with closing(prefetch(_seen(scenario, reader), _FRAMES_AHEAD)) as seen:
        for each in seen:
            shift = each.interval.starts_at if shift is None else shift
            tick, duration = each.interval.starts_at - shift, each.interval.ends_at - each.interval.starts_at
            if each.frame is None:
                pixels = draw_card(sheet, scenario.camera_id, each.what, each.interval, scenario.site.zone_info)
                shown = min(duration, CARD_US)
                shift += duration - shown
                duration = shown
            else:
                pixels = artist.draw(each.frame)
            yield Shot(pixels, tick, duration)
            tell(each.interval.ends_at - scenario.period.starts_at)


def _seen(scenario: Scenario, reader: TrackReader) -> Iterator[_Seen]:
    """Yield what is shown, without a gap: each frame lasts until the next, and parts without one tell why."""
    shown_until = scenario.period.starts_at
    waiting: _Seen | None = None
    is_hidden = False
    for frame, interval in _frames(scenario):
        if scenario.is_blurred and reader.covering(interval.starts_at) is None:
            is_hidden = True
            continue
        if interval.starts_at - shown_until >= MIN_GAP_US:
            if waiting is not None:
                yield waiting
            yield _Seen(Interval(shown_until, interval.starts_at), None, _why(is_hidden))
        elif waiting is not None:
            yield _Seen(Interval(waiting.interval.starts_at, interval.starts_at), waiting.frame)
        is_hidden = False
        waiting, shown_until = _Seen(interval, frame), interval.ends_at
    if waiting is not None:
        yield waiting
    if scenario.period.ends_at - shown_until >= MIN_GAP_US:
        yield _Seen(Interval(shown_until, scenario.period.ends_at), None, _why(is_hidden))


def _why(is_hidden: bool) -> str:
    return "Footage not analysed" if is_hidden else "No footage"


def _frames(scenario: Scenario) -> Iterator[tuple[Frame, Interval]]:
    """Yield the whole frames of a period, in order of time, each with the time that it stands for."""
    camera = scenario.site.camera(scenario.camera_id)
    sampling = Sampling(analysis_fps=None, overlap_s=0.0)
    last_at = scenario.period.starts_at - 1
    for source in scenario.sources:
        stretch = _stretch(source, scenario.period)
        try:
            for item in read(scenario.footage / source.path, stretch, camera, sampling, threads=2):
                if isinstance(item, Flaw) or item.frame is None or not scenario.period.contains(item.frame.captured_at):
                    continue
                if item.frame.captured_at > last_at:
                    last_at = item.frame.captured_at
                    until = min(item.interval.ends_at, scenario.period.ends_at)
                    yield item.frame, Interval(last_at, max(until, last_at + 1))
        except RecordingError as error:
            raise RecordingError(f"{source.path} {error.reason}") from error


def _stretch(source: Source, period: Interval) -> Segment:
    begin = source.interval.starts_at if source.used_from is None else source.used_from
    return Segment(
        segment_id="",
        recording_id=source.recording_id,
        site_id=source.site_id,
        camera_id=source.camera_id,
        night=date.min,
        path=source.path,
        content_key=source.content_key,
        recording=source.interval,
        starts_at=max(begin, period.starts_at),
        ends_at=min(source.interval.ends_at, period.ends_at),
        is_last=source.interval.ends_at <= period.ends_at,
    )


def sheet_of(scenario: Scenario) -> Sheet:
    """Return the size of the video: that of the first picture of the period's recordings, and the band.

    Raises:
        RecordingError: no recording has a picture, or it has the wrong shape for the camera's masks.
    """
    camera = scenario.site.camera(scenario.camera_id)
    failure = "expected recordings, got none"
    for source in scenario.sources:
        try:
            frame = first_frame(scenario.footage / source.path, camera, source.interval.starts_at)
        except RecordingError as error:
            failure = f"{source.path} {error.reason}"
            continue
        return sheet_for(frame.width_px, frame.height_px)
    raise RecordingError(failure)


def nominal_rate_hz(scenario: Scenario) -> float:
    """Return about how many frames a second the footage has: it decides how far key frames are apart.

    Raises:
        RecordingError: the first recording cannot be opened.
    """
    with closing(open_video(scenario.footage / scenario.sources[0].path)) as container:
        rate = container.streams.video[0].average_rate
    return min(max(float(rate or _USUAL_RATE_HZ), 1.0), 240.0)
