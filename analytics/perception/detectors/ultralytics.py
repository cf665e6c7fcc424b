"""Ultralytics detectors: YOLO26, YOLO11, YOLOv8 and RT-DETR from .pt, and their ONNX, OpenVINO and TensorRT exports.

On a CPU, YOLO weights are exported to OpenVINO once and cached by digest; on a GPU they run in torch in half precision.
A network that `training.detector_export` wrote, such as the shipped one, runs as it is.
Everything else (RT-DETR, exports by others) goes through Ultralytics' own predictor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, Field, PositiveInt, model_validator

from analytics.errors import ModelError
from analytics.geometry import FloatArray, ImageArray, IntArray, clip_boxes
from analytics.ids import digest
from analytics.perception.detectors._runtimes import Candidates, Runtime
from analytics.perception.frame import Detections, Frame
from analytics.perception.models import Located
from analytics.perception.plugins import Detector, Workplace

_STRIDE_PX = 32
_PADDING_GREY = 114  # what Ultralytics pads its training pictures with


class Params(BaseModel, extra="forbid", frozen=True):
    """An Ultralytics network and what is kept of its answer."""

    model: str = "yolo26n"
    """Name of a known model, or of a .pt, .onnx, .engine file or *_openvino_model folder in the model folder."""

    image_size_px: Annotated[int, Field(ge=64, le=4096)] = 640
    """Longer side of the network's input, px; the frame is scaled to it, the shorter side padded to 32."""

    class_names: Annotated[tuple[str, ...], Field(min_length=1)] = ("person",)
    """Classes that are kept; every class is tracked apart."""

    min_score: Annotated[float, Field(gt=0, lt=1)] = 0.1
    """Lowest confidence that is stored; trackers use weak boxes to continue tracks."""

    max_iou: Annotated[float, Field(gt=0, le=1)] = 0.7
    """Overlap above which the weaker of two boxes of a class is dropped; end-to-end heads need none of this."""

    max_detections: PositiveInt = 300
    """Objects kept in one frame."""

    object_features: bool = False
    """Whether the network's own features of each object are kept, for `tracking_features: detector` and the embedder
    `yolo_features`; from the same pass, at hardly any cost."""

    runtime: Literal["auto", "openvino", "torch", "predictor"] = "auto"
    """auto: OpenVINO on a CPU, torch on a GPU, the predictor for what neither can run."""

    precision: Literal["auto", "f32", "bf16"] = "auto"
    """Of OpenVINO's arithmetic; auto: bf16 where the CPU has it, else f32."""

    @model_validator(mode="after")
    def _check(self) -> "Params":
        if self.image_size_px % _STRIDE_PX:
            raise ValueError(f"expected image_size_px to be a multiple of {_STRIDE_PX}")
        if len(set(self.class_names)) != len(self.class_names):
            raise ValueError("expected each class once")
        return self


@dataclass(frozen=True, slots=True)
class _CandidateDetector:
    """Letterboxes frames, runs a candidate network and turns its candidates into detections."""

    class_names: tuple[str, ...]
    digest: str
    params: Params
    runtime: Runtime
    needs_nms: bool

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """Return each frame's detections; see `Detector`."""
        # Pictures are made while earlier ones are inferred; a runtime takes one size at a time
        found: list[Detections] = []
        for _, of_size in groupby(frames, key=lambda frame: frame.pixels.shape):
            alike = list(of_size)
            pictures = (letterbox(frame.pixels, self.params.image_size_px)[0] for frame in alike)
            answers = self.runtime.infer(pictures)
            found += [self._detections(candidates, frame) for candidates, frame in zip(answers, alike, strict=True)]
        return found

    def _detections(self, candidates: Candidates, frame: Frame) -> Detections:
        _, _, scale = _scaled_size(frame.width_px, frame.height_px, self.params.image_size_px)
        is_kept = candidates.scores >= self.params.min_score
        boxes, scores, class_nos = candidates.boxes[is_kept], candidates.scores[is_kept], candidates.class_nos[is_kept]
        kept = _suppress(boxes, scores, class_nos, self.params.max_iou) if self.needs_nms else np.arange(len(boxes))
        kept = kept[: self.params.max_detections]
        vectors = candidates.features if self.params.object_features else None
        features = None if vectors is None else _unit(vectors[is_kept][kept])
        in_frame = clip_boxes(boxes[kept] / scale, frame.width_px, frame.height_px)
        has_area = (in_frame[:, 2] > in_frame[:, 0]) & (in_frame[:, 3] > in_frame[:, 1])
        return Detections.sorted(
            in_frame[has_area],
            np.clip(scores[kept][has_area], 0, 1),
            class_nos[kept][has_area],
            None if features is None else features[has_area],
        )


def build(params: Params, workplace: Workplace) -> Detector:
    """Find the weights and choose how to run them.

    Raises:
        ModelError: the weights are missing or unreadable, lack a class or cannot give features.
    """
    located = workplace.models.find(params.model)
    identity = digest({"weights": located.digest, "kind": "ultralytics"})
    if located.path.suffix == ".xml" and params.runtime in ("auto", "openvino"):
        return _ready(params, located, workplace, identity)
    if located.path.suffix != ".pt" or params.runtime == "predictor":
        return _predictor(params, located, workplace, identity)
    if params.runtime == "torch" or (params.runtime == "auto" and workplace.device != "cpu"):
        return _in_torch(params, located, workplace, identity)
    from analytics.perception.detectors._export import export
    from analytics.perception.detectors._runtimes import OpenVinoRuntime

    exported = export(workplace.models, located, params.class_names, params.max_detections, params.object_features)
    if exported.network is None:
        return _predictor(params, located, workplace, identity)
    runtime = OpenVinoRuntime(exported.network, workplace.threads, params.precision)
    return _CandidateDetector(params.class_names, identity, params, runtime, exported.needs_nms)


def letterbox(pixels: ImageArray, size_px: int) -> tuple[ImageArray, FloatArray]:
    """Scale a picture so that its longer side is `size_px` and pad right and bottom to multiples of 32 with grey.

    Returns:
        The (h, w, 3) picture, and the (4,) factors by which frame coordinates were multiplied.
    """
    import cv2

    height, width = pixels.shape[:2]
    new_width, new_height, factors = _scaled_size(width, height, size_px)
    is_scaled = (new_width, new_height) != (width, height)
    scaled = cv2.resize(pixels, (new_width, new_height), interpolation=cv2.INTER_LINEAR) if is_scaled else pixels
    right, bottom = -new_width % _STRIDE_PX, -new_height % _STRIDE_PX
    if right or bottom:
        grey = (_PADDING_GREY,) * 3
        scaled = cv2.copyMakeBorder(scaled, 0, bottom, 0, right, cv2.BORDER_CONSTANT, value=grey)
    return np.ascontiguousarray(scaled), factors


def _scaled_size(width_px: int, height_px: int, size_px: int) -> tuple[int, int, FloatArray]:
    ratio = size_px / max(height_px, width_px)
    new_width, new_height = max(1, round(width_px * ratio)), max(1, round(height_px * ratio))
    return new_width, new_height, np.array([new_width / width_px, new_height / height_px] * 2, np.float32)


def _suppress(boxes: FloatArray, scores: FloatArray, class_nos: IntArray, max_iou: float) -> IntArray:
    """Return the positions that greedy non-maximum suppression keeps, best first, class by class."""
    import cv2

    if not len(boxes):
        return np.zeros(0, np.int64)
    sides = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
    kept = cv2.dnn.NMSBoxesBatched(sides.tolist(), scores.tolist(), class_nos.astype(int).tolist(), 0.0, max_iou)
    return np.asarray(kept, np.int64).reshape(-1)


def _unit(vectors: FloatArray) -> FloatArray:
    lengths: FloatArray = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: FloatArray = vectors / np.maximum(lengths, np.finfo(np.float32).tiny)
    return unit


def _ready(params: Params, located: Located, workplace: Workplace, identity: str) -> Detector:
    """Run a network that was exported for keeps, such as the shipped one: no torch, nothing to export, on the CPU."""
    from analytics.perception.detectors._runtimes import OpenVinoRuntime, described

    description = described(located.path)
    if description is None:
        return _predictor(params, located, workplace, identity)
    if params.class_names != description.class_names:
        raise ModelError(
            f"{located.name} was exported for the classes {', '.join(description.class_names)}: set "
            f"detector.params.class_names to these, found {', '.join(params.class_names)}"
        )
    if params.max_detections > description.max_detections or params.object_features > description.has_features:
        raise ModelError(
            f"{located.name} was exported for at most {description.max_detections} objects, "
            f"{'with' if description.has_features else 'without'} features: change detector.params in settings.yaml"
        )
    runtime = OpenVinoRuntime(located.path, workplace.threads, params.precision)
    return _CandidateDetector(params.class_names, identity, params, runtime, description.needs_nms)


def _in_torch(params: Params, located: Located, workplace: Workplace, identity: str) -> Detector:
    from analytics.perception.detectors._candidates import Selection, UnsuitedHeadError, load
    from analytics.perception.detectors._runtimes import TorchRuntime

    selection = Selection(params.class_names, params.max_detections, params.object_features)
    try:
        network = load(Path(located.path), selection)
    except UnsuitedHeadError:
        return _predictor(params, located, workplace, identity)
    runtime = TorchRuntime(network, workplace.device, workplace.threads)
    return _CandidateDetector(params.class_names, identity, params, runtime, network.needs_nms)


def _predictor(params: Params, located: Located, workplace: Workplace, identity: str) -> Detector:
    from analytics.perception.detectors._predictor import PredictorDetector

    if params.object_features:
        raise ModelError(
            f"{located.name} cannot give object features: only YOLO weights (.pt) run by openvino or torch can. Set "
            "detector.params.object_features: false, and tracking_features: none or embedder, in settings.yaml"
        )
    return PredictorDetector.load(
        located.path, params.class_names, identity, params.image_size_px, params.min_score, params.max_iou,
        params.max_detections, workplace.device,
    )  # fmt: skip
