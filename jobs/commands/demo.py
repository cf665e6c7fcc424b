"""`crosscam demo`: the shipped simulated site through the real pipeline, and its answers beside the truth."""

import shlex
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from analytics.errors import ConfigError, CrosscamError
from analytics.lake.lake import Lake
from analytics.tables import IDENTITY_MEMBERS, TRACKLETS
from jobs.options import load_site_file, open_lake

_EXAMPLE = "example.jpg"
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
    _say(console, "Beside the truth: tracks of each camera, people across cameras, footfall, dwell and waits")
    _crosscam("evaluate", "--lake", lake, "--truth", truth)
    _show_answers(console, out)
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
    typer.echo(f"$ crosscam {shlex.join(words)}", err=True)
    done = subprocess.run([sys.executable, "-m", "jobs.cli", *words], check=False)
    if done.returncode:
        raise CrosscamError(f"expected `crosscam {words[0]}` to succeed, it ended with {done.returncode}: see above")


def _show_answers(console: Console, out: Path) -> None:
    """Ask the lake what users ask it; nobody is hidden in so small a site."""
    where = ("--lake", out / "lake", "--site", out / "site.yaml")
    _say(console, "Answers in SQL")
    for question in ("dwell_by_zone", "median_wait_by_hour"):
        _crosscam("sql", "--cookbook", question, *where)
    _say(console, "Where people were on the floor, and the report of the night")
    _crosscam("heatmap", "--floor", *where, "--out", out / "heatmap", "--min-people", "1")
    _crosscam("export", "report", *where, "--out", out / "report", "--min-people", "1")
    _say(console, "A search by a picture, taken from the lake: the person again in all cameras, then who comes next")
    box = write_example(open_lake(str(out / "lake")), out / _EXAMPLE)
    if box is None:
        typer.echo("nobody was linked across cameras: there is no example to search by", err=True)
        return
    how = ("--settings", out / "settings.yaml", "--purpose", "crosscam demo", "--top", "3")
    _crosscam("search", out / _EXAMPLE, "--box", box, *where, *how)


def write_example(lake: Lake, path: Path) -> str | None:
    """Write a picture of somebody whom the most cameras saw; return the box around it, or None where nobody is."""
    from PIL import Image

    from analytics.search.forensic import best_crops, open_gallery

    cameras: dict[str, set[str]] = defaultdict(set)
    seen_by = dict(zip(*lake.read(TRACKLETS, columns=["tracklet_id", "camera_id"]).to_pydict().values(), strict=True))
    members = lake.read(IDENTITY_MEMBERS, columns=["tracklet_id", "identity_id"]).to_pylist()
    for row in members:
        cameras[row["identity_id"]].add(seen_by[row["tracklet_id"]])
    ranked = sorted(cameras, key=lambda identity: (-len(cameras[identity]), identity))
    own = [row["tracklet_id"] for row in members if ranked and row["identity_id"] == ranked[0]]
    crops = best_crops(lake, open_gallery(lake, None), own) if own else {}
    if not crops:
        return None
    jpeg = max(crops.values(), key=len)
    path.write_bytes(jpeg)
    with Image.open(path) as picture:
        return f"0,0,{picture.width},{picture.height}"


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
        f"  {out}/lake            the tables (Parquet): tracklets, links, identities, visits, journeys, waits\n"
        f"  {out}/heatmap         how long and how often people were where on the floor\n"
        f"  {out}/report          the night on paper, HTML and PDF\n"
        f"  {out}/truth           what really happened: boxes, visits, crossings, waits, journeys\n"
        "  the same with plots and pictures of the worst:\n"
        f"    crosscam evaluate --lake {out}/lake --truth {out}/truth --report report\n"
        "  everything in the browser, and queries of your own (--cookbook lists examples):\n"
        f"    crosscam dashboard --lake {out}/lake --site {out}/site.yaml --settings {out}/settings.yaml --footage "
        f"{out}/footage\n"
        f"    crosscam sql --lake {out}/lake --site {out}/site.yaml\n"
        "  a camera's footage with tracks, identities and counts drawn on it, heads blurred:\n"
        f"    crosscam export video --lake {out}/lake --site {out}/site.yaml --footage {out}/footage --camera hall "
        f"--night 2026-01-05 --from 10:00 --to 10:01 --out {out}/hall.mp4\n"
        "  what a run on your own recordings would do:\n"
        "    crosscam check FOOTAGE"
    )
