"""The options that several commands share, and how they become values; the environment is read here only."""

import getpass
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from analytics.configfile import load, load_settings
from analytics.errors import ConfigError
from analytics.lake.lake import Lake
from analytics.lake.ownership import site_of
from analytics.lake.store import open_store
from analytics.perception.models import ModelFolder
from analytics.settings import Settings
from analytics.sites import Site
from analytics.timebase import Instant, from_local, to_instant
from jobs.executors import BuildWorker, Cost, Executor, Item, LocalExecutor, Outcome, Result
from jobs.output import Format


class ExecutorName(StrEnum):
    """Where workers run."""

    RAY = "ray"
    LOCAL = "local"


FootageArgument = Annotated[
    Path, typer.Argument(metavar="FOOTAGE", help="Folder of recordings: <camera_id>/<YYYYMMDDTHHMMSSZ>.<ext> (Z: UTC).")
]
LakeOption = Annotated[str, typer.Option("--lake", help="Folder, or s3:// gs:// az:// URL, that holds the tables.")]
SiteOption = Annotated[
    Path | None, typer.Option("--site", help="site.yaml: cameras, clocks, masks. Without it: a camera for each folder.")
]
SettingsOption = Annotated[
    Path | None, typer.Option("--settings", help="settings.yaml: models, sampling, resources. Without it: defaults.")
]
ModelsOption = Annotated[
    Path | None, typer.Option("--models", envvar="CROSSCAM_MODELS", help="Folder of your own weights, looked at first.")
]
NightOption = Annotated[
    list[str] | None,
    typer.Option(
        "--night", metavar="YYYY-MM-DD", help="Only this night, a local date of the site; may be given again."
    ),
]
ExecutorOption = Annotated[
    ExecutorName, typer.Option("--executor", help="ray: worker processes; local: this process alone.")
]
WorkersOption = Annotated[
    int | None, typer.Option("--workers", min=1, help="Number of Ray workers. Without it: as many as fit.")
]
AddressOption = Annotated[
    str | None, typer.Option("--ray-address", help="A running Ray cluster, or auto. Without it: a Ray of its own.")
]
RetryOption = Annotated[
    bool, typer.Option("--retry", help="Try recordings again that could not be used in an earlier run.")
]
ByOption = Annotated[
    str | None, typer.Option("--by", help="Who does it, for the audit log. Without it: the user of this machine.")
]
FormatOption = Annotated[Format, typer.Option("--format", help="table for people, csv and json for programs.")]


def open_lake(location: str) -> Lake:
    """Open the lake at a folder or URL. Raises ConfigError for no name, LakeError when it cannot be used."""
    if not location.strip():
        raise ConfigError("expected a folder or URL, got nothing", field="--lake")
    return Lake(open_store(location))


def model_folder(folder: Path | None) -> ModelFolder:
    """Return where models are looked for: the user's folder, then the cache below XDG_CACHE_HOME.

    Raises:
        ConfigError: the user's folder is none.
    """
    if folder is not None and not folder.is_dir():
        raise ConfigError(f"expected a folder, {folder} is none", field="--models or CROSSCAM_MODELS")
    cache = os.environ.get("XDG_CACHE_HOME")
    return ModelFolder.default(folder, Path(cache) / "crosscam" if cache else None)


def load_site(path: Path | None, footage: Path) -> Site:
    """Read site.yaml, and guess what it does not say of the cameras from the footage.

    Raises:
        ConfigError: the file is wrong, its names tell no cameras, or there is no such footage.
    """
    if not footage.is_dir():
        raise ConfigError(f"expected a folder with footage, {footage} is none", field="FOOTAGE")
    if path is None:
        return Site.inferred(footage)
    try:
        return load(path, Site).with_cameras_of(footage)
    except ValueError as error:
        raise ConfigError(
            f"{error}; list the cameras, or change footage.template", path=path, field="cameras"
        ) from error


def load_site_file(path: Path) -> Site:
    """Read site.yaml. Raises ConfigError for a wrong file."""
    return load(path, Site)


def check_owner(lake: Lake, site: Site, path: Path | None) -> None:
    """Refuse another site's file: its zones, masks and clocks are not those of what the lake holds.

    Args:
        lake: the lake; one that nobody has claimed takes any site.
        site: as the file describes it.
        path: the file; None where the site was guessed without one.

    Raises:
        ConfigError: the lake is another site's.
        LakeError: what the lake says of its site is damaged.
    """
    owner = site_of(lake.store)
    if owner in (None, site.site_id):
        return
    if path is None:
        raise ConfigError(f"expected the site file of {owner}, whose lake this is, got none", field="--site")
    raise ConfigError(f"expected {owner}, whose lake this is, got {site.site_id}", path=path, field="site_id")


def read_settings(path: Path | None) -> Settings:
    """Read settings.yaml, plug-in parameters included. Raises ConfigError for a wrong file."""
    return load_settings(path)


def who(by: str | None) -> str:
    """Return who acts: the value of --by, or the user of this machine. Raises ConfigError where that has no name."""
    if by is not None:
        return by
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise ConfigError("expected who does it, this machine's user has no name", field="--by") from error


def parse_nights(texts: Sequence[str] | None) -> frozenset[date] | None:
    """Turn the values of --night into dates; none given: all nights. Raises ConfigError for what is no date."""
    if not texts:
        return None
    try:
        return frozenset(map(date.fromisoformat, texts))
    except ValueError as error:
        raise ConfigError(f"expected dates such as 2026-01-05, got {' '.join(texts)}", field="--night") from error


def parse_instant(text: str | None, zone: ZoneInfo, field: str) -> Instant | None:
    """Turn a date and time such as 2026-01-05T10:00 into an instant: local time of the site unless it has an offset.

    A local time that occurs twice means the earlier one.

    Raises:
        ConfigError: it is none.
    """
    if text is None:
        return None
    try:
        reading = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"expected a time such as 2026-01-05T10:00, got {text!r}", field=field) from error
    return to_instant(reading) if reading.tzinfo else from_local(reading, zone).instant


def parse_params(text: str) -> dict[str, Any]:
    """Turn the value of --params into a plug-in's parameters. Raises ConfigError for what is no JSON object."""
    try:
        params = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"expected JSON, cannot read it: {error}", field="--params") from error
    if not isinstance(params, dict):
        raise ConfigError(f'expected an object such as {{"model": "name"}}, got {text}', field="--params")
    return params


def build_executor(name: ExecutorName, settings: Settings, workers: int | None, address: str | None) -> Executor:
    """Return the executor; Ray itself is imported only when there is work.

    Raises:
        ConfigError: options of Ray are given for the local executor.
    """
    if name is ExecutorName.RAY:
        return _LazyRay(settings, workers, address)
    if workers not in (None, 1) or address is not None:
        raise ConfigError("expected none of --workers and --ray-address with --executor local", field="--executor")
    return LocalExecutor()


@dataclass(frozen=True, slots=True)
class _LazyRay:
    """A Ray executor that imports Ray (half a second) only when there is an item."""

    settings: Settings
    workers: int | None
    address: str | None

    def map(
        self, build_worker: BuildWorker[Item, Result], items: Iterable[Item], *, cost: Cost[Item]
    ) -> Iterator[Outcome[Item, Result]]:
        """Yield outcomes as they finish; see `Executor.map`."""
        queue = list(items)
        if not queue:
            return
        from jobs.ray_executor import RayExecutor

        yield from RayExecutor(self.settings.resources, self.workers, self.address).map(build_worker, queue, cost=cost)
