"""A report as PDF: the same content as the page, on as many sheets of paper as it takes."""

import re

import pytest

from analytics.documents.content import Grid, Section, Tile
from analytics.documents.pdf import pdf


def pages(content: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", content))


def long_table(rows: int) -> Section:
    return Section(
        "Many",
        "",
        [Grid((("name", "name"), ("value", "value")), [{"name": f"n{row}", "value": row} for row in range(rows)])],
    )


def test_the_same_content_gives_the_same_bytes() -> None:
    """No time of writing and no random name is in it."""
    sections = [Section("Title", "Text.", tiles=[Tile("a", "1")]), long_table(3)]
    first = pdf("t", "f", sections)
    assert first == pdf("t", "f", sections)
    assert first.startswith(b"%PDF-")
    assert pages(first) == 1


def test_a_long_table_goes_on_over_pages() -> None:
    """Longer than a sheet is no error, and nothing is cut."""
    assert pages(pdf("t", "f", [long_table(200)])) > 3


@pytest.mark.parametrize("text", ["<b>&amp;", "a & b < c", "Łódź, Ελλάδα, Ω", "", "word" * 60])
def test_whatever_names_hold_is_text(text: str) -> None:
    """Markup is no markup, letters of Europe are there, and a word that is wider than the page breaks the table's."""
    grid = Grid((("name", text or "name"), ("other", "other")), [{"name": text, "other": text}])
    section = Section(text, text, [grid], tiles=[Tile(text, text, text)], warnings=[text])
    assert pages(pdf(text, text, [section])) >= 1


def test_a_section_of_nothing_but_a_heading() -> None:
    """No table, no picture: the heading and its text are there."""
    assert (
        pages(pdf("t", "f", [Section("Alone", ""), Section("", ""), Section("Empty", "", [Grid((("a", "a"),), [])])]))
        == 1
    )
