"""One picture a camera, as `crosscam check --preview` writes them: are masks, zones and lines where they belong?"""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from analytics.discovery.discover import sources
from analytics.errors import ConfigError, RecordingError
from analytics.perception.preview import preview
from analytics.sites import Site

OPTION = "--preview"
_TRIED = 5
"""Recordings of a camera that are tried before it is given up."""


def usable_folder(folder: Path) -> Path:
    """Make the folder if it is not there, and try to write to it.

    Raises:
        ConfigError: it cannot be made or written to.
    """
    trial = folder / ".crosscam-preview"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        trial.touch()
        trial.unlink()
    except OSError as error:
        raise _unwritable(folder, error) from error
    return folder


def write_previews(folder: Path, footage: Path, site: Site, recordings: pa.Table) -> Iterator[str]:
    """Write `<camera_id>.jpg` of each camera, from its first recording that has a picture; yield a line about each.

    Args:
        folder: where to, as `usable_folder` returned it.
        footage: the footage folder.
        site: cameras and what is drawn on their pictures.
        recordings: the recordings table.

    Raises:
        ConfigError: the folder cannot be written to any more.
    """
    usable = sources(recordings)
    for camera in site.cameras:
        paths = [source.path for source in usable if source.camera_id == camera.camera_id]
        yield f"camera {camera.camera_id}: {_write(folder / f'{camera.camera_id}.jpg', footage, site, paths[:_TRIED])}"


def _write(target: Path, footage: Path, site: Site, paths: list[str]) -> str:
    failure = "it has no recording that can be used"
    for path in paths:
        try:
            jpeg = preview(footage / path, site, target.stem)
        except RecordingError as error:
            failure = f"{path} {error.reason}"
            continue
        try:
            target.write_bytes(jpeg)
        except OSError as error:
            raise _unwritable(target.parent, error) from error
        return f"picture {target} of {path}"
    return f"no picture: {failure}"


def _unwritable(folder: Path, error: OSError) -> ConfigError:
    reason = f"expected a folder that can be written to, {folder} cannot: {error.strerror or error}"
    return ConfigError(reason, field=OPTION)
