"""A trained detector as files that run by name, checked against the network itself.

OpenVINO's is what the detector plug-in runs on a CPU: it loads at once, without torch. ONNX is Ultralytics' own export,
for GPUs and other programs.
"""

import shutil
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analytics.errors import ModelError
from analytics.geometry import FloatArray, ImageArray
from analytics.perception._ultralytics import quiet_ultralytics
from analytics.perception.detectors._runtimes import Candidates, OpenVinoRuntime, TorchRuntime
from analytics.training.detector_data import CLASS_NAME

_MAX_DETECTIONS = 300  # the plug-in's default
_COMPARED_SCORE = 0.1  # the plug-in's least score: what lies below is not used
_MAX_BOX_DIFFERENCE_PX, _MAX_SCORE_DIFFERENCE = 1.0, 0.02
"""Weights in half precision move boxes by some tenths and scores by thousandths; a wrong colour order by far more."""


@dataclass(frozen=True, slots=True)
class Exported:
    """Files of one network, and how far their answers are from the network's own.

    Attributes:
        openvino: the .xml; its .bin lies beside it.
        onnx: the ONNX file.
        box_difference_px: largest difference of a coordinate, of both files.
        score_difference: largest difference of a score, of both files.
        compared: number of boxes that were compared.
    """

    openvino: Path
    onnx: Path
    box_difference_px: float
    score_difference: float
    compared: int


def export_detector(weights: Path, folder: Path, name: str, pictures: Sequence[ImageArray]) -> Exported:
    """Write `<name>.xml`, `<name>.bin` and `<name>.onnx`.

    Args:
        weights: Ultralytics weights, .pt.
        folder: where to; created.
        name: of the files, without extension.
        pictures: (h, w, 3) BGR with people, sides multiples of 32, to compare the answers on.

    Raises:
        ModelError: the weights cannot be read, the pictures show nobody, or an exported file answers otherwise.
    """
    from analytics.perception.detectors._candidates import Selection, load
    from analytics.perception.detectors._export import save

    folder.mkdir(parents=True, exist_ok=True)
    network = load(weights, Selection((CLASS_NAME,), _MAX_DETECTIONS, with_features=True))
    by_torch = TorchRuntime(network, "cpu", 1)
    expected = [_rows(by_torch.infer([picture])) for picture in pictures]
    compared = sum(len(rows) for rows in expected)
    if not compared:
        raise ModelError(f"expected {weights.name} to find somebody on the pictures to compare on, it finds nobody")
    openvino, onnx = folder / f"{name}.xml", folder / f"{name}.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of the tracing that OpenVINO uses
        save(network, openvino, compress=True)
    _write_onnx(weights, onnx)
    by_openvino = OpenVinoRuntime(openvino, 1, "f32")
    differences = [
        _difference(rows, found)
        for rows, picture in zip(expected, pictures, strict=True)
        for found in (_rows(by_openvino.infer([picture]), 0), _run_onnx(onnx, picture))
    ]
    box_px, score = (float(np.max(values)) for values in zip(*differences, strict=True))
    if box_px > _MAX_BOX_DIFFERENCE_PX or score > _MAX_SCORE_DIFFERENCE:
        raise ModelError(
            f"expected the exported boxes within {_MAX_BOX_DIFFERENCE_PX} px and scores within {_MAX_SCORE_DIFFERENCE} "
            f"of the network's, found {box_px:.2f} px and {score:.3f}"
        )
    return Exported(openvino, onnx, box_px, score, compared)


def _write_onnx(weights: Path, target: Path) -> None:
    quiet_ultralytics()
    from ultralytics import YOLO

    with tempfile.TemporaryDirectory() as place, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        copy = Path(place) / weights.name  # Ultralytics writes beside the weights
        shutil.copyfile(weights, copy)
        written = YOLO(str(copy), task="detect").export(format="onnx", dynamic=True, simplify=False, verbose=False)
        shutil.move(written, target)


def _run_onnx(path: Path, picture: ImageArray) -> FloatArray:
    """Return (k, 5) x_min, y_min, x_max, y_max, score of all anchors."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    images = picture[None, ..., ::-1].transpose(0, 3, 1, 2).astype(np.float32) / 255
    answer: Any = session.run(None, {session.get_inputs()[0].name: np.ascontiguousarray(images)})[0]
    centres, sides, scores = answer[0, :2].T, answer[0, 2:4].T, answer[0, 4]
    return np.column_stack([centres - sides / 2, centres + sides / 2, scores])


def _rows(answers: Sequence[Candidates], min_score: float = _COMPARED_SCORE) -> FloatArray:
    """Return (k, 5) x_min, y_min, x_max, y_max, score of one picture's candidates."""
    (answer,) = answers
    return np.column_stack([answer.boxes, answer.scores])[answer.scores >= min_score]


def _difference(expected: FloatArray, found: FloatArray) -> tuple[float, float]:
    """Return how far the nearest found box is from each expected one: px, and score."""
    if not len(expected):
        return 0.0, 0.0
    # the nearest in place and score: boxes of one person lie close together
    away = np.abs(expected[:, None] - found[None])
    nearest = (away[..., :4].max(2) + 100 * away[..., 4]).argmin(1)
    chosen = away[np.arange(len(expected)), nearest]
    return float(chosen[:, :4].max()), float(chosen[:, 4].max())
