"""Tables in, tables out: the files of work items, written through contracts and read through the ledger.

A work item counts when its entry is there, and readers see it when it is published. No SQL here, and no policy
on what is kept how long.
"""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import JsonValue

from analytics.contracts import Contract
from analytics.errors import ContractError, LakeError
from analytics.lake.ledger import Entry, Ledger, WrittenFile
from analytics.lake.parquet import content_digest, decode, encode, merge
from analytics.lake.paths import camera_of, entry_path, table_path
from analytics.lake.store import Store

_PARALLEL_FILES = 8


class Lake:
    """The tables of one site's nights in one store.

    Attributes:
        store: where the bytes lie.
        ledger: what was done and what is published.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.ledger = Ledger(store)

    def write_item(
        self,
        *,
        stage: str,
        night: date,
        camera_id: str | None,
        item_id: str,
        key: str,
        tables: Sequence[tuple[Contract, pa.Table]],
        facts: Mapping[str, JsonValue] | None = None,
        reason: str | None = None,
    ) -> Entry:
        """Write the tables of a work item that is done, then its entry.

        Args:
            stage: name of the stage.
            night: night of every row.
            camera_id: camera of every row; None for tables that hold all cameras of the night.
            item_id: what was worked on.
            key: hash of everything that decides the result.
            tables: contract and rows, each contract once; a table of no rows is written too.
            facts: what later stages need to know besides the tables.
            reason: what is odd about it, as of a recording that breaks off.

        Raises:
            ContractError: a table breaks its contract, or has rows of another night or camera; nothing counts as done.
            LakeError: the lake cannot be written.
        """
        files = self.write_files(night=night, camera_id=camera_id, key=key, tables=tables)
        entry = Entry(stage, night, item_id, key, "done", reason, files, facts or {})
        self.ledger.record(entry)
        return entry

    def write_files(
        self, *, night: date, camera_id: str | None, key: str, tables: Sequence[tuple[Contract, pa.Table]]
    ) -> tuple[WrittenFile, ...]:
        """Write the tables of a work item without its entry: the half of `write_item` for a worker.

        Until somebody records an entry that names the files, nobody reads them.

        Raises:
            ContractError: a table breaks its contract, or has rows of another night or camera; nothing is written.
            LakeError: the lake cannot be written.
            ValueError: a contract is given twice.
        """
        names = [contract.name for contract, _ in tables]
        if len(set(names)) < len(names):
            raise ValueError(f"expected each table once, got {names}")
        for contract, table in tables:
            contract.check(table)
            _check_partition(contract, table, night, camera_id)
        return tuple(self._write(contract, table, night, camera_id, key) for contract, table in tables)

    def read(
        self,
        contract: Contract,
        nights: Collection[date] | None = None,
        cameras: Collection[str] | None = None,
        columns: Sequence[str] | None = None,
        items: Collection[str] | None = None,
    ) -> pa.Table:
        """Return the published rows of a table.

        Args:
            contract: the table.
            nights: nights wanted; None: all.
            cameras: cameras wanted; None: all, and rows of no camera.
            columns: columns wanted, in this order; None: all.
            items: work items wanted, such as segments, of whatever stage; None: all.

        Returns:
            The rows by night, stage, item and the contract's key; no rows when nothing is published. Of the schema
            metadata what all files agree on, such as the model of the embeddings.

        Raises:
            ContractError: a column is not in the contract.
            LakeError: a published file is missing, damaged, or of another version of the contract.
        """
        wanted = list(columns) if columns is not None else contract.schema.names
        if unknown := [name for name in wanted if name not in contract.schema.names]:
            raise ContractError(contract.name, [f"unknown column {name}" for name in unknown])
        files = [
            (entry, file)
            for entry, file in self._published(contract, nights)
            if cameras is None or camera_of(file.path) in {None, *cameras}
            if items is None or entry.item_id in items
        ]
        with ThreadPoolExecutor(_PARALLEL_FILES) as pool:
            tables = list(pool.map(partial(self._read, contract, wanted, cameras), files))
        return merge(contract, wanted, tables)

    def files(self, contract: Contract, nights: Collection[date] | None = None) -> tuple[str, ...]:
        """Return the URLs of a table's published files, in the order of `read`, as DuckDB's `read_parquet` takes them.

        Raises:
            LakeError: a publication is damaged.
        """
        return tuple(self.store.url(file.path) for _, file in self._published(contract, nights))

    def files_of_all(self, nights: Collection[date] | None = None) -> Mapping[str, Mapping[date, tuple[str, ...]]]:
        """Return what `files` tells of every table that has files, by table and night; the ledger is read once.

        Raises:
            LakeError: a publication is damaged.
        """
        found: dict[str, dict[date, list[str]]] = {}
        for entry in self._entries(nights):
            for file in entry.files:
                found.setdefault(file.table, {}).setdefault(entry.night, []).append(self.store.url(file.path))
        return {
            table: {night: tuple(urls) for night, urls in by_night.items()} for table, by_night in sorted(found.items())
        }

    def _published(self, contract: Contract, nights: Collection[date] | None) -> list[tuple[Entry, WrittenFile]]:
        return [(entry, file) for entry in self._entries(nights) for file in entry.files if file.table == contract.name]

    def _entries(self, nights: Collection[date] | None) -> list[Entry]:
        return [
            entry
            for night in (self.ledger.nights() if nights is None else sorted(set(nights)))
            for stage in self.ledger.stages(night)
            for entry in sorted(self.ledger.published(night, stage), key=lambda entry: (entry.item_id, entry.key))
        ]

    def _write(self, contract: Contract, table: pa.Table, night: date, camera_id: str | None, key: str) -> WrittenFile:
        content = encode(contract, table)
        path = table_path(contract.name, night, camera_id, key, content_digest(content))
        self.store.write(path, content)
        return WrittenFile(contract.name, path, table.num_rows, len(content))

    def _read(
        self,
        contract: Contract,
        columns: Sequence[str],
        cameras: Collection[str] | None,
        source: tuple[Entry, WrittenFile],
    ) -> pa.Table:
        entry, file = source
        by_row = cameras is not None and camera_of(file.path) is None and "camera_id" in contract.schema.names
        try:
            with self.store.open(file.path) as handle:
                if handle.size() != file.size_bytes:
                    raise LakeError(f"expected {file.size_bytes} bytes, found {handle.size()}")
                table = decode(contract, handle, [*dict.fromkeys([*columns, "camera_id"])] if by_row else columns)
        except LakeError as error:
            path = entry_path(entry.night, entry.stage, entry.key)
            raise LakeError(
                f"{file.path} does not hold what the ledger says: {error}. Delete {path} and run "
                f"`crosscam run --night {entry.night}`, which makes it anew"
            ) from error
        if by_row:
            table = table.filter(pc.is_in(table["camera_id"], value_set=pa.array(sorted(cameras or ()), pa.string())))
        return table.select(columns)


def _check_partition(contract: Contract, table: pa.Table, night: date, camera_id: str | None) -> None:
    expected = {"night": night, "camera_id": camera_id}
    for column, value in expected.items():
        if value is None or column not in table.column_names:
            continue
        if others := [other for other in pc.unique(table[column]).to_pylist() if other != value]:
            raise ContractError(contract.name, [f"{column} is {others[0]} in rows of the item of {value}"])
