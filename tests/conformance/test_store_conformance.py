"""What every store promises, asked of each: a folder and an object store.

CROSSCAM_TEST_STORE=s3://bucket/folder asks it of a real one as well; each test writes to a new folder below.
"""

import os
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics.errors import LakeError
from analytics.lake.store import Store, open_store

LOCATIONS: dict[str, Callable[[Path], str]] = {
    "folder": lambda tmp_path: str(tmp_path / "new" / "lake"),
    "file_url": lambda tmp_path: (tmp_path / "with space").as_uri(),
    "object_store": lambda _: "memory://",
}
if REMOTE := os.environ.get("CROSSCAM_TEST_STORE"):
    LOCATIONS["remote"] = lambda _: f"{REMOTE}/{uuid.uuid4().hex}"
ODD_NAMES = ("camera=a%2Fb/x.json", "tür süd/ключ.json", "a b/c+d&e=f.json", "plus#hash?.json", "_ledger/_x.json")


@pytest.fixture(params=sorted(LOCATIONS))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return open_store(LOCATIONS[request.param](tmp_path))


def test_new_store_is_empty(store: Store) -> None:
    """A store that nobody wrote to lists nothing, has nothing, and deletes nothing without complaint."""
    assert store.list() == store.list("a/b") == store.folders() == store.folders("a") == ()
    assert store.sizes() == {}
    assert not store.exists("a")
    store.delete("a")


@pytest.mark.parametrize("content", [b"", b"x", bytes(range(256)) * 5000])
def test_what_is_written_is_read(store: Store, content: bytes) -> None:
    """Content comes back as it was written: read, opened, listed with its size."""
    store.write("a/b.bin", content)
    assert store.read("a/b.bin") == content
    with store.open("a/b.bin") as handle:
        assert (handle.size(), handle.read()) == (len(content), content)
    assert store.sizes() == {"a/b.bin": len(content)}
    assert store.exists("a/b.bin")


def test_write_replaces(store: Store) -> None:
    """Writing twice leaves the second content alone, also when it is shorter."""
    store.write("a", b"longer")
    store.write("a", b"new")
    assert store.read("a") == b"new"
    assert store.list() == ("a",)


@pytest.mark.parametrize("doing", ["read", "open"])
def test_missing_object_is_an_error(store: Store, doing: str) -> None:
    """Reading what is not there is a LakeError that names it."""
    with pytest.raises(LakeError, match="a/missing"):
        getattr(store, doing)("a/missing")


def test_reading_many_keeps_the_order(store: Store) -> None:
    """Many objects come in the order asked for, repeats included; one that is missing fails the whole."""
    for number in range(100):
        store.write(f"n/{number}", str(number).encode())
    asked = [*range(99, -1, -1), 5, 5]
    assert store.read_many([f"n/{number}" for number in asked]) == tuple(str(number).encode() for number in asked)
    assert store.read_many([]) == ()
    with pytest.raises(LakeError, match="n/100"):
        store.read_many(["n/0", "n/100"])


def test_listing_is_sorted_and_by_folder(store: Store) -> None:
    """A prefix is a folder, not the beginning of a name; paths come sorted."""
    paths = ["b/z", "b/a/1", "bb/c", "a", "b.c"]
    for path in paths:
        store.write(path, b"1")
    assert store.list() == tuple(sorted(paths))
    assert store.list("b") == ("b/a/1", "b/z")
    assert store.list("a") == ()  # an object, no folder
    assert store.folders() == ("b", "bb")
    assert store.folders("b") == ("a",)


def test_folder_is_no_object(store: Store) -> None:
    """A folder does not exist as an object."""
    store.write("a/b", b"1")
    assert not store.exists("a")


def test_delete_removes_one(store: Store) -> None:
    """Deleting removes the object and nothing beside it; doing it twice is no error."""
    store.write("a/1", b"1")
    store.write("a/2", b"2")
    store.delete("a/1")
    store.delete("a/1")
    assert store.list() == ("a/2",)


@pytest.mark.parametrize("path", ["", "/etc/passwd", "a//b", "../a", "a/../b", "a/.b", ".b", "a/", "a\\b", "a\0"])
@pytest.mark.parametrize("doing", ["read", "open", "exists", "delete", "url"])
def test_path_outside_the_rule_is_refused(store: Store, doing: str, path: str) -> None:
    """No method leaves the store or touches a name with a dot in front."""
    with pytest.raises(ValueError, match="relative path"):
        getattr(store, doing)(path)


@pytest.mark.parametrize("doing", ["write", "create"])
def test_writing_outside_the_rule_is_refused(store: Store, doing: str) -> None:
    """Nothing is written outside the store."""
    with pytest.raises(ValueError, match="relative path"):
        getattr(store, doing)("../a", b"1")


@pytest.mark.parametrize("path", ODD_NAMES)
def test_odd_names_survive(store: Store, path: str) -> None:
    """Spaces, percent signs, accents and other scripts in names come back as they were given."""
    store.write(path, b"1")
    assert store.list() == (path,)
    assert store.read(path) == b"1"


def test_create_keeps_the_first(store: Store) -> None:
    """Creating tells whether it was the first and never replaces."""
    assert store.create("a/b", b"first")
    assert not store.create("a/b", b"second")
    assert store.read("a/b") == b"first"
    assert store.list() == ("a/b",)


def test_one_of_sixteen_creates_wins(store: Store) -> None:
    """Of 16 threads that create the same object at once exactly one wins, and its content is there, whole."""
    for attempt in range(10):
        path, barrier = f"race/{attempt}", threading.Barrier(16)

        def create(number: int, path: str = path, barrier: threading.Barrier = barrier) -> bool:
            barrier.wait()
            return store.create(path, bytes([number]) * 10_000)

        with ThreadPoolExecutor(16) as pool:
            wins = list(pool.map(create, range(16)))
        assert sum(wins) == 1
        assert store.read(path) == bytes([wins.index(True)]) * 10_000
    assert len(store.list()) == 10


def test_reader_never_sees_half(store: Store) -> None:
    """While one thread replaces an object again and again, every read is one of its contents, whole."""
    contents = [bytes([number]) * (200_000 + number) for number in range(8)]
    store.write("a", contents[0])
    watched = threading.Event()

    def replace() -> int:
        written = 0
        while written < 100 or not watched.is_set():
            store.write("a", contents[written % 8])
            written += 1
        return written

    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(replace)
        reads = []
        try:
            while len(reads) < 100 or len({content[0] for content, _ in reads}) < 3:
                reads.append((store.read("a"), store.list()))
        finally:
            watched.set()
        writer.result()
    assert all(content in contents and listing == ("a",) for content, listing in reads)


def test_sweeping_keeps_objects(store: Store) -> None:
    """Removing leftovers removes no object, however old."""
    store.write("a/b", b"1")
    assert store.sweep(older_than_s=0) == ()
    assert store.read("a/b") == b"1"


def test_parquet_is_read_in_place(store: Store) -> None:
    """Arrow reads single columns through an opened object, in any order."""
    table = pa.table({"number": list(range(50_000)), "text": [str(number) for number in range(50_000)]})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, row_group_size=10_000)
    store.write("t.parquet", bytes(sink.getvalue()))
    with store.open("t.parquet") as handle:
        assert pq.ParquetFile(handle).read_row_group(3, ["text"]) == table.slice(30_000, 10_000).select(["text"])


def test_url_names_the_object(store: Store) -> None:
    """The URL begins with the store's location and ends with the path."""
    assert store.url("a/b.parquet").startswith(store.location)
    assert store.url("a/b.parquet").endswith("/a/b.parquet") or store.location == "memory://"
