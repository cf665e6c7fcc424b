"""What a report says, apart from how it is written: headline figures, sections of text, tables and pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of figures.

    Attributes:
        columns: of each its key in the rows and its heading.
        rows: values by key; a share is written to three digits.
        headline: values of the first column whose rows stand out.
        figures: keys of columns of texts that are figures; they stand to the right, as numbers do.
    """

    columns: Sequence[tuple[str, str]]
    rows: Sequence[Mapping[str, Value]]
    headline: Sequence[str] = ()
    figures: Sequence[str] = ()

    def are_figures(self) -> list[bool]:
        """Tell of each column whether it stands to the right."""
        return [
            key in self.figures or any(isinstance(row[key], int | float) for row in self.rows)
            for key, _ in self.columns
        ]


@dataclass(frozen=True, slots=True)
class Image:
    """A PNG or JPEG picture, and what it shows."""

    content: bytes
    caption: str


@dataclass(frozen=True, slots=True)
class Tile:
    """One headline figure.

    Attributes:
        label: what it is.
        figure: the figure, with its unit.
        note: what belongs to it, such as an interval.
    """

    label: str
    figure: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, a few sentences, then tables, then pictures; a section with nothing to show says why.

    Attributes:
        title: the heading; empty: none.
        text: sentences; a blank line begins another paragraph.
        grids: tables.
        images: pictures.
        tiles: headline figures, above all else.
        warnings: what nobody may overlook.
        pictures_first: pictures stand before tables.
    """

    title: str
    text: str
    grids: Sequence[Grid] = ()
    images: Sequence[Image] = ()
    tiles: Sequence[Tile] = ()
    warnings: Sequence[str] = ()
    pictures_first: bool = False


def shown(value: Value) -> str:
    """Return a figure as people read it: three digits after the point, a hyphen for nothing."""
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a text."""
    return [part.strip() for part in text.split("\n\n") if part.strip()]
