"""A pack of portraits as vectors, by person, camera and picture."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from analytics.errors import ConfigError
from analytics.perception.frame import Crop
from analytics.training.pictures import embed_pictures
from analytics.training.reid_data import ReidData


@dataclass(frozen=True)
class MeanColour:
    """An embedder whose vector is the mean colour, blue first as crops have it."""

    dimension: int = 3
    digest: str = "mean"

    def embed(self, crops: Sequence[Crop]) -> np.ndarray:
        return np.array([crop.pixels.mean(axis=(0, 1)) for crop in crops], np.float32)


def pack(people: list[str], cameras: list[str]) -> ReidData:
    images = np.zeros((len(people), 4, 2, 3), np.uint8)
    images[..., 0] = np.arange(len(people))[:, None, None]  # red tells the row
    return ReidData.of(images, people, cameras)


def test_vectors_are_put_by_person_camera_and_picture() -> None:
    """Whatever the order of the rows, each vector is that of its person's picture by its camera."""
    people, cameras = ["b", "a", "b", "a", "b", "a", "a", "b"], ["2", "1", "1", "2", "2", "1", "2", "1"]
    found = embed_pictures(pack(people, cameras), MeanColour()).vectors
    assert found.shape == (2, 2, 2, 3)
    assert found[..., 2].tolist() == [[[1, 5], [3, 6]], [[2, 7], [0, 4]]]


def test_uneven_pictures_are_refused() -> None:
    """Somebody whom one camera never saw is named as the reason, with what to do."""
    with pytest.raises(ConfigError, match="--cameras-each"):
        embed_pictures(pack(["a", "a", "b", "b"], ["1", "2", "1", "1"]), MeanColour())
