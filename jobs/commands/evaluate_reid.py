"""`crosscam evaluate-reid`: how well an embedder tells people apart across cameras, on a folder of their pictures."""

from pathlib import Path
from typing import Annotated, Any

import typer

from jobs.options import FormatOption, ModelsOption, model_folder, parse_params
from jobs.output import Format, write_json, write_rows

_SHOWN = ("vectors", "rank_1", "rank_5", "rank_10", "mean_ap", "single_shot_rank_1", "queries", "people", "pictures")


def evaluate_reid(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            help="<person_id>/<camera_id>_<number>.jpg, or index.csv with path, person_id and camera_id.",
        ),
    ],
    embedder: Annotated[str, typer.Option("--embedder", help="Name of the embedder, as in settings.yaml.")],
    params: Annotated[
        str, typer.Option("--params", help='Its parameters as JSON, such as \'{"model": "my_network.onnx"}\'.')
    ] = "{}",
    models: ModelsOption = None,
    threads: Annotated[int, typer.Option("--threads", min=1, help="CPU threads of the embedder.")] = 2,
    device: Annotated[str, typer.Option("--device", help="cpu, or a GPU such as cuda:0.")] = "cpu",
    report: Annotated[
        Path | None, typer.Option("--report", metavar="DIR", help="Write figures, plots and worst queries there.")
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Score an embedder: Rank-k, mAP and CMC, the query's own camera left out, with and without camera normalisation.

    Single shot: the gallery has one picture of each person, drawn anew for each query; otherwise it has all.
    """
    from analytics.evaluation.appearance import RETRIEVAL_SCORES, judge_appearance
    from analytics.evaluation.pictures import embed_folder
    from analytics.perception.plugins import Workplace, build_embedder

    workplace = Workplace(model_folder(models), threads, device)
    portraits = embed_folder(folder, build_embedder(embedder, parse_params(params), workplace))
    appearance = judge_appearance(portraits)
    rows = appearance.scores.to_pylist()
    match form:
        case Format.JSON:
            write_json(rows)
        case Format.CSV:
            names = [name for name in RETRIEVAL_SCORES.schema.names if not name.endswith("cmc")]
            write_rows(rows, names, form)
        case Format.TABLE:
            write_rows([_shown(row) for row in rows], _SHOWN, form)
    if report:
        from analytics.evaluation.report.reid_report import write_reid_report

        facts = {"pictures_of": str(folder), "embedder": embedder, "params": params}
        page = write_reid_report(report, portraits, appearance, facts, folder)
        typer.echo(f"report: {page}", err=True)


def _shown(row: dict[str, Any]) -> dict[str, float | int | str | None]:
    """Return a row for people: shares to three digits."""
    return {name: f"{row[name]:.3f}" if isinstance(row[name], float) else row[name] for name in _SHOWN}
