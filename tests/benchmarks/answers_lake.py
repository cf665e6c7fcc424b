"""Large lakes for benchmarks of the answers: made directly as tables, linked as told, nothing perceived."""

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pyarrow as pa

from analytics.contracts import INSTANT, Contract
from analytics.lake.lake import Lake
from analytics.marts import JOURNEYS, QUEUE_WAITS, VISITS
from analytics.sites import Camera, Line, Site, Zone
from analytics.tables import (
    COVERAGE,
    IDENTITIES,
    IDENTITY_MEMBERS,
    LINKS,
    RECORDINGS,
    TRACK_POINTS,
    TRACKLETS,
)

WIDTH, HEIGHT = 640, 360
FIRST = date(2026, 1, 5)
HOURS = 10
STEP_US = 100_000
STAYS = 4  # of each identity, in cameras that follow each other

Tables = list[tuple[Contract, pa.Table]]


def big_site(cameras: int) -> Site:
    """Return cameras with a queue, a till, an entrance and a line each."""
    zones, lines = [], []
    for number in range(cameras):
        camera_id = f"c{number:02}"
        for kind, left in (("entrance", 20.0), ("queue", 200.0), ("service", 400.0)):
            corners = ((left, 100.0), (left + 150, 100.0), (left + 150, 300.0), (left, 300.0))
            serves = f"queue{number}" if kind == "service" else None
            zones.append(
                Zone(zone_id=f"{kind}{number}", camera_id=camera_id, polygon=corners, kind=kind, serves=serves)
            )
        lines.append(Line(line_id=f"line{number}", camera_id=camera_id, start=(320.0, 20.0), end=(320.0, 340.0)))
    known = tuple(Camera(camera_id=f"c{n:02}", width_px=WIDTH, height_px=HEIGHT) for n in range(cameras))
    return Site(site_id="big", cameras=known, zones=tuple(zones), lines=tuple(lines))


def write_night(lake: Lake, site: Site, night: date, identities: int, points: int, seed: int) -> None:
    """Write a night of identities with `STAYS` tracklets of `points` points each, as perceived and linked."""
    rng = np.random.default_rng(seed)
    begin = _instant(night)
    cameras = len(site.cameras)
    first = rng.integers(0, cameras, identities)
    camera = (first[:, None] + np.arange(STAYS)) % cameras
    span = points * STEP_US
    starts = begin + rng.integers(0, HOURS * 36_000 - STAYS * (points + 300), identities) * STEP_US
    starts = starts[:, None] + np.arange(STAYS) * (span + 20_000_000)
    names = np.array([[f"{night:%d}-{who:06}-{stay}" for stay in range(STAYS)] for who in range(identities)])
    keys = []
    for number, described in enumerate(site.cameras):
        own = np.nonzero(camera == number)
        tables = _perceived(site, night, described.camera_id, names[own], starts[own], points, rng)
        keys.append(f"perceive-{night}-{number}")
        _item(lake, "perceive", night, described.camera_id, keys[-1], tables)
    lake.ledger.publish(night, "perceive", keys)
    for stage, tables in (
        ("account", _accounts(site, night)),
        ("link", _linked(site, night, names, camera, starts, points)),
    ):
        _item(lake, stage, night, None, f"{stage}-{night}", tables)
        lake.ledger.publish(night, stage, [f"{stage}-{night}"])


def write_answers(lake: Lake, site: Site, night: date, visits: int, seed: int) -> None:
    """Write visits, waits and journeys of a night directly: a stay and a visit for each stop, three stops a journey."""
    rng = np.random.default_rng(seed)
    people, stops = visits // 3, 3
    place = _place(site, night)
    who = np.repeat(np.arange(people), stops)
    stop = np.tile(np.arange(stops), people)
    identity = pa.array([f"{night:%d}-{number:06}" for number in who.tolist()])
    camera = (np.repeat(rng.integers(0, len(site.cameras), people), stops) + stop) % len(site.cameras)
    zones = np.array([["entrance", "queue", "service"][number] for number in range(stops)])[stop]
    zone = pa.array([f"{kind}{number}" for kind, number in zip(zones.tolist(), camera.tolist(), strict=True)])
    cameras = pa.array([f"c{number:02}" for number in camera.tolist()])
    arrived = _instant(night) + np.repeat(rng.integers(0, 35_000, people), stops) * 1_000_000 + stop * 120_000_000
    left = arrived + rng.integers(5, 100, len(who)) * 1_000_000
    common = {**place, "identity_id": identity, "is_staff": False, "camera_id": cameras}
    visited = {**common, "zone_id": zone, "entered_at": _at(arrived + 1_000_000), "left_at": _at(left)}
    visited |= {"dwell_s": (left - arrived) / 1e6 - 1, "is_censored": False, "min_link": 0.9}
    stays = {**common, "stop_no": 2 * stop, "arrived_at": _at(arrived), "left_at": _at(left + 1_000_000)}
    stays |= {"gap_s": 60.0, "link_probability": 0.9, "weakest_link": 0.9}
    seen = {
        **common,
        "zone_id": zone,
        "stop_no": 2 * stop + 1,
        "arrived_at": _at(arrived + 1_000_000),
        "left_at": _at(left),
    }
    seen["weakest_link"] = 0.9
    queued = np.flatnonzero(stop == 1)
    waited = {**place, "identity_id": identity.take(pa.array(queued)), "queue_zone_id": zone.take(pa.array(queued))}
    waited |= {"entered_at": _at(arrived[queued]), "left_at": _at(left[queued]), "served_at": _at(left[queued])}
    waited |= {
        "wait_s": (left - arrived)[queued] / 1e6,
        "left_unserved": False,
        "is_censored": False,
        "is_staff": False,
    }
    tables: Tables = [
        (VISITS, _from(VISITS, visited)),
        (JOURNEYS, pa.concat_tables([_from(JOURNEYS, stays), _from(JOURNEYS, seen)])),
        (QUEUE_WAITS, _from(QUEUE_WAITS, waited)),
    ]
    _item(lake, "summarise", night, None, f"summarise-{night}", tables)
    lake.ledger.publish(night, "summarise", [f"summarise-{night}"])


def _perceived(
    site: Site,
    night: date,
    camera_id: str,
    names: np.ndarray,
    starts: np.ndarray,
    points: int,
    rng: np.random.Generator,
) -> Tables:
    count, place = len(names), {**_place(site, night), "camera_id": camera_id}
    share = np.linspace(0, 1, points)[None, :, None]
    ends = rng.uniform((20, 60), (WIDTH - 20, HEIGHT - 20), (2, count, 1, 2))
    feet = (ends[0] * (1 - share) + ends[1] * share + rng.normal(0, 1.5, (count, points, 2))).reshape(-1, 2)
    feet = feet.astype(np.float32)
    tracklets = {
        **place,
        "tracklet_id": pa.array(names.tolist()),
        "segment_id": "s",
        "recording_id": f"r-{camera_id}",
        "class_name": "person",
        "starts_at": _at(starts),
        "ends_at": _at(starts + (points - 1) * STEP_US),
        "point_count": np.full(count, points, np.int32),
        "mean_score": np.full(count, 0.9, np.float32),
        "best_height_px": np.full(count, 80, np.float32),
        "began_by": "appeared",
        "ended_by": "lost",
    }
    tracks = {
        **place,
        "tracklet_id": pa.array(np.repeat(names, points).tolist()),
        "captured_at": _at((starts[:, None] + np.arange(points) * STEP_US).reshape(-1)),
        "detection_no": np.zeros(count * points, np.int16),
        "x_min": feet[:, 0] - 15,
        "y_min": feet[:, 1] - 80,
        "x_max": feet[:, 0] + 15,
        "y_max": feet[:, 1],
        "foot_x": feet[:, 0],
        "foot_y": feet[:, 1],
    }
    return [(TRACKLETS, _from(TRACKLETS, tracklets)), (TRACK_POINTS, _from(TRACK_POINTS, tracks))]


def _accounts(site: Site, night: date) -> Tables:
    place, begin = _place(site, night), _instant(night)
    names = [camera.camera_id for camera in site.cameras]
    recordings = {
        **place,
        "recording_id": pa.array([f"r-{name}" for name in names]),
        "camera_id": pa.array(names),
        "path": pa.array([f"{name}/a.mp4" for name in names]),
        "starts_at": _at(np.full(len(names), begin)),
        "ends_at": _at(np.full(len(names), begin + HOURS * 3_600_000_000)),
        "time_ambiguous": False,
        "width_px": np.full(len(names), WIDTH, np.int32),
        "height_px": np.full(len(names), HEIGHT, np.int32),
        "size_bytes": 1,
        "modified_at": _at(np.full(len(names), begin)),
        "status": "complete",
    }
    hours = np.tile(begin + np.arange(HOURS) * 3_600_000_000, len(names))
    seconds = dict.fromkeys(("expected_s", "decoded_s", "analysed_s", "analysed_expected_s"), 3600.0)
    coverage = {**place, "camera_id": pa.array(np.repeat(names, HOURS).tolist()), "hour_at": _at(hours), **seconds}
    coverage |= {"corrupt_frames": 0, "skipped_s": 0.0}
    return [(RECORDINGS, _from(RECORDINGS, recordings)), (COVERAGE, _from(COVERAGE, coverage))]


def _linked(site: Site, night: date, names: np.ndarray, camera: np.ndarray, starts: np.ndarray, points: int) -> Tables:
    place, count = _place(site, night), len(names)
    who = [f"{night:%d}-{number:06}" for number in range(count)]
    cameras = np.array([each.camera_id for each in site.cameras])[camera]
    members = {
        **place,
        "tracklet_id": pa.array(names.reshape(-1).tolist()),
        "identity_id": pa.array(np.repeat(who, STAYS).tolist()),
        "camera_id": pa.array(cameras.reshape(-1).tolist()),
        "is_weak": False,
    }
    identities = {
        **place,
        "identity_id": pa.array(who),
        "class_name": "person",
        "starts_at": _at(starts[:, 0]),
        "ends_at": _at(starts[:, -1] + points * STEP_US),
        "tracklet_count": STAYS,
        "camera_count": STAYS,
        "weakest_link": 0.8,
        "is_staff": pa.array((np.arange(count) % 50 == 0).tolist()),
        "is_person": True,
    }
    links = {
        **place,
        **{
            f"tracklet_{side}": pa.array(part.reshape(-1).tolist())
            for side, part in zip("ab", (names[:, :-1], names[:, 1:]), strict=True)
        },
        **{
            f"camera_{side}": pa.array(part.reshape(-1).tolist())
            for side, part in zip("ab", (cameras[:, :-1], cameras[:, 1:]), strict=True)
        },
        "gap_s": 20.0,
        "probability": 0.8,
        "verdict": "accepted",
    }
    return [
        (IDENTITY_MEMBERS, _from(IDENTITY_MEMBERS, members)),
        (IDENTITIES, _from(IDENTITIES, identities)),
        (LINKS, _from(LINKS, links)),
    ]


def _from(contract: Contract, columns: dict[str, object]) -> pa.Table:
    length = max(len(values) for values in columns.values() if isinstance(values, (pa.Array, np.ndarray)))
    return contract.from_columns(
        {
            name: values if isinstance(values, (pa.Array, np.ndarray)) else pa.repeat(pa.scalar(values), length)
            for name, values in columns.items()
        }
    )


def _item(lake: Lake, stage: str, night: date, camera_id: str | None, key: str, tables: Tables) -> None:
    lake.write_item(stage=stage, night=night, camera_id=camera_id, item_id=key, key=key, tables=tables)


def _place(site: Site, night: date) -> dict[str, object]:
    return {"site_id": site.site_id, "night": night}


def _instant(night: date) -> int:
    return int(datetime.combine(night, time(8), UTC).timestamp()) * 1_000_000


def _at(values: np.ndarray) -> pa.Array:
    return pa.array(np.asarray(values, np.int64)).cast(INSTANT)


def nights_of(count: int) -> list[date]:
    """Return so many nights in a row."""
    return [FIRST + timedelta(days=number) for number in range(count)]
