"""Example pictures: read with care, for they come from anywhere, and cut to the person that is meant."""

import io
from pathlib import Path

import numpy as np

from analytics.errors import ConfigError
from analytics.geometry import FloatArray, ImageArray
from analytics.perception.frame import Crop, Frame
from analytics.perception.plugins import Detector

MAX_BYTES = 50_000_000
MAX_PIXELS = 50_000_000
"""Limits of a picture: a frame of 8K video has 33 million pixels; beyond is a mistake or an attack."""

MIN_HEIGHT_PX = 24
"""Height below which a crop shows nobody that could be told from another; from 128 px on more adds nothing."""

PERSON = "person"
_CROP_SHAPE = 1.5  # height over width from which a small picture is taken for a crop of one person
_CROP_HEIGHT_PX = 400  # and up to which height: detectors see nonsense in a crop that is scaled up to a frame
_MIN_SCORE = 0.25  # of people in an example picture: a low score suits tracking, not somebody who has to choose


def read_bytes(path: Path) -> bytes:
    """Return the content of a picture's file.

    Raises:
        ConfigError: it cannot be read, or is larger than the limit.
    """
    try:
        size_bytes = path.stat().st_size
        if size_bytes > MAX_BYTES:
            raise ConfigError(
                f"expected a picture of at most {MAX_BYTES // 10**6} MB, got {size_bytes / 1e6:.0f} MB", path=path
            )
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"the picture cannot be read: {error.strerror}", path=path) from error


def decode_picture(content: bytes, name: str) -> ImageArray:
    """Return a (height, width, 3) BGR picture, turned upright as its EXIF data say.

    Args:
        content: of a JPEG, PNG, WebP, BMP or TIFF file.
        name: of the file, for the message.

    Raises:
        ConfigError: it is no picture, or larger than the limit, which its header tells before anything is unpacked.
    """
    import cv2
    from PIL import Image, UnidentifiedImageError

    path = Path(name)
    try:
        with Image.open(io.BytesIO(content)) as header:
            width_px, height_px = header.size
    # ImportError: Ultralytics, once loaded, has Pillow look for its HEIF plug-in before it gives up
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, ImportError) as error:
        raise ConfigError("expected a picture (JPEG, PNG, WebP, BMP or TIFF), this is none", path=path) from error
    if width_px * height_px > MAX_PIXELS:
        raise ConfigError(
            f"expected at most {MAX_PIXELS // 10**6} million pixels, got {width_px} x {height_px}", path=path
        )
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise ConfigError("the picture is damaged: it cannot be decoded", path=path)
    return np.asarray(picture, np.uint8)


def is_crop(picture: ImageArray) -> bool:
    """Tell whether a picture has the shape and size of a crop of one person, as this lake's own crops have."""
    height_px, width_px = picture.shape[:2]
    return bool(height_px <= _CROP_HEIGHT_PX and height_px >= _CROP_SHAPE * width_px)


def people_in(picture: ImageArray, detector: Detector) -> FloatArray:
    """Return the (n, 4) boxes of people, px, the tallest first; a crop is one person."""
    if is_crop(picture):
        return np.array([[0, 0, picture.shape[1], picture.shape[0]]], np.float32)
    found = detector.detect([Frame("example", 0, picture)])[0]
    is_person = np.array([detector.class_names[number] == PERSON for number in found.class_nos.tolist()], np.bool_)
    boxes = found.boxes[is_person & (found.scores >= _MIN_SCORE)]
    order = np.argsort(-(boxes[:, 3] - boxes[:, 1]), kind="stable")
    people: FloatArray = boxes[order]
    return people


def person_crop(picture: ImageArray, boxes: FloatArray, number: int | None) -> Crop:
    """Return the person that is meant.

    Args:
        picture: (height, width, 3) BGR.
        boxes: (n, 4) people, of `people_in`.
        number: which, from 1; None: the only one.

    Raises:
        ConfigError: nobody is there, several are, or the one is too small.
    """
    if not len(boxes):
        raise ConfigError("found no person in the picture: give the place of one with --box, or a crop of one")
    if number is None and len(boxes) > 1:
        listed = "; ".join(f"{place}: {_told(box)}" for place, box in enumerate(boxes.tolist(), start=1))
        raise ConfigError(
            f"expected one person in the picture, found {len(boxes)}: choose one ({listed})", field="--person"
        )
    if number is not None and not 1 <= number <= len(boxes):
        raise ConfigError(f"expected a number of 1 to {len(boxes)} people found, got {number}", field="--person")
    return cut(picture, tuple(boxes[(number or 1) - 1].tolist()))


def cut(picture: ImageArray, box: tuple[float, ...]) -> Crop:
    """Return what a box x_min, y_min, x_max, y_max in px shows.

    Raises:
        ConfigError: it lies outside the picture, or is too small.
    """
    height_px, width_px = picture.shape[:2]
    left, top = max(int(np.floor(box[0])), 0), max(int(np.floor(box[1])), 0)
    right, bottom = min(int(np.ceil(box[2])), width_px), min(int(np.ceil(box[3])), height_px)
    if right <= left or bottom <= top:
        raise ConfigError(f"expected a box inside the picture of {width_px} x {height_px} px, got {box}", field="--box")
    if bottom - top < MIN_HEIGHT_PX:
        raise ConfigError(
            f"expected a person at least {MIN_HEIGHT_PX} px tall, got {bottom - top} px: too little to tell who"
        )
    return Crop(np.ascontiguousarray(picture[top:bottom, left:right]))


def _told(box: list[float]) -> str:
    return ",".join(f"{side:.0f}" for side in box)
