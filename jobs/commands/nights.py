"""`crosscam check | run | discover | perceive`: from footage to tables."""

import shlex
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer
from rich.console import Console

from analytics.discovery.discover import discover as discover_recordings
from analytics.discovery.discover import sources
from analytics.errors import ConfigError, ModelError
from analytics.perception.models import ModelFolder
from analytics.settings import Settings
from analytics.sites import Site
from jobs import plugin_list, previews
from jobs.executors import LocalExecutor
from jobs.night import Order, Stage, Summary
from jobs.night import run as run_stages
from jobs.options import (
    AddressOption,
    ExecutorName,
    ExecutorOption,
    FootageArgument,
    FormatOption,
    LakeOption,
    ModelsOption,
    NightOption,
    RetryOption,
    SettingsOption,
    SiteOption,
    WorkersOption,
    build_executor,
    load_site,
    load_site_file,
    model_folder,
    open_lake,
    parse_nights,
    read_settings,
)
from jobs.output import Format, footage_time, printable, write_rows
from jobs.plan import Plan, make_plan, models_of
from jobs.progress import talking

EXIT_WITHOUT_RECORDINGS = 1
EXIT_WITH_PROBLEMS = 3
_CHECK_COLUMNS = ("night", "camera_id", "recordings", "segments", "camera_hours", "not_used")


def run(
    footage: FootageArgument,
    lake: LakeOption,
    site: SiteOption = None,
    settings: SettingsOption = None,
    models: ModelsOption = None,
    night: NightOption = None,
    executor: ExecutorOption = ExecutorName.RAY,
    workers: WorkersOption = None,
    ray_address: AddressOption = None,
    retry: RetryOption = False,
    no_link: Annotated[
        bool, typer.Option("--no-link", help="End before linking: leave it and what follows to commands of their own.")
    ] = False,
) -> None:
    """Run all stages: discover recordings, perceive them, account for every night, link it, locate it, sum it up.

    What was done before is not done again; a run that was cut off goes on where it was. Exit 3: it ran to its end,
    but some files could not be used, or not whole (`crosscam status` lists them with their reasons).
    """
    last: Stage = "perceive" if no_link else "summarise"
    _run(last, footage, lake, site, settings, models, night, executor, workers, ray_address, retry)


def perceive(
    footage: FootageArgument,
    lake: LakeOption,
    site: SiteOption = None,
    settings: SettingsOption = None,
    models: ModelsOption = None,
    night: NightOption = None,
    executor: ExecutorOption = ExecutorName.RAY,
    workers: WorkersOption = None,
    ray_address: AddressOption = None,
    retry: RetryOption = False,
) -> None:
    """Run up to perceive: detections, tracklets, track points, embeddings, crops and coverage."""
    _run("perceive", footage, lake, site, settings, models, night, executor, workers, ray_address, retry)


def discover(
    footage: FootageArgument,
    lake: LakeOption,
    site: SiteOption = None,
    settings: SettingsOption = None,
    models: ModelsOption = None,
    night: NightOption = None,
) -> None:
    """List and probe the footage, and write the recordings table; nothing is decoded."""
    _run("discover", footage, lake, site, settings, models, night, ExecutorName.LOCAL, None, None, False)


def check(
    footage: Annotated[
        Path | None,
        typer.Argument(metavar="FOOTAGE", help="Folder of recordings; without it only files are checked."),
    ] = None,
    site: SiteOption = None,
    settings: SettingsOption = None,
    models: ModelsOption = None,
    night: NightOption = None,
    plugins: Annotated[
        bool, typer.Option("--plugins", help="Only list detectors, trackers and embedders with their parameters.")
    ] = False,
    preview: Annotated[
        Path | None,
        typer.Option(
            previews.OPTION, metavar="DIR", help="Write a picture of each camera: masks applied, zones and lines drawn."
        ),
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Check site.yaml, settings.yaml, models and footage, and print what a run would do.

    Nothing is written but the pictures of --preview. Exit 1: the footage has no recording that can be used, or none
    of --night.
    """
    if plugins:
        write_rows(plugin_list.rows(), plugin_list.COLUMNS, form)
        return
    console = Console(stderr=True)
    chosen = read_settings(settings)
    folder = model_folder(models)
    described = load_site(site, footage) if footage else load_site_file(site) if site else None
    _tell_settings(console, chosen, folder, described)
    if footage is None or described is None:
        if preview is not None:
            raise ConfigError("expected FOOTAGE, whose pictures are written, got nothing", field=previews.OPTION)
        return
    pictures = previews.usable_folder(preview) if preview else None
    nights = parse_nights(night)
    with talking(console) as talk:
        recordings = discover_recordings(footage, described, nights=nights, progress=talk.probed).recordings
    plan = make_plan(sources(recordings), described, chosen.perception, folder, None, nights)
    rows = _plan_rows(recordings.to_pylist(), plan)
    if form is Format.TABLE:
        shown = [{**row, "footage": footage_time(float(row["camera_hours"] or 0) * 3600)} for row in rows]
        write_rows(shown, tuple("footage" if name == "camera_hours" else name for name in _CHECK_COLUMNS), form)
    else:
        write_rows(rows, _CHECK_COLUMNS, form)
    _tell_footage(console, footage, described, recordings)
    if pictures:
        for line in previews.write_previews(pictures, footage, described, recordings):
            console.print(printable(line), markup=False, highlight=False, soft_wrap=True)
    if not plan.tasks:
        wanted = ", ".join(str(each) for each in sorted(nights or ()))
        where = f"no recordings of {wanted} in {footage}" if wanted else f"no recordings in {footage}"
        console.print(printable(f"{where} that can be used"), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(EXIT_WITHOUT_RECORDINGS)


def _tell_footage(console: Console, footage: Path, site: Site, recordings: pa.Table) -> None:
    """Say which files cannot be used, or not whole, and which cameras have none."""
    for row in recordings.to_pylist():
        if row["reason"]:
            told = printable(f"{row['path']}: {row['status']}: {row['reason']}")
            console.print(told, markup=False, highlight=False, soft_wrap=True)
    recorded = set(recordings["camera_id"].to_pylist())
    for camera in site.cameras:
        if camera.camera_id not in recorded:
            where = f"camera {camera.camera_id}: no recordings in {footage / camera.footage_folder}"
            console.print(printable(where), markup=False, highlight=False, soft_wrap=True)


def _run(
    last: Stage,
    footage: Path,
    lake: str,
    site: Path | None,
    settings: Path | None,
    models: Path | None,
    night: list[str] | None,
    executor: ExecutorName,
    workers: int | None,
    ray_address: str | None,
    retry: bool,
) -> None:
    console = Console(stderr=True)
    chosen = read_settings(settings)
    nights = parse_nights(night)
    order = Order(
        footage=footage,
        lake=open_lake(lake),
        site=load_site(site, footage),
        settings=chosen,
        models=model_folder(models),
        nights=nights,
        last=last,
        retry_quarantined=retry,
    )
    workshop = build_executor(executor, chosen, workers, ray_address) if last != "discover" else LocalExecutor()
    with talking(console) as talk:
        summary = run_stages(order, workshop, talk)
    _tell_summary(console, summary, order)
    if summary.has_problems:
        raise typer.Exit(EXIT_WITH_PROBLEMS)


def _tell_summary(console: Console, summary: Summary, order: Order) -> None:
    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    if not summary.nights:
        nights = ", ".join(str(night) for night in sorted(order.nights or ()))
        say(f"no recordings of {nights} in {order.footage}" if nights else f"no recordings in {order.footage}")
        return
    if not summary.worked_on and not summary.wrote:
        say("nothing to do: everything was done before")
    span = f"{summary.nights[0]} to {summary.nights[-1]}" if len(summary.nights) > 1 else str(summary.nights[0])
    recordings = ", ".join(f"{count} {status}" for status, count in sorted(summary.recordings.items()))
    segments = ", ".join(f"{count} {status}" for status, count in sorted(summary.segments.items()))
    say(f"{span}: recordings: {recordings or 'none'}; segments: {segments or 'none'}")
    if summary.has_problems:
        location = shlex.quote(order.lake.store.location)
        say(f"some files could not be used, or not whole: `crosscam status --lake {location}` says why")


def _tell_settings(console: Console, settings: Settings, models: ModelFolder, site: Site | None) -> None:
    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    perception, resources = settings.perception, settings.resources
    if site:
        count = len(site.cameras) or "as many as the footage has"
        say(f"site {site.site_id}: cameras: {count}, {site.timezone}, night from {site.day_starts_at:%H:%M}")
    plugins = f"{perception.detector.name}, {perception.tracker.name}, {perception.embedder.name}"
    fps = f"{perception.sampling.analysis_fps:g} frames/s" if perception.sampling.analysis_fps else "every frame"
    say(f"perceive: {plugins}; {fps}; segments of {perception.sampling.segment_s:g} s")
    say(f"workers: {resources.cpus_per_worker} CPUs and {resources.gpus_per_worker:g} GPUs each")
    missing = []
    for name in models_of(perception):
        try:
            say(f"model {name}: {models.find(name).path}")
        except ModelError as error:
            missing.append(error)
    if missing:
        raise missing[0]


def _plan_rows(recordings: list[dict[str, object]], plan: Plan) -> list[dict[str, str | int | float | None]]:
    places = sorted({(str(row["night"]), str(row["camera_id"] or "-")) for row in recordings})
    rows: list[dict[str, str | int | float | None]] = []
    for night, camera_id in places:
        here = [row for row in recordings if (str(row["night"]), str(row["camera_id"] or "-")) == (night, camera_id)]
        tasks = [t for t in plan.tasks if (str(t.segment.night), t.camera.camera_id) == (night, camera_id)]
        rows.append(
            {
                "night": night,
                "camera_id": camera_id,
                "recordings": len(here),
                "segments": len(tasks),
                "camera_hours": round(sum(task.segment.interval.duration_s for task in tasks) / 3600, 6),
                "not_used": sum(row["status"] in ("quarantined", "unparsed") for row in here),
            }
        )
    return rows
