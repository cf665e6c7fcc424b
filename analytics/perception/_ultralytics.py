"""Keep Ultralytics from downloading, installing or reporting anything behind our back."""

import os
import tempfile
from pathlib import Path


def quiet_ultralytics() -> None:
    """Set what Ultralytics reads at import time; call it before each import of the library, it costs nothing.

    It would pip-install what it misses, fetch weights and fonts, post usage events, and write its settings to the home
    folder. A setting that the user made in the environment is left alone, except for those four.
    """
    os.environ["YOLO_OFFLINE"] = "True"
    os.environ["YOLO_AUTOINSTALL"] = "False"
    os.environ.setdefault("YOLO_VERBOSE", "False")
    os.environ.setdefault("YOLO_CONFIG_DIR", str(Path(tempfile.gettempdir()) / f"crosscam-ultralytics-{os.getuid()}"))
    Path(os.environ["YOLO_CONFIG_DIR"]).mkdir(parents=True, exist_ok=True)
    from ultralytics.utils import SETTINGS

    if SETTINGS.get("sync"):
        SETTINGS.update({"sync": False})
