"""Where the lake's bytes lie: one small interface over a folder and over an object store.

Paths keep the rule of `paths`: no name begins with a dot, so one that does can only be a write under way.
Whoever reads sees a whole object or none. Nothing here knows tables or the ledger.
"""

import errno
import os
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pyarrow as pa

from analytics.errors import LakeError
from analytics.lake.object_store import ObjectStore
from analytics.lake.paths import checked_path

_STAGED = ".writing-"  # the dot hides it from listings here, from pyarrow's datasets and from shell globs


class Store(Protocol):
    """Objects by path. Every failure is a LakeError; a path that breaks the module's rule is a ValueError."""

    @property
    def location(self) -> str:
        """What `open_store` needs to open the same store in another process."""
        ...

    def url(self, path: str) -> str:
        """Return what pyarrow and DuckDB open: an absolute file name, or a URL."""
        ...

    def read(self, path: str) -> bytes:
        """Return an object's content; LakeError when it is missing."""
        ...

    def read_many(self, paths: Sequence[str]) -> tuple[bytes, ...]:
        """Return the content of many objects in the given order; LakeError when one is missing."""
        ...

    def open(self, path: str) -> pa.NativeFile:
        """Open an object for reading in any order; `size()` tells its length. LakeError when it is missing."""
        ...

    def write(self, path: str, content: bytes) -> None:
        """Put an object in place, replacing what is there; readers see the old or the new one, whole."""
        ...

    def create(self, path: str, content: bytes) -> bool:
        """Put an object in place only if there is none; of many who try at once exactly one gets True."""
        ...

    def exists(self, path: str) -> bool:
        """Tell whether there is an object of this path; a folder is none."""
        ...

    def sizes(self, prefix: str = "") -> Mapping[str, int]:
        """Return the size in bytes of every object below a folder, by path, sorted; a missing folder is empty."""
        ...

    def list(self, prefix: str = "") -> tuple[str, ...]:
        """Return the paths of all objects below a folder, sorted."""
        ...

    def folders(self, prefix: str = "") -> tuple[str, ...]:
        """Return the names of the folders directly inside a folder, sorted."""
        ...

    def delete(self, path: str) -> None:
        """Remove an object; one that is missing already is no error."""
        ...

    def sweep(self, older_than_s: float) -> tuple[str, ...]:
        """Remove what killed writers left behind, once it is older than this many seconds; return what went."""
        ...


def open_store(location: str) -> Store:
    """Open a folder (`/data/lake`, `~/lake`, `file:///data/lake`) or an object store (`s3://`, `gs://`, `az://`).

    Credentials of object stores come from their usual environment variables. `memory://` is a new, empty
    store each time.

    Raises:
        LakeError: the location is a file, or no store of this kind is known or can be reached.
    """
    if "://" not in location:
        return FolderStore(Path(location).expanduser())
    if location.startswith("file://"):
        return FolderStore(Path(url2pathname(urlsplit(location).path)))
    return ObjectStore.connect(location)


@dataclass(frozen=True, slots=True)
class FolderStore:
    """A folder of a local or network file system; it comes into being with the first write.

    Raises:
        LakeError: there is a file in place of the folder.
    """

    root: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", self.root.absolute())
        if self.root.exists() and not self.root.is_dir():
            raise LakeError(f"expected a folder for the lake, {self.root} is a file: choose another folder")

    @property
    def location(self) -> str:
        """The folder's absolute name."""
        return str(self.root)

    def url(self, path: str) -> str:
        """Return the object's absolute file name."""
        return str(self._target(path))

    def read(self, path: str) -> bytes:
        """Return a file's content."""
        with _explained("read", self._target(path)):
            return self._target(path).read_bytes()

    def read_many(self, paths: Sequence[str]) -> tuple[bytes, ...]:
        """Return the content of many files, one after the other: threads cost more than a local read."""
        return tuple(self.read(path) for path in paths)

    def open(self, path: str) -> pa.NativeFile:
        """Open a file for reading in any order."""
        with _explained("read", self._target(path)):
            return pa.OSFile(str(self._target(path)), mode="rb")

    def write(self, path: str, content: bytes) -> None:
        """Put a file in place by renaming it over what is there."""
        target = self._target(path)
        with _explained("write", target), _staged(target, content) as staged:
            staged.replace(target)
            _sync_folder(target.parent)

    def create(self, path: str, content: bytes) -> bool:
        """Put a file in place by linking it: unlike a rename, that fails when the name is taken."""
        target = self._target(path)
        with _explained("write", target), _staged(target, content) as staged:
            try:
                target.hardlink_to(staged)
            except FileExistsError:
                return False
            _sync_folder(target.parent)
        return True

    def exists(self, path: str) -> bool:
        """Tell whether there is a file of this path."""
        with _explained("read", self._target(path)):
            return self._target(path).is_file()

    def sizes(self, prefix: str = "") -> Mapping[str, int]:
        """Return the size in bytes of every file below a folder, writes under way left out."""
        start = self._target(prefix) if prefix else self.root
        with _explained("list", start):
            return {path: size for path, size in sorted(_walk(start, prefix)) if not _is_staged(path)}

    def list(self, prefix: str = "") -> tuple[str, ...]:
        """Return the paths of all files below a folder."""
        return tuple(self.sizes(prefix))

    def folders(self, prefix: str = "") -> tuple[str, ...]:
        """Return the names of the folders directly inside a folder."""
        start = self._target(prefix) if prefix else self.root
        with _explained("list", start):
            return tuple(sorted(entry.name for entry in _scan(start) if entry.is_dir() and entry.name[0] != "."))

    def delete(self, path: str) -> None:
        """Remove a file; its folder stays, since somebody may be about to write into it."""
        target = self._target(path)
        with _explained("delete", target):
            target.unlink(missing_ok=True)

    def sweep(self, older_than_s: float) -> tuple[str, ...]:
        """Remove the staged files of writers that were killed."""
        before = time.time() - older_than_s
        gone = []
        with _explained("sweep", self.root):
            for path, _ in sorted(_walk(self.root, "")):
                staged = self.root / path
                with suppress(FileNotFoundError):  # its writer has just finished
                    if _is_staged(path) and staged.stat().st_mtime <= before:
                        staged.unlink()
                        gone.append(path)
        return tuple(gone)

    def _target(self, path: str) -> Path:
        return self.root / checked_path(path)


@contextmanager
def _staged(target: Path, content: bytes) -> Iterator[Path]:
    """Write content, down to the disk, to a name beside the target that no reader takes for an object."""
    target.parent.mkdir(parents=True, exist_ok=True)
    staged = target.parent / f"{_STAGED}{uuid.uuid4().hex}"
    try:
        with staged.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield staged
    finally:
        staged.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make a new name outlive a power cut; where a file system cannot sync a folder there is nothing to do."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise
    finally:
        os.close(descriptor)


def _walk(folder: Path, prefix: str) -> Iterator[tuple[str, int]]:
    for entry in _scan(folder):
        path = f"{prefix}/{entry.name}" if prefix else entry.name
        with suppress(FileNotFoundError):  # deleted or put in place since the folder was read
            if entry.is_dir():
                if entry.name[0] != ".":
                    yield from _walk(Path(entry.path), path)
            elif entry.is_file():
                yield path, entry.stat().st_size


def _scan(folder: Path) -> Sequence[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return tuple(entries)
    except (FileNotFoundError, NotADirectoryError):
        return ()


def _is_staged(path: str) -> bool:
    return path.rpartition("/")[2][0] == "."


@contextmanager
def _explained(doing: str, target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if doing == "read" and isinstance(error, FileNotFoundError):
            raise LakeError(f"cannot read {target}: there is no such file") from error
        advice = _ADVICE.get(error.errno or 0, "check the disk, or choose another folder for the lake")
        raise LakeError(f"cannot {doing} {target}: {error.strerror or error}; {advice}") from error


_ADVICE = {
    errno.EACCES: "give this user the right to the folder, or choose another one for the lake",
    errno.EROFS: "the file system is read-only: mount it writable, or choose another folder for the lake",
    errno.ENOSPC: "make room on the disk and run the same command again; nothing half-written is kept",
    errno.EDQUOT: "make room within the quota and run the same command again; nothing half-written is kept",
    errno.ENOTDIR: "a file stands where a folder is expected: move it away",
    errno.EEXIST: "a file stands where a folder is expected: move it away",
    errno.EISDIR: "a folder stands where a file is expected: move it away",
    errno.EPERM: "the file system refuses it (no hard links, or a protected folder): choose a folder on a local disk",
    errno.ENOTSUP: "the file system has no hard links: choose a folder on a local disk, or an object store",
}
