"""Train a person detector from random weights, on a CPU or one GPU, interruptible at any moment.

The same data, recipe, seed and number of epochs give the same weights on the same machine; with a limit of minutes the
number of steps depends on the machine, and the result says how many there were.
"""

import csv
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from analytics import ids
from analytics.errors import ConfigError
from analytics.perception.fetching import sha256_of
from analytics.training.detector_data import Example, read_examples
from analytics.training.detector_learner import Learner, one_thread
from analytics.training.detector_network import save_weights
from analytics.training.detector_recipe import Recipe
from analytics.training.detector_tiles import CAMERA_CHANGES, Batch, Batches
from analytics.training.reid_augment import Augmenter

WEIGHTS_FILE, CHECKPOINT_FILE, LOG_FILE = "detector.pt", "checkpoint.pt", "log.csv"
_LOG_EVERY = 10  # steps
_COLUMNS = ("step", "progress", "spent_s", "loss", "images_per_s", "box_loss", "class_loss", "edge_loss")


@dataclass(frozen=True, slots=True)
class Step:
    """Where a training is.

    Attributes:
        number: steps done.
        progress: share of the training that is over, in [0, 1].
        spent_s: seconds of training so far, interruptions left out.
        loss: mean loss of a tile, smoothed over some fifty steps.
        images_per_s: tiles learnt from in a second, since this process began.
    """

    number: int
    progress: float
    spent_s: float
    loss: float
    images_per_s: float


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training gave.

    Attributes:
        weights: Ultralytics weights, .pt in half precision.
        last: where it ended.
    """

    weights: Path
    last: Step


def train(
    dataset: Path,
    out: Path,
    recipe: Recipe,
    *,
    start: Path | None = None,
    split: str = "train",
    device: str = "cpu",
    workers: int = 0,
    checkpoint_s: float = 120.0,
    tell: Callable[[Step], None] | None = None,
) -> Trained:
    """Train, or go on with a training of the same recipe and data that was interrupted.

    Args:
        dataset: folder as `detector_data` describes it.
        out: folder for the weights, the log and the checkpoint; created.
        recipe: how.
        start: weights to start from, of an earlier training with the same architecture; None: random ones.
        split: the data set's part to train on.
        device: cpu, or a torch device such as cuda:0.
        workers: processes that make batches ahead, for a GPU; 0: the threads that learn from them.
        checkpoint_s: seconds between checkpoints.
        tell: called after each step.

    Raises:
        ConfigError: the data cannot be used, or `out` holds a training with another recipe or other data.
        ModelError: the loss is no longer finite, or `start` does not fit.
    """
    examples = read_examples(dataset, split)
    if not any(len(example.boxes) for example in examples):
        raise ConfigError(f"expected people on the frames of images/{split}, found none", path=dataset)
    out.mkdir(parents=True, exist_ok=True)
    with one_thread() as cores:
        learner = Learner(recipe, _identity(recipe, examples, start), device, cores, start)
        learner.restore(out / CHECKPOINT_FILE)
        _keep_log(out / LOG_FILE, learner.number)
        last = _learn(learner, examples, out, workers, checkpoint_s, tell)
        learner.save(out / CHECKPOINT_FILE)
        facts = {"image_size_px": recipe.cutting.image_size_px, "steps": last.number, "recipe": asdict(recipe)}
        save_weights(learner.average.ema, out / WEIGHTS_FILE, facts)
    return Trained(out / WEIGHTS_FILE, last)


def _learn(
    learner: Learner,
    examples: Sequence[Example],
    out: Path,
    workers: int,
    checkpoint_s: float,
    tell: Callable[[Step], None] | None,
) -> Step:
    """Do all steps that are left, and return where the training is then."""
    recipe, first, spent_before_s = learner.recipe, learner.number, learner.spent_s
    cutter = Augmenter.of(CAMERA_CHANGES)
    batches = Batches(examples, recipe.batch_size // recipe.parts, recipe.seed, recipe.cutting, cutter)
    source = (_made_ahead if workers else _made_late)(batches, first * recipe.parts, workers)
    began = saved = time.monotonic()

    def here(now: float) -> Step:
        progress = recipe.progress(learner.number, learner.spent_s, len(examples))
        speed = (learner.number - first) * recipe.batch_size / max(now - began, 1e-9)
        return Step(learner.number, progress, learner.spent_s, learner.loss, speed)

    step = here(began)
    with (out / LOG_FILE).open("a", encoding="utf-8", newline="") as log:
        while step.progress < 1:
            parts = learner.learn([next(source) for _ in range(recipe.parts)], step.progress)
            now = time.monotonic()
            learner.spent_s = spent_before_s + now - began
            step = here(now)
            if step.number % _LOG_EVERY == 0:
                csv.writer(log).writerow([f"{value:.6g}" for value in (*asdict(step).values(), *parts.values())])
                log.flush()
            if now - saved > checkpoint_s:
                learner.save(out / CHECKPOINT_FILE)
                saved = now
            if tell:
                tell(step)
    return step


def _made_late(batches: Batches, first: int, _: int) -> Iterator[Callable[[], Batch]]:
    """Yield what makes each batch, without end, from a number on."""
    return (partial(batches.__getitem__, number) for number in itertools.count(first))


def _made_ahead(batches: Batches, first: int, workers: int) -> Iterator[Callable[[], Batch]]:
    """Yield the batches from a number on, without end, as processes have made them."""
    from torch.utils.data import DataLoader

    numbers: Any = itertools.count(first)
    dataset: Any = batches  # all that a loader asks of a data set is an item by its number
    for batch in DataLoader(dataset, batch_size=None, sampler=numbers, num_workers=workers, prefetch_factor=2):
        yield partial(_same, batch)


def _same(batch: Batch) -> Batch:
    return batch


def _identity(recipe: Recipe, examples: Sequence[Example], start: Path | None) -> str:
    data = [[example.image.name, len(example.boxes), len(example.ignored)] for example in examples]
    begin = {"start": sha256_of(start)} if start else {}
    return ids.digest({"recipe": asdict(recipe), "data": data, **begin})


def _keep_log(path: Path, steps: int) -> None:
    """Cut a log back to the steps that the checkpoint knows, or begin one."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    known = [line for line in lines[1:] if int(line.split(",")[0]) <= steps]
    path.write_text("\n".join([",".join(_COLUMNS), *known]) + "\n", encoding="utf-8")
