"""`crosscam heatmap`: where people go and how long they stay, as pictures, layers and tables."""

from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from analytics.errors import ConfigError
from analytics.exporting.suppression import MIN_PEOPLE
from analytics.heatmaps.views import FLOOR_SIGMA_M
from jobs.options import (
    FormatOption,
    LakeOption,
    NightOption,
    SettingsOption,
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


def heatmap(
    lake: LakeOption,
    site: Annotated[Path, typer.Option("--site", help="site.yaml: cameras, zones, floor plan.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the files; those of the same name go.")],
    camera: Annotated[
        list[str] | None, typer.Option("--camera", help="Over this camera's picture; may be given again.")
    ] = None,
    floor: Annotated[bool, typer.Option("--floor", help="On the floor plan, all cameras together.")] = False,
    measure: Annotated[
        MeasureName | None,
        typer.Option("--measure", help="visits (how many came by) or dwell (how long they stayed). Without it: both."),
    ] = None,
    night: NightOption = None,
    starts: Annotated[
        str | None, typer.Option("--from", metavar="HH:MM", help="From this local time of each night on.")
    ] = None,
    ends: Annotated[
        str | None, typer.Option("--to", metavar="HH:MM", help="Until this local time; past midnight if not later.")
    ] = None,
    compare_night: Annotated[
        list[str] | None,
        typer.Option(
            "--compare-night", metavar="YYYY-MM-DD", help="Show the change since this night; may be repeated."
        ),
    ] = None,
    compare_from: Annotated[
        str | None,
        typer.Option("--compare-from", metavar="HH:MM", help="Compare with this time. Without it: as --from."),
    ] = None,
    compare_to: Annotated[
        str | None, typer.Option("--compare-to", metavar="HH:MM", help="Until then. Without it: as --to.")
    ] = None,
    by_week: Annotated[
        bool, typer.Option("--by-week", help="Also when they are there: 7 days by 24 local hours.")
    ] = False,
    footage: Annotated[
        Path | None, typer.Option("--footage", help="Footage folder: an empty picture of each camera lies below.")
    ] = None,
    min_people: Annotated[
        int, typer.Option("--min-people", min=1, help="Leave out cells of fewer different people; 1 shows all.")
    ] = MIN_PEOPLE,
    with_staff: Annotated[bool, typer.Option("--with-staff", help="Count staff too.")] = False,
    class_name: Annotated[str, typer.Option("--class", help="Class of what is counted.")] = "person",
    cell: Annotated[
        float | None,
        typer.Option("--cell", min=0.01, help="Side of a cell: metres on the floor, px of a camera's picture."),
    ] = None,
    smoothing_m: Annotated[
        float, typer.Option("--smoothing", min=0.0, help="Standard deviation of the kernel on the floor, metres.")
    ] = FLOOR_SIGMA_M,
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
    from jobs.heatmap_files import Folder
    from jobs.heatmapping import Order, chosen_period, views_of, write_heatmaps

    opened, described = open_lake(lake), load_site_file(site)
    nights = sorted(parse_nights(night) or ()) or None
    period = chosen_period(opened, described, nights, _clock(starts, "--from"), _clock(ends, "--to"))
    compared = None
    if compare_night or compare_from or compare_to:
        other = sorted(parse_nights(compare_night) or ()) or nights
        since = _clock(compare_from or (None if compare_to else starts), "--compare-from")
        until = _clock(compare_to or (None if compare_from else ends), "--compare-to")
        compared = chosen_period(opened, described, other, since, until)
        if compared.overlaps(period):
            reason = f"expected another time than {period.label}, got {compared.label}, which shares some with it"
            raise ConfigError(reason, field="--compare-night, --compare-from or --compare-to")
    order = Order(
        views=views_of(described, camera or (), floor),
        measures=(measure.value,) if measure else ("dwell", "visits"),
        period=period,
        compared=compared,
        by_week=by_week,
        footage=footage,
        site_folder=site.parent,
        cell=cell,
        sigma_m=smoothing_m,
        min_people=min_people,
        class_name=class_name,
        with_staff=with_staff,
    )
    folder = Folder(out)
    for line in write_heatmaps(opened, described, read_settings(settings), order, folder):
        typer.echo(line, err=True)
    write_rows([{"file": str(each.path), "what": each.what} for each in folder.written], ("file", "what"), form)


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
