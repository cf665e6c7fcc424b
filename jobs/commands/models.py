"""`crosscam models list | fetch | path`: the weights by name."""

from typing import Annotated

import typer
from rich.console import Console

from jobs.options import FormatOption, ModelsOption, model_folder
from jobs.output import Format, write_rows

app = typer.Typer(no_args_is_help=True, help="List, fetch and find the weights that detectors and embedders use.")
NameArgument = Annotated[str, typer.Argument(help="Name as in `crosscam models list`, or of a file in your folder.")]
_COLUMNS = ("name", "kind", "licence", "source", "found_at", "size_mb", "problem", "note")


@app.command("list")
def list_known(models: ModelsOption = None, form: FormatOption = Format.TABLE) -> None:
    """List the models known by name and your own files, and where each was found."""
    rows = [
        {
            "name": row.name,
            "kind": row.kind,
            "licence": row.licence,
            "source": row.source or None,
            "found_at": str(row.found_at) if row.found_at else None,
            "size_mb": round(row.size_bytes / 1e6, 1) if row.size_bytes is not None else None,
            "problem": row.problem or None,
            "note": row.note,
        }
        for row in model_folder(models).rows()
    ]
    write_rows(rows, _COLUMNS, form)


@app.command()
def fetch(name: NameArgument, models: ModelsOption = None) -> None:
    """Download a model into the cache, check its SHA-256, and print its path."""
    console = Console(stderr=True)

    def tell(file: str, done: int, total: int | None) -> None:
        if total and done == total:
            console.print(f"{file}: {total / 1e6:.1f} MB", markup=False)

    typer.echo(str(model_folder(models).fetch(name, tell).path))


@app.command()
def path(name: NameArgument, models: ModelsOption = None) -> None:
    """Print the file that would be opened for a model."""
    typer.echo(str(model_folder(models).find(name).path))
