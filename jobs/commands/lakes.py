"""`crosscam status`: what a lake holds of its nights."""

from typing import Annotated

import typer

from jobs.options import FormatOption, LakeOption, NightOption, open_lake, parse_nights
from jobs.output import Format, write_json, write_rows
from jobs.status import CAMERA_COLUMNS, COMPACT_CAMERA_COLUMNS, COMPACT_PROBLEM_COLUMNS, PROBLEM_COLUMNS, compact
from jobs.status import status as status_of


def status(
    lake: LakeOption,
    night: NightOption = None,
    problems: Annotated[bool, typer.Option("--problems", help="Only the list of files that need a hand.")] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Tell per camera what was done and how much was seen, which files need a hand, and why.

    "analysed" is how long detection and tracking saw of the time in which the camera should record (`expected` in
    site.yaml; without it from its first to its last recording of the night); "coverage" is the share. What was
    recorded at other times is told as "outside" and covers nothing. Nights are local dates of the site. The table is
    short: CSV and JSON have every count, in seconds. JSON has all lists; CSV has the cameras, or with --problems the
    files that need a hand.
    """
    found = status_of(open_lake(lake), parse_nights(night))
    if form is Format.JSON:
        lists = {"cameras": found.cameras, "problems": found.problems, "worth_knowing": found.worth_knowing}
        write_json({name: list(rows) for name, rows in lists.items()})
        return
    if form is Format.CSV:
        write_rows(found.problems if problems else found.cameras, PROBLEM_COLUMNS if problems else CAMERA_COLUMNS, form)
        return
    if not problems:
        write_rows([compact(row) for row in found.cameras], COMPACT_CAMERA_COLUMNS, form)
    if problems or found.problems:
        write_rows(found.problems, COMPACT_PROBLEM_COLUMNS, form, "" if problems else "Files that need a hand")
    if found.worth_knowing and not problems:
        write_rows(found.worth_knowing, COMPACT_PROBLEM_COLUMNS, form, "Worth knowing")
