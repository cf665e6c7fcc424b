"""Where a floor plan lies in the coordinates of a map: values and the affine transform that follows. No GIS library."""

from math import cos, radians, sin
from typing import Annotated

from pydantic import FiniteFloat, StringConstraints

from analytics.fields import FrozenModel, Point
from analytics.geometry import FloatArray

Affine = tuple[float, float, float, float, float, float]
"""a, b, c, d, e, f of east = a x + b y + c and north = d x + e y + f."""


class Georeference(FrozenModel):
    """A plan's place in a projected coordinate system whose unit is the metre."""

    crs: Annotated[str, StringConstraints(pattern=r"^EPSG:\d{4,6}$")]
    """Code of the coordinate system, such as EPSG:25832."""

    origin: Point
    """Easting and northing of the plan's top left corner, metres."""

    rotation_deg: FiniteFloat = 0.0
    """By how much the plan's x is turned counter-clockwise from east, degrees."""

    @property
    def affine(self) -> Affine:
        """The transform of plan metres (x right, y down) to easting and northing."""
        turn = radians(self.rotation_deg)
        return cos(turn), sin(turn), self.origin[0], sin(turn), -cos(turn), self.origin[1]


PLAN_ITSELF: Affine = (1.0, 0.0, 0.0, 0.0, -1.0, 0.0)
"""For a plan without a place on a map: x to the right and y up from its top left corner, so that y is negative."""


def applied(affine: Affine, points: FloatArray) -> FloatArray:
    """Return the (n, 2) eastings and northings of (n, 2) plan points."""
    a, b, c, d, e, f = affine
    moved: FloatArray = points @ [[a, d], [b, e]] + [c, f]
    return moved


def of_pixels(affine: Affine, x_m: float, y_m: float) -> Affine:
    """Return the transform of columns and rows, counted from the corner of the top left pixel.

    Args:
        affine: of plan metres.
        x_m: width of a pixel on the plan, metres.
        y_m: its height.
    """
    a, b, c, d, e, f = affine
    return a * x_m, b * y_m, c, d * x_m, e * y_m, f


def world_file(pixels: Affine) -> str:
    """Return the six lines of a world file (.pgw) of a picture whose pixels have this transform."""
    a, b, c, d, e, f = pixels
    # a world file counts from the middle of the top left pixel, and has the numbers by column of the matrix
    lines = (a, d, b, e, c + (a + b) / 2, f + (d + e) / 2)
    return "".join(f"{value:.10f}\n" for value in lines)
