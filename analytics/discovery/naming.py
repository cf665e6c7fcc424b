"""What a file's path says: which camera, and when it began. Recorders name files in many ways; a site has one template.

A template is a path below the footage folder with these parts:

    {camera}          the camera's `folder`; as a whole path component it may span several folders
    {start:FORMAT}    part of the start time: strptime's %Y %y %m %d %j %H %M %S %f %z; may occur several times
    {ignore}          any text within a path component; as a whole component any number of folders, none included
    {ext}             the file's extension

Text only: no I/O here, and no decision about what to do with a name that says nothing.
"""

import difflib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from analytics.timebase import Instant, from_local, to_instant

Clock = Literal["utc", "local"]


@dataclass(frozen=True, slots=True)
class Preset:
    """A recorder's usual names: the template and the clock that it writes them by."""

    template: str
    clock: Clock


PRESETS = {
    "default": Preset("{camera}/{start:%Y%m%dT%H%M%SZ}.{ext}", "utc"),
    "frigate": Preset("{start:%Y-%m-%d}/{start:%H}/{camera}/{start:%M.%S}.{ext}", "utc"),
    "mediamtx": Preset("{camera}/{start:%Y-%m-%d_%H-%M-%S-%f}.{ext}", "local"),
    "blueiris": Preset("{ignore}/{camera}.{start:%Y%m%d_%H%M%S}.{ext}", "local"),
    "ffmpeg": Preset("{camera}/{start:%Y%m%dT%H%M%S%z}.{ext}", "utc"),
}
"""Templates by recorder; sources of the patterns: operations notes, section 3."""

_DIRECTIVES = {
    "Y": "[0-9]{4}",
    "y": "[0-9]{2}",
    "m": "[0-9]{2}",
    "d": "[0-9]{2}",
    "j": "[0-9]{3}",
    "H": "[0-9]{2}",
    "M": "[0-9]{2}",
    "S": "[0-9]{2}",
    "f": "[0-9]{1,6}",
    "z": "(?:Z|[+-][0-9]{2}:?[0-9]{2})",
}
_PART = re.compile(r"\{(camera|ignore|ext|start:[^{}]*)\}")
_BETWEEN = "\x1f"


@dataclass(frozen=True, slots=True)
class StartReading:
    """A start time read from a name.

    Attributes:
        instant: UTC microseconds; of a reading that occurs twice the earlier one.
        is_ambiguous: the local reading occurs twice or never.
        later: the other instant of a reading that occurs twice, else None.
    """

    instant: Instant
    is_ambiguous: bool
    later: Instant | None = None


@dataclass(frozen=True, slots=True)
class NameReading:
    """What a path says.

    Attributes:
        camera: the text at `{camera}`, or None when the template has no such part.
        start: the start time, or None when the template has none or the name states an impossible one.
        problem: why there is no start although the template has one, or None.
    """

    camera: str | None
    start: StartReading | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class NamePattern:
    """A compiled template.

    Attributes:
        template: as written.
        regex: matches whole relative paths.
        start_format: strptime format of the start parts in order, or None when there are none.
        has_offset: names carry their own UTC offset (%z).
        has_camera: names carry the camera.
    """

    template: str
    regex: re.Pattern[str]
    start_format: str | None
    has_offset: bool
    has_camera: bool

    def read(self, path: str, zone: ZoneInfo, clock: Clock) -> NameReading | None:
        """Read a path below the footage folder, with forward slashes.

        Args:
            path: the path.
            zone: the site's time zone, for a local clock.
            clock: what the recorder's clock shows; an offset in the name goes before it.

        Returns:
            What the path says, or None when it does not fit the template.
        """
        match = self.regex.fullmatch(path)
        if match is None:
            return None
        camera = match["camera"] if self.has_camera else None
        if self.start_format is None:
            return NameReading(camera, None)
        parts = [text for name, text in match.groupdict().items() if name.startswith("start")]
        try:
            reading = datetime.strptime(_BETWEEN.join(parts), self.start_format)
        except ValueError:
            return NameReading(camera, None, f"expected a date and time, the name says {' '.join(parts)!r}")
        return NameReading(camera, _start(reading, zone, clock))


@lru_cache(maxsize=64)
def compile_template(template: str) -> NamePattern:
    """Compile a template.

    Raises:
        ValueError: it has an unknown part or directive, repeats one, or its start lacks the date.
    """
    literals, fields = _split(template)
    formats = [field.removeprefix("start:") for field in fields if field.startswith("start:")]
    _check_formats(formats)
    if fields.count("camera") > 1:
        raise ValueError("expected {camera} at most once")
    pieces, starts_seen = [re.escape(literals[0])], 0
    for field, before, after in zip(fields, literals[:-1], literals[1:], strict=True):
        is_component = (before == "" or before.endswith("/")) and after.startswith("/")
        pieces.append(_field_regex(field, starts_seen, is_component))
        starts_seen += field.startswith("start:")
        pieces.append(re.escape(after[1:] if field == "ignore" and is_component else after))
    directives = _directives("".join(formats))
    return NamePattern(
        template=template,
        regex=re.compile("".join(pieces)),
        start_format=_BETWEEN.join(formats) if formats else None,
        has_offset="z" in directives,
        has_camera="camera" in fields,
    )


def _split(template: str) -> tuple[list[str], list[str]]:
    pieces = _PART.split(template)
    literals, fields = pieces[::2], pieces[1::2]
    if any("{" in literal or "}" in literal for literal in literals):
        raise ValueError(f"expected {{camera}}, {{start:...}}, {{ignore}} and {{ext}} only, got {template!r}")
    if not fields and "/" not in template:
        near = difflib.get_close_matches(template.lower(), PRESETS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"such as {PRESETS['default'].template}"
        raise ValueError(f"expected one of {', '.join(PRESETS)} or a template, got {template!r}; {hint}")
    if template.startswith("/") or not fields:
        raise ValueError(f"expected a path below the footage folder such as {PRESETS['default'].template}")
    return literals, fields


def _directives(text: str) -> list[str]:
    return [directive for directive in re.findall(r"%(.?)", text) if directive != "%"]


def _check_formats(formats: list[str]) -> None:
    directives = _directives(_BETWEEN.join(formats))
    for directive in directives:
        if directive not in _DIRECTIVES:
            raise ValueError(f"expected one of %{' %'.join(_DIRECTIVES)}, got %{directive}")
        if directives.count(directive) > 1:
            raise ValueError(f"expected %{directive} at most once")
    has_day = "j" in directives or {"m", "d"} <= set(directives)
    if formats and not (has_day and {"Y", "y"} & set(directives)):
        raise ValueError("expected the start to have year, month and day (%Y %m %d, or %Y %j)")


def _field_regex(field: str, number: int, is_component: bool) -> str:
    if field == "camera":
        return "(?P<camera>.+)" if is_component else "(?P<camera>[^/]+)"
    if field == "ignore":
        return "(?:[^/]+/)*" if is_component else "[^/]*"
    if field == "ext":
        return "[A-Za-z0-9]+"
    pieces = re.split(r"%(.)", field.removeprefix("start:"))
    inner = "".join(
        re.escape(piece) if position % 2 == 0 else _DIRECTIVES.get(piece, "%") for position, piece in enumerate(pieces)
    )
    return f"(?P<start{number}>{inner})"


def _start(reading: datetime, zone: ZoneInfo, clock: Clock) -> StartReading:
    if reading.tzinfo is not None:
        return StartReading(to_instant(reading), False)
    if clock == "utc":
        return StartReading(to_instant(reading.replace(tzinfo=UTC)), False)
    local = from_local(reading, zone)
    second = to_instant(reading.replace(tzinfo=zone, fold=1))
    return StartReading(local.instant, local.is_ambiguous, second if second > local.instant else None)
