"""The accounts of a night: what became of every recording, and how much of every camera's every hour was seen.

Pure functions over the discovered recordings and the outcomes of their segments. Nothing is extrapolated: a second
that was not analysed is missing, with a reason.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from math import isfinite
from typing import Any, Literal

import pyarrow as pa

from analytics.sites import Camera, Site
from analytics.tables import COVERAGE, RECORDINGS
from analytics.timebase import (
    HOUR_US,
    MICROSECONDS,
    Instant,
    Interval,
    hours_of,
    night_interval,
    seconds_us,
    to_datetime,
    to_instant,
)

Row = dict[str, Any]
_SECONDS = ("expected_s", "decoded_s", "analysed_s", "analysed_expected_s", "skipped_s")
_TOLERANCE_S = 1.0  # below it an hour counts as covered: the length of the last frame is a guess in many containers


@dataclass(frozen=True, slots=True)
class SegmentOutcome:
    """What became of one segment.

    Attributes:
        recording_id: the recording that it is a part of.
        camera_id: the recording's camera.
        interval: the stretch, UTC.
        status: done; quarantined (cannot be used); failed (the worker died); missing (not tried yet).
        reason: why it is not done, or what is odd about it.
        facts: of a segment that is done, as `perception.pipeline.Perceived` describes them.
    """

    recording_id: str
    camera_id: str
    interval: Interval
    status: Literal["done", "quarantined", "failed", "missing"]
    reason: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def fold_recordings(recordings: pa.Table, outcomes: Iterable[SegmentOutcome]) -> pa.Table:
    """Return a night's recordings with status, reason and decoded seconds after perceiving.

    Args:
        recordings: as discovered; contract RECORDINGS.
        outcomes: the night's segments; recordings without any stay as they are.

    Returns:
        The same rows in the same order. A recording of which no segment can be used is quarantined, one that lacks
        a part is partial.
    """
    of_recording: dict[str, list[SegmentOutcome]] = defaultdict(list)
    for outcome in sorted(outcomes, key=lambda outcome: outcome.interval):
        of_recording[outcome.recording_id].append(outcome)
    return RECORDINGS.from_rows(_folded(row, of_recording[row["recording_id"]]) for row in recordings.to_pylist())


def coverage(recordings: pa.Table, outcomes: Iterable[SegmentOutcome], site: Site, night: date) -> pa.Table:
    """Return the coverage of a night: one row for each camera and UTC hour in which it should record or did.

    Args:
        recordings: the night's recordings; contract RECORDINGS.
        outcomes: the night's segments.
        site: cameras, and when they should record. A camera that does not say is expected from its first to its
            last recording of the night, those that cannot be used included.
        night: local date of the site.

    Returns:
        No rows when no recording has a start: such files are on the night by their modification time only, which
        does not make it one in which the site recorded.
    """
    if recordings["starts_at"].null_count == recordings.num_rows:
        return COVERAGE.empty()
    rows: list[Row] = []
    by_camera: dict[str, list[SegmentOutcome]] = defaultdict(list)
    for outcome in sorted(outcomes, key=lambda outcome: (outcome.interval, outcome.recording_id)):
        by_camera[outcome.camera_id].append(outcome)
    recorded: dict[str, list[Row]] = defaultdict(list)
    for row in recordings.to_pylist():
        if row["camera_id"] is not None:
            recorded[row["camera_id"]].append(row)
    for camera in sorted(site.cameras, key=lambda camera: camera.camera_id):
        of_camera = by_camera[camera.camera_id]
        expected = _expected(camera, recorded[camera.camera_id], site, night)
        rows += [
            {"site_id": site.site_id, "night": night, "camera_id": camera.camera_id, **row}
            for row in _hours(expected, of_camera, recorded[camera.camera_id])
        ]
    return COVERAGE.from_rows(rows)


def _folded(row: Row, outcomes: Sequence[SegmentOutcome]) -> Row:
    if not outcomes or any(outcome.status == "missing" for outcome in outcomes):
        return row
    used = [outcome for outcome in outcomes if outcome.status == "done"]
    odd = [outcome for outcome in outcomes if outcome.status != "done" or outcome.facts.get("is_partial")]
    reasons = [row["reason"], *_reasons(odd, len(outcomes))]
    status = "quarantined" if not used else "partial" if odd else row["status"]
    decoded_s = round(sum(float(outcome.facts.get("decoded_s", 0.0)) for outcome in used), 6)
    # A row that was folded before (its file is gone since) has some of the reasons already
    known = row["reason"] or ""
    new = [reason for reason in reasons[1:] if reason and reason not in known]
    reason = "; ".join(dict.fromkeys([*([known] if known else []), *new])) or None
    return {**row, "status": status, "reason": reason, "decoded_s": decoded_s}


def _reasons(odd: Sequence[SegmentOutcome], segment_count: int) -> list[str]:
    """Return each different reason once, with the number of segments when it is not the whole recording."""
    counts: dict[str, int] = defaultdict(int)
    for outcome in odd:
        counts[_reason(outcome)] += 1
    return [
        reason if count == segment_count else f"{count} of {segment_count} segments: {reason}"
        for reason, count in counts.items()
    ]


def _reason(outcome: SegmentOutcome) -> str:
    return outcome.reason or str(outcome.facts.get("reason") or outcome.status)


def _expected(camera: Camera, recorded: Sequence[Row], site: Site, night: date) -> tuple[Interval, ...]:
    stated = camera.expected_on(night, site.zone_info, site.day_starts_at)
    if stated is not None:
        return stated
    whole = night_interval(night, site.zone_info, site.day_starts_at)
    lengths = [length for row in recorded if (length := _length(row))]
    if not lengths:
        return ()
    starts_at = max(min(length.starts_at for length in lengths), whole.starts_at)
    ends_at = min(max(length.ends_at for length in lengths), whole.ends_at)
    return (Interval(starts_at, ends_at),) if starts_at < ends_at else ()


def _length(row: Row) -> Interval | None:
    """Return when a recording ran, as far as is known: what is lost of it counts too. None without a start.

    One that cannot be used runs for as long as it declares, or is empty when that is not known either.
    """
    if row["starts_at"] is None:
        return None
    starts_at = to_instant(row["starts_at"])
    ends_at = to_instant(row["ends_at"]) if row["ends_at"] is not None else starts_at
    # a jump of the clock is part of what the container declares
    is_cut = row["status"] != "complete" and "jump of the clock" not in (row["reason"] or "")
    if is_cut and row["declared_s"] is not None and isfinite(row["declared_s"]):
        ends_at = max(ends_at, starts_at + seconds_us(row["declared_s"]))
    return Interval(starts_at, ends_at)


def _hours(expected: Sequence[Interval], outcomes: Sequence[SegmentOutcome], recorded: Sequence[Row]) -> list[Row]:
    """Return the rows of one camera, by hour."""
    sums: dict[Instant, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for interval in expected:
        for part in hours_of(interval):
            sums[_hour(part.starts_at)]["expected_s"] += part.duration_s
    for outcome in outcomes:
        for told_at, numbers in outcome.facts.get("hours", {}).items():
            hour_at = to_instant(datetime.fromisoformat(told_at))
            for name in ("decoded_s", "analysed_s", "skipped_s", "corrupt_frames"):
                sums[hour_at][name] += numbers[name]
            share = _expected_share(outcome.interval, hour_at, expected)
            sums[hour_at]["analysed_expected_s"] += numbers["analysed_s"] * share
    for numbers in sums.values():
        # a segment's last frame may last beyond it
        most_s = min(numbers["expected_s"], numbers["analysed_s"])
        numbers["analysed_expected_s"] = min(numbers["analysed_expected_s"], most_s)
    return [
        {
            "hour_at": to_datetime(hour_at),
            **{name: round(numbers[name], 6) for name in _SECONDS},
            "corrupt_frames": int(numbers["corrupt_frames"]),
            "reason": _why(hour_at, numbers, expected, outcomes, recorded),
        }
        for hour_at, numbers in sorted(sums.items())
    ]


def _expected_share(interval: Interval, hour_at: Instant, expected: Sequence[Interval]) -> float:
    """Return how much of an interval's part in an hour is expected, in [0, 1]; 0 without any part in it."""
    part = interval.intersect(Interval(hour_at, hour_at + HOUR_US))
    return _covered_s(part, expected) / part.duration_s if part else 0.0


def _why(
    hour_at: Instant,
    numbers: Mapping[str, float],
    expected: Sequence[Interval],
    outcomes: Sequence[SegmentOutcome],
    recorded: Sequence[Row],
) -> str | None:
    """Return why an hour is not fully covered, or None."""
    short_s = numbers["expected_s"] - numbers["analysed_expected_s"]
    if short_s < _TOLERANCE_S and not numbers["corrupt_frames"]:
        return None
    hour = Interval(hour_at, hour_at + HOUR_US)
    wanted = [part for interval in expected if (part := interval.intersect(hour))]
    tried = [outcome.interval for outcome in outcomes]
    unrecorded_s = sum(part.duration_s - _covered_s(part, tried) for part in wanted)
    reasons = [f"no usable recording for {unrecorded_s:.0f} s"] if unrecorded_s >= _TOLERANCE_S else []
    reasons += [
        "not analysed yet" if outcome.status == "missing" else _reason(outcome)
        for outcome in outcomes
        if outcome.interval.intersect(hour) and (outcome.status != "done" or outcome.facts.get("is_partial"))
    ]
    reasons += [
        f"{row['path']}: {row['reason']}"
        for row in recorded
        if row["status"] != "complete" and _leaves_open(row, hour, tried)
    ]
    return "; ".join(dict.fromkeys(reasons)) or f"{short_s:.0f} s could not be decoded"


def _leaves_open(row: Row, hour: Interval, tried: Sequence[Interval]) -> bool:
    """Tell whether some of an hour that a recording should hold is in no segment; copies hold nothing of their own."""
    length = _length(row)
    if length is None:
        return False
    if length.starts_at == length.ends_at:
        return hour.contains(length.starts_at)
    part = length.intersect(hour)
    return part is not None and part.duration_s - _covered_s(part, tried) >= min(_TOLERANCE_S, part.duration_s)


def _covered_s(part: Interval, intervals: Sequence[Interval]) -> float:
    """Return the seconds of a stretch that lie in any of the intervals, which are sorted; overlaps count once."""
    covered_us, reached = 0, part.starts_at
    for interval in intervals:
        starts_at, ends_at = max(interval.starts_at, reached), min(interval.ends_at, part.ends_at)
        if starts_at < ends_at:
            covered_us += ends_at - starts_at
            reached = ends_at
    return covered_us / MICROSECONDS


def _hour(instant: Instant) -> Instant:
    return instant // HOUR_US * HOUR_US
