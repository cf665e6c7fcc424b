"""What a file claims before it is opened: its camera and its start, from a sidecar, its name or its folder.

A sidecar is `<file>.json` beside the video with at least `starts_at`, an ISO 8601 time with its offset from UTC.
It states true time and goes before the name; the camera's clock offset is taken off the name's time only.
"""

import difflib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from analytics.discovery.listing import Found
from analytics.discovery.naming import NameReading, StartReading
from analytics.sites import Camera, Site
from analytics.timebase import Instant, seconds_us, to_instant

_EARLIEST: Instant = 631_152_000_000_000  # 1990: clocks that were never set say 1904, 1970 or 1980
_LATEST: Instant = 4_102_444_800_000_000  # 2100
_SIDECAR_BYTES = 1_000_000
_SIDECAR = '{"starts_at": "2026-01-05T09:00:00+01:00"}'

SIDECAR_UNUSED = "is not used"
"""Part of the reason of a file whose sidecar states no start."""

NO_OFFSET = "its starts_at has no offset from UTC"
"""Part of that reason when the offset is all that lacks."""


@dataclass(frozen=True, slots=True)
class Start:
    """A claimed start.

    Attributes:
        instant: UTC, clock offset removed; the earlier one of a local reading that occurs twice.
        source: sidecar, name or container.
        is_ambiguous: the local reading occurs twice or never.
        later: the other instant of a reading that occurs twice, else None.
    """

    instant: Instant
    source: str
    is_ambiguous: bool = False
    later: Instant | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What a file claims.

    Attributes:
        found: the file.
        camera: its camera, or None when the site has no such camera.
        start: its start, or None when neither a sidecar nor the name states one.
        notes: what is odd about the claim, for the operator.
        obstacle: why it can be no recording whatever it holds, or None.
    """

    found: Found
    camera: Camera | None
    start: Start | None
    notes: tuple[str, ...] = ()
    obstacle: str | None = None


def claim(found: Found, site: Site) -> Claim:
    """Read what an entry of the footage folder claims; opens its sidecar at most."""
    reading = site.footage.pattern.read(found.path, site.zone_info, site.footage.names_clock)
    camera = _camera(found, reading, site)
    notes: list[str] = []
    obstacle = None if camera else _unknown_camera(found, reading, site)
    start, problem = _sidecar_start(found)
    if problem:
        notes.append(problem)
    if start is None and reading is not None:
        start = _name_start(reading.start, camera)
        if reading.problem:
            notes.append(f"the name states no time: {reading.problem}")
        elif reading.start is not None and start is None:
            notes.append("the name states a time before 1990 or after 2100")
    return Claim(found, camera, start, tuple(notes), obstacle)


def container_start(created_at: Instant | None, camera: Camera) -> Start | None:
    """Return the start that a container states, or None; taken to be the time of the first frame."""
    if created_at is None:
        return None
    instant = created_at - seconds_us(camera.clock_offset_s)
    return Start(instant, "container") if _EARLIEST <= instant < _LATEST else None


def no_start(found: Found, site: Site) -> str:
    """Say what is missing and what to do about a file without a start."""
    return (
        f"has no start time: expected a name like {site.footage.pattern.template}, a sidecar "
        f"{found.location.name}.json with starts_at, or a creation time in the container; add one of them"
    )


def _camera(found: Found, reading: NameReading | None, site: Site) -> Camera | None:
    by_name = {camera.camera_id: camera for camera in site.cameras}
    by_name |= {camera.footage_folder: camera for camera in site.cameras}
    if reading is not None and reading.camera in by_name:
        return by_name[reading.camera]
    parts = found.folder.split("/") if found.folder else []
    prefixes = ["/".join(parts[:count]) for count in range(len(parts), 0, -1)]
    folders = {camera.footage_folder: camera for camera in site.cameras}
    return next((folders[prefix] for prefix in [*prefixes, "."] if prefix in folders), None)


def _unknown_camera(found: Found, reading: NameReading | None, site: Site) -> str:
    named = (reading.camera if reading else None) or found.folder or "the footage folder itself"
    known = sorted({name for camera in site.cameras for name in (camera.camera_id, camera.footage_folder)})
    near = difflib.get_close_matches(named, known, n=3, cutoff=0.6)
    listed = ", ".join(known[:8]) + (", ..." if len(known) > 8 else "")
    hint = f"did you mean {' or '.join(near)}?" if near else f"the site has {listed}"
    return f"belongs to no camera: {named} is not in the site; {hint} (rename the folder, or add the camera)"


def _sidecar_start(found: Found) -> tuple[Start | None, str | None]:
    """Return the start of the sidecar, and what is wrong with it; neither when there is none."""
    path = Path(f"{found.location}.json")
    if not path.is_file():
        return None, None
    wrong = f"sidecar {path.name} {SIDECAR_UNUSED}"
    try:
        if path.stat().st_size > _SIDECAR_BYTES:
            return None, f"{wrong}: it is larger than 1 MB"
        content = path.read_bytes()
    except OSError:
        return None, f"{wrong}: it cannot be read; check its permissions"
    moment = _stated(content)
    if isinstance(moment, str):
        return None, f"{wrong}: {moment}"
    instant = to_instant(moment)
    if not _EARLIEST <= instant < _LATEST:
        return None, f"{wrong}: it states a time before 1990 or after 2100"
    return Start(instant, "sidecar"), None


def _stated(content: bytes) -> datetime | str:
    """Return the time that a sidecar states, or what is wrong with it."""
    try:
        sidecar = json.loads(content)
    except (ValueError, RecursionError):
        return f"it is no JSON; expected {_SIDECAR}"
    stated = sidecar.get("starts_at") if isinstance(sidecar, dict) else None
    if not isinstance(stated, str):
        return f"it has no starts_at with a time in quotes; expected {_SIDECAR}"
    try:
        moment = datetime.fromisoformat(stated)
    except ValueError:
        return f"its starts_at is no ISO 8601 time; expected {_SIDECAR}"
    return moment if moment.tzinfo is not None else f"{NO_OFFSET}; expected {_SIDECAR}"


def _name_start(reading: StartReading | None, camera: Camera | None) -> Start | None:
    if reading is None:
        return None
    offset_us = seconds_us(camera.clock_offset_s) if camera else 0
    instant = reading.instant - offset_us
    if not _EARLIEST <= instant < _LATEST:
        return None
    later = None if reading.later is None else reading.later - offset_us
    return Start(instant, "name", reading.is_ambiguous, later)
