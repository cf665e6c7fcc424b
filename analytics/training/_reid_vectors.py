"""Vectors of pictures by a network that is trained here, and how good they are."""

import numpy as np
import torch
from torch import Tensor, nn

from analytics.evaluation.retrieval import normalised_by_camera, score_retrieval
from analytics.geometry import FloatArray, ImageArray
from analytics.training._reid_network import ReidNetwork
from analytics.training.reid_data import ReidData
from analytics.training.reid_train import Figure

_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's, which re-ID networks commonly expect
_AT_ONCE = 128


def scaled(pictures: Tensor) -> Tensor:
    """Return (n, 3, height, width) float32 numbers as the network takes them, of (n, height, width, 3) uint8 RGB."""
    mean, std = (torch.tensor(values, device=pictures.device)[None, :, None, None] for values in (_MEAN, _STD))
    return ((pictures.permute(0, 3, 1, 2).float() / 255 - mean) / std).contiguous()


class FromBgr(nn.Module):
    """A network that takes (n, 3, height, width) BGR numbers of 0 to 255, as Open Model Zoo's do."""

    def __init__(self, network: ReidNetwork) -> None:
        super().__init__()
        self.network = network
        mean, std = (torch.tensor(values)[None, :, None, None] for values in (_MEAN, _STD))
        self.gain, self.offset = nn.Buffer(1 / (255 * std)), nn.Buffer(-mean / std)

    def forward(self, pictures: Tensor) -> Tensor:
        """Return the (n, length) unit vectors."""
        vectors: Tensor = self.network(pictures.flip(1) * self.gain + self.offset)
        return vectors


def embed(network: ReidNetwork, images: ImageArray, device: torch.device) -> FloatArray:
    """Return the (n, d) float32 unit vectors of (n, height, width, 3) RGB pictures."""
    network.eval()
    parts = []
    with torch.inference_mode():
        for start in range(0, len(images), _AT_ONCE):
            batch = torch.from_numpy(np.array(images[start : start + _AT_ONCE])).to(device)
            parts.append(network(scaled(batch)).float().cpu().numpy())
    vectors: FloatArray = np.concatenate(parts)
    return vectors


def evaluate(network: ReidNetwork, sets: dict[str, ReidData], device: torch.device) -> tuple[Figure, ...]:
    """Return the figures of each set, other camera only, as the vectors are and normalised by camera."""
    figures = []
    for name, data in sets.items():
        vectors = embed(network, data.images, device)
        for label, rows in ((name, vectors), (f"{name}, normalised", normalised_by_camera(vectors, data.cameras))):
            scores = score_retrieval(rows, data.people, data.cameras, ranks=1, draws=1)
            figures.append(Figure(label, scores.rank_1, scores.mean_ap))
    return tuple(figures)
