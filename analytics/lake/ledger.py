"""What was done: one entry for each work item and, for each night and stage, what readers use of it.

An entry is written after the files that it names. No entry tells when it was written: the same work gives the
same bytes. A night's new results show all at once, when they are published.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal, Self, TypeVar

from pydantic import ConfigDict, Field, JsonValue, NonNegativeInt, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass

from analytics.errors import LakeError
from analytics.lake.paths import (
    LEDGER,
    checked_name,
    entry_path,
    night_folder,
    night_named,
    publication_path,
    stage_folder,
)
from analytics.lake.store import Store

Status = Literal["done", "quarantined", "failed"]
_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, config=_STRICT)
class WrittenFile:
    """One Parquet file of one table.

    Attributes:
        table: name of the contract.
        path: path in the lake.
        rows: number of rows; an item with nothing to tell writes a file of none.
        size_bytes: size of the file, bytes.
    """

    table: str
    path: str
    rows: NonNegativeInt
    size_bytes: NonNegativeInt


@dataclass(frozen=True, slots=True, config=_STRICT)
class Entry:
    """What became of one work item.

    Attributes:
        stage: name of the stage.
        night: night that the item belongs to.
        item_id: what was worked on: a segment, a night.
        key: hash of everything that decides the result; the entry's name.
        status: done; quarantined (the recording cannot be used); failed (try again).
        reason: why it is not done, or what is odd about it; never None unless done.
        files: what was written.
        facts: what later stages need to know besides the tables, as JSON values.

    Raises:
        pydantic.ValidationError: a field is of the wrong type, or an item that is not done has no reason.
    """

    stage: str
    night: date
    item_id: str
    key: str
    status: Status = "done"
    reason: str | None = None
    files: tuple[WrittenFile, ...] = ()
    facts: Mapping[str, JsonValue] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check(self) -> Self:
        checked_name(self.stage)
        checked_name(self.key)
        if self.status != "done" and not self.reason:
            raise ValueError(f"expected a reason why {self.item_id} is {self.status}, got {self.reason!r}")
        return self


@dataclass(frozen=True, slots=True, config=_STRICT)
class _Publication:
    stage: str
    night: date
    entries: tuple[Entry, ...]


_ENTRY = TypeAdapter(Entry)
_PUBLICATION = TypeAdapter(_Publication)
_Adapted = TypeVar("_Adapted", Entry, _Publication)


class Ledger:
    """The ledger of one lake. Every method raises LakeError when the lake cannot be read or written."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def record(self, entry: Entry) -> None:
        """Write an entry, replacing the one of the same key; what is published stays.

        Raises:
            ValueError: a fact is not a finite number.
        """
        content = _as_bytes(_ENTRY.dump_python(entry, mode="json"))
        self._store.write(entry_path(entry.night, entry.stage, entry.key), content)

    def forget(self, night: date, stage: str, key: str) -> None:
        """Remove an entry, so that the item is done again; what is published stays. None there is no error."""
        self._store.delete(entry_path(night, stage, key))

    def find(self, night: date, stage: str, key: str) -> Entry | None:
        """Return the entry of one item, or None; for many items `entries` needs far fewer requests.

        Raises:
            LakeError: the entry is damaged.
        """
        path = entry_path(night, stage, key)
        return _entry(path, self._store.read(path)) if self._store.exists(path) else None

    def entries(self, night: date, stage: str) -> tuple[Entry, ...]:
        """Return all entries of a night's stage, published or not, by key.

        Raises:
            LakeError: an entry is damaged.
        """
        paths = self._store.list(stage_folder(night, stage))
        found = map(_entry, paths, self._store.read_many(paths))
        return tuple(sorted(found, key=lambda entry: entry.key))

    def nights(self) -> tuple[date, ...]:
        """Return the nights of which the ledger knows anything, in order."""
        nights = map(night_named, self._store.folders(LEDGER))
        return tuple(sorted(night for night in nights if night))

    def stages(self, night: date) -> tuple[str, ...]:
        """Return the stages of which a night has entries, by name."""
        return self._store.folders(f"{LEDGER}/{night_folder(night)}")

    def publish(self, night: date, stage: str, keys: Iterable[str]) -> bool:
        """Make these items, as they are now, and only these, what readers use of a night's stage.

        The publication holds the entries themselves: a reader needs one request, and an item done again under
        the same key shows only when it is published again.

        Returns:
            Whether anything changed.

        Raises:
            LakeError: an item has no entry.
        """
        paths = [entry_path(night, stage, key) for key in sorted(set(keys))]
        entries = tuple(map(_entry, paths, self._store.read_many(paths)))
        publication = _PUBLICATION.dump_python(_Publication(stage, night, entries), mode="json")
        path, content = publication_path(night, stage), _as_bytes(publication)
        if self._store.exists(path) and self._store.read(path) == content:
            return False
        self._store.write(path, content)
        return True

    def published(self, night: date, stage: str) -> tuple[Entry, ...]:
        """Return the entries that readers use of a night's stage, by key; none before the first publication.

        Raises:
            LakeError: the publication is damaged.
        """
        path = publication_path(night, stage)
        if not self._store.exists(path):
            return ()
        found = _parsed(_PUBLICATION, path, self._store.read(path))
        if (found.night, found.stage) != (night, stage):
            raise _damaged(path, f"it tells of {found.stage} of {found.night}")
        return found.entries

    def stamp(self) -> str:
        """Return a hash of what is published: it changes with whatever readers would see otherwise."""
        paths = [publication_path(night, stage) for night in self.nights() for stage in self.stages(night)]
        told = hashlib.sha256()
        for path in paths:
            if self._store.exists(path):
                told.update(path.encode() + b"\0" + hashlib.sha256(self._store.read(path)).digest())
        return told.hexdigest()


def _entry(path: str, content: bytes) -> Entry:
    entry = _parsed(_ENTRY, path, content)
    if entry_path(entry.night, entry.stage, entry.key) != path:
        raise _damaged(path, f"it tells of {entry.stage} {entry.key} of {entry.night}")
    return entry


def _parsed(adapter: TypeAdapter[_Adapted], path: str, content: bytes) -> _Adapted:
    try:
        return adapter.validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise _damaged(path, f"{place}: {first['msg']}" if place else first["msg"]) from error


def _damaged(path: str, found: str) -> LakeError:
    return LakeError(
        f"{path} is damaged: {found}. Delete this file and run the same command again; its work is done anew."
    )


def _as_bytes(values: Mapping[str, JsonValue]) -> bytes:
    text = json.dumps(values, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=1)
    return f"{text}\n".encode()
