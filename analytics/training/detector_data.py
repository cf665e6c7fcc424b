"""The data set of detector training: frames and the boxes of the people on them, in YOLO's layout.

    data.yaml                      what Ultralytics reads: the splits and the one class
    images/<split>/<name>.jpg
    labels/<split>/<name>.txt      targets: `0 centre_x centre_y width height`, in shares of the frame
    ignored/<split>/<name>.txt     the same for people who are there but no targets: nothing is learnt from their places
    visibility/<split>/<name>.txt  visible share of each target, in [0, 1], in the order of the labels

A frame without people has empty files. Who is a target is decided when a frame is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import yaml

from analytics.errors import ConfigError
from analytics.geometry import FloatArray, ImageArray, area, read_only

DESCRIPTION_FILE = "data.yaml"
CLASS_NAME = "person"
MIN_VISIBILITY = 0.25
"""Share that must be seen of a target; of less even people cannot say where the box ends."""

MIN_HEIGHT_PX = 12.0
"""Height of the smallest target, px of the frame: one and a half cells of the network's finest grid."""

_JPEG_QUALITY = 92  # frames were compressed by their camera already: hardly anything is added


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A frame on disk and the people on it.

    Attributes:
        image: the picture's file.
        boxes: (n, 4) x_min, y_min, x_max, y_max of the targets, in shares of the frame's width and height.
        visibility: (n,) share of each target that is neither hidden nor cut off, in [0, 1]; 1 where nobody knows.
        ignored: (m, 4) boxes of people who are no targets.
    """

    image: Path
    boxes: FloatArray
    visibility: FloatArray
    ignored: FloatArray

    def __post_init__(self) -> None:
        for name in ("boxes", "visibility", "ignored"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    def pixels(self) -> ImageArray:
        """Return the (height, width, 3) RGB picture.

        Raises:
            ConfigError: it cannot be read.
        """
        import cv2

        rgb = cv2.imread(str(self.image), cv2.IMREAD_COLOR_RGB)
        if rgb is None:
            raise ConfigError("not a picture that can be read: repair or remove it", path=self.image)
        return np.asarray(rgb, np.uint8)


def write_example(
    folder: Path,
    split: str,
    name: str,
    rgb: ImageArray,
    boxes: npt.ArrayLike,
    visibility: npt.ArrayLike,
) -> None:
    """Write one frame; frames may be written by several processes at once. `write_description` comes last.

    Args:
        folder: the data set's; created.
        split: part that the frame belongs to, such as train, val or second.
        name: of the files, without extension; unique within the split.
        rgb: (height, width, 3) picture.
        boxes: (n, 4) px around all of each person, clipped to the picture; one without area is not in the picture.
        visibility: (n,) share of each person that is neither hidden nor cut off, in [0, 1].

    Raises:
        ValueError: the shapes do not fit.
    """
    import cv2

    height, width = rgb.shape[:2]
    corners = np.asarray(boxes, np.float64).reshape(-1, 4)
    seen = np.asarray(visibility, np.float64).reshape(-1)
    if len(corners) != len(seen):
        raise ValueError(f"expected a visibility for each of {len(corners)} boxes, got {len(seen)}")
    is_there = area(corners) > 0
    is_target = is_there & (seen >= MIN_VISIBILITY) & (corners[:, 3] - corners[:, 1] >= MIN_HEIGHT_PX)
    image, labels, shown, ignored = _files(folder, split, name)
    for path in (image, labels, shown, ignored):
        path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(image), np.ascontiguousarray(rgb[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    shares = corners / [width, height, width, height]
    labels.write_text(_lines(shares[is_target]), encoding="ascii")
    shown.write_text("".join(f"{share:.3f}\n" for share in seen[is_target].tolist()), encoding="ascii")
    ignored.write_text(_lines(shares[is_there & ~is_target]), encoding="ascii")


def write_description(folder: Path) -> None:
    """Write data.yaml, naming the splits that there are. Raises ConfigError when there is none."""
    names = splits(folder)
    if not names:
        raise ConfigError("expected frames in images/<split>, found none", path=folder)
    # `val` must be named for Ultralytics; a data set without one is checked on what it is trained on
    places = {"train": f"images/{names[0]}", "val": f"images/{names[0]}"} | {name: f"images/{name}" for name in names}
    content = {"path": str(folder.resolve()), **places, "names": {0: CLASS_NAME}}
    (folder / DESCRIPTION_FILE).write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def splits(folder: Path) -> tuple[str, ...]:
    """Return the names of a data set's splits, sorted."""
    images = folder / "images"
    return tuple(sorted(path.name for path in images.iterdir() if path.is_dir())) if images.is_dir() else ()


def read_examples(folder: Path, split: str) -> tuple[Example, ...]:
    """Return a split's frames in order of name; the pictures themselves are read when they are asked for.

    A data set of another making may lack `ignored`, `visibility` and the files of frames without people.

    Raises:
        ConfigError: there is no such split, or a line of a label file breaks the format.
    """
    images = sorted((folder / "images" / split).glob("*.jpg"))
    if not images:
        found = ", ".join(splits(folder)) or "no folder images/"
        raise ConfigError(f"expected frames in images/{split}/*.jpg, found none (splits: {found})", path=folder)
    return tuple(_example(folder, split, image) for image in images)


def _example(folder: Path, split: str, image: Path) -> Example:
    _, labels, shown, ignored = _files(folder, split, image.stem)
    boxes = _read_boxes(labels)
    return Example(image, boxes, _read_shares(shown, len(boxes)), _read_boxes(ignored))


def _files(folder: Path, split: str, name: str) -> tuple[Path, Path, Path, Path]:
    return (
        folder / "images" / split / f"{name}.jpg",
        folder / "labels" / split / f"{name}.txt",
        folder / "visibility" / split / f"{name}.txt",
        folder / "ignored" / split / f"{name}.txt",
    )


def _lines(shares: FloatArray) -> str:
    centres, sides = (shares[:, :2] + shares[:, 2:]) / 2, shares[:, 2:] - shares[:, :2]
    rows: Sequence[Sequence[float]] = np.hstack([centres, sides]).tolist()
    return "".join(f"0 {x:.6f} {y:.6f} {width:.6f} {height:.6f}\n" for x, y, width, height in rows)


def _read_boxes(path: Path) -> FloatArray:
    if not path.is_file():
        return np.zeros((0, 4))
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            _, x, y, width, height = map(float, line.split())
        except ValueError as error:
            raise ConfigError(
                f"expected `class centre_x centre_y width height`, got {line!r}", path=path, field=f"line {number}"
            ) from error
        if not (0 <= x <= 1 and 0 <= y <= 1 and 0 < width <= 1 and 0 < height <= 1):
            raise ConfigError(f"expected shares of the frame, got {line!r}", path=path, field=f"line {number}")
        rows.append((x - width / 2, y - height / 2, x + width / 2, y + height / 2))
    return np.clip(np.array(rows, np.float64).reshape(-1, 4), 0, 1)


def _read_shares(path: Path, count: int) -> FloatArray:
    if not path.is_file():
        return np.ones(count)
    try:
        shares = np.array(list(map(float, path.read_text(encoding="utf-8").split())), np.float64)
    except ValueError as error:
        raise ConfigError(f"expected a number on each line: {error}", path=path) from error
    if len(shares) != count or not ((shares >= 0) & (shares <= 1)).all():
        raise ConfigError(f"expected a share in [0, 1] for each of {count} labels, got {shares.tolist()}", path=path)
    return shares
