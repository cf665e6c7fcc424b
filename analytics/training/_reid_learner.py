"""What re-ID training changes: made anew, one step of it, saved and loaded."""

import hashlib
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from analytics.errors import ConfigError
from analytics.geometry import IntArray
from analytics.training._reid_losses import CosineSoftmax, hardest_triplets
from analytics.training._reid_network import ReidNetwork
from analytics.training._reid_workers import Workers
from analytics.training.reid_data import ReidData
from analytics.training.reid_train import Recipe

_WARM_UP = 0.05
_LOWEST_RATE = 0.01
_NEIGHBOURS = 3
_MARGIN_GROWS = 0.1  # share of the training in which the softmax's margin grows to its full size


@dataclass(slots=True)
class Learner:
    """Everything that learning changes.

    Attributes:
        network: the weights that are trained.
        average: their running mean, which is evaluated and exported.
        classifier: one direction for each person.
        optimizer: AdamW of network and classifier.
        step: steps done.
        elapsed_s: training time used, over all starts.
        neighbours: (people, m) people who look most alike, or None as long as all are drawn.
    """

    network: ReidNetwork
    average: ReidNetwork
    classifier: CosineSoftmax
    optimizer: torch.optim.AdamW
    step: int = 0
    elapsed_s: float = 0.0
    neighbours: IntArray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Pictures of a step: (n, height, width, 3) uint8 RGB, their people and cameras."""

    pictures: Tensor
    people: Tensor
    cameras: Tensor


def new_learner(recipe: Recipe, people: int, device: torch.device) -> Learner:
    """Return an untrained network with what trains it; the same for the same seed."""
    torch.manual_seed(recipe.seed)
    network, average = (ReidNetwork(recipe.widths, recipe.depths, parts=recipe.parts) for _ in range(2))
    average.load_state_dict(network.state_dict())
    classifier = CosineSoftmax(
        people, network.neck.num_features, recipe.softmax_scale, recipe.softmax_margin, recipe.label_smoothing
    )
    for module in (network, average, classifier):
        module.to(device)
    average.requires_grad_(False).eval()
    every = [weight for module in (network, classifier) for weight in module.parameters() if weight.requires_grad]
    groups = [
        {"params": [weight for weight in every if weight.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [weight for weight in every if weight.ndim <= 1], "weight_decay": 0.0},
    ]
    return Learner(network, average, classifier, torch.optim.AdamW(groups, lr=recipe.learning_rate, fused=True))


def train_step(learner: Learner, workers: Workers, batch: Batch, recipe: Recipe, share: float) -> Tensor:
    """Change the weights by one batch.

    Args:
        learner: is changed.
        workers: compute the features and their gradients.
        batch: on the learner's device.
        recipe: how.
        share: share of the budget that is used, 0 to 1; sets the rate and the margin.

    Returns:
        (2,) the losses of the softmax and of the triplets.
    """
    for group in learner.optimizer.param_groups:
        group["lr"] = recipe.learning_rate * _rate(share)
    learner.optimizer.zero_grad(set_to_none=True)
    learner.network.train()
    computed = workers.features(batch.pictures, recipe.seed, learner.step)
    features = computed.detach().requires_grad_()
    vectors = functional.normalize(learner.network.neck(features))
    softmax = learner.classifier(vectors, batch.people, min(1.0, share / _MARGIN_GROWS))
    triplet = hardest_triplets(features, batch.people, batch.cameras)
    loss = softmax + recipe.triplet_weight * triplet
    loss.backward()
    workers.backward(features.grad if features.grad is not None else torch.zeros_like(features))
    learner.optimizer.step()
    learner.step += 1
    _move_average(learner, recipe.average_decay)
    return torch.stack([softmax, triplet]).detach()


def most_alike(learner: Learner) -> IntArray:
    """Return for each person the 3 whose directions in the classifier are nearest, (people, 3)."""
    with torch.no_grad():
        directions = functional.normalize(learner.classifier.weight)
        nearest = []
        for start in range(0, len(directions), 1024):
            cosines = directions[start : start + 1024] @ directions.T
            cosines[torch.arange(len(cosines)), start + torch.arange(len(cosines))] = -2
            nearest.append(cosines.topk(_NEIGHBOURS).indices.cpu())
    rows: IntArray = torch.cat(nearest).numpy()
    return rows


def save_state(path: Path, learner: Learner, recipe: Recipe, data: ReidData, rows: IntArray) -> None:
    """Write a checkpoint of tensors, numbers and text; it takes the place of the older one by a rename."""
    state = {
        "recipe": recipe.model_dump_json(),
        "people": _digest(data, rows),
        "size_px": list(data.images.shape[1:3]),
        "step": learner.step,
        "elapsed_s": learner.elapsed_s,
        "network": learner.network.state_dict(),
        "average": learner.average.state_dict(),
        "classifier": learner.classifier.state_dict(),
        "optimizer": learner.optimizer.state_dict(),
        "neighbours": None if learner.neighbours is None else torch.from_numpy(learner.neighbours),
    }
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def load_state(path: Path, learner: Learner, recipe: Recipe, data: ReidData, rows: IntArray) -> None:
    """Go on from a checkpoint.

    Raises:
        ConfigError: it cannot be read, or is of another recipe or other people.
    """
    state = read_state(path)
    if (Recipe.model_validate_json(state["recipe"]), state["people"]) != (recipe, _digest(data, rows)):
        raise ConfigError(
            "the checkpoint was trained by another recipe or on other people: choose another --out, or remove it",
            path=path,
        )
    learner.network.load_state_dict(state["network"])
    learner.average.load_state_dict(state["average"])
    learner.classifier.load_state_dict(state["classifier"])
    learner.optimizer.load_state_dict(state["optimizer"])
    learner.step, learner.elapsed_s = state["step"], state["elapsed_s"]
    learner.neighbours = None if state["neighbours"] is None else state["neighbours"].numpy()


def read_state(path: Path) -> dict[str, Any]:
    """Read a checkpoint on the CPU; nothing in it is run. Raises ConfigError where it cannot be read."""
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # what is raised for a damaged file differs with the damage
        raise ConfigError(f"the checkpoint cannot be read: {error}. Remove it to begin anew.", path=path) from error
    return state


def trained_network(state: dict[str, Any]) -> ReidNetwork:
    """Return the averaged network of a checkpoint, ready to be evaluated."""
    recipe = Recipe.model_validate_json(state["recipe"])
    network = ReidNetwork(recipe.widths, recipe.depths, parts=recipe.parts)
    network.load_state_dict(state["average"])
    return network.requires_grad_(False).eval()


def _digest(data: ReidData, rows: IntArray) -> str:
    """Return a digest of the people who are trained on, in the order of the classifier's directions."""
    return hashlib.sha256("\0".join(data.person_ids[n] for n in np.unique(data.people[rows])).encode()).hexdigest()


def _rate(share: float) -> float:
    if share < _WARM_UP:
        return max(share / _WARM_UP, _LOWEST_RATE)
    fall = (share - _WARM_UP) / (1 - _WARM_UP)
    return _LOWEST_RATE + (1 - _LOWEST_RATE) * (1 + math.cos(math.pi * min(1.0, fall))) / 2


def _move_average(learner: Learner, decay: float) -> None:
    # the first weights are random: at first the mean follows fast
    share = 1 - min(decay, (1 + learner.step) / (10 + learner.step))
    with torch.no_grad():
        current, mean = learner.network.state_dict(), learner.average.state_dict()
        floats = [name for name, value in mean.items() if value.is_floating_point()]
        torch._foreach_lerp_([mean[name] for name in floats], [current[name] for name in floats], share)
