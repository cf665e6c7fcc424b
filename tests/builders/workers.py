"""Workers for the executor tests: importable by name, so that a Ray worker process finds them."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from analytics.errors import ContractError, ModelError, RecordingError


@dataclass(frozen=True)
class Job:
    """One thing to do: square the number after misbehaving in the way that is named."""

    number: int
    way: str = "fine"


@dataclass(frozen=True)
class Squares:
    """Builds a worker that squares numbers; `folder` remembers across processes what was tried, one file each."""

    folder: Path

    def __call__(self) -> Callable[[Job], tuple[int, int]]:
        """Return the worker; its answers are (square, process id)."""
        built = self.folder / f"built-{os.getpid()}-{time.monotonic_ns()}"
        built.touch()
        return self._work

    def tries(self, number: int) -> int:
        """Return how often a number was begun, in whatever process."""
        return len(list(self.folder.glob(f"try-{number}-*")))

    def _work(self, job: Job) -> tuple[int, int]:
        (self.folder / f"try-{job.number}-{time.monotonic_ns()}").touch()
        match job.way:
            case "broken":
                raise RecordingError(f"recording {job.number} is broken")
            case "bug":
                raise ZeroDivisionError("a bug")
            case "contract":
                raise ContractError("detections", ["score is null in 3 rows"])
            case "die once" if self.tries(job.number) == 1:
                os.kill(os.getpid(), signal.SIGKILL)
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
            case "hang once" if self.tries(job.number) == 1:
                time.sleep(600)
            case "hang":
                time.sleep(600)
        return job.number**2, os.getpid()


@dataclass(frozen=True)
class CannotBuild:
    """Builds nothing: its weights are missing, or (when it has a bug) something unforeseen happens."""

    has_bug: bool = False

    def __call__(self) -> Callable[[Job], int]:
        """Raise."""
        if self.has_bug:
            raise KeyError("weights")
        raise ModelError("yolo26n is not in the model folder")


@dataclass(frozen=True)
class DiesBuilding:
    """Is killed while it loads its models."""

    def __call__(self) -> Callable[[Job], int]:
        """Die."""
        os.kill(os.getpid(), signal.SIGKILL)
        return lambda job: job.number
