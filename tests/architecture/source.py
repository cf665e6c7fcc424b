"""Python sources as the architecture rules see them: modules, their imports, and where those stand."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class Import:
    """One imported module.

    Attributes:
        module: dotted name as written; `from a.b import c` gives `a.b` and `a.b.c`, because c may be a module.
        line: line of the statement, from 1.
        is_eager: it runs when the importing module is loaded.
    """

    module: str
    line: int
    is_eager: bool


@dataclass(frozen=True)
class Module:
    """One Python file: its path below the repository, with forward slashes, and its text."""

    path: str
    text: str

    @property
    def name(self) -> str:
        """Dotted name; a package is named without `__init__`."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text, self.path)

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """Every import in the order of the file; those for type checkers only are left out."""
        return tuple(_imports(self.tree.body, self.name, is_eager=True))


def read(root: Path, folders: Sequence[str]) -> list[Module]:
    """Read the Python files below the folders of a repository, sorted by path."""
    paths = sorted(path for folder in folders for path in (root / folder).rglob("*.py"))
    return [Module(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")) for path in paths]


def _imports(nodes: Sequence[ast.AST], importer: str, *, is_eager: bool) -> Iterator[Import]:
    for node in nodes:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from _imports(node.orelse, importer, is_eager=is_eager)
            continue
        yield from _imported_here(node, importer, is_eager=is_eager)
        is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from _imports(list(ast.iter_child_nodes(node)), importer, is_eager=is_eager and not is_function)


def _imported_here(node: ast.AST, importer: str, *, is_eager: bool) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield Import(alias.name, node.lineno, is_eager)
    elif isinstance(node, ast.ImportFrom):
        parents = importer.split(".")[: -node.level] if node.level else []
        base = ".".join([*parents, *([node.module] if node.module else [])])
        yield Import(base, node.lineno, is_eager)
        for alias in node.names:
            yield Import(f"{base}.{alias.name}", node.lineno, is_eager)
    elif (
        isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith(("import_module", "__import__"))
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    ):
        yield Import(node.args[0].value, node.lineno, is_eager)
