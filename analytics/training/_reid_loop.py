"""The loop of re-ID training: batches made ahead, steps, checkpoints, evaluations.

Every draw is a function of the seed and the step's number: a run that was stopped goes on as if it had not been.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from analytics.geometry import IntArray
from analytics.training._reid_learner import (
    Batch,
    Learner,
    load_state,
    most_alike,
    new_learner,
    save_state,
    train_step,
)
from analytics.training._reid_vectors import evaluate
from analytics.training._reid_workers import Workers
from analytics.training.memory import keep_freed_memory
from analytics.training.reid_augment import Augmenter
from analytics.training.reid_data import ReidData
from analytics.training.reid_sampling import BatchSampler
from analytics.training.reid_train import Budget, Figure, Intervals, Recipe, Tick

_BATCHES_AHEAD = 4
_ROUND_STEPS = 100  # a round, for which the neighbours stay, is an epoch or this many steps


def run(
    data: ReidData,
    rows: IntArray,
    sets: dict[str, ReidData],
    checkpoint: Path,
    recipe: Recipe,
    budget: Budget,
    device: torch.device,
    intervals: Intervals,
    tell: Callable[[Tick], None],
) -> None:
    """Train on the rows of the data until the budget is used; see `reid_train.train_reid`."""
    keep_freed_memory()
    source = _Source.of(data, rows, recipe)
    learner = new_learner(recipe, source.person_count, device)
    if checkpoint.exists():
        load_state(checkpoint, learner, recipe, data, rows)
    precision = _precision(recipe.precision, device)
    sums, resumed_at = _Sums(), time.monotonic()
    told_at = saved_at = evaluated_at = resumed_at

    def share() -> float:
        if budget.minutes is not None:
            return min(1.0, learner.elapsed_s / (60 * budget.minutes))
        return min(1.0, learner.step / max(1, source.steps_of(budget.epochs or 0)))

    if share() >= 1:
        tell(sums.tick(learner.step, 1.0, evaluate(learner.average, sets, device)))
    with Workers.of(learner.network, source.batch_size, precision) as workers:
        while share() < 1:
            for batch in source.round(learner, recipe, share(), device):
                sums.add(train_step(learner, workers, batch, recipe, share()), len(batch.people))
                now = time.monotonic()
                learner.elapsed_s += now - resumed_at
                sums.seconds += now - resumed_at
                is_over = share() >= 1
                is_judged = is_over or now - evaluated_at > intervals.evaluate_s
                if is_judged or now - told_at > intervals.tick_s:
                    figures = evaluate(learner.average, sets, device) if is_judged else ()
                    tell(sums.tick(learner.step, share(), figures))
                    sums, told_at = _Sums(), time.monotonic()
                    evaluated_at = told_at if is_judged else evaluated_at
                if is_over or now - saved_at > intervals.checkpoint_s:
                    save_state(checkpoint, learner, recipe, data, rows)
                    saved_at = time.monotonic()
                resumed_at = time.monotonic()
                if is_over:
                    break


@dataclass(slots=True)
class _Sums:
    """Losses and times since the last tick."""

    losses: torch.Tensor | None = None
    steps: int = 0
    images: int = 0
    seconds: float = 0.0

    def add(self, losses: torch.Tensor, images: int) -> None:
        self.losses = losses if self.losses is None else self.losses + losses
        self.steps += 1
        self.images += images

    def tick(self, step: int, share: float, figures: tuple[Figure, ...]) -> Tick:
        softmax, triplet = (self.losses / self.steps).tolist() if self.losses is not None else (0.0, 0.0)
        return Tick(step, share, softmax, triplet, self.images / max(self.seconds, 1e-9), figures)


@dataclass(frozen=True, slots=True, eq=False)
class _Source:
    """Where batches come from: pictures by number, changed on a thread while the network learns."""

    data: ReidData
    rows: IntArray
    people: IntArray
    sampler: BatchSampler
    augmenter: Augmenter
    seed: int

    @staticmethod
    def of(data: ReidData, rows: IntArray, recipe: Recipe) -> "_Source":
        _, people = np.unique(data.people[rows], return_inverse=True)
        sampler = BatchSampler.of(
            people, data.cameras[rows], recipe.people_per_batch, recipe.pictures_per_person, recipe.seed
        )
        return _Source(data, rows, people, sampler, Augmenter.of(recipe.augmentation), recipe.seed)

    @property
    def person_count(self) -> int:
        return int(self.people.max()) + 1

    @property
    def batch_size(self) -> int:
        return self.sampler.people_per_batch * self.sampler.pictures_per_person

    def steps_of(self, epochs: float) -> int:
        """Return the steps in which as many pictures are seen as there are, `epochs` times."""
        return int(np.ceil(epochs * len(self.rows) / self.batch_size))

    def round(self, learner: Learner, recipe: Recipe, share: float, device: torch.device) -> Iterator[Batch]:
        """Yield the batches from the learner's step to the end of its round; at its start neighbours are found anew."""
        epoch = self.sampler.batches_per_epoch
        length = epoch * -(-_ROUND_STEPS // epoch)
        if learner.step % length == 0 and share >= recipe.neighbours_from and self.person_count > 4:
            learner.neighbours = most_alike(learner)
        steps = iter(range(learner.step, (learner.step // length + 1) * length))
        ahead: deque[Future[Batch]] = deque()
        with ThreadPoolExecutor(1 if device.type == "cpu" else 8) as pool:
            for step in steps:
                ahead.append(pool.submit(self._batch, step, learner.neighbours))
                if len(ahead) > _BATCHES_AHEAD * pool._max_workers:
                    yield _moved(ahead.popleft().result(), device)
            while ahead:
                yield _moved(ahead.popleft().result(), device)

    def _batch(self, step: int, neighbours: IntArray | None) -> Batch:
        chosen = self.sampler.batch(step, neighbours)
        pictures = self.augmenter.apply(
            self.data.images[self.rows[chosen]], np.random.default_rng([self.seed, 3, step])
        )
        labels = self.people[chosen], self.data.cameras[self.rows[chosen]]
        return Batch(torch.from_numpy(pictures), *map(torch.from_numpy, labels))


def _moved(batch: Batch, device: torch.device) -> Batch:
    return Batch(batch.pictures.to(device), batch.people.to(device), batch.cameras.to(device))


def _precision(wanted: str, device: torch.device) -> torch.dtype:
    """Return the type of the convolutions: bf16 on a GPU and on a CPU that computes in it, f32 elsewhere."""
    if wanted != "auto":
        return {"f32": torch.float32, "bf16": torch.bfloat16}[wanted]
    if device.type != "cpu":
        return torch.bfloat16
    flags = Path("/proc/cpuinfo")
    has = flags.is_file() and any(name in flags.read_text() for name in ("avx512_bf16", "amx_bf16"))
    return torch.bfloat16 if has else torch.float32
