"""What zones and lines are drawn on: a picture of a camera without people, or the floor plan."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import cv2

from analytics.geometry import ImageArray
from analytics.heatmaps.backgrounds import background_of
from analytics.heatmaps.ordering import plan_of, sizes_of
from analytics.heatmaps.periods import period_of
from analytics.lake.lake import Lake
from analytics.sites import Site

_WIDEST_PX = 1920  # a wider one only takes longer to send
_QUALITY = 88


@dataclass(frozen=True)
class Still:
    """A picture to draw on.

    Attributes:
        jpeg: the picture; None: there is none, draw on plain ground.
        width: of what is drawn on, in the unit of its coordinates: px of the camera, or metres.
        height: of it.
        note: what a person should know; "" for nothing.
    """

    jpeg: bytes | None
    width: float
    height: float
    note: str = ""


def still_of(
    lake: Lake, site: Site, camera_id: str | None, night: date | None, *, footage: Path | None, site_folder: Path
) -> Still:
    """Return what is drawn on.

    Args:
        lake: recordings, and the boxes of people.
        site: cameras and floor plan.
        camera_id: the camera; None: the floor plan, which the site must have.
        night: whose recordings are looked at; None: the lake has none.
        footage: folder of the recordings; None: no picture of a camera.
        site_folder: the folder that the plan's picture is named from.

    Raises:
        ConfigError: the floor plan cannot be read.
    """
    if camera_id is None:
        plan = site.floor_plan
        pixels = plan_of(site, site_folder)
        width, height = (plan.width_m, plan.height_m) if plan else (1.0, 1.0)
        return Still(_jpeg(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)), width, height)
    camera = site.camera(camera_id)
    sizes = sorted(sizes_of(lake, [night] if night else []).get(camera_id, ()))
    width, height = (camera.width_px, camera.height_px) if camera.width_px and camera.height_px else (0, 0)
    if not width and sizes:
        width, height = sizes[-1]
    if not width:
        return Still(None, 1920, 1080, "No recording and no size in the site file: 1920 x 1080 px are assumed.")
    if footage is None or night is None:
        return Still(None, width, height, "No picture: start the dashboard with `--footage` to draw on one.")
    found = background_of(lake, camera, footage, period_of(site, [night]))
    if found is None:
        return Still(None, width, height, f"No recording of {camera_id} of this night can be read below {footage}.")
    return Still(_jpeg(found.pixels), width, height)


def _jpeg(pixels: ImageArray | cv2.typing.MatLike) -> bytes:
    height, width = pixels.shape[:2]
    if width > _WIDEST_PX:
        size = (_WIDEST_PX, round(height * _WIDEST_PX / width))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return bytes(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes())
