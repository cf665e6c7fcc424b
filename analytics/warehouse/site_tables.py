"""What the site file says, as relations beside the tables: the site, its cameras, zones and lines."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from analytics.contracts import Column, Contract, one_of
from analytics.fields import Point
from analytics.sites import Site

_SITE_ID = Column("site_id", pa.string(), "the site")
_UNIT = Column("unit", pa.string(), "px: drawn on the camera's picture; m: on the floor plan")
_DRAWN_ON = Column("camera_id", pa.string(), "camera on whose picture it is drawn; null: on the floor plan", True)

SITE = Contract(
    name="site",
    version=1,
    key=("site_id",),
    columns=(
        _SITE_ID,
        Column("timezone", pa.string(), "IANA name: `hour_at at time zone timezone` is the local time"),
        Column("day_starts_at", pa.string(), "local time HH:MM:SS at which a new night begins"),
        Column("plan_width_m", pa.float64(), "width of the floor plan, m; null: no plan", True),
        Column("plan_height_m", pa.float64(), "height of the floor plan, m", True),
    ),
)

CAMERAS = Contract(
    name="cameras",
    version=1,
    key=("camera_id",),
    columns=(
        _SITE_ID,
        Column("camera_id", pa.string(), "the camera"),
        Column("folder", pa.string(), "path below the footage folder of its files"),
        Column("clock_offset_s", pa.float64(), "what its clock shows minus true UTC, seconds"),
        Column("width_px", pa.int32(), "width of the picture that zones and lines are drawn on, px", True),
        Column("height_px", pa.int32(), "height of it, px", True),
        Column("is_on_plan", pa.bool_(), "its picture is projected to the floor plan"),
    ),
)

ZONES = Contract(
    name="zones",
    version=1,
    key=("zone_id",),
    columns=(
        _SITE_ID,
        Column("zone_id", pa.string(), "the zone"),
        Column("name", pa.string(), "what people call it; its id where the site file names it nothing else"),
        Column("kind", pa.string(), "area, queue, service or entrance"),
        Column("serves", pa.string(), "the queue zone whose people a service zone serves", True),
        _DRAWN_ON,
        _UNIT,
        Column("polygon", pa.string(), "its outline as well-known text, closed; x to the right, y down"),
    ),
    rules=(one_of("unit", ("px", "m")),),
)

LINES = Contract(
    name="lines",
    version=1,
    key=("line_id",),
    columns=(
        _SITE_ID,
        Column("line_id", pa.string(), "the line"),
        Column("name", pa.string(), "what people call it; its id where the site file names it nothing else"),
        Column("in_from", pa.string(), "side from which a crossing is in, looking from its start to its end"),
        _DRAWN_ON,
        _UNIT,
        Column("segment", pa.string(), "from start to end as well-known text; x to the right, y down"),
    ),
    rules=(one_of("unit", ("px", "m")), one_of("in_from", ("left", "right"))),
)

SITE_TABLES = (SITE, CAMERAS, ZONES, LINES)
"""What the site file says; without a site file they have no rows."""


def rows_of(site: Site) -> tuple[tuple[Contract, pa.Table], ...]:
    """Return the site's relations with their rows."""
    place = {"site_id": site.site_id}
    plan = site.floor_plan
    about = {
        **place,
        "timezone": site.timezone,
        "day_starts_at": site.day_starts_at.isoformat(),
        "plan_width_m": plan.width_m if plan else None,
        "plan_height_m": plan.height_m if plan else None,
    }
    cameras = [
        {
            **place,
            "camera_id": camera.camera_id,
            "folder": camera.footage_folder,
            "clock_offset_s": camera.clock_offset_s,
            "width_px": camera.width_px,
            "height_px": camera.height_px,
            "is_on_plan": bool(camera.floor_points),
        }
        for camera in site.cameras
    ]
    zones = [
        {
            **place,
            "zone_id": zone.zone_id,
            "name": zone.name or zone.zone_id,
            "kind": zone.kind,
            "serves": zone.serves,
            "camera_id": zone.camera_id,
            "unit": "m" if zone.camera_id is None else "px",
            "polygon": f"POLYGON (({_points((*zone.polygon, zone.polygon[0]))}))",
        }
        for zone in site.zones
    ]
    lines = [
        {
            **place,
            "line_id": line.line_id,
            "name": line.name or line.line_id,
            "in_from": line.in_from,
            "camera_id": line.camera_id,
            "unit": "m" if line.camera_id is None else "px",
            "segment": f"LINESTRING ({_points((line.start, line.end))})",
        }
        for line in site.lines
    ]
    rows: tuple[list[dict[str, Any]], ...] = ([about], cameras, zones, lines)
    return tuple((contract, contract.from_rows(found)) for contract, found in zip(SITE_TABLES, rows, strict=True))


def _points(points: Sequence[Point]) -> str:
    return ", ".join(f"{x:.10g} {y:.10g}" for x, y in points)
