"""`crosscam simulate` without --tables: footage of a made-up site, and its truth."""

import os
import shlex
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console

from analytics.errors import ConfigError
from analytics.faults import explain
from jobs.output import Format, Row, write_rows
from jobs.progress import counting

_OPTIONS = frozenset({"preset", "people", "minutes", "seed", "defects"})
"""Parameters that have an option of their own; the others are given by --set."""

PresetOption = Annotated[
    str | None, typer.Option("--preset", help="Site that is filmed: demo, station, street or random.")
]
MinutesOption = Annotated[float | None, typer.Option("--minutes", help="Length of the footage.")]
DefectsOption = Annotated[
    bool, typer.Option("--defects", help="Film with what goes wrong at real sites: clocks, losses, broken files.")
]
WorkersOption = Annotated[
    int | None, typer.Option("--workers", min=1, help="Processes that render. Without it: one for each CPU.")
]


def film(out: Path, values: Mapping[str, Any], workers: int | None, form: Format) -> None:
    """Simulate footage into a folder and tell what was made.

    Args:
        out: where to.
        values: parameters of `filmed_site.FilmOrder` by name.
        workers: processes that render; None: one for each CPU.
        form: table, csv or json.

    Raises:
        ConfigError: a parameter is wrong, or the folder holds something else.
        ModelError: the extra `simulation` is not installed.
        ResourceError: there is no OpenGL, or a process was killed.
    """
    # loads OpenCV and SciPy, which the other commands do without
    from analytics.simulation.filmed_site import SITE_FILE, FilmOrder, film_site
    from analytics.simulation.footage import FOOTAGE
    from analytics.simulation.truth_files import TRUTH

    try:
        order = FilmOrder.model_validate(values)
    except ValidationError as error:
        name, reason = explain(error, FilmOrder)
        raise ConfigError(reason, field=f"--{name}" if name in _OPTIONS else f"--set {name}") from error
    console = Console(stderr=True)
    with counting(console, "filming recordings") as progress:
        made = film_site(out, order, workers or os.cpu_count() or 1, progress)
    row: Row = asdict(made)
    write_rows([row], tuple(row), form)
    footage, site, truth = (shlex.quote(str(out / name)) for name in (FOOTAGE, SITE_FILE, TRUTH))
    for line in (
        f"the footage is {footage}, its site {site}, the truth {truth}",
        f"next: crosscam run {footage} --site {site} --lake {shlex.quote(str(out / 'lake'))}",
    ):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def parameters() -> list[Row]:
    """Return the parameters of filmed sites with their defaults."""
    from analytics.simulation.filmed_site import FilmOrder

    return [
        {"parameter": name, "default": str(field.default), "meaning": " ".join((field.description or "").split())}
        for name, field in FilmOrder.model_fields.items()
    ]
