"""The report of a lake against the truth."""

from collections.abc import Collection
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from analytics.errors import ConfigError
from analytics.evaluation.appearance import Portraits, judge_appearance
from analytics.evaluation.evaluate import Evaluation
from analytics.evaluation.journeys import misplaced
from analytics.evaluation.links import calibration_tables
from analytics.evaluation.portraits import read_portraits
from analytics.evaluation.report.appearance_section import appearance_section, worst_queries_section
from analytics.evaluation.report.crops import best_crops
from analytics.evaluation.report.lake_sections import (
    answers_section,
    calibration_section,
    counts_section,
    linking_section,
    people_section,
    tracking_section,
)
from analytics.evaluation.report.writing import Facts, write_report
from analytics.geometry import BoolArray
from analytics.lake.lake import Lake


def write_lake_report(
    folder: Path, lake: Lake, evaluation: Evaluation, facts: Facts, nights: Collection[date] | None = None
) -> Path:
    """Write the report of a lake.

    Args:
        folder: made if it is not there; files of an earlier report are replaced.
        lake: where vectors and crops are.
        evaluation: what was found.
        facts: what was evaluated, such as the lake's address and the truth's.
        nights: nights that were evaluated; None: all.

    Returns:
        The page.

    Raises:
        ConfigError: the folder cannot be written to.
        LakeError: the lake is damaged.
    """
    crops = partial(best_crops, lake, nights=nights)
    tables, sections, notes = {"compared_tracklets": evaluation.compared}, [], list(evaluation.notes)
    if evaluation.tracking.num_rows:
        tables["tracking_scores"] = evaluation.tracking
        sections.append(tracking_section(evaluation.tracking))
    if evaluation.linking.num_rows:
        calibration, bins = calibration_tables(evaluation.links)
        tables |= {"linking_scores": evaluation.linking, "people_scores": evaluation.people}
        tables |= {"calibration_scores": calibration, "reliability_bins": bins}
        sections += [linking_section(evaluation.linking), calibration_section(evaluation)]
        if evaluation.counts.num_rows:
            tables["count_scores"] = evaluation.counts
            sections.append(counts_section(evaluation.counts))
        if evaluation.answers.num_rows:
            tables["answer_scores"] = evaluation.answers
            sections.append(answers_section(evaluation.answers))
        sections.append(people_section(evaluation, crops))
    portraits = read_portraits(lake, evaluation.compared, nights)
    try:
        appearance = judge_appearance(portraits) if portraits else None
    except ConfigError as error:
        appearance = None
        notes.append(f"appearance is not judged: {error}")
    if portraits and appearance:
        notes += _sample_note(portraits, evaluation)
        tables["retrieval_scores"] = appearance.scores
        sections.append(appearance_section(portraits, appearance, _ringed(portraits, evaluation)))
        sections.append(worst_queries_section(portraits, appearance, crops))
    return write_report(folder, "How well a lake follows the truth", {**facts, "notes": [*notes]}, tables, sections)


def _sample_note(portraits: Portraits, evaluation: Evaluation) -> list[str]:
    judged, every = len(portraits), evaluation.compared.num_rows
    if judged == every:
        return []
    return [
        f"appearance is judged on {judged} of {every} tracklets (a sample of people where there are many, and only "
        "those with vectors): in a smaller gallery people are found more easily"
    ]


def _ringed(portraits: Portraits, evaluation: Evaluation) -> BoolArray | None:
    if not evaluation.linking.num_rows:
        return None
    wrong = evaluation.compared.filter(pa.array(misplaced(evaluation.compared)))["tracklet_id"]
    return np.isin(np.array(portraits.keys), np.array(wrong.to_pylist(), np.str_))
