"""A re-identification network of any library as an embedder: sizes, pixel scaling, batches."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, Field, PositiveFloat, PositiveInt

from analytics.errors import ModelError
from analytics.geometry import FloatArray, ImageArray
from analytics.perception.embedders._vectors import stacked, unit_rows
from analytics.perception.frame import Crop

Channels = tuple[float, float, float]
Deviations = tuple[PositiveFloat, PositiveFloat, PositiveFloat]
Run = Callable[[npt.NDArray[Any]], npt.NDArray[Any]]
"""Takes a batch as the network wants it, gives (n, ...) numbers, one row for each picture."""


class Pixels(BaseModel, extra="forbid", frozen=True):
    """How a network wants its pixels: (pixel * scale - mean) / std. The defaults are ImageNet's, as OSNet has them."""

    colour: Literal["rgb", "bgr"] = "rgb"
    scale: PositiveFloat = 1 / 255
    mean: Channels = (0.485, 0.456, 0.406)
    """In the order of `colour`, after scaling."""

    std: Deviations = (0.229, 0.224, 0.225)
    """In the order of `colour`, after scaling."""

    height_px: PositiveInt | None = None
    """Height of the input, px; needed where the network leaves it open."""

    width_px: PositiveInt | None = None
    """Width of the input, px; needed where the network leaves it open."""

    batch: Annotated[int, Field(ge=1, le=1024)] = 8
    """Pictures given to the network at once, unless it was exported for a fixed number."""


@dataclass(frozen=True, slots=True)
class InputShape:
    """What a network takes.

    Attributes:
        batch: the number of pictures that it was exported for, or None for any.
        height_px: height of a picture, px.
        width_px: width of a picture, px.
        is_channels_last: (n, height, width, 3) and not (n, 3, height, width).
    """

    batch: int | None
    height_px: int
    width_px: int
    is_channels_last: bool


def input_shape(sizes: Sequence[object], pixels: Pixels, model: str) -> InputShape:
    """Read a network's input shape, of which open sizes are names or None.

    Raises:
        ModelError: it takes no colour pictures, or its size is open or another than the settings say.
    """
    known = [size if isinstance(size, int) and size > 0 else None for size in sizes]
    if len(known) != 4 or 3 not in (known[1], known[3]):
        raise ModelError(
            f"{model} is no re-identification network: expected an input of (n, 3, height, width) or "
            f"(n, height, width, 3), found ({', '.join(map(str, sizes))}). Set embedder.params.model to another one."
        )
    is_last = known[1] != 3
    height, width = known[1:3] if is_last else known[2:]
    return InputShape(
        batch=known[0],
        height_px=_size("height_px", height, pixels.height_px, model),
        width_px=_size("width_px", width, pixels.width_px, model),
        is_channels_last=is_last,
    )


@dataclass(frozen=True, slots=True)
class NetworkEmbedder:
    """An embedder around one network."""

    dimension: int
    digest: str
    run: Run
    shape: InputShape
    pixels: Pixels

    def embed(self, crops: Sequence[Crop]) -> FloatArray:
        """Return the (n, dimension) float32 unit-norm vectors of n crops, in their order."""
        vectors = np.empty((len(crops), self.dimension), np.float32)
        step = self.shape.batch or self.pixels.batch
        for start in range(0, len(crops), step):
            batch = stacked(crops[start : start + step], self.shape.width_px, self.shape.height_px)
            vectors[start : start + len(batch)] = numbers(self.run, batch, self.shape, self.pixels)
        return unit_rows(vectors)


def embedder(run: Run, shape: InputShape, pixels: Pixels, weights_digest: str, model: str) -> NetworkEmbedder:
    """Make an embedder of a network, trying it once on a black picture to learn the length of its vectors.

    The digest covers the pixel scaling too: the same weights fed otherwise give vectors that must not be compared.

    Raises:
        ModelError: the network does not give one row of numbers for each picture.
    """
    given = numbers(run, np.zeros((1, shape.height_px, shape.width_px, 3), np.uint8), shape, pixels)
    if given.ndim != 2 or len(given) != 1 or given.shape[1] < 2:
        raise ModelError(f"expected {model} to give one vector for each picture, found the shape {given.shape}")
    feeding = pixels.model_dump_json(exclude={"batch", "height_px", "width_px"}, include=set(Pixels.model_fields))
    facts = f"{weights_digest} {shape.height_px}x{shape.width_px} {feeding}"
    return NetworkEmbedder(given.shape[1], hashlib.sha256(facts.encode()).hexdigest(), run, shape, pixels)


def numbers(run: Run, batch: ImageArray, shape: InputShape, pixels: Pixels) -> npt.NDArray[Any]:
    """Return the (n, d) raw output for (n, height, width, 3) BGR pictures, n at most a fixed batch."""
    given = normalised(batch, pixels)
    if shape.batch is not None and shape.batch > len(batch):
        given = np.concatenate([given, np.zeros((shape.batch - len(batch), *given.shape[1:]), given.dtype)])
    laid_out = given if shape.is_channels_last else given.transpose(0, 3, 1, 2)
    answer = run(np.ascontiguousarray(laid_out))[: len(batch)]
    return answer.reshape(len(answer), -1) if len(answer) else answer


def normalised(batch: ImageArray, pixels: Pixels) -> FloatArray:
    """Return (n, height, width, 3) BGR pictures as float32 in the network's colour order and scale."""
    ordered = batch[..., ::-1] if pixels.colour == "rgb" else batch
    std = np.asarray(pixels.std, np.float32)
    gain = (pixels.scale / std).astype(np.float32)
    scaled: FloatArray = ordered * gain - (np.asarray(pixels.mean, np.float32) / std)
    return scaled


def _size(field: str, found: int | None, wanted: int | None, model: str) -> int:
    if found is None and wanted is None:
        raise ModelError(f"{model} takes pictures of any size: set embedder.params.{field} to what it was trained on")
    if found is not None and wanted not in (None, found):
        raise ModelError(f"{model} takes {field} {found}, but embedder.params.{field} is {wanted}: leave it out")
    return found or wanted or 0
