"""Who searched, exported, decided and erased: an append-only log whose entries are chained by their hashes.

`_audit/<number>.json` holds one entry; its digest covers its content and the digest of the entry before, so that an
edited, removed or reordered one shows (Schneier and Kelsey 1999, without their encryption). `_audit/newest` names the
last, so that removed last ones show too. Whoever may write the lake could write the whole chain anew: note the newest
digest elsewhere, and give it to `verify`.
"""

import json
import time
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from analytics.errors import LakeError
from analytics.ids import digest
from analytics.lake.paths import AUDIT
from analytics.lake.store import Store
from analytics.timebase import Instant

_NEWEST = f"{AUDIT}/newest"
_ATTEMPTS = 100


def now() -> Instant:
    """Return the instant at which something is done, microseconds, as entries name it."""
    return time.time_ns() // 1000


class AuditEntry(BaseModel):
    """One thing that somebody did.

    Attributes:
        number: from 1, without gaps.
        at: UTC instant, microseconds.
        by: who.
        action: what, such as search.
        facts: with what: purpose, filters, digests of pictures, what was shown.
        previous: digest of the entry before; "" for the first.
        digest: SHA-256 of all that.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    number: int
    at: Instant
    by: str
    action: str
    facts: dict[str, JsonValue]
    previous: str
    digest: str

    def expected_digest(self) -> str:
        """Return the digest that belongs to the content."""
        return digest(self.model_dump(mode="json", exclude={"digest"}))


class AuditLog:
    """The log of one lake."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def record(self, *, at: Instant, by: str, action: str, facts: Mapping[str, JsonValue]) -> AuditEntry:
        """Append an entry; of several who write at once each gets a number of its own.

        Raises:
            LakeError: the log cannot be written, or its last entry is damaged; what was to be logged must not happen.
        """
        for _ in range(_ATTEMPTS):
            names = self._names()
            last = self._read(names[-1]) if names else None
            content: dict[str, Any] = {
                "number": last.number + 1 if last else 1,
                "at": at,
                "by": by,
                "action": action,
                "facts": dict(facts),
                "previous": last.digest if last else "",
            }
            entry = AuditEntry(**content, digest=digest(content))
            if self._store.create(_path(entry.number), entry.model_dump_json(indent=1).encode()):
                newest = json.dumps({"number": entry.number, "digest": entry.digest})
                self._store.write(_NEWEST, newest.encode())
                return entry
        raise LakeError(f"the audit log could not be written in {_ATTEMPTS} attempts: others write without a pause")

    def entries(self) -> tuple[AuditEntry, ...]:
        """Return all entries in order. Raises LakeError for a damaged one."""
        return tuple(self._read(name) for name in self._names())

    def verify(self, noted: str | None = None) -> tuple[str, ...]:
        """Return what is wrong with the log, one sentence each; nothing when it is whole.

        Args:
            noted: digest of an entry that was noted elsewhere; it must still be there.
        """
        names = set(self._names())
        newest, problems = self._newest(), []
        if newest is None and names:
            problems.append(f"{_NEWEST} is missing or damaged: whether the last entries are there cannot be told")
        last = max([_number(name) for name in names] + [newest[0] if newest else 0])
        digests: dict[int, str] = {}
        for number in range(1, last + 1):
            if _path(number) not in names:
                problems.append(f"entry {number} is missing")
                continue
            try:
                entry = self._read(_path(number))
            except LakeError as error:
                problems.append(str(error))
                continue
            digests[number] = entry.digest
            if entry.number != number or entry.expected_digest() != entry.digest:
                problems.append(f"entry {number} was edited or moved: its digest belongs to other content")
            elif entry.previous != digests.get(number - 1, "" if number == 1 else entry.previous):
                problems.append(f"entry {number} does not follow the one before it, which was edited or moved")
        if newest and newest[0] in digests and digests[newest[0]] != newest[1]:
            problems.append(f"entry {newest[0]} is not the one that {_NEWEST} names")
        if noted is not None and noted not in digests.values():
            problems.append(f"the entry that was noted, {noted}, is not in the log: the log was written anew")
        return tuple(problems)

    def _names(self) -> list[str]:
        return sorted(path for path in self._store.list(AUDIT) if path != _NEWEST)

    def _newest(self) -> tuple[int, str] | None:
        if not self._store.exists(_NEWEST):
            return None
        try:
            content = json.loads(self._store.read(_NEWEST))
            return int(content["number"]), str(content["digest"])
        except (ValueError, KeyError, TypeError):
            return None

    def _read(self, name: str) -> AuditEntry:
        try:
            return AuditEntry.model_validate_json(self._store.read(name))
        except ValidationError as error:
            raise LakeError(f"{name} is damaged: no entry of the audit log can be read from it") from error


def _path(number: int) -> str:
    return f"{AUDIT}/{number:09d}.json"


def _number(name: str) -> int:
    stem = name.removeprefix(f"{AUDIT}/").removesuffix(".json")
    return int(stem) if stem.isdigit() else 0
