"""A detector in training: its weights, their moving average, the optimizer; one step; checkpoints."""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics.errors import ConfigError, ModelError
from analytics.perception._ultralytics import quiet_ultralytics
from analytics.training.detector_network import Loss, build_network, images_of, load_weights
from analytics.training.detector_recipe import Recipe
from analytics.training.detector_tiles import Batch

if TYPE_CHECKING:
    import torch

_MAX_GRADIENT = 10.0  # norm, as Ultralytics' trainer
_SMOOTHING = 0.98  # of the loss that is shown


@contextmanager
def one_thread() -> Iterator[int]:
    """Let torch use one thread in this one, which has only small things to do, and give the number that it had."""
    import torch

    cores = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield cores
    finally:
        torch.set_num_threads(cores)


class Learner:
    """The network in training, and all else that a checkpoint has to hold."""

    def __init__(self, recipe: Recipe, identity: str, device: str, cores: int, start: Path | None = None) -> None:
        import torch

        quiet_ultralytics()
        from ultralytics.utils.torch_utils import ModelEMA

        self.device = torch.device(device)
        first = build_network(recipe.architecture, recipe.seed)
        if start is not None:
            load_weights(first, start)
        first = first.to(self.device, memory_format=torch.channels_last)
        self.network = first
        # the average follows fast at first: it would keep the random weights for long otherwise
        self.average = ModelEMA(first, recipe.averaging, tau=1 / (1 - recipe.averaging))
        self.replicas = _replicas(first, recipe.parts if device == "cpu" else 1)
        self.losses = [Loss(network) for network in self.replicas]
        self.optimizer = torch.optim.AdamW(_groups(first, recipe), lr=recipe.learning_rate)
        self.recipe, self.identity = recipe, identity
        self.precision = torch.bfloat16 if _has_bf16(self.device) else torch.float32
        threads = min(len(self.replicas), cores)
        self.pool = ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(cores // threads,))
        self.number, self.spent_s, self.loss = 0, 0.0, math.nan

    def learn(self, parts: Sequence[Callable[[], Batch]], progress: float) -> dict[str, float]:
        """Do one step and return the parts of its loss.

        Threads that each take a part meet once a step; a library that splits every single operation among threads waits
        for the slowest hundreds of times.
        """
        import torch

        for group in self.optimizer.param_groups:
            group["lr"] = self.recipe.rate(progress)
        self.optimizer.zero_grad(set_to_none=True)
        numbers = [place % len(self.replicas) for place in range(len(parts))]
        found = list(self.pool.map(self._gradients, numbers, parts, itertools.repeat(progress)))
        values = {name: sum(part[name] for part in found) / len(found) for name in found[0]}
        if not math.isfinite(values["loss"]):
            raise ModelError(f"the loss became {values['loss']} at step {self.number}: lower the learning rate")
        for other in self.replicas[1:]:
            for own, shared in zip(other.parameters(), self.network.parameters(), strict=True):
                if own.grad is not None:
                    shared.grad = own.grad if shared.grad is None else shared.grad.add_(own.grad)
                    own.grad = None
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), _MAX_GRADIENT)
        self.optimizer.step()
        self.average.update(self.network)
        self.number += 1
        value = values.pop("loss")
        self.loss = value if math.isnan(self.loss) else _SMOOTHING * self.loss + (1 - _SMOOTHING) * value
        return values

    def _gradients(self, number: int, make: Callable[[], Batch], progress: float) -> dict[str, float]:
        """Add a part's gradients to those of a replica, and return the loss with its parts."""
        import torch

        batch = make()
        with torch.autocast(self.device.type, self.precision, enabled=self.precision is torch.bfloat16):
            outputs = self.replicas[number](images_of(batch, self.device))
        loss, parts = self.losses[number](outputs, batch, progress)
        torch.autograd.backward(loss / self.recipe.parts)
        return {"loss": float(loss.detach()), **parts}

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


def _replicas(network: Any, count: int) -> list[Any]:
    """Return the network and copies of it that share its weights but not its gradients and running means."""
    replicas = [network, *(deepcopy(network) for _ in range(count - 1))]
    for other in replicas[1:]:
        for own, shared in zip(other.parameters(), network.parameters(), strict=True):
            own.data = shared.data
    return replicas


def _groups(network: Any, recipe: Recipe) -> list[dict[str, Any]]:
    """Return the parameters in two groups: filters decay, biases and normalisation do not."""
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    filters, others = [p for p in parameters if p.ndim > 1], [p for p in parameters if p.ndim <= 1]
    return [{"params": filters, "weight_decay": recipe.weight_decay}, {"params": others, "weight_decay": 0.0}]


def _has_bf16(device: "torch.device") -> bool:
    """Tell whether a device computes in bfloat16 by itself; a CPU that has to emulate it is slower with it."""
    import torch

    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    import openvino

    capabilities: list[str] = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return device.type == "cpu" and "BF16" in capabilities
