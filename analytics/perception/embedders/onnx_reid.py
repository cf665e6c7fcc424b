"""Any re-identification network in ONNX, such as OSNet; run by ONNX Runtime."""

from typing import Any

import numpy as np
import numpy.typing as npt

from analytics.errors import ModelError
from analytics.perception.embedders._networks import Pixels, Run, embedder, input_shape
from analytics.perception.plugins import Embedder, Workplace

_NUMBER_TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(double)": np.float64}


class Params(Pixels, extra="forbid", frozen=True):
    """ONNX re-identification; the default is OSNet x0.25 (Zhou et al., ICCV 2019). Sizes are read from the network."""

    model: str = "osnet_x0_25_msmt17"
    output: str | None = None
    """Name of the output that is the vector; null: the first."""


def build(params: Params, workplace: Workplace) -> Embedder:
    """Load the network; on a CUDA device it runs there if ONNX Runtime can, and on the CPU if not.

    Raises:
        ModelError: the weights are missing or changed, or are no picture-to-vector network.
    """
    located = workplace.models.find(params.model)
    session = _session(str(located.path), workplace)
    inputs, outputs = session.get_inputs(), [output.name for output in session.get_outputs()]
    if len(inputs) != 1 or inputs[0].type not in _NUMBER_TYPES:
        found = ", ".join(f"{each.name}: {each.type}" for each in inputs)
        raise ModelError(
            f"{located.path} is no re-identification network: expected one input of numbers, found {found}"
        )
    if params.output is not None and params.output not in outputs:
        raise ModelError(f"{located.path} gives {', '.join(outputs)}: set embedder.params.output to one of them")
    shape = input_shape(inputs[0].shape, params, located.name)
    run = _runner(session, inputs[0], params.output or outputs[0], located.name)
    return embedder(run, shape, params, located.digest, located.name)


def _session(path: str, workplace: Workplace) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = workplace.threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # threads that spin while they wait take the cores of decoding and detection
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    wanted = ["CUDAExecutionProvider"] if workplace.device != "cpu" else []
    offered = onnxruntime.get_available_providers()
    providers = [name for name in (*wanted, "CPUExecutionProvider") if name in offered]
    try:
        return onnxruntime.InferenceSession(path, options, providers=providers)
    except _faults() as error:
        raise ModelError(f"{path} cannot be loaded by ONNX Runtime: {error}") from error


def _runner(session: Any, taken: Any, output: str, model: str) -> Run:
    number_type = _NUMBER_TYPES[taken.type]

    def run(batch: npt.NDArray[Any]) -> npt.NDArray[Any]:
        try:
            given = session.run([output], {taken.name: batch.astype(number_type, copy=False)})[0]
        except _faults() as error:
            raise ModelError(f"{model} refuses pictures of the shape {batch.shape}: {error}") from error
        return np.asarray(given)

    return run


def _faults() -> tuple[type[Exception], ...]:
    """Return ONNX Runtime's own errors, which share no parent below Exception."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    names = ("Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "NoSuchFile", "NotImplemented")
    return RuntimeError, ValueError, state.RuntimeException, *(getattr(state, name) for name in names)
