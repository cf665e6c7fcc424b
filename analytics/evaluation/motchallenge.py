"""Truth as MOTChallenge text: one file for each camera, `<camera_id>.txt`, one row for each box.

Columns: frame (from 1), identity, left, top, width, height, considered (1: counts, 0: ignored), and either class and
visibility (MOT16 and later, 9 columns) or three world coordinates (MOT15, 10 columns). Nothing is scored here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from analytics.errors import ConfigError
from analytics.geometry import BoolArray, FloatArray, IntArray, read_only

PERSON = 1
"""MOTChallenge's number of the class pedestrian; files without a class column hold nothing else."""

_COLUMN_COUNTS = (7, 9, 10)
_NAMES = ("frame", "identity", "left", "top", "width", "height", "considered", "class", "visibility")


@dataclass(frozen=True, slots=True)
class Annotations:
    """The boxes of one camera, by frame and identity.

    Attributes:
        frames: (n,) number of the decoded frame, from 1.
        ids: (n,) identity; the same one in two cameras is the same person.
        boxes: (n, 4) pixels of the original frame, float64.
        is_considered: (n,) whether the box counts.
        class_nos: (n,) MOTChallenge class; PERSON where the file has no such column.
        visibility: (n,) share that is not hidden, in [0, 1]; 1 where the file has no such column.
    """

    frames: IntArray
    ids: IntArray
    boxes: FloatArray
    is_considered: BoolArray
    class_nos: IntArray
    visibility: FloatArray

    def __post_init__(self) -> None:
        count = len(self.frames)
        if self.boxes.shape != (count, 4):
            raise ValueError(f"expected ({count}, 4) boxes, got {self.boxes.shape}")
        for name in ("frames", "ids", "boxes", "is_considered", "class_nos", "visibility"):
            array = getattr(self, name)
            if len(array) != count:
                raise ValueError(f"expected {count} {name}, got {len(array)}")
            object.__setattr__(self, name, read_only(array))

    def __len__(self) -> int:
        return len(self.frames)

    def counted(self, class_no: int = PERSON) -> "Annotations":
        """Return the boxes that count under the MOT15 rule: considered, and of one class.

        What stands on an ignored box is a false positive, as in TrackEval for MOT15.
        """
        return self._where(self.is_considered & (self.class_nos == class_no))

    def moved(self, frame_count: int) -> "Annotations":
        """Return the same boxes so many frames later."""
        return replace(self, frames=self.frames + frame_count)

    def renamed(self, ids: IntArray) -> "Annotations":
        """Return the same boxes with other (n,) identities."""
        return replace(self, ids=ids)

    def _where(self, is_kept: BoolArray) -> "Annotations":
        return Annotations(
            self.frames[is_kept],
            self.ids[is_kept],
            self.boxes[is_kept],
            self.is_considered[is_kept],
            self.class_nos[is_kept],
            self.visibility[is_kept],
        )


def annotations(
    frames: IntArray, ids: IntArray, boxes: FloatArray, visibility: FloatArray | None = None
) -> Annotations:
    """Return boxes of people that all count, ordered by frame and identity.

    Args:
        frames: (n,) frame numbers, >= 1.
        ids: (n,) identities, >= 0.
        boxes: (n, 4) pixels.
        visibility: (n,) in [0, 1]; None: all visible.
    """
    order = np.lexsort((ids, frames))
    count = len(frames)
    return Annotations(
        np.asarray(frames, np.int64)[order],
        np.asarray(ids, np.int64)[order],
        np.asarray(boxes, np.float64).reshape(-1, 4)[order],
        np.ones(count, np.bool_),
        np.full(count, PERSON, np.int64),
        np.ones(count) if visibility is None else np.asarray(visibility, np.float64)[order],
    )


def joined(parts: Sequence[Annotations]) -> Annotations:
    """Return all boxes of at least one part, in order."""
    return Annotations(
        *(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Annotations))
    )


def read(path: Path) -> Annotations:
    """Read one camera's truth.

    Raises:
        ConfigError: the file cannot be read or is empty, or a line breaks the format; with the line's number.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"expected MOTChallenge text, cannot read it: {error}", path=path) from error
    rows = list(_rows(path, text))
    if not rows:
        raise ConfigError("expected at least one row `frame,identity,left,top,width,height,1,...`, got none", path=path)
    table = np.array(rows, np.float64)
    left_top, sides = table[:, 2:4], table[:, 4:6]
    return Annotations(
        frames=table[:, 0].astype(np.int64),
        ids=table[:, 1].astype(np.int64),
        boxes=np.hstack([left_top, left_top + sides]),
        is_considered=table[:, 6] == 1,
        class_nos=table[:, 7].astype(np.int64),
        visibility=table[:, 8],
    )


def write(path: Path, boxes: Annotations) -> None:
    """Write one camera's truth, 9 columns; pixels to a thousandth."""
    left_top, sides = boxes.boxes[:, :2], boxes.boxes[:, 2:] - boxes.boxes[:, :2]
    lines = [
        f"{frame},{identity},{x:.3f},{y:.3f},{width:.3f},{height:.3f},{considered:d},{class_no},{visibility:.3f}"
        for frame, identity, (x, y), (width, height), considered, class_no, visibility in zip(
            boxes.frames.tolist(),
            boxes.ids.tolist(),
            left_top.tolist(),
            sides.tolist(),
            boxes.is_considered.tolist(),
            boxes.class_nos.tolist(),
            boxes.visibility.tolist(),
            strict=True,
        )
    ]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _rows(path: Path, text: str) -> Iterator[tuple[float, ...]]:
    """Yield the nine values of each row, checked."""
    line_of: dict[tuple[float, float], int] = {}
    column_count: int | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        values = _numbers(line.split(","), path, number)
        column_count = column_count or len(values)
        if len(values) != column_count or column_count not in _COLUMN_COUNTS:
            expected = column_count if column_count in _COLUMN_COUNTS else " or ".join(map(str, _COLUMN_COUNTS))
            raise _wrong(path, number, f"expected {expected} columns, got {len(values)}")
        # columns 8 to 10 of MOT15 are world coordinates: it knows no class
        row = (*values[:7], *(values[7:9] if len(values) == 9 else (PERSON, 1.0)))
        _check(row, path, number)
        earlier = line_of.setdefault(row[:2], number)
        if earlier != number:
            raise _wrong(path, number, f"identity {row[1]:g} is in frame {row[0]:g} already, on line {earlier}")
        yield row


def _numbers(fields: list[str], path: Path, line: int) -> tuple[float, ...]:
    values = []
    for place, field in enumerate(fields):
        try:
            value = float(field)
        except ValueError as error:
            raise _wrong(path, line, f"expected a number as {_name(place)}, got {field.strip()!r}") from error
        if not np.isfinite(value):
            raise _wrong(path, line, f"expected a finite number as {_name(place)}, got {field.strip()!r}")
        values.append(value)
    return tuple(values)


def _check(row: tuple[float, ...], path: Path, line: int) -> None:
    frame, identity, _, _, width, height, considered, class_no, visibility = row
    rules = (
        (frame >= 1 and frame.is_integer(), "a whole frame number from 1", frame),
        (identity.is_integer() and identity >= 0, "a whole identity >= 0 (-1 marks detections, not truth)", identity),
        (width > 0, "a width > 0", width),
        (height > 0, "a height > 0", height),
        (considered in (0, 1), "0 or 1 in column 7 (whether the box counts)", considered),
        (float(class_no).is_integer(), "a whole class", class_no),
        (0 <= visibility <= 1, "a visibility in [0, 1]", visibility),
    )
    for holds, expected, found in rules:
        if not holds:
            raise _wrong(path, line, f"expected {expected}, got {found:g}")


def _name(place: int) -> str:
    return _NAMES[place] if place < len(_NAMES) else f"column {place + 1}"


def _wrong(path: Path, line: int, reason: str) -> ConfigError:
    return ConfigError(reason, path=path, field=f"line {line}")
