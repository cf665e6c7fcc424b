"""What the dashboard was started with; the environment is read here only.

`crosscam dashboard` sets these variables, because Streamlit starts the app as a script and hands nothing over.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analytics.errors import ConfigError

LAKE, SITE, SETTINGS, FOOTAGE, MODELS = (
    f"CROSSCAM_DASHBOARD_{name}" for name in ("LAKE", "SITE", "SETTINGS", "FOOTAGE", "MODELS")
)


@dataclass(frozen=True, slots=True)
class Options:
    """Where everything lies.

    Attributes:
        lake: folder of the tables.
        site: site.yaml; None: cameras, zones and lines are not known, times are UTC.
        settings: settings.yaml that the lake was made with; None: defaults.
        footage: folder of the recordings; None: nothing can be played.
        models: folder of the user's own weights; None: none.
    """

    lake: str
    site: Path | None = None
    settings: Path | None = None
    footage: Path | None = None
    models: Path | None = None


def options_of(environment: Mapping[str, str] | None = None) -> Options:
    """Return the options of this process.

    Raises:
        ConfigError: the app was started without `crosscam dashboard`.
    """
    given = os.environ if environment is None else environment
    if not given.get(LAKE):
        raise ConfigError("expected a lake: start the dashboard with `crosscam dashboard --lake DIR`", field="--lake")
    site, settings, footage, models = (
        Path(given[name]) if given.get(name) else None for name in (SITE, SETTINGS, FOOTAGE, MODELS)
    )
    return Options(given[LAKE], site, settings, footage, models)
