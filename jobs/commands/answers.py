"""`crosscam locate` and `crosscam summarise`: from tracks and identities to answers."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from analytics.errors import LakeError
from analytics.lake.lake import Lake
from analytics.lake.ledger import Entry
from analytics.locating.floor import floor_projection
from analytics.marts import LINE_CROSSINGS
from analytics.settings import Settings
from analytics.sites import Site
from jobs import locating
from jobs.options import (
    FormatOption,
    LakeOption,
    NightOption,
    SettingsOption,
    check_owner,
    load_site_file,
    open_lake,
    parse_nights,
    read_settings,
)
from jobs.output import Format, Row, printable, write_rows
from jobs.progress import counting

_LOCATED_COLUMNS = ("night", "kind", "id", "rows", "in", "out")
_SUMMARISED_COLUMNS = ("night", "table", "rows")

_SiteOption = Annotated[Path, typer.Option("--site", help="site.yaml: what is drawn on cameras and on the floor plan.")]
_FAR_OFF_M = 0.5  # a stride: a floor point further off than this is a mistake in the site file, or a bent lens

DoNight = Callable[[Lake, Site, Settings, date], bool]


def locate(
    lake: LakeOption,
    site: _SiteOption,
    settings: SettingsOption = None,
    night: NightOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Tell which zones people were in and which lines they crossed, from stored tracks: no video is read.

    Writes zone_presence and line_crossings. A zone or line that was moved, added or removed is the only one that is
    worked out again. Needs perceived nights; linking is not needed.
    """
    opened, described, chosen = open_lake(lake), load_site_file(site), read_settings(settings)
    check_owner(opened, described, site)
    _tell_floor(described)
    nights = locating.nights_to_locate(opened, parse_nights(night))
    if not nights:
        raise LakeError(f"{opened.store.location} has no night of which all was perceived: run `crosscam run` first")
    _do("locating", locating.locate_night, opened, described, chosen, nights)
    if not (described.zones or described.lines):
        typer.echo(f"no zones and no lines in {site}: nothing to locate", err=True)
    write_rows(list(_located(opened, nights)), _LOCATED_COLUMNS, form)


def summarise(
    lake: LakeOption,
    site: _SiteOption,
    settings: SettingsOption = None,
    night: NightOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Make the answers of what was linked and located: visits, waits, journeys, occupancy, health of cameras.

    Reads tables only. What was summed up before, under the same site and settings, is not summed up again.
    """
    from jobs.summarising import STAGE, nights_to_summarise, summarise_night

    opened, described, chosen = open_lake(lake), load_site_file(site), read_settings(settings)
    check_owner(opened, described, site)
    nights = nights_to_summarise(opened, sorted(parse_nights(night) or ()) or None)
    if not nights:
        raise LakeError(f"{opened.store.location} has no night that was linked: run `crosscam link` first")
    _do("summing up", summarise_night, opened, described, chosen, nights)
    rows: list[Row] = [
        {"night": each.isoformat(), "table": file.table, "rows": file.rows}
        for each in nights
        for entry in opened.ledger.published(each, STAGE)
        for file in entry.files
    ]
    write_rows(rows, _SUMMARISED_COLUMNS, form)


def _do(doing: str, work: DoNight, lake: Lake, site: Site, settings: Settings, nights: Sequence[date]) -> None:
    changed = False
    with counting(Console(stderr=True), doing) as tell:
        for number, each in enumerate(nights):
            changed |= work(lake, site, settings, each)
            tell(number + 1, len(nights))
    if not changed:
        typer.echo("nothing to do: everything was done before", err=True)


def _tell_floor(site: Site) -> None:
    """Say how far the cameras' floor points are from where the plan has them, and which cameras are far off."""
    found = [projection for camera in site.cameras if (projection := floor_projection(camera))]
    if not found:
        return
    mean_m = sum(each.mean_error_m for each in found) / len(found)
    worst = max(found, key=lambda each: each.max_error_m)
    told = f"{mean_m:.3f} m off the plan on average, {worst.max_error_m:.3f} m at most ({worst.camera_id})"
    typer.echo(f"floor points of {len(found)} cameras: {told}", err=True)
    for each in found:
        if each.max_error_m > _FAR_OFF_M:
            where = f"cameras.{each.camera_id}.floor_points: a point is {each.max_error_m:.2f} m off the plan"
            typer.echo(f"{where}: check the points of this camera", err=True)


def _located(lake: Lake, nights: Sequence[date]) -> Iterator[Row]:
    for night in nights:
        crossings = lake.read(LINE_CROSSINGS, [night], columns=["line_id", "direction"])
        directions = Counter(zip(*(crossings[name].to_pylist() for name in crossings.column_names), strict=True))
        for entry in locating.entries_of(lake, night):
            yield _row(night, entry, directions)


def _row(night: date, entry: Entry, directions: Counter[tuple[str, str]]) -> Row:
    kind, _, name = entry.item_id.partition("-")
    if entry.reason:
        typer.echo(printable(f"{night} {entry.item_id}: {entry.reason}"), err=True)
    is_line = kind == "line"
    return {
        "night": night.isoformat(),
        "kind": kind,
        "id": name,
        "rows": sum(file.rows for file in entry.files),
        "in": directions[name, "in"] if is_line else None,
        "out": directions[name, "out"] if is_line else None,
    }
