"""One forensic search of a lake: pictures in, the answer out, and an entry in the audit log before it is shown.

The command line and the dashboard both search through this.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import JsonValue

from analytics.audit_log import AuditLog
from analytics.errors import ConfigError, LakeError
from analytics.geometry import FloatArray
from analytics.lake.lake import Lake
from analytics.perception.frame import Crop
from analytics.perception.models import ModelFolder
from analytics.perception.plugins import Workplace, build_detector, build_embedder
from analytics.search.gallery import NO_IDENTITY, SearchGallery, read_gallery
from analytics.search.pictures import cut, decode_picture, people_in, person_crop
from analytics.search.presence import Presence
from analytics.search.search import Answer, Filters, query_of, search
from analytics.settings import Perception
from analytics.tables import COVERAGE, CROPS, TRACK_POINTS
from analytics.timebase import HOUR_US, Instant

ACTION = "search"


@dataclass(frozen=True, slots=True)
class Example:
    """A picture of who is looked for.

    Attributes:
        name: of the file, for messages.
        content: of the file.
        box: x_min, y_min, x_max, y_max of the person, px; None: found by the detector.
        person: which of the people found, from 1; None: the only one.
    """

    name: str
    content: bytes
    box: tuple[float, float, float, float] | None = None
    person: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A search, and why.

    Attributes:
        purpose: why; goes to the audit log.
        by: who searches.
        case: reference of the case, if there is one.
        filters: what to look at.
        most: hits wanted.
    """

    purpose: str
    by: str
    case: str | None
    filters: Filters
    most: int


def open_gallery(lake: Lake, nights: Sequence[date] | None) -> SearchGallery:
    """Read what is searched in. Raises LakeError when the lake has no night, or not these."""
    known = lake.ledger.nights()
    wanted = known if nights is None else tuple(sorted(set(nights)))
    if missing := sorted(set(wanted) - set(known)):
        raise LakeError(f"{lake.store.location} has no night {missing[0]}: it has {_listed(known)}")
    if not wanted:
        raise LakeError(f"{lake.store.location} has no night to search: run `crosscam run` first")
    return read_gallery(lake, wanted)


def query_by_pictures(
    gallery: SearchGallery, examples: Sequence[Example], perception: Perception, models: ModelFolder
) -> FloatArray:
    """Return the query of one person's pictures.

    Raises:
        ConfigError: a picture is wrong, or the settings name another embedder than the lake was made with.
        ModelError: weights are missing.
    """
    pictures = [decode_picture(example.content, example.name) for example in examples]  # before models are loaded
    place = Workplace(models, threads=2)
    embedder = build_embedder(perception.embedder.name, perception.embedder.params, place)
    if gallery.model and embedder.digest != gallery.model:
        raise ConfigError(
            f"expected the embedder that the lake was made with ({gallery.model[:12]}), got {embedder.digest[:12]}: "
            "give the --settings of that run",
            field="perception.embedder",
        )
    detector = None
    crops: list[Crop] = []
    for example, picture in zip(examples, pictures, strict=True):
        if example.box is not None:
            crops.append(cut(picture, example.box))
            continue
        if detector is None:
            detector = build_detector(perception.detector.name, perception.detector.params, place)
        crops.append(person_crop(picture, people_in(picture, detector), example.person))
    return query_of(gallery, np.asarray(embedder.embed(crops), np.float32))


def rows_like(gallery: SearchGallery, tracklet_id: str) -> tuple[FloatArray, frozenset[int]]:
    """Return the query of a tracklet of the lake, and the rows that it is not to find: its own identity's."""
    row = gallery.place_of(tracklet_id)
    number = gallery.identity[row]
    own = {row} if number == NO_IDENTITY else set(np.flatnonzero(gallery.identity == number).tolist())
    return gallery.vectors[row], frozenset(own)


def search_logged(
    lake: Lake,
    gallery: SearchGallery,
    query: FloatArray,
    presence: Presence | None,
    request: Request,
    facts: dict[str, JsonValue],
    at: Instant,
    leave_out: frozenset[int] = frozenset(),
) -> Answer:
    """Search, and write down who searched for what and what they are shown; nothing is returned unless that worked.

    Args:
        lake: whose log it is.
        gallery: where to look.
        query: (d,) whom to look for.
        presence: of `learn_presence`, what likeness is worth in this gallery.
        request: how, and why.
        facts: of the query, for the log: digests of pictures or a tracklet.
        at: UTC instant of the search.
        leave_out: rows that are not to be found.

    Raises:
        ConfigError: no purpose, nobody who searches, or a camera that is not there.
        LakeError: the log cannot be written.
    """
    for name, value in (("purpose", request.purpose), ("by", request.by)):
        if not value.strip():
            raise ConfigError("expected a word for the audit log, got nothing", field=name)
    answer = search(gallery, query, presence, request.filters, most=request.most, leave_out=leave_out)
    told = asdict(request.filters)
    told["cameras"] = None if request.filters.cameras is None else sorted(request.filters.cameras)
    shown: dict[str, JsonValue] = {
        **facts,
        "purpose": request.purpose,
        "case": request.case,
        "filters": told,
        "embedder": gallery.model,
        "verdict": answer.verdict,
        "shown": [hit.identity_id or hit.sightings[0].tracklet_id for hit in answer.hits],
    }
    AuditLog(lake.store).record(at=at, by=request.by, action=ACTION, facts=shown)
    return answer


def picture_facts(examples: Sequence[Example]) -> dict[str, JsonValue]:
    """Return what the log keeps of pictures: their digests and which person of each, never the pictures."""
    return {
        "pictures": [
            {
                "sha256": hashlib.sha256(example.content).hexdigest(),
                "box": None if example.box is None else list(example.box),
                "person": example.person,
            }
            for example in examples
        ]
    }


def coverage_of(lake: Lake, nights: Sequence[date] | None, filters: Filters) -> float | None:
    """Return the share of the expected seconds that was analysed of the cameras and hours searched; None: not known."""
    coverage = lake.read(COVERAGE, nights)
    keep = np.ones(coverage.num_rows, np.bool_)
    hours = coverage["hour_at"].cast(pa.int64()).to_numpy()
    if filters.cameras is not None:
        keep &= np.isin(np.array(coverage["camera_id"].to_pylist(), np.str_), sorted(filters.cameras))
    if filters.since is not None:
        keep &= hours + HOUR_US > filters.since
    if filters.until is not None:
        keep &= hours < filters.until
    expected = float(coverage["expected_s"].to_numpy()[keep].sum())
    return float(coverage["analysed_expected_s"].to_numpy()[keep].sum()) / expected if expected > 0 else None


def best_crops(lake: Lake, gallery: SearchGallery, tracklet_ids: Sequence[str]) -> dict[str, bytes]:
    """Return a JPEG picture of each tracklet that has one: its largest."""
    wanted = gallery.tracklets.filter(pc.is_in(gallery.tracklets["tracklet_id"], pa.array(tracklet_ids)))
    found: dict[str, tuple[int, bytes]] = {}
    for camera_id in sorted(set(wanted["camera_id"].to_pylist())):
        own = wanted.filter(pc.equal(wanted["camera_id"], camera_id))
        nights = sorted(set(own["night"].to_pylist()))
        points = lake.read(TRACK_POINTS, nights, [camera_id], ["tracklet_id", "captured_at", "detection_no"])
        points = points.filter(pc.is_in(points["tracklet_id"], own["tracklet_id"].combine_chunks()))
        keyed = points.filter(pc.is_valid(points["detection_no"])).join(
            own.select(["tracklet_id", "segment_id"]), keys="tracklet_id"
        )
        crops = lake.read(CROPS, nights, [camera_id]).select(
            ["segment_id", "captured_at", "detection_no", "jpeg", "height_px"]
        )
        joined = crops.join(keyed, keys=["segment_id", "captured_at", "detection_no"], join_type="inner")
        for row in joined.sort_by([("captured_at", "ascending")]).to_pylist():
            if row["height_px"] > found.get(row["tracklet_id"], (0, b""))[0]:
                found[row["tracklet_id"]] = (row["height_px"], row["jpeg"])
    return {name: jpeg for name, (_, jpeg) in sorted(found.items())}


def _listed(nights: Sequence[Any]) -> str:
    return ", ".join(map(str, nights)) or "none"
