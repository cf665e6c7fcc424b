"""Who took rows or faces of single people out of a lake: an entry in the audit log before anything is written."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

from analytics.audit_log import AuditLog, now
from analytics.errors import ConfigError
from analytics.lake.lake import Lake

ACTION = "export"


def record_export(lake: Lake, what: str, facts: Mapping[str, JsonValue], out: Path, by: str) -> None:
    """Write down an export of single people; an export that fails after it stands in the log too.

    Args:
        lake: whose log it is.
        what: tables, journeys, instances or video.
        facts: which tables or camera, which nights or period.
        out: where it goes.
        by: who exports.

    Raises:
        ConfigError: nobody is named.
        LakeError: the log cannot be written; the export must not be written either.
    """
    if not by.strip():
        raise ConfigError("expected who exports, for the audit log, got nothing", field="--by")
    told: dict[str, JsonValue] = {"what": what, **facts, "out": str(out.resolve())}
    AuditLog(lake.store).record(at=now(), by=by, action=ACTION, facts=told)
