"""The whole repository against the architecture's rules."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture import code_rules, file_rules, import_rules
from tests.architecture.source import Module, read

ROOT = Path(__file__).parents[2]
MAY_LOAD_RAY = "jobs.ray_executor"


@pytest.fixture(scope="module")
def package() -> list[Module]:
    """Return the modules that are shipped."""
    return read(ROOT, ["analytics", "jobs", "dashboard"])


@pytest.fixture(scope="module")
def tests() -> list[Module]:
    """Return the tests' modules."""
    return read(ROOT, ["tests"])


def _stop_on(violations: list[str]) -> None:
    if violations:
        pytest.fail("\n".join(violations), pytrace=False)


def test_arrows_point_to_analytics(package: list[Module]) -> None:
    """The dashboard and the jobs import analytics, never each other, and analytics imports neither."""
    _stop_on(import_rules.wrong_arrows(package))


def test_no_import_cycles(package: list[Module]) -> None:
    """No module imports itself through others."""
    _stop_on(import_rules.cycles(package))


def test_heavy_dependencies_have_one_address(package: list[Module]) -> None:
    """A heavy dependency is imported at its address only."""
    _stop_on(import_rules.misplaced(package))


def test_slow_libraries_are_imported_where_they_are_used(package: list[Module]) -> None:
    """No module loads torch and its kind just by being imported."""
    _stop_on(import_rules.eager(package))


def test_modules_and_functions_are_short(package: list[Module]) -> None:
    """A module has at most 350 lines and a function 60."""
    _stop_on(code_rules.too_long(package))


def test_forbidden_constructs(package: list[Module]) -> None:
    """Package code has no assert, print, global, star import, pickle or shared mutable value."""
    _stop_on(code_rules.forbidden(package))


def test_two_places_catch_everything(package: list[Module]) -> None:
    """Only the executor's item boundary and the command line catch every exception."""
    _stop_on(code_rules.broad_catches(package))


def test_fakes_are_written_by_hand(package: list[Module], tests: list[Module]) -> None:
    """No mocking library is imported anywhere."""
    _stop_on(code_rules.fake_machinery([*package, *tests]))


def test_checkers_are_rarely_silenced(package: list[Module], tests: list[Module]) -> None:
    """A silenced checker names its rule, and at most ten are silenced in all."""
    every, unnamed = code_rules.suppressions([*package, *tests])
    _stop_on(unnamed)
    _stop_on(every if len(every) > code_rules.MAX_SUPPRESSIONS else [])


def test_packages_are_empty_and_modules_are_named(package: list[Module], tests: list[Module]) -> None:
    """`__init__.py` is empty, and no module is named utils or the like."""
    _stop_on(code_rules.bad_files([*package, *tests]))


def test_every_test_says_its_behaviour(tests: list[Module]) -> None:
    """Each test has a docstring."""
    _stop_on(code_rules.silent_tests(tests))


def test_repository_is_small() -> None:
    """Tracked files are small, together too, and none is weights or footage."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: which files are tracked is unknown")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [path for path in listed.split("\0") if path and (ROOT / path).is_file()]
    _stop_on(file_rules.heavy_files({path: (ROOT / path).stat().st_size for path in paths}))


def _loaded_after(names: list[str]) -> set[str]:
    code = (
        "import importlib, json, sys\n"
        "for name in json.loads(sys.argv[1]): importlib.import_module(name)\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    command = [sys.executable, "-c", code, json.dumps(names)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(done.stderr, pytrace=False)
    return set(json.loads(done.stdout))


def test_command_line_loads_nothing_heavy() -> None:
    """Importing the console script loads no heavy library: a night without work answers at once."""
    heavy = {*import_rules.LAZY, "ray", "cv2", "av", "faiss", "streamlit"}
    assert _loaded_after(["jobs.cli"]) & heavy == set()


def test_importing_analytics_and_jobs_loads_no_models(package: list[Module]) -> None:
    """No module but Ray's own and the plug-ins' private ones brings torch or Ray along, by whatever way."""
    names = [
        module.name
        for module in package
        if module.path.startswith(("analytics/", "jobs/")) and not import_rules.is_private_to_plugins(module)
    ]
    loaded = _loaded_after([name for name in names if name != MAY_LOAD_RAY])
    assert loaded & {*import_rules.LAZY, "ray", "streamlit"} == set()
