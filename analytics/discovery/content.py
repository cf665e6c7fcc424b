"""The hash that stands for a file's content: a renamed or copied file keeps it."""

import hashlib
from pathlib import Path

WHOLE_BELOW_BYTES = 64 * 2**20
_PIECE_BYTES = 2**20


def content_key(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal.

    From 64 MiB on it is the SHA-256 of the size and of the first, middle and last MiB: recordings of one camera
    differ in every frame, and a night's terabytes are not read for their names.

    Raises:
        OSError: the file cannot be read.
    """
    size = path.stat().st_size
    if size < WHOLE_BELOW_BYTES:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    digest = hashlib.sha256(f"{size}\n".encode())
    with path.open("rb") as file:
        for begin in (0, (size - _PIECE_BYTES) // 2, size - _PIECE_BYTES):
            file.seek(begin)
            digest.update(file.read(_PIECE_BYTES))
    return digest.hexdigest()
