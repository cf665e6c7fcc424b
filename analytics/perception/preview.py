"""A picture of what a camera shows after its masks, with its zones and lines, for whoever has to verify them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from analytics.errors import RecordingError
from analytics.fields import Point
from analytics.perception.video import first_frame
from analytics.sites import Line, Site

_ZONE_BGR = (0, 200, 255)
_LINE_BGR = (255, 128, 0)


def preview(path: Path, site: Site, camera_id: str) -> bytes:
    """Return the first picture of a recording as a JPEG: upright, masks applied, zones and lines outlined.

    A line has a dot at its start. Nothing of what a mask hides is in the picture.

    Raises:
        RecordingError: the file has no picture, or one of another shape than the masks are drawn on.
    """
    import cv2

    camera = site.camera(camera_id)
    pixels = first_frame(path, camera, 0).pixels.copy()
    height_px, width_px = pixels.shape[:2]
    scale = (width_px / (camera.width_px or width_px), height_px / (camera.height_px or height_px))
    thickness = max(1, round(height_px / 360))
    for zone in site.zones:
        if zone.camera_id == camera_id:
            cv2.polylines(pixels, [_scaled(zone.polygon, scale)], True, _ZONE_BGR, thickness)
    for line in site.lines:
        if line.camera_id == camera_id:
            _draw_line(pixels, line, scale, thickness)
    is_encoded, jpeg = cv2.imencode(".jpg", pixels)
    if not is_encoded:
        raise RecordingError(f"has a picture of {width_px} x {height_px} px that no JPEG can hold")
    return bytes(jpeg.tobytes())


def _draw_line(pixels: Any, line: Line, scale: tuple[float, float], thickness: int) -> None:
    import cv2

    points = _scaled((line.start, line.end), scale)
    cv2.polylines(pixels, [points], False, _LINE_BGR, thickness)
    start_px = (int(points[0, 0]), int(points[0, 1]))
    cv2.circle(pixels, start_px, 3 * thickness, _LINE_BGR, cv2.FILLED)


def _scaled(points: Iterable[Point], scale: tuple[float, float]) -> Any:
    return np.array([(round(x * scale[0]), round(y * scale[1])) for x, y in points], np.int32)
