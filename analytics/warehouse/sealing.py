"""SQL that users write, sealed: it reads the lake's published rows, and nothing else, within a time and a memory.

Three walls, each of which would do for most of it. `admitting` lets only SELECTs through, on the parse tree. DuckDB
itself has no access to files but the published ones, loads no extension, and its settings are locked; every statement
runs in a transaction that may not write. And all of it runs in a process of its own, which the kernel lets write no
file and take no more memory than it was given, and which is ended when its time is over: DuckDB's own limits do not
hold inside a single function (`repeat('x', 3000000000)` takes 3 GB and minutes whatever the settings say).
"""

import json
import subprocess
import sys
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from threading import Timer
from types import TracebackType
from typing import IO, Any, cast

import pyarrow as pa

from analytics.errors import ConfigError, CrosscamError, LakeError
from analytics.lake.lake import Lake
from analytics.sites import Site

_GRACE_S = 2.0  # DuckDB ends most queries by itself when their time is over; the process lives on then
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from analytics.warehouse.sealed_process import main; main()"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query may take.

    Attributes:
        time_s: seconds, > 0.
        memory_bytes: bytes that DuckDB may use; a result may have half of them.
    """

    time_s: float = 60.0
    memory_bytes: int = 2_000_000_000


class SealedWarehouse:
    """A lake for users' SQL; a context manager that ends its process. See the module's text for how it is sealed."""

    def __init__(
        self,
        lake: Lake,
        site: Site | None = None,
        *,
        nights: Collection[date] | None = None,
        with_staff: bool = False,
        limits: Limits = Limits(),
    ) -> None:
        """Open a lake; the arguments are those of `connection.connect`, and what each query may take.

        Raises:
            LakeError: the lake cannot be read.
        """
        self._limits = limits
        self._order = {
            "location": lake.store.location,
            "site": site.model_dump(mode="json") if site else None,
            "nights": None if nights is None else sorted(night.isoformat() for night in nights),
            "with_staff": with_staff,
            "time_s": limits.time_s,
            "memory_bytes": limits.memory_bytes,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._start()

    def query(self, sql: str) -> pa.Table:
        """Return the rows of one SELECT; instants are UTC.

        Raises:
            ConfigError: the statement is wrong or not allowed, or takes more time or memory than it may.
            LakeError: a published file is missing or damaged.
        """
        process = self._process or self._start()
        timer = Timer(self._limits.time_s + _GRACE_S, process.kill)
        timer.start()
        try:
            _send(process, {"sql": sql})
            answer = _answer(process)
            if answer is not None and "error" not in answer:
                return pa.ipc.open_stream(process.stdout).read_all()
        except (OSError, pa.ArrowInvalid):
            answer = None
        except KeyboardInterrupt:
            self.close()
            raise
        finally:
            was_in_time = timer.is_alive()
            timer.cancel()
        if answer is None or answer.get("is_spent"):
            self.close()  # the next query begins in a fresh one
        if answer is None:
            raise _lost(was_in_time)
        raise _error(answer)

    def close(self) -> None:
        """End the process; a second time is no error."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def __enter__(self) -> "SealedWarehouse":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> "subprocess.Popen[bytes]":
        # -I: neither the current folder nor the user's environment decides what is imported
        command = [sys.executable, "-I", "-c", _START, json.dumps(sys.path)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            _send(self._process, self._order)
            answer = _answer(self._process)
        except OSError:
            answer = None
        if answer is None or "error" in answer:
            self.close()
            raise _error(answer) if answer else LakeError("the process for SQL ended before it answered")
        return self._process


def _send(process: "subprocess.Popen[bytes]", message: dict[str, Any]) -> None:
    pipe = cast("IO[bytes]", process.stdin)
    pipe.write(json.dumps(message).encode() + b"\n")
    pipe.flush()


def _answer(process: "subprocess.Popen[bytes]") -> dict[str, Any] | None:
    line = cast("IO[bytes]", process.stdout).readline()
    return cast("dict[str, Any]", json.loads(line)) if line.endswith(b"\n") else None


def _lost(was_in_time: bool) -> ConfigError:
    if was_in_time:
        reason = "the query needs more memory than it may have; ask for fewer rows, or allow more with --memory-gb"
    else:
        reason = "the query took too long; ask for fewer nights or rows, or allow more with --time-limit-s"
    return ConfigError(reason, field="SQL")


def _error(answer: dict[str, Any]) -> CrosscamError:
    if answer["error"] == "ConfigError":
        return ConfigError(answer["reason"], field="SQL")
    return LakeError(answer["reason"])
