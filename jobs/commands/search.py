"""`crosscam search` and `crosscam audit`: who in the footage looks like this, and who asked."""

import json
import math
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from analytics.audit_log import AuditLog, now
from analytics.errors import ConfigError, LakeError
from analytics.lake.lake import Lake
from analytics.timebase import to_datetime
from jobs.options import (
    ByOption,
    FormatOption,
    LakeOption,
    ModelsOption,
    NightOption,
    SettingsOption,
    SiteOption,
    load_site_file,
    model_folder,
    open_lake,
    parse_instant,
    parse_nights,
    read_settings,
    who,
)
from jobs.output import Format, Row, Value, write_json, write_rows

if TYPE_CHECKING:
    from pydantic import JsonValue

    from analytics.geometry import FloatArray
    from analytics.search.forensic import Example
    from analytics.search.gallery import SearchGallery
    from analytics.search.presence import Presence
    from analytics.search.search import Answer

audit = typer.Typer(no_args_is_help=True, help="Who searched and for what: the audit log, and whether it is whole.")

PicturesArgument = Annotated[
    list[Path] | None,
    typer.Argument(metavar="PICTURE...", help="Pictures of one person: crops, or frames with the person in them."),
]
LikeOption = Annotated[
    str | None, typer.Option("--like", metavar="TRACKLET", help="Instead of pictures: a tracklet of the lake.")
]
PurposeOption = Annotated[str, typer.Option("--purpose", help="Why you search; needed, and kept in the audit log.")]
CaseOption = Annotated[str | None, typer.Option("--case", help="Reference of the case; kept too.")]
PersonOption = Annotated[
    int | None, typer.Option("--person", min=1, help="Which person of the picture, the tallest is 1.")
]
BoxOption = Annotated[
    str | None, typer.Option("--box", metavar="X1,Y1,X2,Y2", help="Where the person is in the picture, px.")
]
CameraOption = Annotated[list[str] | None, typer.Option("--camera", help="Only this camera; may be given again.")]
SinceOption = Annotated[
    str | None, typer.Option("--from", metavar="TIME", help="Seen at or after: 2026-01-05T10:00, the site's time.")
]
UntilOption = Annotated[str | None, typer.Option("--to", metavar="TIME", help="Seen before this time.")]
TopOption = Annotated[int, typer.Option("--top", min=1, max=200, help="Hits shown at most.")]
CropsOption = Annotated[
    Path | None, typer.Option("--crops", metavar="DIR", help="Write a picture of each sighting there.")
]

_SHOWN = ("hit", "identity", "probability", "likeness", "camera", "from", "to", "tracklet")
_COLUMNS = ("hit", "identity_id", "probability", "likeness", "camera_id", "starts_at", "ends_at", "tracklet_id")


def search(
    lake: LakeOption,
    pictures: PicturesArgument = None,
    like: LikeOption = None,
    purpose: PurposeOption = "",
    case: CaseOption = None,
    by: ByOption = None,
    person: PersonOption = None,
    box: BoxOption = None,
    camera: CameraOption = None,
    night: NightOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    top: TopOption = 10,
    crops: CropsOption = None,
    site: SiteOption = None,
    settings: SettingsOption = None,
    models: ModelsOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Find who in the footage looks like the person in a picture, and tell whether anybody does.

    Hits are identities, the most alike first, with all their sightings. The verdict's probability is for somebody who
    is as likely in the footage as not, and is learned from the site's own identities. Nobody is recognised: clothes and
    build are compared, so it ends with the day. Give the settings that the lake was made with. Every search goes to the
    audit log before its answer is shown. Times are the site's with --site, else UTC; JSON and CSV have UTC.
    """
    from analytics.search.forensic import Request, coverage_of, open_gallery, search_logged
    from analytics.search.presence import learn_presence
    from analytics.search.search import Filters

    opened = open_lake(lake)
    zone = load_site_file(site).zone_info if site else ZoneInfo("UTC")
    nights = sorted(parse_nights(night) or ()) or None
    _check_asked(bool(pictures), bool(like), purpose)
    filters = Filters(
        frozenset(camera) if camera else None,
        parse_instant(since, zone, "--from"),
        parse_instant(until, zone, "--to"),
    )
    request = Request(purpose, who(by), case, filters, top)
    examples = _examples(pictures or [], person, box)
    gallery = open_gallery(opened, nights)
    presence = learn_presence(gallery)
    query, facts, own = _query(gallery, like, examples, settings, models)
    answer = search_logged(opened, gallery, query, presence, request, facts, now(), own)
    covered = coverage_of(opened, nights, filters)
    if crops is not None:
        _write_crops(opened, gallery, answer, crops)
    _show(answer, presence, covered, zone, form, "Elsewhere in this footage" if like else "In this footage")


@audit.command("list")
def audit_list(lake: LakeOption, form: FormatOption = Format.TABLE) -> None:
    """List who did what, the oldest first. Times are UTC."""
    entries = AuditLog(open_lake(lake).store).entries()
    rows: list[Row] = [
        {
            "number": entry.number,
            "at": to_datetime(entry.at).isoformat(timespec="seconds"),
            "by": entry.by,
            "action": entry.action,
            "facts": json.dumps(entry.facts, ensure_ascii=False),
            "digest": entry.digest,
        }
        for entry in entries
    ]
    columns = ("number", "at", "by", "action", "facts", "digest")
    write_rows(rows, columns if form is not Format.TABLE else columns[:-1], form)


@audit.command("verify")
def audit_verify(
    lake: LakeOption,
    noted: Annotated[
        str | None, typer.Option("--noted", metavar="DIGEST", help="Digest of an entry that you noted elsewhere.")
    ] = None,
) -> None:
    """Tell whether an entry was edited, removed or reordered; exit code 1 when one was.

    Whoever may write the lake could write the whole log anew: note the newest digest elsewhere from time to time.
    """
    log = AuditLog(open_lake(lake).store)
    problems = log.verify(noted)
    if problems:
        raise LakeError("the audit log is not whole: " + "; ".join(problems))
    entries = log.entries()
    newest = f", the newest is {entries[-1].digest}" if entries else ""
    typer.echo(f"the audit log is whole: {len(entries)} entries{newest}")


def _query(
    gallery: "SearchGallery",
    like: str | None,
    examples: "tuple[Example, ...]",
    settings: Path | None,
    models: Path | None,
) -> "tuple[FloatArray, dict[str, JsonValue], frozenset[int]]":
    """Return whom to look for, what the log keeps of that, and the rows that are not to be found."""
    from analytics.search.forensic import picture_facts, query_by_pictures, rows_like

    if like:
        query, own = rows_like(gallery, like)
        return query, {"like": like}, own
    query = query_by_pictures(gallery, examples, read_settings(settings).perception, model_folder(models))
    return query, picture_facts(examples), frozenset()


def _check_asked(has_pictures: bool, has_tracklet: bool, purpose: str) -> None:
    if has_pictures == has_tracklet:
        raise ConfigError("expected pictures, or --like with a tracklet, and not both", field="PICTURE")
    if not purpose.strip():
        raise ConfigError("expected why you search, for the audit log; say it with --purpose", field="--purpose")


def _examples(pictures: Sequence[Path], person: int | None, box: str | None) -> "tuple[Example, ...]":
    from analytics.search.forensic import Example
    from analytics.search.pictures import read_bytes

    if len(pictures) > 1 and (person is not None or box is not None):
        raise ConfigError("expected one picture with --person or --box: cut the others out first", field="PICTURE")
    return tuple(Example(path.name, read_bytes(path), _box(box), person) for path in pictures)


def _box(text: str | None) -> tuple[float, float, float, float] | None:
    if text is None:
        return None
    try:
        left, top, right, bottom = map(float, text.split(","))
    except ValueError as error:
        raise ConfigError(f"expected four numbers such as 10,20,60,180, got {text!r}", field="--box") from error
    return left, top, right, bottom


def _show(
    answer: "Answer", presence: "Presence | None", covered: float | None, zone: ZoneInfo, form: Format, where: str
) -> None:
    rows = _rows(answer)
    if form is Format.CSV:
        write_rows(rows, _COLUMNS, form)
        return
    if form is Format.JSON:
        write_json(
            {
                "verdict": answer.verdict,
                "probability": answer.probability,
                "coverage": covered,
                "searched_tracklets": answer.searched,
                "tracklets_without_picture": answer.without_vector,
                "learned_from": None if presence is None else {"there": presence.present, "not": presence.absent},
                "hits": [
                    {
                        "identity_id": hit.identity_id,
                        "likeness": hit.likeness,
                        "probability": hit.probability,
                        "sightings": [row for row in rows if row["hit"] == number],
                    }
                    for number, hit in enumerate(answer.hits, start=1)
                ],
            }
        )
        return
    typer.echo(f"{where}: {_verdict(answer, presence, covered)}")
    shown: list[Row] = [
        {
            "hit": row["hit"],
            "identity": row["identity_id"],
            "probability": _share(row["probability"]),
            "likeness": _share(row["likeness"]),
            "camera": row["camera_id"],
            "from": _local(row["starts_at"], zone),
            "to": _local(row["ends_at"], zone),
            "tracklet": row["tracklet_id"],
        }
        for row in rows
    ]
    write_rows(shown, _SHOWN, form, f"Hits, times in {zone.key}")


def _rows(answer: "Answer") -> list[Row]:
    return [
        {
            "hit": number,
            "identity_id": hit.identity_id,
            "probability": hit.probability,
            "likeness": None if math.isnan(sighting.likeness) else sighting.likeness,
            "camera_id": sighting.camera_id,
            "starts_at": to_datetime(sighting.starts_at).isoformat(),
            "ends_at": to_datetime(sighting.ends_at).isoformat(),
            "tracklet_id": sighting.tracklet_id,
        }
        for number, hit in enumerate(answer.hits, start=1)
        for sighting in hit.sightings
    ]


def _verdict(answer: "Answer", presence: "Presence | None", covered: float | None) -> str:
    parts: list[str] = [answer.verdict]
    if answer.probability is not None:
        parts.append(f"(probability {answer.probability:.2f}, for somebody who is as likely there as not)")
    elif presence is None:
        parts.append("(too few people were seen by several cameras to learn what a likeness is worth here)")
    where = f"{answer.searched} tracklets compared"
    if answer.without_vector:
        where += f", {answer.without_vector} have no picture"
    where += "; coverage not known" if covered is None else f"; {covered:.0%} of the expected footage was analysed"
    return " ".join(parts) + f"\n{where}"


def _share(value: Value) -> str | None:
    return f"{value:.2f}" if isinstance(value, float) else None


def _local(text: Value, zone: ZoneInfo) -> str:
    return datetime.fromisoformat(str(text)).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def _write_crops(lake: Lake, gallery: "SearchGallery", answer: "Answer", folder: Path) -> None:
    from analytics.search.forensic import best_crops

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"the folder cannot be made: {error.strerror}", path=folder, field="--crops") from error
    places = {
        sighting.tracklet_id: f"{number:03d}_{sighting.camera_id}_{sighting.tracklet_id}.jpg"
        for number, hit in enumerate(answer.hits, start=1)
        for sighting in hit.sightings
    }
    for tracklet_id, jpeg in best_crops(lake, gallery, list(places)).items():
        (folder / places[tracklet_id]).write_bytes(jpeg)
