"""Data sets for detector training: frames of drawn scenes with their boxes."""

from pathlib import Path

import numpy as np

from analytics.training.detector_data import write_description, write_example
from tests.builders.scenes import crossing_scene


def write_people_frames(folder: Path, counts: dict[str, int], people: int = 4, seed: int = 0) -> Path:
    """Write so many frames for each split, 320x240, each from a scene of its own, and return the folder."""
    for split, count in counts.items():
        for number in range(count):
            scene = crossing_scene("cam1", people, seed=seed + 1000 * len(split) + number)
            at_s = 0.5 + (number * 0.7) % 5
            truth = scene.truth_at(at_s)
            boxes = np.array([[box.x_min, box.y_min, box.x_max, box.y_max] for box in truth], float).reshape(-1, 4)
            visibility = np.array([box.visibility for box in truth])
            rgb = np.ascontiguousarray(scene.draw(at_s)[..., ::-1])
            write_example(folder, split, f"{number:04d}", rgb, boxes, visibility)
    write_description(folder)
    return folder
