"""Any re-identification network of PyTorch, saved by `torch.export` (.pt2); runs on the CPU or a GPU.

A saved program holds its own layers, so no code of the network is needed and none of the user's is run.
"""

import zipfile
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics.errors import ModelError
from analytics.perception.embedders._networks import Pixels, Run, embedder, input_shape
from analytics.perception.plugins import Embedder, Workplace


class Params(Pixels, extra="forbid", frozen=True):
    """Torch re-identification; sizes are read from the program, which should be exported with an open batch."""

    model: str
    """Name of the .pt2 file in the model folder."""


def build(params: Params, workplace: Workplace) -> Embedder:
    """Load the program onto the workplace's device.

    Raises:
        ModelError: the file is missing, or is no exported picture-to-vector network.
    """
    located = workplace.models.find(params.model)
    sizes, module = _loaded(str(located.path), workplace)
    run = _runner(module, workplace.device)
    return embedder(run, input_shape(sizes, params, located.name), params, located.digest, located.name)


def _loaded(path: str, workplace: Workplace) -> tuple[list[object], Any]:
    """Return the sizes of the program's one input, and the program on the device."""
    import torch
    from torch.export.passes import move_to_device_pass

    if workplace.device == "cpu":
        torch.set_num_threads(workplace.threads)
    way_out = "Save it by torch.export.save, or use ONNX and embedder.name: onnx_reid."
    if not zipfile.is_zipfile(path):
        raise ModelError(f"{path} is no program of torch.export: expected a zip archive. {way_out}")
    try:
        program = torch.export.load(path)
        program = move_to_device_pass(program, workplace.device)
    except (RuntimeError, ValueError, OSError, KeyError) as error:
        raise ModelError(f"{path} cannot be loaded as a program of torch.export: {error}. {way_out}") from error
    inputs = set(program.graph_signature.user_inputs)
    taken = [node.meta["val"] for node in program.graph.nodes if node.op == "placeholder" and node.name in inputs]
    if len(taken) != 1:
        raise ModelError(f"{path} is no re-identification network: expected one input, found {len(taken)}")
    return [size if isinstance(size, int) else str(size) for size in taken[0].shape], program.module()


def _runner(module: Any, device: str) -> Run:
    import torch

    def run(batch: npt.NDArray[Any]) -> npt.NDArray[Any]:
        with torch.inference_mode():
            answer = module(torch.from_numpy(batch).to(device))
        first = answer[0] if isinstance(answer, (tuple, list)) else answer
        return np.asarray(first.float().cpu().numpy())

    return run
