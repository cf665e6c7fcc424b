"""How many people a filmed simulated site really had: unique visitors by place and period, and the cast."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from analytics.simulation.timeline import Timeline
from analytics.simulation.true_movements import TRUE_CAST, TRUE_UNIQUE_VISITORS
from analytics.simulation.truth import SEEN_VISIBILITY, Filmed
from analytics.timebase import HOUR_US, Instant, night_interval, night_of, to_instant

_Seen = tuple[str, str, int, Instant]
"""Scope, which one, who, when."""


def unique_visitors(scene: Filmed, found: pa.Table) -> pa.Table:
    """Return how many different people were seen on the site, by each camera and in each zone; TRUE_UNIQUE_VISITORS.

    Args:
        scene: what was filmed.
        found: contract TRUE_PRESENCE.
    """
    zone_info, day_starts = scene.site.zone_info, scene.site.day_starts_at
    people: dict[tuple[str, str, str, Instant], set[int]] = {}
    for scope, scope_id, person_id, at in (*_seen_by_cameras(scene), *_seen_in_zones(found)):
        night_at = night_interval(night_of(at, zone_info, day_starts), zone_info, day_starts).starts_at
        for period, period_at in (("hour", at // HOUR_US * HOUR_US), ("night", night_at)):
            people.setdefault((scope, scope_id, period, period_at), set()).add(person_id)
    rows = [
        {
            "site_id": scene.site.site_id,
            "night": night_of(period_at, zone_info, day_starts),
            "scope": scope,
            "scope_id": scope_id,
            "period": period,
            "period_at": period_at,
            "visitors": len(who - scene.staff),
            "staff": len(who & scene.staff),
        }
        for (scope, scope_id, period, period_at), who in sorted(people.items())
    ]
    return TRUE_UNIQUE_VISITORS.from_rows(rows)


def cast_table(scene: Filmed, timeline: Timeline) -> pa.Table:
    """Return who was cast and by how many cameras each was seen; contract TRUE_CAST."""
    cameras: dict[int, set[str]] = {}
    for trace in scene.traces:
        if trace.visibility.max() >= SEEN_VISIBILITY:
            cameras.setdefault(trace.person_id, set()).add(trace.camera_id)
    numbers = [presence.person_no for presence in timeline.presences]
    return TRUE_CAST.from_rows(
        {
            "person_id": number + 1,
            "is_staff": bool(timeline.is_staff[number]),
            "group_id": int(timeline.group_no[number]) + 1,
            "site_visits": numbers.count(number),
            "cameras": len(cameras.get(number + 1, ())),
        }
        for number in range(timeline.people)
    )


def _seen_by_cameras(scene: Filmed) -> Iterator[_Seen]:
    for trace in scene.traces:
        at = scene.logs[trace.camera_id].captured_at[trace.visibility >= SEEN_VISIBILITY]
        for hour_at in np.unique(at // HOUR_US * HOUR_US).tolist():
            first = int(at[at >= hour_at].min())
            yield "camera", trace.camera_id, trace.person_id, first
            yield "site", scene.site.site_id, trace.person_id, first


def _seen_in_zones(found: pa.Table) -> Iterator[_Seen]:
    for row in found.to_pylist():
        entered_at, left_at = to_instant(row["entered_at"]), to_instant(row["left_at"])
        yield "zone", row["zone_id"], row["person_id"], entered_at
        for hour_at in range((entered_at // HOUR_US + 1) * HOUR_US, left_at, HOUR_US):
            yield "zone", row["zone_id"], row["person_id"], hour_at
