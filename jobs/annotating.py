"""An annotated video of one camera and period, and the instances of its frames: from options to a file."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa

from analytics.discovery.discover import sources
from analytics.errors import ConfigError, LakeError, ResourceError
from analytics.lake.lake import Lake
from analytics.perception.segments import Source
from analytics.sites import Site
from analytics.tables import RECORDINGS
from analytics.timebase import Interval, from_local, night_interval, nights_of, to_datetime
from jobs.options import parse_instant

CLOCK_HZ = 1_000_000
"""Presentation times are microseconds, as instants are: none is rounded."""

QUALITY_CRF = 23
"""x264's own default: drawn edges stay sharp at about half the size of what looks the same as the footage (18)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which video.

    Attributes:
        lake: the tables.
        site: cameras, masks, zones, lines, time zone.
        footage: the footage folder.
        camera_id: a camera of the site.
        period: UTC.
        out: an .mp4 file that can be written.
        is_blurred: heads are made unrecognisable.
        with_staff: staff are counted.
    """

    lake: Lake
    site: Site
    footage: Path
    camera_id: str
    period: Interval
    out: Path
    is_blurred: bool
    with_staff: bool


@dataclass(frozen=True, slots=True)
class Written:
    """What was written.

    Attributes:
        pictures: how many, cards among them.
        is_linked: people are identities; otherwise each tracklet is somebody of its own.
    """

    pictures: int
    is_linked: bool


def write_annotated(wanted: Wanted, tell: Callable[[int, int], None]) -> Written:
    """Write an annotated video.

    Args:
        wanted: which.
        tell: is told how many seconds of how many of the period are done.

    Raises:
        ConfigError: there is no footage in the period, or it is not what was analysed.
        LakeError: nothing of the period was analysed, or the lake cannot be read.
        RecordingError: a recording cannot be read, or has the wrong shape for the camera's masks.
        ResourceError: the video cannot be written.
    """
    import cv2

    from analytics.annotating.cast import read_cast
    from analytics.annotating.film import Scenario, film, nominal_rate_hz, sheet_of
    from analytics.annotating.tracks import TrackReader, analysed_segments
    from analytics.encoding import Encoding, write_video

    cv2.setNumThreads(1)  # drawing is many small strokes: a pool of threads costs more than it gains
    used = _sources(wanted)
    nights = _nights(wanted)
    segments = analysed_segments(wanted.lake, nights, used)
    if not any(each.interval.intersect(wanted.period) for each in segments):
        raise LakeError(
            f"nothing of {wanted.camera_id} in this period was analysed, so nobody can be drawn or blurred: "
            "run `crosscam run` first, and see `crosscam status`"
        )
    cast = read_cast(wanted.lake, wanted.camera_id, nights, with_staff=wanted.with_staff)
    scenario = Scenario(wanted.site, wanted.camera_id, wanted.footage, used, wanted.period, wanted.is_blurred)
    sheet, total_s = sheet_of(scenario), round(wanted.period.duration_s)
    reader = TrackReader(wanted.lake, wanted.camera_id, segments)
    encoding = Encoding(CLOCK_HZ, QUALITY_CRF, "veryfast", threads=0, channels="bgr24", is_streamed=True)
    rate_hz = nominal_rate_hz(scenario)
    drawn = film(scenario, reader, cast, sheet, lambda done_us: tell(min(done_us // CLOCK_HZ, total_s), total_s))
    with _writing(wanted.out), closing(drawn) as shots:
        count = write_video(wanted.out, shots, encoding, size_px=sheet.size_px, frame_rate_hz=rate_hz)
    return Written(count, cast.is_linked)


def write_instances(
    lake: Lake, camera_id: str, nights: frozenset[date] | None, out: Path, *, with_staff: bool
) -> tuple[int, bool]:
    """Write FRAME_INSTANCES of a camera as CSV or Parquet, by the suffix; return rows, and whether people are linked.

    Raises:
        ConfigError: the camera has no analysed frame.
        ResourceError: the file cannot be written.
    """
    from analytics.annotating.cast import read_cast
    from analytics.annotating.instances import FRAME_INSTANCES, frame_instances
    from analytics.annotating.tracks import analysed_segments

    chosen = frozenset(lake.ledger.nights()) if nights is None else nights
    recordings = lake.read(RECORDINGS, chosen)
    known = sorted({name for name in recordings["camera_id"].to_pylist() if name})
    used = [each for each in sources(recordings) if each.camera_id == camera_id]
    segments = analysed_segments(lake, chosen, used)
    if not segments:
        raise ConfigError(
            f"expected a camera with analysed footage, one of {', '.join(known) or 'none'}, got {camera_id}",
            field="--camera",
        )
    cast = read_cast(lake, camera_id, chosen, with_staff=with_staff)
    rows = 0
    draft = out.with_name(f".{out.name}.unfinished")
    with _writing(out):
        try:
            with _table_writer(draft, out.suffix, FRAME_INSTANCES.schema) as write:
                for table in frame_instances(lake, used[0].site_id, camera_id, segments, cast):
                    write(table)
                    rows += table.num_rows
            draft.replace(out)
        finally:
            draft.unlink(missing_ok=True)
    return rows, cast.is_linked


def period_of(
    site: Site, nights: frozenset[date], night: date | None, starts: str | None, ends: str | None
) -> Interval:
    """Return the period that options name.

    Args:
        site: its time zone and when its day starts.
        nights: the nights of the lake.
        night: --night; alone: all of it; times of day are of this night, or of the lake's only one.
        starts: --from: a time of day, or a date and time; None: the night's begin.
        ends: --to; None: the night's end.

    Raises:
        ConfigError: a time is none, the night is not known, or the period is empty.
    """
    chosen = night or (next(iter(nights)) if len(nights) == 1 else None)
    if chosen is None and (starts is None or ends is None):
        raise ConfigError("expected a night, or a date in both --from and --to, got neither", field="--night")
    begin = end = None
    if chosen is not None:
        whole = night_interval(chosen, site.zone_info, site.day_starts_at)
        begin, end = whole.starts_at, whole.ends_at
    begin = begin if starts is None else _instant(starts, site, chosen, "--from")
    end = end if ends is None else _instant(ends, site, chosen, "--to")
    if begin is None or end is None or begin >= end:
        raise ConfigError(f"expected a time after --from {starts}, got {ends}", field="--to")
    return Interval(begin, end)


def usable_file(path: Path, suffixes: Mapping[str, str], field: str = "--out") -> Path:
    """Return the path if a file can be written there; nothing stays behind.

    Raises:
        ConfigError: the suffix is another, the folder is missing or cannot be written to, or the path is a folder.
    """
    if path.suffix.lower() not in suffixes:
        endings = " or ".join(f"{suffix} ({what})" for suffix, what in suffixes.items())
        raise ConfigError(f"expected a file that ends in {endings}, got {path}", field=field)
    if path.is_dir() or not path.parent.is_dir():
        found = "it is a folder" if path.is_dir() else f"{path.parent} is no folder"
        raise ConfigError(f"expected a file in a folder that exists, got {path}: {found}", field=field)
    trial = path.with_name(f".{path.name}.unfinished")
    try:
        trial.touch()
        trial.unlink()
    except OSError as error:
        reason = f"expected a folder that can be written to, {path.parent} cannot: {error.strerror or error}"
        raise ConfigError(reason, field=field) from error
    return path


def _instant(text: str, site: Site, night: date | None, field: str) -> int:
    try:
        reading = time.fromisoformat(text)
    except ValueError:
        return parse_instant(text, site.zone_info, field) or 0
    if night is None:
        raise ConfigError(f"expected a date too, such as 2026-01-05T{text}, or --night, got {text}", field=field)
    day = night if reading >= site.day_starts_at else night + timedelta(days=1)
    return from_local(datetime.combine(day, reading), site.zone_info).instant


def _nights(wanted: Wanted) -> tuple[date, ...]:
    return tuple(nights_of(wanted.period, wanted.site.zone_info, wanted.site.day_starts_at))


def _sources(wanted: Wanted) -> tuple[Source, ...]:
    """Return the recordings of the period, checked to be what was analysed."""
    recordings = wanted.lake.read(RECORDINGS, _nights(wanted), [wanted.camera_id])
    own = (each for each in sources(recordings) if each.camera_id == wanted.camera_id)
    used = tuple(each for each in own if each.interval.intersect(wanted.period))
    if not used:
        zone = wanted.site.zone_info
        period = f"{_local(wanted.period.starts_at, zone)} to {_local(wanted.period.ends_at, zone)}"
        raise ConfigError(
            f"expected a period with footage of {wanted.camera_id}, got {period}: {_reach(wanted)}", field="--from"
        )
    sizes = dict(zip(recordings["path"].to_pylist(), recordings["size_bytes"].to_pylist(), strict=True))
    for each in used:
        path = wanted.footage / each.path
        if not path.is_file():
            raise ConfigError(f"expected the recording {each.path} there, {path} is missing", field="--footage")
        if (size := path.stat().st_size) != sizes[each.path]:
            raise ConfigError(
                f"expected the recording that was analysed ({sizes[each.path]} bytes), {path} has {size}: boxes would "
                "not fit it. Run `crosscam run` again",
                field="--footage",
            )
    return used


def _reach(wanted: Wanted) -> str:
    """Say of when a camera's recordings are."""
    own = [each.interval for each in sources(wanted.lake.read(RECORDINGS)) if each.camera_id == wanted.camera_id]
    if not own:
        return "the lake has no recording of it"
    begin, end = min(each.starts_at for each in own), max(each.ends_at for each in own)
    zone = wanted.site.zone_info
    return f"its recordings begin at {_local(begin, zone)} and end at {_local(end, zone)}"


def _local(at: int, zone: ZoneInfo) -> str:
    return f"{to_datetime(at).astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"


@contextmanager
def _writing(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ResourceError(f"{out} cannot be written: {error.strerror or error}; nothing was left there") from error


@contextmanager
def _table_writer(path: Path, suffix: str, schema: pa.Schema) -> Iterator[Callable[[pa.Table], None]]:
    if suffix.lower() == ".parquet":
        from pyarrow.parquet import ParquetWriter

        with ParquetWriter(path, schema) as parquet:
            yield parquet.write_table
        return
    from pyarrow.csv import CSVWriter

    with CSVWriter(path, schema) as csv:
        yield csv.write_table
