"""What a file claims by sidecar, name and folder."""

import json
import re
from datetime import datetime
from pathlib import Path

import pytest

from analytics.discovery.claims import Claim, claim, container_start
from analytics.discovery.listing import list_footage
from analytics.sites import Camera, FootageNames, Site
from analytics.timebase import to_instant

SITE = Site(
    site_id="s",
    cameras=(
        Camera(camera_id="hall", clock_offset_s=2.5),
        Camera(camera_id="pets-cam1", folder="pets/cam1"),
        Camera(camera_id="pets", folder="pets"),
    ),
)


def claimed(footage: Path, path: str, site: Site = SITE, sidecar: str | None = None) -> Claim:
    """Return the claim of an empty file at a path, with its sidecar."""
    (footage / path).parent.mkdir(parents=True, exist_ok=True)
    (footage / path).touch()
    if sidecar is not None:
        (footage / f"{path}.json").write_text(sidecar)
    (found,) = [entry for entry in list_footage(footage) if entry.path == path]
    return claim(found, site)


def at(text: str) -> int:
    return to_instant(datetime.fromisoformat(text))


def test_the_name_gives_camera_and_start_and_the_clock_offset_is_taken_off(tmp_path: Path) -> None:
    """A camera that runs 2.5 s ahead stamped what happened 2.5 s earlier."""
    made = claimed(tmp_path, "hall/20260105T090000Z.mp4")
    assert made.camera is SITE.camera("hall")
    assert made.start is not None
    assert (made.start.source, made.start.instant) == ("name", at("2026-01-05T08:59:57.5+00:00"))
    assert made.obstacle is None


@pytest.mark.parametrize(
    ("path", "camera_id"),
    [
        ("pets/cam1/20260105T090000Z.mp4", "pets-cam1"),
        ("pets/cam1/2026/01/05/clip.mp4", "pets-cam1"),
        ("pets/cam2/20260105T090000Z.mp4", "pets"),
        ("pets-cam1/20260105T090000Z.mp4", "pets-cam1"),
        ("hall/clip.mp4", "hall"),
    ],
)
def test_the_nearest_folder_of_a_camera_above_a_file_decides(tmp_path: Path, path: str, camera_id: str) -> None:
    """Whether or not the name fits the template; the template's {camera} may also be the id."""
    made = claimed(tmp_path, path)
    assert made.camera is not None
    assert made.camera.camera_id == camera_id


@pytest.mark.parametrize("path", ["hal/20260105T090000Z.mp4", "hal/clip.mp4", "petscam1/20260105T090000Z.mp4"])
def test_an_unknown_camera_is_told_with_the_nearest(tmp_path: Path, path: str) -> None:
    """A typo in a folder's name is found at once."""
    made = claimed(tmp_path, path)
    assert made.camera is None
    assert "did you mean" in (made.obstacle or "")


def test_a_camera_of_the_footage_folder_itself_takes_what_no_other_has(tmp_path: Path) -> None:
    """Folder "." is above everything."""
    site = Site(site_id="s", cameras=(Camera(camera_id="a", folder="."), Camera(camera_id="b")))
    cameras = [claimed(tmp_path, path, site).camera for path in ("x.mp4", "c/x.mp4", "b/x.mp4")]
    assert [camera and camera.camera_id for camera in cameras] == ["a", "a", "b"]


def test_a_sidecar_goes_before_the_name_and_knows_true_time(tmp_path: Path) -> None:
    """Its offset from UTC is used, the camera's clock offset is not."""
    sidecar = json.dumps({"starts_at": "2026-01-05T12:00:00.250+01:00", "more": [1, 2]})
    made = claimed(tmp_path, "hall/20260105T090000Z.mp4", sidecar=sidecar)
    assert made.start is not None
    assert (made.start.source, made.start.instant) == ("sidecar", at("2026-01-05T11:00:00.25+00:00"))
    assert made.notes == ()


@pytest.mark.parametrize(
    "sidecar",
    [
        "",
        "[]",
        "7",
        "{}",
        '{"starts_at": null}',
        '{"starts_at": 1767603600}',
        '{"starts_at": "yesterday"}',
        '{"starts_at": "2026-01-05T12:00:00"}',
        '{"starts_at": "0001-01-01T00:00:00+14:00"}',
        '{"starts_at": "9999-12-31T23:59:59-14:00"}',
        '{"starts_at": "\\ud800"}',
        "[" * 100_000,
        '{"starts_at": "2026-01-05T12:00:00Z", "pad": "' + "x" * 1_000_001 + '"}',
    ],
)
def test_a_broken_sidecar_is_told_and_the_name_is_used(tmp_path: Path, sidecar: str) -> None:
    """Nothing is guessed from half a sidecar, and nothing is silent."""
    made = claimed(tmp_path, "hall/20260105T090000Z.mp4", sidecar=sidecar)
    assert made.start is not None
    assert made.start.source == "name"
    (note,) = made.notes
    assert "sidecar 20260105T090000Z.mp4.json is not used" in note
    assert not re.search(r"Error|datetime\.|\bNone\b|<class", note)


def test_a_sidecar_without_an_offset_says_so(tmp_path: Path) -> None:
    """The commonest slip is named, with an example of what is expected."""
    made = claimed(tmp_path, "hall/clip.mp4", sidecar='{"starts_at": "2026-01-05T12:00:00"}')
    assert made.start is None
    assert made.notes == (
        "sidecar clip.mp4.json is not used: its starts_at has no offset from UTC; "
        'expected {"starts_at": "2026-01-05T09:00:00+01:00"}',
    )


def test_names_before_1990_are_told(tmp_path: Path) -> None:
    """A clock that was never set says 1980."""
    made = claimed(tmp_path, "hall/19800101T000000Z.mp4")
    assert made.start is None
    assert "before 1990" in " ".join(made.notes)


def test_the_container_is_the_last_resort_and_needs_a_sane_clock() -> None:
    """Its clock is the camera's, so the offset is taken off."""
    camera = SITE.camera("hall")
    start = container_start(at("2026-01-05T09:00:00+00:00"), camera)
    assert start is not None
    assert (start.source, start.instant) == ("container", at("2026-01-05T08:59:57.5+00:00"))
    assert container_start(None, camera) is None
    assert container_start(at("2150-01-01T00:00:00+00:00"), camera) is None


def test_a_local_clock_in_a_repeated_hour_shifts_both_instants(tmp_path: Path) -> None:
    """The clock offset is taken off either."""
    site = SITE.model_copy(update={"timezone": "Europe/Berlin", "footage": FootageNames(template="mediamtx")})
    made = claimed(tmp_path, "hall/2026-10-25_02-30-00-000000.mp4", site)
    assert made.start is not None
    assert made.start.is_ambiguous
    assert made.start.instant == at("2026-10-25T00:29:57.5+00:00")
    assert made.start.later == at("2026-10-25T01:29:57.5+00:00")
