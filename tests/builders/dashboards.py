"""Lakes that the dashboard is tried on, and its pages as Streamlit's tests run them."""

from pathlib import Path

import pytest
import yaml
from streamlit.testing.v1 import AppTest

import dashboard
from analytics.settings import Settings
from analytics.sites import Camera, Site
from jobs.summarising import summarise_night
from tests.builders.linked import NIGHT, LinkedLake, write_linked_lake

FOLDER = Path(dashboard.__file__).parent
PAGES = tuple(sorted(path.stem for path in (FOLDER / "views").glob("*.py") if path.stem != "__init__"))
LINKS = (
    ("gate0-0", "gate1-0", 0.9, "accepted"),
    ("gate1-0", "gate2-0", 0.8, "accepted"),
    ("gate0-1", "gate1-0", 0.3, "below"),
)


def write_seen_lake(folder: Path) -> LinkedLake:
    """Write a night of three people who go through three cameras, linked and summed up, and its `site.yaml`."""
    lake = write_linked_lake(folder, people=3, links=LINKS, visitors={"site": (3.0, 2.0, 4.0)})
    site = Site(site_id="site", cameras=tuple(Camera(camera_id=name) for name in lake.cameras))
    summarise_night(lake.lake, site, Settings(), NIGHT)
    told = {"site_id": "site", "cameras": [{"camera_id": name} for name in lake.cameras]}
    (folder / "site.yaml").write_text(yaml.safe_dump(told), encoding="utf-8")
    return lake


def page(
    name: str,
    lake: str,
    monkeypatch: pytest.MonkeyPatch,
    *,
    site: Path | None = None,
    query: dict[str, str] | None = None,
) -> AppTest:
    """Return a page as it is when somebody opens it, with this in its URL."""
    monkeypatch.setenv("CROSSCAM_DASHBOARD_LAKE", lake)
    if site is not None:
        monkeypatch.setenv("CROSSCAM_DASHBOARD_SITE", str(site))
    app = AppTest.from_file(FOLDER / "app.py", default_timeout=60)
    for key, value in (query or {}).items():
        app.query_params[key] = value
    return app.switch_page(f"views/{name}.py").run()


def words(app: AppTest) -> str:
    """Return everything that a page says, one line each."""
    kinds = (
        app.title,
        app.subheader,
        app.markdown,
        app.caption,
        app.info,
        app.success,
        app.warning,
        app.error,
        app.code,
    )
    told = [str(element.value) for kind in kinds for element in kind]
    return "\n".join(told + [f"{each.label}: {each.value}" for each in app.metric])
