"""A folder of people's pictures, turned into vectors by an embedder: what re-ID is judged by without a lake."""

from pathlib import Path

import numpy as np

from analytics.errors import ConfigError
from analytics.evaluation.appearance import Portraits
from analytics.geometry import FloatArray
from analytics.perception.frame import Crop
from analytics.perception.plugins import Embedder
from analytics.training.reid_data import list_pictures

_AT_ONCE = 64


def embed_folder(folder: Path, embedder: Embedder) -> Portraits:
    """Embed all pictures of a folder, each at its own size.

    Args:
        folder: `<person_id>/<camera_id>_<number>.jpg`, or `index.csv` with path, person_id and camera_id.
        embedder: turns pictures into vectors.

    Returns:
        Portraits whose keys are paths below the folder.

    Raises:
        ConfigError: there are no pictures, or one cannot be read.
        ModelError: the embedder fails.
    """
    paths, labels = list_pictures(folder)
    vectors: list[FloatArray] = [
        embedder.embed([_crop(path) for path in paths[first : first + _AT_ONCE]])
        for first in range(0, len(paths), _AT_ONCE)
    ]
    people, cameras = (
        np.unique(np.array(labels[name].to_pylist(), np.str_), return_inverse=True)
        for name in ("person_id", "camera_id")
    )
    return Portraits(
        vectors=np.concatenate(vectors),
        people=people[1],
        cameras=cameras[1],
        person_names=tuple(people[0].tolist()),
        camera_names=tuple(cameras[0].tolist()),
        keys=tuple(path.relative_to(folder).as_posix() for path in paths),
    )


def _crop(path: Path) -> Crop:
    import cv2

    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if pixels is None:
        raise ConfigError("not a picture that can be read: repair or remove it", path=path)
    return Crop(np.asarray(pixels, np.uint8))
