"""`crosscam evaluate-detector`: how well a detector finds people, on frames with boxes or on a lake's detections."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from analytics.errors import ConfigError
from analytics.evaluation.detection import Rules, Verdicts
from analytics.evaluation.detection_tables import DETECTION_SCORES, detection_scores, judge_lake
from jobs.options import FormatOption, ModelsOption, NightOption, model_folder, open_lake, parse_nights, parse_params
from jobs.output import Format, write_rows

_SHOWN = ("judged_on", "people", "average_precision", "precision", "recall", "recall_at_precision")


def evaluate_detector(
    dataset: Annotated[
        Path | None, typer.Argument(help="Folder with images/<split>/*.jpg and labels/<split>/*.txt (YOLO).")
    ] = None,
    split: Annotated[
        list[str] | None, typer.Option("--split", help="Part of it; may be given again. Without: all but train.")
    ] = None,
    detector: Annotated[
        str, typer.Option("--detector", help="Name of the detector, as in settings.yaml.")
    ] = "ultralytics",
    params: Annotated[
        str, typer.Option("--params", help="Its parameters as JSON; a low min_score shows the whole curve.")
    ] = '{"min_score": 0.001}',
    models: ModelsOption = None,
    threads: Annotated[int, typer.Option("--threads", min=1, help="CPU threads of the detector.")] = 2,
    device: Annotated[str, typer.Option("--device", help="cpu, or a GPU such as cuda:0.")] = "cpu",
    lake: Annotated[str | None, typer.Option("--lake", help="Or: a lake whose detections are judged.")] = None,
    truth: Annotated[
        Path | None, typer.Option("--truth", help="The lake's truth: folder of MOTChallenge files, <camera_id>.txt.")
    ] = None,
    night: NightOption = None,
    min_iou: Annotated[float, typer.Option("--min-iou", help="Overlap from which a detection is on a person.")] = 0.5,
    min_height: Annotated[float, typer.Option("--min-height", help="Height from which people count, px.")] = 0.0,
    min_visibility: Annotated[
        float, typer.Option("--min-visibility", help="Visible share from which people count, where it is known.")
    ] = 0.0,
    threshold: Annotated[float, typer.Option("--threshold", help="Score of the precision and recall.")] = 0.25,
    precision: Annotated[float, typer.Option("--precision", help="Precision of the highest recall.")] = 0.8,
    form: FormatOption = Format.TABLE,
) -> None:
    """Score detections: average precision, precision and recall at a score, and the recall at a precision.

    People who are lower than --min-height, hidden, or marked as ignored are neither wanted nor false. JSON and CSV have
    every figure.
    """
    rules = Rules(min_iou, min_height, min_visibility)
    if lake is not None and truth is not None and dataset is None:
        verdicts = judge_lake(open_lake(lake), truth, rules, nights=parse_nights(night))
    elif dataset is not None and lake is None and truth is None:
        from analytics.perception.plugins import Workplace, build_detector
        from analytics.training.detector_check import check_detector
        from analytics.training.detector_data import read_examples

        built = build_detector(detector, parse_params(params), Workplace(model_folder(models), threads, device))
        splits = {name: read_examples(dataset, name) for name in split or _others(dataset)}
        verdicts = {name: check_detector(built, examples, rules) for name, examples in splits.items()}
    else:
        raise ConfigError("expected a data set, or --lake and --truth", field="DATASET")
    write_detection_scores(verdicts, rules, form, threshold, precision)


def write_detection_scores(
    verdicts: Mapping[str, Verdicts], rules: Rules, form: Format, threshold: float = 0.25, precision: float = 0.8
) -> None:
    """Write the scores of cameras or splits to standard output; see `detection_scores`."""
    rows = detection_scores(verdicts, rules, threshold, precision).to_pylist()
    if form is Format.TABLE:
        rows = [
            {name: f"{value:.3f}" if isinstance(value, float) else value for name, value in row.items()} for row in rows
        ]
    write_rows(rows, _SHOWN if form is Format.TABLE else DETECTION_SCORES.schema.names, form)


def _others(dataset: Path) -> list[str]:
    from analytics.training.detector_data import splits

    found = [name for name in splits(dataset) if name != "train"]
    if not found:
        raise ConfigError("expected a split besides train, found none; name one with --split", path=dataset)
    return found
