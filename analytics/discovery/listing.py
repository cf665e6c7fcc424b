"""Everything below a footage folder, in path order, looked at but not opened.

Nothing is left out silently: what cannot be a recording by its name (`is_ignored`) is the only omission.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

VIDEO_SUFFIXES = frozenset(
    {
        ".264",
        ".265",
        ".3gp",
        ".asf",
        ".avi",
        ".dav",
        ".flv",
        ".h264",
        ".h265",
        ".hevc",
        ".m2ts",
        ".m4v",
        ".mjpeg",
        ".mjpg",
        ".mkv",
        ".mov",
        ".mp4",
        ".mpeg",
        ".mpg",
        ".mts",
        ".ogv",
        ".ps",
        ".ts",
        ".vob",
        ".webm",
        ".wmv",
    }
)
"""Endings that say "recording"; a file with another ending is opened too, but makes no folder a camera."""

_IGNORED_SUFFIXES = frozenset({".json", ".md"})
_IGNORED_NAMES = frozenset({"thumbs.db", "desktop.ini"})

_LATEST_NS = 4_102_444_800 * 10**9  # 2100: damaged file systems say anything up to 2^63

Kind = Literal["file", "folder", "dangling", "special", "unreadable"]


@dataclass(frozen=True, slots=True)
class Found:
    """One entry below the footage folder.

    Attributes:
        path: path below the footage folder, with forward slashes; bytes that are no UTF-8 are written in hexadecimal.
        location: the entry itself.
        kind: an ordinary file, a folder named like a video, a link to nothing, a special file (FIFO, socket,
            device), or one that the system refuses to show.
        size_bytes: size, 0 unless it is an ordinary file.
        modified_ns: nanoseconds since 1970 at which it was last written; 0 when unknown.
    """

    path: str
    location: Path
    kind: Kind
    size_bytes: int
    modified_ns: int

    @property
    def identity(self) -> str:
        """The path, or its bytes in hexadecimal where two names could be written alike."""
        name = os.fsencode(self.location.name)
        return (
            self.path if self.location.name.encode("utf-8", "replace") == name else f"bytes:{self.folder}/{name.hex()}"
        )

    @property
    def folder(self) -> str:
        """The folder below the footage folder, "" for the footage folder itself."""
        return self.path.rpartition("/")[0]

    @property
    def looks_like_video(self) -> bool:
        """The name ends like a recording's."""
        return self.location.suffix.lower() in VIDEO_SUFFIXES


def is_ignored(name: str) -> bool:
    """Tell whether a name never is a recording: dotfiles, sidecars (.json), notes (.md), files of the desktop."""
    return name.startswith(".") or Path(name).suffix.lower() in _IGNORED_SUFFIXES or name.lower() in _IGNORED_NAMES


def list_footage(footage: Path) -> tuple[Found, ...]:
    """List everything that may be a recording below a folder, in path order; links are followed, never in circles."""
    return tuple(sorted(_walk(footage, "", frozenset()), key=lambda found: found.path))


def _walk(folder: Path, prefix: str, above: frozenset[str]) -> Iterator[Found]:
    real = os.path.realpath(folder)
    if real in above:
        return
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        yield Found(prefix.rstrip("/") or ".", folder, "unreadable", 0, _modified_ns(folder))
        return
    for entry in entries:
        if is_ignored(entry.name):
            continue
        path = prefix + os.fsencode(entry.name).decode("utf-8", "backslashreplace")
        found = _look(path, Path(entry.path))
        if found.kind != "folder":
            yield found
            continue
        if found.looks_like_video:
            yield found
        yield from _walk(found.location, f"{path}/", above | {real})


def _look(path: str, location: Path) -> Found:
    try:
        status = location.stat()
    except OSError:
        kind: Kind = "dangling" if location.is_symlink() else "unreadable"
        return Found(path, location, kind, 0, _modified_ns(location))
    modified_ns = min(max(0, status.st_mtime_ns), _LATEST_NS)
    if stat.S_ISREG(status.st_mode):
        return Found(path, location, "file", status.st_size, modified_ns)
    return Found(path, location, "folder" if stat.S_ISDIR(status.st_mode) else "special", 0, modified_ns)


def _modified_ns(location: Path) -> int:
    try:
        return min(max(0, location.lstat().st_mtime_ns), _LATEST_NS)
    except OSError:
        return 0
