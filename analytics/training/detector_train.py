"""Train a person detector from random weights, on a CPU or one GPU, interruptible at any moment.

The same data, recipe, seed and number of epochs give the same weights on the same machine; with a limit of minutes the
number of steps depends on the machine, and the result says how many there were.
"""

import csv
import itertools
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics import ids
from analytics.errors import ConfigError, ModelError
from analytics.training.detector_data import Example, read_examples
from analytics.training.detector_network import Architecture, Loss, build_network, images_of, save_weights
from analytics.training.detector_tiles import CAMERA_CHANGES, Batch, Batches, Cutting
from analytics.training.reid_augment import Augmenter

if TYPE_CHECKING:
    import torch

WEIGHTS_FILE, CHECKPOINT_FILE, LOG_FILE = "detector.pt", "checkpoint.pt", "log.csv"
_MAX_GRADIENT = 10.0  # norm, as Ultralytics' trainer
_LOG_EVERY = 10  # steps
_COLUMNS = ("step", "progress", "spent_s", "loss", "images_per_s", "box_loss", "class_loss", "edge_loss")


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides the weights besides the data.

    Attributes:
        architecture: the network.
        cutting: how tiles are cut from frames.
        epochs: times that every frame is cut; None: until `minutes` are over.
        minutes: length of the training; the schedule ends with whatever ends first.
        batch_size: tiles of a step.
        learning_rate: at its height; AdamW.
        weight_decay: of the weights of convolutions.
        warm_up: share of the training in which the learning rate rises; a half cosine falls to a hundredth after it.
        averaging: decay of the moving average of the weights that is kept, for each step.
        seed: of the first weights, the order of the frames, and all that is random about tiles.
    """

    architecture: Architecture = field(default_factory=Architecture)
    cutting: Cutting = field(default_factory=Cutting)
    epochs: float | None = 40
    minutes: float | None = None
    batch_size: int = 32
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    warm_up: float = 0.05
    averaging: float = 0.998
    seed: int = 0

    def __post_init__(self) -> None:
        if self.epochs is None and self.minutes is None:
            raise ConfigError("expected an end of the training, got neither", field="--epochs or --minutes")

    def progress(self, steps: int, spent_s: float, frames: int) -> float:
        """Return the share of the training that is over after so many steps and seconds on so many frames."""
        by_epochs = steps * self.batch_size / (self.epochs * frames) if self.epochs is not None else 0.0
        by_minutes = spent_s / 60 / self.minutes if self.minutes is not None else 0.0
        return min(1.0, max(by_epochs, by_minutes))

    def rate(self, progress: float) -> float:
        """Return the learning rate."""
        if progress < self.warm_up:
            return self.learning_rate * max(progress / self.warm_up, 0.01)
        fallen = (1 - math.cos(math.pi * (progress - self.warm_up) / (1 - self.warm_up))) / 2
        return self.learning_rate * (1 - 0.99 * fallen)


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
        split: the data set's part to train on.
        device: cpu, or a torch device such as cuda:0.
        workers: processes that make batches; 0: this one.
        checkpoint_s: seconds between checkpoints.
        tell: called after each step.

    Raises:
        ConfigError: the data cannot be used, or `out` holds a training with another recipe or other data.
        ModelError: the loss is no longer finite.
    """
    examples = read_examples(dataset, split)
    if not any(len(example.boxes) for example in examples):
        raise ConfigError(f"expected people on the frames of images/{split}, found none", path=dataset)
    out.mkdir(parents=True, exist_ok=True)
    run = _Run(recipe, _identity(recipe, examples), device)
    run.restore(out / CHECKPOINT_FILE)
    _keep_log(out / LOG_FILE, run.number)
    batches = Batches(examples, recipe.batch_size, recipe.seed, recipe.cutting, Augmenter.of(CAMERA_CHANGES))
    first, spent_before_s, began = run.number, run.spent_s, time.monotonic()
    saved = began
    step = Step(run.number, recipe.progress(run.number, run.spent_s, len(examples)), run.spent_s, run.loss, 0.0)
    loader = _loaded(batches, run.number, workers)
    with (out / LOG_FILE).open("a", encoding="utf-8", newline="") as log:
        while step.progress < 1:
            parts = run.learn(next(loader), step.progress)
            now = time.monotonic()
            run.spent_s = spent_before_s + now - began
            step = Step(
                run.number,
                recipe.progress(run.number, run.spent_s, len(examples)),
                run.spent_s,
                run.loss,
                (run.number - first) * recipe.batch_size / (now - began),
            )
            if run.number % _LOG_EVERY == 0:
                csv.writer(log).writerow([f"{value:.6g}" for value in (*asdict(step).values(), *parts.values())])
                log.flush()
            if now - saved > checkpoint_s:
                run.save(out / CHECKPOINT_FILE)
                saved = now
            if tell:
                tell(step)
    run.save(out / CHECKPOINT_FILE)
    facts = {"image_size_px": recipe.cutting.image_size_px, "steps": run.number, "recipe": asdict(recipe)}
    save_weights(run.average.ema, out / WEIGHTS_FILE, facts)
    return Trained(out / WEIGHTS_FILE, step)


class _Run:
    """The network in training, and all else that a checkpoint has to hold."""

    def __init__(self, recipe: Recipe, identity: str, device: str) -> None:
        import torch

        network = build_network(recipe.architecture, recipe.seed)
        from ultralytics.utils.torch_utils import ModelEMA

        self.device = torch.device(device)
        self.network = network.to(self.device, memory_format=torch.channels_last)
        self.loss_of = Loss(self.network)
        # the average follows fast at first: it would keep the random weights for long otherwise
        self.average = ModelEMA(self.network, recipe.averaging, tau=1 / (1 - recipe.averaging))
        self.optimizer = torch.optim.AdamW(_groups(self.network, recipe), lr=recipe.learning_rate)
        self.recipe, self.identity = recipe, identity
        self.precision = torch.bfloat16 if _has_bf16(self.device) else torch.float32
        self.number, self.spent_s, self.loss = 0, 0.0, math.nan

    def learn(self, batch: Batch, progress: float) -> dict[str, float]:
        """Do one step and return the parts of its loss."""
        import torch

        for group in self.optimizer.param_groups:
            group["lr"] = self.recipe.rate(progress)
        images = images_of(batch, self.device)
        with torch.autocast(self.device.type, self.precision, enabled=self.precision is torch.bfloat16):
            outputs = self.network(images)
        loss, parts = self.loss_of(outputs, batch, progress)
        value = float(loss.detach())
        if not math.isfinite(value):
            raise ModelError(f"the loss became {value} at step {self.number}: train with a lower learning rate")
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), _MAX_GRADIENT)
        self.optimizer.step()
        self.average.update(self.network)
        self.number += 1
        self.loss = value if math.isnan(self.loss) else 0.98 * self.loss + 0.02 * value
        return parts

    def save(self, path: Path) -> None:
        """Write a checkpoint; the old one stays until the new one is whole."""
        import torch

        content = {
            "identity": self.identity,
            "number": self.number,
            "spent_s": self.spent_s,
            "loss": self.loss,
            "network": self.network.state_dict(),
            "average": self.average.ema.state_dict(),
            "updates": self.average.updates,
            "optimizer": self.optimizer.state_dict(),
        }
        part = path.with_name(path.name + ".part")
        torch.save(content, part)
        part.replace(path)

    def restore(self, path: Path) -> None:
        """Go on from a checkpoint, if there is one.

        Raises:
            ConfigError: it belongs to another training, or is broken.
        """
        import torch

        if not path.is_file():
            return
        try:
            content = torch.load(path, map_location=self.device, weights_only=True)
        except (OSError, RuntimeError, ValueError) as error:
            raise ConfigError(f"the checkpoint cannot be read: {error}. Delete it to begin anew.", path=path) from error
        if content["identity"] != self.identity:
            raise ConfigError(
                "expected a training of the same recipe and data, found another one: choose another folder, or delete "
                "this file to begin anew",
                path=path,
            )
        self.network.load_state_dict(content["network"])
        self.average.ema.load_state_dict(content["average"])
        self.average.updates = content["updates"]
        self.optimizer.load_state_dict(content["optimizer"])
        self.number, self.spent_s, self.loss = content["number"], content["spent_s"], content["loss"]


def _loaded(batches: Batches, first: int, workers: int) -> Iterator[Batch]:
    """Yield the batches from a number on, without end."""
    if not workers:
        yield from map(batches.__getitem__, itertools.count(first))
    from torch.utils.data import DataLoader

    # whole batches are made by the processes, so nothing is left to collate
    numbers: Any = itertools.count(first)
    yield from DataLoader(batches, batch_size=None, sampler=numbers, num_workers=workers, prefetch_factor=2)  # type: ignore[arg-type]


def _groups(network: Any, recipe: Recipe) -> list[dict[str, Any]]:
    """Return the parameters in two groups: filters decay, biases and normalisation do not."""
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    filters, others = [p for p in parameters if p.ndim > 1], [p for p in parameters if p.ndim <= 1]
    return [{"params": filters, "weight_decay": recipe.weight_decay}, {"params": others, "weight_decay": 0.0}]


def _has_bf16(device: "torch.device") -> bool:
    """Tell whether a device computes in bfloat16 by itself; a CPU that has to emulate it is slower with it."""
    import torch

    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    import openvino

    return device.type == "cpu" and "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def _identity(recipe: Recipe, examples: Sequence[Example]) -> str:
    data = [[example.image.name, len(example.boxes), len(example.ignored)] for example in examples]
    return ids.digest({"recipe": asdict(recipe), "data": data})


def _keep_log(path: Path, steps: int) -> None:
    """Cut a log back to the steps that the checkpoint knows, or begin one."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    known = [line for line in lines[1:] if int(line.split(",")[0]) <= steps]
    path.write_text("\n".join([",".join(_COLUMNS), *known]) + "\n", encoding="utf-8")
