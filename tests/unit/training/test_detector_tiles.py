"""Tiles that detector training sees: boxes follow the pixels, and nothing depends on who asks."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analytics.training.detector_data import read_examples, write_example
from analytics.training.detector_tiles import CAMERA_CHANGES, TILE_SIZES_PX, Batches, Cutting, cut
from analytics.training.reid_augment import Augmenter
from tests.builders.people_frames import write_people_frames

BOX = (200, 60, 260, 200)


def framed(folder: Path, boxes: list[tuple[int, int, int, int]], visibility: list[float], colour: int = 250) -> None:
    """Write one dark frame, 640x360, with a bright rectangle for each box."""
    rgb = np.full((360, 640, 3), 20, np.uint8)
    for left, top, right, bottom in boxes:
        rgb[top:bottom, left:right] = colour
    write_example(folder, "train", "one", rgb, boxes, visibility)


@pytest.mark.parametrize("seed", range(20))
def test_a_box_lies_on_its_person(tmp_path: Path, seed: int) -> None:
    """Scaled, shifted, stretched, mirrored and clipped alike: the bright pixels are where the box says."""
    framed(tmp_path, [BOX], [1.0])
    (example,) = read_examples(tmp_path, "train")

    tile = cut(example, (384, 320), Cutting(centred=1.0), np.random.default_rng(seed))

    assert tile.rgb.shape == (320, 384, 3)
    boxes = np.concatenate([tile.boxes, tile.ignored])
    assert len(boxes) == 1
    rows, columns = np.nonzero(tile.rgb.min(axis=2) > 135)
    found = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert boxes[0] == pytest.approx(found, abs=1.0)


def test_centred_tiles_show_somebody(tmp_path: Path) -> None:
    """Most tiles of a wide frame would miss a person who stands at its border."""
    framed(tmp_path, [(600, 200, 625, 280)], [1.0])
    (example,) = read_examples(tmp_path, "train")
    counts = {
        share: sum(
            len(cut(example, (256, 256), Cutting(centred=share), np.random.default_rng(n)).boxes) for n in range(40)
        )
        for share in (0.0, 1.0)
    }
    assert counts[1.0] == 40
    assert counts[0.0] < 30


def test_hidden_people_stay_ignored_and_cut_ones_become_so(tmp_path: Path) -> None:
    """Nobody who cannot be told from the background is a target."""
    framed(tmp_path, [BOX, (400, 60, 460, 200)], [1.0, 0.1])
    (example,) = read_examples(tmp_path, "train")
    whole = Cutting(centred=0.0, min_zoom=0.5, max_zoom=0.5, stretch=0.0)
    tile = cut(example, (512, 512), whole, np.random.default_rng(0))
    assert (len(tile.boxes), len(tile.ignored)) == (1, 1)
    none_low = cut(example, (512, 512), replace(whole, min_height_px=400), np.random.default_rng(0))
    assert (len(none_low.boxes), len(none_low.ignored)) == (0, 2)


def test_zoom_is_relative_to_the_detectors_scale(tmp_path: Path) -> None:
    """A frame of 640 px is shown at 320 px where the detector sees it so."""
    framed(tmp_path, [BOX], [1.0])
    (example,) = read_examples(tmp_path, "train")
    fixed = Cutting(image_size_px=320, min_zoom=1, max_zoom=1, stretch=0, centred=1)
    (box,) = cut(example, (384, 384), fixed, np.random.default_rng(3)).boxes
    assert box[2:] - box[:2] == pytest.approx([30, 70])


@pytest.fixture(scope="module")
def batches(tmp_path_factory: pytest.TempPathFactory) -> Batches:
    folder = write_people_frames(tmp_path_factory.mktemp("people"), {"train": 6})
    return Batches(read_examples(folder, "train"), 4, 7, Cutting(), Augmenter.of(CAMERA_CHANGES))


def test_a_batch_is_a_function_of_its_number(batches: Batches) -> None:
    """Asked for again, or first of all, it has the same pixels and boxes; another seed gives others."""
    later, first = batches[3], batches[0]
    again = replace(batches, examples=tuple(batches.examples))[3]
    assert np.array_equal(later.rgb, again.rgb)
    assert np.array_equal(later.boxes, again.boxes)
    assert not np.array_equal(first.rgb, replace(batches, seed=8)[0].rgb)


def test_batches_take_turns_in_size_and_count_their_tiles(batches: Batches) -> None:
    """Every box names one of the batch's tiles and lies on it."""
    for number, (width, height) in enumerate(TILE_SIZES_PX):
        batch = batches[number]
        assert batch.rgb.shape == (4, height, width, 3)
        assert set(batch.box_tiles.tolist()) <= {0, 1, 2, 3}
        assert len(batch.boxes) == len(batch.box_tiles)
        assert len(batch.ignored) == len(batch.ignored_tiles)
        assert (batch.boxes >= 0).all()
        assert (batch.boxes <= [width, height, width, height]).all()


def test_each_frame_is_cut_once_before_any_is_cut_again(tmp_path: Path) -> None:
    """Six frames, each of a brightness of its own, are all among the first six tiles, and among the next."""
    for number in range(6):
        write_example(tmp_path, "train", str(number), np.full((360, 640, 3), 10 + 40 * number, np.uint8), [], [])
    plain = CAMERA_CHANGES.model_copy(
        update=dict.fromkeys(("gain", "exposure", "gamma", "haze", "saturation", "hue", "grey", "blur", "noise"), 0)
    )
    whole = Cutting(image_size_px=640, min_zoom=1.0, max_zoom=1.0)
    batches = Batches(read_examples(tmp_path, "train"), 3, 7, whole, Augmenter.of(plain))
    levels = [round(float(np.median(rgb)) / 40 - 0.25) for number in range(4) for rgb in batches[number].rgb]
    assert sorted(levels[:6]) == sorted(levels[6:]) == list(range(6))
    assert levels[:6] != levels[6:]
