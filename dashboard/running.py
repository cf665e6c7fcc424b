"""Run crosscam's own commands, each in a process of its own, which takes its memory along when it ends."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import date

from analytics.errors import CrosscamError
from dashboard.options import Options

_TIME_LIMIT_S = 900  # a day of a large site is linked in minutes; what takes longer is a matter for a terminal


def answering(options: Options, night: date) -> tuple[tuple[str, ...], ...]:
    """Return the commands that make a night's answers anew from its stored tracks, in order.

    Without a site file there are no zones and lines to locate or sum up: only linking is done.
    """
    lake = ("--lake", options.lake, "--night", night.isoformat())
    settings = ("--settings", str(options.settings)) if options.settings else ()
    site = ("--site", str(options.site)) if options.site else ()
    names = ("link", "locate", "summarise") if options.site else ("link",)
    return tuple((name, *lake, *site, *settings) for name in names)


def as_typed(command: tuple[str, ...]) -> str:
    """Return a command as a person would type it."""
    return " ".join(("crosscam", *(f"'{word}'" if " " in word else word for word in command)))


def run_all(commands: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    """Run commands one after the other, and name each before it begins.

    Raises:
        CrosscamError: one failed, with what it said, or took too long; those after it were not run.
    """
    for command in commands:
        yield command[0]
        _run(command)


def _run(command: tuple[str, ...]) -> None:
    program = (sys.executable, "-m", "jobs.cli", *command)
    try:
        done = subprocess.run(program, capture_output=True, text=True, check=False, timeout=_TIME_LIMIT_S)
    except subprocess.TimeoutExpired as error:
        told = f"{command[0]} took longer than {_TIME_LIMIT_S // 60} minutes and was ended"
        raise CrosscamError(f"{told}: run it in a terminal: {as_typed(command)}") from error
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise CrosscamError(f"{command[0]} failed: {said[-1] if said else f'exit code {done.returncode}'}")
