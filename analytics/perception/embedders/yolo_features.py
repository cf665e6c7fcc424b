"""The detector's own features of each object as its appearance: no network of its own, no extra pass.

Weaker than re-identification networks, which were trained to tell people apart.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import BaseModel, PositiveInt

from analytics.errors import ConfigError
from analytics.geometry import FloatArray
from analytics.perception.embedders._vectors import unit_rows
from analytics.perception.frame import Crop
from analytics.perception.plugins import Embedder, Workplace


class Params(BaseModel, extra="forbid", frozen=True):
    """The features that `detector.params.object_features: true` makes the detector give."""

    needs_object_features: ClassVar[bool] = True

    dimension: PositiveInt = 64
    """Numbers that the detector gives for an object: the width of its narrowest level, 64 for YOLO's nano models."""


def build(params: Params, workplace: Workplace) -> Embedder:
    """Make the embedder; it needs nothing of the workplace."""
    return _YoloFeatures(params.dimension)


@dataclass(frozen=True, slots=True)
class _YoloFeatures:
    """Hands on what the crops carry."""

    dimension: int

    @property
    def digest(self) -> str:
        """SHA-256 of the method's name; what the features mean is decided by the detector's digest."""
        return hashlib.sha256(b"yolo_features 1").hexdigest()

    def embed(self, crops: Sequence[Crop]) -> FloatArray:
        """Return the (n, dimension) float32 unit-norm vectors of n crops, in their order.

        Raises:
            ConfigError: a crop carries no features, or of another length.
        """
        vectors = np.empty((len(crops), self.dimension), np.float32)
        for row, crop in zip(vectors, crops, strict=True):
            if crop.features is None:
                raise ConfigError(
                    "expected the detector's features of each object, found none: set "
                    "detector.params.object_features: true, with a detector that can give them",
                    field="embedder.name",
                )
            if crop.features.shape != (self.dimension,):
                raise ConfigError(
                    f"expected {self.dimension} numbers for each object, found {crop.features.size}: "
                    f"set it to {crop.features.size}",
                    field="embedder.params.dimension",
                )
            row[...] = crop.features
        return unit_rows(vectors)
