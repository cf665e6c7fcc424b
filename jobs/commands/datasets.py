"""`crosscam make-dataset portraits | frames`: pictures of simulated people to train networks on."""

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from analytics.errors import ConfigError
from jobs.progress import counting

app = typer.Typer(
    no_args_is_help=True, help="Draw simulated people for `train-reid` and `train-detector` (extra: simulation)."
)
OutArgument = Annotated[Path, typer.Argument(help="Folder of the data set.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Of every draw; other seeds are other people.")]
FamilyOption = Annotated[
    Literal["a", "b"],
    typer.Option("--family", help="a: what our networks are trained on; b: other fabrics and places, to test on."),
]


@app.command()
def portraits(
    out: OutArgument,
    people: Annotated[int, typer.Option("--people", min=2, help="Different people.")] = 2500,
    cameras: Annotated[int, typer.Option("--cameras", min=2, help="Cameras in all.")] = 64,
    cameras_each: Annotated[int, typer.Option("--cameras-each", min=2, help="Cameras that see one person.")] = 8,
    pictures_each: Annotated[int, typer.Option("--pictures-each", min=1, help="Of one person by one camera.")] = 3,
    places: Annotated[int, typer.Option("--places", min=1, help="Places that backgrounds are cut from.")] = 60,
    look_alikes: Annotated[
        float, typer.Option("--look-alikes", min=0, max=1, help="Share of people dressed nearly like another.")
    ] = 0.08,
    family: FamilyOption = "a",
    seed: SeedOption = 0,
) -> None:
    """Draw people as detectors cut them out, 128 x 64 px, by many cameras; a pack for `train-reid`."""
    from analytics.simulation.datasets import write_portraits
    from analytics.simulation.people.cast import Casting
    from analytics.simulation.portraits import PortraitPlan

    if cameras_each > cameras:
        raise ConfigError(f"expected at most --cameras {cameras}, got {cameras_each}", field="--cameras-each")
    casting = Casting(people, seed, family, look_alikes)
    with counting(Console(stderr=True), "drawing people") as progress:
        write_portraits(out, casting, PortraitPlan(cameras, cameras_each, pictures_each, seed), places, progress)


@app.command()
def frames(
    out: OutArgument,
    split: Annotated[str, typer.Option("--split", help="Part of the data set: train, val, or any other.")] = "train",
    count: Annotated[int, typer.Option("--frames", min=1, help="How many.")] = 4000,
    people: Annotated[int, typer.Option("--people", min=12, help="Different people that appear.")] = 400,
    family: FamilyOption = "a",
    seed: SeedOption = 0,
) -> None:
    """Draw random places with people in them, as surveillance cameras see them; a data set for `train-detector`."""
    from analytics.simulation.datasets import FramePlan, write_frames
    from analytics.training.detector_data import write_description

    with counting(Console(stderr=True), "drawing frames") as progress:
        write_frames(out, split, FramePlan(count, people=people, family=family, seed=seed), progress)
    write_description(out)
