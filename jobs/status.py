"""What the lake knows of its nights: per camera what was done and how much was seen, and which files need a hand.

Reads the ledger and the published tables; opens no footage.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from analytics.discovery.repairs import is_nothing, repair_of
from analytics.errors import LakeError
from analytics.lake.lake import Lake
from analytics.tables import COVERAGE, RECORDING_STATUSES, RECORDINGS
from jobs.night import planned_keys
from jobs.output import Value
from jobs.plan import STAGE

SEGMENT_STATUSES = ("done", "quarantined", "failed", "missing")
CAMERA_COLUMNS = (
    "night",
    "camera_id",
    *(f"recordings_{status}" for status in RECORDING_STATUSES),
    *(f"segments_{status}" for status in SEGMENT_STATUSES),
    "expected_s",
    "analysed_s",
    "analysed_expected_s",
    "outside_expected_s",
    "coverage",
)
_COVERED = ("expected_s", "analysed_s", "analysed_expected_s")
COMPACT_CAMERA_COLUMNS = ("night", "camera_id", "recordings", "segments", "analysed", "coverage")
"""What fits a terminal of 100 columns."""

COMPACT_PROBLEM_COLUMNS = ("path", "status", "reason", "repair")
PROBLEM_COLUMNS = ("night", "camera_id", "path", "status", "reason", "repair")
_BY_CHANGE = "counted to the night of its modification time"


@dataclass(frozen=True, slots=True)
class Status:
    """How nights stand. A camera_id of None: files that no camera is known for.

    Attributes:
        cameras: rows of `CAMERA_COLUMNS`.
        problems: files that need a hand; rows of `PROBLEM_COLUMNS`.
        worth_knowing: files with a reason of which nothing has to be done, such as copies; rows of `PROBLEM_COLUMNS`.
    """

    cameras: tuple[Mapping[str, Value], ...]
    problems: tuple[Mapping[str, Value], ...]
    worth_knowing: tuple[Mapping[str, Value], ...]


def status(lake: Lake, nights: Collection[date] | None = None) -> Status:
    """Tell how the nights of a lake stand.

    Args:
        lake: the lake.
        nights: nights wanted; None: all that it has. Files without a start are told of every night.

    Raises:
        LakeError: the lake is damaged, or knows nothing at all or of a night that is asked for.
    """
    known = lake.ledger.nights()
    if not known:
        where = lake.store.location
        raise LakeError(f"expected a lake with nights, {where} has none: check --lake, or fill it by `crosscam run`")
    if unknown := sorted(set(nights or ()) - set(known)):
        have = f"{known[0]} to {known[-1]}"
        raise LakeError(f"the lake knows nothing of {unknown[0]}, only of {have}: run `crosscam run --night` for it")
    cameras: list[Mapping[str, Value]] = []
    files: list[Mapping[str, Value]] = []
    wanted = known if nights is None else sorted(set(nights))
    for night in wanted:
        recordings = lake.read(RECORDINGS, [night]).to_pylist()
        segments = _segments(lake, night)
        covered = _covered(lake, night)
        named = {row["camera_id"] or "" for row in recordings} | set(segments) | set(covered)
        cameras += [_camera_row(night, camera, recordings, segments, covered) for camera in sorted(named)]
        in_order = sorted(recordings, key=lambda row: (row["path"], row["recording_id"]))
        files += [_problem_row(row) for row in in_order if row["reason"] is not None]
    files += _of_any_night(lake, sorted(set(known) - set(wanted)))
    return Status(
        tuple(cameras),
        problems=tuple(row for row in files if not is_nothing(str(row["repair"]))),
        worth_knowing=tuple(row for row in files if is_nothing(str(row["repair"]))),
    )


def _of_any_night(lake: Lake, nights: Sequence[date]) -> list[Mapping[str, Value]]:
    """Return the files of other nights that may belong to any: without a start they are counted to some night."""
    rows = lake.read(RECORDINGS, nights).to_pylist() if nights else []
    homeless = [row for row in rows if row["status"] == "unparsed" or (row["starts_at"] is None and row["reason"])]
    return [_problem_row(row) for row in sorted(homeless, key=lambda row: (row["night"], row["path"]))]


def compact(row: Mapping[str, Value]) -> Mapping[str, Value]:
    """Return a row of `CAMERA_COLUMNS` as one of `COMPACT_CAMERA_COLUMNS`: counts in words, zeros left out."""
    usable = int(row["recordings_complete"] or 0) + int(row["recordings_partial"] or 0)
    expected_s, analysed_s = float(row["expected_s"] or 0), float(row["analysed_expected_s"] or 0)
    outside_s = float(row["outside_expected_s"] or 0)
    outside = f", {_length(outside_s)} outside" if outside_s >= 1 else ""
    share = row["coverage"]
    return {
        "night": row["night"],
        "camera_id": row["camera_id"],
        "recordings": _counts(row, "recordings_", RECORDING_STATUSES) or "none",
        "segments": _counts(row, "segments_", SEGMENT_STATUSES) or ("not planned yet" if usable else "none"),
        "analysed": f"{_length(analysed_s)} of {_length(expected_s)}{outside}" if expected_s or outside else None,
        "coverage": f"{share:.1%}" if isinstance(share, float) else None,
    }


def _counts(row: Mapping[str, Value], prefix: str, statuses: Sequence[str]) -> str:
    return ", ".join(f"{row[prefix + status]} {status}" for status in statuses if row[prefix + status])


def _length(seconds: float) -> str:
    if seconds >= 2 * 3600:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 60:.1f} min" if seconds >= 120 else f"{seconds:.0f} s"


def _segments(lake: Lake, night: date) -> Mapping[str, Counter[str]]:
    found = {entry.key: entry.status for entry in lake.ledger.entries(night, STAGE)}
    return {
        camera: Counter(str(found.get(key, "missing")) for key in keys)
        for camera, keys in planned_keys(lake, night).items()
    }


def _covered(lake: Lake, night: date) -> Mapping[str, Mapping[str, float]]:
    """Return the sums of each camera's hours, seconds."""
    sums: dict[str, dict[str, float]] = {}
    for row in lake.read(COVERAGE, [night], columns=["camera_id", *_COVERED]).to_pylist():
        of_camera = sums.setdefault(row["camera_id"], dict.fromkeys(_COVERED, 0.0))
        for name in _COVERED:
            of_camera[name] += row[name]
    return sums


def _camera_row(
    night: date,
    camera_id: str,
    recordings: Collection[Mapping[str, Any]],
    segments: Mapping[str, Counter[str]],
    covered: Mapping[str, Mapping[str, float]],
) -> Mapping[str, Value]:
    statuses = Counter(row["status"] for row in recordings if (row["camera_id"] or "") == camera_id)
    seconds = covered.get(camera_id, dict.fromkeys(_COVERED, 0.0))
    expected_s, analysed_s = seconds["expected_s"], seconds["analysed_expected_s"]
    tried = segments.get(camera_id, Counter())
    return {
        "night": night.isoformat(),
        "camera_id": camera_id or None,
        **{f"recordings_{name}": statuses[name] for name in RECORDING_STATUSES},
        **{f"segments_{name}": tried[name] for name in SEGMENT_STATUSES},
        **{name: round(seconds[name], 1) for name in _COVERED},
        "outside_expected_s": round(seconds["analysed_s"] - analysed_s, 1),
        "coverage": round(analysed_s / expected_s, 4) if expected_s else None,
    }


def _problem_row(row: Mapping[str, Any]) -> Mapping[str, Value]:
    return {
        "night": row["night"].isoformat(),
        "camera_id": row["camera_id"],
        "path": row["path"],
        "status": row["status"],
        "reason": row["reason"] if row["starts_at"] else f"{row['reason']}; {_BY_CHANGE}",
        "repair": repair_of(row["status"], row["reason"]),
    }
