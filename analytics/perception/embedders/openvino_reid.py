"""Re-identification networks in OpenVINO's format, such as person-reidentification-retail of Intel's Open Model Zoo.

They take BGR pictures of 0 to 255; the size is read from the network. On the CPU whatever the device is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel

from analytics.errors import ModelError
from analytics.geometry import FloatArray, ImageArray
from analytics.perception.embedders._vectors import stacked, unit_rows
from analytics.perception.frame import Crop
from analytics.perception.models import Located
from analytics.perception.plugins import Embedder, Workplace

_BATCH = 8  # 0277, one thread, ms a crop at 1, 8 and 32: bf16 12.2, 11.4, 11.9; f32 22.1, 22.6, 27.4


class Params(BaseModel, extra="forbid", frozen=True):
    """OpenVINO re-identification; the default puts the right person first in 95.9 % of PKU-Reid's cases."""

    model: str = "person-reidentification-retail-0277"
    precision: Literal["auto", "f32", "bf16"] = "auto"
    """auto: bf16 where the CPU has it. Twice as fast as f32, cosine to it .9988 or more, the same Rank-1 and mAP."""


def build(params: Params, workplace: Workplace) -> Embedder:
    """Load the network.

    Raises:
        ModelError: the weights are missing or changed, are no picture-to-vector network, or the CPU lacks bf16.
    """
    located = workplace.models.find(params.model)
    return _compiled(located, params.precision, workplace.threads)


@dataclass(frozen=True, slots=True)
class _OpenVinoReid:
    """One compiled network and one request for each thread.

    Each request runs on one thread: then a vector's bits depend neither on the number of threads nor on the other
    crops of the batch (with two threads on one request they do, down to a cosine of .99994 in bf16).
    """

    dimension: int
    digest: str
    width_px: int
    height_px: int
    requests: tuple[Any, ...]

    def embed(self, crops: Sequence[Crop]) -> FloatArray:
        """Return the (n, dimension) float32 unit-norm vectors of n crops, in their order."""
        vectors = np.empty((len(crops), self.dimension), np.float32)
        size = max(1, min(_BATCH, -(-len(crops) // len(self.requests))))
        starts = range(0, len(crops), size)
        for first in range(0, len(starts), len(self.requests)):
            running = list(zip(starts[first : first + len(self.requests)], self.requests, strict=False))
            for start, request in running:
                self._start(request, stacked(crops[start : start + size], self.width_px, self.height_px))
            for start, request in running:
                request.wait()
                output = request.get_output_tensor().data
                vectors[start : start + len(output)] = output.reshape(len(output), -1)
        return unit_rows(vectors)

    def _start(self, request: Any, batch: ImageArray) -> None:
        from openvino import Tensor

        request.set_input_tensor(Tensor(batch))  # a copy: the request outlives the batch
        request.start_async()


def _compiled(located: Located, precision: str, threads: int) -> _OpenVinoReid:
    import openvino as ov
    from openvino.preprocess import PrePostProcessor

    core = ov.Core()
    hint = _precision(precision, core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"))
    try:
        network = core.read_model(located.path)
        height_px, width_px, dimension = _shapes(network, located)
        network.reshape([-1, 3, height_px, width_px])
        bytes_in = PrePostProcessor(network)
        bytes_in.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
        bytes_in.input().model().set_layout(ov.Layout("NCHW"))
        how = {"INFERENCE_PRECISION_HINT": hint, "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": threads}
        compiled = core.compile_model(bytes_in.build(), "CPU", how)
    except RuntimeError as error:
        raise ModelError(f"{located.path} cannot be loaded by OpenVINO: {str(error).strip()}") from error
    requests = tuple(compiled.create_infer_request() for _ in range(threads))
    return _OpenVinoReid(dimension, located.digest, width_px, height_px, requests)


def _shapes(network: Any, located: Located) -> tuple[int, int, int]:
    """Return the height and width that the network takes, px, and the length of what it gives."""
    shapes = [port.get_partial_shape() for port in (*network.inputs, *network.outputs)]
    if len(shapes) == 2:
        taken, given = (tuple(d.get_length() if d.is_static else -1 for d in shape) for shape in shapes)
        if len(taken) == 4 and taken[1] == 3 and min(taken[2:]) > 0 and min(given[1:], default=-1) > 0:
            return taken[2], taken[3], int(np.prod(given[1:]))
    raise ModelError(
        f"{located.path} is no re-identification network: expected one input (n, 3, height, width) and one output "
        f"(n, d), found {', '.join(map(str, shapes))}. Name another model in settings.yaml (embedder.params.model)."
    )


def _precision(wanted: str, capabilities: Sequence[str]) -> str:
    has_bf16 = "BF16" in capabilities
    if wanted == "bf16" and not has_bf16:
        raise ModelError("this CPU has no bf16: set embedder.params.precision to auto or f32 in settings.yaml")
    if wanted == "auto":
        return "bf16" if has_bf16 else "f32"
    return wanted
