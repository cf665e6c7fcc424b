"""A report as one HTML file that needs no other: tables, pictures as data, no script, nothing from the network."""

import base64
from collections.abc import Sequence
from html import escape

from analytics.documents.content import Grid, Image, Section, Tile, paragraphs, shown

_STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #22262b; background: #f6f7f8; margin: 0; }
main { max-width: 1160px; margin: 0 auto; padding: 24px 28px 60px; background: #fff; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 19px; margin: 36px 0 8px; } h2:empty { display: none; }
p, figcaption { max-width: 76ch; color: #4a5057; } p.facts { color: #6b727a; margin: 0 0 12px; }
.tables { overflow-x: auto; }
table { border-collapse: collapse; margin: 10px 0; font-variant-numeric: tabular-nums; font-size: 14px; }
th { text-align: left; vertical-align: bottom; color: #6b727a; font-weight: 600; }
th, td { padding: 4px 14px 4px 0; border-bottom: 1px solid #e5e7ea; } td.number, th.number { text-align: right; }
tr.headline td { font-weight: 600; background: #f0f5fa; }
.plots { display: flex; flex-wrap: wrap; gap: 20px; } figure { margin: 12px 0; } img { max-width: 100%; height: auto; }
.plots figure { flex: 1 1 420px; max-width: 560px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 14px; margin: 18px 0; }
.tile { border: 1px solid #dfe3e8; border-top: 4px solid #1f6fb4; border-radius: 4px; padding: 10px 14px 12px; }
.tile b { display: block; font-size: 27px; line-height: 1.25; font-weight: 650; } .tile span { color: #6b727a; }
p.warning { border-left: 4px solid #d55e00; background: #fdf3ec; color: #22262b; padding: 8px 14px; max-width: none; }
figcaption { font-size: 13px; }
@page { size: A4; margin: 14mm; }
@media print { body { background: #fff; font-size: 11.5px; } main { padding: 0; max-width: none; }
  figure, .tiles, tr { break-inside: avoid; } h2 { break-after: avoid; } table { font-size: 11px; } }
"""


def page(title: str, facts: str, sections: Sequence[Section], *, max_width_px: int = 1160) -> str:
    """Return the HTML.

    Args:
        title: the heading.
        facts: a line below it.
        sections: in order.
        max_width_px: widest that the page becomes.
    """
    body = "\n".join(map(_section, sections))
    style = _STYLE.replace("max-width: 1160px", f"max-width: {max_width_px}px")
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{escape(title)}</title>\n'
        f"<style>{style}</style>\n</head>\n<body>\n<main>\n<h1>{escape(title)}</h1>\n"
        f'<p class="facts">{escape(facts)}</p>\n{body}\n</main>\n</body>\n</html>\n'
    )


def _section(section: Section) -> str:
    tiles = f'<div class="tiles">{"".join(map(_tile, section.tiles))}</div>\n' if section.tiles else ""
    warnings = "".join(f'<p class="warning">{escape(each)}</p>\n' for each in section.warnings)
    text = "".join(f"<p>{escape(each)}</p>\n" for each in paragraphs(section.text))
    grids = "".join(map(_grid, section.grids))
    images = "".join(map(_image, section.images))
    pictures = f'<div class="plots">{images}</div>' if len(section.images) > 1 else images
    below = pictures + grids if section.pictures_first else grids + pictures
    return f"<section>\n<h2>{escape(section.title)}</h2>\n{tiles}{warnings}{text}{below}\n</section>"


def _tile(tile: Tile) -> str:
    return f'<div class="tile">{escape(tile.label)}<b>{escape(tile.figure)}</b><span>{escape(tile.note)}</span></div>'


def _grid(grid: Grid) -> str:
    kinds = [' class="number"' if number else "" for number in grid.are_figures()]
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
