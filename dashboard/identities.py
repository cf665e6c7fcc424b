"""What is told of one identity: its pieces, its way through time, its links with their evidence, its decisions."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

WHERE_NOW = """
select night, identity_id from identity_pieces
where identity_id = $name or (tracklet_id = $name and is_main)
order by night <> $night, night desc, identity_id limit 1
"""
IDENTITY = """
select identity_id, class_name, starts_at, ends_at, tracklet_count, camera_count, weakest_link, is_staff, is_person
from identities where night = $night and identity_id = $identity
"""
PIECES = """
select piece.tracklet_id, piece.part, piece.camera_id, piece.from_at,
       coalesce(piece.until_at, piece.ends_at) as until_at,
       piece.until_at is not null or piece.part > 0 as is_switched, piece.is_weak, member.support
from identity_pieces as piece join identity_members as member using (tracklet_id)
where piece.night = $night and piece.identity_id = $identity
order by piece.from_at, piece.tracklet_id
"""
STOPS = """
select camera_id, zone_id, arrived_at, left_at, gap_s, link_probability
from journeys where night = $night and identity_id = $identity order by stop_no
"""
LINKS = """
with own as (select tracklet_id from identity_pieces where night = $night and identity_id = $identity)
select link.tracklet_a, link.tracklet_b, link.camera_a, link.camera_b, a.starts_at as seen_a, b.starts_at as seen_b,
       link.similarity, link.gap_s, link.probability, link.verdict, link.rule, link.evidence,
       member_a.identity_id as identity_a, member_b.identity_id as identity_b
from links as link
left join tracklets as a on a.tracklet_id = link.tracklet_a
left join tracklets as b on b.tracklet_id = link.tracklet_b
left join identity_members as member_a on member_a.tracklet_id = link.tracklet_a
left join identity_members as member_b on member_b.tracklet_id = link.tracklet_b
where link.night = $night
  and (link.tracklet_a in (select tracklet_id from own) or link.tracklet_b in (select tracklet_id from own))
order by link.verdict <> 'accepted', link.probability desc, link.tracklet_a, link.tracklet_b
"""
DECISIONS = """
select decision_id, kind, tracklet_ids, made_by, made_at, reason
from decisions where undone_at is null and list_has_any(tracklet_ids, $tracklets::varchar[])
order by made_at desc
"""
VERDICTS = {
    "accepted": "same person",
    "below": "not likely enough",
    "infeasible": "impossible",
    "refused": "impossible together with others",
}
RULES = {
    "decision": "a person decided so",
    "known": "known from another night",
    "cut": "one walk, parted by the cut between two files",
    "fragment": "goes on where the other broke off",
    "attached": "a poor sighting, attached by place and time",
    "twice_in_one_view": "both would be in one camera's view at once",
    "two_places_at_once": "both would be at two places at once",
    "faster_than_transit": "faster than the way between the cameras allows",
    "known_apart": "known apart from another night",
}
_PARTS = ("appearance", "time", "quality")


def when(instant: datetime, zone: ZoneInfo) -> str:
    """Return an instant on the site's clocks."""
    return f"{instant.astimezone(zone):%H:%M:%S}"


def told_length(seconds: float) -> str:
    """Return a length of time as people say it."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds // 60:.0f} min {seconds % 60:.0f} s" if seconds < 3600 else f"{seconds / 3600:.1f} h"


def name_of(piece: Mapping[str, Any], zone: ZoneInfo) -> str:
    """Return what people call a sighting: its camera and when it began."""
    return f"{piece['camera_id']} {when(piece['from_at'], zone)}"


def bars_of(stops: Sequence[Mapping[str, Any]], zone: ZoneInfo, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return a timeline's bars, each camera's zones right below it, cameras in order of first arrival.

    Args:
        stops: rows of `STOPS`.
        zone: of the site.
        names: what zones are called.
    """
    cameras = list(dict.fromkeys(row["camera_id"] for row in stops if row["zone_id"] is None))
    cameras += [row["camera_id"] for row in stops if row["camera_id"] not in cameras]
    in_order = sorted(stops, key=lambda row: (cameras.index(row["camera_id"]), row["zone_id"] or "", row["arrived_at"]))
    return [
        {
            "place": row["camera_id"] if row["zone_id"] is None else f"↳ {names.get(row['zone_id'], row['zone_id'])}",
            "kind": "in view" if row["zone_id"] is None else "in zone",
            "from_at": on_clock(row["arrived_at"], zone),
            "until_at": on_clock(row["left_at"], zone),
            "told": f"{when(row['arrived_at'], zone)} to {when(row['left_at'], zone)}",
            "lasted": told_length((row["left_at"] - row["arrived_at"]).total_seconds()),
        }
        for row in in_order
    ]


def links_told(links: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> list[dict[str, Any]]:
    """Return rows of `LINKS` as people read them."""
    return [
        {
            "from": _seen(row["camera_a"], row["seen_a"], zone),
            "to": _seen(row["camera_b"], row["seen_b"], zone),
            "verdict": VERDICTS[row["verdict"]],
            "probability": row["probability"],
            "likeness": row["similarity"],
            "gap_s": row["gap_s"],
            **{part: (row["evidence"] or {}).get(part) for part in _PARTS},
            "why": "the score" if row["rule"] is None else RULES.get(row["rule"], row["rule"]),
        }
        for row in links
    ]


def evidence_parts(links: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> list[dict[str, Any]]:
    """Return what each part adds to the log-odds of each link that was scored."""
    return [
        {
            "link": f"{_seen(row['camera_a'], row['seen_a'], zone)} → {_seen(row['camera_b'], row['seen_b'], zone)}",
            "part": part,
            "log_odds": row["evidence"][part],
        }
        for row in links
        if row["evidence"]
        for part in _PARTS
    ]


def others_of(links: Sequence[Mapping[str, Any]], identity: str, own: Collection[str]) -> list[dict[str, Any]]:
    """Return the other identities that links were weighed with and did not join, the likeliest first.

    Args:
        links: rows of `LINKS`.
        identity: whose they are.
        own: its tracklets.
    """
    found: dict[str, dict[str, Any]] = {}
    for row in links:
        ends = ((row["tracklet_a"], row["identity_a"]), (row["tracklet_b"], row["identity_b"]))
        for tracklet, other in ends:
            if row["verdict"] == "accepted" or tracklet in own or other in (None, identity):
                continue
            if row["probability"] > found.get(other, {"probability": -1.0})["probability"]:
                found[other] = {
                    "identity_id": other,
                    "tracklet_id": tracklet,
                    "probability": row["probability"],
                    "why": VERDICTS[row["verdict"]] if row["rule"] is None else RULES.get(row["rule"], row["rule"]),
                }
    return sorted(found.values(), key=lambda row: (-row["probability"], row["identity_id"]))


def _seen(camera_id: str, seen_at: datetime | None, zone: ZoneInfo) -> str:
    return camera_id if seen_at is None else f"{camera_id} {when(seen_at, zone)}"


def on_clock(instant: datetime, zone: ZoneInfo) -> str:
    """Return an instant as charts are given it: the site's reading as if it were UTC, so that no browser shifts it."""
    return f"{instant.astimezone(zone).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
