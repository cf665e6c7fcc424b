"""How a candidate network is run: on the CPU by OpenVINO, on a GPU (or for comparison on the CPU) by torch.

Both take letterboxed BGR pictures and give the same candidates.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from analytics.geometry import FloatArray, ImageArray, IntArray


@dataclass(frozen=True, slots=True)
class Candidates:
    """The best anchors of one picture, best first.

    Attributes:
        boxes: (k, 4) float32 pixels of the network's input.
        scores: (k,) float32 in [0, 1], falling.
        class_nos: (k,) positions in the wanted classes.
        features: (k, d) float32, or None.
    """

    boxes: FloatArray
    scores: FloatArray
    class_nos: IntArray
    features: FloatArray | None


@dataclass(frozen=True, slots=True)
class Description:
    """What an exported network says of itself.

    Attributes:
        class_names: its classes by number.
        max_detections: objects of one image, at the most.
        needs_nms: whether one object may have several candidates.
        has_features: whether candidates come with features.
    """

    class_names: tuple[str, ...]
    max_detections: int
    needs_nms: bool
    has_features: bool


_INFO = "crosscam_detector"  # the key in a model's run-time information


def describe(model: Any, description: Description) -> None:
    """Write a description into an OpenVINO model, before it is saved."""
    model.set_rt_info(json.dumps(asdict(description)), [_INFO])


def described(network: Path) -> Description | None:
    """Return the description of an .xml; None when it is no candidate network that was exported for keeps."""
    import openvino as ov

    model = ov.Core().read_model(network)
    if not model.has_rt_info([_INFO]):
        return None
    content = json.loads(model.get_rt_info([_INFO]).astype(str))
    return Description(**{**content, "class_names": tuple(content["class_names"])})


class Runtime(Protocol):
    """Something that runs a candidate network."""

    def infer(self, pictures: Iterable[ImageArray]) -> list[Candidates]:
        """Return the candidates of (h, w, 3) BGR pictures, all of one size with sides that are multiples of 32."""


class OpenVinoRuntime:
    """Runs an exported network on the CPU, one picture a request, as many requests at once as there are threads.

    A picture's answer never depends on the others, nor on how many threads there are.
    """

    def __init__(self, network: Path, threads: int, precision: str) -> None:
        import openvino as ov

        self._core = ov.Core()
        self._model = self._core.read_model(network)
        self._threads = threads
        is_bf16 = "BF16" in self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        self._precision = ("bf16" if is_bf16 else "f32") if precision == "auto" else precision
        self._queues: dict[tuple[int, int], Any] = {}

    def infer(self, pictures: Iterable[ImageArray]) -> list[Candidates]:
        """Return the candidates of each picture; the next picture is asked for while others are being inferred."""
        answers: dict[int, Candidates] = {}

        def keep(request: Any, number: int) -> None:
            outputs = [np.array(request.get_output_tensor(k).data[0]) for k in range(len(request.output_tensors))]
            answers[number] = Candidates(outputs[0], outputs[1], outputs[2], outputs[3] if len(outputs) > 3 else None)

        requests: Any = None
        for number, picture in enumerate(pictures):
            if requests is None:
                requests = self._queue(picture.shape[0], picture.shape[1])
                requests.set_callback(keep)
            requests.start_async({0: picture[None]}, number)
        if requests is not None:
            requests.wait_all()
        return [answers[number] for number in sorted(answers)]

    def _queue(self, height: int, width: int) -> Any:
        """Compile for one picture size, once; a site's cameras have few sizes."""
        import openvino as ov

        if (height, width) not in self._queues:
            model = self._model.clone()
            model.reshape([1, height, width, 3])
            config = {
                "INFERENCE_PRECISION_HINT": self._precision,
                "NUM_STREAMS": self._threads,
                "INFERENCE_NUM_THREADS": self._threads,
            }
            compiled = self._core.compile_model(model, "CPU", config)
            self._queues[height, width] = ov.AsyncInferQueue(compiled, self._threads)
        return self._queues[height, width]


class TorchRuntime:
    """Runs a candidate network in torch, a whole batch at once; in half precision on a GPU."""

    def __init__(self, network: Any, device: str, threads: int) -> None:
        import torch

        self._torch = torch
        self._is_half = device != "cpu"
        if device == "cpu":
            torch.set_num_threads(threads)
        network = network.to(device)
        self._network = (network.half() if self._is_half else network).to(memory_format=torch.channels_last)
        self._device = device

    def infer(self, pictures: Iterable[ImageArray]) -> list[Candidates]:
        """Return the candidates of each picture."""
        torch, stacked = self._torch, list(pictures)
        if not stacked:
            return []
        with torch.inference_mode():
            batch = torch.from_numpy(np.stack(stacked)).to(self._device, non_blocking=True)
            batch = batch.flip(-1).permute(0, 3, 1, 2)
            batch = (batch.half() if self._is_half else batch.float()) / 255
            outputs = [part.float().cpu().numpy() for part in self._network(batch)]
        return [
            Candidates(outputs[0][n], outputs[1][n], outputs[2][n].astype(np.int64), *self._features(outputs, n))
            for n in range(len(stacked))
        ]

    @staticmethod
    def _features(outputs: list[FloatArray], number: int) -> tuple[FloatArray | None]:
        return (outputs[3][number] if len(outputs) > 3 else None,)
