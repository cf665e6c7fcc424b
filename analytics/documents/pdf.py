"""The same report as a PDF on A4, laid out by reportlab (BSD, pure Python: no system libraries, unlike HTML renderers).

Text is set in DejaVu Sans, which comes with matplotlib and has the letters of most of Europe's languages.
"""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from analytics.documents.content import Grid, Image, Section, Tile, paragraphs, shown
from analytics.documents.drawing import BLUE, GREY, INK

_FONT, _BOLD = "DejaVuSans", "DejaVuSans-Bold"
_MARGIN_MM = 15
_LINE, _SHADE, _WARNING = "#e5e7ea", "#f0f5fa", "#d55e00"
_TILES_A_ROW = 4
_FRAME_PADDING = 6  # points, of reportlab's frames


def pdf(title: str, facts: str, sections: Sequence[Section]) -> bytes:
    """Return the PDF; the same content gives the same bytes.

    Args:
        title: the heading, and at the foot of every page.
        facts: a line below it.
        sections: in order; a picture is as wide as the page, a table that is longer than a page
            breaks under a repeated heading.
    """
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import Paragraph, SimpleDocTemplate

    styles = _styles()
    out = io.BytesIO()
    margins = dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), _MARGIN_MM * mm)
    document = SimpleDocTemplate(out, pagesize=A4, title=title, author="crosscam", invariant=1, **margins)
    story: list[Any] = [Paragraph(escape(title), styles["title"]), Paragraph(escape(facts), styles["facts"])]
    width = document.width - 2 * _FRAME_PADDING
    for section in sections:
        story += _section(section, width, styles)

    def foot(canvas: Any, _: Any) -> None:
        canvas.setFont(_FONT, 7.5)
        canvas.setFillColor(GREY)
        canvas.drawString(_MARGIN_MM * mm, 8 * mm, title)
        canvas.drawRightString(A4[0] - _MARGIN_MM * mm, 8 * mm, str(canvas.getPageNumber()))

    document.build(story, onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def _styles() -> dict[str, Any]:
    import matplotlib
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    for name in (_FONT, _BOLD):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(fonts / f"{name}.ttf")))
    text = ParagraphStyle("text", fontName=_FONT, fontSize=8.3, leading=11.8, textColor="#4a5057", spaceAfter=4)
    derived: dict[str, dict[str, Any]] = {
        "title": {"fontName": _BOLD, "fontSize": 17, "leading": 22, "textColor": INK, "spaceAfter": 2},
        "facts": {"textColor": "#6b727a", "spaceAfter": 6},
        "heading": {
            "fontName": _BOLD,
            "fontSize": 11.5,
            "leading": 15,
            "textColor": INK,
            "spaceBefore": 11,
            "spaceAfter": 3,
            "keepWithNext": True,
        },
        "caption": {"fontSize": 7.4, "leading": 9.8, "spaceAfter": 6},
        "cell": {"fontSize": 7.6, "leading": 9.8, "textColor": INK, "spaceAfter": 0},
        "figure": {"fontSize": 7.6, "leading": 9.8, "textColor": INK, "spaceAfter": 0, "alignment": 2},
        "head": {"fontName": _BOLD, "fontSize": 7.2, "leading": 9.2, "textColor": "#6b727a", "spaceAfter": 0},
        "head_figure": {"fontName": _BOLD, "fontSize": 7.2, "leading": 9.2, "textColor": "#6b727a", "alignment": 2},
        "warning": {"textColor": INK, "backColor": "#fdf3ec", "borderPadding": (4, 6, 4, 8), "spaceBefore": 5},
        "label": {"fontSize": 7.6, "leading": 9.6, "spaceAfter": 0},
        "number": {"fontName": _BOLD, "fontSize": 14.5, "leading": 19, "textColor": INK, "spaceAfter": 0},
    }
    return {"text": text} | {name: ParagraphStyle(name, parent=text, **own) for name, own in derived.items()}


def _section(section: Section, width: float, styles: dict[str, Any]) -> list[Any]:
    """Return the parts of a section; what stands above the first table or picture stays on its page."""
    from reportlab.platypus import KeepTogether, Paragraph

    head: list[Any] = [Paragraph(escape(section.title), styles["heading"])] if section.title else []
    if section.tiles:
        head.append(_tiles(section.tiles, width, styles))
    head += [Paragraph(escape(each), styles["warning"]) for each in section.warnings]
    head += [Paragraph(escape(each), styles["text"]) for each in paragraphs(section.text)]
    grids = [_grid(each, width, styles) for each in section.grids if each.rows]
    images = [_image(each, width, styles) for each in section.images]
    parts: list[list[Any]] = [*(images + grids if section.pictures_first else grids + images), []]
    first, *others = parts
    return [KeepTogether([*head, *first]), *(KeepTogether(each) for each in others)]


def _tiles(tiles: Sequence[Tile], width: float, styles: dict[str, Any]) -> Any:
    from reportlab.platypus import Paragraph, Table, TableStyle

    cells: list[list[Any]] = [
        [
            Paragraph(escape(text), styles[name])
            for text, name in ((tile.label, "label"), (tile.figure, "number"), (tile.note, "label"))
        ]
        for tile in tiles
    ]
    cells += [[] for _ in range(-len(cells) % _TILES_A_ROW)]
    rows = [cells[place : place + _TILES_A_ROW] for place in range(0, len(cells), _TILES_A_ROW)]
    table = Table(rows, colWidths=[width / _TILES_A_ROW] * _TILES_A_ROW, spaceBefore=4, spaceAfter=6)
    look: list[Any] = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("TOPPADDING", (0, 0), (-1, -1), 6)]
    look += [("BOTTOMPADDING", (0, 0), (-1, -1), 10), ("LINEBELOW", (0, 0), (-1, -1), 6, "#ffffff")]
    for number in range(len(tiles)):
        cell = (number % _TILES_A_ROW, number // _TILES_A_ROW)
        look += [("LINEABOVE", cell, cell, 2.2, BLUE), ("BACKGROUND", cell, cell, "#f6f8fa")]
        look += [("LINEAFTER", cell, cell, 5, "#ffffff")]
    table.setStyle(TableStyle(look))
    return table


def _grid(grid: Grid, width: float, styles: dict[str, Any]) -> list[Any]:
    from reportlab.platypus import Paragraph, Table, TableStyle

    kinds = grid.are_figures()
    head = [
        Paragraph(escape(name), styles["head_figure" if kind else "head"])
        for kind, (_, name) in zip(kinds, grid.columns, strict=True)
    ]
    body = [
        [
            Paragraph(escape(shown(row[key])), styles["figure" if kind else "cell"])
            for kind, (key, _) in zip(kinds, grid.columns, strict=True)
        ]
        for row in grid.rows
    ]
    table = Table([head, *body], colWidths=_widths(grid, width), repeatRows=1, hAlign="LEFT", spaceAfter=6)
    look: list[Any] = [
        ("LINEBELOW", (0, 0), (-1, -1), 0.5, _LINE),
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("VALIGN", (0, 1), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 8),
        ("TOPPADDING", (0, 0), (-1, -1), 2.2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.6),
    ]
    for place, row in enumerate(grid.rows, start=1):
        if row[grid.columns[0][0]] in grid.headline:
            look.append(("BACKGROUND", (0, place), (-1, place), _SHADE))
    table.setStyle(TableStyle(look))
    return [table]


def _widths(grid: Grid, width: float) -> list[float]:
    """Return how wide columns are: as their longest text, shrunk together where that is too wide for the page."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    wanted = []
    for key, name in grid.columns:
        longest = max((stringWidth(shown(row[key]), _FONT, 7.6) for row in grid.rows), default=0.0)
        word = max(stringWidth(part, _BOLD, 7.2) for part in name.split(" "))
        wanted.append(max(longest, word, min(stringWidth(name, _BOLD, 7.2), 70.0)) + 12)
    if (total := sum(wanted)) <= width:
        return wanted
    # narrow columns keep their width; the wide ones share what is left, and their texts are broken
    fair = width / len(wanted)
    narrow = sum(each for each in wanted if each <= fair)
    scale = (width - narrow) / (total - narrow)
    return [each if each <= fair else each * scale for each in wanted]


def _image(image: Image, width: float, styles: dict[str, Any]) -> list[Any]:
    from reportlab.lib.utils import ImageReader
    from reportlab.platypus import Image as Picture
    from reportlab.platypus import Paragraph

    across, down = ImageReader(io.BytesIO(image.content)).getSize()
    picture = Picture(io.BytesIO(image.content), width=width, height=width * down / across, hAlign="LEFT")
    return [picture, Paragraph(escape(image.caption), styles["caption"])]
