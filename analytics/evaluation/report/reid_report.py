"""The report of an embedder on a folder of people's pictures."""

from collections.abc import Collection, Mapping
from pathlib import Path

from analytics.evaluation.appearance import Appearance, Portraits
from analytics.evaluation.report.appearance_section import appearance_section, worst_queries_section
from analytics.evaluation.report.writing import Facts, write_report


def write_reid_report(folder: Path, portraits: Portraits, appearance: Appearance, facts: Facts, pictures: Path) -> Path:
    """Write the report of a folder of pictures; see `write_report`. The portraits' keys are paths below it."""

    def read(wanted: Collection[str]) -> Mapping[str, bytes]:
        return {name: (pictures / name).read_bytes() for name in wanted}

    sections = [appearance_section(portraits, appearance, None), worst_queries_section(portraits, appearance, read)]
    tables = {"retrieval_scores": appearance.scores}
    return write_report(folder, "How well people are told apart", facts, tables, sections)
