"""The footage of a simulated site: every recording rendered, encoded and put in place whole, with its true boxes.

A recording that is there with its boxes is not made again: a run that was cut off goes on where it was.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa

from analytics.lake.parquet import encode
from analytics.simulation.encoding import write_video
from analytics.simulation.optics import Optics, expose
from analytics.simulation.recorder import Reel
from analytics.simulation.scene import Figures, FloatArray, Picture, RgbImage
from analytics.simulation.sight import Sight
from analytics.simulation.timeline import Timeline, some
from analytics.simulation.true_movements import TRUE_BOXES
from analytics.sites import Site
from analytics.timebase import MICROSECONDS, Instant, night_of

FOOTAGE, BOXES, UNFINISHED = "footage", "truth/boxes", ".unfinished"


class Renderer(Protocol):
    """What draws pictures; `rendering.SiteRenderer` is one."""

    def render(self, camera_id: str, figures: Figures) -> Picture:
        """Draw one camera's picture at one instant, with the boxes of the figures in their order."""
        ...


@dataclass(frozen=True, slots=True)
class Shoot:
    """Everything that decides what the recordings of a site show.

    Attributes:
        folder: where they go: `footage/<camera_id>/<name>`, and `truth/boxes/<camera_id>/<name>.parquet`.
        site: its id and its local nights.
        starts_at: true UTC instant of the timeline's begin.
        timeline: who is where.
        sights: what each camera sees.
        optics: what each camera's lens and sensor do.
        frame_rates_hz: nominal rate of each camera.
        first_frame: by camera and file name, how many frames the recordings before it have.
        seed: of the sensors' noise.
        crf: quality of the encoding, see `encoding`.
    """

    folder: Path
    site: Site
    starts_at: Instant
    timeline: Timeline
    sights: Mapping[str, Sight]
    optics: Mapping[str, Optics]
    frame_rates_hz: Mapping[str, float]
    first_frame: Mapping[tuple[str, str], int]
    seed: int
    crf: int

    def video(self, reel: Reel) -> Path:
        """Return where a recording goes."""
        return self.folder / FOOTAGE / reel.camera_id / reel.name

    def boxes(self, reel: Reel) -> Path:
        """Return where its boxes go."""
        return self.folder / BOXES / reel.camera_id / f"{Path(reel.name).stem}.parquet"

    def is_done(self, reel: Reel) -> bool:
        """Tell whether a recording and its boxes are there; each appears whole or not at all."""
        return self.video(reel).exists() and self.boxes(reel).exists()


def film(shoot: Shoot, renderer: Renderer, reel: Reel) -> None:
    """Make one recording and its boxes.

    Raises:
        OSError: the folder cannot be written to.
    """
    video, boxes = shoot.video(reel), shoot.boxes(reel)
    work = shoot.folder / UNFINISHED
    for folder in (video.parent, boxes.parent, work):
        folder.mkdir(parents=True, exist_ok=True)
    found: list[pa.Table] = []
    view = shoot.sights[reel.camera_id].view
    draft = work / f"{reel.camera_id}-{reel.name}"
    write_video(
        draft,
        _pictures(shoot, renderer, reel, found),
        reel.ticks,
        size_px=(view.width_px, view.height_px),
        frame_rate_hz=shoot.frame_rates_hz[reel.camera_id],
        duration_s=(reel.ends_at - reel.starts_at) / MICROSECONDS,
        crf=shoot.crf,
    )
    table = pa.concat_tables([TRUE_BOXES.empty(), *found])
    TRUE_BOXES.check(table)
    rows = draft.with_suffix(".parquet")
    rows.write_bytes(encode(TRUE_BOXES, table))
    # the boxes first: a recording that is in place has its truth
    rows.replace(boxes)
    _put(draft, video)


def _pictures(shoot: Shoot, renderer: Renderer, reel: Reel, found: list[pa.Table]) -> Iterator[RgbImage]:
    """Yield the frames of a recording, and add the boxes of each to a list."""
    sight, optics = shoot.sights[reel.camera_id], shoot.optics[reel.camera_id]
    before = shoot.first_frame[reel.camera_id, reel.name]
    for number, captured_at in enumerate(reel.captured_at().tolist()):
        everybody = shoot.timeline.figures_at((captured_at - shoot.starts_at) / MICROSECONDS)
        figures = some(everybody, sight.could_show(_places(everybody)))
        picture = renderer.render(reel.camera_id, figures)
        found.append(_rows(shoot.site, reel.camera_id, captured_at, before + number + 1, sight, figures, picture))
        noise = np.random.default_rng([shoot.seed, 12, *reel.camera_id.encode(), before + number])
        yield expose(picture.rgb, optics, noise)


def _rows(
    site: Site,
    camera_id: str,
    captured_at: Instant,
    frame_no: int,
    sight: Sight,
    figures: Figures,
    picture: Picture,
) -> pa.Table:
    boxes = picture.boxes
    kept = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
    places = _places(figures)[kept]
    feet = sight.feet_px(places).astype(np.float32)
    columns = {
        "site_id": site.site_id,
        "night": night_of(captured_at, site.zone_info, site.day_starts_at),
        "camera_id": camera_id,
        "captured_at": captured_at,
        "frame_no": frame_no,
        "person_id": figures.person_no[kept] + 1,
        **{name: boxes[kept, side] for side, name in enumerate(("x_min", "y_min", "x_max", "y_max"))},
        "visibility": picture.visibility[kept],
        **{name: pa.array(feet[:, axis], from_pandas=True) for axis, name in enumerate(("foot_x", "foot_y"))},
        "is_foot_in_view": sight.shows_floor(places),
    }
    return TRUE_BOXES.conform(pa.table({name: _filled(values, int(kept.sum())) for name, values in columns.items()}))


def _filled(values: object, count: int) -> object:
    return pa.array([values] * count) if not hasattr(values, "__len__") or isinstance(values, str) else values


def _places(figures: Figures) -> FloatArray:
    return np.column_stack([figures.x_m, figures.y_m])


def _put(draft: Path, target: Path) -> None:
    """Move a finished file into place so that it survives a loss of power whole."""
    with draft.open("rb") as handle:
        os.fsync(handle.fileno())
    draft.replace(target)


def missing(shoot: Shoot, files: Sequence[Reel]) -> list[Reel]:
    """Return the recordings that are still to be made."""
    return [reel for reel in files if not shoot.is_done(reel)]
