"""Re-ID training end to end on striped people: it learns, goes on where it stopped, and exports what it learned."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from analytics.errors import ConfigError
from analytics.evaluation.retrieval import score_retrieval
from analytics.perception import plugins
from analytics.perception.frame import Crop
from analytics.perception.models import ModelFolder
from analytics.perception.plugins import Workplace
from analytics.training._reid_learner import new_learner, read_state, trained_network
from analytics.training._reid_vectors import embed, scaled
from analytics.training._reid_workers import Workers
from analytics.training.reid_data import ReidData
from analytics.training.reid_export import export_reid
from analytics.training.reid_train import Budget, Intervals, Recipe, Tick, held_out_people, train_reid
from tests.builders.people_pictures import striped_people

SMALL = Recipe(
    parts=2,
    widths=(8, 8, 16, 32),
    depths=(1, 1, 1),
    people_per_batch=8,
    pictures_per_person=4,
    held_out=0.2,
    learning_rate=5e-3,
)
OFTEN = Intervals(tick_s=0, checkpoint_s=0, evaluate_s=1e9)


class StoppedError(Exception):
    """What stands for a killed process."""


@pytest.fixture(scope="module")
def people() -> ReidData:
    return striped_people(people=30, cameras=4, shrink=4)


@pytest.fixture(scope="module")
def trained(people: ReidData, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Tick]]:
    """A checkpoint after 20 epochs and what was told meanwhile."""
    ticks: list[Tick] = []
    out = tmp_path_factory.mktemp("run")
    return train_reid(people, out, SMALL, Budget(epochs=20), intervals=OFTEN, tell=ticks.append), ticks


def weights(checkpoint: Path) -> dict[str, torch.Tensor]:
    return read_state(checkpoint)["average"]


def test_it_learns(trained: tuple[Path, list[Tick]]) -> None:
    """Both losses fall, and people who were held out are found in other cameras far above chance."""
    _, ticks = trained
    assert len(ticks) == 60
    early, late = ticks[5:15], ticks[-10:]
    assert np.mean([t.triplet_loss for t in late]) < 0.9 * np.mean([t.triplet_loss for t in early])
    assert np.mean([t.softmax_loss for t in late]) < 0.7 * np.mean([t.softmax_loss for t in early])
    plain, adapted = ticks[-1].figures
    assert (plain.name, adapted.name) == ("held out", "held out, normalised")
    assert plain.rank_1 > 0.6  # six people: chance is 1 in 6
    assert ticks[-1].share == 1


def test_a_run_that_is_stopped_goes_on_as_if_it_had_not_been(
    people: ReidData, trained: tuple[Path, list[Tick]], tmp_path: Path
) -> None:
    """Killed twice, once while neighbours are in force: the same weights as the run in one go, bit by bit."""
    for stop_at in (17, 43):

        def stop(tick: Tick, at: int = stop_at) -> None:
            if tick.step == at:
                raise StoppedError

        with pytest.raises(StoppedError):
            train_reid(people, tmp_path, SMALL, Budget(epochs=20), intervals=OFTEN, tell=stop)
        assert read_state(tmp_path / "checkpoint.pt")["step"] == stop_at - 1
    resumed = weights(train_reid(people, tmp_path, SMALL, Budget(epochs=20), intervals=OFTEN))
    expected = weights(trained[0])
    assert all(torch.equal(resumed[name], expected[name]) for name in expected)


def test_a_finished_run_is_left_as_it_is(people: ReidData, trained: tuple[Path, list[Tick]]) -> None:
    """Training again for as long tells the figures and does nothing else."""
    before, ticks = trained[0].stat().st_mtime_ns, list[Tick]()
    train_reid(people, trained[0].parent, SMALL, Budget(epochs=20), tell=ticks.append)
    assert [tick.figures for tick in ticks] == [trained[1][-1].figures]
    assert trained[0].stat().st_mtime_ns == before


def test_minutes_end_a_run(people: ReidData, tmp_path: Path) -> None:
    """A budget of minutes ends by the clock, and its seconds are kept for the next start."""
    checkpoint = train_reid(people, tmp_path, SMALL, Budget(minutes=0.02))
    assert 1.2 <= read_state(checkpoint)["elapsed_s"] < 30


def test_another_recipe_or_other_people_are_refused(trained: tuple[Path, list[Tick]], people: ReidData) -> None:
    """The message names the checkpoint and what to do."""
    out = trained[0].parent
    for recipe, data in ((SMALL.model_copy(update={"seed": 1}), people), (SMALL, striped_people(25, 3, shrink=4))):
        with pytest.raises(ConfigError, match=r"checkpoint\.pt.*choose another --out"):
            train_reid(data, out, recipe, Budget(epochs=21))


def test_a_damaged_checkpoint_is_refused(people: ReidData, tmp_path: Path) -> None:
    """Not the library's own exception; code in it is not run."""
    (tmp_path / "checkpoint.pt").write_bytes(b"cposix\nsystem\n(S'touch ran'\ntR.")
    with pytest.raises(ConfigError, match="cannot be read"):
        train_reid(people, tmp_path, SMALL, Budget(epochs=1))


def test_too_few_people_are_refused(tmp_path: Path) -> None:
    """Three people cannot make batches worth the name."""
    with pytest.raises(ConfigError, match="at least 4 people"):
        train_reid(striped_people(3, 2), tmp_path, SMALL, Budget(epochs=1))


def test_pictures_that_do_not_fit_are_refused(people: ReidData, tmp_path: Path) -> None:
    """A size that the stripes do not divide, and an evaluation in which nobody can be found again."""
    with pytest.raises(ConfigError, match="multiple of 64 px"):
        train_reid(people, tmp_path, SMALL.model_copy(update={"parts": 4}), Budget(epochs=1))
    one_camera = people.select(np.flatnonzero(people.cameras == 0))
    with pytest.raises(ConfigError, match="nobody in door was seen by two cameras"):
        train_reid(people, tmp_path, SMALL, Budget(epochs=1), evaluate_on={"door": one_camera})


def test_the_held_out_were_seen_by_two_cameras(people: ReidData) -> None:
    """A share of the people, the same for the same seed; who was seen by one camera only stays in the training."""
    held_out = held_out_people(people, SMALL)
    assert held_out.sum() == 6
    one_camera = people.select(np.flatnonzero((people.cameras == 0) | (people.people < 10)))
    chosen = held_out_people(one_camera, SMALL)
    assert chosen.sum() == 2
    assert not chosen[10:].any()


def test_parts_of_a_batch_give_the_gradients_of_the_whole() -> None:
    """Threads with a part of the batch each, against one loop over the same parts."""
    network = new_learner(SMALL, 4, torch.device("cpu")).network
    pictures = torch.from_numpy(striped_people(16, 4, shrink=4).images)
    gradient = torch.randn(64, 256, generator=torch.Generator().manual_seed(0))
    with Workers.of(network, 64, torch.float32) as workers:
        features = workers.features(pictures, 0, 3)
        workers.backward(gradient)
        found = {name: weight.grad.clone() for name, weight in network.named_parameters() if weight.grad is not None}
        count = len(workers.networks)
    network.zero_grad()
    assert features.shape == (64, 256)
    parts = zip(pictures.tensor_split(count), gradient.tensor_split(count), strict=True)
    for number, (part, share) in enumerate(parts):
        network.seed(0, 4, 3, number)
        network.features(scaled(part)).backward(share)
    for name, weight in network.named_parameters():
        if weight.grad is not None:
            assert torch.allclose(found[name], weight.grad, rtol=1e-2, atol=1e-3 * float(weight.grad.abs().max())), name


def test_exports_give_the_networks_vectors_through_the_plug_ins(
    people: ReidData, trained: tuple[Path, list[Tick]], tmp_path: Path
) -> None:
    """Both files, found by name and with default parameters, embed BGR crops as the network does RGB pictures."""
    exported = export_reid(trained[0], tmp_path / "models", "ours")
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == ["ours.bin", "ours.onnx", "ours.xml"]
    assert exported.onnx_difference < 1e-4
    assert exported.openvino_difference < 5e-3
    network = trained_network(read_state(trained[0]))
    expected = embed(network, people.images, torch.device("cpu"))
    crops = [Crop(np.ascontiguousarray(image[..., ::-1])) for image in people.images]
    workplace = Workplace(ModelFolder(tmp_path / "models", tmp_path / "cache"), threads=2)
    for plugin, params in (
        ("openvino_reid", {"model": "ours.xml", "precision": "f32"}),
        ("onnx_reid", {"model": "ours.onnx"}),
    ):
        vectors = plugins.build_embedder(plugin, params, workplace).embed(crops)
        assert vectors == pytest.approx(expected, abs=5e-3)
    assert score_retrieval(expected, people.people, people.cameras).rank_1 > 0.6


def test_a_checkpoint_says_how_it_was_made(trained: tuple[Path, list[Tick]]) -> None:
    """The recipe lies in it as JSON, and makes the same recipe again."""
    recipe = read_state(trained[0])["recipe"]
    assert Recipe.model_validate_json(recipe) == SMALL
    assert json.loads(recipe)["augmentation"]["grey"] == 0.1
