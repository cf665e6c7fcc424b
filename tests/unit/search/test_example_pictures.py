"""Example pictures: good ones are cut right, bad ones are refused kindly."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from analytics.errors import ConfigError
from analytics.perception._ultralytics import quiet_ultralytics
from analytics.perception.frame import Detections
from analytics.search.pictures import MAX_PIXELS, cut, decode_picture, is_crop, people_in, person_crop, read_bytes


def read_picture(path: Path) -> np.ndarray:
    """Read a picture as the command line does."""
    return decode_picture(read_bytes(path), path.name)


class _Two:
    """Finds two people and a car in every frame; the first person's score is too low to count."""

    class_names = ("person", "car")
    digest = "two"

    def detect(self, frames: object) -> list[Detections]:
        boxes = np.array([[0, 0, 50, 50], [10, 10, 40, 90], [60, 20, 90, 110], [0, 0, 9, 99]], np.float32)
        scores = np.array([0.9, 0.8, 0.7, 0.1], np.float32)
        return [Detections(boxes, scores, np.array([1, 0, 0, 0], np.int16))]


def picture(width_px: int = 160, height_px: int = 120) -> np.ndarray:
    """Return a picture whose pixels tell where they are."""
    y, x = np.mgrid[:height_px, :width_px]
    return np.stack([x % 256, y % 256, x // 256], axis=-1).astype(np.uint8)


def test_pictures_are_read_upright_and_whole(tmp_path: Path) -> None:
    """PNG gives the very pixels."""
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), picture())
    assert (read_picture(path) == picture()).all()


@pytest.mark.parametrize(
    "content", [b"", b"no picture at all", b"\x89PNG\r\n\x1a\n broken", b"\xff\xd8\xff\xe0 cut off"]
)
def test_what_is_no_picture_is_refused(tmp_path: Path, content: bytes) -> None:
    """The message says what is wanted."""
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"expected a picture|damaged"):
        read_picture(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_picture(tmp_path / "missing.jpg")


def test_what_is_no_picture_is_refused_after_a_detector_was_loaded(tmp_path: Path) -> None:
    """Ultralytics replaces how Pillow opens files."""
    quiet_ultralytics()
    import ultralytics.utils.patches  # noqa: F401

    (tmp_path / "a.jpg").write_bytes(b"no picture at all")
    with pytest.raises(ConfigError, match="expected a picture"):
        read_picture(tmp_path / "a.jpg")


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    """A PNG of some kilobytes that would be gigabytes of pixels: its header is enough."""
    side = int(MAX_PIXELS**0.5) + 100
    path = tmp_path / "bomb.png"
    cv2.imwrite(str(path), np.zeros((side, side), np.uint8))
    with pytest.raises(ConfigError, match="50 million pixels"):
        read_picture(path)


def test_people_are_listed_the_tallest_first_and_have_to_be_chosen() -> None:
    """Cars and low scores are left out; two people need a choice, which is cut out."""
    frame = picture()
    boxes = people_in(frame, _Two())
    assert boxes.tolist() == [[60, 20, 90, 110], [10, 10, 40, 90]]
    with pytest.raises(ConfigError, match=r"found 2: choose one \(1: 60,20,90,110; 2: 10,10,40,90\)"):
        person_crop(frame, boxes, None)
    assert (person_crop(frame, boxes, 2).pixels == frame[10:90, 10:40]).all()
    with pytest.raises(ConfigError, match="1 to 2"):
        person_crop(frame, boxes, 3)
    with pytest.raises(ConfigError, match="no person"):
        person_crop(frame, boxes[:0], None)


def test_a_crop_is_one_person_whatever_a_detector_says() -> None:
    """Small and upright; a frame, and a photograph taken upright, are not."""
    assert is_crop(picture(40, 100))
    assert not is_crop(picture(100, 100))
    assert not is_crop(picture(720, 1280))
    crop = picture(40, 100)
    assert (person_crop(crop, people_in(crop, _Two()), None).pixels == crop).all()


@pytest.mark.parametrize(
    ("box", "message"),
    [((10, 10, 20, 20), "24 px tall"), ((200, 10, 300, 100), "inside"), ((50, 90, 40, 10), "inside")],
)
def test_boxes_that_show_nobody_are_refused(box: tuple[float, ...], message: str) -> None:
    """Too small, outside, or inside out."""
    with pytest.raises(ConfigError, match=message):
        cut(picture(), box)


def test_a_box_over_the_edge_is_cut_to_the_picture() -> None:
    """What lies outside is not there."""
    assert (cut(picture(), (-5.0, 20.5, 30.2, 500)).pixels == picture()[20:120, 0:31]).all()
