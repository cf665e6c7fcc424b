"""Write zones and lines into a site file and leave everything else of it as it was, comments included.

The file is edited as text, an entry at a time: what did not change keeps its very characters. What comes out is read
again and compared, so that a file of an unusual shape is refused rather than harmed.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from analytics.configfile import load
from analytics.errors import ConfigError
from analytics.fields import Point
from analytics.lake.store import FolderStore
from analytics.locating.drawings import Drawing, drawings_of, name_of
from analytics.sites import Line, Site, Zone
from analytics.timebase import Instant, to_datetime

_BY_HAND = "the file is written in a way that cannot be edited here: change it by hand"

_PLAIN = re.compile(r"[A-Za-z][\w-]*( [\w-]+)*")
_SWITCHES = ("true", "false", "null", "yes", "no", "on", "off", "y", "n")


@dataclass(frozen=True)
class Saved:
    """What was written.

    Attributes:
        site: as the file says now.
        backup: the file as it was, beside it.
    """

    site: Site
    backup: Path


def checked(site: Site, zones: Sequence[Zone], lines: Sequence[Line]) -> Site:
    """Return the site with other zones and lines.

    Raises:
        ConfigError: they do not fit the site: an id twice, a point outside the picture, a polygon without an area.
    """
    content = {
        **site.model_dump(mode="json", exclude_unset=True),
        "zones": [zone.model_dump(mode="json") for zone in zones],
        "lines": [line.model_dump(mode="json") for line in lines],
    }
    with TemporaryDirectory() as folder:
        path = Path(folder) / "site.yaml"
        path.write_text(json.dumps(content), encoding="utf-8")
        try:
            made = load(path, Site)
        except ConfigError as error:
            raise ConfigError(error.reason, field=error.field) from error
    drawings_of(made)
    return made


def changes(before: Site, after: Site) -> dict[str, list[str]]:
    """Return the names of the drawings that were added, changed and removed."""
    old = {name_of(each): each for each in drawings_of(before)}
    new = {name_of(each): each for each in drawings_of(after)}
    return {
        "added": [name for name in new if name not in old],
        "changed": [name for name in new if name in old and new[name] != old[name]],
        "removed": [name for name in old if name not in new],
    }


def save_drawings(path: Path, before: Site, after: Site, at: Instant) -> Saved:
    """Write the zones and lines of a site into its file, at once or not at all, and keep the file as it was beside it.

    Args:
        path: the site file.
        before: as the file was read when the drawing began.
        after: with the zones and lines that are wanted, see `checked`.
        at: UTC instant of the change, microseconds; it is in the backup's name.

    Raises:
        ConfigError: somebody else changed the file meanwhile, it cannot be edited here, or it cannot be written.
    """
    path = path.resolve()  # a link stays a link
    if load(path, Site) != before:
        raise ConfigError(
            "the file was changed by somebody else meanwhile: load the page anew and draw again", path=path
        )
    try:
        old = path.read_bytes()
        new = with_drawings(old.decode("utf-8"), before, after).encode()
        _check(new, path, after)
        folder = FolderStore(path.parent)
        backup = f"{path.name}.{to_datetime(at).astimezone(UTC):%Y%m%dT%H%M%SZ}.bak"
        folder.write(backup, old)
        mode = path.stat().st_mode
        folder.write(path.name, new)
        path.chmod(mode)
    except OSError as error:
        raise ConfigError(f"expected a file that can be written: {error.strerror or error}", path=path) from error
    return Saved(load(path, Site), path.parent / backup)


def with_drawings(text: str, before: Site, after: Site) -> str:
    """Return the text of a site file with other zones and lines.

    Args:
        text: of the file.
        before: the site that it describes.
        after: the site that it shall describe; only zones and lines are looked at.

    Raises:
        ConfigError: the text is not a block of keys, so that it cannot be edited by lines.
    """
    text = _with_items(text, "zones", before.zones, after.zones)
    return _with_items(text, "lines", before.lines, after.lines)


def _check(content: bytes, path: Path, wanted: Site) -> None:
    with TemporaryDirectory() as folder:
        trial = Path(folder) / path.name
        trial.write_bytes(content)
        try:
            made = load(trial, Site)
        except ConfigError as error:
            raise ConfigError(_BY_HAND, path=path) from error
    if made != wanted:
        raise ConfigError(_BY_HAND, path=path)


def _with_items(text: str, field: str, before: Sequence[Drawing], after: Sequence[Drawing]) -> str:
    if tuple(before) == tuple(after):
        return text
    root = yaml.compose(text, yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        raise ConfigError(_BY_HAND, field=field)
    lines = text.splitlines()
    starts = [key.start_mark.line for key, _ in root.value]
    found = next((number for number, (key, _) in enumerate(root.value) if key.value == field), None)
    if found is None:
        return "\n".join([*lines, *_block(field, {}, after, "")]) + "\n"
    begin = starts[found]
    end = next((start for start in starts if start > begin), len(lines))
    while end > begin + 1 and _is_comment(lines[end - 1]):
        end -= 1  # a comment above the next key is about that key
    value = root.value[found][1]
    kept: dict[str, list[str]] = {}
    indent = ""
    if isinstance(value, yaml.SequenceNode) and not value.flow_style and value.value:
        kept, indent = _kept(lines[:end], begin, value, before, after)
    return "\n".join([*lines[:begin], *_block(field, kept, after, indent), *lines[end:]]) + "\n"


def _kept(
    lines: list[str], begin: int, value: yaml.SequenceNode, before: Sequence[Drawing], after: Sequence[Drawing]
) -> tuple[dict[str, list[str]], str]:
    """Return the lines of each entry that stays (of one that changes the comments above it), and the indentation."""
    starts = [item.start_mark.line for item in value.value]
    wanted = {name_of(each): each for each in after}
    above = list(starts)
    for number in range(len(starts)):
        lowest = starts[number - 1] + 1 if number else begin + 1
        while above[number] > lowest and _is_comment(lines[above[number] - 1]):
            above[number] -= 1
    first = lines[starts[0]]
    kept = {}
    for number, each in enumerate(before):
        name = name_of(each)
        stop = above[number + 1] if number + 1 < len(starts) else len(lines)
        if name in wanted:
            unchanged = wanted[name] == each
            kept[name] = lines[above[number] : stop if unchanged else starts[number]]
            if not unchanged:
                kept[name] += _entry(wanted[name], first[: len(first) - len(first.lstrip())])
    return kept, first[: len(first) - len(first.lstrip())]


def _block(field: str, kept: dict[str, list[str]], items: Sequence[Drawing], indent: str) -> list[str]:
    if not items:
        return [f"{field}: []"]
    entries = [kept.get(name_of(each)) or _entry(each, indent) for each in items]
    return [f"{field}:", *(line for entry in entries for line in entry)]


def _entry(drawing: Drawing, indent: str) -> list[str]:
    """Return a drawing as lines of YAML; what is left at its default is left out."""
    if isinstance(drawing, Zone):
        fields: list[tuple[str, Any]] = [("zone_id", drawing.zone_id), ("name", drawing.name)]
        fields += [("camera_id", drawing.camera_id), ("polygon", drawing.polygon)]
        fields += [("kind", drawing.kind if drawing.kind != "area" else None), ("serves", drawing.serves)]
    else:
        fields = [("line_id", drawing.line_id), ("name", drawing.name), ("camera_id", drawing.camera_id)]
        fields += [("start", drawing.start), ("end", drawing.end)]
        fields += [("in_from", drawing.in_from if drawing.in_from != "left" else None)]
    told: list[str] = []
    for name, value in fields:
        if name == "polygon":
            told += ["polygon:", *(f"- {_point(point)}" for point in value)]
        elif name in ("start", "end"):
            told.append(f"{name}: {_point(value)}")
        elif value is not None or name == "camera_id":
            told.append(f"{name}: {_scalar(value)}")
    return [f"{indent}{'- ' if number == 0 else '  '}{line}" for number, line in enumerate(told)]


def _point(point: Point) -> str:
    return f"[{point[0]:.10g}, {point[1]:.10g}]"


def _scalar(value: str | None) -> str:
    if value and _PLAIN.fullmatch(value) and value.lower() not in _SWITCHES:
        return value
    # JSON is YAML: its quotes keep 12:30 and # what they are
    return json.dumps(value, ensure_ascii=False)


def _is_comment(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")
