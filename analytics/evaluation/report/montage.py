"""Rows of crops with outlines that say what is right and what is wrong, as one picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from analytics.geometry import ImageArray

MAX_TILES = 12
"""Tiles in a row; a row of more says how many are not shown."""

_PICTURE_PX = (64, 128)  # width and height, as the re-ID networks take a person
_GAP_PX, _FRAME_PX, _TITLE_PX, _LINE_PX = 12, 4, 26, 15
_MOST_CAPTIONS = 3
_PAPER, _INK, _FAINT, _EMPTY = (255, 255, 255), (43, 38, 34), (128, 118, 110), (236, 233, 231)


class Mark(Enum):
    """What the outline of a tile says; the value is its colour, BGR."""

    SUBJECT = (180, 111, 31)
    RIGHT = (72, 160, 64)
    WRONG = (40, 39, 214)
    MISSING = (20, 150, 240)
    NEUTRAL = (152, 143, 138)


MEANING: Mapping[Mark, str] = {
    Mark.SUBJECT: "who is searched for",
    Mark.RIGHT: "right person",
    Mark.WRONG: "wrong person",
    Mark.MISSING: "right person, not found (dashed)",
    Mark.NEUTRAL: "not judged",
}


@dataclass(frozen=True, slots=True)
class Tile:
    """One crop.

    Attributes:
        jpeg: the crop; None: there is none, an empty tile is drawn.
        captions: up to three short lines below it.
        mark: its outline.
    """

    jpeg: bytes | None
    captions: tuple[str, ...]
    mark: Mark


@dataclass(frozen=True, slots=True)
class Row:
    """Crops side by side below a title."""

    title: str
    tiles: Sequence[Tile]


def has_pictures(rows: Sequence[Row]) -> bool:
    """Tell whether any tile has a picture; without one, a montage would show empty frames."""
    return any(tile.jpeg is not None for row in rows for tile in row.tiles)


def montage(rows: Sequence[Row]) -> bytes:
    """Return at least one row as a JPEG picture."""
    import cv2

    lines = [_line(row) for row in rows]
    width = max(line.shape[1] for line in lines)
    padded = [
        cv2.copyMakeBorder(line, 0, 0, 0, width - line.shape[1], cv2.BORDER_CONSTANT, value=_PAPER) for line in lines
    ]
    done, encoded = cv2.imencode(".jpg", np.vstack(padded), [cv2.IMWRITE_JPEG_QUALITY, 90])
    if not done:
        raise ValueError("the montage could not be encoded")
    return encoded.tobytes()


def _line(row: Row) -> ImageArray:
    shown = row.tiles[:MAX_TILES]
    tile_px = _PICTURE_PX[0] + 2 * _FRAME_PX + _GAP_PX
    captions = min(_MOST_CAPTIONS, max((len(tile.captions) for tile in shown), default=0))
    height = _TITLE_PX + _PICTURE_PX[1] + 2 * _FRAME_PX + captions * _LINE_PX + 4 + _GAP_PX
    line = np.full((height, (MAX_TILES + 1) * tile_px + _GAP_PX, 3), _PAPER, np.uint8)
    _write(line, row.title, (_GAP_PX, 17), 14, _INK, 600)
    for place, tile in enumerate(shown):
        _draw(line, tile, _GAP_PX + place * tile_px, tile_px)
    if hidden := len(row.tiles) - len(shown):
        _write(line, f"+ {hidden}", (_GAP_PX + MAX_TILES * tile_px, _TITLE_PX + _PICTURE_PX[1] // 2), 15, _FAINT)
    return line


def _draw(line: ImageArray, tile: Tile, left: int, tile_px: int) -> None:
    width, height = _PICTURE_PX
    top = _TITLE_PX
    outer = line[top : top + height + 2 * _FRAME_PX, left : left + width + 2 * _FRAME_PX]
    outer[...] = tile.mark.value
    if tile.mark is Mark.MISSING:  # dashed: what an outline says must not hang on its colour alone
        down, across = np.ogrid[: outer.shape[0], : outer.shape[1]]
        outer[(down + across) // 8 % 2 == 1] = _PAPER
    outer[_FRAME_PX:-_FRAME_PX, _FRAME_PX:-_FRAME_PX] = _picture(tile.jpeg)
    if tile.mark is Mark.WRONG:
        _cross_out(outer[_FRAME_PX : _FRAME_PX + 18, -_FRAME_PX - 18 : -_FRAME_PX])
    for number, caption in enumerate(tile.captions[:_MOST_CAPTIONS]):
        place = (left, top + height + 2 * _FRAME_PX + _LINE_PX * (number + 1) - 2)
        _write(line, _fitting(caption, 11, tile_px - 6), place, 11, _INK if number == 0 else _FAINT)


def _picture(jpeg: bytes | None) -> ImageArray:
    """Return a crop in the middle of a tile, in its own proportions."""
    import cv2

    width, height = _PICTURE_PX
    tile = np.full((height, width, 3), _EMPTY, np.uint8)
    crop = None if jpeg is None else cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if crop is None:
        _write(tile, "no crop", (10, height // 2), 11, _FAINT)
        return tile
    scale = min(width / crop.shape[1], height / crop.shape[0])
    size = (max(1, round(crop.shape[1] * scale)), max(1, round(crop.shape[0] * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    left, top = (width - size[0]) // 2, (height - size[1]) // 2
    tile[top : top + size[1], left : left + size[0]] = cv2.resize(crop, size, interpolation=way)
    return tile


def _cross_out(corner: ImageArray) -> None:
    import cv2

    copy = np.full(corner.shape, Mark.WRONG.value, np.uint8)
    cv2.line(copy, (5, 5), (13, 13), _PAPER, 2, cv2.LINE_AA)
    cv2.line(copy, (13, 5), (5, 13), _PAPER, 2, cv2.LINE_AA)
    corner[...] = copy


def _fitting(text: str, size_px: int, width_px: int) -> str:
    """Return as much of a text as fits, with an ellipsis for the rest."""
    import cv2

    font = cv2.FontFace("sans")

    def width(part: str) -> int:
        box = cv2.getTextSize((10_000, 100), part, (0, 50), font, size_px, 400)
        return int(box[2])

    if width(text) <= width_px:
        return text
    return next((short for n in range(len(text), 0, -1) if width(short := text[:n] + "…") <= width_px), "…")


def _write(
    picture: ImageArray, text: str, place: tuple[int, int], size_px: int, colour: tuple[int, ...], weight: int = 400
) -> None:
    """Write a line with its left end and base line at `place`."""
    import cv2

    copy = np.ascontiguousarray(picture)
    cv2.putText(copy, text, place, colour, cv2.FontFace("sans"), size_px, weight)
    picture[...] = copy
