"""The process in which users' SQL runs: orders come in lines of JSON, rows go out as Arrow streams.

Its first line says which lake and how much a query may take; then it locks itself in, and answers one query after the
other until its input ends.
"""

import json
import os
import resource
import signal
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import pyarrow as pa

from analytics.errors import ConfigError, CrosscamError
from analytics.lake.lake import Lake
from analytics.lake.store import open_store
from analytics.sites import Site
from analytics.warehouse.admitting import admit
from analytics.warehouse.connection import STORED, connect, files_explained
from analytics.warehouse.explaining import explain
from analytics.warehouse.relations import literal, pattern_of

_SPARE_BYTES = 256_000_000  # of address space beside DuckDB's: stacks of threads, Arrow's and Python's own
_BATCH_ROWS = 100_000
_PROC = Path("/proc/self/statm")


def main() -> None:
    """Answer queries from standard input on standard output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this process
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints must not be taken for an answer
    order = json.loads(source.readline())
    try:
        lake = Lake(open_store(order["location"]))
        site = Site.model_validate(order["site"]) if order["site"] else None
        nights = None if order["nights"] is None else [date.fromisoformat(night) for night in order["nights"]]
        warehouse = connect(lake, site, nights=nights, with_staff=order["with_staff"])
        found = lake.files_of_all(nights)
        urls = [url for each in STORED for night in found.get(each.name, {}).values() for url in night]
        seal(warehouse.connection, urls, time_s=order["time_s"], memory_bytes=order["memory_bytes"])
        limit_process(order["memory_bytes"])
    except CrosscamError as error:
        _say(sink, _told(error))
        return
    _say(sink, {})
    for line in source:
        _serve(warehouse.connection, json.loads(line)["sql"], order["memory_bytes"] // 2, sink)


def seal(connection: duckdb.DuckDBPyConnection, urls: Sequence[str], *, time_s: float, memory_bytes: int) -> None:
    """Take from a connection whatever is not the reading of these files, for good.

    Args:
        connection: with all of its views made.
        urls: files that its views read.
        time_s: after how many seconds a statement is interrupted.
        memory_bytes: what DuckDB may use; nothing is put on disk.
    """
    # the views name patterns; a pattern that is no plain name matches its one file, and both have to be allowed
    paths = ", ".join(map(literal, dict.fromkeys(name for url in urls for name in (url, pattern_of(url)))))
    for setting in (
        "temp_directory = ''",
        f"memory_limit = '{memory_bytes}B'",
        f"max_execution_time = {max(1, round(time_s * 1000))}",
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "allow_community_extensions = false",
        "allow_persistent_secrets = false",
        "python_enable_replacements = false",
        f"allowed_paths = [{paths}]",
        "enable_external_access = false",
        "lock_configuration = true",
    ):
        connection.execute(f"SET {setting}")


def limit_process(memory_bytes: int) -> None:
    """Have the kernel refuse memory beyond what is used now and this much, and every write to a file."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if _PROC.exists():  # Linux; elsewhere the kernel does not keep this limit
        used = int(_PROC.read_text("ascii").split()[0]) * resource.getpagesize()
        limit = used + memory_bytes * 3 // 2 + _SPARE_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def run(connection: duckdb.DuckDBPyConnection, sql: str, max_bytes: int) -> pa.Table:
    """Run a user's statement in a sealed connection.

    Args:
        connection: that was sealed.
        sql: the statement.
        max_bytes: size that the result may have.

    Raises:
        ConfigError: it is wrong, not allowed, or its result is too large.
        LakeError: a published file is missing or damaged.
        MemoryError: it needs more memory than there is.
    """
    try:
        admit(connection, sql)
        connection.execute("BEGIN TRANSACTION READ ONLY")
        try:
            with files_explained():
                return _collected(connection.sql(sql), max_bytes)
        finally:
            connection.execute("ROLLBACK")
    except duckdb.OutOfMemoryException as error:
        raise MemoryError from error
    except duckdb.Error as error:
        raise explain(error, connection, sql) from error


def _collected(relation: duckdb.DuckDBPyRelation, max_bytes: int) -> pa.Table:
    batches, size = [], 0
    with relation.to_arrow_reader(_BATCH_ROWS) as reader:
        try:
            for batch in reader:
                size += batch.nbytes
                if size > max_bytes:
                    raise ConfigError(
                        f"the result has more than {max_bytes / 1e9:g} GB; ask for fewer rows, sums of them or a "
                        "LIMIT, or allow more with --memory-gb",
                        field="SQL",
                    )
                batches.append(batch)
        except OSError as error:  # what Arrow makes of an error of DuckDB while rows are read
            told = str(error)
            raise (duckdb.OutOfMemoryException if "Memory" in told else duckdb.Error)(told) from error
        return pa.Table.from_batches(batches, reader.schema)


def _serve(connection: duckdb.DuckDBPyConnection, sql: str, max_bytes: int, sink: BinaryIO) -> None:
    try:
        table = run(connection, sql, max_bytes)
    except MemoryError:
        reason = "the query needs more memory than it may have; ask for fewer rows, or allow more with --memory-gb"
        _say(sink, {"error": "ConfigError", "reason": reason, "is_spent": True})
        return
    except CrosscamError as error:
        _say(sink, _told(error))
        return
    _say(sink, {})
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    sink.flush()


def _told(error: CrosscamError) -> dict[str, Any]:
    reason = error.reason if isinstance(error, ConfigError) else str(error)
    return {"error": type(error).__name__, "reason": reason}


def _say(sink: BinaryIO, message: dict[str, Any]) -> None:
    sink.write(json.dumps(message).encode() + b"\n")
    sink.flush()
