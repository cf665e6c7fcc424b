"""Queries that people ask first, each a file of `cookbook/`: a title, what it means, and the SQL."""

from dataclasses import dataclass
from importlib.resources import files

from analytics.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Recipe:
    """One query.

    Attributes:
        name: the file's name without its number and ending.
        title: what it answers.
        sql: the file's text, with the explanation as comments.
    """

    name: str
    title: str
    sql: str


def recipes() -> tuple[Recipe, ...]:
    """Return all queries, in order."""
    folder = files("analytics.warehouse") / "cookbook"
    found = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    texts = [(file.name, file.read_text(encoding="utf-8")) for file in found]
    return tuple(
        Recipe(name.removesuffix(".sql").partition("_")[2], text.split("\n", maxsplit=1)[0].removeprefix("-- "), text)
        for name, text in texts
    )


def recipe(name: str) -> Recipe:
    """Return a query by name. Raises ConfigError when there is none."""
    known = {each.name: each for each in recipes()}
    if name not in known:
        raise ConfigError(f"expected one of {', '.join(known)}, got {name!r}", field="--cookbook")
    return known[name]
