"""`crosscam demo`: the shipped simulated site through the real pipeline, and its answers beside the truth."""

import shutil
import subprocess
import sys
import time
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from analytics.errors import ConfigError, CrosscamError
from jobs.options import load_site_file, open_lake

_MARK = "simulation.yaml"  # the order that the site was made by; tells an earlier demo from a folder of the user's


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder of the demo; an earlier demo there is replaced.")] = Path(
        "demo"
    ),
) -> None:
    """Run everything on a small simulated site that comes with crosscam: five cameras, three minutes, 20 people.

    Nothing is downloaded: people, footage, truth and both networks are our own. Takes a few minutes on two cores.
    """
    console = Console(stderr=True)
    began_s = time.monotonic()
    _lay_out(out)
    lake, truth = out / "lake", out / "truth"
    _say(console, "The site: five cameras whose views do not overlap, one file a minute")
    configured = ("--site", out / "site.yaml", "--settings", out / "settings.yaml")
    _crosscam("run", out / "footage", "--lake", lake, *configured)
    _say(console, "What was done: every recording accounted for")
    _crosscam("status", "--lake", lake)
    _say(console, "The answers beside the truth: tracks of each camera, then people across cameras")
    _crosscam("evaluate", "--lake", lake, "--truth", truth)
    _draw(out)
    console.print(_next_steps(out, time.monotonic() - began_s), markup=False, highlight=False, soft_wrap=True)


def _lay_out(out: Path) -> None:
    """Copy the shipped site to a folder. Raises ConfigError when the folder holds something else."""
    if out.exists() and any(out.iterdir()):
        if not (out / _MARK).is_file():
            raise ConfigError(
                f"expected an empty or new folder, or an earlier demo, {out} holds other things", field="--out"
            )
        shutil.rmtree(out)
    with as_file(files("jobs") / "demo") as shipped:
        shutil.copytree(shipped, out, dirs_exist_ok=True)


def _crosscam(*arguments: str | Path) -> None:
    """Run a command as a user would, showing it; a demo that cannot be shown whole stops."""
    words = [str(argument) for argument in arguments]
    typer.echo(f"$ crosscam {' '.join(words)}", err=True)
    done = subprocess.run([sys.executable, "-m", "jobs.cli", *words], check=False)
    if done.returncode:
        raise CrosscamError(f"expected `crosscam {words[0]}` to succeed, it ended with {done.returncode}: see above")


def _draw(out: Path) -> None:
    from jobs.stills import write_stills

    write_stills(open_lake(str(out / "lake")), load_site_file(out / "site.yaml"), out / "footage", out / "tracks.png")


def _say(console: Console, heading: str) -> None:
    console.print(f"\n=== {heading}", style="bold", markup=False, highlight=False)


def _next_steps(out: Path, spent_s: float) -> str:
    return (
        f"\n=== Done in {spent_s:.0f} s. Where to look next\n"
        f"  {out}/tracks.png      a moment of each camera, one colour for each person across cameras\n"
        f"  {out}/plan.png        the floor plan with its cameras, zones and lines\n"
        f"  {out}/site.yaml       how a site is described: cameras, zones, lines, floor plan, ways between cameras\n"
        f"  {out}/lake            the tables (Parquet): tracklets, embeddings, links, identities, unique visitors\n"
        f"  {out}/truth           what really happened: boxes, visits, crossings, waits, journeys\n"
        "  the same with plots and pictures of the worst:\n"
        f"    crosscam evaluate --lake {out}/lake --truth {out}/truth --report report\n"
        "  what a run on your own recordings would do:\n"
        "    crosscam check FOOTAGE"
    )
