"""A report as one HTML file that needs no other: tables, pictures as data, no script, nothing from the network."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

Value = str | int | float | None

_STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #22262b; background: #f6f7f8; margin: 0; }
main { max-width: 1160px; margin: 0 auto; padding: 24px 28px 60px; background: #fff; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 19px; margin: 36px 0 8px; }
p, figcaption { max-width: 76ch; color: #4a5057; } p.facts { color: #6b727a; margin: 0 0 12px; }
.tables { overflow-x: auto; }
table { border-collapse: collapse; margin: 10px 0; font-variant-numeric: tabular-nums; font-size: 14px; }
th { text-align: left; vertical-align: bottom; color: #6b727a; font-weight: 600; }
th, td { padding: 4px 14px 4px 0; border-bottom: 1px solid #e5e7ea; } td.number, th.number { text-align: right; }
tr.headline td { font-weight: 600; background: #f0f5fa; }
.plots { display: flex; flex-wrap: wrap; gap: 20px; } figure { margin: 12px 0; } img { max-width: 100%; height: auto; }
.plots figure { flex: 1 1 420px; max-width: 560px; }
"""


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of figures.

    Attributes:
        columns: of each its key in the rows and its heading.
        rows: values by key; a share is written to three digits.
        headline: values of the first column whose rows stand out.
    """

    columns: Sequence[tuple[str, str]]
    rows: Sequence[Mapping[str, Value]]
    headline: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Image:
    """A PNG or JPEG picture, and what it shows."""

    content: bytes
    caption: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, a few sentences, then tables, then pictures; a section with nothing to show says why."""

    title: str
    text: str
    grids: Sequence[Grid] = ()
    images: Sequence[Image] = ()


def page(title: str, facts: str, sections: Sequence[Section]) -> str:
    """Return the HTML."""
    body = "\n".join(map(_section, sections))
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{escape(title)}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{escape(title)}</h1>\n"
        f'<p class="facts">{escape(facts)}</p>\n{body}\n</main>\n</body>\n</html>\n'
    )


def shown(value: Value) -> str:
    """Return a figure as people read it: three digits after the point, a hyphen for nothing."""
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _section(section: Section) -> str:
    grids = "".join(map(_grid, section.grids))
    images = "".join(map(_image, section.images))
    is_plots = len(section.images) > 1
    return (
        f"<section>\n<h2>{escape(section.title)}</h2>\n<p>{escape(section.text)}</p>\n{grids}"
        f'{f"""<div class="plots">{images}</div>""" if is_plots else images}\n</section>'
    )


def _grid(grid: Grid) -> str:
    is_number = [any(isinstance(row[key], int | float) for row in grid.rows) for key, _ in grid.columns]
    kinds = [' class="number"' if number else "" for number in is_number]
    head = "".join(f"<th{kind}>{escape(name)}</th>" for kind, (_, name) in zip(kinds, grid.columns, strict=True))
    lines = []
    for row in grid.rows:
        cells = [
            f"<td{kind}>{escape(shown(row[key]))}</td>" for kind, (key, _) in zip(kinds, grid.columns, strict=True)
        ]
        mark = ' class="headline"' if row[grid.columns[0][0]] in grid.headline else ""
        lines.append(f"<tr{mark}>{''.join(cells)}</tr>")
    body = "\n".join(lines)
    table = f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"
    return f'<div class="tables">{table}</div>\n'


def _image(image: Image) -> str:
    kind = "png" if image.content.startswith(b"\x89PNG") else "jpeg"
    data = base64.b64encode(image.content).decode("ascii")
    caption = escape(image.caption)
    picture = f'<img alt="{caption}" src="data:image/{kind};base64,{data}">'
    return f"<figure>{picture}<figcaption>{caption}</figcaption></figure>"
