"""What the operator of a simulated site would write down: site.yaml, and the floor plan as a picture."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import yaml

from analytics.geometry import ImageArray
from analytics.simulation.navigation import Ground, ground_of
from analytics.simulation.obstacles import footprint, walls_of
from analytics.simulation.premises import Place, Premises
from analytics.simulation.scene import FloatArray
from analytics.simulation.sight import Sight, distances, overlaps, sight_of
from analytics.sites import Camera, FloorPlan, Line, PlanPoint, Site, Transit, Zone

PLAN_FILE = "plan.png"
PLAN_PX_PER_M = 40

FASTEST_M_S = 2.0
"""Nobody walks faster here (`motion` allows no more)."""

LONGEST_TRANSIT_S = 1800.0
"""Out of sight people may sit, shop or go to the washroom: half an hour."""

_FLOOR_POINTS = 8
_WALL_BGR, _FURNITURE_BGR, _OPEN_BGR, _ROOM_BGR, _OUTSIDE_BGR = (
    (60, 60, 60), (190, 175, 165), (222, 234, 222), (250, 250, 250), (215, 215, 215),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Surveyed:
    """Premises with what follows from them.

    Attributes:
        premises: the site.
        ground: where people can walk.
        sights: what each camera sees.
        site: what the operator writes down; clock errors are not in it.
    """

    premises: Premises
    ground: Ground
    sights: Mapping[str, Sight]
    site: Site


def survey(premises: Premises) -> Surveyed:
    """Work out what the cameras see and describe the site.

    Raises:
        ValueError: two cameras could see one person at once, a door is in view, or a zone or line is not in the picture
            of its camera.
    """
    ground = ground_of(premises.layout)
    sights = {camera_id: sight_of(premises.layout, view) for camera_id, view in premises.views.items()}
    problems = overlaps(sights, ground) + [
        f"{camera_id} sees the door at {door.place_m}"
        for door in premises.doors
        for camera_id, sight in sights.items()
        if sight.could_show(np.array([door.place_m]))[0]
    ]
    if problems:
        raise ValueError(f"site {premises.site_id}: {'; '.join(problems)}")
    site = Site(
        site_id=premises.site_id,
        timezone=premises.timezone,
        cameras=tuple(_camera(camera_id, sight, ground) for camera_id, sight in sights.items()),
        zones=tuple(
            Zone(
                zone_id=zone.zone_id,
                name=zone.name,
                camera_id=zone.camera_id,
                polygon=_drawn(zone.zone_id, zone.polygon_m, sights[zone.camera_id]),
                kind=zone.kind,
                serves=zone.serves,
            )
            for zone in premises.zones
        ),
        lines=tuple(
            Line(
                line_id=line.line_id,
                name=line.name,
                camera_id=line.camera_id,
                start=_drawn(line.line_id, (line.start_m,), sights[line.camera_id])[0],
                end=_drawn(line.line_id, (line.end_m,), sights[line.camera_id])[0],
                in_from=line.in_from,
            )
            for line in premises.crossings
        ),
        transits=tuple(
            Transit(
                from_camera=first,
                to_camera=second,
                min_s=float(np.floor(10 * length_m / FASTEST_M_S) / 10),
                max_s=LONGEST_TRANSIT_S,
            )
            for (first, second), length_m in distances(sights, ground).items()
        ),
        floor_plan=FloorPlan(width_m=premises.layout.width_m, height_m=premises.layout.height_m, image=PLAN_FILE),
    )
    return Surveyed(premises, ground, sights, site)


def site_yaml(site: Site, note: str) -> str:
    """Return the text of site.yaml, defaults left out.

    Args:
        site: what to write.
        note: first line, as a comment.
    """
    content = site.model_dump(mode="json", exclude_defaults=True)
    return f"# {note}\n" + yaml.safe_dump(content, sort_keys=False, width=120, default_flow_style=None)


def draw_plan(premises: Premises) -> ImageArray:
    """Return the floor plan as a BGR picture of `PLAN_PX_PER_M` pixels a metre."""
    import cv2

    layout = premises.layout
    size = (round(layout.height_m * PLAN_PX_PER_M), round(layout.width_m * PLAN_PX_PER_M), 3)
    picture = np.full(size, _OUTSIDE_BGR, np.uint8)
    for room in layout.rooms:
        corners = np.array([(room.x_min_m, room.y_min_m), (room.x_max_m, room.y_max_m)])
        low, high = _px(corners)
        cv2.rectangle(picture, low, high, _OPEN_BGR if room.kind == "open" else _ROOM_BGR, cv2.FILLED)
    for item in layout.furniture:
        cv2.fillPoly(picture, [np.array(_px(footprint(item)), np.int32)], _FURNITURE_BGR, cv2.LINE_AA)
    walls = walls_of(layout)
    for start, end, base_m in zip(walls.start_m, walls.end_m, walls.base_m, strict=True):
        if base_m == 0:
            low, high = _px(np.stack([start, end]))
            cv2.line(picture, low, high, _WALL_BGR, 4, cv2.LINE_AA)
    for camera_id, view in premises.views.items():
        place = np.array(view.position_m[:2])
        ahead = place + 0.8 * np.array([np.cos(view.yaw_rad), np.sin(view.yaw_rad)])
        (x, y), tip = _px(np.stack([place, ahead]))
        cv2.arrowedLine(picture, (x, y), tip, (30, 30, 200), 2, cv2.LINE_AA, tipLength=0.4)
        at = (min(max(4, x - 30), size[1] - 90), min(max(14, y - 8), size[0] - 6))
        cv2.putText(picture, camera_id, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (30, 30, 200), 1, cv2.LINE_AA)
    return picture


def _camera(camera_id: str, sight: Sight, ground: Ground) -> Camera:
    return Camera(
        camera_id=camera_id,
        width_px=sight.view.width_px,
        height_px=sight.view.height_px,
        floor_points=tuple(
            PlanPoint(
                image_px=(_rounded(px[0]), _rounded(px[1])), plan_m=(round(float(m[0]), 3), round(float(m[1]), 3))
            )
            for px, m in _spread_points(sight, ground)
        ),
    )


def _spread_points(sight: Sight, ground: Ground) -> list[tuple[FloatArray, FloatArray]]:
    """Return places of the floor that lie far from each other in the image, px and metres."""
    places = ground.node_m[sight.shows_floor(ground.node_m)]
    if len(places) < _FLOOR_POINTS:
        raise ValueError(f"a camera at {sight.view.position_m} sees next to no floor")
    pixels = sight.feet_px(places)
    chosen = [int(pixels[:, 1].argmax())]
    while len(chosen) < _FLOOR_POINTS:
        apart = np.hypot(*(pixels[:, None] - pixels[chosen][None]).transpose(2, 0, 1)).min(axis=1)
        chosen.append(int(apart.argmax()))
    return [(pixels[row], places[row]) for row in chosen]


def _drawn(name: str, corners_m: tuple[Place, ...], sight: Sight) -> tuple[Place, ...]:
    """Return where corners on the floor are in the image, px."""
    pixels = sight.feet_px(np.array(corners_m))
    limits = np.array([sight.view.width_px, sight.view.height_px])
    if not ((pixels >= 0) & (pixels <= limits)).all():
        shown = ", ".join(f"{x:.0f} {y:.0f}" for x, y in pixels)
        raise ValueError(f"{name} is not wholly in its camera's picture: its corners are at {shown} px")
    return tuple((_rounded(x), _rounded(y)) for x, y in pixels)


def _rounded(value: float) -> float:
    return round(float(value), 2)


def _px(points_m: FloatArray) -> list[tuple[int, int]]:
    return [(round(float(x) * PLAN_PX_PER_M), round(float(y) * PLAN_PX_PER_M)) for x, y in points_m]
