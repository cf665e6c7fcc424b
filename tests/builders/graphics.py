"""An OpenGL context for tests that draw, or a skip that says why there is none."""

from typing import TYPE_CHECKING

import pytest

from analytics.errors import ResourceError
from analytics.simulation.graphics import open_context

if TYPE_CHECKING:
    import moderngl


def context_or_skip() -> "moderngl.Context":
    """Open a context; without the extra or without EGL the test is skipped."""
    try:
        return open_context()
    except ResourceError as error:
        pytest.skip(str(error))
