"""How code may look. Each rule takes modules and returns one sentence for each violation."""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator

from tests.architecture.source import Module

MAX_MODULE_LINES = 350
MAX_FUNCTION_LINES = 60
MAX_SUPPRESSIONS = 10
BROAD_CATCHES = ("jobs/executors.py", "jobs/cli.py", "analytics/perception/prefetch.py")
"""Who may catch everything, once: the executor's item boundary, the command line, and the thread that decodes
ahead, which hands over what it caught and handles nothing."""

NAMES_THAT_SAY_NOTHING = frozenset({"utils", "util", "helpers", "helper", "common", "core", "misc", "base", "manager"})
_PICKLES = frozenset({"pickle", "cloudpickle", "dill", "joblib", "shelve", "marshal"})
_MAKERS = frozenset({"list", "dict", "set", "defaultdict", "OrderedDict", "Counter", "deque", "bytearray"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def too_long(modules: Iterable[Module]) -> list[str]:
    """Find modules above 350 lines and functions above 60, docstrings included."""
    found = []
    for module in modules:
        count = len(module.text.splitlines())
        if count > MAX_MODULE_LINES:
            found.append(f"{module.path} has {count} lines, at most {MAX_MODULE_LINES} are allowed")
        for node in ast.walk(module.tree):
            if (
                isinstance(node, _FUNCTIONS)
                and (lines := (node.end_lineno or 0) - node.lineno + 1) > MAX_FUNCTION_LINES
            ):
                found.append(f"{module.path}:{node.lineno} {node.name} has {lines} lines, at most {MAX_FUNCTION_LINES}")
    return found


def forbidden(modules: Iterable[Module]) -> list[str]:
    """Find assert, print, global, star imports, pickle and shared mutable values in package code."""
    return [
        f"{module.path}:{getattr(node, 'lineno', 1)} {what}"
        for module in modules
        for node in ast.walk(module.tree)
        for what in (*_statements(node), *_pickles(node), *_shared_state(node))
    ]


def fake_machinery(modules: Iterable[Module]) -> list[str]:
    """Find mocking libraries; a fake is a small class with the protocol's methods, written by hand."""
    return [
        f"{module.path}:{found.line} imports {found.module}: write a small fake class instead"
        for module in modules
        for found in module.imports
        if re.match(r"(unittest\.mock|mock|pytest_mock|flexmock)\b", found.module)
    ]


def broad_catches(modules: Iterable[Module]) -> list[str]:
    """Find handlers of everything that do not raise, outside the places that may and a second time inside them."""
    found = []
    for module in modules:
        broad = [
            node.lineno
            for node in ast.walk(module.tree)
            if isinstance(node, ast.ExceptHandler)
            and (node.type is None or _names_everything(node.type))
            and not isinstance(node.body[-1], ast.Raise)
        ]
        allowed = 1 if module.path in BROAD_CATCHES else 0
        found += [f"{module.path}:{line} catches everything: name the exceptions" for line in broad[allowed:]]
    return found


def suppressions(modules: Iterable[Module]) -> tuple[list[str], list[str]]:
    """Find comments that silence a checker: all of them, and those that do not say which rule."""
    every, unnamed = [], []
    for module in modules:
        for token in tokenize.generate_tokens(io.StringIO(module.text).readline):
            if token.type == tokenize.COMMENT and re.search(
                r"#\s*(noqa|type:\s*ignore|pyright:\s*ignore)", token.string
            ):
                place = f"{module.path}:{token.start[0]} {token.string}"
                every.append(place)
                if not re.search(r"noqa:\s*[A-Z]+\d+|ignore\[[\w-]+", token.string):
                    unnamed.append(place)
    return every, unnamed


def bad_files(modules: Iterable[Module]) -> list[str]:
    """Find packages with code in `__init__.py`, and modules named after nothing."""
    found = []
    for module in modules:
        stem = module.path.rsplit("/", 1)[-1].removesuffix(".py")
        if stem == "__init__" and module.text.strip():
            found.append(f"{module.path} is not empty")
        if stem.strip("_") in NAMES_THAT_SAY_NOTHING:
            found.append(f"{module.path}: name the module after its idea")
    return found


def silent_tests(modules: Iterable[Module]) -> list[str]:
    """Find tests without a docstring that says the behaviour."""
    return [
        f"{module.path}:{node.lineno} {node.name} does not say which behaviour it shows"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, _FUNCTIONS) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]


def _statements(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Assert):
        yield "assert: raise a typed error"
    if isinstance(node, ast.Global):
        yield "global: pass the value"
    if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
        yield "star import"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
        yield "print: data goes through the command's output, talk to logging"


def _pickles(node: ast.AST) -> Iterator[str]:
    names: list[str] = []
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.module:
        names = [node.module]
    elif isinstance(node, ast.keyword) and node.arg == "allow_pickle":
        yield "allow_pickle: a file must not be able to run code"
    if any(name.split(".")[0] in _PICKLES for name in names):
        yield "pickle: a file must not be able to run code"


def _shared_state(node: ast.AST) -> Iterator[str]:
    if isinstance(node, _FUNCTIONS):
        defaults = [*node.args.defaults, *node.args.kw_defaults]
        if any(default is not None and _is_mutable(default) for default in defaults):
            yield f"{node.name} has a mutable default"
    if isinstance(node, ast.ClassDef):
        for statement in node.body:
            # pydantic copies a field's default for every instance; a plain class shares it
            is_field = (
                isinstance(statement, ast.AnnAssign) and bool(node.bases) and "ClassVar" not in ast.unparse(statement)
            )
            if isinstance(statement, ast.Assign | ast.AnnAssign) and not is_field and _is_mutable(statement.value):
                yield f"class {node.name} shares a mutable attribute"
    if isinstance(node, ast.Module):
        for statement in node.body:
            if isinstance(statement, ast.Assign | ast.AnnAssign) and _is_empty(statement.value):
                yield f"line {statement.lineno}: a container that begins empty is global state"


def _is_mutable(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call):
        return ast.unparse(value.func).split(".")[-1] in _MAKERS
    return isinstance(value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp)


def _is_empty(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call):
        return _is_mutable(value) and not any(not isinstance(argument, ast.Name) for argument in value.args)
    return (isinstance(value, ast.List | ast.Set) and not value.elts) or (
        isinstance(value, ast.Dict) and not value.keys
    )


def _names_everything(handled: ast.expr) -> bool:
    names = handled.elts if isinstance(handled, ast.Tuple) else [handled]
    return any(ast.unparse(name) in {"Exception", "BaseException"} for name in names)
