"""The data set of detector training on disk."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from analytics.errors import ConfigError
from analytics.training.detector_data import (
    MIN_HEIGHT_PX,
    MIN_VISIBILITY,
    read_examples,
    splits,
    write_description,
    write_example,
)

WIDTH, HEIGHT = 64, 48
PICTURE = np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8).repeat(8, axis=0).repeat(8, axis=1)


def write(folder: Path, boxes: list[list[float]], visibility: list[float], split: str = "train") -> None:
    write_example(folder, split, "one", PICTURE, boxes, visibility)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """The picture, to what JPEG loses, in RGB, and boxes in shares of the frame."""
    write(tmp_path, [[8, 12, 24, 36]], [0.75])

    (example,) = read_examples(tmp_path, "train")

    assert example.visibility.tolist() == [0.75]
    assert example.boxes == pytest.approx(np.array([[8 / WIDTH, 12 / HEIGHT, 24 / WIDTH, 36 / HEIGHT]]), abs=1e-5)
    assert not len(example.ignored)
    difference = np.abs(example.pixels().astype(int) - PICTURE)
    assert difference.mean() < np.abs(example.pixels()[..., ::-1].astype(int) - PICTURE).mean() / 4


@pytest.mark.parametrize(
    ("box", "visibility", "is_target", "is_ignored"),
    [
        ([0, 0, 20, 40], MIN_VISIBILITY, True, False),
        ([0, 0, 20, 40], MIN_VISIBILITY - 0.01, False, True),
        ([0, 0, 20, MIN_HEIGHT_PX], 1.0, True, False),
        ([0, 0, 20, MIN_HEIGHT_PX - 0.1], 1.0, False, True),
        ([64, 0, 64, 40], 0.0, False, False),
    ],
)
def test_who_is_a_target(
    tmp_path: Path, box: list[float], visibility: float, is_target: bool, is_ignored: bool
) -> None:
    """Hidden and tiny people are ignored, those outside the picture are nowhere; the limits themselves are in."""
    write(tmp_path, [box], [visibility])
    (example,) = read_examples(tmp_path, "train")
    assert (len(example.boxes), len(example.ignored)) == (is_target, is_ignored)


def test_a_frame_without_people_is_an_example(tmp_path: Path) -> None:
    """Its files are empty, not missing."""
    write(tmp_path, [], [])
    assert (tmp_path / "labels/train/one.txt").read_text() == ""
    (example,) = read_examples(tmp_path, "train")
    assert example.boxes.shape == example.ignored.shape == (0, 4)


def test_the_description_is_ultralytics_own(tmp_path: Path) -> None:
    """Ultralytics finds the splits, one class, and labels beside the images."""
    write(tmp_path, [[8, 12, 24, 36]], [1.0])
    write(tmp_path, [], [], split="second")
    write_description(tmp_path)
    description = yaml.safe_load((tmp_path / "data.yaml").read_text())
    assert description["names"] == {0: "person"}
    for split in ("train", "val", "second"):
        assert (Path(description["path"]) / description[split]).is_dir()
    assert (tmp_path / "labels/train/one.txt").read_text() == "0 0.250000 0.500000 0.250000 0.500000\n"
    assert splits(tmp_path) == ("second", "train")


def test_a_data_set_without_frames_is_refused(tmp_path: Path) -> None:
    """Both where it is described and where it is read, with what there is."""
    with pytest.raises(ConfigError, match="found none"):
        write_description(tmp_path)
    write(tmp_path, [], [])
    with pytest.raises(ConfigError, match=r"images/val/\*\.jpg, found none \(splits: train\)"):
        read_examples(tmp_path, "val")


@pytest.mark.parametrize("line", ["0 0.5 0.5 0.1", "person 0.5 0.5 0.1 0.1", "0 0.5 0.5 0 0.1", "0 1.5 0.5 0.1 0.1"])
def test_a_wrong_label_is_named(tmp_path: Path, line: str) -> None:
    """With its file and line."""
    write(tmp_path, [], [])
    path = tmp_path / "labels/train/one.txt"
    path.write_text(f"0 0.5 0.5 0.1 0.1\n{line}\n")
    with pytest.raises(ConfigError, match=r"one\.txt.*line 2"):
        read_examples(tmp_path, "train")


@pytest.mark.parametrize("content", ["", "0.5\n0.5\n", "1.5\n", "half\n"])
def test_wrong_visibilities_are_named(tmp_path: Path, content: str) -> None:
    """One share for each label; without the file everybody is taken for visible."""
    write(tmp_path, [[8, 12, 24, 36]], [0.75])
    path = tmp_path / "visibility/train/one.txt"
    path.write_text(content)
    with pytest.raises(ConfigError, match=r"visibility/train/one\.txt"):
        read_examples(tmp_path, "train")
    path.unlink()
    assert read_examples(tmp_path, "train")[0].visibility.tolist() == [1.0]


def test_boxes_and_visibilities_must_match(tmp_path: Path) -> None:
    """A shorter list is a mistake of the caller."""
    with pytest.raises(ValueError, match="visibility for each of 1 boxes"):
        write(tmp_path, [[0, 0, 9, 40]], [])


def test_a_broken_picture_is_named(tmp_path: Path) -> None:
    """A cut JPEG stops with its name."""
    write(tmp_path, [], [])
    (tmp_path / "images/train/one.jpg").write_bytes(b"no picture")
    with pytest.raises(ConfigError, match=r"one\.jpg"):
        read_examples(tmp_path, "train")[0].pixels()
