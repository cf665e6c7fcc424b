"""A shop of 10 m by 8 m whose two cameras look straight down, and people in it whose places are told in metres.

Camera `left` shows the plan from x = 0 to 6, camera `right` from x = 4 to 10, both with 10 px for a metre: what lies
between 4 and 6 is in both views.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pyarrow as pa

from analytics.sites import Camera, FloorPlan, PlanPoint, Site, Zone
from analytics.tables import TRACK_POINTS
from tests.builders.answers import NIGHT, START

PX_PER_M = 10.0
_LEFT_EDGE_M = {"left": 0.0, "right": 4.0}
_CORNERS = ((0.0, 0.0), (60.0, 0.0), (60.0, 80.0), (0.0, 80.0))

SHOP_FLOOR = Site(
    site_id="shop",
    cameras=tuple(
        Camera(
            camera_id=name,
            width_px=100,
            height_px=100,
            floor_points=tuple(
                PlanPoint(image_px=(x, y), plan_m=(edge_m + x / PX_PER_M, y / PX_PER_M)) for x, y in _CORNERS
            ),
        )
        for name, edge_m in _LEFT_EDGE_M.items()
    ),
    zones=(Zone(zone_id="till", camera_id=None, polygon=((1.0, 1.0), (2.0, 1.0), (2.0, 2.0))),),
    floor_plan=FloorPlan(width_m=10.0, height_m=8.0),
)

Places = Sequence[tuple[float, float, float]]
"""Seconds from the start, x and y on the plan in metres."""


def floor_points(places: Mapping[tuple[str, str], Places]) -> pa.Table:
    """Return the track points of tracklets in cameras; feet are stated, not the bottom of the box."""
    rows = []
    for (tracklet, camera), of_tracklet in places.items():
        for seconds, x_m, y_m in of_tracklet:
            x, y = (x_m - _LEFT_EDGE_M[camera]) * PX_PER_M, y_m * PX_PER_M
            rows.append(
                {
                    "site_id": "shop",
                    "night": NIGHT,
                    "tracklet_id": tracklet,
                    "camera_id": camera,
                    "captured_at": START + timedelta(seconds=seconds),
                    "detection_no": 0,
                    **dict(zip(("x_min", "y_min", "x_max", "y_max"), (x - 1, y - 8, x + 1, y - 1), strict=True)),
                    "foot_x": x,
                    "foot_y": y,
                }
            )
    return TRACK_POINTS.from_rows(rows)


def standing(x_m: float, y_m: float, from_s: float, until_s: float, step_s: float = 0.5) -> Places:
    """Return somebody who stands still, a point every step."""
    return [(from_s + number * step_s, x_m, y_m) for number in range(round((until_s - from_s) / step_s))]
