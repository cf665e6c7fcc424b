"""Nights of a lake as they are before they are summarised: who was seen where, in seconds from a start, by hand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from analytics.contracts import Contract
from analytics.lake.lake import Lake
from analytics.lake.store import open_store
from analytics.locating.drawings import drawings_of, name_of
from analytics.marts import LINE_CROSSINGS, ZONE_PRESENCE
from analytics.sites import Camera, Line, Site, Zone
from analytics.tables import COVERAGE, IDENTITIES, IDENTITY_MEMBERS, LINKS, RECORDINGS, TRACK_POINTS, TRACKLETS
from analytics.timebase import Interval, hours_of, to_datetime, to_instant

Tables = list[tuple[Contract, pa.Table]]
Rows = list[dict[str, object]]
STAGES = ("perceive", "account", "link", "locate")
NIGHT = date(2026, 1, 5)
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
SQUARE = ((10.0, 10.0), (30.0, 10.0), (30.0, 30.0), (10.0, 30.0))
NEXT_TO_IT = ((30.0, 10.0), (50.0, 10.0), (50.0, 30.0), (30.0, 30.0))
SHOP = Site(
    site_id="shop",
    cameras=(Camera(camera_id="door"), Camera(camera_id="till"), Camera(camera_id="yard")),
    zones=(
        Zone(zone_id="entrance", camera_id="door", polygon=SQUARE, kind="entrance"),
        Zone(zone_id="queue", camera_id="till", polygon=SQUARE, kind="queue"),
        Zone(zone_id="service", camera_id="till", polygon=NEXT_TO_IT, kind="service", serves="queue"),
    ),
    lines=(Line(line_id="gate", camera_id="door", start=(20.0, 0.0), end=(20.0, 40.0)),),
)


@dataclass(frozen=True)
class Seen:
    """A tracklet from its first point to a step after its last; from `switched_s` on it is that of `other`."""

    name: str
    camera: str
    identity: str
    starts_s: float
    ends_s: float
    other: str | None = None
    switched_s: float | None = None
    class_name: str = "person"
    is_weak: bool = False


@dataclass(frozen=True)
class Present:
    """A tracklet in a zone; `cut` has b, e or both where its begin or its end was not seen."""

    tracklet: str
    zone: str
    entered_s: float
    left_s: float
    cut: str = ""


@dataclass(frozen=True)
class Crossed:
    """A tracklet over a line."""

    tracklet: str
    line: str
    at_s: float
    direction: str


@dataclass(frozen=True)
class Linked:
    """What linking says of two tracklets."""

    a: str
    b: str
    probability: float
    verdict: str = "accepted"


@dataclass(frozen=True)
class Filmed:
    """A recording."""

    camera: str
    starts_s: float
    ends_s: float
    status: str = "complete"


@dataclass(frozen=True)
class Story:
    """Everything of one night.

    `until_s` is when each camera of the site stops to record, unless `filmed` says what was recorded. With `points`,
    rows of TRACK_POINTS, the night is left to be located. `step_s` is the time from a tracklet's point to its next.
    """

    seen: Sequence[Seen] = ()
    present: Sequence[Present] = ()
    crossed: Sequence[Crossed] = ()
    linked: Sequence[Linked] = ()
    staff: Sequence[str] = ()
    no_person: Sequence[str] = ()
    until_s: float = 3600.0
    step_s: float = 0.5
    filmed: Sequence[Filmed] | None = None
    points: pa.Table | None = None
    site: Site = SHOP
    night: date = NIGHT
    start: datetime = START

    def at(self, seconds: float) -> datetime:
        return self.start + timedelta(microseconds=round(seconds * 1e6))


def open_new(folder: Path) -> Lake:
    """Return a lake with nothing in it."""
    return Lake(open_store(str(folder / "lake")))


def write_story(lake: Lake, story: Story, stages: Sequence[str] = STAGES) -> None:
    """Write and publish a night: perceived, accounted for, linked and located, or some of this."""
    place = {"site_id": story.site.site_id, "night": story.night}
    filmed = story.filmed
    if filmed is None:
        filmed = [Filmed(camera.camera_id, 0.0, story.until_s) for camera in story.site.cameras]
    camera_of = {seen.name: seen.camera for seen in story.seen}
    tables: dict[str, Tables] = {
        "perceive": [(TRACKLETS, TRACKLETS.from_rows(_tracklets(story, place)))],
        "account": [
            (RECORDINGS, RECORDINGS.from_rows(_recordings(story, place, filmed))),
            (COVERAGE, COVERAGE.from_rows(_coverage(story, place, filmed))),
        ],
        "link": [
            (IDENTITY_MEMBERS, IDENTITY_MEMBERS.from_rows(_members(story, place))),
            (IDENTITIES, IDENTITIES.from_rows(_identities(story, place))),
            (LINKS, LINKS.from_rows(_links(story, place, camera_of))),
        ],
    }
    if story.points is not None:
        tables["perceive"].append((TRACK_POINTS, story.points))
    for stage in stages:
        if stage in tables:
            _publish(lake, story, stage, tables[stage])
        elif story.points is None:
            _write_located(lake, story, place, camera_of)


def _write_located(lake: Lake, story: Story, place: dict[str, object], camera_of: dict[str, str]) -> None:
    presence = [
        {
            **place,
            "tracklet_id": row.tracklet,
            "zone_id": row.zone,
            "camera_id": camera_of[row.tracklet],
            "entered_at": story.at(row.entered_s),
            "left_at": story.at(row.left_s),
            "begins_inside": "b" in row.cut,
            "ends_inside": "e" in row.cut,
        }
        for row in story.present
    ]
    crossings = [
        {
            **place,
            "tracklet_id": row.tracklet,
            "line_id": row.line,
            "camera_id": camera_of[row.tracklet],
            "crossed_at": story.at(row.at_s),
            "direction": row.direction,
        }
        for row in story.crossed
    ]
    rows = {**_by("zone", presence), **_by("line", crossings)}
    keys = []
    for drawing in drawings_of(story.site):
        name = name_of(drawing)
        contract = ZONE_PRESENCE if isinstance(drawing, Zone) else LINE_CROSSINGS
        keys.append(f"{name}-{story.night}")
        table = contract.from_rows(rows.get(name, []))
        lake.write_item(
            stage="locate", night=story.night, camera_id=None, item_id=name, key=keys[-1], tables=[(contract, table)]
        )
    lake.ledger.publish(story.night, "locate", keys)


def _by(kind: str, rows: Rows) -> dict[str, Rows]:
    found: dict[str, Rows] = {}
    for row in rows:
        found.setdefault(f"{kind}-{row[f'{kind}_id']}", []).append(row)
    return found


def _tracklets(story: Story, place: dict[str, object]) -> Iterable[dict[str, object]]:
    for seen in story.seen:
        yield {
            **place,
            "tracklet_id": seen.name,
            "segment_id": "segment",
            "recording_id": f"recording-{seen.camera}",
            "camera_id": seen.camera,
            "class_name": seen.class_name,
            "starts_at": story.at(seen.starts_s),
            "ends_at": story.at(seen.ends_s - story.step_s),
            "point_count": round((seen.ends_s - seen.starts_s) / story.step_s),
            "mean_score": 0.9,
            "best_height_px": 100.0,
            "began_by": "appeared",
            "ended_by": "lost",
        }


def _recordings(story: Story, place: dict[str, object], filmed: Sequence[Filmed]) -> Iterable[dict[str, object]]:
    ends: dict[str, float] = {}
    for number, file in enumerate(filmed):
        yield {
            **place,
            "recording_id": f"recording-{file.camera}" + (f"-{number}" if file.camera in ends else ""),
            "camera_id": file.camera,
            "path": f"{file.camera}/{number}.mp4",
            "starts_at": story.at(file.starts_s),
            "ends_at": story.at(file.ends_s),
            "time_ambiguous": False,
            "width_px": 100,
            "height_px": 100,
            "size_bytes": 1,
            "modified_at": story.start,
            "gap_before_s": file.starts_s - ends[file.camera] if file.camera in ends else None,
            "status": file.status,
            "reason": None if file.status == "complete" else "made so",
        }
        ends[file.camera] = file.ends_s


def _coverage(story: Story, place: dict[str, object], filmed: Sequence[Filmed]) -> list[dict[str, object]]:
    rows: dict[tuple[str, int], dict[str, object]] = {}
    for file in filmed:
        for hour in hours_of(Interval(to_instant(story.at(file.starts_s)), to_instant(story.at(file.ends_s)))):
            hour_at = hour.starts_at // 3_600_000_000 * 3_600_000_000
            row = rows.setdefault(
                (file.camera, hour_at),
                {
                    **place,
                    "camera_id": file.camera,
                    "hour_at": to_datetime(hour_at),
                    **dict.fromkeys(("expected_s", "decoded_s", "analysed_s", "analysed_expected_s"), 0.0),
                    "corrupt_frames": 0,
                    "skipped_s": 0.0,
                },
            )
            for name in ("expected_s", "decoded_s", "analysed_s", "analysed_expected_s"):
                if name == "expected_s" or file.status in ("complete", "partial"):
                    row[name] += hour.duration_s
    return list(rows.values())


def _members(story: Story, place: dict[str, object]) -> Iterable[dict[str, object]]:
    for seen in story.seen:
        yield {
            **place,
            "tracklet_id": seen.name,
            "identity_id": seen.identity,
            "camera_id": seen.camera,
            "is_weak": seen.is_weak,
            "other_identity_id": seen.other,
            "switched_at": None if seen.switched_s is None else story.at(seen.switched_s),
        }


def _identities(story: Story, place: dict[str, object]) -> Iterable[dict[str, object]]:
    names = sorted({name for seen in story.seen for name in (seen.identity, seen.other) if name})
    identity_of = {seen.name: seen.identity for seen in story.seen}
    for name in names:
        own = [seen for seen in story.seen if name in (seen.identity, seen.other)]
        chances = [
            link.probability
            for link in story.linked
            if link.verdict == "accepted" and name in (identity_of.get(link.a), identity_of.get(link.b))
        ]
        yield {
            **place,
            "identity_id": name,
            "class_name": own[0].class_name,
            "starts_at": story.at(min(seen.starts_s for seen in own)),
            "ends_at": story.at(max(seen.ends_s for seen in own)),
            "tracklet_count": len(own),
            "camera_count": len({seen.camera for seen in own}),
            "weakest_link": min(chances, default=None),
            "is_staff": name in story.staff,
            "is_person": name not in story.no_person,
        }


def _links(story: Story, place: dict[str, object], camera_of: dict[str, str]) -> Iterable[dict[str, object]]:
    for link in story.linked:
        yield {
            **place,
            "tracklet_a": link.a,
            "tracklet_b": link.b,
            "camera_a": camera_of.get(link.a, "elsewhere"),
            "camera_b": camera_of.get(link.b, "elsewhere"),
            "gap_s": 0.0,
            "probability": link.probability,
            "verdict": link.verdict,
        }


def _publish(lake: Lake, story: Story, stage: str, tables: Tables) -> None:
    key = f"{stage}-{story.night}"
    lake.write_item(stage=stage, night=story.night, camera_id=None, item_id="story", key=key, tables=tables)
    lake.ledger.publish(story.night, stage, [key])
