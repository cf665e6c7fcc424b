"""One camera's recordings in order of time: repeated hours, copies, overlaps and gaps. No I/O.

No second is counted twice: where two recordings of a camera overlap, the later one is used from the end of the
earlier one on, and one that lies wholly inside another is not used.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from analytics.discovery.claims import Start
from analytics.discovery.listing import Found
from analytics.discovery.probe import Probe
from analytics.timebase import MICROSECONDS, Instant, Interval, seconds_us

NAME_PRECISION_S = 2.0
"""Overlap that is no flaw: names state whole seconds, and files begin at a key frame before or after."""

_CLOSING_S = 120.0
"""A recorder closes a file this soon after its last frame; copies made without their times are not near it."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A recording with its place in time.

    Attributes:
        found: the file.
        camera_id: its camera, or None.
        start: the claimed start, or None; a repeated hour is resolved.
        duration_s: from its first frame to the end of its last; None when it cannot be used.
        probe: what was found in it, or None when it was not opened.
        status: complete, partial, quarantined or unparsed.
        reasons: why it is not complete, or what is odd about it.
        gap_before_s: seconds since the camera's recordings before; negative: overlap; None for the first.
    """

    found: Found
    camera_id: str | None
    start: Start | None
    duration_s: float | None
    probe: Probe | None
    status: str
    reasons: tuple[str, ...] = ()
    gap_before_s: float | None = None

    @property
    def is_used(self) -> bool:
        """It goes on to be analysed."""
        return self.status in ("complete", "partial")

    @property
    def interval(self) -> Interval | None:
        """When it was recorded, UTC; None when its start or duration is not known."""
        if self.start is None or self.duration_s is None:
            return None
        return Interval(self.start.instant, self.start.instant + seconds_us(self.duration_s))

    def refused(self, reason: str) -> "Placed":
        """Return it quarantined for a reason that goes first."""
        return replace(self, status="quarantined", reasons=(reason, *self.reasons))


def arrange(recordings: Iterable[Placed]) -> tuple[Placed, ...]:
    """Put one camera's recordings in order: by start, then path; those that cannot be used are passed through."""
    given = sorted(recordings, key=lambda placed: placed.found.path)
    unused = [placed for placed in given if not placed.is_used]
    distinct, copies = _without_copies([placed for placed in given if placed.is_used])
    in_time = sorted(_resolve(distinct), key=lambda placed: (_starts_at(placed), placed.found.path))
    return (*_follow(in_time), *copies, *unused)


def _without_copies(recordings: Sequence[Placed]) -> tuple[list[Placed], list[Placed]]:
    """Part recordings from copies of one before; the same content under another time stays, with a remark."""
    first: dict[tuple[str | None, Instant], Placed] = {}
    by_content: dict[str | None, Placed] = {}
    distinct, copies = [], []
    for placed in recordings:
        content = placed.probe.content_key if placed.probe else None
        original = first.setdefault((content, _starts_at(placed)), placed)
        if original is not placed:
            copies.append(placed.refused(f"is a copy of {original.found.path}: same content, same start; remove it"))
            continue
        same = by_content.setdefault(content, placed)
        remark = f"has the same content as {same.found.path} under another time: one of the two names is wrong"
        distinct.append(placed if same is placed else replace(placed, reasons=(*placed.reasons, remark)))
    return distinct, copies


def _resolve(recordings: Sequence[Placed]) -> list[Placed]:
    """Choose between the two instants of readings that occur twice.

    The file's last change tells when it was closed. Where it does not (a copy), the earlier instant is taken unless
    the camera has a recording of that time already. Either way the reading stays flagged as ambiguous.
    """
    resolved = [placed for placed in recordings if placed.start is not None and placed.start.later is None]
    for placed in recordings:
        start = placed.start
        if start is None or start.later is None:
            continue
        earlier = replace(placed, start=replace(start, later=None))
        later = replace(placed, start=replace(start, instant=start.later, later=None))
        fits = [choice for choice in (earlier, later) if _closed_after(choice)]
        if len(fits) == 1:
            resolved.append(fits[0])
        else:
            resolved.append(later if _overlaps_any(earlier, resolved) else earlier)
    return resolved


def _closed_after(placed: Placed) -> bool:
    interval = placed.interval
    return interval is not None and abs(placed.found.modified_ns // 1000 - interval.ends_at) <= seconds_us(_CLOSING_S)


def _overlaps_any(placed: Placed, others: Iterable[Placed]) -> bool:
    mine = placed.interval
    shared = [mine.intersect(other.interval) for other in others if mine is not None and other.interval is not None]
    return any(part is not None and part.duration_s > NAME_PRECISION_S for part in shared)


def _follow(in_time: Iterable[Placed]) -> list[Placed]:
    """State each recording's gap or overlap with those before it."""
    followed: list[Placed] = []
    last: Placed | None = None
    covered_until: Instant = 0
    for placed in in_time:
        interval = placed.interval
        if interval is None:
            followed.append(placed)
            continue
        if last is not None:
            placed = _after(placed, interval, last, covered_until)
        followed.append(placed)
        if placed.is_used:
            last, covered_until = (placed, interval.ends_at)
    return followed


def _after(placed: Placed, interval: Interval, last: Placed, covered_until: Instant) -> Placed:
    gap_s = (interval.starts_at - covered_until) / MICROSECONDS
    placed = replace(placed, gap_before_s=gap_s)
    if interval.ends_at <= covered_until:
        return placed.refused(f"lies within {last.found.path} of the same camera: no second is counted twice")
    if gap_s >= -NAME_PRECISION_S:
        return placed
    overlap = f"overlaps {last.found.path} by {-gap_s:.1f} s: used from that one's end on; check the camera's clock"
    return replace(placed, status="partial", reasons=(*placed.reasons, overlap))


def _starts_at(placed: Placed) -> Instant:
    if placed.start is None:
        raise ValueError(f"expected a recording with a start, {placed.found.path} has none")
    return placed.start.instant
