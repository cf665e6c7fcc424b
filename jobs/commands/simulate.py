"""`crosscam simulate`: a made-up site whose truth is known."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console

from analytics.configfile import load
from analytics.errors import ConfigError
from analytics.faults import explain
from analytics.simulation.world import World
from jobs import simulated_lake
from jobs.commands import filming
from jobs.options import FormatOption
from jobs.output import Format, Row, write_rows
from jobs.progress import counting

_PARAMETER_COLUMNS = ("parameter", "default", "meaning")
_OPTIONS: Mapping[str, str] = {
    "people_per_night": "--people",
    **{n: f"--{n}" for n in ("cameras", "hours", "nights", "seed")},
}
"""Parameters of a world that have an option of their own; the others are given by --set."""

_DensityOption = Annotated[
    float | None, typer.Option("--density", help="With --tables, instead of --people: visitors a camera and hour.")
]


def simulate(
    out: Annotated[
        Path | None, typer.Argument(metavar="OUT", help="Folder that is written to; empty, or made.")
    ] = None,
    preset: filming.PresetOption = None,
    minutes: filming.MinutesOption = None,
    defects: filming.DefectsOption = False,
    workers: filming.WorkersOption = None,
    tables: Annotated[bool, typer.Option("--tables", help="Tracklets and vectors alone, without any picture.")] = False,
    people: Annotated[int | None, typer.Option("--people", help="Visitors, of one night with --tables.")] = None,
    density: _DensityOption = None,
    cameras: Annotated[int | None, typer.Option("--cameras", help="With --tables: cameras, no views overlap.")] = None,
    hours: Annotated[
        float | None, typer.Option("--hours", help="With --tables: length of a night, at most 24.")
    ] = None,
    nights: Annotated[int | None, typer.Option("--nights", help="With --tables: number of nights.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Another number makes another site.")] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Another parameter, of --parameters; may be given again."),
    ] = None,
    world: Annotated[
        Path | None, typer.Option("--world", help="File of parameters, such as OUT/world.yaml; options go before it.")
    ] = None,
    parameters: Annotated[
        bool, typer.Option("--parameters", help="Only list the parameters, of --tables with it, with their defaults.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier simulation in OUT.")] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Make up a site whose truth is known.

    Films it: OUT/footage as a recorder leaves it, OUT/site.yaml and OUT/plan.png, and the truth in OUT/truth. Cut off,
    it goes on where it was. It needs crosscam[simulation].

    With --tables: what perceiving its footage would have given, without footage. OUT/lake is a lake as any other,
    OUT/site.yaml its site, OUT/truth tells whose each tracklet is, and who was where when.

    The same parameters give the same bytes, videos on one kind of machine.
    """
    if parameters:
        write_rows(_parameters() if tables else filming.parameters(), _PARAMETER_COLUMNS, form)
        return
    if out is None:
        raise ConfigError("expected a folder that is written to, got nothing", field="OUT")
    filmed = {"preset": preset, "minutes": minutes, "defects": defects or None, "workers": workers}
    tabled = {"density": density, "cameras": cameras, "hours": hours, "nights": nights, "world": world}
    _refuse(filmed if tables else {**tabled, "overwrite": overwrite or None}, "--tables", is_with=tables)
    if tables:
        sizes = {"cameras": cameras, "hours": hours, "nights": nights, "seed": seed}
        given = _given(people_per_night=people, **sizes)
        _simulate_tables(out, _world(world, given, settings or [], density), form, overwrite=overwrite)
        return
    given = _given(preset=preset, people=people, minutes=minutes, seed=seed, defects=defects or None)
    filming.film(out, {**_parsed(settings or []), **given}, workers, form)


def _given(**options: Any) -> dict[str, Any]:
    """Return the options that were given."""
    return {name: value for name, value in options.items() if value is not None}


def _refuse(options: Mapping[str, Any], other: str, *, is_with: bool) -> None:
    """Refuse options that mean nothing here. Raises ConfigError naming the first."""
    for name, value in options.items():
        if value is not None:
            reason = f"expected it only {'without' if is_with else 'with'} {other}"
            raise ConfigError(reason, field=f"--{name}")


def _simulate_tables(out: Path, world: World, form: Format, *, overwrite: bool) -> None:
    console = Console(stderr=True)
    if overwrite:
        simulated_lake.remove_tables(out)
    with counting(console, "simulating segments") as progress:
        written = simulated_lake.write_tables(world, out, progress)
    row: Row = {**asdict(written), "density": round(world.density, 2)}
    write_rows([row], tuple(row), form)
    lake, site = shlex.quote(str(out / simulated_lake.LAKE)), shlex.quote(str(out / simulated_lake.SITE_FILE))
    told = f"the lake is {lake}, its site {site}, the truth {shlex.quote(str(out / simulated_lake.TRUTH_FOLDER))}"
    console.print(told, markup=False, highlight=False, soft_wrap=True)


def _world(path: Path | None, given: Mapping[str, Any], texts: Sequence[str], density: float | None) -> World:
    """Return the parameters: the file's or the defaults, then those of --set, then those with an option of their own.

    Raises:
        ConfigError: the file or an option is wrong.
    """
    base = load(path, World) if path else World()
    chosen = {**base.model_dump(), **_parsed(texts), **given}
    if density is not None:
        if "people_per_night" in given:
            raise ConfigError("expected one of --people and --density, got both", field="--density")
        if not 0 <= density < float("inf"):
            raise ConfigError(f"expected a number of at least 0, got {density:g}", field="--density")
        sized = _validated({**chosen, "people_per_night": 0})
        chosen["people_per_night"] = round(density * sized.cameras * sized.hours)
    return _validated(chosen)


def _parsed(texts: Sequence[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts]
    for text, (name, _, value) in zip(texts, pairs, strict=True):
        if not name or not value:
            raise ConfigError(f"expected NAME=VALUE such as uniform_share=0.5, got {text!r}", field="--set")
    return {name: value for name, _, value in pairs}


def _validated(values: Mapping[str, Any]) -> World:
    try:
        return World.model_validate(values)
    except ValidationError as error:
        name, reason = explain(error, World)
        raise ConfigError(reason, field=_OPTIONS.get(name, f"--set {name}")) from error


def _parameters() -> list[Row]:
    return [
        {"parameter": name, "default": str(field.default), "meaning": " ".join((field.description or "").split())}
        for name, field in World.model_fields.items()
    ]
