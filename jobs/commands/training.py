"""`crosscam train-reid`: a re-identification network from pictures of people, trained, evaluated and exported."""

from pathlib import Path
from typing import Annotated

import typer

from analytics.errors import ConfigError
from analytics.training.reid_data import open_reid_data
from analytics.training.reid_export import export_reid
from analytics.training.reid_train import Budget, Figure, Recipe, Tick, default_device, train_reid
from jobs.options import FormatOption
from jobs.output import Format, Row, write_rows

_COLUMNS = ("set", "rank_1", "mean_ap")


def train_reid_command(
    dataset: Annotated[
        Path,
        typer.Argument(help="Folder of <person_id>/<camera_id>_<number>.jpg, or with index.csv, or packed pictures."),
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder of the run; a run that was stopped goes on there.")],
    minutes: Annotated[
        float | None, typer.Option("--minutes", min=0.01, help="Minutes of training, all starts.")
    ] = None,
    epochs: Annotated[
        float | None, typer.Option("--epochs", min=0.01, help="Or: how often each picture is seen.")
    ] = None,
    evaluate: Annotated[
        list[Path] | None, typer.Option("--evaluate", help="More pictures to evaluate on; may be given again.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of every draw.")] = 0,
    device: Annotated[
        str | None, typer.Option("--device", help="cpu, cuda or cuda:0. Without it: a GPU if there is one.")
    ] = None,
    name: Annotated[str, typer.Option("--name", help="Of the exported files.")] = "site-reid",
    form: FormatOption = Format.TABLE,
) -> None:
    """Train a re-identification network on pictures of people, and export it for `openvino_reid` and `onnx_reid`.

    A twentieth of the people, at most 200, is held out to evaluate on. Prints Rank-1 and mAP, other camera only, as the
    vectors are and normalised by camera.
    """
    if (minutes is None) == (epochs is None):
        raise ConfigError("expected one of --minutes and --epochs", field="--minutes")
    data = open_reid_data(dataset, out / "packed")
    sets = {path.name: open_reid_data(path, out / "packed") for path in evaluate or ()}
    typer.echo(f"{len(data)} pictures of {len(data.person_ids)} people, {len(data.camera_ids)} cameras", err=True)
    figures: list[Row] = []

    def tell(tick: Tick) -> None:
        typer.echo(
            f"{100 * tick.share:5.1f} %  step {tick.step}  softmax {tick.softmax_loss:.3f}  "
            f"triplet {tick.triplet_loss:.3f}  {tick.images_per_s:.0f} images/s",
            err=True,
        )
        figures[:] = [_row(figure) for figure in tick.figures] or figures
        for figure in tick.figures:
            line = f"{figure.name}: Rank-1 {100 * figure.rank_1:.1f} %, mAP {100 * figure.mean_ap:.1f} %"
            typer.echo(f"         {line}", err=True)

    checkpoint = train_reid(
        data,
        out,
        Recipe(seed=seed),
        Budget(epochs=epochs, minutes=minutes),
        evaluate_on=sets,
        device=device or default_device(),
        tell=tell,
    )
    _export(checkpoint, out, name)
    write_rows(figures, _COLUMNS, form)


def _export(checkpoint: Path, out: Path, name: str) -> None:
    exported = export_reid(checkpoint, out, name)
    typer.echo(
        f"{exported.openvino} and {exported.onnx}: vectors differ from the network's by at most "
        f"{exported.openvino_difference:.4f} and {exported.onnx_difference:.6f}",
        err=True,
    )


def _row(figure: Figure) -> Row:
    return {"set": figure.name, "rank_1": f"{figure.rank_1:.3f}", "mean_ap": f"{figure.mean_ap:.3f}"}
