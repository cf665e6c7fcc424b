"""The prompt of `crosscam sql`: statements of one or many lines, and what begins with a dot."""

from collections.abc import Callable, Sequence
from contextlib import suppress

import typer

from analytics.errors import CrosscamError

HELP = """\
A statement may have many lines and ends with ; (select camera_id, count(*) from tracklets group by all;)
.tables          every table and view, with what its rows are
.schema NAME     its columns, with type and meaning
.cookbook        queries that people ask first; .cookbook NAME runs one
.help  .quit     Ctrl-C drops what was typed, or ends a query; Ctrl-D leaves"""


def prompt(run: Callable[[str], None], dot: Callable[[str, str], None], names: Sequence[str]) -> None:
    """Read statements and run them until the user leaves.

    Args:
        run: what to do with a statement.
        dot: what to do with a word behind a dot and what follows it; ConfigError for an unknown one.
        names: what the tab key completes.
    """
    _complete(names)
    typer.echo("SQL over the lake; .help tells more, Ctrl-D leaves", err=True)
    typed = ""
    while True:
        try:
            line = input("   ...> " if typed else "sql> ")
        except EOFError:
            typer.echo("", err=True)
            return
        except KeyboardInterrupt:
            typed = ""
            typer.echo("", err=True)
            continue
        if not typed and line.strip() in (".quit", ".exit"):
            return
        typed = _taken(f"{typed}\n{line}" if typed else line, run, dot)


def _taken(typed: str, run: Callable[[str], None], dot: Callable[[str, str], None]) -> str:
    """Do what was typed if it is whole; return what is still to be typed on."""
    whole = typed.strip()
    try:
        if whole.startswith("."):
            word, _, rest = whole[1:].partition(" ")
            dot(word, rest.strip().rstrip(";"))
        elif whole.endswith(";"):
            run(whole)
        else:
            return typed if whole else ""
    except CrosscamError as error:
        typer.echo(str(error), err=True)
    except KeyboardInterrupt:
        typer.echo("stopped", err=True)
    return ""


def _complete(names: Sequence[str]) -> None:
    with suppress(ImportError):  # some builds of Python are without
        import readline

        def complete(text: str, number: int) -> str | None:
            fitting = [name for name in names if name.startswith(text)]
            return fitting[number] if number < len(fitting) else None

        readline.set_completer(complete)
        readline.parse_and_bind("tab: complete")
