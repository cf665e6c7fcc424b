"""Data sets of simulated people: what training reads is what was drawn."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from analytics.simulation.datasets import FramePlan, write_frames, write_portraits
from analytics.simulation.people.cast import Casting
from analytics.simulation.portraits import HEIGHT_PX, WIDTH_PX, PortraitPlan, seen_by
from analytics.training.detector_data import read_examples, write_description
from analytics.training.reid_data import open_reid_data
from tests.builders.cast import people_or_skip
from tests.builders.graphics import context_or_skip

PLAN = PortraitPlan(cameras=5, cameras_each=3, pictures_each=2, seed=4)


@pytest.fixture(scope="module")
def _can_draw() -> None:
    people_or_skip(1, seed=1)
    context_or_skip()


def _portraits(folder: Path, seed: int = 4) -> np.ndarray:
    write_portraits(folder, Casting(4, seed), PLAN, places=1)
    return np.array(open_reid_data(folder, folder.parent).images)


@pytest.mark.usefixtures("_can_draw")
def test_portraits_are_labelled_by_person_and_camera(tmp_path: Path) -> None:
    """Everybody has the planned number of pictures by each of their cameras, all of one size."""
    counted: list[tuple[int, int]] = []
    folder = tmp_path / "pack"
    write_portraits(folder, Casting(4, 4), PLAN, places=1, progress=lambda done, all_: counted.append((done, all_)))
    data = open_reid_data(folder, tmp_path)
    assert data.images.shape == (24, HEIGHT_PX, WIDTH_PX, 3)
    pairs = Counter(zip(data.people.tolist(), data.cameras.tolist(), strict=True))
    assert len(pairs) == 12
    assert set(pairs.values()) == {2}
    assert counted == [(1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.usefixtures("_can_draw")
def test_portraits_of_one_person_are_alike_and_of_two_are_not(tmp_path: Path) -> None:
    """Mean colours of a person's pictures lie closer together than those of different people, on average."""
    folder = tmp_path / "pack"
    write_portraits(folder, Casting(8, 6, look_alike_share=0), PLAN, places=1)
    data = open_reid_data(folder, tmp_path)
    torso = np.asarray(data.images)[:, 35:70, 20:44].reshape(len(data), -1, 3).mean(axis=1)
    apart = np.linalg.norm(torso[:, None] - torso[None], axis=2)
    same = data.people[:, None] == data.people[None]
    different = ~same
    np.fill_diagonal(same, False)
    assert apart[same].mean() < 0.8 * apart[different].mean()


@pytest.mark.usefixtures("_can_draw")
def test_portraits_depend_on_their_seed_alone(tmp_path: Path) -> None:
    """The same seed gives the same bytes, another seed others."""
    first = _portraits(tmp_path / "a")
    assert np.array_equal(first, _portraits(tmp_path / "b"))
    assert not np.array_equal(first, _portraits(tmp_path / "c", seed=5))


@pytest.mark.usefixtures("_can_draw")
def test_frames_carry_boxes_of_the_people_in_them(tmp_path: Path) -> None:
    """Frames of a split can be read back, differ, and most have people inside the picture."""
    write_frames(tmp_path, "train", FramePlan(6, views_a_place=2, frames_a_view=3, people=14, seed=3))
    write_description(tmp_path)
    examples = read_examples(tmp_path, "train")
    assert len(examples) == 6
    boxes = np.concatenate([example.boxes for example in examples])
    assert len(boxes) >= 5
    assert (boxes >= 0).all()
    assert (boxes <= 1).all()
    pictures = [example.pixels() for example in examples]
    assert pictures[0].ndim == 3
    assert not np.array_equal(pictures[0], pictures[1])


def test_cameras_of_a_person_are_different_ones() -> None:
    """Nobody is given the same camera twice, and all cameras are used."""
    plan = PortraitPlan(cameras=6, cameras_each=4, pictures_each=3)
    seen = [Counter(seen_by(number, plan)) for number in range(30)]
    assert all(len(cameras) == 4 and set(cameras.values()) == {3} for cameras in seen)
    assert len(set().union(*seen)) == 6
