"""Zones and lines while they are drawn: plain values that a browser sends, which may not fit a site yet."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from analytics.errors import ConfigError
from analytics.sites import Line, Site, Zone

Shape = dict[str, Any]
"""key, type (zone or line), id, name ("": none), camera_id, kind, serves, in_from and points."""

KINDS = {"area": "Area", "queue": "Queue", "service": "Service, such as a till", "entrance": "Entrance"}


def shapes_of(site: Site) -> list[Shape]:
    """Return the zones and lines of a site as shapes, in its order."""
    zones = [
        _shape("zone", zone.zone_id, zone.name, zone.camera_id, zone.polygon, kind=zone.kind, serves=zone.serves)
        for zone in site.zones
    ]
    lines = [
        _shape("line", line.line_id, line.name, line.camera_id, (line.start, line.end), in_from=line.in_from)
        for line in site.lines
    ]
    return [*zones, *lines]


def drawings_of(shapes: Sequence[Shape]) -> tuple[tuple[Zone, ...], tuple[Line, ...]]:
    """Return shapes as zones and lines.

    Raises:
        ConfigError: one is none, such as a zone whose edges cross; it is named.
    """
    zones, lines = [], []
    for shape in shapes:
        common = {"name": shape["name"] or None, "camera_id": shape["camera_id"]}
        points = [tuple(point) for point in shape["points"]]
        try:
            if shape["type"] == "zone":
                serves = shape["serves"] if shape["kind"] == "service" else None
                zone = {"zone_id": shape["id"], "polygon": points, "kind": shape["kind"], "serves": serves}
                zones.append(Zone.model_validate({**zone, **common}))
            else:
                line = {"line_id": shape["id"], "start": points[0], "end": points[-1], "in_from": shape["in_from"]}
                lines.append(Line.model_validate({**line, **common}))
        except ValidationError as error:
            told = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise ConfigError(told, field=str(shape["name"] or shape["id"])) from error
    return tuple(zones), tuple(lines)


def merged(shapes: Sequence[Shape], drawn: Sequence[Mapping[str, Any]], camera_id: str | None) -> list[Shape]:
    """Return all shapes after a gesture on one picture.

    Args:
        shapes: all of the site.
        drawn: those of the picture, as the browser sent them.
        camera_id: whose picture; None: the floor plan.
    """
    sent = {str(shape["key"]): shape for shape in drawn}
    kept = []
    for shape in shapes:
        if shape["camera_id"] != camera_id:
            kept.append(shape)
        elif shape["key"] in sent:
            # the browser moves; what a shape is called and means is changed here
            kept.append({**shape, "points": _points(sent[shape["key"]])})
    known = {shape["key"] for shape in shapes}
    kept += [
        _shape(str(new["type"]), str(new["id"]), None, camera_id, _points(new))
        for key, new in sent.items()
        if key not in known
    ]
    return kept


def with_name(shapes: Sequence[Shape], key: str, name: str, *, is_new: bool) -> list[Shape]:
    """Return the shapes with one renamed; a new one gets an id that tells its name."""
    taken = {shape["id"] for shape in shapes if shape["key"] != key}
    renamed = []
    for shape in shapes:
        if shape["key"] == key:
            slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60]
            named = slug if is_new and slug and slug not in taken else shape["id"]
            shape = {**shape, "name": name.strip(), "id": named}
        renamed.append(shape)
    return renamed


def _points(shape: Mapping[str, Any]) -> list[list[float]]:
    return [[float(x), float(y)] for x, y in shape["points"]]


def _shape(
    kind_of: str,
    name_id: str,
    name: str | None,
    camera_id: str | None,
    points: Sequence[Sequence[float]],
    *,
    kind: str = "area",
    serves: str | None = None,
    in_from: str = "left",
) -> Shape:
    return {
        "key": f"{kind_of}-{name_id}",
        "type": kind_of,
        "id": name_id,
        "name": name or "",
        "camera_id": camera_id,
        "kind": kind,
        "serves": serves,
        "in_from": in_from,
        "points": [list(point) for point in points],
    }
