"""The data set of re-ID training: pictures of people at one size in a memory-mapped array, and who is on them.

A pack is a folder with `images.npy`, (n, height, width, 3) uint8 RGB, and `labels.parquet` with `person_id`,
`camera_id` and `family`, one row for each picture in the same order. A folder for each person,
`<root>/<person_id>/<camera_id>_<number>.jpg`, is packed once, into the folder of the run that reads it.
"""

import csv
import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from analytics.errors import ConfigError
from analytics.geometry import ImageArray, IntArray

IMAGES_FILE, LABELS_FILE = "images.npy", "labels.parquet"
HEIGHT_PX, WIDTH_PX = 128, 64
"""Twice as high as wide, as people are; 256 x 128, common in re-ID, costs four times as much on a CPU."""

_NAME = re.compile(r"(?P<camera>.+)_(?P<number>\d+)")
_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})
_STATE_KEY = b"crosscam_source"


@dataclass(frozen=True, slots=True, eq=False)
class ReidData:
    """Pictures of people and their labels.

    Attributes:
        images: (n, height, width, 3) uint8 RGB, memory-mapped or not.
        people: (n,) number of the person, index into `person_ids`.
        cameras: (n,) number of the camera, index into `camera_ids`.
        families: (n,) number of the family (such as a texture family of a simulation), index into `family_names`.
        person_ids: names of the people, sorted.
        camera_ids: names of the cameras, sorted.
        family_names: names of the families, sorted.
    """

    images: ImageArray
    people: IntArray
    cameras: IntArray
    families: IntArray
    person_ids: tuple[str, ...]
    camera_ids: tuple[str, ...]
    family_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.images)

    def select(self, rows: IntArray) -> "ReidData":
        """Return the data of some pictures, read into memory; people, cameras and families keep their numbers."""
        return replace(
            self,
            images=np.array(self.images[rows]),
            people=self.people[rows],
            cameras=self.cameras[rows],
            families=self.families[rows],
        )

    @staticmethod
    def of(
        images: ImageArray,
        person_ids: Sequence[str],
        camera_ids: Sequence[str],
        family: Sequence[str] | None = None,
    ) -> "ReidData":
        """Number the labels of n pictures. Raises ValueError where the lengths differ."""
        named = [person_ids, camera_ids, family if family is not None else [""] * len(images)]
        if {len(images)} != set(map(len, named)):
            raise ValueError(f"{len(images)} pictures, but {', '.join(map(str, map(len, named)))} labels")
        numbered = [np.unique(np.asarray(labels, dtype=np.str_), return_inverse=True) for labels in named]
        names = [tuple(map(str, found)) for found, _ in numbered]
        people, cameras, families = (inverse.astype(np.int64) for _, inverse in numbered)
        return ReidData(images, people, cameras, families, *names)


def open_reid_data(folder: Path, packs: Path) -> ReidData:
    """Open a pack, or pictures of people, which are packed first unless that was done before.

    Args:
        folder: a pack; or `<person_id>/<camera_id>_<number>.jpg`; or pictures with an index.csv. It is only read.
        packs: folder where packs are kept; one is made anew when a picture changed.

    Raises:
        ConfigError: it is none of them, its files contradict each other, or the pack cannot be written.
    """
    if not folder.is_dir():
        raise ConfigError(f"expected a folder with pictures of people, {folder} is none", field="DATASET")
    if (folder / IMAGES_FILE).is_file():
        return _read_pack(folder)
    paths, labels = list_pictures(folder)
    pack = packs / f"{folder.name}-{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:8]}"
    state = _state(paths)
    if _packed_state(pack) != state:
        try:
            write_pack(pack, labels.replace_schema_metadata({_STATE_KEY: state}), map(_picture, paths))
        except OSError as error:
            raise ConfigError(f"the pictures cannot be packed into {pack}: {error}", field="--out") from error
    return _read_pack(pack)


def write_pack(
    folder: Path, labels: pa.Table, pictures: Iterable[ImageArray], size_px: tuple[int, int] = (HEIGHT_PX, WIDTH_PX)
) -> None:
    """Write a pack; it appears whole or not at all, in place of an older one.

    Args:
        folder: where to; created.
        labels: one row for each picture: person_id, camera_id and, if there are, family.
        pictures: (height, width, 3) uint8 RGB each, in the order of the labels.
        size_px: height and width of the pictures.

    Raises:
        ValueError: the pictures are fewer or more than the labels, or of another size.
    """
    staging = folder.with_name(f"{folder.name}.part-{os.getpid()}")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    try:
        count = labels.num_rows
        images = np.lib.format.open_memmap(staging / IMAGES_FILE, mode="w+", dtype=np.uint8, shape=(count, *size_px, 3))
        for place, picture in zip(images, pictures, strict=True):
            if picture.shape != place.shape:
                raise ValueError(f"expected pictures of {place.shape}, got one of {picture.shape}")
            place[...] = picture
        images.flush()
        pq.write_table(labels, staging / LABELS_FILE)
        shutil.rmtree(folder, ignore_errors=True)
        staging.replace(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _read_pack(folder: Path) -> ReidData:
    try:
        images = np.load(folder / IMAGES_FILE, mmap_mode="r")
        labels = pq.read_table(folder / LABELS_FILE)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise ConfigError(f"the pack cannot be read: {error}. Make it again.", path=folder) from error
    if images.ndim != 4 or images.shape[3] != 3 or images.dtype != np.uint8 or len(images) != labels.num_rows:
        raise ConfigError(
            f"expected (n, height, width, 3) uint8 pictures and n labels, found {images.dtype} {images.shape} and "
            f"{labels.num_rows} labels. Make the pack again.",
            path=folder,
        )
    missing = {"person_id", "camera_id"} - set(labels.column_names)
    if missing:
        raise ConfigError(f"the column {' and '.join(sorted(missing))} is missing", path=folder / LABELS_FILE)
    family = labels["family"].to_pylist() if "family" in labels.column_names else None
    return ReidData.of(images, labels["person_id"].to_pylist(), labels["camera_id"].to_pylist(), family)


def list_pictures(folder: Path) -> tuple[list[Path], pa.Table]:
    """Return the pictures of a folder for each person or of an index, and their labels in the same order.

    Returns:
        Paths, and a table of `person_id`, `camera_id` and, if the index has it, `family`.

    Raises:
        ConfigError: there are none, or the index lacks a column.
    """
    index = folder / "index.csv"
    if index.is_file():
        return _indexed(folder, index)
    found = [
        (path, person.name, match["camera"])
        for person in sorted(folder.iterdir())
        if person.is_dir() and not person.name.startswith(".")
        for path in sorted(person.iterdir())
        if path.suffix.lower() in _SUFFIXES and (match := _NAME.fullmatch(path.stem))
    ]
    if not found:
        raise ConfigError(
            "no pictures found; expected <person_id>/<camera_id>_<number>.jpg, or index.csv with path, person_id and "
            "camera_id",
            path=folder,
        )
    paths, people, cameras = zip(*found, strict=True)
    return list(paths), pa.table({"person_id": people, "camera_id": cameras})


def _indexed(folder: Path, index: Path) -> tuple[list[Path], pa.Table]:
    with index.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wanted = ("path", "person_id", "camera_id")
    if not rows or not set(wanted) <= set(rows[0]):
        found = ", ".join(rows[0]) if rows else "no rows"
        raise ConfigError(f"expected the columns {', '.join(wanted)}, found {found}", path=index)
    named = {name: [row[name] for row in rows] for name in wanted}
    families = {"family": [row["family"] or "" for row in rows]} if "family" in rows[0] else {}
    labels = pa.table({"person_id": named["person_id"], "camera_id": named["camera_id"], **families})
    return [folder / path for path in named["path"]], labels


def _picture(path: Path) -> ImageArray:
    import cv2

    from analytics.perception.embedders._vectors import resized

    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if bgr is None:
        raise ConfigError("not a picture that can be read: repair or remove it", path=path)
    return resized(np.asarray(bgr, np.uint8), WIDTH_PX, HEIGHT_PX)[..., ::-1]


def _state(paths: Sequence[Path]) -> bytes:
    """Return a digest of the names, sizes and times of the pictures, by which a pack knows that it is stale."""
    digest = hashlib.sha256(f"{HEIGHT_PX}x{WIDTH_PX}".encode())
    for path in paths:
        try:
            facts = path.stat()
        except OSError as error:
            raise ConfigError(f"the picture is not there: {error}", path=path) from error
        digest.update(f"{path}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest().encode()


def _packed_state(pack: Path) -> bytes | None:
    try:
        metadata = pq.read_schema(pack / LABELS_FILE).metadata or {}
    except (OSError, pa.ArrowException):
        return None
    state: bytes | None = metadata.get(_STATE_KEY)
    return state
