"""`crosscam train-detector`: a person detector from frames with boxes, trained, exported and evaluated."""

import os
from pathlib import Path
from typing import Annotated

import typer

from analytics.errors import ConfigError
from analytics.evaluation.detection import Rules
from analytics.perception.models import ModelFolder
from analytics.perception.plugins import Workplace, build_detector
from analytics.training.detector_check import check_detector, pictures_of
from analytics.training.detector_data import read_examples, splits
from analytics.training.detector_export import export_detector
from analytics.training.detector_network import Architecture
from analytics.training.detector_recipe import Recipe
from analytics.training.detector_tiles import Cutting
from analytics.training.detector_train import Step, train
from jobs.commands.evaluate_detector import write_detection_scores
from jobs.options import FormatOption
from jobs.output import Format

_GPU_WORKERS = 8  # processes that cut frames: a GPU learns faster than one can


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
        float, typer.Option("--width", min=0.125, max=1, help="Share of YOLO26m's channels; YOLO26n has 0.25.")
    ] = Architecture().width,
    start: Annotated[
        Path | None,
        typer.Option("--start", help="detector.pt of an earlier run to start from; without: random weights."),
    ] = None,
    learning_rate: Annotated[
        float, typer.Option("--learning-rate", min=1e-6, help="At its height; a fifth of it for --start.")
    ] = Recipe().learning_rate,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of every draw.")] = 0,
    device: Annotated[
        str | None, typer.Option("--device", help="cpu, cuda or cuda:0. Without it: a GPU if there is one.")
    ] = None,
    min_height: Annotated[
        float, typer.Option("--min-height", min=0, help="Height from which people count in the evaluation, px.")
    ] = 60.0,
    name: Annotated[str, typer.Option("--name", help="Of the exported files.")] = "crosscam-person",
    form: FormatOption = Format.TABLE,
) -> None:
    """Train a person detector on the split train, export it, and evaluate it on all other splits.

    OUT/detector.pt and OUT/NAME.xml (with its .bin) are run by the detector plug-in ultralytics: put either into the
    model folder and name it in settings.yaml. OUT/NAME.onnx is for GPUs and other programs.
    """
    if (minutes is None) == (epochs is None):
        raise ConfigError("expected one of --minutes and --epochs", field="--minutes")
    if image_size % 32:
        raise ConfigError(f"expected a multiple of 32, got {image_size}", field="--image-size")
    from analytics.training.reid_train import default_device

    where = device or default_device()
    recipe = Recipe(
        Architecture(width=width),
        Cutting(image_size_px=image_size),
        epochs=epochs,
        minutes=minutes,
        learning_rate=learning_rate,
        seed=seed,
    )
    workers = 0 if where == "cpu" else _GPU_WORKERS
    trained = train(dataset, out, recipe, start=start, device=where, workers=workers, tell=_tell)
    typer.echo(f"{trained.weights}: {trained.last.number} steps in {trained.last.spent_s / 60:.1f} minutes", err=True)
    _judge(_export(trained.weights, dataset, out, name, image_size), dataset, image_size, min_height, form)


def _export(weights: Path, dataset: Path, out: Path, name: str, image_size_px: int) -> Path:
    """Export weights, compared on frames that they were not trained on where there are, and return the .xml."""
    shown = read_examples(dataset, next(iter(_others(dataset)), "train"))
    exported = export_detector(weights, out, name, pictures_of(shown, image_size_px))
    typer.echo(
        f"{exported.openvino} and {exported.onnx}: {exported.compared} boxes differ from the network's by at most "
        f"{exported.box_difference_px:.2f} px, their scores by {exported.score_difference:.4f}",
        err=True,
    )
    return exported.openvino


def _judge(network: Path, dataset: Path, image_size_px: int, min_height_px: float, form: Format) -> None:
    """Print how well an exported network finds people on every split that it was not trained on."""
    params = {"model": network.name, "image_size_px": image_size_px, "min_score": 0.001}
    place = Workplace(ModelFolder.default(network.parent), threads=os.cpu_count() or 1)
    detector, rules = build_detector("ultralytics", params, place), Rules(min_height_px=min_height_px)
    verdicts = {split: check_detector(detector, read_examples(dataset, split), rules) for split in _others(dataset)}
    write_detection_scores(verdicts, rules, form)


def _others(dataset: Path) -> list[str]:
    return [split for split in splits(dataset) if split != "train"]


def _tell(step: Step) -> None:
    if step.number % 50 == 0:
        typer.echo(
            f"{100 * step.progress:5.1f} %  step {step.number}  loss {step.loss:.3f}  {step.images_per_s:.0f} images/s",
            err=True,
        )
