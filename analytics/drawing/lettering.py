"""Text on pictures: antialiased, in any script that the font has, at a size in px.

The font is OpenCV's own (Rubik), whose digits are all of one width: a clock does not jitter.
"""

from functools import lru_cache
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from analytics.drawing.colours import Bgr
from analytics.geometry import ImageArray

WHITE: Bgr = (255, 255, 255)
BLACK: Bgr = (0, 0, 0)
REGULAR, BOLD = 450, 700
_DARK: Bgr = (28, 24, 22)
_OPACITY = 0.72  # of a plate behind text: the picture below it is still to be seen

Box = tuple[int, int, int, int]
"""Left, top, right, bottom, px; right and bottom exclusive."""


def text_size(scale: float, base: float = 11.0) -> int:
    """Return the size of text in px: legible from 640 px of width on, and larger with the picture.

    Args:
        scale: width of the picture / 640.
        base: size on a picture of 640 px.
    """
    return int(max(base, base * scale**0.9) + 0.5)


@lru_cache(maxsize=512)
def _letters(text: str, size: int, weight: int) -> npt.NDArray[np.float32]:
    """Return the (h, w) coverage of a line of text, in [0, 1]; h depends on the size alone."""
    font = cv2.FontFace("sans")
    x, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), font, size, weight)
    canvas = np.zeros((round(size * 1.3), width + x + 2, 3), np.uint8)
    cv2.putText(canvas, text, (0, size), WHITE, font, size, weight)
    return canvas[:, :, 0].astype(np.float32) / np.float32(255)


def measure(text: str, size: int, weight: int = REGULAR) -> tuple[int, int]:
    """Return width and height of a line of text, px."""
    height, width = _letters(text, size, weight).shape
    return width, height


def write(
    pixels: ImageArray, text: str, left: int, top: int, size: int, colour: Bgr = WHITE, weight: int = REGULAR
) -> int:
    """Write a line of text in place, cut at the picture's edges; return where it ends, px from the left."""
    covered = _letters(text, size, weight)
    height_px, width_px = pixels.shape[:2]
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(width_px, left + covered.shape[1]), min(height_px, top + covered.shape[0])
    if x0 < x1 and y0 < y1:
        share = covered[y0 - top : y1 - top, x0 - left : x1 - left, None]
        below = pixels[y0:y1, x0:x1]
        below[:] = (below * (1 - share) + np.array(colour, np.float32) * share + 0.5).astype(np.uint8)
    return left + int(covered.shape[1])


def plate(pixels: ImageArray, box: Box, colour: Bgr = _DARK, opacity: float = _OPACITY) -> None:
    """Tint a rectangle in place, cut at the picture's edges."""
    height_px, width_px = pixels.shape[:2]
    x0, y0, x1, y1 = max(0, box[0]), max(0, box[1]), min(width_px, box[2]), min(height_px, box[3])
    if x0 < x1 and y0 < y1:
        below = pixels[y0:y1, x0:x1]
        below[:] = cv2.addWeighted(below, 1 - opacity, np.full_like(below, colour), opacity, 0)


def chip_size(text: str, size: int) -> tuple[int, int]:
    """Return width and height of a label, px."""
    width, height = measure(text, size, BOLD)
    pad = max(3, size // 3)
    return width + 2 * pad, height + pad // 2


def chip(
    pixels: ImageArray,
    text: str,
    left: int,
    top: int,
    size: int,
    *,
    colour: Bgr = _DARK,
    opacity: float = _OPACITY,
) -> None:
    """Draw a label of `chip_size` in place: text on a plate, black or white, whichever stands out more."""
    width, height = chip_size(text, size)
    plate(pixels, (left, top, left + width, top + height), colour, opacity)
    pad = max(3, size // 3)
    write(pixels, text, left + pad, top + pad // 4, size, ink(colour), BOLD)


def ink(colour: Bgr) -> Bgr:
    """Return black or white: which of them contrasts more with a colour."""
    blue, green, red = ((channel / 255) ** 2.2 for channel in colour)
    luminance = 0.0722 * blue + 0.7152 * green + 0.2126 * red
    return BLACK if luminance > 0.18 else WHITE  # 0.18: where the contrast of both is the same (WCAG 2.2)


def fixed(points: Any) -> Any:
    """Return points as OpenCV's fixed-point coordinates of `SHIFT` bits: lines lie between pixels, not on them."""
    return np.round(np.asarray(points, np.float64) * (1 << SHIFT)).astype(np.int32)


SHIFT: Literal[4] = 4
