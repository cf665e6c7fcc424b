"""The command line: which commands there are, and how errors become messages and exit codes.

0 done, 1 stopped, 2 wrong configuration or option (nothing ran), 3 ran to its end but some files could not be
used, or not whole, 130 interrupted.
"""

import os
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from analytics.errors import ConfigError, CrosscamError
from jobs.commands import (
    answers,
    dashboard,
    datasets,
    demo,
    detector_training,
    evaluate,
    evaluate_detector,
    evaluate_reid,
    export,
    heatmap,
    lakes,
    linking,
    models,
    nights,
    search,
    simulate,
    sql,
    training,
)

_INTERRUPTED = 130
_EPILOG = """
Examples:

  crosscam check footage                          what a run would do, and whether all it needs is there

  crosscam run footage --lake lake                all nights, on this machine's CPUs

  crosscam run footage --lake lake --site site.yaml --night 2026-01-05 --workers 4

  crosscam status --lake lake                     what was done, what was not, and how to repair it

  crosscam link --lake lake                       who is who across cameras, and how many came (run does this too)

  crosscam locate --lake lake --site site.yaml    a zone was moved: only its rows are made again, without any video

  crosscam decide merge --lake lake T1 T2 --reason "same red coat"     a correction that every later run obeys

  crosscam sql --lake lake "from visits limit 5"  any question, in SQL; --cookbook has what people ask first

Exit codes: 0 done; 1 stopped; 2 wrong file or option, nothing ran;
3 done, but some files could not be used, or not whole; 130 interrupted.
"""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Batch analytics over a site's recorded camera footage: who came, how long, which way, as tables.",
    epilog=_EPILOG,
)
app.command()(demo.demo)
app.command()(nights.check)
app.command()(nights.run)
app.command()(nights.discover)
app.command()(nights.perceive)
app.command()(linking.link)
app.add_typer(linking.decide, name="decide")
app.command()(answers.locate)
app.command()(answers.summarise)
app.command()(heatmap.heatmap)
app.command("train-links")(linking.train_links)
app.command()(lakes.status)
app.command()(sql.sql)
app.command()(search.search)
app.command()(dashboard.dashboard)
app.add_typer(search.audit, name="audit")
app.command()(evaluate.evaluate)
app.command()(evaluate_detector.evaluate_detector)
app.command()(evaluate_reid.evaluate_reid)
app.command()(simulate.simulate)
app.command("train-reid")(training.train_reid_command)
app.command("train-detector")(detector_training.train_detector)
app.add_typer(export.export, name="export")
app.add_typer(datasets.app, name="make-dataset")
app.add_typer(models.app, name="models")


def _show_version(wanted: bool) -> None:
    if not wanted:
        return
    try:
        typer.echo(f"crosscam {version('crosscam')}")
    except PackageNotFoundError:
        typer.echo("crosscam (not installed: run from its source)")
    raise typer.Exit


@app.callback()
def _root(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Take the options that stand before the command."""


def main() -> None:
    """Run the command line and exit."""
    try:
        app(prog_name="crosscam")
    except ConfigError as error:
        _fail(error, 2)
    except CrosscamError as error:
        _fail(error, 1)
    except KeyboardInterrupt:
        _say_interrupted()
        sys.exit(_INTERRUPTED)
    except SystemExit as stop:
        if stop.code == _INTERRUPTED:  # what typer makes of Ctrl-C, without a word
            _say_interrupted()
        raise
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # `| head` has had enough
        sys.exit(0)


def _say_interrupted() -> None:
    typer.echo("interrupted; run again to go on", err=True)


def _fail(error: CrosscamError, code: int) -> None:
    lines = [f"{type(error).__name__}: {error}", *getattr(error, "__notes__", [])]
    typer.echo("\n".join(lines), err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
