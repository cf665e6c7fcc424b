"""The lake's bytes in an object store: S3 and its like, Google's, Azure's. The only `import obstore`."""

import io
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from analytics.errors import LakeError
from analytics.lake.paths import checked_path

if TYPE_CHECKING:
    import obstore.store

_PARALLEL_READS = 32  # reads of an object store wait for the network, not for a core


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """A bucket, or a folder of one, over obstore; each request is atomic by the store's own promise."""

    location: str
    client: "obstore.store.ObjectStore"

    @staticmethod
    def connect(location: str) -> "ObjectStore":
        """Open the store that a URL names; the first request tells whether it can be reached.

        Raises:
            LakeError: the URL names no store that is known, or lacks what its kind needs.
        """
        import obstore.store

        with _told("open", location):
            client = obstore.store.from_url(location)
        scheme, _, where = location.partition("://")
        return ObjectStore(f"{scheme}://{where.strip('/')}", client)

    def url(self, path: str) -> str:
        """Return the object's URL."""
        separator = "" if self.location.endswith("/") else "/"
        return f"{self.location}{separator}{checked_path(path)}"

    def read(self, path: str) -> bytes:
        """Return an object's content."""
        import obstore

        with _told("read", self.url(path)):
            return bytes(obstore.get(self.client, path).bytes())

    def read_many(self, paths: Sequence[str]) -> tuple[bytes, ...]:
        """Return the content of many objects, read side by side."""
        with ThreadPoolExecutor(_PARALLEL_READS) as pool:
            return tuple(pool.map(self.read, paths))

    def open(self, path: str) -> pa.NativeFile:
        """Open an object for reading in any order; each read is a request for just its bytes."""
        import obstore

        with _told("read", self.url(path)):
            size_bytes = obstore.head(self.client, path)["size"]
        return pa.PythonFile(_Ranges(self, path, size_bytes), mode="r")

    def write(self, path: str, content: bytes) -> None:
        """Put an object in place in one request, or in parts that show together."""
        import obstore

        with _told("write", self.url(path)):
            obstore.put(self.client, path, content)

    def create(self, path: str, content: bytes) -> bool:
        """Put an object in place by a conditional request (If-None-Match)."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        with _told("write", self.url(path)):
            try:
                obstore.put(self.client, path, content, mode="create")
            except AlreadyExistsError:
                return False
        return True

    def exists(self, path: str) -> bool:
        """Tell whether there is an object of this path."""
        import obstore

        with _told("read", self.url(path)):
            try:
                obstore.head(self.client, path)
            except FileNotFoundError:
                return False
        return True

    def sizes(self, prefix: str = "") -> Mapping[str, int]:
        """Return the size in bytes of every object below a folder, names with a dot in front left out."""
        import obstore

        where = checked_path(prefix) if prefix else None
        with _told("list", self.location):
            found = {meta["path"]: meta["size"] for batch in obstore.list(self.client, where) for meta in batch}
        return {path: found[path] for path in sorted(found) if "/." not in f"/{path}"}

    def list(self, prefix: str = "") -> tuple[str, ...]:
        """Return the paths of all objects below a folder."""
        return tuple(self.sizes(prefix))

    def folders(self, prefix: str = "") -> tuple[str, ...]:
        """Return the names of the folders directly inside a folder."""
        import obstore

        where = checked_path(prefix) if prefix else None
        with _told("list", self.location):
            found = obstore.list_with_delimiter(self.client, where)["common_prefixes"]
        names = {path.rstrip("/").rpartition("/")[2] for path in found}
        return tuple(sorted(name for name in names if name and name[0] != "."))

    def delete(self, path: str) -> None:
        """Remove an object."""
        import obstore

        with _told("delete", self.url(path)), suppress(FileNotFoundError):
            obstore.delete(self.client, path)

    def sweep(self, older_than_s: float) -> tuple[str, ...]:
        """Return nothing: an upload that was cut off never becomes an object."""
        return ()


class _Ranges(io.RawIOBase):
    """An object as a file: each read asks for just its bytes, since a Parquet reader knows what it needs."""

    def __init__(self, store: ObjectStore, path: str, size_bytes: int) -> None:
        self._store, self._path, self._size_bytes, self._position = store, path, size_bytes, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size_bytes}[whence]
        self._position = origin + offset
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        import obstore

        left = max(self._size_bytes - self._position, 0)
        length = left if size is None or size < 0 else min(size, left)
        if not length:
            return b""
        with _told("read", self._store.url(self._path)):
            content = bytes(obstore.get_range(self._store.client, self._path, start=self._position, length=length))
        self._position += len(content)
        return content


@contextmanager
def _told(doing: str, target: str) -> Iterator[None]:
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, OSError) as error:
        if doing == "read" and isinstance(error, FileNotFoundError):
            raise LakeError(f"cannot read {target}: there is no such object") from error
        cause = str(error).split("\n", maxsplit=1)[0]
        raise LakeError(f"cannot {doing} {target}: {cause}; check the URL, the credentials and the network") from error
