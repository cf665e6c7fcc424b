"""What the repository may hold. The rules take sizes by path and return one sentence for each violation."""

from collections.abc import Mapping
from pathlib import PurePosixPath

MAX_FILE_BYTES = 1_000_000
MAX_TOTAL_BYTES = 40_000_000
MAX_SHIPPED_BYTES = 6_000_000
SHIPPED = "analytics/perception/weights/"
"""Where the weights lie that this project trained itself; no others belong into the repository."""

_WEIGHTS = {".pt", ".pth", ".onnx", ".engine", ".safetensors", ".ckpt", ".bin", ".pkl", ".npy", ".npz"}
_FOOTAGE = {".mp4", ".mkv", ".avi", ".mov", ".ts", ".h264", ".264", ".h265", ".265", ".webm"}


def heavy_files(size_by_path: Mapping[str, int]) -> list[str]:
    """Find files above 1 MB (shipped weights: 6 MB), a repository above 40 MB, and weights or footage anywhere else."""
    found = [
        f"{path} has {size} bytes, at most {most} are allowed"
        for path, size in size_by_path.items()
        if size > (most := MAX_SHIPPED_BYTES if path.startswith(SHIPPED) else MAX_FILE_BYTES)
    ]
    found += [
        f"{path}: weights and footage do not belong into the repository"
        for path in size_by_path
        if PurePosixPath(path).suffix.lower() in (_FOOTAGE if path.startswith(SHIPPED) else _WEIGHTS | _FOOTAGE)
    ]
    total = sum(size_by_path.values())
    if total > MAX_TOTAL_BYTES:
        found.append(f"the repository has {total} bytes, at most {MAX_TOTAL_BYTES} are allowed")
    return found
