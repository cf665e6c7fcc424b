"""Whether an MP4, MOV or AVI file is whole, from its top-level boxes alone: no index is parsed, no frame decoded.

Whole means closed by its recorder and not cut. Bytes that flipped inside a box go unseen here.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_FIRST_BOXES = frozenset({b"ftyp", b"styp", b"moov", b"mdat", b"moof", b"free", b"skip", b"wide", b"pnot", b"sidx"})
_MAX_BOXES = 1_000_000
"""Far more than a day in fragments of 1 s has; a file with more says nothing that is worth the time."""


@dataclass(frozen=True, slots=True)
class Structure:
    """What the top-level boxes say.

    Attributes:
        has_index: there is a moov box; without one nothing can be decoded.
        is_fragmented: there are moof boxes; such a file looks whole between any two fragments while it is written.
        has_end_index: there is an mfra box, which is written last.
        missing_bytes: bytes that the last box announces and the file does not have.
        stray_bytes: bytes at the end that are no box.
    """

    has_index: bool
    is_fragmented: bool
    has_end_index: bool
    missing_bytes: int
    stray_bytes: int

    @property
    def is_cut(self) -> bool:
        """Something at the end is missing or damaged."""
        return self.missing_bytes > 0 or self.stray_bytes > 0

    @property
    def is_surely_closed(self) -> bool:
        """The recorder has finished it, whatever the time of its last change."""
        return self.has_index and not self.is_cut and (self.has_end_index or not self.is_fragmented)


def read_structure(path: Path) -> Structure | None:
    """Walk the top-level boxes of a file; None when it is no MP4 or MOV.

    Raises:
        OSError: the file cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        first = file.read(8)
        if first[4:] not in _FIRST_BOXES:
            return None
        names: set[bytes] = set()
        missing = stray = 0
        for name, begin, end in _boxes(file, size):
            if name is None:
                stray = size - begin
                break
            names.add(name)
            missing = max(0, end - size)
    return Structure(b"moov" in names, b"moof" in names, b"mfra" in names, missing, stray)


def read_riff(path: Path) -> Structure | None:
    """Walk the RIFF chunks of an AVI file; None when it is none. A chunk of size 0 was never closed.

    Raises:
        OSError: the file cannot be read.
    """
    size, at = path.stat().st_size, 0
    with path.open("rb") as file:
        if file.read(4) != b"RIFF":
            return None
        while at < size:
            file.seek(at)
            header = file.read(8)
            length = int(struct.unpack("<I", header[4:])[0]) if len(header) == 8 and header[:4] == b"RIFF" else 0
            if length == 0:
                return Structure(True, False, False, 0, size - at)
            at += 8 + length + length % 2
    return Structure(True, False, False, max(0, at - length % 2 - size), 0)


def _boxes(file: BinaryIO, size: int) -> Iterator[tuple[bytes | None, int, int]]:
    """Yield name, begin and announced end of each box; a name of None is no box, and the last."""
    at = 0
    for _ in range(_MAX_BOXES):
        if at >= size:
            return
        file.seek(at)
        header = file.read(16)
        name, length, header_length = _header(header, size - at)
        if name is None or length < header_length:
            yield None, at, size
            return
        yield name, at, at + length
        at += length


def _header(header: bytes, remaining: int) -> tuple[bytes | None, int, int]:
    if len(header) < 8 or not all(32 <= byte < 127 or byte == 0xA9 for byte in header[4:8]):
        return None, 0, 8
    length, name = struct.unpack(">I4s", header[:8])
    if length == 0:  # to the end of the file
        return name, remaining, 8
    if length == 1:
        return (name, struct.unpack(">Q", header[8:16])[0], 16) if len(header) == 16 else (None, 0, 16)
    return name, length, 8
