"""Which cameras a footage folder seems to have, when nobody lists them: by its folders, or by its names."""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from analytics.discovery.listing import list_footage
from analytics.discovery.naming import NamePattern
from analytics.fields import ID_PATTERN


def camera_folders(footage: Path, names: NamePattern | None = None) -> Mapping[str, str]:
    """Return camera ids by footage folder, or by what the names have at {camera}; at least one, in order.

    A nested folder's id has hyphens (hall/cam1: hall-cam1).

    Args:
        footage: the footage folder.
        names: a template with {camera}; None: every folder with videos is a camera.

    Raises:
        ValueError: there are videos, but no name fits the template.
    """
    videos = [found for found in list_footage(footage) if found.looks_like_video]
    if names is None:
        folders = {found.folder for found in videos}
    else:
        readings = (names.read(found.path, ZoneInfo("UTC"), "utc") for found in videos)
        folders = {reading.camera for reading in readings if reading and reading.camera}
        if videos and not folders:
            raise ValueError(f"expected names like {names.template}, found none, but {videos[0].path}")
    wanted = {folder: _as_id(folder or footage.resolve().name) for folder in sorted(folders or {""})}
    taken = Counter(wanted.values())
    return {
        folder or ".": name if taken[name] == 1 or name == folder else f"{name}-{_short_hash(folder)}"
        for folder, name in wanted.items()
    }


def _as_id(text: str) -> str:
    cleaned = re.sub(r"[^A-Za-z0-9_.-]", "_", text.replace("/", "-"))[:80]
    return cleaned if re.fullmatch(ID_PATTERN, cleaned) else f"camera{cleaned}"


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:6]
