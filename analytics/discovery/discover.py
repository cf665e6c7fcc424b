"""From a footage folder to the recordings table: every file becomes a row, and what is not used says why.

Broken files cost their own row, never the night. A recording that spans several nights is a row of each.
"""

import time as wall_clock
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from analytics import ids
from analytics.discovery.arrange import Placed, arrange
from analytics.discovery.cache import ProbeCache
from analytics.discovery.claims import Claim, claim, container_start, no_start
from analytics.discovery.listing import Found, list_footage
from analytics.discovery.probe import Probe, probe
from analytics.errors import ConfigError
from analytics.perception.masks import misfit
from analytics.perception.segments import Source
from analytics.sites import Site
from analytics.tables import RECORDINGS
from analytics.timebase import Instant, Interval, night_interval, night_of, nights_of, seconds_us, to_instant

Progress = Callable[[int, int], None]
"""Told how many files of how many have been looked into."""

_SAVE_EVERY = 500
_NOT_ORDINARY = {
    "folder": "is a folder named like a video",
    "dangling": "is a link to a file that does not exist",
    "special": "is no ordinary file but a pipe, socket or device",
    "unreadable": "cannot be looked at: check its permissions",
}


@dataclass(frozen=True, slots=True)
class Discovered:
    """What a footage folder holds.

    Attributes:
        recordings: the recordings table, by path and night.
        file_count: entries of the footage folder that were considered.
        opened_count: files that were opened; the others were known from an earlier run or not asked for.
    """

    recordings: pa.Table
    file_count: int
    opened_count: int


def discover(
    footage: Path,
    site: Site,
    *,
    nights: Collection[date] | None = None,
    cache: ProbeCache | None = None,
    progress: Progress | None = None,
    threads: int = 4,
    now: Instant | None = None,
) -> Discovered:
    """Find the recordings of a site.

    Args:
        footage: the folder that holds them.
        site: cameras, names and clocks.
        nights: nights that are wanted; only their files are opened, and each camera's last one before. None: all.
        cache: probes of earlier runs.
        progress: told after each file.
        threads: files looked into at once, >= 1.
        now: UTC instant that ages of files are measured from; None: the clock's.

    Raises:
        ConfigError: the footage folder is none, or cannot be listed.
    """
    if not footage.is_dir():
        raise ConfigError(f"expected a folder with footage, {footage} is none", field="footage")
    found = list_footage(footage)
    if [entry.kind for entry in found if entry.path == "."] == ["unreadable"]:
        raise ConfigError(f"the footage folder {footage} cannot be listed: check its permissions", field="footage")
    at = wall_clock.time_ns() // 1000 if now is None else now
    claims = [claim(entry, site) for entry in found]
    wanted = [each for each in claims if _is_opened(each)]
    if nights is not None:
        wanted = _of_nights(wanted, nights, site)
    probes, opened_count = _probe_all([each.found for each in wanted], cache or ProbeCache(), progress, threads)
    by_camera: dict[str | None, list[Placed]] = defaultdict(list)
    for each in claims:
        if each.found.path in probes or not _is_opened(each):
            placed = _place(each, probes.get(each.found.path), site, at)
            by_camera[placed.camera_id].append(placed)
    arranged = [placed for camera in sorted(by_camera, key=str) for placed in arrange(by_camera[camera])]
    rows = [row for placed in arranged for row in _rows(placed, site, nights)]
    table = RECORDINGS.from_rows(sorted(rows, key=lambda row: (row["path"], row["recording_id"], row["night"])))
    return Discovered(table, len(found), opened_count)


def sources(recordings: pa.Table) -> tuple[Source, ...]:
    """Return what can be analysed of a recordings table, each recording once, by camera and start."""
    rows = {row["recording_id"]: row for row in recordings.to_pylist() if row["status"] in ("complete", "partial")}
    ordered = sorted(rows.values(), key=lambda row: (row["camera_id"], row["starts_at"], row["recording_id"]))
    return tuple(_source(row) for row in ordered)


def _source(row: Mapping[str, Any]) -> Source:
    starts_at = to_instant(row["starts_at"])
    overlap_s = -min(0.0, row["gap_before_s"] or 0.0)
    return Source(
        recording_id=row["recording_id"],
        site_id=row["site_id"],
        camera_id=row["camera_id"],
        path=row["path"],
        content_key=row["content_key"],
        interval=Interval(starts_at, to_instant(row["ends_at"])),
        used_from=starts_at + seconds_us(overlap_s) if overlap_s else None,
    )


def _is_opened(each: Claim) -> bool:
    return each.found.kind == "file" and each.obstacle is None


def _of_nights(claims: Sequence[Claim], nights: Collection[date], site: Site) -> list[Claim]:
    """Return the claims that may touch a night: those that begin in it, and the camera's last one before.

    A file without a claimed start is kept: only its container can tell.
    """
    wanted = {each.found.path for each in claims if each.start is None}
    for night in nights:
        whole = night_interval(night, site.zone_info, site.day_starts_at)
        before: dict[str, tuple[Instant, str]] = {}
        for each in claims:
            if each.start is None or each.camera is None:
                continue
            starts = [each.start.instant, each.start.later or each.start.instant]
            if any(whole.contains(instant) for instant in starts):
                wanted.add(each.found.path)
            elif starts[0] < whole.starts_at:
                known = before.get(each.camera.camera_id, (starts[0], ""))
                before[each.camera.camera_id] = max(known, (starts[0], each.found.path))
        wanted |= {path for _, path in before.values()}
    return [each for each in claims if each.found.path in wanted]


def _probe_all(
    found: Sequence[Found], cache: ProbeCache, progress: Progress | None, threads: int
) -> tuple[dict[str, Probe], int]:
    """Return the probes by path, and how many files had to be opened."""
    probes = {entry.path: known for entry in found if (known := cache.get(entry)) is not None}
    fresh = [entry for entry in found if entry.path not in probes]
    with ThreadPoolExecutor(max_workers=threads) as pool:
        results = pool.map(lambda entry: probe(entry.location), fresh)
        for number, (entry, result) in enumerate(zip(fresh, results, strict=True), 1):
            probes[entry.path] = result
            cache.put(entry, result)
            if number % _SAVE_EVERY == 0:
                cache.save()
            if progress is not None:
                progress(number, len(fresh))
    cache.save()
    return probes, len(fresh)


def _place(each: Claim, probed: Probe | None, site: Site, now: Instant) -> Placed:
    camera_id = each.camera.camera_id if each.camera else None
    blank = Placed(each.found, camera_id, each.start, None, probed, "unparsed", each.notes)
    if each.found.kind != "file":
        return blank.refused(_NOT_ORDINARY[each.found.kind])
    if probed is None or each.camera is None:
        return replace(blank, reasons=(each.obstacle or "was not opened", *each.notes))
    if _is_being_written(each.found, probed, site, now):
        return blank.refused("is still being written: it is taken once it has settled")
    if probed.status == "quarantined":
        return blank.refused(probed.reason or "cannot be used")
    start = each.start or container_start(probed.created_at, each.camera)
    if start is None:
        return replace(blank, reasons=(no_start(each.found, site), *each.notes))
    if probed.width_px and probed.height_px and (shape := misfit(each.camera, probed.width_px, probed.height_px)):
        return replace(blank, start=start).refused(shape)
    rate_hz = each.camera.frame_rate_hz
    if not probed.has_timestamps and rate_hz is None:
        return replace(blank, start=start).refused(
            f"has no timestamps: state frame_rate_hz for the camera {camera_id} in the site file"
        )
    duration_s = probed.measured_s if probed.has_timestamps else probed.frame_count / (rate_hz or 1.0)
    reasons = tuple(filter(None, (probed.reason, *each.notes)))
    return replace(blank, start=start, duration_s=duration_s, status=probed.status, reasons=reasons)


def _is_being_written(found: Found, probed: Probe, site: Site, now: Instant) -> bool:
    # a clock ahead of ours, as on network shares, must not keep a file out for ever: ages count in both directions
    age_us = abs(now - found.modified_ns // 1000)
    return not probed.is_surely_closed and age_us < seconds_us(site.footage.settle_s)


def _rows(placed: Placed, site: Site, nights: Collection[date] | None) -> Iterator[dict[str, Any]]:
    wanted = _nights(placed, site) if nights is None else _asked(placed, site, nights)
    probed = placed.probe or Probe("quarantined")
    interval = placed.interval
    starts_at = placed.start.instant if placed.start else None
    content = probed.content_key if placed.is_used and probed.content_key else placed.found.identity
    for night in wanted:
        yield {
            "recording_id": ids.recording_id(site.site_id, placed.camera_id or "", content, starts_at),
            "site_id": site.site_id,
            "night": night,
            "camera_id": placed.camera_id,
            "path": placed.found.path,
            "starts_at": starts_at,
            "ends_at": interval.ends_at if interval else None,
            "clock_source": placed.start.source if placed.start else None,
            "time_ambiguous": placed.start.is_ambiguous if placed.start else False,
            "width_px": probed.width_px,
            "height_px": probed.height_px,
            "codec": probed.codec,
            "size_bytes": placed.found.size_bytes,
            "modified_at": placed.found.modified_ns // 1000,
            "content_key": probed.content_key,
            "declared_s": probed.declared_s,
            "gap_before_s": placed.gap_before_s,
            "status": placed.status,
            "reason": "; ".join(placed.reasons) or None,
        }


def _nights(placed: Placed, site: Site) -> list[date]:
    """Return the nights that a row belongs to: of its recording, else of its start, else of its last change."""
    if placed.is_used and placed.interval is not None:
        return list(nights_of(placed.interval, site.zone_info, site.day_starts_at))
    at = placed.start.instant if placed.start else placed.found.modified_ns // 1000
    return [night_of(at, site.zone_info, site.day_starts_at)]


def _asked(placed: Placed, site: Site, nights: Collection[date]) -> list[date]:
    if placed.found.kind == "unreadable":  # whatever it hides may belong to any night
        return sorted(nights)
    return [night for night in _nights(placed, site) if night in nights]
