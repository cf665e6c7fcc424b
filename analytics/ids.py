"""Deterministic ids: the same footage gives the same ids on every run, on every machine."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from analytics.timebase import Instant


def digest(parts: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a mapping of JSON values, independent of the order of its keys."""
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def recording_id(site_id: str, camera_id: str, content_key: str, starts_at: Instant | None) -> str:
    """Return the id of a recording: 16 hexadecimal digits of its site, camera, content and start.

    The file's name is left out, so that a renamed file stays the same recording. An unparsed file has no
    start; its path stands in for `content_key`.
    """
    return digest({"site": site_id, "camera": camera_id, "content": content_key, "starts_at": starts_at})[:16]


def segment_id(recording: str, starts_at: Instant, recording_starts_at: Instant) -> str:
    """Return the id of a segment: its recording and its start within it, in microseconds."""
    return f"{recording}-{starts_at - recording_starts_at:012d}"


def tracklet_id(segment: str, number: int) -> str:
    """Return the id of a tracklet: its segment and its number in order of first appearance, from 0."""
    return f"{segment}-{number:05d}"
