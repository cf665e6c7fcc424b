"""The folder that an export goes to: checked before any work, and files that are there whole or not at all."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from analytics.errors import ConfigError

_STAGING = ".crosscam-export-"


def check_writable(folder: Path) -> None:
    """Make the folder, and try whether files can be written to it.

    Raises:
        ConfigError: it is a file, or cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=_STAGING) as tried:
            tried.write(b" ")
    except OSError as error:
        raise _unwritable(folder, error) from error


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """Give a folder to write to for the time of the block; its files then move to `folder`, replacing those there.

    When the block fails, nothing of it is left and nothing in the folder has changed.

    Raises:
        ConfigError: the folder cannot be written to, or the disk is full.
    """
    check_writable(folder)
    staging = Path(tempfile.mkdtemp(dir=folder, prefix=_STAGING))
    try:
        yield staging
        for path in sorted(staging.iterdir()):
            path.replace(folder / path.name)
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _unwritable(folder: Path, error: OSError) -> ConfigError:
    reason = f"expected a folder that can be written to, {folder} is none: {error.strerror or error}"
    return ConfigError(f"{reason}; choose another one", field="--out")
