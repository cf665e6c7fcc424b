"""A simulated site on disk: footage, site.yaml, floor plan and truth, all from one order.

    footage/<camera_id>/<YYYYMMDDTHHMMSSZ>.mp4
    site.yaml, plan.png, simulation.yaml (the order)
    truth/<camera_id>.txt                       MOTChallenge, identities shared by all cameras
    truth/<table>.parquet, truth/<table>.csv    contracts of `true_movements`
    truth/boxes/<camera_id>/*.parquet           every true box, one file for each recording

The same order gives the same truth everywhere, and the same videos on one machine with one encoder.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import cv2
import yaml
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, NonNegativeInt, PositiveFloat, PositiveInt

from analytics.configfile import load
from analytics.errors import ConfigError
from analytics.fields import FrozenModel
from analytics.simulation.behaviour import simulate
from analytics.simulation.describing import PLAN_FILE, draw_plan, site_yaml, survey
from analytics.simulation.encoding import QUALITY_CRF
from analytics.simulation.filming import MakeRenderer, Progress, film_all
from analytics.simulation.footage import Shoot
from analytics.simulation.presets.choosing import premises_of
from analytics.simulation.recorder import Recorder, Reel, first_frames, reels
from analytics.simulation.studio import Look, open_studio, optics_of
from analytics.simulation.surfaces import Family, Light
from analytics.simulation.truth_files import write_truth
from analytics.sites import Site
from analytics.timebase import HOUR_US, MICROSECONDS, to_datetime, to_instant

ORDER_FILE, SITE_FILE = "simulation.yaml", "site.yaml"

_CLOCK_ERROR_S, _JITTER_S, _DROPPED_SHARE = 4.5, 0.02, 0.03


def _whole_seconds(moment: datetime) -> datetime:
    if moment.microsecond:
        raise ValueError(f"expected a whole second, got {moment.isoformat()}")
    return moment.astimezone(UTC)


class FilmOrder(FrozenModel):
    """What is simulated; the same order gives the same site."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    preset: str = "demo"
    """Which site: demo (a small shop), station, street, or random (drawn by the seed)."""

    people: NonNegativeInt = 18
    """Visitors; the preset's staff come on top."""

    minutes: PositiveFloat = 4.0
    """Length of the footage of every camera."""

    seed: NonNegativeInt = 7
    """Another number makes other people who do other things."""

    frame_rate_hz: Annotated[float, Field(gt=0, le=60)] = 10.0
    """Frames a second."""

    file_s: PositiveInt = 60
    """Length of a recording, seconds."""

    starts_at: Annotated[AwareDatetime, AfterValidator(_whole_seconds)] = datetime(2026, 1, 5, 10, tzinfo=UTC)
    """When the footage begins: a whole second, with its offset from UTC."""

    family: Family = "a"
    """Of fabrics and surfaces: "a" is what the embedded models were trained on, "b" is not."""

    light: Light = "day"
    """Outside: day, overcast or night."""

    defects: bool = False
    """What goes wrong at real sites: a fast clock (stated in site.yaml), jitter and lost frames, a recording that is
    missing, one that breaks off, and a text named like a video."""

    crf: Annotated[int, Field(ge=0, le=51)] = QUALITY_CRF
    """x264's quality; lower is better and larger."""


@dataclass(frozen=True, slots=True)
class FilmedSite:
    """What was made.

    Attributes:
        recordings: number of files with footage.
        frames: pictures in them.
        size_bytes: of all of them.
        visitors: different people that a camera saw, staff left out.
        staff: members of the staff that a camera saw.
    """

    recordings: int
    frames: int
    size_bytes: int
    visitors: int
    staff: int


def film_site(
    folder: Path, order: FilmOrder, workers: int, progress: Progress, make_renderer: MakeRenderer | None = None
) -> FilmedSite:
    """Simulate a site into a folder; go on where an earlier run with the same order was cut off.

    Args:
        folder: where to; made when there is none.
        order: what.
        workers: processes that render, >= 1.
        progress: told how many recordings are there.
        make_renderer: what draws; None: the site as it looks.

    Raises:
        ConfigError: the folder holds something else, or there is no such preset.
        ModelError: the extra `simulation` is not installed.
        ResourceError: there is no OpenGL, or a process was killed.
    """
    surveyed = survey(premises_of(order.preset, order.seed))
    _claim(folder, order)
    timeline = simulate(surveyed.premises, order.minutes * 60, order.people, order.seed)
    look = Look(order.family, order.light, order.seed, timeline.people, timeline.staff)
    recorders = _recorders(surveyed.site, order)
    starts_at = to_instant(order.starts_at)
    files = {
        camera_id: reels(camera_id, recorder, starts_at, order.minutes * 60, order.seed)
        for camera_id, recorder in recorders.items()
    }
    site = _stated(surveyed.site, recorders)
    shoot = Shoot(
        folder=folder,
        site=site,
        starts_at=starts_at,
        timeline=timeline,
        sights=surveyed.sights,
        optics=optics_of(surveyed.premises, look),
        frame_rates_hz=dict.fromkeys(recorders, order.frame_rate_hz),
        first_frame={(camera, name): n for camera, own in files.items() for name, n in first_frames(own).items()},
        seed=order.seed,
        crf=order.crf,
    )
    (folder / SITE_FILE).write_text(site_yaml(site, _note(order)), encoding="utf-8")
    (folder / PLAN_FILE).write_bytes(cv2.imencode(".png", draw_plan(surveyed.premises))[1].tobytes())
    every = [reel for own in files.values() for reel in own]
    film_all(shoot, every, make_renderer or partial(open_studio, surveyed.premises, look), workers, progress)
    for reel in every:
        # a recorder finishes a file when its last frame is there
        os.utime(shoot.video(reel), (reel.ends_at / MICROSECONDS,) * 2)
    if order.defects:
        _add_broken_files(shoot, every)
    seen = write_truth(folder, site, files, {name: each.clock_error_s for name, each in recorders.items()}, timeline)
    videos = [shoot.video(reel).stat().st_size for reel in every]
    return FilmedSite(len(every), sum(len(reel.ticks) for reel in every), sum(videos), *seen)


def _claim(folder: Path, order: FilmOrder) -> None:
    """Write down the order, or check that the folder was made by the same one."""
    path = folder / ORDER_FILE
    if path.exists():
        found = load(path, FilmOrder)
        if found != order:
            raise ConfigError("expected the same order to go on with, found another; choose another folder", path=path)
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise ConfigError(f"expected an empty or new folder, {folder} holds other things", field="OUT")
        text = yaml.safe_dump(order.model_dump(mode="json"), sort_keys=False)
        path.write_text("# Made by crosscam simulate; the same order gives the same site.\n" + text, encoding="utf-8")
    except OSError as error:
        reason = f"expected a folder that can be written to, {folder} cannot: {error.strerror or error}"
        raise ConfigError(reason, field="OUT") from error


def _recorders(site: Site, order: FilmOrder) -> Mapping[str, Recorder]:
    """Return how each camera is recorded; with defects every camera but the first has one of its own."""
    plain = Recorder(order.frame_rate_hz, order.file_s)
    flawed = (
        plain,
        Recorder(order.frame_rate_hz, order.file_s, clock_error_s=_CLOCK_ERROR_S),
        Recorder(order.frame_rate_hz, order.file_s, jitter_s=_JITTER_S, dropped_share=_DROPPED_SHARE),
        Recorder(order.frame_rate_hz, order.file_s, missing_files=(1,)),
    )
    return {
        camera.camera_id: flawed[number] if order.defects and number < len(flawed) else plain
        for number, camera in enumerate(site.cameras)
    }


def _stated(site: Site, recorders: Mapping[str, Recorder]) -> Site:
    """Return the site with the clock errors that its operator knows."""
    cameras = tuple(
        camera.model_copy(update={"clock_offset_s": recorders[camera.camera_id].clock_error_s})
        for camera in site.cameras
    )
    return site.model_copy(update={"cameras": cameras})


def _add_broken_files(shoot: Shoot, files: list[Reel]) -> None:
    """Add a recording that breaks off half-way and a text named like a video; neither has a frame that counts."""
    reel = files[0]
    for hours, content in ((1, shoot.video(reel).read_bytes()[: shoot.video(reel).stat().st_size // 2]), (2, b"none")):
        at = to_datetime(reel.starts_at + hours * HOUR_US)
        path = shoot.video(reel).with_name(f"{at:%Y%m%dT%H%M%SZ}.mp4")
        path.write_bytes(content)
        os.utime(path, (at.timestamp(),) * 2)


def _note(order: FilmOrder) -> str:
    return (
        f"A simulated site: crosscam simulate --preset {order.preset} --people {order.people} "
        f"--minutes {order.minutes:g} --seed {order.seed}"
    )
