"""The README says what is true: its commands exist, its tables are contracts, its configuration is the default."""

import re
from pathlib import Path

import pytest
import typer

from analytics import marts, tables
from analytics.configfile import load, load_settings
from analytics.discovery.naming import PRESETS
from analytics.perception import plugins
from analytics.settings import Settings
from analytics.sites import Site
from jobs.cli import app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
BLOCKS = "\n".join(re.findall(r"^```\n(.*?)^```", README, re.MULTILINE | re.DOTALL))
COMMANDS = re.findall(r"^crosscam ([^#\n]+)", BLOCKS, re.MULTILINE) + re.findall(r"`crosscam ([^`]+)`", README)


def test_there_are_commands_to_check() -> None:
    """The pattern finds the README's commands at all."""
    assert len(COMMANDS) >= 10


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_exists_with_its_options(command: str) -> None:
    """Every word that is a command is one, and every option that follows is one of its own."""
    group = typer.main.get_command(app)
    words = command.split()
    while words and hasattr(group, "commands") and words[0] in group.commands:
        group = group.commands[words.pop(0)]
    assert not hasattr(group, "commands"), f"no such command: crosscam {command}"
    known = {name for option in group.params for name in (*option.opts, *option.secondary_opts)}
    assert {word for word in words if word.startswith("-")} <= known


def test_each_contract_is_described() -> None:
    """The README's table of tables has every table that is written, and no other."""
    section = README.split("| table | a row is |")[1].split("\n\n")[0]
    described = re.findall(r"^\| `([a-z_]+)` \|", section, re.MULTILINE)
    written = (*tables.ALL, *tables.LINKED, tables.DECISIONS, *marts.LOCATED, *marts.SUMMARISED)
    assert sorted(described) == sorted(contract.name for contract in written)


def test_each_name_template_is_shown() -> None:
    """The presets' patterns are the README's."""
    for name, preset in PRESETS.items():
        assert f"| `{name}` | `{preset.template}` |" in README


def test_each_plug_in_is_named() -> None:
    """A new plug-in is in the README."""
    for kind in ("detectors", "trackers", "embedders"):
        for name in plugins.names(kind):
            assert f"`{name}`" in README


def test_the_shipped_settings_are_the_defaults() -> None:
    """configs/settings.yaml spells out what applies without it."""
    shipped, default = load_settings(ROOT / "configs" / "settings.yaml"), Settings()
    for kind, choose in (
        ("detectors", lambda settings: settings.perception.detector),
        ("trackers", lambda settings: settings.perception.tracker),
        ("embedders", lambda settings: settings.perception.embedder),
    ):
        ours, theirs = choose(shipped), choose(default)
        assert plugins.parse(kind, ours.name, ours.params) == plugins.parse(kind, theirs.name, theirs.params)
    same = {"detector": default.perception.detector, "tracker": default.perception.tracker}
    same["embedder"] = default.perception.embedder
    assert shipped.model_copy(update={"perception": shipped.perception.model_copy(update=same)}) == default


def test_the_example_site_is_valid() -> None:
    """configs/site.yaml loads."""
    assert load(ROOT / "configs" / "site.yaml", Site).site_id == "market-street"
