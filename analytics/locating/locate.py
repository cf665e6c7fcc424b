"""Locate the tracklets of one camera: stored points in, presence in zones and crossings of lines out.

The steps: where each point's feet are (`feet`), who is tracked twice (`twins`), where that is on the floor plan
(`floor`), how feet move over a border (`runs`), and what that means for a zone (`zones`) and for a line (`lines`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.contracts import INSTANT, Contract
from analytics.geometry import IntArray
from analytics.locating.drawings import Canvas, Drawing, Size
from analytics.locating.feet import feet_of, measured
from analytics.locating.floor import FloorProjection
from analytics.locating.lines import passages
from analytics.locating.sightings import Sightings
from analytics.locating.twins import shadows
from analytics.locating.zones import stays
from analytics.marts import LINE_CROSSINGS, ZONE_PRESENCE
from analytics.settings import Locating
from analytics.sites import Line, Zone
from analytics.timebase import seconds_us

POINT_COLUMNS = ("tracklet_id", "captured_at", "x_min", "y_min", "x_max", "y_max", "foot_x", "foot_y")
"""What is read of track points and boundary points."""

_DEFAULT_STEP_S = 0.1
"""How long a point lasts in a camera of which no tracklet has two; its presence is a single frame anyway."""

_NEXT_STEPS = 1.5
"""Usual steps from one point to the next within which nothing is missing between them, however rare frames are."""


@dataclass(frozen=True, slots=True)
class Place:
    """What every row of one camera's night has in common."""

    site_id: str
    night: date
    camera_id: str


def sightings(
    points: pa.Table, boundary: pa.Table, sizes: Mapping[str, Size], canvas: Canvas, locating: Locating
) -> Sightings:
    """Return one camera's points with their feet, in px of its canvas.

    Args:
        points: `POINT_COLUMNS` of the camera's track points.
        boundary: the same of its boundary points.
        sizes: of the recording of each tracklet, by tracklet id.
        canvas: what is drawn on; points of recordings that do not fit it are left out.
        locating: margins and limits.
    """
    both = pa.concat_tables([points.select(POINT_COLUMNS), boundary.select(POINT_COLUMNS)])
    names = pc.dictionary_encode(both["tracklet_id"]).combine_chunks()
    is_own = np.arange(both.num_rows) < points.num_rows
    captured_at = both["captured_at"].cast(pa.int64()).to_numpy()
    tracklet_ids = tuple(names.dictionary.to_pylist())
    nos = names.indices.to_numpy().astype(np.int64)
    scales = np.array([canvas.scales.get(sizes[name], (np.nan, np.nan)) for name in tracklet_ids]).reshape(-1, 2)[nos]
    order = np.lexsort((captured_at, nos))
    order = order[np.isfinite(scales[order, 0])]
    values = {name: both[name].to_numpy().astype(np.float64) for name in POINT_COLUMNS[2:]}
    nos, captured_at, is_own, scales = nos[order], captured_at[order], is_own[order], scales[order]
    boxes = np.stack([values[name][order] for name in POINT_COLUMNS[2:6]], axis=1) * np.tile(scales, 2)
    stated = np.stack([values[name][order] for name in POINT_COLUMNS[6:]], axis=1) * scales
    step_us = _step_us(nos, captured_at)
    seen = Sightings(
        tracklet_ids,
        nos,
        captured_at,
        is_own,
        feet_of(boxes, stated, nos, canvas.height_px, locating),
        # a margin is for the jitter of a box's edge: a measured foot has none
        np.where(measured(boxes, stated), 0.0, locating.margin_heights * (boxes[:, 3] - boxes[:, 1])),
        step_us,
        max(seconds_us(locating.max_hole_s), round(_NEXT_STEPS * step_us)),
    )
    return replace(seen, is_own=is_own & ~shadows(seen))


def _step_us(nos: IntArray, captured_at: IntArray) -> int:
    """Return the usual time from one point of a tracklet to its next."""
    steps = np.diff(captured_at)[nos[1:] == nos[:-1]]
    return int(np.median(steps)) if len(steps) else seconds_us(_DEFAULT_STEP_S)


def contract_of(drawing: Drawing) -> Contract:
    """Return the contract of what a drawing gives."""
    return ZONE_PRESENCE if isinstance(drawing, Zone) else LINE_CROSSINGS


def locate(seen: Sightings, drawing: Drawing, place: Place, projection: FloorProjection | None) -> pa.Table:
    """Return who was in a zone, or who crossed a line.

    Args:
        seen: one camera's points, in px of its canvas.
        drawing: drawn on this camera's image, or on the floor plan.
        place: of the rows.
        projection: of the camera; a camera without one gives a drawing on the plan no rows.

    Returns:
        Contract ZONE_PRESENCE for a zone, LINE_CROSSINGS for a line.
    """
    if drawing.camera_id is None:
        if projection is None:
            return contract_of(drawing).empty()
        seen = seen.on_plan(projection)
    return _presence(seen, drawing, place) if isinstance(drawing, Zone) else _crossings(seen, drawing, place)


def _presence(seen: Sightings, zone: Zone, place: Place) -> pa.Table:
    found = stays(seen, np.array(zone.polygon, np.float64))
    return ZONE_PRESENCE.from_columns(
        {
            **_common(seen, found.tracklet_nos, place),
            "zone_id": pa.array([zone.zone_id] * len(found.entered_at), pa.string()),
            "entered_at": _instants(found.entered_at),
            "left_at": _instants(found.left_at),
            "begins_inside": found.begins_inside,
            "ends_inside": found.ends_inside,
        }
    )


def _crossings(seen: Sightings, line: Line, place: Place) -> pa.Table:
    found = passages(seen, np.array(line.start, np.float64), np.array(line.end, np.float64))
    is_in = found.from_left == (line.in_from == "left")
    return LINE_CROSSINGS.from_columns(
        {
            **_common(seen, found.tracklet_nos, place),
            "line_id": pa.array([line.line_id] * len(is_in), pa.string()),
            "crossed_at": _instants(found.crossed_at),
            "direction": pa.array(np.where(is_in, "in", "out").tolist(), pa.string()),
        }
    )


def _common(seen: Sightings, nos: IntArray, place: Place) -> dict[str, Any]:
    names: Sequence[str] = [seen.tracklet_ids[number] for number in nos.tolist()]
    return {
        "site_id": place.site_id,
        "night": pa.array([place.night] * len(names), pa.date32()),
        "camera_id": place.camera_id,
        "tracklet_id": pa.array(names, pa.string()),
    }


def _instants(values: Any) -> pa.Array:
    return pa.array(np.asarray(values, np.int64), pa.int64()).cast(INSTANT)
