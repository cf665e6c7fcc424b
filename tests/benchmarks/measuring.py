"""What both sides of a benchmark report, and how they are run: alternating, each time in a fresh process."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analytics.evaluation import motchallenge

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Run:
    """One side, once."""

    frames: int
    seconds: float
    peak_mib: float

    @property
    def fps(self) -> float:
        """Frames for each second."""
        return self.frames / self.seconds


def report(frame_count: int, seconds: float) -> None:
    """Write what a measured process found to its standard output, as the last line."""
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"frames": frame_count, "seconds": seconds, "peak_mib": peak_mib}) + "\n")


def write_boxes(path: Path, rows: Sequence[tuple[int, int, Sequence[float]]]) -> None:
    """Write tracks, given as frame, identity and corners, as MOTChallenge text."""
    boxes = motchallenge.annotations(
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1] for row in rows], np.int64),
        np.array([row[2] for row in rows], np.float64).reshape(-1, 4),
    )
    motchallenge.write(path, boxes)


def measure(module: str, *arguments: str | Path, threads: int | None = None) -> Run:
    """Run one side in a process of its own.

    Args:
        module: what `python -m` runs.
        arguments: its arguments.
        threads: threads of numeric libraries; None: as they choose by themselves.
    """
    environment = {**os.environ, "YOLO_OFFLINE": "true", "YOLO_VERBOSE": "false"}
    if threads is not None:
        environment |= {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-4000:]}")
    return Run(**json.loads(done.stdout.splitlines()[-1]))
