"""What the repository may hold. The rules take sizes by path and return one sentence for each violation."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

MAX_FILE_BYTES = 1_000_000
MAX_TOTAL_BYTES = 40_000_000

_WEIGHTS = frozenset({".pt", ".pth", ".onnx", ".engine", ".safetensors", ".ckpt", ".bin", ".pkl", ".npy", ".npz"})
_FOOTAGE = frozenset({".mp4", ".mkv", ".avi", ".mov", ".ts", ".h264", ".264", ".h265", ".265", ".webm"})


@dataclass(frozen=True, slots=True)
class Shipped:
    """A folder of what this project made itself and ships.

    Attributes:
        folder: path from the root.
        kinds: endings that belong there and nowhere else.
        max_bytes: of one file.
    """

    folder: str
    kinds: frozenset[str]
    max_bytes: int


SHIPPED = (
    Shipped("analytics/perception/weights/", _WEIGHTS, 8_000_000),  # networks trained on simulated people
    Shipped("jobs/demo/footage/", _FOOTAGE, 2_000_000),  # the simulated site of `crosscam demo`
)


def heavy_files(size_by_path: Mapping[str, int]) -> list[str]:
    """Find files that are too large, weights and footage outside their folders, and a repository above 40 MB."""
    found = []
    for path, size in size_by_path.items():
        kind = PurePosixPath(path).suffix.lower()
        home = next((each for each in SHIPPED if path.startswith(each.folder) and kind in each.kinds), None)
        most = home.max_bytes if home else MAX_FILE_BYTES
        if size > most:
            found.append(f"{path} has {size} bytes, at most {most} are allowed")
        if kind in _WEIGHTS | _FOOTAGE and home is None:
            found.append(f"{path}: weights and footage do not belong into the repository")
    total = sum(size_by_path.values())
    if total > MAX_TOTAL_BYTES:
        found.append(f"the repository has {total} bytes, at most {MAX_TOTAL_BYTES} are allowed")
    return found
