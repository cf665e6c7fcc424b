"""What became of a night's work: files that need a hand, stages of the ledger, how linking judged itself."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from analytics.discovery.repairs import is_nothing, repair_of
from analytics.lake.ledger import Ledger

STAGES = {
    "perceive": "Segments of video: people found, followed and described",
    "account": "Recordings and coverage",
    "link": "Who is who across cameras",
    "locate": "Zones and lines",
    "summarise": "Visits, waits, journeys, occupancy",
    "decide": "What people decided",
}
RECORDINGS = """
select path, camera_id, status, reason, starts_at, ends_at, declared_s, decoded_s, gap_before_s, codec, width_px,
       height_px, size_bytes, clock_source
from recordings where night = $night order by camera_id, starts_at, path
"""
REPORT = "select section, name, value, note from linking_report where night = $night order by section, name"
COUNTS = "select camera_id, count(*) as tracklets from tracklets where night = $night group by all order by all"
_POINTS = ("strict", "balanced", "wide")


def problems_of(recordings: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the files that need a hand, and those of which it is only worth knowing, each with what repairs it.

    Args:
        recordings: rows of `RECORDINGS`.
    """
    told = [
        {
            "file": row["path"],
            "camera": row["camera_id"],
            "status": row["status"],
            "reason": row["reason"],
            "what to do": repair_of(row["status"], row["reason"]),
        }
        for row in recordings
        if row["reason"]
    ]
    return (
        [row for row in told if not is_nothing(row["what to do"])],
        [row for row in told if is_nothing(row["what to do"])],
    )


def stages_of(ledger: Ledger, night: date) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return what the ledger has of each stage of a night, and the items that are not done or odd, with reasons.

    Raises:
        LakeError: an entry is damaged.
    """
    known = ledger.stages(night)
    rows, odd = [], []
    for stage in (*STAGES, *(name for name in known if name not in STAGES and name != "plan")):
        published = ledger.published(night, stage)
        keys = {entry.key for entry in published}
        waiting = [entry for entry in ledger.entries(night, stage) if entry.key not in keys] if stage in known else []
        rows.append(
            {
                "stage": stage,
                "what it makes": STAGES.get(stage, ""),
                "in use": sum(entry.status == "done" for entry in published),
                "quarantined": sum(entry.status == "quarantined" for entry in published),
                "failed": sum(entry.status == "failed" for entry in published),
                "of other settings": len(waiting),
                "rows": sum(file.rows for entry in published for file in entry.files),
                "MB": sum(file.size_bytes for entry in published for file in entry.files) / 1e6,
            }
        )
        odd += [
            {"stage": stage, "item": entry.item_id, "status": entry.status, "reason": entry.reason}
            for entry in published
            if entry.reason
        ]
    return rows, odd


def points_of(report: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the operating points of each class: identities, links and the stated false match rate.

    Args:
        report: rows of `REPORT`.
    """
    told = {row["name"]: row["value"] for row in report if row["section"] == "points"}
    classes = sorted({name.partition(": ")[0] for name in told})
    return [
        {
            "class": kind,
            "point": point,
            "identities": told.get(f"{kind}: {point} identities"),
            "links": told.get(f"{kind}: {point} links"),
            "false matches": told.get(f"{kind}: {point} false_match_rate"),
        }
        for kind in classes
        for point in _POINTS
        if f"{kind}: {point} identities" in told
    ]


def pairs_of(report: Sequence[Mapping[str, Any]], kind: str = "person") -> list[dict[str, Any]]:
    """Return what is known of each pair of cameras: links, their stated false match rate, and proven strangers.

    Args:
        report: rows of `REPORT`.
        kind: class that is linked.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in report:
        head, _, rest = row["name"].partition(": ")
        words = rest.split(" ")
        if row["section"] != "cameras" or head != kind or len(words) != 3:
            continue
        pair = found.setdefault((words[0], words[1]), {"origin": words[0], "destination": words[1]})
        pair[words[2]] = row["value"]
        if words[2] == "proven_strangers":
            pair["is_scarce"] = bool(row["note"])
    return [found[key] for key in sorted(found)]


def facts_of(report: Sequence[Mapping[str, Any]], kind: str = "person") -> dict[str, float | None]:
    """Return the figures of a report that have one value for the whole site, by `section name`."""
    named = f"{kind}: "
    return {f"{row['section']} {row['name'].removeprefix(named)}": row["value"] for row in report}
