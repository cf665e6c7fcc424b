"""A trained re-ID network as files that the embedder plug-ins run by name, checked against the network itself.

OpenVINO's takes BGR pictures of 0 to 255, which is what `openvino_reid` gives; ONNX's takes RGB scaled as ImageNet's,
which is the default of `onnx_reid`. Both give unit vectors.
"""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analytics.errors import ModelError
from analytics.geometry import FloatArray

_MAX_DIFFERENCE = 0.01
"""Of one number of a unit vector. Weights in FP16 move it by .001; a wrong colour order or scale by .1 and more."""

_TRIED = 16


@dataclass(frozen=True, slots=True)
class Exported:
    """Files of one network, and the largest difference of a number of their unit vectors from the network's own.

    Attributes:
        onnx: the ONNX file.
        openvino: the .xml; its .bin lies beside it.
        onnx_difference: of the ONNX file.
        openvino_difference: of the OpenVINO file, computed in f32.
        cosine: the lowest cosine between a vector of the network and OpenVINO's.
    """

    onnx: Path
    openvino: Path
    onnx_difference: float
    openvino_difference: float
    cosine: float


def export_reid(checkpoint: Path, folder: Path, name: str = "site-reid") -> Exported:
    """Write `<name>.onnx`, `<name>.xml` and `<name>.bin` of a checkpoint's averaged weights.

    Raises:
        ConfigError: the checkpoint cannot be read.
        ModelError: an exported file gives other vectors than the network.
    """
    import torch

    from analytics.training._reid_learner import read_state, trained_network
    from analytics.training._reid_vectors import FromBgr, scaled

    state = read_state(checkpoint)
    network = trained_network(state)
    folder.mkdir(parents=True, exist_ok=True)
    pictures = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (_TRIED, *state["size_px"], 3), np.uint8))
    rgb = scaled(pictures)
    bgr = pictures.flip(3).permute(0, 3, 1, 2).float().contiguous()
    with torch.inference_mode():
        expected = network(rgb).numpy()
    onnx, openvino = folder / f"{name}.onnx", folder / f"{name}.xml"
    _write_onnx(network, rgb, onnx)
    _write_openvino(FromBgr(network).eval(), bgr, openvino)
    by_onnx, by_openvino = _run_onnx(onnx, rgb.numpy()), _run_openvino(openvino, bgr.numpy())
    differences = [float(np.abs(given - expected).max()) for given in (by_onnx, by_openvino)]
    if max(differences) > _MAX_DIFFERENCE:
        raise ModelError(
            f"expected the exported vectors to be within {_MAX_DIFFERENCE} of the network's, found "
            f"{differences[0]:.4f} (ONNX) and {differences[1]:.4f} (OpenVINO)"
        )
    return Exported(onnx, openvino, differences[0], differences[1], float((by_openvino * expected).sum(axis=1).min()))


def _write_onnx(network: Any, pictures: Any, path: Path) -> None:
    import torch

    part = path.with_name(f"{path.name}.part")
    options: dict[str, Any] = {
        "input_names": ["pictures"],
        "output_names": ["vectors"],
        "dynamic_axes": {"pictures": {0: "n"}, "vectors": {0: "n"}},
    }
    with warnings.catch_warnings():
        # the exporter through torch.export needs onnxscript; this one says so each time
        warnings.simplefilter("ignore")
        torch.onnx.export(network, (pictures,), str(part), dynamo=False, **options)
    part.replace(path)


def _write_openvino(network: Any, pictures: Any, path: Path) -> None:
    import openvino as ov

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of the tracing that OpenVINO uses
        taken = [ov.PartialShape([-1, *pictures.shape[1:]])]
        model = ov.convert_model(network, example_input=pictures, input=taken)
    ov.save_model(model, str(path), compress_to_fp16=True)


def _run_onnx(path: Path, pictures: FloatArray) -> FloatArray:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {session.get_inputs()[0].name: pictures})[0])


def _run_openvino(path: Path, pictures: FloatArray) -> FloatArray:
    import openvino as ov

    compiled = ov.Core().compile_model(str(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return np.asarray(compiled(pictures)[0])
