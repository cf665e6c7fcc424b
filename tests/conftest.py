"""What all tests share: where third-party footage lies, and how Hypothesis behaves."""

import os
from pathlib import Path

import hypothesis
import pytest

# CI must not fail by chance; a developer's machine goes on looking for new examples
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.register_profile("developer", deadline=None, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "developer")

ROOT = Path(__file__).parents[1]


def shared_folder() -> Path | None:
    """Return the folder of third-party footage, weights and truth, or None where there is none."""
    folder = Path(os.environ.get("CROSSCAM_SHARED") or ROOT.parent / "shared")
    return folder if (folder / "footage").is_dir() else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with the reason, what needs the shared folder when it is absent."""
    if shared_folder() is None:
        absent = pytest.mark.skip(reason="no shared footage: set CROSSCAM_SHARED or put it at ../shared")
        for item in items:
            if item.get_closest_marker("shared"):
                item.add_marker(absent)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the shared folder; the test is skipped where there is none."""
    folder = shared_folder()
    if folder is None:
        pytest.skip("no shared footage: set CROSSCAM_SHARED or put it at ../shared")
    return folder
