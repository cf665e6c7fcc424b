"""What a user would write instead: the plain `YOLO(...).track(video)` loop, in a process of its own.

Called as `python -m tests.benchmarks.plain_loop VIDEO WEIGHTS TRACKS`: writes MOTChallenge rows to TRACKS and one JSON
object with frames, seconds and peak memory to standard output.
"""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

from analytics.evaluation import motchallenge


def main(video: str, weights: str, tracks: str) -> None:
    """Track every frame with BoT-SORT as Ultralytics ships it."""
    from ultralytics import YOLO, settings

    settings.update({"sync": False})
    model = YOLO(weights)
    rows: list[tuple[int, int, list[float]]] = []
    started = time.perf_counter()
    frame = 0
    for result in model.track(
        video, tracker="botsort.yaml", imgsz=640, conf=0.1, classes=[0], stream=True, verbose=False
    ):
        frame += 1
        if result.boxes.id is not None:
            ids, boxes = result.boxes.id.int().tolist(), result.boxes.xyxy.tolist()
            rows += [(frame, identity, box) for identity, box in zip(ids, boxes, strict=True)]
    seconds = time.perf_counter() - started
    found = motchallenge.annotations(
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1] for row in rows], np.int64),
        np.array([row[2] for row in rows], np.float64),
    )
    motchallenge.write(Path(tracks), found)
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"frames": frame, "seconds": seconds, "peak_mib": peak_mib}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:4])
