"""Where things lie in the lake, and which names are allowed. No I/O here.

<table>/night=YYYY-MM-DD/[camera=<id>/]<key>-<digest>.parquet    the rows of one work item
_ledger/night=YYYY-MM-DD/<stage>/<key>.json                      the entry of one work item
_ledger/night=YYYY-MM-DD/<stage>.current.json                    what readers of the night use
_ledger/site.json                                                whose lake it is
_audit/<number>.json                                             who did what, see `audit_log`
"""

import re
from datetime import date
from urllib.parse import quote, unquote

LEDGER = "_ledger"
AUDIT = "_audit"
SITE_PATH = f"{LEDGER}/site.json"
_NIGHT = "night="
_CAMERA = "camera="
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,199}")


def checked_path(path: str) -> str:
    """Return a path if it is relative, with forward slashes, and no part is empty or begins with a dot.

    Raises:
        ValueError: it is none of these.
    """
    if any(not part or part[0] == "." for part in path.split("/")) or "\\" in path or "\0" in path:
        raise ValueError(f"expected a relative path of names that begin with no dot, got {path!r}")
    return path


def checked_name(name: str) -> str:
    """Return a name if it can stand in a path as it is: letters, digits, `_`, `.`, `-`, at most 200.

    Raises:
        ValueError: it cannot.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"expected letters, digits, '_', '.' and '-', beginning with none of these three, got {name!r}"
        )
    return name


def night_folder(night: date) -> str:
    """Return the name of a night's folder, as Hive partitioning spells it."""
    return f"{_NIGHT}{night.isoformat()}"


def night_named(folder: str) -> date | None:
    """Return the night that a folder's name stands for, or None."""
    try:
        return date.fromisoformat(folder.removeprefix(_NIGHT)) if folder.startswith(_NIGHT) else None
    except ValueError:
        return None


def table_path(table: str, night: date, camera_id: str | None, key: str, content_digest: str) -> str:
    """Return where one item's rows of a table lie.

    The content is part of the name: two attempts at one item that differ (a GPU's last bits) never mix, since
    each entry names its own files and no file is ever overwritten with something else.
    """
    camera = "" if camera_id is None else f"{_CAMERA}{quote(camera_id, safe='')}/"
    return checked_path(f"{table}/{night_folder(night)}/{camera}{checked_name(key)}-{content_digest[:12]}.parquet")


def camera_of(path: str) -> str | None:
    """Return the camera whose rows a table's file holds, or None where the night's cameras share the file."""
    folder = path.split("/")[2]
    return unquote(folder.removeprefix(_CAMERA)) if folder.startswith(_CAMERA) else None


def stage_folder(night: date, stage: str) -> str:
    """Return the folder of a stage's entries."""
    return f"{LEDGER}/{night_folder(night)}/{checked_name(stage)}"


def entry_path(night: date, stage: str, key: str) -> str:
    """Return where the entry of one item lies."""
    return f"{stage_folder(night, stage)}/{checked_name(key)}.json"


def publication_path(night: date, stage: str) -> str:
    """Return where it is written what readers of a night use of a stage."""
    return f"{stage_folder(night, stage)}.current.json"
