"""The words around a heatmap: what is shown, of which time, how sure it is, and what was left out."""

from collections.abc import Sequence

from analytics.heatmaps.heatmap import Difference, Heatmap, Measure, Presence
from analytics.heatmaps.periods import local_span
from analytics.heatmaps.pictures import Captions
from analytics.heatmaps.views import FLOOR
from analytics.timebase import Interval

NO_FOOTAGE = "no footage in this period: nothing is known"
_TITLES: dict[Measure, str] = {"dwell": "Where people spend their time", "visits": "Where people go"}
_CHANGES: dict[Measure, str] = {
    "dwell": "Change in time spent",
    "visits": "Change in where people go",
}
_LEAST_TOLD = 0.005  # shares below it are not worth a line

Facts = Sequence[tuple[str, str]]


def unit_of(heatmap: Heatmap) -> tuple[str, float]:
    """Return what the colours of a heatmap mean, and what its values are multiplied by for it.

    Time on the floor is told by the square metre, so that it does not depend on the size of the cells.
    """
    view = heatmap.presence.view
    if heatmap.measure == "visits":
        return f"visits of each cell ({_cell(heatmap.presence)})", 1.0
    is_floor = view.name == FLOOR
    by = "on each m² of floor" if is_floor else f"in each cell ({_cell(heatmap.presence)})"
    factor = view.grid.size**-2 if is_floor else 1.0
    if heatmap.smoothed.max(initial=0) * factor >= 600:
        return f"minutes of people's time {by}", factor / 60
    return f"seconds of people's time {by}", factor


def change_unit_of(difference: Difference) -> tuple[str, float]:
    """Return the same of a difference, which is told for each hour of footage."""
    presence = difference.after.presence
    if difference.after.measure == "visits":
        return f"more or fewer visits an hour of each cell ({_cell(presence)})", 1.0
    if presence.view.name == FLOOR:
        return "seconds more or less an hour on each m² of floor", presence.view.grid.size**-2
    return f"seconds more or less an hour in each cell ({_cell(presence)})", 1.0


def captions_of(heatmap: Heatmap, unit: str) -> Captions:
    """Return the captions of a heatmap."""
    presence = heatmap.presence
    facts = (
        ("Coverage", coverage_text(presence)),
        ("Footage", _footage(presence)),
        *(_facts([heatmap]) if presence.footage_h > 0 else ()),
    )
    title = f"{_TITLES[heatmap.measure]}: {_place(presence)}"
    return Captions(title, period_text(presence), unit, facts, None if presence.footage_h > 0 else _empty(presence))


def change_captions_of(difference: Difference, unit: str) -> Captions:
    """Return the captions of a difference."""
    before, after = difference.before, difference.after
    facts = (
        ("This period", f"coverage {coverage_text(after.presence)}\n{_footage(after.presence)}"),
        ("Compared with", f"coverage {coverage_text(before.presence)}\n{_footage(before.presence)}"),
        *_facts([after, before]),
    )
    title = f"{_CHANGES[after.measure]}: {_place(after.presence)}"
    period = f"{period_text(after.presence)}, compared with {before.presence.period.label}"
    lacking = next((each.presence for each in (before, after) if each.presence.footage_h <= 0), None)
    return Captions(title, period, unit, facts, None if lacking is None else _empty(lacking))


def week_captions_of(presence: Presence, measure: Measure, min_people: int) -> Captions:
    """Return the captions of a week."""
    counted = people_text(presence)
    unit = f"{counted} present on average" if measure == "dwell" else f"different {counted} in an hour of footage"
    facts = (
        ("Coverage", coverage_text(presence)),
        ("Footage", _footage(presence)),
        ("Counted", _counted([presence], min_people)),
        ("Small numbers", _limit(min_people)),
    )
    return Captions(f"When people are there: {_place(presence)}", period_text(presence), unit, facts)


def coverage_text(presence: Presence) -> str:
    """Return the share of what should have been recorded that was analysed, for people."""
    coverage = presence.coverage
    if coverage is None:
        return "0 %" if presence.footage_h <= 0 else "not known"
    return f"{100 * coverage:.0f} %" if coverage in (0.0, 1.0) else f"{min(99.9, 100 * coverage):.1f} %"


def period_text(presence: Presence) -> str:
    """Return the period for people, in local time with its zone."""
    return f"{presence.period.label}, {presence.period.zone.key} time"


def people_text(presence: Presence) -> str:
    """Return what was counted as a person."""
    if not presence.people.unlinked:
        return "identities"
    if _is_unlinked(presence):
        return "tracklets (not linked)"
    return f"identities; tracklets in {len(presence.people.unlinked)} nights (not linked)"


def _cell(presence: Presence) -> str:
    size = f"{presence.view.grid.size:.3g}"
    return f"{size} x {size} {presence.view.unit}"


def _is_unlinked(presence: Presence) -> bool:
    return bool(presence.people.unlinked) and len(presence.people.unlinked) == len(presence.period.nights)


def _place(presence: Presence) -> str:
    view = presence.view.name
    return f"{presence.site_id}, floor plan" if view == FLOOR else f"{presence.site_id}, {view}"


def _footage(presence: Presence) -> str:
    recorded = [each.recorded for each in presence.footage.values() if each.recorded and each.analysed_s > 0]
    if not recorded:
        return "none"
    whole = Interval(min(each.starts_at for each in recorded), max(each.ends_at for each in recorded))
    count = len(recorded)
    hours = presence.footage_h
    length = f"{hours:.1f} camera-hours" if hours >= 2 else f"{60 * hours:.3g} camera-minutes"
    if len(presence.footage) == 1:
        return f"{local_span(whole, presence.period.zone)}\n{length}"
    return f"{local_span(whole, presence.period.zone)}\n{length},\n{count} of {len(presence.footage)} cameras"


def _facts(heatmaps: Sequence[Heatmap]) -> Facts:
    """Return what was counted and what was not, of one heatmap or of the two of a difference."""
    first = heatmaps[0]
    what = "time" if first.measure == "dwell" else "visits"
    small, unplaced = (
        " and ".join(f"{100 * share:.0f}" for share in shares)
        for shares in ([each.small_share for each in heatmaps], [each.presence.unplaced_share for each in heatmaps])
    )
    facts = [("Counted", _counted([each.presence for each in heatmaps], first.min_people))]
    left_out = f",\n{small} % of the {what}" if first.min_people > 1 else ""
    facts.append(("Small numbers", _limit(first.min_people) + left_out))
    if any(each.presence.unplaced_share >= _LEAST_TOLD for each in heatmaps):
        facts.append(("Outside, or place not known", f"{unplaced} % of the time"))
    if first.presence.view.name != FLOOR:
        facts.append(("Perspective", "far away a cell is more floor"))
    return (*facts, ("Smoothing", f"Gaussian, {first.presence.view.kernel}"))


def _counted(presences: Sequence[Presence], min_people: int) -> str:
    counts = [each.person_count for each in presences]
    told = " and ".join(f"fewer than {min_people}" if 0 < count < min_people else f"{count}" for count in counts)
    staff = "staff included" if presences[0].people.with_staff else "staff left out"
    if _is_unlinked(presences[0]):
        staff = "staff not known"
    return f"{told} {people_text(presences[0])},\n{staff}"


def _limit(min_people: int) -> str:
    if min_people <= 1:
        return "all shown (min-people 1)"
    return f"cells under {min_people} people left out"


def _empty(presence: Presence) -> str:
    return f"No footage: {presence.period.label}\ncoverage {coverage_text(presence)}, nothing is known"
