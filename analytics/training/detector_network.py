"""The detector's network and what it is trained on: Ultralytics' YOLO26 for one class, its loss, its weights file.

Only the network and the loss are Ultralytics'. Its trainer knows neither people to ignore nor bfloat16 on a CPU (which
doubles the images a second), and cannot stop at a given minute with a finished schedule.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics.errors import ConfigError, ModelError
from analytics.perception._ultralytics import quiet_ultralytics
from analytics.training.detector_data import CLASS_NAME
from analytics.training.detector_tiles import Batch

if TYPE_CHECKING:
    import torch
    from torch import Tensor

_MIN_WIDTH = 0.125
_IGNORED_LOGIT = -20.0  # of a score of 2e-9: its loss and gradient vanish


@dataclass(frozen=True, slots=True)
class Architecture:
    """YOLO26 by its compound scaling; YOLO26n is depth .5, width .25.

    Attributes:
        depth: share of YOLO26l's layers.
        width: share of its channels, at least .125: the attention layer has no head below that.
        end_to_end: a second head that answers once for each person, so that no suppression follows. It needs long
            training to be as good as the first.
    """

    depth: float = 0.5
    width: float = 0.1875
    end_to_end: bool = False

    def __post_init__(self) -> None:
        if not _MIN_WIDTH <= self.width <= 1:
            raise ConfigError(f"expected a width of {_MIN_WIDTH} to 1, got {self.width}", field="width")


def build_network(architecture: Architecture, seed: int) -> Any:
    """Return a network with random weights, in training mode; no file is read but Ultralytics' own description."""
    import torch

    quiet_ultralytics()
    from ultralytics.cfg import get_cfg
    from ultralytics.nn.tasks import DetectionModel, yaml_model_load

    description = yaml_model_load("yolo26n.yaml")
    description["scales"] = {"n": [architecture.depth, architecture.width, 1024]}
    description["end2end"] = architecture.end_to_end
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = DetectionModel(description, nc=1, verbose=False)
    network.names = {0: CLASS_NAME}
    network.args = get_cfg()  # the loss takes its gains from here
    return network.train()


class Loss:
    """Ultralytics' loss, without what people who are no targets would add to it."""

    def __init__(self, network: Any) -> None:
        self._criterion = network.init_criterion()
        self._strides = network.stride

    def __call__(self, outputs: Any, batch: Batch, progress: float) -> tuple["Tensor", dict[str, float]]:
        """Return the mean loss of a tile, and its parts.

        Args:
            outputs: of the network in training mode.
            batch: the tiles.
            progress: share of the training that is over, in [0, 1]; weighs the two heads of an end-to-end network.
        """
        import torch

        device = _heads(outputs)[0]["scores"].device
        boxes, ignored, box_tiles, ignored_tiles = (
            torch.from_numpy(part).to(device)
            for part in (batch.boxes, batch.ignored, batch.box_tiles, batch.ignored_tiles)
        )
        for head in _heads(outputs):
            head["boxes"], head["scores"] = head["boxes"].float(), head["scores"].float()
            hidden = self._hidden(head, boxes, box_tiles, ignored, ignored_tiles)
            head["scores"] = head["scores"].masked_fill(hidden[:, None], _IGNORED_LOGIT)
        height, width = batch.rgb.shape[1:3]
        centres, sides = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
        shares = torch.cat([centres, sides], 1) / torch.tensor([width, height] * 2, device=device)
        targets = {"batch_idx": box_tiles, "cls": torch.zeros_like(box_tiles)[:, None], "bboxes": shares}
        if hasattr(self._criterion, "o2m"):
            self._criterion.o2m = 0.8 + (0.1 - 0.8) * progress  # as in Ultralytics' E2ELoss, which counts epochs
            self._criterion.o2o = 1 - self._criterion.o2m
        loss, parts = self._criterion(outputs, targets)
        return loss.sum() / len(batch.rgb), {name: float(part) for name, part in parts.items()}

    def _hidden(
        self, head: Any, boxes: "Tensor", box_tiles: "Tensor", ignored: "Tensor", ignored_tiles: "Tensor"
    ) -> "Tensor":
        """Tell which (b, anchors) lie on somebody who is ignored and on no target."""
        from ultralytics.utils.tal import make_anchors

        cells, strides = make_anchors(head["feats"], self._strides, 0.5)
        points = cells * strides
        count = len(head["scores"])
        return _covered(points, ignored, ignored_tiles, count) & ~_covered(points, boxes, box_tiles, count)


def _covered(points: "Tensor", boxes: "Tensor", tiles: "Tensor", count: int) -> "Tensor":
    """Tell which of (a, 2) points lie in a box, for each of `count` tiles: (count, a)."""
    import torch

    is_inside = ((points[None] >= boxes[:, None, :2]) & (points[None] < boxes[:, None, 2:])).all(2)
    covered = torch.zeros(count, len(points), device=points.device)
    return covered.index_add_(0, tiles.long(), is_inside.float()) > 0


def _heads(outputs: Any) -> list[dict[str, "Tensor"]]:
    return [outputs[name] for name in ("one2many", "one2one") if name in outputs] or [outputs]


def images_of(batch: Batch, device: "torch.device") -> "Tensor":
    """Return a batch's pictures as the network takes them: (b, 3, height, width) in [0, 1], channels last in memory."""
    import torch

    return torch.from_numpy(batch.rgb).to(device).permute(0, 3, 1, 2).float().div_(255)


def save_weights(network: Any, path: Path, facts: dict[str, Any]) -> None:
    """Write a network as Ultralytics does, in half precision, so that it and the detector plug-in can read it."""
    import copy

    import torch
    from ultralytics import __version__

    slim = copy.deepcopy(network).cpu().half().eval()
    slim.criterion = None
    for parameter in slim.parameters():
        parameter.requires_grad = False
    arguments = {"task": "detect", "model": "yolo26n.yaml", "single_cls": True, "imgsz": facts["image_size_px"]}
    content = {
        "epoch": -1, "model": slim.to(memory_format=torch.contiguous_format), "ema": None, "optimizer": None,
        "train_args": arguments, "version": __version__, "crosscam": facts,
    }  # fmt: skip
    part = path.with_name(path.name + ".part")
    torch.save(content, part)
    part.replace(path)


def load_weights(network: Any, path: Path) -> None:
    """Give a network the weights of a file that `save_weights` wrote.

    Raises:
        ModelError: it is no such file, or of another architecture.
    """
    from ultralytics.nn.tasks import load_checkpoint

    try:
        saved, _ = load_checkpoint(str(path), device="cpu")
        network.load_state_dict(saved.state_dict())
    except (OSError, RuntimeError, KeyError, AttributeError, TypeError) as error:
        raise ModelError(
            f"{path} cannot be started from: expected weights of the same architecture: {error}"
        ) from error
