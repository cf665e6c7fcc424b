"""`crosscam status`: what a lake holds of its nights."""

from typing import Annotated

import typer

from jobs.options import FormatOption, LakeOption, NightOption, open_lake, parse_nights
from jobs.output import Format, write_json, write_rows
from jobs.status import CAMERA_COLUMNS, PROBLEM_COLUMNS
from jobs.status import status as status_of


def status(
    lake: LakeOption,
    night: NightOption = None,
    problems: Annotated[bool, typer.Option("--problems", help="Only the list of files that need a hand.")] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Tell per camera what was done and how much was seen, and which files need a hand, and why.

    JSON has both lists; CSV has the cameras, or with --problems the files.
    """
    found = status_of(open_lake(lake), parse_nights(night))
    if form is Format.JSON:
        write_json({"cameras": list(found.cameras), "problems": list(found.problems)})
        return
    if not problems:
        write_rows(found.cameras, CAMERA_COLUMNS, form)
    if problems or (form is Format.TABLE and found.problems):
        write_rows(found.problems, PROBLEM_COLUMNS, form, "" if problems else "Files that need a hand")
