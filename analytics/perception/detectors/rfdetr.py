"""RF-DETR (Roboflow, Apache-2.0), a detection transformer; an extra: `pip install 'crosscam[rfdetr]'`.

The weights come from the model folder alone; the library's own download is never reached.
"""

import logging
import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, Field

from analytics.errors import ModelError
from analytics.geometry import clip_boxes
from analytics.perception.frame import Detections, Frame
from analytics.perception.models import Located
from analytics.perception.plugins import Detector, Workplace

_CLASSES_BY_SIZE = {"nano": "RFDETRNano", "small": "RFDETRSmall", "medium": "RFDETRMedium", "large": "RFDETRLarge"}


class Params(BaseModel, extra="forbid", frozen=True):
    """An RF-DETR network and what is kept of its answer. It has no features of objects, and needs no suppression."""

    model: str
    """Name of the .pth file in the model folder."""

    size: Literal["nano", "small", "medium", "large"] = "nano"
    """Which network the weights are of."""

    class_names: Annotated[tuple[str, ...], Field(min_length=1)] = ("person",)
    """Classes that are kept; every class is tracked apart."""

    min_score: Annotated[float, Field(gt=0, lt=1)] = 0.1
    """Lowest confidence that is stored."""


def build(params: Params, workplace: Workplace) -> Detector:
    """Load the network; on a GPU it runs in half precision.

    Raises:
        ModelError: the package or the weights are missing, are of another size, or lack a class.
    """
    located = workplace.models.find(params.model)
    network = _loaded(located, params, workplace)
    offered = tuple(network.class_names)
    if missing := [name for name in params.class_names if name not in offered]:
        raise ModelError(
            f"{located.name} does not know the class {', '.join(missing)}; it knows {', '.join(offered)}. "
            "Set detector.params.class_names."
        )
    return _RfDetr(params.class_names, located.digest, params.min_score, network)


@dataclass(frozen=True, slots=True)
class _RfDetr:
    """One network of the package `rfdetr`."""

    class_names: tuple[str, ...]
    digest: str
    min_score: float
    network: Any

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """Return each frame's detections; see `Detector`."""
        if not frames:
            return []
        pictures = [np.ascontiguousarray(frame.pixels[..., ::-1]) for frame in frames]
        answers = self.network.predict(pictures, threshold=self.min_score, include_source_image=False)
        return [self._detections(answer, frame) for answer, frame in zip(answers, frames, strict=True)]

    def _detections(self, answer: Any, frame: Frame) -> Detections:
        # by name: the class numbers of COCO weights have gaps, those of trained ones have none
        names = [str(name) for name in answer.data.get("class_name", ())]
        kept = np.flatnonzero([name in self.class_names for name in names]).astype(np.int64)
        boxes = clip_boxes(answer.xyxy[kept].astype(np.float32), frame.width_px, frame.height_px)
        has_area = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
        class_nos = np.array([self.class_names.index(names[n]) for n in kept], np.int16)
        scores = np.clip(answer.confidence[kept].astype(np.float32), 0, 1)
        return Detections.sorted(boxes[has_area], scores[has_area], class_nos[has_area])


def _loaded(located: Located, params: Params, workplace: Workplace) -> Any:
    if not zipfile.is_zipfile(located.path):
        raise ModelError(f"{located.path} is no file of RF-DETR weights: expected what torch.save writes (.pth)")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations inside the package, at its import
        try:
            import rfdetr
            from rfdetr.utilities import io
        except ImportError as error:
            raise ModelError(
                f"RF-DETR is not installed ({error}): run `pip install 'crosscam[rfdetr]'`, or choose another "
                "detector in settings.yaml"
            ) from error
        import torch

        logging.getLogger("rf-detr").setLevel(logging.ERROR)
        if workplace.device == "cpu":
            torch.set_num_threads(workplace.threads)
        try:
            # the package answers an unreadable file by downloading its own: read it here first
            saved = set(io._safe_torch_load(located.path)["model"])
            network = getattr(rfdetr, _CLASSES_BY_SIZE[params.size])(
                pretrain_weights=str(located.path), device=workplace.device
            )
            _check_size(saved, set(network.model.model.state_dict()), located, params.size)
            if workplace.device != "cpu":
                network.inference(compile=False, dtype=torch.float16)
        except (RuntimeError, ValueError, KeyError, OSError) as error:
            raise ModelError(f"{located.path} cannot be loaded as RF-DETR {params.size}: {error}") from error
    return network


def _check_size(saved: set[str], wanted: set[str], located: Located, size: str) -> None:
    """Refuse weights of another size, which the package would load in part, leaving the rest at random."""
    strange = sorted(wanted - saved) + sorted(name for name in saved - wanted if ".layers." in name)
    if strange:
        raise ModelError(
            f"{located.path} does not hold the weights of RF-DETR {size}: {len(strange)} do not fit, the first is "
            f"{strange[0]}. Set detector.params.size to what the weights were trained as."
        )
