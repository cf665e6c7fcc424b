"""`crosscam dashboard`: start the dashboard, which is a program of its own."""

import ipaddress
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from analytics.errors import ConfigError, CrosscamError
from jobs.options import (
    LakeOption,
    ModelsOption,
    SettingsOption,
    SiteOption,
    check_owner,
    load_site_file,
    open_lake,
    read_settings,
)


def dashboard(
    lake: LakeOption,
    site: SiteOption = None,
    settings: SettingsOption = None,
    footage: Annotated[
        Path | None, typer.Option("--footage", metavar="DIR", help="The recordings, to play clips from.")
    ] = None,
    models: ModelsOption = None,
    address: Annotated[str, typer.Option("--address", help="Where it listens.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="On which port.")] = 8501,
    open_browser: Annotated[bool, typer.Option("--open", help="Open a browser on this machine.")] = False,
) -> None:
    """Show a lake in the browser: counts, zones, journeys, heatmaps, search.

    Listens on this machine alone. Whoever reaches the port sees everything: put a proxy with a login before it
    rather than another address. Stop it with Ctrl-C.
    """
    opened = open_lake(lake)
    if site is not None:
        check_owner(opened, load_site_file(site), site)
    read_settings(settings)
    if footage is not None and not footage.is_dir():
        raise ConfigError(f"expected a folder of recordings, {footage} is none", field="--footage")
    if not _is_loopback(address):
        raise ConfigError(
            f"expected an address of this machine such as 127.0.0.1, got {address}: the dashboard knows no users yet, "
            "so let a proxy with a login stand before it",
            field="--address",
        )
    given = {"LAKE": lake, "SITE": site, "SETTINGS": settings, "FOOTAGE": footage, "MODELS": models}
    told = {
        f"CROSSCAM_DASHBOARD_{name}": _absolute(value) if isinstance(value, Path) else value
        for name, value in given.items()
        if value is not None
    }
    found = find_spec("dashboard")
    if found is None or not found.submodule_search_locations:
        raise CrosscamError("the dashboard is not installed beside this command: install crosscam again")
    app = Path(found.submodule_search_locations[0]) / "app.py"
    command = [sys.executable, "-m", "streamlit", "run", str(app), *_flags(address, port, open_browser)]
    typer.echo(f"http://{address}:{port}   stop it with Ctrl-C", err=True)
    done = subprocess.run(command, check=False, env={**os.environ, **told, "PYTHONPATH": str(app.parents[1])})
    if done.returncode not in (0, 130, -2):
        raise CrosscamError(f"the dashboard ended with {done.returncode}: see above")


def _flags(address: str, port: int, open_browser: bool) -> list[str]:
    chosen = {
        "server.address": address,
        "server.port": port,
        "server.headless": str(not open_browser).lower(),
        "server.maxUploadSize": 50,
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
        "client.showErrorDetails": "none",
        "client.toolbarMode": "minimal",
        # the charts' blues; one colour for both would take the dark theme away
        "theme.light.primaryColor": "#0072b2",
        "theme.dark.primaryColor": "#56b4e9",
    }
    return [f"--{name}={value}" for name, value in chosen.items()]


def _is_loopback(address: str) -> bool:
    try:
        return address == "localhost" or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _absolute(path: Path) -> str:
    return str(path.resolve())
