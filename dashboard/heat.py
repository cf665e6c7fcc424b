"""Heatmaps as the page shows them: what is wanted, the files of it in memory, and what to say of them."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from analytics.heatmaps.files import Folder
from analytics.heatmaps.heatmap import Measure
from analytics.heatmaps.ordering import Order, write_heatmaps
from analytics.heatmaps.periods import Period, period_of
from analytics.heatmaps.views import FLOOR, FLOOR_SIGMA_M
from analytics.lake.lake import Lake
from analytics.settings import Settings
from analytics.sites import Site


@dataclass(frozen=True)
class Stretch:
    """Nights, and a stretch of local time in each; see `period_of`."""

    nights: tuple[date, ...]
    starts: time | None = None
    ends: time | None = None

    def period(self, site: Site) -> Period:
        """Return it as a period of a site."""
        return period_of(site, self.nights, self.starts, self.ends)


@dataclass(frozen=True)
class Wanted:
    """One heatmap.

    Attributes:
        view: a camera id, or floor.
        measure: visits or dwell.
        stretch: the time.
        compared: another time that is subtracted; None: none.
        by_week: when in the week, too.
        min_people: fewest people of what is shown.
        with_staff: count staff too.
    """

    view: str
    measure: Measure
    stretch: Stretch
    compared: Stretch | None = None
    by_week: bool = False
    min_people: int = 5
    with_staff: bool = False


@dataclass(frozen=True)
class Drawn:
    """Everything that was written of a heatmap.

    Attributes:
        files: content by name.
        what: what each file is, by name.
        notes: what a person should know.
    """

    files: Mapping[str, bytes]
    what: Mapping[str, str]
    notes: tuple[str, ...]

    @property
    def picture(self) -> bytes | None:
        """The picture; None when none could be drawn."""
        return self._of("picture")

    @property
    def week(self) -> bytes | None:
        """The picture by hour of the week; None when it was not wanted, or nothing of it was recorded."""
        return self._of("by hour of the week")

    @property
    def facts(self) -> dict[str, Any]:
        """What the picture says, for programs; of a comparison, with facts of both periods inside."""
        named = [name for name, what in self.what.items() if what == "facts"]
        return dict(json.loads(self.files[named[0]])) if named else {}

    def zipped(self) -> bytes:
        """Return all files in one."""
        into = io.BytesIO()
        with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as pack:
            for name, content in self.files.items():
                pack.writestr(zipfile.ZipInfo(name), content)
        return into.getvalue()

    def _of(self, what: str) -> bytes | None:
        return next((self.files[name] for name, told in self.what.items() if told == what), None)


def views_of(site: Site) -> dict[str, str]:
    """Return what heatmaps can be of, with their names."""
    has_floor = site.floor_plan is not None and any(camera.floor_points for camera in site.cameras)
    floor = {FLOOR: "Floor plan"} if has_floor else {}
    return {**floor, **{camera.camera_id: f"Camera {camera.camera_id}" for camera in site.cameras}}


def draw(
    lake: Lake, site: Site, settings: Settings, wanted: Wanted, *, footage: Path | None, site_folder: Path
) -> Drawn:
    """Draw a heatmap and write it in every format.

    Raises:
        ConfigError: the periods share some time, or the floor plan cannot be read.
        LakeError: the lake cannot be read.
    """
    order = Order(
        views=(wanted.view,),
        measures=(wanted.measure,),
        period=wanted.stretch.period(site),
        compared=wanted.compared.period(site) if wanted.compared else None,
        by_week=wanted.by_week,
        footage=footage,
        site_folder=site_folder,
        cell=None,
        sigma_m=FLOOR_SIGMA_M,
        min_people=wanted.min_people,
        class_name="person",
        with_staff=wanted.with_staff,
    )
    with TemporaryDirectory() as folder:
        out = Folder(Path(folder))
        notes = tuple(write_heatmaps(lake, site, settings, order, out))
        files = {each.path.name: each.path.read_bytes() for each in out.written}
    return Drawn(files, {each.path.name: each.what for each in out.written}, notes)


def hidden_note(facts: Mapping[str, Any]) -> tuple[bool, str] | None:
    """Return whether all of a map is hidden since too few people were there, and what to say; None when nothing is.

    Args:
        facts: of a heatmap, or of one period of a comparison.
    """
    share, least = facts.get("left_out_share"), facts.get("min_people")
    if not share:
        return None
    rule = f"places where fewer than {least} different people were are left out, so that nobody is told"
    if share >= 1:
        return True, f"Everything is hidden: {rule}. Choose a longer time, or a smaller number."
    return False, f"{share:.0%} is hidden: {rule}."
