"""`crosscam heatmap`: where people go and how long they stay, as pictures, layers and tables."""

from collections.abc import Sequence
from datetime import date, time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from analytics.errors import ConfigError
from analytics.lake.lake import Lake
from analytics.sites import Site
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
from jobs.output import Format, write_rows


class MeasureName(StrEnum):
    """What is measured."""

    VISITS = "visits"
    DWELL = "dwell"


SiteOption = Annotated[Path, typer.Option("--site", help="site.yaml: cameras, zones, floor plan.")]
OutOption = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="Folder for the files; those of the same name are replaced.")
]
CameraOption = Annotated[
    list[str] | None, typer.Option("--camera", help="Over this camera's picture; may be given again.")
]
FloorOption = Annotated[bool, typer.Option("--floor", help="On the floor plan, all cameras together.")]
MeasureOption = Annotated[
    MeasureName | None,
    typer.Option("--measure", help="visits (how many came by) or dwell (how long they stayed). Without it: both."),
]
FromOption = Annotated[
    str | None, typer.Option("--from", metavar="HH:MM", help="From this local time of each night on.")
]
ToOption = Annotated[
    str | None, typer.Option("--to", metavar="HH:MM", help="Until this local time; past midnight if not later.")
]
CompareNightOption = Annotated[
    list[str] | None,
    typer.Option("--compare-night", metavar="YYYY-MM-DD", help="Show the change from this night; may be given again."),
]
CompareFromOption = Annotated[
    str | None, typer.Option("--compare-from", metavar="HH:MM", help="Compare from here on. Without it: as --from.")
]
CompareToOption = Annotated[
    str | None, typer.Option("--compare-to", metavar="HH:MM", help="Compare until then. Without it: as --to.")
]
ByWeekOption = Annotated[bool, typer.Option("--by-week", help="Also when they are there: 7 days by 24 local hours.")]
FootageOption = Annotated[
    Path | None, typer.Option("--footage", help="Footage folder: an empty picture of each camera lies below.")
]
MinPeopleOption = Annotated[
    int | None,
    typer.Option("--min-people", min=1, help="Leave out cells of fewer people. Without it: 5; 1 shows all."),
]
StaffOption = Annotated[bool, typer.Option("--with-staff", help="Count staff too.")]
ClassOption = Annotated[str, typer.Option("--class", help="Class of what is counted.")]
CellOption = Annotated[
    float | None, typer.Option("--cell", min=0.05, help="Side of a cell: metres on the floor, px of a picture.")
]
SmoothingOption = Annotated[
    float | None,
    typer.Option("--smoothing", min=0.0, help="Standard deviation of the kernel on the floor, m. Without it: 0.4."),
]


def heatmap(
    lake: LakeOption,
    site: SiteOption,
    out: OutOption,
    camera: CameraOption = None,
    floor: FloorOption = False,
    measure: MeasureOption = None,
    night: NightOption = None,
    starts: FromOption = None,
    ends: ToOption = None,
    compare_night: CompareNightOption = None,
    compare_from: CompareFromOption = None,
    compare_to: CompareToOption = None,
    by_week: ByWeekOption = False,
    footage: FootageOption = None,
    min_people: MinPeopleOption = None,
    with_staff: StaffOption = False,
    class_name: ClassOption = "person",
    cell: CellOption = None,
    smoothing_m: SmoothingOption = None,
    settings: SettingsOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Draw where people go and how long they stay, over an empty picture of each camera and on the floor plan.

    Counts visits of people and seconds of people, never detections: someone who stands still for a minute is one visit
    and sixty seconds. Places that no camera sees are hatched; a period without footage gives a picture that says so.
    Writes for each view and measure a picture, a transparent layer, the cells (CSV, Parquet) and facts (JSON), for the
    floor also the plan with a world file, GeoJSON, and a GeoTIFF when the plan has a georeference. Without --camera and
    --floor all views are drawn. Cells that fewer than 5 people visited are left out: a small test needs --min-people 1.
    """
    from analytics.exporting.suppression import MIN_PEOPLE
    from analytics.heatmaps.files import Folder
    from analytics.heatmaps.ordering import Order, chosen_period, views_of, write_heatmaps
    from analytics.heatmaps.views import FLOOR_SIGMA_M

    opened, described = _opened(lake, site)
    period = chosen_period(opened, described, _nights(night), _clock(starts, "--from"), _clock(ends, "--to"))
    compared = None
    if compare_night or compare_from or compare_to:
        since, until = (compare_from, compare_to) if compare_from or compare_to else (starts, ends)
        clocks = _clock(since, "--compare-from"), _clock(until, "--compare-to")
        compared = chosen_period(opened, described, _nights(compare_night or night), *clocks)
    order = Order(
        views=views_of(described, camera or (), floor),
        measures=(measure.value,) if measure else ("dwell", "visits"),
        period=period,
        compared=compared,
        by_week=by_week,
        footage=footage,
        site_folder=site.parent,
        cell=cell,
        sigma_m=FLOOR_SIGMA_M if smoothing_m is None else smoothing_m,
        min_people=min_people or MIN_PEOPLE,
        class_name=class_name,
        with_staff=with_staff,
    )
    for line in write_heatmaps(opened, described, read_settings(settings), order, folder := Folder(out)):
        typer.echo(line, err=True)
    write_rows([{"file": str(each.path), "what": each.what} for each in folder.written], ("file", "what"), form)


def _opened(lake: str, site: Path) -> tuple[Lake, Site]:
    opened, described = open_lake(lake), load_site_file(site)
    check_owner(opened, described, site)
    return opened, described


def _nights(texts: list[str] | None) -> Sequence[date] | None:
    return sorted(parse_nights(texts) or ()) or None


def _clock(text: str | None, option: str) -> time | None:
    if text is None:
        return None
    try:
        reading = time.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"expected a local time such as 09:30, got {text!r}", field=option) from error
    if reading.tzinfo is not None:
        raise ConfigError(f"expected a local time without an offset, got {text!r}", field=option)
    return reading
