"""Write a person's decisions into the lake, where every later linking finds them; each is in the audit log first."""

from collections.abc import Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import JsonValue

from analytics.audit_log import AuditLog
from analytics.contracts import INSTANT
from analytics.errors import ConfigError
from analytics.lake.lake import Lake
from analytics.lake.ownership import site_of
from analytics.linking.decisions import check_decisions, decision_id
from analytics.tables import DECISIONS, IDENTITIES, IDENTITY_MEMBERS, TRACKLETS

STAGE = "decide"
UNDO = "undo-decision"
"""Beside `STAGE`, the actions that the audit log names."""


def decide(
    lake: Lake, kind: str, subjects: Sequence[str], *, made_by: str, reason: str | None, made_at: int
) -> dict[str, object]:
    """Write one decision.

    Args:
        lake: the lake.
        kind: merge, split, staff or not-person.
        subjects: tracklets; an identity stands for all of its tracklets in a merge, which would tear it apart if it
            took one away, and for its first one otherwise.
        made_by: who decides.
        reason: why.
        made_at: UTC instant, microseconds.

    Returns:
        The row.

    Raises:
        ConfigError: too few subjects, an unknown one, or it contradicts what was decided before; nothing is written.
        LakeError: the audit log or the decision cannot be written.
    """
    least = 2 if kind in ("merge", "split") else 1
    found = [_tracklets(lake, subject) for subject in subjects]
    if len({own[0] for own in found}) < least:
        raise ConfigError(f"expected at least {least} different tracklets, got {len(set(subjects))}", field=kind)
    named = [pair for own in found for pair in (own if kind == "merge" else own[:1])]
    tracklets = [name for name, _ in dict.fromkeys(named)]
    if not made_by.strip():
        raise ConfigError("expected who decides, got nothing", field="--by")
    night = min(night for _, night in named)
    row = {
        "site_id": site_of(lake.store) or "site",
        "night": night,
        "decision_id": decision_id(kind, tracklets, made_by, made_at),
        "kind": kind,
        "tracklet_ids": tracklets,
        "made_by": made_by,
        "made_at": made_at,
        "reason": reason,
        "undone_at": None,
        "undone_by": None,
    }
    table = _as_table(row)
    check_decisions(pa.concat_tables([lake.read(DECISIONS), table]))
    facts: dict[str, JsonValue] = {
        "decision": str(row["decision_id"]),
        "kind": kind,
        "tracklets": list(tracklets),
        "reason": reason,
        "night": night.isoformat(),
    }
    AuditLog(lake.store).record(at=made_at, by=made_by, action=STAGE, facts=facts)
    _write(lake, night, str(row["decision_id"]), table)
    return row


def undo(lake: Lake, wanted: str, *, undone_by: str, undone_at: int) -> dict[str, object]:
    """Mark a decision as undone; the row stays.

    Raises:
        ConfigError: there is none of that id, it is undone already, or nobody is named who undoes it.
        LakeError: the audit log or the decision cannot be written.
    """
    rows = [row for row in lake.read(DECISIONS).to_pylist() if row["decision_id"] == wanted]
    if not rows:
        raise ConfigError(
            f"expected the id of a decision, got {wanted!r}; `crosscam decide list` has them", field="undo"
        )
    row = rows[0]
    if not undone_by.strip():
        raise ConfigError("expected who undoes it, got nothing", field="--by")
    if row["undone_at"] is not None:
        raise ConfigError(f"{wanted} was undone already, by {row['undone_by']}", field="undo")
    facts: dict[str, JsonValue] = {"decision": wanted, "kind": row["kind"], "night": row["night"].isoformat()}
    AuditLog(lake.store).record(at=undone_at, by=undone_by, action=UNDO, facts=facts)
    changed = {**row, "undone_at": undone_at, "undone_by": undone_by}
    _write(lake, row["night"], wanted, _as_table(changed))
    return changed


def _tracklets(lake: Lake, subject: str) -> list[tuple[str, date]]:
    """Return a tracklet with its night, or all those of an identity in order of time."""
    known = lake.read(TRACKLETS, columns=["tracklet_id", "night", "starts_at"])
    own = known.filter(pc.equal(known["tracklet_id"], subject))
    if not own.num_rows:
        members = lake.read(IDENTITY_MEMBERS, columns=["tracklet_id", "identity_id"])
        members = members.filter(pc.equal(members["identity_id"], subject))
        own = known.filter(pc.is_in(known["tracklet_id"], value_set=members["tracklet_id"].combine_chunks()))
    if not own.num_rows:
        raise ConfigError(
            f"expected a tracklet or an identity of the lake, got {subject!r}: {IDENTITIES.name} and "
            f"{TRACKLETS.name} have their ids",
            field="decide",
        )
    by_time = sorted(own.to_pylist(), key=lambda row: (row["starts_at"], row["tracklet_id"]))
    return [(row["tracklet_id"], row["night"]) for row in by_time]


def _as_table(row: dict[str, object]) -> pa.Table:
    instants = {
        name: pa.array([value], pa.int64()).cast(INSTANT)[0].as_py() if isinstance(value, int) else value
        for name, value in row.items()
        if name.endswith("_at")
    }
    return DECISIONS.from_rows([{**row, **instants}])


def _write(lake: Lake, night: date, key: str, table: pa.Table) -> None:
    lake.write_item(stage=STAGE, night=night, camera_id=None, item_id=key, key=key, tables=[(DECISIONS, table)])
    lake.ledger.publish(night, STAGE, [entry.key for entry in lake.ledger.entries(night, STAGE)])
