"""Reads a report as a reader would: its headings, tables and pictures."""

import base64
from dataclasses import dataclass, field
from html.parser import HTMLParser

import cv2
import numpy as np


@dataclass
class Table:
    """The text of a table's cells."""

    head: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)

    def column(self, heading: str) -> list[str]:
        """Return a column below its heading."""
        return [row[self.head.index(heading)] for row in self.rows]


class Reader(HTMLParser):
    """Collects what stands in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.titles: list[str] = []
        self.tables: dict[str, list[Table]] = {}
        self.pictures: dict[str, list[np.ndarray]] = {}
        self.addresses: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.addresses += [value for name, value in given.items() if name in {"src", "href"} and value]
        if tag not in {"img", "meta", "link", "br"}:
            self.open.append(tag)
        if tag == "h2":
            self.titles.append("")
        if tag == "table":
            self.tables.setdefault(self.titles[-1], []).append(Table())
        if tag == "tr" and "tbody" in self.open:
            self.table.rows.append([])
        if tag == "th":
            self.table.head.append("")
        if tag == "td":
            self.table.rows[-1].append("")
        if tag == "img":
            content = base64.b64decode((given["src"] or "").partition("base64,")[2])
            picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
            self.pictures.setdefault(self.titles[-1], []).append(picture)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, "the page's tags do not match"

    def handle_data(self, data: str) -> None:
        match self.open[-1:]:
            case ["h2"]:
                self.titles[-1] += data
            case ["th"]:
                self.table.head[-1] += data
            case ["td"]:
                self.table.rows[-1][-1] += data

    @property
    def table(self) -> Table:
        return self.tables[self.titles[-1]][-1]
