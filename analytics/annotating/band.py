"""What stands below the picture: camera, clock and running figures; and the cards that stand for missing footage.

Below, not over it: nothing of the scene is covered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import cv2
import numpy as np

from analytics.drawing.lettering import BOLD, REGULAR, WHITE, measure, text_size, write
from analytics.geometry import ImageArray
from analytics.timebase import Instant, Interval, to_datetime

_LEGIBLE_PX = 640  # narrower pictures are enlarged: camera, clock and figures need as much
_GROUND = (32, 27, 24)
_CARD = (44, 38, 34)
_PALE = (190, 182, 176)
_WIDEST = "people so far 000   from other cameras 000   returned 00"


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one picture; see FRAME_INSTANCES for what each counts.

    Attributes:
        in_view: different people in view.
        tracked: their boxes.
        new: people who are new in this frame.
        already_seen: the others.
        new_so_far: different people up to now.
        from_elsewhere_so_far: of these those whom another camera had seen before.
        seen_again_so_far: times that somebody came back.
        of: what is counted: people, or tracklets where nothing was linked.
    """

    in_view: int
    tracked: int
    new: int
    already_seen: int
    new_so_far: int
    from_elsewhere_so_far: int
    seen_again_so_far: int
    of: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """How large the pictures of a video are.

    Attributes:
        width_px: of the video, even.
        picture_px: height of the part that shows the camera's picture.
        band_px: height of the band below.
    """

    width_px: int
    picture_px: int
    band_px: int

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the video, even numbers."""
        return self.width_px, self.picture_px + self.band_px

    @property
    def scale(self) -> float:
        """Width / 640."""
        return self.width_px / 640


def zoom_of(width_px: int) -> int:
    """Return how many times pictures of a width are enlarged, so that what is drawn and written on them is legible."""
    return -(-_LEGIBLE_PX // width_px)


def sheet_for(width_px: int, height_px: int) -> Sheet:
    """Return the sheet for pictures of a size, enlarged by `zoom_of`; an odd width gets a column more."""
    zoom = zoom_of(width_px)
    width_px, height_px = width_px * zoom, height_px * zoom
    width = width_px + width_px % 2
    rows = 2 * _row(width / 640) + _pad(width / 640)
    return Sheet(width, height_px, rows + (height_px + rows) % 2)


def fit(pixels: ImageArray, sheet: Sheet) -> ImageArray:
    """Return a (height, width, 3) canvas of the whole sheet with a picture on it, its shape kept, black beside it."""
    canvas = np.zeros((sheet.picture_px + sheet.band_px, sheet.width_px, 3), np.uint8)
    height, width = pixels.shape[:2]
    if (height, width) not in {(sheet.picture_px, sheet.width_px), (sheet.picture_px, sheet.width_px - 1)}:
        share = min(sheet.width_px / width, sheet.picture_px / height)
        width, height = max(1, round(width * share)), max(1, round(height * share))
        pixels = np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    left, top = (sheet.width_px - width) // 2, (sheet.picture_px - height) // 2
    canvas[top : top + height, left : left + width] = pixels
    return canvas


def draw_band(
    canvas: ImageArray, sheet: Sheet, camera_id: str, at: Instant, zone: ZoneInfo, figures: Figures | None
) -> None:
    """Write camera, local time and figures below a picture, in place; None: nothing was analysed."""
    top = _draw_left(canvas, sheet, camera_id, f"{_local(at, zone):%Y-%m-%d  %H:%M:%S %Z}")
    if figures is None:
        _draw_right(canvas, sheet, top, "not analysed", ("nobody was looked for here", ""))
        return
    now = (("tracked", figures.tracked), ("new", figures.new), ("already seen", figures.already_seen))
    total = [(f"{figures.of} so far", figures.new_so_far)]
    if figures.of == "people":
        total += [("from other cameras", figures.from_elsewhere_so_far), ("returned", figures.seen_again_so_far)]
    _draw_right(canvas, sheet, top, f"{figures.in_view} in view", (_told(now), _told(total)))


def draw_card(sheet: Sheet, camera_id: str, what: str, missing: Interval, zone: ZoneInfo) -> ImageArray:
    """Return the picture that stands for a stretch of time of which nothing is shown."""
    canvas = np.full((sheet.picture_px + sheet.band_px, sheet.width_px, 3), _CARD, np.uint8)
    title, line = text_size(sheet.scale, 24), text_size(sheet.scale, 14)
    middle = sheet.picture_px // 2
    _centred(canvas, what, middle - title, title, WHITE, BOLD)
    begin, end = _local(missing.starts_at, zone), _local(missing.ends_at, zone)
    same_day = begin.date() == end.date()
    until = f"{end:%H:%M:%S}" if same_day else f"{end:%Y-%m-%d %H:%M:%S}"
    stretch = f"{begin:%Y-%m-%d  %H:%M:%S} \u2013 {until} {end:%Z}"
    _centred(canvas, stretch, middle + line, line, WHITE, REGULAR)
    _centred(canvas, length_of(missing.duration_s), middle + 3 * line, line, _PALE, REGULAR)
    _draw_left(canvas, sheet, camera_id, f"{begin:%Y-%m-%d  %H:%M:%S %Z}")
    return canvas


def length_of(seconds: float) -> str:
    """Return a length of time as people say it: 4 min 30 s."""
    whole = round(seconds)
    parts = ((whole // 3600, "h"), (whole // 60 % 60, "min"), (whole % 60, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or f"{seconds:.1f} s"


def _local(at: Instant, zone: ZoneInfo) -> datetime:
    return to_datetime(at).astimezone(zone)


def _draw_left(canvas: ImageArray, sheet: Sheet, camera_id: str, clock: str) -> int:
    """Draw the ground of the band, camera and clock; return where its first line is, px."""
    canvas[sheet.picture_px :] = _GROUND
    top, left = sheet.picture_px + _pad(sheet.scale), round(8 * sheet.scale)
    size = text_size(sheet.scale, 12)
    write(canvas, camera_id, left, top, size, WHITE, BOLD)
    write(canvas, clock, left, top + _row(sheet.scale), size, _PALE)
    return top


def _draw_right(canvas: ImageArray, sheet: Sheet, top: int, headline: str, lines: tuple[str, str]) -> None:
    """Draw the figures at places that do not depend on them: no figure moves when another gains a digit."""
    size, large, row = text_size(sheet.scale, 12), text_size(sheet.scale, 18), _row(sheet.scale)
    left = sheet.width_px - round(8 * sheet.scale) - measure(_WIDEST, size)[0]
    for number, line in enumerate(lines):
        write(canvas, line, left, top + number * row, size, _PALE if number else WHITE)
    width, height = measure(headline, large, BOLD)
    middle = (sheet.picture_px + canvas.shape[0]) // 2
    write(canvas, headline, left - round(14 * sheet.scale) - width, middle - height // 2, large, WHITE, BOLD)


def _told(figures: Sequence[tuple[str, int]]) -> str:
    return "   ".join(f"{name} {number}" for name, number in figures)


def _centred(canvas: ImageArray, text: str, top: int, size: int, colour: tuple[int, int, int], weight: int) -> None:
    width, _ = measure(text, size, weight)
    write(canvas, text, (canvas.shape[1] - width) // 2, top, size, colour, weight)


def _row(scale: float) -> int:
    return round(text_size(scale, 12) * 1.35)


def _pad(scale: float) -> int:
    return max(4, round(5 * scale))
