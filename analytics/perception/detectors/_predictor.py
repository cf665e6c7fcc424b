"""Ultralytics' own predictor as a detector: whatever Ultralytics can run, at its own pace."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analytics.errors import ModelError
from analytics.geometry import clip_boxes
from analytics.perception._ultralytics import quiet_ultralytics
from analytics.perception.frame import Detections, Frame


@dataclass(frozen=True, slots=True)
class PredictorDetector:
    """A detector that hands frames to `ultralytics.YOLO.predict`."""

    class_names: tuple[str, ...]
    digest: str
    model: Any
    arguments: dict[str, Any]
    class_numbers: tuple[int, ...]

    @staticmethod
    def load(
        path: Path,
        class_names: tuple[str, ...],
        digest: str,
        image_size_px: int,
        min_score: float,
        max_iou: float,
        max_detections: int,
        device: str,
    ) -> "PredictorDetector":
        """Load any file that Ultralytics runs.

        Raises:
            ModelError: it cannot be read or lacks a class.
        """
        quiet_ultralytics()
        from ultralytics import RTDETR, YOLO

        try:
            is_rtdetr = "rtdetr" in path.name.lower() and path.suffix == ".pt"
            model: Any = RTDETR(str(path)) if is_rtdetr else YOLO(str(path), task="detect")
            names = {name: number for number, name in model.names.items()}
        except (OSError, RuntimeError, KeyError, AttributeError, TypeError, ValueError, ImportError) as error:
            raise ModelError(f"{path.name} cannot be run by Ultralytics: {error}") from error
        missing = [name for name in class_names if name not in names]
        if missing:
            raise ModelError(f"the detector knows no class {', '.join(missing)}; it has: {', '.join(names)}")
        numbers = tuple(names[name] for name in class_names)
        arguments = {
            "imgsz": image_size_px, "conf": min_score, "iou": max_iou, "max_det": max_detections,
            "classes": list(numbers), "device": device, "half": device != "cpu", "verbose": False, "save": False,
        }  # fmt: skip
        return PredictorDetector(class_names, digest, model, arguments, numbers)

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """Return each frame's detections; see `Detector`."""
        if not frames:
            return []
        if len({frame.pixels.shape for frame in frames}) > 1:
            # Pictures of several sizes would all be padded to a square, which changes what is found in them
            return [found for frame in frames for found in self.detect([frame])]
        results = self.model.predict([np.array(frame.pixels) for frame in frames], **self.arguments)
        return [self._detections(result.boxes, frame) for result, frame in zip(results, frames, strict=True)]

    def _detections(self, found: Any, frame: Frame) -> Detections:
        position = {number: place for place, number in enumerate(self.class_numbers)}
        boxes = clip_boxes(found.xyxy.float().cpu().numpy().reshape(-1, 4), frame.width_px, frame.height_px)
        class_nos = np.array([position[int(number)] for number in found.cls.cpu().tolist()], np.int64)
        return Detections.sorted(boxes, found.conf.float().cpu().numpy(), class_nos)
