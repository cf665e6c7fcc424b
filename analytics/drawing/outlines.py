"""Zones and lines of a site on a camera's picture, with their names. White: colours belong to people."""

from dataclasses import dataclass

import cv2
import numpy as np

from analytics.drawing.lettering import BLACK, SHIFT, WHITE, Box, chip, chip_size, fixed, text_size
from analytics.geometry import FloatArray, ImageArray
from analytics.sites import Line, Site, Zone

_FILL = 0.10  # of white over a zone
_EDGE = (90, 86, 82)  # around white: dark enough for a white floor, pale enough not to hide what is below
_DASH_PX = 9.0  # on a picture of 640 px


@dataclass(frozen=True, slots=True)
class Outlines:
    """What is drawn on the pictures of one camera and size.

    Attributes:
        zones: name and (k, 2) corners, px of these pictures.
        lines: name, and (2, 2) start and end, and the (2,) direction of unit length in which a crossing is "in".
        scale: width of the pictures / 640.
    """

    zones: tuple[tuple[str, FloatArray], ...]
    lines: tuple[tuple[str, FloatArray, FloatArray], ...]
    scale: float


def outlines(site: Site, camera_id: str, width_px: int, height_px: int) -> Outlines:
    """Return a camera's zones and lines on pictures of a size; those on the floor plan have no place there.

    Args:
        site: zones and lines, px of the size that the camera states.
        camera_id: the camera.
        width_px: of the pictures.
        height_px: of the pictures.
    """
    camera = site.camera(camera_id)
    factor = np.array([width_px / (camera.width_px or width_px), height_px / (camera.height_px or height_px)])
    zones = [zone for zone in site.zones if zone.camera_id == camera_id]
    lines = [line for line in site.lines if line.camera_id == camera_id]
    return Outlines(
        tuple((_name_of(zone), np.array(zone.polygon) * factor) for zone in zones),
        tuple((_name_of(line), *_placed(line, factor)) for line in lines),
        width_px / 640,
    )


def draw_outlines(pixels: ImageArray, drawn: Outlines) -> None:
    """Draw zones and lines on a (height, width, 3) picture in place.

    A line has an arrow from its middle to where a crossing is "in".
    """
    thickness = max(1, round(1.2 * drawn.scale))
    for _, corners in drawn.zones:
        _tint(pixels, corners)
        _stroke(pixels, corners, True, thickness)
    for _, ends, inwards in drawn.lines:
        _dashed(pixels, ends, drawn.scale)
        _arrow(pixels, ends.mean(axis=0), inwards, drawn.scale)


def draw_names(pixels: ImageArray, drawn: Outlines) -> list[Box]:
    """Write the names of zones and lines on a picture in place; return where, px."""
    size = text_size(drawn.scale, 10)
    boxes = []
    for name, corners in drawn.zones:
        lowest = corners[corners[:, 1].argmax()]
        boxes.append(_name(pixels, name, (float(lowest[0]), float(lowest[1]) - size), size))
    for name, ends, inwards in drawn.lines:
        away = ends.mean(axis=0) - inwards * 14 * drawn.scale
        boxes.append(_name(pixels, name, (float(away[0]), float(away[1])), size))
    return boxes


def _name_of(drawing: Zone | Line) -> str:
    return drawing.name or (drawing.zone_id if isinstance(drawing, Zone) else drawing.line_id)


def _placed(line: Line, factor: FloatArray) -> tuple[FloatArray, FloatArray]:
    ends = np.array([line.start, line.end]) * factor
    along = ends[1] - ends[0]
    # y points down: the left of somebody who looks from start to end is at (y, -x) of the way
    left = np.array([along[1], -along[0]]) / max(float(np.hypot(*along)), 1e-9)
    return ends, -left if line.in_from == "left" else left


def _name(pixels: ImageArray, name: str, middle: tuple[float, float], size: int) -> Box:
    width, height = chip_size(name, size)
    height_px, width_px = pixels.shape[:2]
    left = round(min(max(middle[0] - width / 2, 2), width_px - width - 2))
    top = round(min(max(middle[1] - height / 2, 2), height_px - height - 2))
    chip(pixels, name, left, top, size)
    return left, top, left + width, top + height


def _tint(pixels: ImageArray, corners: FloatArray) -> None:
    height_px, width_px = pixels.shape[:2]
    low = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, (width_px, height_px))
    high = np.clip(np.ceil(corners.max(axis=0)).astype(int), 0, (width_px, height_px))
    part = pixels[low[1] : high[1], low[0] : high[0]]
    if part.size:
        lit = part.copy()
        cv2.fillPoly(lit, [fixed(corners - low)], WHITE, cv2.LINE_AA, SHIFT)
        part[:] = cv2.addWeighted(part, 1 - _FILL, lit, _FILL, 0)


def _stroke(pixels: ImageArray, points: FloatArray, is_closed: bool, thickness: int) -> None:
    for colour, width in ((_EDGE, thickness + 2), (WHITE, thickness)):
        cv2.polylines(pixels, [fixed(points)], is_closed, colour, width, cv2.LINE_AA, SHIFT)


def _dashed(pixels: ImageArray, ends: FloatArray, scale: float) -> None:
    thickness = max(2, round(2.5 * scale))
    cv2.polylines(pixels, [fixed(ends)], False, BLACK, thickness + 2, cv2.LINE_AA, SHIFT)
    length = float(np.hypot(*(ends[1] - ends[0])))
    count = max(1, round(length / (_DASH_PX * scale)))
    for number in range(0, 2 * count, 2):
        pair = [ends[0] + (ends[1] - ends[0]) * share / (2 * count) for share in (number + 0.3, number + 1.3)]
        cv2.polylines(pixels, [fixed(pair)], False, WHITE, thickness, cv2.LINE_AA, SHIFT)


def _arrow(pixels: ImageArray, middle: FloatArray, inwards: FloatArray, scale: float) -> None:
    aside = np.array([-inwards[1], inwards[0]])
    tip, base = middle + inwards * 15 * scale, middle + inwards * 6 * scale
    head = np.array([tip, base + aside * 6 * scale, base - aside * 6 * scale])
    cv2.fillPoly(pixels, [fixed(head)], WHITE, cv2.LINE_AA, SHIFT)
    cv2.polylines(pixels, [fixed(head)], True, BLACK, 1, cv2.LINE_AA, SHIFT)
