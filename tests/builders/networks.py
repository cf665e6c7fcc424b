"""Tiny networks as files, in each format that an embedder takes: the mean colour of the picture is the vector.

Small enough that an obvious reference can say what each must give.
"""

from pathlib import Path

import numpy as np


def write_onnx(path: Path, batch: int | None = None, height_px: int | None = 32, width_px: int | None = 16) -> None:
    """Write (n, 3, h, w) -> GlobalAveragePool -> Flatten -> (n, 3), in ONNX's own encoding; None leaves a size open."""
    nodes = _node("GlobalAveragePool", "images", "pooled") + _node("Flatten", "pooled", "vectors")
    taken = _value(11, "images", [batch or "batch", 3, height_px or "height", width_px or "width"])
    given = _value(12, "vectors", [batch or "batch", 3])
    graph = nodes + _text(2, "means") + taken + given
    model = _number(1, 8) + _bytes(7, graph) + _bytes(8, _text(1, "") + _number(2, 13))
    path.write_bytes(model)


def write_openvino(path: Path, height_px: int = 32, width_px: int = 16) -> None:
    """Write (1, 3, h, w) -> mean over height and width -> (1, 3) as .xml and .bin."""
    import openvino as ov
    from openvino import opset8

    taken = opset8.parameter([1, 3, height_px, width_px], np.float32, name="data")
    given = opset8.reduce_mean(taken, np.array([2, 3], np.int64), keep_dims=False)
    ov.save_model(ov.Model([given], [taken], "means"), str(path), compress_to_fp16=False)


def write_torch(path: Path, batch: int | None = None, height_px: int = 32, width_px: int = 16) -> None:
    """Write (n, 3, h, w) -> mean over height and width -> (n, 3) as a program of torch.export."""
    import torch

    class Means(torch.nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return images.mean((2, 3))

    example = (torch.zeros(batch or 2, 3, height_px, width_px),)
    shapes = None if batch else ({0: torch.export.Dim("batch", min=1, max=1024)},)
    torch.export.save(torch.export.export(Means().eval(), example, dynamic_shapes=shapes), path)


def _node(kind: str, taken: str, given: str) -> bytes:
    return _bytes(1, _text(1, taken) + _text(2, given) + _text(4, kind))


def _value(field: int, name: str, sizes: list[int | str]) -> bytes:
    dims = b"".join(_bytes(1, _number(1, s) if isinstance(s, int) else _text(2, s)) for s in sizes)
    tensor = _number(1, 1) + _bytes(2, dims)  # 1: float32
    return _bytes(field, _text(1, name) + _bytes(2, _bytes(1, tensor)))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _text(field: int, value: str) -> bytes:
    return _bytes(field, value.encode())


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    low, high = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _varint(high) if high else bytes([low])
