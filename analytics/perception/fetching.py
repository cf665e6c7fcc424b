"""How files of models get onto the disk: fetched, under a temporary name until they are the right ones."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from analytics.errors import ModelError
from analytics.perception.registry import RegisteredFile

Progress = Callable[[str, int, int | None], None]
"""Called while a file is fetched: its name, bytes so far, bytes in all or None."""

_CHUNK_BYTES = 1 << 20
_CONNECT_TIMEOUT_S = 30.0


def download(file: RegisteredFile, target: Path, progress: Progress) -> None:
    """Fetch one file under a temporary name and rename it once it is the right one.

    Raises:
        ModelError: its address or digest is unknown, there is no network, or what arrived is something else.
    """
    import urllib.request

    if file.url is None or file.sha256 is None:
        raise ModelError(f"{file.name} cannot be fetched: its address or digest is not known. Put it there by hand.")
    if target.is_file() and sha256_of(target) == file.sha256:
        return
    with staging(target.parent) as folder:
        part = folder / file.name
        try:
            with urllib.request.urlopen(file.url, timeout=_CONNECT_TIMEOUT_S) as answer, part.open("wb") as out:
                total = int(answer.headers.get("Content-Length") or 0) or file.size_bytes
                done = 0
                while chunk := answer.read(_CHUNK_BYTES):
                    out.write(chunk)
                    done += len(chunk)
                    progress(file.name, done, total)
        except (OSError, ValueError) as error:
            raise ModelError(
                f"{file.name} cannot be fetched from {file.url}: {error}.\n"
                f"  Get it on another machine and put it into the model folder (SHA-256 {file.sha256})."
            ) from error
        if (found := sha256_of(part)) != file.sha256:
            raise ModelError(
                f"{file.url} gave another file: expected SHA-256 {file.sha256}, found {found}. Nothing was kept."
            )
        part.replace(target)


@contextmanager
def staging(parent: Path) -> Iterator[Path]:
    """Give an empty folder below `parent`, removed at the end unless it was renamed.

    Raises:
        ModelError: `parent` cannot be written.
    """
    try:
        parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".part-", dir=parent))
        folder.chmod(0o755)  # mkdtemp hides it from the other users of a shared cache
    except OSError as error:
        raise ModelError(f"cannot write to {parent}: {error}. Choose another cache folder.") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
