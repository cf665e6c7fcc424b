"""`crosscam evaluate`: how well a lake's tracks and identities follow the truth."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import typer
from pydantic import JsonValue

from analytics.evaluation.scores import DEFAULT_MIN_IOU
from jobs.options import FormatOption, LakeOption, NightOption, open_lake, parse_nights
from jobs.output import Format, Row, Value, write_json, write_rows


class Scores(StrEnum):
    """Which table of figures is written."""

    TRACKING = "tracking"
    LINKING = "linking"
    COUNTS = "counts"
    ANSWERS = "answers"
    CALIBRATION = "calibration"


_TITLES = {
    Scores.TRACKING: "Boxes, by TrackEval",
    Scores.LINKING: "Identities of tracklets, beside what no linking and faultless linking would score",
    Scores.COUNTS: "Visitors counted, with their 90 % interval",
    Scores.ANSWERS: "Footfall, visits, dwell and waits of the night",
    Scores.CALIBRATION: "Probabilities of links",
}
_TO_ONE_DIGIT = ("estimate", "lower", "upper", "found", "truth")
_SHOWN = {
    Scores.TRACKING: (
        *("camera_id", "hota", "mota", "idf1", "switches", "false_positives", "false_negatives", "evaluated_frames"),
    ),
    Scores.LINKING: (
        *("identities_of", "idf1", "bcubed_f1", "cross_camera_precision", "cross_camera_recall", "move_f1"),
        *("exact_journeys", "exact_journeys_in_two_cameras", "identities", "people"),
    ),
    Scores.COUNTS: ("night", "scope", "scope_id", "estimate", "lower", "upper", "truth", "error", "is_inside"),
    Scores.ANSWERS: ("night", "place_id", "figure", "found", "truth", "error"),
    Scores.CALIBRATION: (
        *("pairs", "expected_error", "largest_error", "brier", "accepted", "stated_false", "false", "rejected_true"),
    ),
}


TruthOption = Annotated[
    Path, typer.Option("--truth", help="Folder of MOTChallenge files, <camera_id>.txt, or truth/ of simulated tables.")
]
CameraOption = Annotated[
    list[str] | None, typer.Option("--camera", help="Only this camera; may be given again. Without: all with truth.")
]
ClassOption = Annotated[str, typer.Option("--class", help="Class of the tracklets that are scored.")]
MinIouOption = Annotated[
    float, typer.Option("--min-iou", help="Overlap from which a box is on its truth; HOTA has its own.")
]
FootageOption = Annotated[
    Path | None, typer.Option("--footage", help="Footage folder: needed for recordings whose frame rate varies.")
]
AcrossNightsOption = Annotated[
    bool, typer.Option("--across-nights", help="A person is one over all nights; without: within each night.")
]
OnlyOption = Annotated[
    Scores | None, typer.Option("--only", help="Only this table. CSV holds one: without, the first that there is.")
]
ReportOption = Annotated[
    Path | None, typer.Option("--report", metavar="DIR", help="Write figures, plots and worst identities there.")
]


def evaluate(
    lake: LakeOption,
    truth: TruthOption,
    camera: CameraOption = None,
    night: NightOption = None,
    class_name: ClassOption = "person",
    min_iou: MinIouOption = DEFAULT_MIN_IOU,
    footage: FootageOption = None,
    across_nights: AcrossNightsOption = False,
    only: OnlyOption = None,
    report: ReportOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Score a lake against truth: tracks per camera; identities, counts and probabilities where it has been linked.

    Footfall, visits, dwell and waits stand beside the truth where it has them and the lake was summarised. HOTA, MOTA
    and IDF1 are TrackEval's. Frames of the truth that were not analysed are left out, and the note says how
    many. JSON and CSV have every figure; JSON is one object with a list for each table.
    """
    from analytics.evaluation.evaluate import evaluate as compare_with_truth
    from analytics.evaluation.links import calibration_tables

    nights, opened = parse_nights(night), open_lake(lake)
    found = compare_with_truth(
        opened,
        truth,
        nights=nights,
        cameras=camera,
        class_name=class_name,
        min_iou=min_iou,
        footage=footage,
        is_by_night=not across_nights,
    )
    calibration, _ = calibration_tables(found.links)
    tables = {
        Scores.TRACKING: found.tracking,
        Scores.LINKING: found.linking,
        Scores.COUNTS: found.counts,
        Scores.ANSWERS: found.answers,
        Scores.CALIBRATION: calibration if found.linking.num_rows else calibration.slice(0, 0),
    }
    _write({name: table for name, table in tables.items() if only in (None, name)}, form)
    notes = [f"{row['camera_id']}: {row['note']}" for row in found.tracking.to_pylist() if row["note"]]
    for note in (*notes, *found.notes):
        typer.echo(f"note: {note}", err=True)
    if report:
        from analytics.evaluation.report.lake_report import write_lake_report

        said: dict[str, JsonValue] = {"lake": lake, "truth": str(truth), "class": class_name, "min_iou": min_iou}
        page = write_lake_report(report, opened, found, {**said, "nights": [*sorted(night or ())]}, nights)
        typer.echo(f"report: {page}", err=True)


def _write(tables: Mapping[Scores, pa.Table], form: Format) -> None:
    filled = {name: table for name, table in tables.items() if table.num_rows}
    match form:
        case Format.JSON:
            write_json({name.value: [_plain(row) for row in table.to_pylist()] for name, table in tables.items()})
        case Format.CSV:
            first = next(iter((filled or tables).values()))
            write_rows([_plain(row) for row in first.to_pylist()], first.schema.names, form)
        case Format.TABLE:
            for name, table in filled.items():
                title = _TITLES[name] if len(filled) > 1 else ""
                write_rows([_shown(row) for row in table.to_pylist()], _SHOWN[name], form, title)


def _plain(row: dict[str, Any]) -> Row:
    """Return a row as programs read it: dates as text."""
    return {name: value if isinstance(value, int | float | None) else str(value) for name, value in row.items()}


def _shown(row: dict[str, Any]) -> Row:
    """Return a row for people: shares to three digits, people and seconds to one."""
    return {name: _rounded(name, value) for name, value in _plain(row).items()}


def _rounded(name: str, value: Value) -> Value:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.{1 if name in _TO_ONE_DIGIT else 3}f}" if isinstance(value, float) else value
