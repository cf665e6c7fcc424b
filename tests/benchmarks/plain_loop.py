"""What a user would write instead: the plain `YOLO(...).track(video)` loop, in a process of its own.

`python -m tests.benchmarks.plain_loop VIDEO WEIGHTS TRACKS`: writes MOTChallenge rows to TRACKS, and one JSON object
with frames, seconds (loading left out) and peak memory to standard output.
"""

import sys
import time
from pathlib import Path

from tests.benchmarks.measuring import report, write_boxes


def main(video: str, weights: str, tracks: str) -> None:
    """Track every frame with BoT-SORT as Ultralytics ships it."""
    from ultralytics import YOLO

    model = YOLO(weights)
    options = {"tracker": "botsort.yaml", "imgsz": 640, "conf": 0.1, "classes": [0], "verbose": False}
    rows: list[tuple[int, int, list[float]]] = []
    frame_count = 0
    started = time.perf_counter()
    for result in model.track(video, stream=True, **options):
        frame_count += 1
        if result.boxes.id is not None:
            ids, boxes = result.boxes.id.int().tolist(), result.boxes.xyxy.tolist()
            rows += [(frame_count, identity, box) for identity, box in zip(ids, boxes, strict=True)]
    seconds = time.perf_counter() - started
    write_boxes(Path(tracks), rows)
    report(frame_count, seconds)


if __name__ == "__main__":
    main(*sys.argv[1:4])
