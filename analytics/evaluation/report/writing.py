"""Writes a report: the figures as JSON and Parquet, and a page with plots that needs no other file."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import JsonValue

from analytics.documents.content import Section
from analytics.documents.page import page
from analytics.errors import ConfigError

JSON_FILE, PAGE_FILE = "evaluation.json", "report.html"
_PEOPLE_IN_JSON = 100  # the worst; Parquet has all

Facts = Mapping[str, JsonValue]


def write_report(
    folder: Path, title: str, facts: Facts, tables: Mapping[str, pa.Table], sections: Sequence[Section]
) -> Path:
    """Write `evaluation.json`, `report.html` and a Parquet file for each table.

    Args:
        folder: made if it is not there; files of an earlier report are replaced.
        title: of the page.
        facts: what was evaluated, such as the lake's address and the truth's.
        tables: by name.
        sections: of the page.

    Returns:
        The page.

    Raises:
        ConfigError: the folder cannot be written to.
    """
    content: dict[str, object] = {"title": title, **facts}
    for name, table in tables.items():
        if name == "compared_tracklets":  # as long as the lake is large
            continue
        rows = table.slice(0, _PEOPLE_IN_JSON) if name == "people_scores" else table
        content[name] = rows.to_pylist()
    told = "; ".join(f"{name.replace('_', ' ')}: {_told(value)}" for name, value in facts.items() if value)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            pq.write_table(table, folder / f"{name}.parquet")
        text = json.dumps(content, indent=1, ensure_ascii=False, default=str)  # default: dates
        (folder / JSON_FILE).write_text(f"{text}\n", encoding="utf-8")
        (folder / PAGE_FILE).write_text(page(title, told, sections), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"expected a folder that can be written to: {error}", field="--report") from error
    return folder / PAGE_FILE


def _told(value: JsonValue) -> str:
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value)
