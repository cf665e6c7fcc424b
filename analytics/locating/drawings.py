"""What is drawn on a camera's image or on the plan, and the checks that need to know how large recordings are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from analytics.errors import ConfigError
from analytics.geometry import polygon_area
from analytics.perception.masks import MAX_ASPECT_ERROR
from analytics.sites import Camera, Line, Site, Zone

Drawing = Zone | Line
Size = tuple[int, int]
"""Width and height, px."""

_LEAST_AREA = 1e-9
"""Area of a polygon, of its bounding square, below which its corners are on one line; rounding leaves 1e-16."""


def drawings_of(site: Site) -> tuple[Drawing, ...]:
    """Return the zones and lines of a site, in its order.

    Raises:
        ConfigError: a zone has no area.
    """
    for number, zone in enumerate(site.zones):
        corners = np.array(zone.polygon, np.float64)
        if polygon_area(corners) <= _LEAST_AREA * float(np.ptp(corners, axis=0).max()) ** 2:
            reason = f"expected a polygon with an area, the corners of {zone.zone_id} are on one line"
            raise ConfigError(reason, field=f"zones.{number}.polygon")
    return (*site.zones, *site.lines)


def name_of(drawing: Drawing) -> str:
    """Return what a drawing is called among all of a site: a zone and a line may have the same id."""
    return f"zone-{drawing.zone_id}" if isinstance(drawing, Zone) else f"line-{drawing.line_id}"


def corners_of(drawing: Drawing) -> tuple[tuple[float, float], ...]:
    """Return the corners of a zone or the ends of a line."""
    return drawing.polygon if isinstance(drawing, Zone) else (drawing.start, drawing.end)


@dataclass(frozen=True, slots=True)
class Canvas:
    """What a camera's zones, lines and floor points are drawn on, and how its recordings are laid on it.

    Attributes:
        width_px: width of the picture that was drawn on.
        height_px: its height.
        scales: of each size of recording, what its x and y are multiplied by.
        misfits: sizes of another shape: no place of their pictures is known.
    """

    width_px: int
    height_px: int
    scales: Mapping[Size, tuple[float, float]]
    misfits: tuple[Size, ...] = ()


def canvas_of(camera: Camera, sizes: Iterable[Size], drawings: Iterable[Drawing]) -> Canvas | None:
    """Return what a camera's drawings are on; None when it has no recordings.

    Args:
        camera: the camera.
        sizes: of its recordings of a night.
        drawings: those on its image.

    Raises:
        ConfigError: the camera states no size and its recordings have several, or something is drawn outside their
            image.
    """
    found = sorted(set(sizes))
    if not found:
        return None
    where = f"cameras.{camera.camera_id}.width_px"
    if camera.width_px is None or camera.height_px is None:
        if len(found) > 1:
            told = ", ".join(f"{width} x {height}" for width, height in found)
            raise ConfigError(
                f"expected width_px and height_px of the picture that was drawn on: recordings are {told} px",
                field=where,
            )
        width_px, height_px = found[0]
        _check_inside(camera, found[0], drawings)
    else:
        width_px, height_px = camera.width_px, camera.height_px
    scales = {(width, height): (width_px / width, height_px / height) for width, height in found}
    misfits = tuple(size for size, (x, y) in scales.items() if abs(x / y - 1) > MAX_ASPECT_ERROR + 1e-9)
    return Canvas(width_px, height_px, {size: scales[size] for size in found if size not in misfits}, misfits)


def _check_inside(camera: Camera, size: Size, drawings: Iterable[Drawing]) -> None:
    for drawing in drawings:
        for x, y in corners_of(drawing):
            if not (0 <= x <= size[0] and 0 <= y <= size[1]):
                raise ConfigError(
                    f"expected points inside the image of {camera.camera_id} ({size[0]} x {size[1]} px), got {x:g}, "
                    f"{y:g}; if it was drawn on a larger picture, state width_px and height_px of that",
                    field=name_of(drawing),
                )
