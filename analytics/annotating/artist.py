"""One picture of an annotated video: heads blurred, then zones, people and figures drawn."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import cv2
import numpy as np

from analytics.annotating.band import Figures, Sheet, draw_band, fit, zoom_of
from analytics.annotating.cast import NEVER, Cast
from analytics.annotating.instances import SoFar, so_far
from analytics.annotating.tracks import HOLD_US, LOOSE_HOLD_US, MAX_DRAWN_GAP_US, Boxes, Track, TrackReader
from analytics.drawing.blurring import blur, head_regions
from analytics.drawing.outlines import draw_names, draw_outlines, outlines
from analytics.drawing.people import Figure, draw_people, draw_trails
from analytics.geometry import FloatArray, ImageArray
from analytics.perception.frame import Frame
from analytics.sites import Site
from analytics.timebase import Instant, seconds_us

TOLD_US = seconds_us(2.5)
"""For so long after somebody comes into view the label says that they are new, or where they were before."""


@dataclass(frozen=True, slots=True)
class _Present:
    """A tracklet that has a box at an instant."""

    track: Track
    box: FloatArray
    person: int
    step_us: int


@dataclass(slots=True)
class Artist:
    """Draws the frames of one camera, in order of time.

    Attributes:
        site: zones, lines and time zone.
        camera_id: the camera.
        reader: boxes of the camera.
        cast: who they are.
        sheet: size of the video.
        is_blurred: heads are made unrecognisable.
    """

    site: Site
    camera_id: str
    reader: TrackReader
    cast: Cast
    sheet: Sheet
    is_blurred: bool
    _so_far: dict[date, SoFar] = field(default_factory=dict)

    def draw(self, frame: Frame) -> ImageArray:
        """Return a frame with everything that is known of it, on its sheet."""
        pixels, at = np.array(frame.pixels), frame.captured_at
        known = self.reader.around(at)
        if self.is_blurred:
            blur(pixels, heads_at(known, at))
        present = self._present(known, at)
        zoom = zoom_of(frame.width_px)
        if zoom > 1:
            pixels = np.asarray(cv2.resize(pixels, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC), np.uint8)
        drawn = outlines(self.site, self.camera_id, frame.width_px * zoom, frame.height_px * zoom)
        draw_outlines(pixels, drawn)
        figures = [self._figure(each, known, at, frame.height_px).enlarged(zoom) for each in present]
        draw_trails(pixels, figures)
        draw_people(pixels, figures, draw_names(pixels, drawn))
        canvas = fit(pixels, self.sheet)
        draw_band(canvas, self.sheet, self.camera_id, at, self.site.zone_info, self._figures(present, at))
        return canvas

    def _present(self, known: Sequence[Boxes], at: Instant) -> list[_Present]:
        """Return who has a box, the farthest first: who stands nearer is drawn over them."""
        found = []
        for boxes in known:
            hold_us = boxes.segment.step_us
            for track in boxes.tracks:
                owner = self.cast.owners.get(track.tracklet_id)
                box = track.box_at(at, MAX_DRAWN_GAP_US, hold_us)
                if owner is not None and box is not None:
                    found.append(_Present(track, box, owner.at(at), hold_us))
        return sorted(found, key=lambda each: float(each.box[3]))

    def _figure(self, present: _Present, known: Sequence[Boxes], at: Instant, height_px: int) -> Figure:
        cast, person = self.cast, present.person
        trails = []
        for boxes in known:
            for track in boxes.tracks:
                owner = cast.owners.get(track.tracklet_id)
                if owner is not None and owner.at(min(at, int(track.at[-1]))) == person:
                    feet = track.feet_until(at, height_px)
                    x0, _, x1, y1 = present.box
                    if track is present.track and y1 < height_px - 2:
                        feet = np.concatenate([feet, [[(x0 + x1) / 2, y1]]])
                    trails.append(feet)
        return Figure(present.box, tuple(trails), cast.colours[person], self._label(person, at))

    def _label(self, person: int, at: Instant) -> str:
        cast = self.cast
        name = f"staff {cast.labels[person]}" if cast.is_staff[person] else cast.labels[person]
        if not 0 <= at - int(cast.first_here[person]) < TOLD_US or not cast.is_linked:
            return name
        came_from = cast.came_from[person]
        return f"{name} from {came_from}" if came_from else f"{name} new"

    def _figures(self, present: Sequence[_Present], at: Instant) -> Figures | None:
        """Return the figures of a picture; None where nothing was analysed: a zero would look like nobody."""
        cast, segment = self.cast, self.reader.covering(at)
        if segment is None:
            return None
        visitors = [each for each in present if cast.is_counted[each.person]]
        people = {each.person for each in visitors}
        new = {each.person for each in visitors if 0 <= at - int(cast.first_here[each.person]) < max(each.step_us, 1)}
        counts = self._counts(segment.night, at)
        return Figures(
            in_view=len(people),
            tracked=len(visitors),
            new=len(new),
            already_seen=len(people) - len(new),
            new_so_far=counts[0],
            from_elsewhere_so_far=counts[1],
            seen_again_so_far=counts[2],
            of="people" if cast.is_linked else "tracklets",
        )

    def _counts(self, night: date, at: Instant) -> tuple[int, int, int]:
        if night not in self._so_far:
            self._so_far[night] = so_far(self.cast, night)
        new, from_elsewhere, again = self._so_far[night].at(np.array([at]))
        return int(new[0]), int(from_elsewhere[0]), int(again[0])


def heads_at(known: Sequence[Boxes], at: Instant) -> FloatArray:
    """Return the (n, 4) regions of a picture in which heads are or may be, px.

    Those of tracklets' people, through every gap of the tracklet and `HOLD_US` before and after it, and those of
    detections that made no tracklet, `LOOSE_HOLD_US` before and after.
    """
    boxes: list[FloatArray] = [np.zeros((0, 4))]
    for each in known:
        for track in each.tracks:
            if track.is_person:
                first = int(track.at[0])
                box = track.boxes[0] if first - HOLD_US <= at < first else track.box_at(at, NEVER, HOLD_US)
                if box is not None:
                    boxes.append(box[None])
        low, high = np.searchsorted(each.loose_at, [at - LOOSE_HOLD_US, at + LOOSE_HOLD_US])
        boxes.append(each.loose[low:high])
    return head_regions(np.concatenate(boxes))
