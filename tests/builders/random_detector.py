"""A person detector without training, as a weights file."""

from pathlib import Path

import numpy as np

from analytics.geometry import ImageArray
from analytics.training.detector_network import Architecture, build_network, save_weights


def write_random_detector(path: Path, bgr: ImageArray) -> None:
    """Write weights drawn at random that find dozens of objects of some 24 px in a picture, with scores that differ.

    Args:
        path: the .pt.
        bgr: (height, width, 3) picture, sides multiples of 32.
    """
    import torch

    network = build_network(Architecture(depth=0.33, width=0.125), seed=1)
    norms = [layer for layer in network.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
    picture = torch.from_numpy(np.array(bgr)).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad():
        for layer in norms:  # one frame's statistics, so that signals neither die nor explode on the way
            layer.momentum = 1.0
        network(picture)
        network.eval()
        # a network without training multiplies rounding errors, most of all at its coarser levels, which are muted
        for bias, scores, sides in zip((-2.35, -9.0, -9.0), network.model[-1].cv3, network.model[-1].cv2, strict=True):
            scores[-1].bias.fill_(bias)
            scores[-1].weight.mul_(0.03)
            sides[-1].bias.fill_(1.5)  # cells from the middle of an object to its edges
            sides[-1].weight.mul_(0.03)
    save_weights(network, path, {"image_size_px": max(bgr.shape)})
