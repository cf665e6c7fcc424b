"""A linked lake with its truth: people who walk from camera to camera, one frame a second, and are gathered as told.

Person p is in camera c in the frames 3 * (p + c) + 1 to 3 * (p + c) + 3, each in a lane of their own. Vectors point
the person's way, more or less; a crop is a patch of the person's colour.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa

from analytics.contracts import Contract
from analytics.evaluation import motchallenge
from analytics.lake.lake import Lake
from analytics.lake.store import open_store
from analytics.tables import (
    CROPS,
    EMBEDDINGS,
    IDENTITIES,
    IDENTITY_MEMBERS,
    LINKS,
    RECORDINGS,
    TRACK_POINTS,
    TRACKLETS,
    UNIQUE_VISITORS,
)

NIGHT = date(2026, 1, 5)
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
_FRAMES = 3  # that a person is in view
_DIMENSION = 16

NameIdentity = Callable[[int, int], str]
"""The identity that is given to a person's tracklet in a camera."""


@dataclass(frozen=True)
class LinkedLake:
    """Where it is, and what is in it."""

    lake: Lake
    folder: Path
    truth: Path
    cameras: tuple[str, ...]

    @property
    def location(self) -> str:
        return str(self.folder / "lake")


def write_linked_lake(
    folder: Path,
    *,
    people: int = 4,
    cameras: int = 3,
    identity: NameIdentity | None = lambda person, camera: f"i{person}",
    links: Sequence[tuple[str, str, float, str]] = (),
    visitors: Mapping[str, tuple[float, float, float]] | None = None,
    noise: float = 0.1,
    night: date = NIGHT,
    staff: Sequence[str] = (),
    with_crops: bool = True,
) -> LinkedLake:
    """Write a lake below `folder/lake` and its truth below `folder/truth`.

    Args:
        folder: where to.
        people: how many; their tracklets are called `<camera>-<person>`.
        cameras: how many; they are called gate0, gate1, ...
        identity: who is in which identity; None: nobody linked.
        links: tracklet, tracklet, probability, verdict.
        visitors: estimate, lower and upper by scope id: "site", a camera, or what is then a zone.
        staff: identities that somebody marked as staff.
        with_crops: there are pictures.
        noise: how far vectors are off their person's, in lengths of a vector.
        night: the night; in every other than NIGHT, tracklets and identities have its day in their names. Nights are
            written one after the other, and so is the truth.
    """
    lake = Lake(open_store(str(folder / "lake")))
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    names = tuple(f"gate{number}" for number in range(cameras))
    for number, camera in enumerate(names):
        _write_camera(lake, folder / "truth", camera, number, people, noise, night, with_crops)
    if identity:
        _write_identities(lake, names, people, identity, links, visitors or {}, night, staff)
    return LinkedLake(lake, folder, folder / "truth", names)


def _frames(person: int, camera: int) -> range:
    return range(_FRAMES * (person + camera) + 1, _FRAMES * (person + camera + 1) + 1)


def _box(person: int, frame: int) -> tuple[float, float, float, float]:
    return 50.0 * person, 10.0 + frame, 50.0 * person + 20, 60.0 + frame


def _write_camera(
    lake: Lake, truth: Path, camera: str, number: int, people: int, noise: float, night: date, with_crops: bool
) -> None:
    start = datetime(night.year, night.month, night.day, 9, tzinfo=UTC)
    place = {"site_id": "site", "night": night, "camera_id": camera}
    later = "" if night == NIGHT else f".{night:%d}"
    segment_id, count = f"{camera}{later}-{0:012d}", _FRAMES * (people + number + 1)
    rng = np.random.default_rng(number)
    tracklets, points, vectors, crops = [], [], [], []
    for person in range(people):
        frames, tracklet = _frames(person, number), f"{camera}-{person}{later}"
        starts, ends = (start + timedelta(seconds=frame - 1) for frame in (frames[0], frames[-1]))
        tracklets.append(
            {
                **place,
                "tracklet_id": tracklet,
                "segment_id": segment_id,
                "recording_id": f"{camera}{later}",
                "class_name": "person",
                "starts_at": starts,
                "ends_at": ends,
                "point_count": len(frames),
                "mean_score": 0.9,
                "best_height_px": 50.0,
                "began_by": "appeared",
                "ended_by": "lost",
            }
        )
        for frame in frames:
            box = _box(person, frame)
            key = {**place, "captured_at": start + timedelta(seconds=frame - 1), "detection_no": person}
            sides = dict(zip(("x_min", "y_min", "x_max", "y_max"), box, strict=True))
            points.append({**key, "tracklet_id": tracklet, **sides, "foot_x": box[0] + 10, "foot_y": box[3]})
            crops.append({**key, "segment_id": segment_id, "jpeg": _crop(person), "width_px": 20, "height_px": 50})
            vectors.append({**key, "segment_id": segment_id, "quality": 1.0, "vector": _vector(person, noise, rng)})
    embeddings = EMBEDDINGS.from_rows(vectors)
    embeddings = embeddings.replace_schema_metadata({**EMBEDDINGS.schema.metadata, "crosscam_embedder_digest": "net"})
    tables = [
        (TRACKLETS, TRACKLETS.from_rows(tracklets)),
        (TRACK_POINTS, TRACK_POINTS.from_rows(points)),
        (EMBEDDINGS, embeddings),
        (CROPS, CROPS.from_rows(crops if with_crops else [])),
    ]
    facts = {"frames_decoded": count, "decoded_s": float(count), "analysis_fps": None}
    _publish(lake, "perceive", night, camera, segment_id, tables, facts)
    recording = {
        **place,
        "recording_id": f"{camera}{later}",
        "path": f"{camera}/a.mp4",
        "starts_at": start,
        "ends_at": start + timedelta(seconds=count),
        "time_ambiguous": False,
        "size_bytes": 1,
        "modified_at": start,
        "status": "complete",
    }
    _publish(lake, "account", night, None, camera, [(RECORDINGS, RECORDINGS.from_rows([recording]))], {})
    true = [(frame, person, _box(person, frame)) for person in range(people) for frame in _frames(person, number)]
    frames, ids, boxes = zip(*true, strict=True)
    told = motchallenge.annotations(np.array(frames), np.array(ids), np.array(boxes, float))
    path = truth / f"{camera}.txt"
    if path.exists():  # of the nights before, as long as this one
        before = motchallenge.read(path)
        told = motchallenge.joined([before, told.moved(count * (1 + (int(before.frames.max()) - 1) // count))])
    motchallenge.write(path, told)


def _write_identities(
    lake: Lake,
    cameras: Sequence[str],
    people: int,
    identity: NameIdentity,
    links: Sequence[tuple[str, str, float, str]],
    visitors: Mapping[str, tuple[float, float, float]],
    night: date,
    staff: Sequence[str],
) -> None:
    place = {"site_id": "site", "night": night}
    later = "" if night == NIGHT else f".{night:%d}"
    members = [
        {
            **place,
            "tracklet_id": f"{camera}-{person}{later}",
            "identity_id": f"{identity(person, number)}{later}",
            "camera_id": camera,
            "is_weak": False,
        }
        for number, camera in enumerate(cameras)
        for person in range(people)
    ]
    identities = [
        {
            **place,
            "identity_id": name,
            "class_name": "person",
            "starts_at": START,
            "ends_at": START,
            "tracklet_count": 1,
            "camera_count": 1,
            "is_staff": name in staff,
            "is_person": True,
        }
        for name in sorted({row["identity_id"] for row in members})
    ]
    linked = [
        {
            **place,
            "tracklet_a": a,
            "tracklet_b": b,
            "camera_a": a.split("-")[0],
            "camera_b": b.split("-")[0],
            "gap_s": 1.0,
            "probability": probability,
            "verdict": verdict,
        }
        for a, b, probability, verdict in links
    ]
    counted = [
        {
            **place,
            "scope": "camera" if scope in cameras else "site" if scope == "site" else "zone",
            "scope_id": scope,
            "period": "night",
            "period_at": START,
            **dict(zip(("estimate", "lower", "upper"), figures, strict=True)),
        }
        for scope, figures in visitors.items()
    ]
    tables: list[tuple[Contract, pa.Table]] = [
        (IDENTITY_MEMBERS, IDENTITY_MEMBERS.from_rows(members)),
        (IDENTITIES, IDENTITIES.from_rows(identities)),
        (LINKS, LINKS.from_rows(linked)),
        (UNIQUE_VISITORS, UNIQUE_VISITORS.from_rows(counted)),
    ]
    _publish(lake, "link", night, None, "site", tables, {})


def _vector(person: int, noise: float, rng: np.random.Generator) -> np.ndarray:
    """Return a vector near the person's own."""
    own = np.random.default_rng(1000 + person).normal(size=_DIMENSION)
    vector = own / np.linalg.norm(own) + noise * rng.normal(size=_DIMENSION) / np.sqrt(_DIMENSION)
    return (vector / np.linalg.norm(vector)).astype(np.float16)


def _crop(person: int) -> bytes:
    hue = np.array([[[(37 * person) % 180, 200, 220]]], np.uint8)
    colour = cv2.cvtColor(hue, cv2.COLOR_HSV2BGR)[0, 0].tolist()
    return cv2.imencode(".jpg", np.full((50, 20, 3), colour, np.uint8))[1].tobytes()


def _publish(
    lake: Lake,
    stage: str,
    night: date,
    camera: str | None,
    item: str,
    tables: list[tuple[Contract, pa.Table]],
    facts: dict[str, object],
) -> None:
    key = f"{stage}-{item}-{night}"
    lake.write_item(stage=stage, night=night, camera_id=camera, item_id=item, key=key, tables=tables, facts=facts)
    before = [entry.key for entry in lake.ledger.published(night, stage)]
    lake.ledger.publish(night, stage, [*before, key])
