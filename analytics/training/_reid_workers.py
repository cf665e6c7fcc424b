"""A batch's features and gradients by threads that each take a part of the batch.

A library that splits every single operation waits for its slowest thread hundreds of times a step. On 2 cores that
others used too, that gave 13 pictures a second, one thread alone 55; here threads meet twice a step.
"""

from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor

from analytics.errors import ConfigError
from analytics.training._reid_network import ReidNetwork
from analytics.training._reid_vectors import scaled

_SMALLEST_PART = 32  # pictures: batch normalisation takes its means over a part


def parse_device(name: str) -> torch.device:
    """Return the device of a name. Raises ConfigError where there is none such."""
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ConfigError(f"expected cpu or cuda, cuda:0 and so on; {name}: {error}", field="--device") from error
    return device


@dataclass(slots=True)
class Workers:
    """Threads with a network each; all networks have the same weights and their own gradients.

    Attributes:
        networks: the one that is trained comes first; its running means of batch normalisation are the ones kept.
        precision: of the convolutions.
        pool: the threads, which end with the context.
        threads: how many torch had before.
        threads_each: how many work on one part.
        parts: the features that wait for their gradients.
    """

    networks: list[ReidNetwork]
    precision: torch.dtype
    pool: ThreadPoolExecutor
    threads: int
    threads_each: int
    parts: list[Tensor]

    def __enter__(self) -> "Workers":
        # else the main thread's own team spins at each of its small operations while the others work: measured on busy
        # cores, 76 pictures a second of processor time with it, 178 without
        torch.set_num_threads(self.threads_each)
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown()
        torch.set_num_threads(self.threads)

    @staticmethod
    def of(network: ReidNetwork, batch_size: int, precision: torch.dtype) -> "Workers":
        """Make the threads: one on a GPU, on a CPU as many as there are cores, but parts of at least 32 pictures."""
        threads = torch.get_num_threads() if next(network.parameters()).device.type == "cpu" else 1
        count = max(1, min(threads, batch_size // _SMALLEST_PART))
        networks = [network, *(deepcopy(network) for _ in range(count - 1))]
        for other in networks[1:]:
            for own, shared in zip(other.parameters(), network.parameters(), strict=True):
                own.data = shared.data
        each = max(1, threads // count)
        pool = ThreadPoolExecutor(count, initializer=torch.set_num_threads, initargs=(each,))
        return Workers(networks, precision, pool, torch.get_num_threads(), each, [])

    def features(self, pictures: Tensor, seed: int, step: int) -> Tensor:
        """Return the (n, d) features of (n, height, width, 3) uint8 RGB pictures, in training mode."""
        given = pictures.tensor_split(len(self.networks))

        def forward(number: int) -> Tensor:
            network = self.networks[number]
            network.seed(seed, 4, step, number)
            network.train()
            with torch.autocast(pictures.device.type, self.precision, enabled=self.precision is not torch.float32):
                return network.features(scaled(given[number]))

        self.parts = list(self.pool.map(forward, range(len(given))))
        return torch.cat(self.parts)

    def backward(self, gradient: Tensor) -> None:
        """Add the gradients of the weights to those of the trained network, given those of the features."""
        shares = torch.split(gradient, [len(part) for part in self.parts])
        list(self.pool.map(Tensor.backward, self.parts, shares))
        self.parts = []
        for other in self.networks[1:]:
            for own, shared in zip(other.parameters(), self.networks[0].parameters(), strict=True):
                if own.grad is not None and shared.requires_grad:
                    shared.grad = own.grad if shared.grad is None else shared.grad.add_(own.grad)
                own.grad = None
