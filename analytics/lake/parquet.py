"""Tables to Parquet bytes and back: the same rows give the same bytes, whatever their order and chunks."""

import hashlib
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from analytics.contracts import Contract
from analytics.errors import LakeError


def content_digest(content: bytes) -> str:
    """Return the SHA-256 of a file's content."""
    return hashlib.sha256(content).hexdigest()


def encode(contract: Contract, table: pa.Table) -> bytes:
    """Return a checked table as Parquet, rows by the contract's key, its own schema metadata kept."""
    own = dict(table.schema.metadata or {})
    metadata = dict(sorted({**own, **contract.schema.metadata}.items()))
    ordered = table.sort_by([(name, "ascending") for name in contract.key])
    sink = pa.BufferOutputStream()
    pq.write_table(
        ordered.replace_schema_metadata(metadata),
        sink,
        compression="zstd",
        use_dictionary=[field.name for field in contract.schema if pa.types.is_string(field.type)],
    )
    return bytes(sink.getvalue())


def decode(contract: Contract, handle: pa.NativeFile, columns: Sequence[str]) -> pa.Table:
    """Read some columns of one file; a nullable column that is younger than the file is null.

    Raises:
        LakeError: the file is damaged, or of another version of the contract.
    """
    try:
        file = pq.ParquetFile(handle)
        found = file.schema_arrow
        table = file.read([name for name in columns if name in found.names], use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise LakeError(f"it cannot be read as Parquet ({str(error).splitlines()[0]})") from error
    version = (found.metadata or {}).get(b"crosscam_version", b"none").decode()
    if version != str(contract.version):
        raise LakeError(f"expected version {contract.version} of the table, found version {version}")
    arrays, schema = [], _select(contract, columns)
    for field in schema:
        if field.name in found.names and found.field(field.name).type == field.type:
            arrays.append(table[field.name])
        elif field.nullable and field.name not in found.names:
            arrays.append(pa.nulls(table.num_rows, field.type))
        else:
            raise LakeError(f"expected a column {field.name} {field.type}, found {', '.join(found.names)}")
    return pa.table(arrays, schema=schema.with_metadata(found.metadata))


def merge(contract: Contract, columns: Sequence[str], tables: Sequence[pa.Table]) -> pa.Table:
    """Put files' rows one after the other; schema metadata that two files disagree on is left out."""
    values: dict[bytes, set[bytes]] = {}
    for table in tables:
        for name, value in (table.schema.metadata or {}).items():
            values.setdefault(name, set()).add(value)
    agreed = {name: min(found) for name, found in sorted(values.items()) if len(found) == 1}
    schema = _select(contract, columns).with_metadata({**agreed, **contract.schema.metadata})
    return pa.concat_tables(
        [schema.empty_table(), *(table.replace_schema_metadata(schema.metadata) for table in tables)]
    )


def _select(contract: Contract, columns: Sequence[str]) -> pa.Schema:
    schema = contract.schema
    return pa.schema([schema.field(name) for name in columns])
