"""Pictures of people as three stripes of colour, by cameras of different tints: enough for a network to learn from."""

from pathlib import Path

import numpy as np

from analytics.geometry import FloatArray, ImageArray
from analytics.training.reid_data import HEIGHT_PX, WIDTH_PX, ReidData


def striped_people(people: int, cameras: int, pictures: int = 1, seed: int = 0, shrink: int = 1) -> ReidData:
    """Draw every person in every camera, `pictures` times each, sorted by person and camera.

    Args:
        people: how many.
        cameras: how many.
        pictures: of each person in each camera.
        seed: of everything.
        shrink: how many times smaller than 128 x 64 the pictures are.
    """
    rng = np.random.default_rng(seed)
    clothes = rng.uniform(10, 220, (people, 3, 3))
    tints = np.exp(rng.normal(0, 0.2, (cameras, 3)))
    labels = [(person, camera) for person in range(people) for camera in range(cameras) for _ in range(pictures)]
    images = np.stack([_picture(clothes[person], tints[camera], rng) for person, camera in labels])
    return ReidData.of(
        np.ascontiguousarray(images[:, ::shrink, ::shrink]),
        [f"p{person:03d}" for person, _ in labels],
        [f"c{camera}" for _, camera in labels],
    )


def write_people_folder(root: Path, data: ReidData) -> None:
    """Write the pictures as `<person_id>/<camera_id>_<number>.png`."""
    import cv2

    for number, image in enumerate(data.images):
        folder = root / data.person_ids[data.people[number]]
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{data.camera_ids[data.cameras[number]]}_{number:04d}.png"
        cv2.imwrite(str(path), np.ascontiguousarray(image[..., ::-1]))


def _picture(clothes: FloatArray, tint: FloatArray, rng: np.random.Generator) -> ImageArray:
    image = np.empty((HEIGHT_PX, WIDTH_PX, 3))
    image[...] = rng.uniform(60, 200, 3)
    edges = [int(edge + rng.integers(-4, 5)) for edge in (4, 22, 70, 118)]
    left, right = int(rng.integers(6, 18)), int(rng.integers(46, 58))
    for top, bottom, colour in zip(edges, edges[1:], clothes, strict=False):
        image[top:bottom, left:right] = colour
    noisy = image * tint + rng.normal(0, 6, image.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)
