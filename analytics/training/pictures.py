"""What an embedder makes of a pack of people's pictures: the looks that simulated people of tables can be given."""

import numpy as np

from analytics.errors import ConfigError
from analytics.geometry import FloatArray
from analytics.perception.frame import Crop
from analytics.perception.plugins import Embedder
from analytics.simulation.appearance import Pictures
from analytics.training.reid_data import ReidData

_AT_ONCE = 64


def embed_pictures(data: ReidData, embedder: Embedder) -> Pictures:
    """Embed the pictures of people of whom each was taken equally often by each camera.

    Raises:
        ConfigError: somebody was not, as by `make-dataset portraits` where --cameras-each is less than --cameras.
        ModelError: the embedder fails.
    """
    people, cameras = len(data.person_ids), len(data.camera_ids)
    order = np.lexsort((data.cameras, data.people))
    each, left_over = divmod(len(data), people * cameras)
    place = np.repeat(np.arange(people * cameras), each)
    if left_over or not np.array_equal(data.people[order] * cameras + data.cameras[order], place):
        reason = f"expected as many pictures of each of {people} people by each of {cameras} cameras, got others"
        raise ConfigError(f"{reason}: make them with --cameras-each as large as --cameras", field="--portraits")
    vectors: list[FloatArray] = []
    for first in range(0, len(order), _AT_ONCE):
        rgb = np.asarray(data.images[order[first : first + _AT_ONCE]])
        vectors.append(embedder.embed([Crop(np.ascontiguousarray(picture[..., ::-1])) for picture in rgb]))
    found = np.concatenate(vectors)
    return Pictures(found.reshape(people, cameras, each, found.shape[1]))
