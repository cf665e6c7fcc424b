"""Locate a night of a lake: read where people were, tell which zones they were in and which lines they crossed.

One work item for each zone and line: its key is the hash of the drawing and of everything else that decides its rows,
so that a zone that moves is the only one to be worked out anew. Each camera's points are read once, and no video.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from analytics import ids
from analytics.contracts import Contract
from analytics.errors import LakeError
from analytics.lake.lake import Lake
from analytics.lake.ledger import Entry
from analytics.lake.paths import camera_of
from analytics.locating.drawings import Canvas, Drawing, Size, canvas_of, corners_of, drawings_of, name_of
from analytics.locating.floor import FloorProjection, floor_projection
from analytics.locating.locate import POINT_COLUMNS, Place, contract_of, locate, sightings
from analytics.marts import LINE_CROSSINGS, ZONE_PRESENCE
from analytics.settings import Locating, Settings
from analytics.sites import Camera, Line, Site
from analytics.tables import BOUNDARY_POINTS, RECORDINGS, TRACK_POINTS, TRACKLETS

STAGE = "locate"
STAGE_VERSION = 1
"""Goes up when the code that locates changes what comes out; every night is then located anew."""

PERCEIVE = "perceive"
_READ = (TRACKLETS, TRACK_POINTS, BOUNDARY_POINTS)


@dataclass(frozen=True, slots=True)
class _View:
    """What one camera's drawings need to know of it in one night, besides its points.

    Attributes:
        camera: the camera.
        sizes: of its recordings, by recording id.
        canvas: what is drawn on.
        projection: to the floor plan.
        files: the perceived files of its points.
    """

    camera: Camera
    sizes: Mapping[str, Size]
    canvas: Canvas
    projection: FloorProjection | None
    files: tuple[str, ...]


def nights_to_locate(lake: Lake, nights: Collection[date] | None = None) -> tuple[date, ...]:
    """Return the nights of which all was perceived, in order."""
    wanted = lake.ledger.nights() if nights is None else sorted(set(nights))
    return tuple(night for night in wanted if lake.ledger.published(night, PERCEIVE))


def locate_night(lake: Lake, site: Site, settings: Settings, night: date) -> bool:
    """Locate one night and publish exactly what is drawn now; return whether readers see something new.

    Raises:
        ConfigError: a drawing or a camera's floor points cannot be used.
        LakeError: the lake cannot be read or written.
    """
    drawings = drawings_of(site)
    views = _views(lake, site, drawings, night)
    keys = {name_of(each): _key(site, each, _on(each, views), settings.locating) for each in drawings}
    done = {entry.key for entry in lake.ledger.entries(night, STAGE)}
    to_do = [each for each in drawings if keys[name_of(each)] not in done]
    if to_do:
        tables = _tables(lake, site, settings.locating, night, to_do, views)
        for each in to_do:
            lake.write_item(
                stage=STAGE,
                night=night,
                camera_id=each.camera_id,
                item_id=name_of(each),
                key=keys[name_of(each)],
                tables=[(contract_of(each), pa.concat_tables([contract_of(each).empty(), *tables[name_of(each)]]))],
                reason=_misfits(_on(each, views)),
            )
    return lake.ledger.publish(night, STAGE, keys.values())


def entries_of(lake: Lake, night: date) -> tuple[Entry, ...]:
    """Return what was located in a night, by zone and line."""
    return tuple(sorted(lake.ledger.published(night, STAGE), key=lambda entry: entry.item_id))


def _views(lake: Lake, site: Site, drawings: Sequence[Drawing], night: date) -> dict[str, _View]:
    """Return the cameras with recordings and something drawn on them, or on the plan that they are projected to."""
    recordings = lake.read(RECORDINGS, [night], columns=["recording_id", "camera_id", "width_px", "height_px"])
    of_camera: dict[str, dict[str, Size]] = {}
    for row in recordings.to_pylist():
        if row["camera_id"] is not None and row["width_px"] and row["height_px"]:
            of_camera.setdefault(row["camera_id"], {})[row["recording_id"]] = (row["width_px"], row["height_px"])
    files: dict[str, list[str]] = {}
    for entry in lake.ledger.published(night, PERCEIVE):
        for file in entry.files:
            if file.table in {contract.name for contract in _READ}:
                files.setdefault(camera_of(file.path) or "", []).append(file.path)
    is_plan_drawn = any(each.camera_id is None for each in drawings)
    found = {}
    for camera in site.cameras:
        own = [each for each in drawings if each.camera_id == camera.camera_id]
        projection = floor_projection(camera) if is_plan_drawn else None
        sizes, paths = of_camera.get(camera.camera_id, {}), tuple(sorted(files.get(camera.camera_id, ())))
        if (own or projection) and paths and not sizes:
            raise _without_size(camera.camera_id, night, "its recordings")
        if (own or projection) and (canvas := canvas_of(camera, sizes.values(), own)):
            found[camera.camera_id] = _View(camera, sizes, canvas, projection, paths)
    return found


def _on(drawing: Drawing, views: Mapping[str, _View]) -> list[_View]:
    """Return the cameras whose people may be in a zone or on a line."""
    if drawing.camera_id is not None:
        return [view for view in views.values() if view.camera.camera_id == drawing.camera_id]
    return [view for view in views.values() if view.projection]


def _key(site: Site, drawing: Drawing, views: Sequence[_View], locating: Locating) -> str:
    """Return the hash of everything that decides a drawing's rows."""
    is_plan = drawing.camera_id is None
    return ids.digest(
        {
            "version": STAGE_VERSION,
            "contracts": {contract.name: contract.version for contract in (*_READ, ZONE_PRESENCE, LINE_CROSSINGS)},
            "locating": locating.model_dump(mode="json"),
            "site": site.site_id,
            "drawing": [name_of(drawing), drawing.camera_id, *map(list, corners_of(drawing))],
            "in_from": drawing.in_from if isinstance(drawing, Line) else None,
            "cameras": {
                view.camera.camera_id: {
                    "canvas": [view.canvas.width_px, view.canvas.height_px],
                    "sizes": {name: list(size) for name, size in sorted(view.sizes.items())},
                    "floor_points": [[*point.image_px, *point.plan_m] for point in view.camera.floor_points]
                    if is_plan
                    else None,
                    "files": list(view.files),
                }
                for view in views
            },
        }
    )


def _tables(
    lake: Lake, site: Site, locating: Locating, night: date, to_do: Sequence[Drawing], views: Mapping[str, _View]
) -> dict[str, list[pa.Table]]:
    """Return the rows of each drawing, camera by camera; one camera's points are in memory at a time."""
    tables: dict[str, list[pa.Table]] = {name_of(each): [] for each in to_do}
    for camera_id, view in views.items():
        wanted = [each for each in to_do if view in _on(each, views)]
        if not wanted:
            continue
        size_of = _size_of_tracklets(lake, night, view)
        points, boundary = (_points(lake, contract, night, camera_id) for contract in (TRACK_POINTS, BOUNDARY_POINTS))
        seen = sightings(points, boundary, size_of, view.canvas, locating)
        for each in wanted:
            rows = locate(seen, each, Place(site.site_id, night, camera_id), view.projection)
            tables[name_of(each)].append(rows)
    return tables


def _size_of_tracklets(lake: Lake, night: date, view: _View) -> dict[str, Size]:
    names = lake.read(TRACKLETS, [night], [view.camera.camera_id], ["tracklet_id", "recording_id"])
    tracklet_ids, recording_ids = (names[column].to_pylist() for column in names.column_names)
    if lacking := set(recording_ids) - set(view.sizes):
        raise _without_size(view.camera.camera_id, night, min(lacking))
    return {name: view.sizes[recording] for name, recording in zip(tracklet_ids, recording_ids, strict=True)}


def _without_size(camera_id: str, night: date, of: str) -> LakeError:
    return LakeError(
        f"expected the size of every recording with tracklets, {camera_id} has none of {of} in {night}: run "
        f"`crosscam run --night {night}`, which lists recordings anew"
    )


def _points(lake: Lake, contract: Contract, night: date, camera_id: str) -> pa.Table:
    return lake.read(contract, [night], [camera_id], POINT_COLUMNS)


def _misfits(views: Sequence[_View]) -> str | None:
    """Say which recordings are left out since their pictures have another shape than the one that was drawn on."""
    told = [
        f"{view.camera.camera_id}: drawn on {view.canvas.width_px} x {view.canvas.height_px} px, recordings of "
        f"{width} x {height} px have another shape and are left out"
        for view in views
        for width, height in view.canvas.misfits
    ]
    return "; ".join(told) or None
