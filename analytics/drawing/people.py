"""People on a picture: boxes, the ways they came, and labels that cover no head."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from analytics.drawing.blurring import head_regions
from analytics.drawing.colours import Bgr
from analytics.drawing.lettering import BLACK, SHIFT, Box, chip, chip_size, fixed, text_size
from analytics.geometry import FloatArray, ImageArray

_TRAIL_OPACITY = 0.75


@dataclass(frozen=True, slots=True)
class Figure:
    """Somebody on a picture.

    Attributes:
        box: (4,) px.
        trails: (k, 2) foot points each, the oldest first, px.
        colour: of box, trails and label.
        label: what is written beside.
    """

    box: FloatArray
    trails: tuple[FloatArray, ...]
    colour: Bgr
    label: str

    def enlarged(self, factor: float) -> "Figure":
        """Return the figure on a picture that is so many times as large."""
        return replace(self, box=self.box * factor, trails=tuple(trail * factor for trail in self.trails))


def draw_people(pixels: ImageArray, figures: Sequence[Figure], taken: Iterable[Box] = ()) -> None:
    """Draw boxes and labels of people on a (height, width, 3) picture in place; their ways are drawn before.

    Args:
        pixels: the picture.
        figures: who is there; the last are drawn over the others.
        taken: parts of the picture that labels leave free if they can, px.
    """
    scale = pixels.shape[1] / 640
    for figure in figures:
        _draw_box(pixels, figure, scale)
    if figures:
        boxes = np.stack([figure.box for figure in figures])
        _draw_labels(pixels, figures, [_whole(region) for region in head_regions(boxes)], list(taken), scale)


def draw_trails(pixels: ImageArray, figures: Sequence[Figure]) -> None:
    """Draw the ways that people came on a (height, width, 3) picture in place, thinner where they are old."""
    scale = pixels.shape[1] / 640
    layer: ImageArray | None = None
    for figure in figures:
        for trail in figure.trails:
            if len(trail) < 2:
                continue
            layer = pixels.copy() if layer is None else layer
            thirds = np.array_split(np.arange(len(trail) - 1), 3)
            for age, part in enumerate(thirds):
                if len(part):
                    points = fixed(trail[part[0] : part[-1] + 2])
                    width = max(1, round((age + 1) * scale))
                    cv2.polylines(layer, [points], False, BLACK, width + 1, cv2.LINE_AA, SHIFT)
                    cv2.polylines(layer, [points], False, figure.colour, width, cv2.LINE_AA, SHIFT)
    if layer is not None:
        pixels[:] = cv2.addWeighted(pixels, 1 - _TRAIL_OPACITY, layer, _TRAIL_OPACITY, 0)


def _draw_box(pixels: ImageArray, figure: Figure, scale: float) -> None:
    """Outline somebody, with a dark edge on either side, so that it shows on any ground."""
    x0, y0, x1, y1 = figure.box.tolist()
    frame = fixed([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
    thickness = max(2, round(2 * scale))
    cv2.polylines(pixels, [frame], True, BLACK, thickness + max(2, round(scale)), cv2.LINE_AA, SHIFT)
    cv2.polylines(pixels, [frame], True, figure.colour, thickness, cv2.LINE_AA, SHIFT)


def _draw_labels(
    pixels: ImageArray, figures: Sequence[Figure], heads: list[Box], taken: list[Box], scale: float
) -> None:
    """Put each label where it covers least: heads count most, then other labels, then names of places."""
    size = text_size(scale)
    height_px, width_px = pixels.shape[:2]
    placed: list[Box] = []
    for figure in sorted(figures, key=lambda each: (-float(each.box[3]), each.label)):
        width, height = chip_size(figure.label, size)
        candidates = [
            (left, top, left + width, top + height)
            for left, top in _places(figure.box, width, height)
            if 0 <= left <= width_px - width and 0 <= top <= height_px - height
        ]
        if not candidates:
            left = round(min(max(float(figure.box[0]), 0), max(width_px - width, 0)))
            top = round(min(max(float(figure.box[3]) - height, 0), max(height_px - height, 0)))
            candidates = [(left, top, left + width, top + height)]
        best = min(
            candidates, key=lambda box: (overlap(box, heads), overlap(box, placed), overlap(box, taken))
        )  # of equals the first
        placed.append(best)
        chip(pixels, figure.label, best[0], best[1], size, colour=figure.colour, opacity=0.92)


def _places(box: FloatArray, width: int, height: int) -> list[tuple[int, int]]:
    """Return where a label may be: below the box, inside it at its foot, beside it, and last above it."""
    x0, y0, x1, y1 = (round(side) for side in box.tolist())
    middle = (x0 + x1 - width) // 2
    return [
        (middle, y1 + 2),
        (middle, y1 - height - 2),
        (x1 + 2, y1 - height),
        (x0 - width - 2, y1 - height),
        (x0, y1 - height - 2),
        (x1 - width, y1 - height - 2),
        (x1 + 2, (y0 + y1) // 2),
        (x0 - width - 2, (y0 + y1) // 2),
        (middle, y0 - height - (y1 - y0) // 10),
    ]


def overlap(box: Box, others: Iterable[Box]) -> int:
    """Return how many px of a box others cover, each counted by itself."""
    return sum(
        max(0, min(box[2], other[2]) - max(box[0], other[0])) * max(0, min(box[3], other[3]) - max(box[1], other[1]))
        for other in others
    )


def _whole(region: FloatArray) -> Box:
    x0, y0, x1, y1 = (round(side) for side in region.tolist())
    return x0, y0, x1, y1
