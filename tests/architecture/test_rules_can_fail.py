"""Each architecture rule finds what it forbids, and leaves alone what it allows."""

from collections.abc import Callable

import pytest

from tests.architecture import code_rules, file_rules, import_rules
from tests.architecture.source import Module, read

Rule = Callable[[list[Module]], list[str]]


@pytest.mark.parametrize(
    ("path", "text", "is_wrong"),
    [
        ("analytics/a.py", "import jobs.cli", True),
        ("analytics/a.py", "def f():\n    from dashboard import app", True),
        ("dashboard/a.py", "from jobs import cli", True),
        ("jobs/a.py", "from dashboard.views import x", True),
        ("jobs/a.py", "from tests.builders import video", True),
        ("jobs/a.py", "from analytics import ids", False),
        ("dashboard/a.py", "import analytics.ids", False),
        ("analytics/a.py", "import analyticsplus, json", False),
        ("tests/a.py", "import jobs, dashboard", False),
    ],
)
def test_wrong_arrows_are_found(path: str, text: str, is_wrong: bool) -> None:
    """An import against the arrows is found, wherever in the file it stands."""
    assert bool(import_rules.wrong_arrows([Module(path, text)])) == is_wrong


@pytest.mark.parametrize(
    ("path", "text", "is_wrong"),
    [
        ("jobs/night.py", "def f():\n    import ray", True),
        ("jobs/night.py", "import importlib\nimportlib.import_module('ray.util')", True),
        ("jobs/ray_executor.py", "import ray", False),
        ("analytics/linking/clustering.py", "import faiss", True),
        ("analytics/linking/neighbours.py", "import faiss", False),
        ("analytics/lake/lake.py", "import duckdb", True),
        ("analytics/perception/pipeline.py", "import av", True),
        ("analytics/perception/pipeline.py", "from torch import nn", True),
        ("analytics/perception/detectors/ultralytics.py", "def build(): from ultralytics import YOLO", False),
        ("analytics/perception/pipeline.py", "from analytics.perception import trackers", False),
        ("analytics/heatmaps.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import duckdb", False),
    ],
)
def test_misplaced_imports_are_found(path: str, text: str, is_wrong: bool) -> None:
    """A heavy dependency outside its address is found; one for the type checker only is no import."""
    assert bool(import_rules.misplaced([Module(path, text)])) == is_wrong


@pytest.mark.parametrize(
    ("text", "is_wrong"),
    [
        ("import torch", True),
        ("try:\n    import ultralytics\nexcept ImportError:\n    pass", True),
        ("class A:\n    from openvino import Core", True),
        ("def f():\n    import torch", False),
        ("import torchmetrics_like", False),
    ],
)
def test_eager_imports_are_found(text: str, is_wrong: bool) -> None:
    """A slow library that is loaded with the module is found, inside a function it is not."""
    assert bool(import_rules.eager([Module("analytics/a.py", text)])) == is_wrong


def test_private_modules_of_plugins_may_load_libraries() -> None:
    """A plug-in's private module may import torch when loaded, the plug-in itself and other private modules may not."""
    paths = ("perception/detectors/_heads.py", "perception/detectors/ultralytics.py", "linking/_scores.py")
    found = [bool(import_rules.eager([Module(f"analytics/{path}", "import torch")])) for path in paths]
    assert found == [False, True, True]


def test_import_cycles_are_found() -> None:
    """A cycle of three is reported once, with its way; an import inside a function closes no cycle."""
    a, b = Module("analytics/a.py", "from analytics import b"), Module("analytics/b.py", "import analytics.c")
    closed = Module("analytics/c.py", "from analytics.a import thing")
    lazy = Module("analytics/c.py", "def f():\n    from analytics.a import thing")
    assert import_rules.cycles([a, b, closed]) == ["analytics.a -> analytics.b -> analytics.c -> analytics.a"]
    assert import_rules.cycles([a, b, lazy]) == []


def test_relative_imports_are_resolved() -> None:
    """A relative import closes a cycle like an absolute one."""
    a, b = Module("analytics/x/a.py", "from . import b"), Module("analytics/x/b.py", "from .a import thing")
    assert import_rules.cycles([a, b]) == ["analytics.x.a -> analytics.x.b -> analytics.x.a"]


@pytest.mark.parametrize(("lines", "is_wrong"), [(350, False), (351, True)])
def test_long_modules_are_found(lines: int, is_wrong: bool) -> None:
    """350 lines are allowed, 351 are not."""
    assert bool(code_rules.too_long([Module("jobs/a.py", "x = 1\n" * lines)])) == is_wrong


@pytest.mark.parametrize(("lines", "is_wrong"), [(60, False), (61, True)])
def test_long_functions_are_found(lines: int, is_wrong: bool) -> None:
    """60 lines are allowed, 61 are not, in methods too."""
    text = "class A:\n    def f(self):\n" + "        x = 1\n" * (lines - 1)
    assert bool(code_rules.too_long([Module("jobs/a.py", text)])) == is_wrong


@pytest.mark.parametrize(
    "text",
    [
        "def f(x):\n    assert x",
        "def f(x):\n    print(x)",
        "def f():\n    global x\n    x = 1",
        "from os.path import *",
        "import pickle",
        "from cloudpickle import dumps",
        "numpy.load(path, allow_pickle=True)",
        "def f(x=[]):\n    pass",
        "def f(*, x=dict()):\n    pass",
        "class A:\n    x = {}",
        "class A(Base):\n    x: ClassVar[list[int]] = []",
        "class A:\n    x: list[int] = [1]",
        "cache = {}",
        "CACHE: dict[str, int] = dict()",
        "seen = defaultdict(list)",
    ],
)
def test_forbidden_constructs_are_found(text: str) -> None:
    """Each forbidden construct is found."""
    assert code_rules.forbidden([Module("jobs/a.py", text)])


@pytest.mark.parametrize(
    "text",
    [
        "x = 'assert print(global)'",
        "class A(BaseModel):\n    params: dict[str, int] = {}",
        "COLOURS = {'red': 1}",
        "def f(x=()):\n    seen = []",
        "class A:\n    x: tuple[int, ...] = ()",
        "self.print(1)",
        "NAMES = set(OTHER.split())",
    ],
)
def test_allowed_constructs_are_left_alone(text: str) -> None:
    """What only looks like a forbidden construct is left alone."""
    assert code_rules.forbidden([Module("jobs/a.py", text)]) == []


@pytest.mark.parametrize("caught", ["", " Exception", " (ValueError, Exception)", " BaseException as error"])
def test_broad_catches_are_found(caught: str) -> None:
    """Catching everything is found anywhere, and the second time where once is allowed."""
    once = f"try:\n    f()\nexcept{caught}:\n    pass\n"
    assert len(code_rules.broad_catches([Module("jobs/plan.py", once)])) == 1
    assert code_rules.broad_catches([Module("jobs/cli.py", once)]) == []
    assert len(code_rules.broad_catches([Module("jobs/cli.py", once * 2)])) == 1


def test_catches_that_raise_or_are_narrow_are_left_alone() -> None:
    """A handler that always raises swallows nothing, and a named exception is no broad catch."""
    text = "try:\n    f()\nexcept ValueError:\n    pass\nexcept Exception as error:\n    raise Bug() from error\n"
    assert code_rules.broad_catches([Module("jobs/plan.py", text)]) == []


@pytest.mark.parametrize(
    "text", ["import unittest.mock", "from unittest import mock", "from unittest.mock import Mock"]
)
def test_mocking_libraries_are_found(text: str) -> None:
    """Each way to import a mocking library is found."""
    assert code_rules.fake_machinery([Module("tests/a.py", text)])


def test_unnamed_suppressions_are_found() -> None:
    """A silenced checker must name its rule; text in a string is no comment."""
    named = Module("jobs/a.py", "x = 1  # noqa: E501\ny = 1  # type: ignore[arg-type]\nz = '# noqa'\n")
    unnamed = Module("jobs/b.py", "x = 1  # noqa\ny = 1  # type: ignore\n")
    assert [len(found) for found in code_rules.suppressions([named])] == [2, 0]
    assert [len(found) for found in code_rules.suppressions([unnamed])] == [2, 2]


def test_bad_files_are_found() -> None:
    """Code in `__init__.py` and empty names are found; the plug-ins' private modules are not."""
    bad = [Module("jobs/__init__.py", "x = 1"), Module("jobs/utils.py", ""), Module("jobs/_common.py", "")]
    good = [Module("jobs/__init__.py", "\n"), Module("jobs/_ultralytics.py", "")]
    assert len(code_rules.bad_files(bad)) == 3
    assert code_rules.bad_files(good) == []


def test_silent_tests_are_found() -> None:
    """A test without a docstring is found; a builder needs none."""
    assert code_rules.silent_tests([Module("tests/a.py", "def test_x():\n    pass")])
    assert not code_rules.silent_tests([Module("tests/a.py", "def build():\n    pass")])


def test_heavy_files_are_found() -> None:
    """A file above 1 MB, weights of any size, and too much in all are found; the limits themselves are allowed."""
    assert file_rules.heavy_files({"a.py": 1_000_000}) == []
    assert len(file_rules.heavy_files({"a.py": 1_000_001})) == 1
    assert len(file_rules.heavy_files({"models/tiny.ONNX": 10})) == 1
    assert file_rules.heavy_files({"analytics/perception/weights/ours.onnx": 8_000_000}) == []
    assert len(file_rules.heavy_files({"analytics/perception/weights/ours.onnx": 8_000_001})) == 1
    assert len(file_rules.heavy_files({"analytics/perception/weights/film.mp4": 10})) == 1
    assert file_rules.heavy_files({"jobs/demo/footage/a/b.mp4": 2_000_000}) == []
    assert len(file_rules.heavy_files({"jobs/demo/footage/a/b.mp4": 2_000_001})) == 1
    assert len(file_rules.heavy_files({"jobs/demo/footage/a/b.onnx": 10})) == 1
    assert len(file_rules.heavy_files({f"{number}.txt": 1_000_000 for number in range(41)})) == 1


def test_reading_keeps_the_path_below_the_repository(tmp_path) -> None:
    """Modules are named by their path below the root, packages without `__init__`."""
    (tmp_path / "jobs" / "stages").mkdir(parents=True)
    (tmp_path / "jobs" / "stages" / "__init__.py").write_text("")
    (tmp_path / "jobs" / "cli.py").write_text("import json")
    (tmp_path / "setup.py").write_text("")
    assert [(m.path, m.name) for m in read(tmp_path, ["jobs"])] == [
        ("jobs/cli.py", "jobs.cli"),
        ("jobs/stages/__init__.py", "jobs.stages"),
    ]
