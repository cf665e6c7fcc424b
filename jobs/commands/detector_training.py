"""`crosscam train-detector`: a person detector from frames with boxes, trained, exported and evaluated."""

from pathlib import Path
from typing import Annotated

import typer

from analytics.errors import ConfigError
from analytics.evaluation.detection import Rules
from analytics.perception.models import ModelFolder
from analytics.perception.plugins import Workplace, build_detector
from analytics.training.detector_check import check_detector
from analytics.training.detector_data import read_examples, splits
from analytics.training.detector_network import Architecture
from analytics.training.detector_recipe import Recipe
from analytics.training.detector_tiles import Cutting
from analytics.training.detector_train import Step, train
from jobs.options import FormatOption
from jobs.output import Format, Row, write_rows

_COLUMNS = ("set", "people", "min_height_px", "ap50", "precision", "recall", "recall_at_precision_0.8")
_THRESHOLD = 0.25  # of the precision and recall that are printed


def train_detector(
    dataset: Annotated[Path, typer.Argument(help="Folder with images/<split>/*.jpg and labels/<split>/*.txt (YOLO).")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the run; a run that was stopped goes on there.")],
    minutes: Annotated[
        float | None, typer.Option("--minutes", min=0.01, help="Minutes of training, all starts.")
    ] = None,
    epochs: Annotated[
        float | None, typer.Option("--epochs", min=0.01, help="Or: how often each frame is seen.")
    ] = None,
    image_size: Annotated[
        int, typer.Option("--image-size", min=64, help="Longer side that frames are scaled to, px; a multiple of 32.")
    ] = 512,
    width: Annotated[
        float, typer.Option("--width", min=0.125, max=1, help="Share of YOLO26x's channels; YOLO26n has 0.25.")
    ] = Architecture().width,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of every draw.")] = 0,
    device: Annotated[
        str | None, typer.Option("--device", help="cpu, cuda or cuda:0. Without it: a GPU if there is one.")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=0, help="Processes that cut frames. Without it: 0 on a CPU, else 8."),
    ] = None,
    min_height: Annotated[
        float, typer.Option("--min-height", min=0, help="Height from which people count in the evaluation, px.")
    ] = 60.0,
    form: FormatOption = Format.TABLE,
) -> None:
    """Train a person detector on the split train, from random weights, and evaluate it on all other splits.

    OUT/detector.pt is run by the detector plug-in: put it into the model folder and name it in settings.yaml.
    """
    if (minutes is None) == (epochs is None):
        raise ConfigError("expected one of --minutes and --epochs", field="--minutes")
    where = device or _default_device()
    recipe = Recipe(
        Architecture(width=width), Cutting(image_size_px=image_size), epochs=epochs, minutes=minutes, seed=seed
    )
    processes = workers if workers is not None else (0 if where == "cpu" else 8)
    trained = train(dataset, out, recipe, device=where, workers=processes, tell=_tell)
    typer.echo(f"{trained.weights}: {trained.last.number} steps in {trained.last.spent_s / 60:.1f} minutes", err=True)
    others = [split for split in splits(dataset) if split != "train"]
    write_rows([_row(trained.weights, dataset, split, image_size, min_height) for split in others], _COLUMNS, form)


def _tell(step: Step) -> None:
    if step.number % 50 == 0:
        typer.echo(
            f"{100 * step.progress:5.1f} %  step {step.number}  loss {step.loss:.3f}  {step.images_per_s:.0f} images/s",
            err=True,
        )


def _row(weights: Path, dataset: Path, split: str, image_size_px: int, min_height_px: float) -> Row:
    params = {"model": weights.name, "image_size_px": image_size_px, "min_score": 0.001}
    detector = build_detector("ultralytics", params, Workplace(ModelFolder.default(weights.parent)))
    verdicts = check_detector(detector, read_examples(dataset, split), Rules(min_height_px=min_height_px))
    precision, recall = verdicts.at(_THRESHOLD)
    figures = (verdicts.average_precision(), precision, recall, verdicts.recall_at_precision(0.8)[0])
    values = (split, verdicts.wanted, min_height_px, *(f"{figure:.3f}" for figure in figures))
    return dict(zip(_COLUMNS, values, strict=True))


def _default_device() -> str:
    from analytics.training.reid_train import default_device

    return default_device()
