"""Re-ID training from a data set on disk: the recipe, what is held out, and where the results lie.

The loop itself, which needs torch, is `_reid_loop`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from analytics.errors import ConfigError
from analytics.geometry import BoolArray
from analytics.training.reid_augment import Augmentation
from analytics.training.reid_data import ReidData

CHECKPOINT_FILE = "checkpoint.pt"
_MIN_PEOPLE = 4
_HALVED = 16  # how many times smaller the network makes the sides of a picture


class Recipe(BaseModel, extra="forbid", frozen=True):
    """How the network is built and trained."""

    seed: NonNegativeInt = 0
    widths: tuple[PositiveInt, ...] = (32, 64, 96, 192)
    depths: tuple[PositiveInt, ...] = (1, 2, 2)
    parts: PositiveInt = 4
    people_per_batch: Annotated[int, Field(ge=2)] = 24
    pictures_per_person: Annotated[int, Field(ge=2)] = 4
    learning_rate: PositiveFloat = 2e-3
    """Peak of AdamW's; it rises over the first 5 % and falls along a cosine to a hundredth."""

    weight_decay: NonNegativeFloat = 0.02
    softmax_scale: PositiveFloat = 24.0
    softmax_margin: NonNegativeFloat = 0.2
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.05
    triplet_weight: NonNegativeFloat = 1.0
    average_decay: Annotated[float, Field(ge=0, lt=1)] = 0.998
    """Of the running mean of the weights, which is what is evaluated and exported."""

    neighbours_from: Annotated[float, Field(ge=0, le=1)] = 0.4
    """Share of the training after which batches are made of people who look alike."""

    held_out: Annotated[float, Field(ge=0, lt=1)] = 0.05
    """Share of the people, at most 200, who are kept for evaluation."""

    precision: Literal["auto", "f32", "bf16"] = "auto"
    augmentation: Augmentation = Augmentation()


@dataclass(frozen=True, slots=True)
class Budget:
    """How long to train: epochs, or minutes of training time over all starts of the same run; exactly one is set."""

    epochs: float | None = None
    minutes: float | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """How well people of one set are found again in other cameras, Rank-1 and mAP from 0 to 1."""

    name: str
    rank_1: float
    mean_ap: float


@dataclass(frozen=True, slots=True)
class Tick:
    """What the loop tells while it runs.

    Attributes:
        step: steps done.
        share: share of the budget that is used, 0 to 1.
        softmax_loss: mean loss over the people's directions since the last tick.
        triplet_loss: mean loss of the triplets since the last tick.
        images_per_s: since the last tick, evaluations and checkpoints apart.
        figures: of each set, as its vectors are and normalised by camera; empty for most ticks.
    """

    step: int
    share: float
    softmax_loss: float
    triplet_loss: float
    images_per_s: float
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class Intervals:
    """How often the loop speaks, seconds."""

    tick_s: float = 20.0
    checkpoint_s: float = 120.0
    evaluate_s: float = 600.0


def train_reid(
    data: ReidData,
    out: Path,
    recipe: Recipe,
    budget: Budget,
    *,
    evaluate_on: dict[str, ReidData] | None = None,
    device: str = "cpu",
    intervals: Intervals | None = None,
    tell: Callable[[Tick], None] = lambda tick: None,
) -> Path:
    """Train, going on from the checkpoint in `out` if there is one.

    Args:
        data: the pictures.
        out: folder of the run; created.
        recipe: how.
        budget: how long.
        evaluate_on: more data to evaluate on while training, by name.
        device: cpu, cuda, or cuda:0 and so on.
        intervals: how often to tell, save and evaluate.
        tell: is called with the progress.

    Returns:
        The checkpoint's path.

    Raises:
        ConfigError: there is no such device, the pictures or people do not suffice, nobody of a set to evaluate on was
            seen by two cameras, or the checkpoint is of another recipe or other people.
    """
    from analytics.training._reid_loop import run
    from analytics.training._reid_workers import parse_device

    used = parse_device(device)
    _check_size(data, recipe)
    for name, judged in (evaluate_on or {}).items():
        if not seen_twice(judged).any():
            raise ConfigError(f"nobody in {name} was seen by two cameras: there is nothing to find again")
        _check_size(judged, recipe)
    is_held_out = held_out_people(data, recipe)[data.people]
    pictures = np.bincount(data.people, minlength=len(data.person_ids))
    kept = np.flatnonzero(~is_held_out & (pictures[data.people] > 1))
    if len(np.unique(data.people[kept])) < _MIN_PEOPLE:
        raise ConfigError(f"expected at least {_MIN_PEOPLE} people with two pictures or more", field="DATASET")
    out.mkdir(parents=True, exist_ok=True)
    sets = {"held out": data.select(np.flatnonzero(is_held_out))} if is_held_out.any() else {}
    sets |= evaluate_on or {}
    checkpoint = out / CHECKPOINT_FILE
    run(data, kept, sets, checkpoint, recipe, budget, used, intervals or Intervals(), tell)
    return checkpoint


def default_device() -> str:
    """Return cuda where torch finds a GPU, else cpu."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def held_out_people(data: ReidData, recipe: Recipe) -> BoolArray:
    """Return for each of `person_ids` whether it is kept for evaluation: drawn by the seed, seen by two cameras."""
    crossing = np.flatnonzero(seen_twice(data))
    count = min(200, int(len(crossing) * recipe.held_out))
    drawn = np.random.default_rng([recipe.seed, 0]).permutation(crossing)[:count]
    held_out = np.zeros(len(data.person_ids), bool)
    held_out[drawn] = True
    return held_out


def seen_twice(data: ReidData) -> BoolArray:
    """Return for each of `person_ids` whether two cameras or more saw them."""
    pairs = np.unique(np.stack([data.people, data.cameras]), axis=1)
    seen: BoolArray = np.bincount(pairs[0], minlength=len(data.person_ids)) > 1
    return seen


def _check_size(data: ReidData, recipe: Recipe) -> None:
    height, width = data.images.shape[1:3]
    rows, columns = _HALVED * recipe.parts, _HALVED
    if height % rows or width % columns or not height * width:
        raise ConfigError(
            f"expected pictures whose height is a multiple of {rows} px and whose width of {columns} px, found "
            f"{height} x {width}: pack them anew",
            field="DATASET",
        )
