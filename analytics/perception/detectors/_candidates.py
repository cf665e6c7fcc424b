"""A YOLO network cut down to what crosscam needs of it: the best candidates of the chosen classes, with features.

Imports torch on top, so it is imported only where a network is run in torch or exported, never for its names.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from analytics.errors import ModelError
from analytics.perception._ultralytics import quiet_ultralytics

_ANCHORS_EACH = 4
"""An object of a one-to-many head answers from several anchors; so many each leave enough after suppression."""


class UnsuitedHeadError(ModelError):
    """The network does not end in a grid of anchors (RT-DETR, say): Ultralytics' own predictor has to run it."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is kept of a network's answer.

    Attributes:
        class_names: wanted classes; their order gives the class numbers.
        max_detections: objects of one image, at the most.
        with_features: whether each candidate's features are gathered.
    """

    class_names: tuple[str, ...]
    max_detections: int
    with_features: bool


class CandidateNet(nn.Module):
    """Backbone, neck and one head of an Ultralytics detection network, answering with its best anchors.

    Input: (b, 3, h, w) RGB in [0, 1], h and w multiples of 32. Output, for the k best anchors of each image:
    boxes (b, k, 4) as x_min, y_min, x_max, y_max in input pixels; scores (b, k); class numbers (b, k); and, if wanted,
    features (b, k, d). An anchor answers for its best wanted class.

    Features are the head's inputs at the candidate's own cell, wider levels pooled over groups of channels to the
    narrowest level's width, as Ultralytics' trackers pool them; here for end-to-end heads too, since the cell is known
    before any list of detections is made.
    """

    def __init__(self, model: Any, selection: Selection) -> None:
        super().__init__()
        names = {name: number for number, name in model.names.items()}
        missing = [name for name in selection.class_names if name not in names]
        if missing:
            raise ModelError(f"the detector knows no class {', '.join(missing)}; it has: {', '.join(names)}")
        self.layers = model.model
        self.saved: list[int] = list(model.save)
        self.head = model.model[-1]
        if not all(hasattr(self.head, part) for part in ("one2many", "forward_head", "dfl", "stride")):
            raise UnsuitedHeadError(f"a {type(self.head).__name__} head has no anchors to choose from")
        self.selection = selection
        self.classes = [names[name] for name in selection.class_names]

    @property
    def needs_nms(self) -> bool:
        """Whether the same object may be answered by several anchors (the head was trained one to many)."""
        return not self._is_end_to_end

    @property
    def feature_count(self) -> int:
        """Length of a candidate's features."""
        widths = [branch[0].conv.in_channels for branch in self._branches["box_head"]]
        return int(min(widths))

    @property
    def _is_end_to_end(self) -> bool:
        return getattr(self.head, "one2one_cv2", None) is not None

    @property
    def _branches(self) -> dict[str, Any]:
        branches: dict[str, Any] = self.head.one2one if self._is_end_to_end else self.head.one2many
        return branches

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return boxes, scores, class numbers and, if wanted, features; see the class."""
        levels = self._levels(images)
        raw = self.head.forward_head(levels, **self._branches)
        scores, class_nos = raw["scores"][:, self.classes].sigmoid().max(dim=1)
        # a small picture has fewer anchors than candidates are wanted: the rest scores 0
        count = self.selection.max_detections * (_ANCHORS_EACH if self.needs_nms else 1)
        spare = (0, count)
        best, anchors = functional.pad(scores, spare).topk(count, dim=1)
        class_nos = functional.pad(class_nos, spare)
        chosen = [functional.pad(self._boxes(raw["boxes"], levels), spare)]
        if self.selection.with_features:
            chosen.append(functional.pad(self._pooled(levels), spare))
        gathered = [part.gather(2, anchors[:, None].expand(-1, part.shape[1], -1)).transpose(1, 2) for part in chosen]
        return gathered[0], best, class_nos.gather(1, anchors), *gathered[1:]

    def _levels(self, images: Tensor) -> list[Tensor]:
        """Run all layers before the head and return the head's inputs, finest level first."""
        kept: list[Tensor | None] = []
        value: Any = images
        for layer in self.layers[:-1]:
            value = layer(self._inputs(layer.f, value, kept))
            kept.append(value if layer.i in self.saved else None)
        levels: list[Tensor] = self._inputs(self.head.f, value, kept)
        return levels

    @staticmethod
    def _inputs(sources: int | list[int], value: Any, kept: list[Any]) -> Any:
        if isinstance(sources, int):
            return value if sources == -1 else kept[sources]
        return [value if source == -1 else kept[source] for source in sources]

    def _boxes(self, distances: Tensor, levels: list[Tensor]) -> Tensor:
        """Turn distances from each anchor's centre to the four edges into (b, 4, anchors) boxes, input px.

        In float32 whatever the network's precision: float16 steps by half a pixel at 640 px.
        """
        corners, strides = [], []
        for level, stride in zip(levels, self.head.stride, strict=True):
            height, width = level.shape[2], level.shape[3]
            y = torch.arange(height, device=level.device, dtype=torch.float32) + 0.5
            x = torch.arange(width, device=level.device, dtype=torch.float32) + 0.5
            rows, columns = torch.meshgrid(y, x, indexing="ij")
            corners.append(torch.stack((columns.flatten(), rows.flatten())))
            strides.append(torch.full_like(columns, float(stride)).flatten())
        centre, stride_px = torch.cat(corners, 1)[None], torch.cat(strides)[None, None]
        top_left, bottom_right = self.head.dfl(distances).float().chunk(2, dim=1)
        return torch.cat((centre - top_left, centre + bottom_right), 1) * stride_px

    def _pooled(self, levels: list[Tensor]) -> Tensor:
        width = min(level.shape[1] for level in levels)
        pooled = [level.reshape(level.shape[0], width, level.shape[1] // width, -1).mean(2) for level in levels]
        return torch.cat(pooled, 2)


def load(path: Path, selection: Selection) -> CandidateNet:
    """Load Ultralytics weights (.pt) as a candidate network in float32, ready to infer.

    Raises:
        ModelError: the file is no such network or lacks a class.
        UnsuitedHeadError: the network has another kind of head.
    """
    quiet_ultralytics()
    from ultralytics.nn.tasks import load_checkpoint

    try:
        model, _ = load_checkpoint(str(path), device="cpu", fuse=True)
    except (OSError, RuntimeError, KeyError, AttributeError, TypeError, ModuleNotFoundError) as error:
        raise ModelError(f"{path.name} cannot be read as Ultralytics weights: {error}") from error
    if getattr(model, "task", "detect") not in ("detect", "segment", "pose"):
        raise ModelError(f"{path.name} is made for {model.task}; a detector needs a detect, segment or pose network")
    return CandidateNet(model.float().eval(), selection).eval()
