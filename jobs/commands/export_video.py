"""`crosscam export video` and `crosscam export instances`: what the cameras saw, drawn and counted frame by frame."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue
from rich.console import Console

from analytics.errors import ConfigError
from analytics.exporting.audited import record_export
from analytics.timebase import Interval, to_datetime
from jobs.options import (
    ByOption,
    LakeOption,
    NightOption,
    SiteOption,
    check_owner,
    load_site,
    open_lake,
    parse_nights,
    who,
)
from jobs.progress import counting

_UNLINKED = "nobody was linked (`crosscam link`): every tracklet counts as somebody of its own, in a colour of its own"

CameraOption = Annotated[str, typer.Option("--camera", metavar="ID", help="The camera.")]
StaffOption = Annotated[bool, typer.Option("--with-staff", help="Count staff too; they are left out otherwise.")]


def video(
    lake: LakeOption,
    footage: Annotated[
        Path, typer.Option("--footage", metavar="DIR", help="Folder of the recordings that the lake was made from.")
    ],
    camera: CameraOption,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The video, .mp4; replaced when it is whole.")],
    site: SiteOption = None,
    night: Annotated[
        str | None, typer.Option("--night", metavar="YYYY-MM-DD", help="All of this night, unless times say less.")
    ] = None,
    starts: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", help="Local time of the site: 10:00, 10:00:30 or 2026-01-05T10:00."),
    ] = None,
    ends: Annotated[str | None, typer.Option("--to", metavar="TIME", help="Up to this local time, exclusive.")] = None,
    no_blur: Annotated[
        bool, typer.Option("--no-blur", help="Leave faces as they are, for those who may see them.")
    ] = False,
    with_staff: StaffOption = False,
    by: ByOption = None,
) -> None:
    """Draw who was tracked on a camera's footage: an MP4 (H.264) that every browser plays.

    Boxes with short identities, the ways of the last 4 seconds, zones and lines with their names, and below the picture
    the local time and running figures. A person has the same colour in every camera; staff are grey. A label tells for
    a moment that somebody is new, or which camera saw them before.

    Heads are blurred beyond repair unless --no-blur is given: the upper part of every box of a person, tracked or only
    detected, and between detections. THERE IS NO FACE DETECTOR: PEOPLE WHOM THE DETECTOR MISSED ARE NOT BLURRED, nor
    are faces on posters and screens. Look at the video before you hand it on. Privacy masks of the site are black in
    any case, and what was not analysed is not shown while heads are blurred. Who drew faces goes to the audit log.

    Pictures keep the instants of the footage. A second or more without footage is a card that says from when to when.
    """
    from jobs.annotating import Wanted, period_of, usable_file, write_annotated

    opened = open_lake(lake)
    described = load_site(site, footage)
    check_owner(opened, described, site)  # another one's masks would show what its own hide
    known = sorted(each.camera_id for each in described.cameras)
    if camera not in known:
        raise ConfigError(f"expected one of {', '.join(known)}, got {camera}", field="--camera")
    nights = parse_nights([night] if night else None)
    chosen = next(iter(nights)) if nights else None
    period = period_of(described, frozenset(opened.ledger.nights()), chosen, starts, ends)
    target = usable_file(out, {".mp4": "H.264 video"})
    if no_blur:
        record_export(opened, "video", {"camera": camera, **_told(period), "is_blurred": False}, target, who(by))
    wanted = Wanted(opened, described, footage, camera, period, target, not no_blur, with_staff)
    with counting(Console(stderr=True), "seconds drawn") as tell:
        written = write_annotated(wanted, tell)
    if not written.is_linked:
        typer.echo(_UNLINKED, err=True)
    if not no_blur:
        typer.echo("heads are blurred where somebody was detected; people whom the detector missed are not", err=True)
    typer.echo(f"wrote {out}: {written.pictures} pictures", err=True)


def instances(
    lake: LakeOption,
    camera: CameraOption,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The table, .csv or .parquet.")],
    night: NightOption = None,
    with_staff: StaffOption = False,
    by: ByOption = None,
) -> None:
    """Write the tracked, new and already seen instances of each analysed frame of a camera, and their running sums.

    One row for each analysed frame in which anything was detected or tracked, by UTC instant. Of the people in a frame,
    "new" have their first frame of the night in this camera, "already_seen" had an earlier one here, and
    "already_seen_elsewhere" had an earlier one in another camera, whether new here or not. "new_so_far" counts the
    different people up to the frame, "from_elsewhere_so_far" those of them whom another camera saw first, and
    "seen_again_so_far" how often somebody came back after more than 10 s out of view. Single frames are of single
    people: unlike the other exports this one hides no small numbers, and who took it goes to the audit log.
    """
    from jobs.annotating import usable_file, write_instances

    target = usable_file(out, {".csv": "text", ".parquet": "Parquet"})
    opened, nights = open_lake(lake), parse_nights(night)
    told = sorted(opened.ledger.nights() if nights is None else nights)
    record_export(opened, "instances", {"camera": camera, "nights": [*map(str, told)]}, target, who(by))
    rows, is_linked = write_instances(opened, camera, nights, target, with_staff=with_staff)
    if not is_linked:
        typer.echo(_UNLINKED, err=True)
    typer.echo(f"wrote {out}: {rows} frames", err=True)


def _told(period: Interval) -> dict[str, JsonValue]:
    return {"from": to_datetime(period.starts_at).isoformat(), "to": to_datetime(period.ends_at).isoformat()}
