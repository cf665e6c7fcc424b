"""The plug-ins that settings.yaml can name, with every parameter: read from their own models and docstrings."""

import ast
import inspect
import json
import sys
from typing import Literal, get_args, get_origin

from pydantic import BaseModel

from analytics.perception.plugins import Kind, names, params_of
from jobs.output import Value

COLUMNS = ("kind", "name", "parameter", "default", "meaning")


def rows() -> list[dict[str, Value]]:
    """Return a row for each plug-in, with its first line of documentation, and one for each of its parameters."""
    found: list[dict[str, Value]] = []
    for kind in get_args(Kind):
        for name in names(kind):
            params = params_of(kind, name)
            place: dict[str, Value] = {"kind": kind[:-1], "name": name}
            summary = (sys.modules[params.__module__].__doc__ or "").partition("\n")[0]
            found.append({**place, "parameter": None, "default": None, "meaning": summary})
            found += [{**place, **row} for row in _parameters(params)]
    return found


def _parameters(params: type[BaseModel]) -> list[dict[str, Value]]:
    meanings = {name: text for owner in reversed(params.__mro__) for name, text in _docstrings(owner).items()}
    return [
        {
            "parameter": name,
            "default": "required" if field.is_required() else json.dumps(field.get_default(call_default_factory=True)),
            "meaning": " ".join(filter(None, (meanings.get(name), _choices(field.annotation)))) or None,
        }
        for name, field in params.model_fields.items()
    ]


def _choices(annotation: object) -> str:
    return f"One of {', '.join(map(str, get_args(annotation)))}." if get_origin(annotation) is Literal else ""


def _docstrings(owner: type) -> dict[str, str]:
    """Return the strings that stand below the fields of a class; pydantic keeps them only when asked beforehand."""
    if not issubclass(owner, BaseModel) or owner is BaseModel:
        return {}
    (body,) = ast.parse(inspect.cleandoc("\n" + inspect.getsource(owner))).body
    if not isinstance(body, ast.ClassDef):
        return {}
    return {
        field.target.id: inspect.cleandoc(text.value.value).replace("\n", " ")
        for field, text in zip(body.body, body.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }
