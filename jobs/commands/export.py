"""`crosscam export`: tables, journeys and the nightly report, for people who do not work with the lake."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analytics.errors import ConfigError, LakeError
from analytics.exporting.files import ExportFormat
from analytics.exporting.suppression import MIN_PEOPLE
from analytics.lake.lake import Lake
from analytics.sites import Site
from jobs.commands import export_video
from jobs.options import ByOption, LakeOption, NightOption, check_owner, load_site_file, open_lake, parse_nights, who

if TYPE_CHECKING:
    from analytics.exporting.period import Period
    from analytics.exporting.tables import Exported

SiteOption = Annotated[Path, typer.Option("--site", help="site.yaml: names, zones, lines and the time zone.")]
OutOption = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="Folder that is written to; made if it is not there.")
]
FormOption = Annotated[
    ExportFormat, typer.Option("--format", help="csv, parquet and json: a file for each table; xlsx: one workbook.")
]
FromOption = Annotated[
    str | None, typer.Option("--from", metavar="YYYY-MM-DD", help="First night. Without it: the lake's first.")
]
ToOption = Annotated[
    str | None, typer.Option("--to", metavar="YYYY-MM-DD", help="Last night, included. Without it: the lake's last.")
]
MinPeopleOption = Annotated[
    int, typer.Option("--min-people", min=1, help="Hide figures of fewer different people; 1 hides nothing.")
]
WithStaffOption = Annotated[bool, typer.Option("--with-staff", help="Count staff too; without it they are left out.")]

export = typer.Typer(
    no_args_is_help=True,
    help="Write what a lake answers for others: tables, journeys, a nightly report, videos. Small numbers are hidden.",
)
export.command("video")(export_video.video)
export.command("instances")(export_video.instances)


@export.command("tables")
def tables(
    lake: LakeOption,
    site: SiteOption,
    out: OutOption,
    table: Annotated[
        list[str] | None,
        typer.Option("--table", help="Only this table; may be given again. Without it: all figures, nobody's rows."),
    ] = None,
    night: NightOption = None,
    first: FromOption = None,
    last: ToOption = None,
    min_people: MinPeopleOption = MIN_PEOPLE,
    with_staff: WithStaffOption = False,
    by: ByOption = None,
    form: FormOption = ExportFormat.CSV,
) -> None:
    """Write figures as CSV, Parquet, JSON or Excel, with coverage beside each and a README that defines them.

    Without --table: unique_visitors, footfall_hourly, dwell_hourly, occupancy_hourly, queue_hourly, capture_rate,
    returning_visitors, origin_destination, paths, occupancy_minutely, camera_health, coverage. By name also tables
    with a row for each person's visit: visits, queue_waits, journeys, site_visits, identities. Those hide nothing;
    names of identities in them are made anew for every export, and who took them goes to the audit log.

    A figure of fewer than --min-people different people is null, and so are those from which it could be computed.
    """
    from analytics.exporting.catalogue import FIGURES, PEOPLE
    from analytics.exporting.folder import check_writable
    from analytics.exporting.period import period_of
    from analytics.exporting.tables import export_tables

    check_writable(out)
    names = list(dict.fromkeys(table or FIGURES))
    if unknown := [name for name in names if name not in {*FIGURES, *PEOPLE}]:
        known = ", ".join([*FIGURES, *PEOPLE])
        raise ConfigError(f"expected one of {known}, got {unknown[0]}", field="--table")
    opened, described = _opened(lake, site)
    period = period_of(opened, parse_nights(night), *_ends(first, last))
    exported = export_tables(opened, described, period, names, min_people, with_staff)
    if people := [name for name in names if name in PEOPLE]:
        _record(opened, "tables", people, period, out, by)
    _write(out, exported, form, f"crosscam-tables-{described.site_id}")


@export.command("journeys")
def journeys(
    lake: LakeOption,
    site: SiteOption,
    out: OutOption,
    night: NightOption = None,
    first: FromOption = None,
    last: ToOption = None,
    min_people: MinPeopleOption = MIN_PEOPLE,
    with_staff: WithStaffOption = False,
    by: ByOption = None,
    form: FormOption = ExportFormat.CSV,
) -> None:
    """Write journeys: routes (a line for each identity), journeys (stop by stop), flows and paths.

    routes and journeys speak of single people, under names that are made anew for every export; times and the
    probability of the weakest link stand beside them. In flows (from camera to camera) and paths small numbers are
    hidden; whoever is given the routes as well can count again. Who took them goes to the audit log.
    """
    from analytics.exporting.folder import check_writable
    from analytics.exporting.period import period_of
    from analytics.exporting.tables import export_journeys

    check_writable(out)
    opened, described = _opened(lake, site)
    period = period_of(opened, parse_nights(night), *_ends(first, last))
    exported = export_journeys(opened, described, period, min_people, with_staff)
    _record(opened, "journeys", ["routes", "journeys"], period, out, by)
    _write(out, exported, form, f"crosscam-journeys-{described.site_id}")


@export.command("report")
def report(
    lake: LakeOption,
    site: SiteOption,
    out: OutOption,
    night: NightOption = None,
    min_people: MinPeopleOption = MIN_PEOPLE,
    with_staff: WithStaffOption = False,
) -> None:
    """Write a printable report of a night, as HTML that needs no other file and as PDF on A4; both say the same.

    Visitors with their interval, footfall, dwell and waiting, how full it was, ways, cameras to repair, how far the
    links can be trusted, definitions. Without --night: the lake's last night. Nothing is scaled up; what was not
    recorded is told, and small numbers are hidden.
    """
    from analytics.exporting.folder import check_writable, staged
    from analytics.exporting.report.night import read_night
    from analytics.exporting.report.nightly import render

    check_writable(out)
    opened, described = _opened(lake, site)
    nights = sorted(parse_nights(night) or opened.ledger.nights()[-1:])
    if not nights:
        raise LakeError(f"{opened.store.location} has no nights: run `crosscam run` first")
    with staged(out) as folder:
        for each in nights:
            html, pdf = render(read_night(opened, described, each, min_people, with_staff))
            (folder / f"{described.site_id}-{each}.html").write_text(html, encoding="utf-8")
            (folder / f"{described.site_id}-{each}.pdf").write_bytes(pdf)
    for each in nights:
        for ending in ("html", "pdf"):
            typer.echo(str(out / f"{described.site_id}-{each}.{ending}"))


def _opened(lake: str, site: Path) -> tuple[Lake, Site]:
    opened, described = open_lake(lake), load_site_file(site)
    check_owner(opened, described, site)
    return opened, described


def _ends(first: str | None, last: str | None) -> tuple[date | None, date | None]:
    found = []
    for text, field in ((first, "--from"), (last, "--to")):
        try:
            found.append(date.fromisoformat(text) if text else None)
        except ValueError as error:
            raise ConfigError(f"expected a date such as 2026-01-05, got {text}", field=field) from error
    return found[0], found[1]


def _record(lake: Lake, what: str, tables: list[str], period: "Period", out: Path, by: str | None) -> None:
    from analytics.exporting.audited import record_export

    record_export(lake, what, {"tables": [*tables], "nights": [*map(str, period.nights)]}, out, who(by))


def _write(out: Path, exported: "Exported", form: ExportFormat, workbook_name: str) -> None:
    from analytics.exporting.files import write_sheets
    from analytics.exporting.folder import staged

    with staged(out) as folder:
        names = write_sheets(folder, exported.sheets, exported.about, form, workbook_name)
    for name in names:
        typer.echo(str(out / name))
    if exported.hidden_rows:
        typer.echo(f"{exported.hidden_rows} rows hide small numbers; the README says which and why", err=True)
