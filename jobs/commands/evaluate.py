"""`crosscam evaluate`: how well a lake's tracks follow the truth."""

from pathlib import Path
from typing import Annotated

import typer

from analytics.evaluation.scores import DEFAULT_MIN_IOU
from analytics.evaluation.tracking import TRACKING_SCORES, evaluate_tracking
from jobs.options import FormatOption, LakeOption, NightOption, open_lake, parse_nights
from jobs.output import Format, write_json, write_rows

_SHOWN = ("camera_id", "hota", "mota", "idf1", "switches", "false_positives", "false_negatives", "evaluated_frames")


def evaluate(
    lake: LakeOption,
    truth: Annotated[Path, typer.Option("--truth", help="Folder of MOTChallenge files, <camera_id>.txt.")],
    camera: Annotated[
        list[str] | None,
        typer.Option("--camera", help="Only this camera; may be given again. Without: all with truth."),
    ] = None,
    night: NightOption = None,
    class_name: Annotated[str, typer.Option("--class", help="Class of the tracklets that are scored.")] = "person",
    min_iou: Annotated[
        float, typer.Option("--min-iou", help="Overlap from which a box is on its truth; HOTA has its own.")
    ] = DEFAULT_MIN_IOU,
    footage: Annotated[
        Path | None, typer.Option("--footage", help="Footage folder: needed for recordings whose frame rate varies.")
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Score tracks against truth by TrackEval: HOTA, MOTA, IDF1, switches; per camera and for all together.

    Frames of the truth that were not analysed are left out, and the note says how many. JSON and CSV have every figure.
    """
    scores = evaluate_tracking(
        open_lake(lake),
        truth,
        nights=parse_nights(night),
        cameras=camera,
        class_name=class_name,
        min_iou=min_iou,
        footage=footage,
    )
    rows = scores.to_pylist()
    match form:
        case Format.JSON:
            write_json(rows)
        case Format.CSV:
            write_rows(rows, TRACKING_SCORES.schema.names, form)
        case Format.TABLE:
            write_rows([_shown(row) for row in rows], _SHOWN, form)
            for row in rows:
                if row["note"]:
                    typer.echo(f"{row['camera_id']}: {row['note']}", err=True)


def _shown(row: dict[str, float | int | str | None]) -> dict[str, float | int | str | None]:
    """Return a row for people: shares to three digits."""
    return {name: f"{value:.3f}" if isinstance(value, float) else value for name, value in row.items()}
