"""What only an object store can get wrong."""

import io

import obstore
import pytest
from obstore.store import MemoryStore

from analytics.errors import LakeError
from analytics.lake.object_store import ObjectStore


def test_names_with_a_dot_in_front_are_not_listed() -> None:
    """What other tools leave beside the lake's objects, by names that the lake never gives, is not listed."""
    client = MemoryStore()
    store = ObjectStore("memory://", client)
    for path in ("a/.keep", ".cache/x", "a/b.c"):
        obstore.put(client, path, b"1")
    assert store.list() == ("a/b.c",)
    assert store.list("a") == ("a/b.c",)
    assert store.folders() == ("a",)


@pytest.mark.parametrize("location", ["memory://", "memory:///"])
def test_memory_store_is_new_each_time(location: str) -> None:
    """Two stores in memory share nothing."""
    one, two = ObjectStore.connect(location), ObjectStore.connect(location)
    one.write("a", b"1")
    assert two.list() == ()
    assert one.url("a/b") == "memory://a/b"


def test_url_has_the_folder_of_the_bucket() -> None:
    """A trailing slash of the location makes no difference to the URLs."""
    for location in ("s3://bucket/lake", "s3://bucket/lake/"):
        store = ObjectStore.connect(location)
        assert (store.location, store.url("a/b")) == ("s3://bucket/lake", "s3://bucket/lake/a/b")


def test_opened_object_reads_like_a_file() -> None:
    """Seeking and reading in any order give what the same calls give on a file in memory, past the end too."""
    content = bytes(range(200))
    store = ObjectStore.connect("memory://")
    store.write("a", content)
    steps = [(0, 0, 5), (3, 1, 10), (-5, 2, 3), (-5, 2, 100), (150, 0, None), (500, 0, 10), (0, 0, 0), (0, 0, None)]
    with store.open("a") as handle:
        file = io.BytesIO(content)
        for offset, whence, count in steps:
            assert handle.seek(offset, whence) == file.seek(offset, whence)
            assert handle.read(count) == file.read(count)
            assert handle.tell() == file.tell()


def test_object_deleted_while_it_is_read_is_an_error() -> None:
    """A reader that is overtaken by a deletion gets a LakeError, not half the content."""
    store = ObjectStore.connect("memory://")
    store.write("a", b"content")
    with store.open("a") as handle:
        assert handle.read(3) == b"con"
        store.delete("a")
        with pytest.raises(LakeError, match="cannot read memory://a: there is no such object"):
            handle.read(3)
