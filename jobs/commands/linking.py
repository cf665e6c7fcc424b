"""`crosscam link`, `crosscam decide` and `crosscam train-links`: who is who, and what people say of it."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
import yaml

from analytics.audit_log import now
from analytics.errors import LakeError
from analytics.lake.lake import Lake
from analytics.lake.ownership import site_of
from analytics.linking import deciding
from analytics.sites import Site
from analytics.tables import DECISIONS
from jobs.options import (
    ByOption,
    FormatOption,
    LakeOption,
    NightOption,
    SettingsOption,
    SiteOption,
    check_owner,
    load_site_file,
    model_folder,
    open_lake,
    parse_nights,
    read_settings,
    who,
)
from jobs.output import Format, Row, write_rows

_COLUMNS = ("night", "tracklets", "identities", "links", "visitors", "lower", "upper", "false_match_percent")
_PROPOSED = """\
# Proposed from the links of one night; nothing of it is in use. Copy what you believe into site.yaml: transits as they
# are, clock_offset_s added to what the camera has there. error_s is the standard error, for you to judge by.
"""
_DECISION_COLUMNS = ("decision_id", "kind", "tracklets", "made_by", "made_at", "reason", "undone_at", "undone_by")


class OperatingPoint(StrEnum):
    """Where the tree of merges is cut."""

    STRICT = "strict"
    BALANCED = "balanced"
    WIDE = "wide"


PointOption = Annotated[
    OperatingPoint | None,
    typer.Option("--operating-point", help="strict, balanced or wide; overrides linking.operating_point."),
]
SubjectsArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="TRACKLET...", help="Tracklets, or identities: merge takes all of theirs, the others their first."
    ),
]
ReasonOption = Annotated[str | None, typer.Option("--reason", help="Why; kept with the decision.")]

decide = typer.Typer(
    no_args_is_help=True,
    help="Correct by hand who is who. Decisions are kept with who, when and why, and obeyed by every later run.",
)


def link(
    lake: LakeOption,
    site: SiteOption = None,
    settings: SettingsOption = None,
    night: NightOption = None,
    operating_point: PointOption = None,
    propose: Annotated[
        Path | None,
        typer.Option("--propose", metavar="FILE", help="Write clock offsets and transit times to accept (YAML)."),
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Decide which tracklets of all cameras are one person, and count the visitors with an interval.

    Reads what was perceived, and writes links, identity_members, identities, unique_visitors and linking_report.
    What was linked before is not linked again. Without --site the transit times and the time zone are those that the
    lake was linked with last; none, and UTC, the first time.
    """
    from analytics.linking.model import shipped
    from jobs.linking import link_night, nights_to_link, proposals_of, summary_of

    opened, chosen = open_lake(lake), read_settings(settings)
    linking = chosen.linking
    if operating_point is not None:
        linking = linking.model_copy(update={"operating_point": operating_point.value})
    described = _site(opened, site)
    nights = nights_to_link(opened, sorted(parse_nights(night) or ()) or None)
    if not nights:
        raise LakeError(f"{opened.store.location} has no night of which all was perceived: run `crosscam run` first")
    model = shipped()
    changed = [link_night(opened, described, linking, model, each) for each in nights]
    if propose is not None:
        propose.write_text(_PROPOSED + yaml.safe_dump(proposals_of(opened, nights[-1]), sort_keys=False), "utf-8")
    write_rows([summary_of(opened, each) for each in nights], _COLUMNS, form)
    if not any(changed):
        typer.echo("nothing to do: everything was done before", err=True)


def _site(lake: Lake, path: Path | None) -> Site:
    from jobs.linking import site_as_linked

    if path is None:
        return site_as_linked(lake, site_of(lake.store) or "site")
    described = load_site_file(path)
    check_owner(lake, described, path)
    return described


@decide.command("merge")
def merge(lake: LakeOption, subjects: SubjectsArgument, by: ByOption = None, reason: ReasonOption = None) -> None:
    """Say that all of these tracklets are one person."""
    _decide(lake, "merge", subjects, by, reason)


@decide.command("split")
def split(lake: LakeOption, subjects: SubjectsArgument, by: ByOption = None, reason: ReasonOption = None) -> None:
    """Say that each two of these tracklets are different people."""
    _decide(lake, "split", subjects, by, reason)


@decide.command("staff")
def staff(lake: LakeOption, subjects: SubjectsArgument, by: ByOption = None, reason: ReasonOption = None) -> None:
    """Say that these people work here: whatever is linked to them is left out of counts."""
    _decide(lake, "staff", subjects, by, reason)


@decide.command("not-person")
def not_person(lake: LakeOption, subjects: SubjectsArgument, by: ByOption = None, reason: ReasonOption = None) -> None:
    """Say that these are no people (mannequins, posters): they and what is linked to them are left out of counts."""
    _decide(lake, "not-person", subjects, by, reason)


@decide.command("undo")
def undo(
    lake: LakeOption,
    decision: Annotated[str, typer.Argument(metavar="DECISION", help="Its id, as `crosscam decide list` tells it.")],
    by: ByOption = None,
) -> None:
    """Take a decision back; the row stays, marked."""
    row = deciding.undo(open_lake(lake), decision, undone_by=who(by), undone_at=now())
    typer.echo(f"undone: {row['kind']} {decision}; run `crosscam link` to see what it changes", err=True)


@decide.command("list")
def list_decisions(lake: LakeOption, form: FormatOption = Format.TABLE) -> None:
    """List all decisions, undone ones too."""
    rows = sorted(open_lake(lake).read(DECISIONS).to_pylist(), key=lambda row: (row["made_at"], row["decision_id"]))
    write_rows([_decision(row) for row in rows], _DECISION_COLUMNS, form)


def _decision(row: dict[str, object]) -> Row:
    told = {name: None if row[name] is None else str(row[name]) for name in _DECISION_COLUMNS if name != "tracklets"}
    names = row["tracklet_ids"]
    return {**told, "tracklets": " ".join(names) if isinstance(names, list) else None}


def _decide(lake: str, kind: str, subjects: list[str], by: str | None, reason: str | None) -> None:
    made_by = who(by)
    row = deciding.decide(open_lake(lake), kind, subjects, made_by=made_by, reason=reason, made_at=now())
    typer.echo(f"decided: {kind} {row['decision_id']}; run `crosscam link` to see what it changes", err=True)


def train_links(
    out: Annotated[Path, typer.Argument(metavar="FILE", help="Where the model goes, a JSON file.")],
    portraits: Annotated[
        list[Path] | None,
        typer.Option("--portraits", metavar="DIR", help="People to take looks from; may be given again."),
    ] = None,
) -> None:
    """Learn the link model anew on simulated sites; the same version gives the same file. Ten minutes on two cores.

    The shipped one is analytics/linking/model.json, made with two packs of portraits, which our own network embeds:

    crosscam make-dataset portraits a --people 160 --cameras 8 --cameras-each 8 --seed 301

    crosscam make-dataset portraits b --people 120 --cameras 8 --cameras-each 8 --seed 302 --family b

    crosscam train-links model.json --portraits a --portraits b
    """
    from analytics.linking.training import train
    from analytics.perception.plugins import Workplace, build_embedder
    from analytics.training.pictures import embed_pictures
    from analytics.training.reid_data import open_reid_data

    pictures = []
    if portraits:
        # one thread and float32: the same vectors on every machine of one kind
        params = {"model": "crosscam-reid", "precision": "f32"}
        embedder = build_embedder("openvino_reid", params, Workplace(model_folder(None)))
        pictures = [embed_pictures(open_reid_data(folder, out.parent), embedder) for folder in portraits]
    model = train(lambda line: typer.echo(line, err=True), pictures)
    out.write_text(json.dumps(model.to_json(), sort_keys=True, separators=(",", ":")) + "\n", encoding="utf-8")
    typer.echo(f"wrote {out}", err=True)
