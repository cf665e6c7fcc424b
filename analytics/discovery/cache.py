"""Probes kept from run to run, so that a file that has not changed is not opened again.

A cache: what is missing, damaged or of another version is made again. It lies beside the ledger, one object
for each entry directly below the footage folder.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, Protocol

from analytics.discovery.listing import Found
from analytics.discovery.probe import VERSION, Probe

_FOLDER = "_ledger/probes"
_FIELDS = frozenset(field.name for field in fields(Probe))


class ProbeStore(Protocol):
    """What the cache needs of a store; `analytics.lake.store.Store` has it."""

    def read(self, path: str) -> bytes:
        """Return an object's content."""
        ...

    def write(self, path: str, content: bytes) -> None:
        """Put an object in place, replacing what is there."""
        ...

    def exists(self, path: str) -> bool:
        """Tell whether there is an object of this path."""
        ...


class ProbeCache:
    """Probes by path, size and time of the last change. Without a store it forgets at the end."""

    def __init__(self, store: ProbeStore | None = None) -> None:
        self._store = store
        self._shards: dict[str, dict[str, Any]] = {}
        self._changed: set[str] = set()

    def get(self, found: Found) -> Probe | None:
        """Return the probe of a file that has not changed since, or None."""
        entry = self._shard(found).get(found.path)
        if entry is None or entry["size_bytes"] != found.size_bytes or entry["modified_ns"] != found.modified_ns:
            return None
        return Probe(**entry["probe"])

    def put(self, found: Found, probe: Probe) -> None:
        """Remember a probe; a file that could not be read is not remembered, since that changes without a trace."""
        if probe.content_key is None:
            return
        self._shard(found)[found.path] = {
            "size_bytes": found.size_bytes,
            "modified_ns": found.modified_ns,
            "probe": asdict(probe),
        }
        self._changed.add(_shard_name(found))

    def save(self) -> None:
        """Write what is new to the store."""
        for name in sorted(self._changed):
            content = {"version": VERSION, "probes": self._shards[name]}
            if self._store is not None:
                self._store.write(name, json.dumps(content, sort_keys=True, separators=(",", ":")).encode())
        self._changed.clear()

    def _shard(self, found: Found) -> dict[str, Any]:
        name = _shard_name(found)
        if name not in self._shards:
            is_stored = self._store is not None and self._store.exists(name)
            self._shards[name] = _parse(self._store.read(name)) if self._store is not None and is_stored else {}
        return self._shards[name]


def _shard_name(found: Found) -> str:
    top = found.path.partition("/")[0]
    return f"{_FOLDER}/{hashlib.sha256(top.encode()).hexdigest()[:16]}.json"


def _parse(content: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(content)
    except ValueError:
        return {}
    if not isinstance(parsed, dict) or parsed.get("version") != VERSION or not isinstance(parsed.get("probes"), dict):
        return {}
    return {path: entry for path, entry in parsed["probes"].items() if _is_entry(entry)}


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, Mapping) or not {"size_bytes", "modified_ns", "probe"} <= set(entry):
        return False
    return isinstance(entry["probe"], Mapping) and set(entry["probe"]) == _FIELDS
