"""Probes that are kept from run to run."""

import json
from pathlib import Path

import pytest

from analytics.discovery.cache import ProbeCache
from analytics.discovery.listing import Found
from analytics.discovery.probe import VERSION, Probe

PROBE = Probe("partial", "is cut", "c0ffee", "h264", 320, 240, 6.0, 5.5, 55, 10.0, True, 1_767_603_600_000_000, False)


class MemoryStore:
    """Objects in a dictionary."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.write_count = 0

    def read(self, path: str) -> bytes:
        return self.objects[path]

    def write(self, path: str, content: bytes) -> None:
        self.objects[path] = content
        self.write_count += 1

    def exists(self, path: str) -> bool:
        return path in self.objects


def entry(path: str = "cam1/a.mp4", size: int = 10, modified_ns: int = 20) -> Found:
    return Found(path, Path("/footage") / path, "file", size, modified_ns)


def test_a_probe_comes_back_in_the_next_run() -> None:
    """Every field survives."""
    store = MemoryStore()
    cache = ProbeCache(store)
    cache.put(entry(), PROBE)
    assert cache.get(entry()) == PROBE
    cache.save()
    assert ProbeCache(store).get(entry()) == PROBE


@pytest.mark.parametrize(
    "other", [entry(size=11), entry(modified_ns=21), entry(path="cam1/b.mp4"), entry(path="cam2/a.mp4")]
)
def test_a_changed_or_other_file_is_not_known(other: Found) -> None:
    """Path, size and time of the last change all count."""
    store = MemoryStore()
    cache = ProbeCache(store)
    cache.put(entry(), PROBE)
    cache.save()
    assert ProbeCache(store).get(other) is None


def test_a_file_that_could_not_be_read_is_tried_again() -> None:
    """Permissions change without a new time of change."""
    cache = ProbeCache(MemoryStore())
    cache.put(entry(), Probe("quarantined", "cannot be read"))
    assert cache.get(entry()) is None


def test_nothing_new_writes_nothing_and_the_order_of_putting_does_not_matter() -> None:
    """A second run leaves the store as it is; the same probes give the same bytes."""
    stores = [MemoryStore(), MemoryStore()]
    for store, names in zip(stores, (["cam1/a", "cam1/b"], ["cam1/b", "cam1/a"]), strict=True):
        cache = ProbeCache(store)
        for name in names:
            cache.put(entry(name), PROBE)
        cache.save()
        cache.save()
        assert store.write_count == 1
    assert stores[0].objects == stores[1].objects


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b'{"version": 1}',
        json.dumps({"version": VERSION + 1, "probes": {}}).encode(),
        json.dumps({"version": VERSION, "probes": {"cam1/a.mp4": 7}}).encode(),
        json.dumps(
            {"version": VERSION, "probes": {"cam1/a.mp4": {"size_bytes": 10, "modified_ns": 20, "probe": {}}}}
        ).encode(),
    ],
)
def test_a_damaged_or_foreign_cache_is_made_again(content: bytes) -> None:
    """It is only a cache."""
    store = MemoryStore()
    first = ProbeCache(store)
    first.put(entry(), PROBE)
    first.save()
    (name,) = store.objects
    store.objects[name] = content
    cache = ProbeCache(store)
    assert cache.get(entry()) is None
    cache.put(entry(), PROBE)
    cache.save()
    assert ProbeCache(store).get(entry()) == PROBE


def test_without_a_store_it_remembers_until_the_end() -> None:
    """`check` has no lake."""
    cache = ProbeCache()
    cache.put(entry(), PROBE)
    cache.save()
    assert cache.get(entry()) == PROBE
