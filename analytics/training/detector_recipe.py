"""Everything that decides a detector's weights besides the data."""

import math
from dataclasses import dataclass, field

from analytics.errors import ConfigError
from analytics.training.detector_network import Architecture
from analytics.training.detector_tiles import Cutting


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides the weights besides the data.

    Attributes:
        architecture: the network.
        cutting: how tiles are cut from frames.
        epochs: times that every frame is cut; None: until `minutes` are over.
        minutes: length of the training; the schedule ends with whatever ends first.
        batch_size: tiles of a step.
        parts: batches that a step's tiles come in, each normalised by itself; on a CPU each has a thread of its own.
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
    parts: int = 2
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    warm_up: float = 0.05
    averaging: float = 0.998
    seed: int = 0

    def __post_init__(self) -> None:
        if self.epochs is None and self.minutes is None:
            raise ConfigError("expected an end of the training, got neither", field="--epochs or --minutes")
        if self.batch_size % self.parts:
            raise ConfigError(f"expected a batch of a multiple of {self.parts} tiles, got {self.batch_size}")

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
