"""Turn Ultralytics weights into an OpenVINO network of candidates, in a process of its own.

Run as `python -m analytics.perception.detectors._export REQUEST.json`: the worker that asked never loads torch, which
saves it half a gigabyte and seconds at every start.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analytics import ids
from analytics.errors import ModelError
from analytics.perception.detectors._runtimes import Description, describe
from analytics.perception.models import Located, ModelFolder

if TYPE_CHECKING:
    from analytics.perception.detectors._candidates import CandidateNet

EXPORT_VERSION = 2
"""Part of the folder's name; goes up when the exported network changes."""

_NETWORK = "candidates.xml"
_DESCRIPTION = "candidates.json"


@dataclass(frozen=True, slots=True)
class Exported:
    """A network that was exported.

    Attributes:
        network: the OpenVINO .xml; input (1, h, w, 3) BGR bytes; outputs as `CandidateNet`; None when the head does
            not allow it and Ultralytics' own predictor has to run the weights.
        needs_nms: whether one object may have several candidates.
    """

    network: Path | None
    needs_nms: bool


def export(
    models: ModelFolder, located: Located, class_names: tuple[str, ...], max_detections: int, with_features: bool
) -> Exported:
    """Export once and find the export again later.

    Raises:
        ModelError: the weights cannot be read, lack a class, or cannot be converted.
    """
    import openvino

    request = {
        "weights": str(located.path),
        "class_names": class_names,
        "max_detections": max_detections,
        "with_features": with_features,
    }
    version = openvino.__version__.split("-")[0]
    asked = ids.digest({name: value for name, value in request.items() if name != "weights"})
    label = f"openvino-{version}-v{EXPORT_VERSION}-{asked[:16]}"
    folder = models.derive(located.digest, label, lambda staging: _export_in_child(request, staging))
    description = json.loads((folder / _DESCRIPTION).read_text())
    return Exported(folder / _NETWORK if description["is_suited"] else None, description["needs_nms"])


def _export_in_child(request: dict[str, object], folder: Path) -> None:
    request_file = folder / "request.json"
    request_file.write_text(json.dumps({**request, "folder": str(folder)}))
    root = str(Path(__file__).parents[3])
    finished = subprocess.run(
        [sys.executable, "-m", "analytics.perception.detectors._export", str(request_file)],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode:
        lines = finished.stderr.strip().splitlines() or ["no message"]
        raise ModelError(f"{Path(str(request['weights'])).name} cannot be exported to OpenVINO: {lines[-1]}")
    request_file.unlink()


def main(request_file: Path) -> None:
    """Load, convert and save; the answer is the folder's content."""
    from analytics.perception.detectors._candidates import Selection, UnsuitedHeadError, load

    request = json.loads(request_file.read_text())
    folder = Path(request["folder"])
    selection = Selection(tuple(request["class_names"]), request["max_detections"], request["with_features"])
    try:
        network = load(Path(request["weights"]), selection)
    except UnsuitedHeadError:
        description = {"is_suited": False, "needs_nms": False}
    else:
        save(network, folder / _NETWORK)
        description = {"is_suited": True, "needs_nms": network.needs_nms}
    (folder / _DESCRIPTION).write_text(json.dumps(description))


def save(network: "CandidateNet", path: Path, compress: bool = False) -> None:
    """Write a candidate network as OpenVINO's .xml and .bin, with its description inside.

    Args:
        network: on the CPU, in float32.
        path: the .xml; input (1, h, w, 3) BGR bytes, outputs as `CandidateNet`.
        compress: whether weights are stored in half precision: half the size; they move by up to a 2048th.
    """
    import openvino as ov
    import torch
    from openvino.preprocess import ColorFormat, PrePostProcessor

    with torch.no_grad():
        model = ov.convert_model(network, example_input=torch.zeros(1, 3, 384, 640), input=[1, 3, -1, -1])
    steps = PrePostProcessor(model)
    steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC")).set_color_format(ColorFormat.BGR)
    steps.input().preprocess().convert_element_type(ov.Type.f32).convert_color(ColorFormat.RGB).scale(255.0)
    steps.input().model().set_layout(ov.Layout("NCHW"))
    built, kept = steps.build(), network.selection
    describe(built, Description(kept.class_names, kept.max_detections, network.needs_nms, kept.with_features))
    ov.save_model(built, str(path), compress_to_fp16=compress)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except ModelError as error:
        sys.exit(str(error))
