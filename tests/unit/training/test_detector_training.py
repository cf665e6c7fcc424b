"""Detector training on drawn people: it learns, goes on where it stopped, and leaves out who is to be ignored."""

import csv
import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from analytics.errors import ConfigError, ModelError
from analytics.training.detector_data import read_examples
from analytics.training.detector_learner import Learner, one_thread
from analytics.training.detector_network import Architecture, Loss, build_network, images_of
from analytics.training.detector_recipe import Recipe
from analytics.training.detector_tiles import Batch
from analytics.training.detector_train import Step, Trained, train
from tests.builders.people_frames import write_people_frames

SMALL = Recipe(Architecture(depth=0.33, width=0.125), epochs=7, batch_size=4, learning_rate=4e-3, averaging=0.8)


class StoppedError(Exception):
    """What stands for a killed process."""


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_people_frames(tmp_path_factory.mktemp("people"), {"train": 8})


@pytest.fixture(scope="module")
def trained(people: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Trained, list[Step]]:
    """A whole training and what was told meanwhile."""
    steps: list[Step] = []
    return train(people, tmp_path_factory.mktemp("run"), SMALL, tell=steps.append), steps


def weights(path: Path) -> dict[str, torch.Tensor]:
    state: dict[str, torch.Tensor] = torch.load(path, weights_only=False)["model"].state_dict()
    return state


def stop_after(number: int) -> Callable[[Step], None]:
    def tell(step: Step) -> None:
        if step.number == number:
            raise StoppedError

    return tell


def test_every_frame_is_cut_as_often_as_was_asked_for(trained: tuple[Trained, list[Step]]) -> None:
    """Seven epochs of eight frames are fourteen steps of four tiles; the loss is a number at each."""
    result, steps = trained
    assert all(math.isfinite(step.loss) for step in steps)
    assert result.last == steps[-1]
    assert (result.last.number, result.last.progress) == (14, 1.0)


def test_it_learns() -> None:
    """Steps on the same pictures make every part of their loss smaller."""
    batches = [batch_of([[32, 8, 64, 120]], []), batch_of([[64, 16, 96, 128]], [])]
    with one_thread() as cores:
        learner = Learner(SMALL, "", "cpu", cores)
        losses = [learner.learn([partial(batches.__getitem__, n) for n in (0, 1)], 0.3) for _ in range(25)]
    for part in ("box_loss", "cls_loss", "l1_loss"):
        assert losses[-1][part] < 0.8 * losses[0][part]


def test_a_stopped_training_goes_on_where_it_was(
    people: Path, tmp_path: Path, trained: tuple[Trained, list[Step]]
) -> None:
    """The weights are, bit by bit, those of a training that was not stopped; the log has each step once."""
    with pytest.raises(StoppedError):
        train(people, tmp_path, SMALL, checkpoint_s=0, tell=stop_after(11))
    assert not (tmp_path / "detector.pt").exists()
    resumed: list[Step] = []

    result = train(people, tmp_path, SMALL, tell=resumed.append)

    assert resumed[0].number in (11, 12)
    expected, found = weights(trained[0].weights), weights(result.weights)
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    with (tmp_path / "log.csv").open() as file:
        assert [row["step"] for row in csv.DictReader(file)] == ["10"]


def test_a_finished_training_is_not_done_again(people: Path, tmp_path: Path) -> None:
    """Only the weights are written again."""
    short = replace(SMALL, epochs=1)
    first = train(people, tmp_path, short)
    first.weights.unlink()
    steps: list[Step] = []
    assert train(people, tmp_path, short, tell=steps.append).weights.is_file()
    assert steps == []


def test_another_recipe_does_not_go_on(people: Path, tmp_path: Path) -> None:
    """A folder holds one training."""
    short = replace(SMALL, epochs=1)
    train(people, tmp_path, short)
    with pytest.raises(ConfigError, match="found another one"):
        train(people, tmp_path, replace(short, seed=1))


def test_a_training_may_start_from_another_ones_weights(
    people: Path, tmp_path: Path, trained: tuple[Trained, list[Step]]
) -> None:
    """With a rate of nearly nothing they stay what they were; weights of another architecture are refused."""
    calm = replace(SMALL, epochs=1, learning_rate=1e-12, weight_decay=0.0)
    result = train(people, tmp_path / "on", calm, start=trained[0].weights)
    expected, found = weights(trained[0].weights), weights(result.weights)
    learnt = [name for name in expected if name.endswith("weight")]
    assert all(torch.allclose(found[name], expected[name], atol=1e-3) for name in learnt)
    wider = replace(calm, architecture=Architecture(depth=0.33, width=0.1875))
    with pytest.raises(ModelError, match="same architecture"):
        train(people, tmp_path / "wider", wider, start=trained[0].weights)


def test_minutes_end_a_training(people: Path, tmp_path: Path) -> None:
    """The schedule ends with the time, however far it came."""
    result = train(people, tmp_path, replace(SMALL, epochs=None, minutes=0.02))
    assert result.last.progress == 1
    assert 1.2 <= result.last.spent_s < 15


def test_frames_without_people_teach_nothing(tmp_path: Path) -> None:
    """A data set without a single target is a mistake."""
    folder = write_people_frames(tmp_path / "data", {"train": 2}, people=0)
    with pytest.raises(ConfigError, match="expected people"):
        train(folder, tmp_path / "run", SMALL)


def test_a_loss_that_explodes_stops_the_training(people: Path, tmp_path: Path) -> None:
    """Weights that are no numbers are never written."""
    with pytest.raises(ModelError, match="lower the learning rate"):
        train(people, tmp_path, replace(SMALL, learning_rate=1e30, warm_up=0.01))
    assert not (tmp_path / "detector.pt").exists()


@pytest.mark.parametrize("ask", [{"epochs": None}, {"batch_size": 5}])
def test_impossible_recipes_are_refused(ask: dict[str, int | None]) -> None:
    """No end, or a batch that cannot be parted."""
    with pytest.raises(ConfigError):
        replace(SMALL, **ask)  # type: ignore[arg-type]


def test_the_rate_rises_and_falls() -> None:
    """Warm-up, then half a cosine to a hundredth."""
    recipe = Recipe(warm_up=0.1, learning_rate=1.0)
    rates = [recipe.rate(progress) for progress in np.linspace(0, 1, 101)]
    assert rates[0] == 0.01
    assert max(rates) == rates[10] == 1.0
    assert rates[100] == pytest.approx(0.01)
    assert np.all(np.diff(rates[10:]) < 0)


def test_the_same_seed_begins_with_the_same_weights() -> None:
    """And leaves torch's own random numbers alone."""
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    first, same, other = (build_network(SMALL.architecture, seed).state_dict() for seed in (1, 1, 2))
    assert torch.equal(torch.rand(1), expected)
    assert all(torch.equal(first[name], same[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)


def batch_of(boxes: list[list[float]], ignored: list[list[float]]) -> Batch:
    rgb = np.random.default_rng(0).integers(0, 256, (1, 128, 128, 3), np.uint8)
    tables = [np.array(rows, np.float32).reshape(-1, 4) for rows in (boxes, ignored)]
    return Batch(rgb, tables[0], np.zeros(len(boxes), np.float32), tables[1], np.zeros(len(ignored), np.float32))


def test_nothing_is_learnt_from_the_places_of_ignored_people() -> None:
    """No score inside such a box is pulled anywhere, unless it lies on a target; outside all of them are."""
    network = build_network(SMALL.architecture, 0)
    batch = batch_of([[64, 64, 128, 128]], [[0, 0, 64, 128], [96, 96, 128, 128]])
    outputs = network(images_of(batch, torch.device("cpu")))
    scores = outputs["scores"]
    scores.retain_grad()

    Loss(network)(outputs, batch, 0.0)[0].backward()

    finest = scores.grad[0, 0, : 16 * 16].reshape(16, 16) != 0  # cells of 8 px
    assert not finest[:, :8].any()
    assert finest[:, 8:].all()


def test_the_loss_is_ultralytics_own_where_nobody_is_ignored() -> None:
    """The mean of a tile."""
    network = build_network(SMALL.architecture, 0)
    batch = batch_of([[32, 32, 96, 120]], [])
    outputs = network(images_of(batch, torch.device("cpu")))
    targets = {
        "batch_idx": torch.zeros(1),
        "cls": torch.zeros(1, 1),
        "bboxes": torch.tensor([[0.5, 0.59375, 0.5, 0.6875]]),
    }
    expected = network.init_criterion()(outputs, targets)[0].sum()
    assert Loss(network)(outputs, batch, 0.0)[0].item() == pytest.approx(expected.item(), rel=1e-5)


def test_examples_have_targets(people: Path) -> None:
    """The builder's figures are what training learns from."""
    assert sum(len(example.boxes) for example in read_examples(people, "train")) > 8
