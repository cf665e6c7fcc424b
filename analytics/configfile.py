"""A YAML file becomes a frozen model, or an error that names the file, the field and the reason.

The YAML read here is version 1.2's core: `on`, `yes` and `12:30` are text, not a switch and not 750.
"""

import difflib
import re
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from analytics.errors import ConfigError
from analytics.settings import PluginChoice, Settings

Model = TypeVar("Model", bound=BaseModel)


def load(path: Path, model: type[Model]) -> Model:
    """Read a YAML file into a model; an empty file gives the model's defaults.

    Raises:
        ConfigError: the file cannot be read, is no YAML, repeats a key, or does not fit the model.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"expected a readable text file: {error}", path=path) from error
    try:
        # a subclass of the safe loader: plain values only, no Python objects
        content = yaml.load(text, _Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"expected YAML: {' '.join(str(error).split())}", path=path) from error
    if content is not None and not isinstance(content, dict):
        raise ConfigError(f"expected fields with values, got {type(content).__name__}", path=path)
    return _validate(content or {}, model, path)


def load_settings(path: Path | None) -> Settings:
    """Read settings.yaml, every plug-in's parameters included; None gives the defaults.

    Raises:
        ConfigError: as `load`, or a plug-in is unknown or does not take a parameter.
    """
    settings = Settings() if path is None else load(path, Settings)
    for kind in ("detector", "tracker", "embedder"):
        _check_plugin(kind, getattr(settings.perception, kind), path)
    return settings


_CORE = (
    ("tag:yaml.org,2002:bool", re.compile(r"true|True|TRUE|false|False|FALSE")),
    ("tag:yaml.org,2002:null", re.compile(r"~|null|Null|NULL|")),
    ("tag:yaml.org,2002:int", re.compile(r"[-+]?(0|[1-9][0-9]*)|0x[0-9a-fA-F]+")),
    (
        "tag:yaml.org,2002:float",
        re.compile(r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+"),
    ),
)


class _Loader(yaml.SafeLoader):
    """Safe YAML 1.2 core that refuses a key given twice."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        # PyYAML reads version 1.1, where 14:00 is 840, `no` is false and 010 is 8
        if kind is yaml.ScalarNode:
            tags = (tag for tag, pattern in _CORE if pattern.fullmatch(value)) if implicit[0] else iter(())
            return next(tags, "tag:yaml.org,2002:str")
        return "tag:yaml.org,2002:map" if kind is yaml.MappingNode else "tag:yaml.org,2002:seq"

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for position, (key_node, _) in enumerate(node.value):
            key = keys[position]
            if key in keys[:position]:
                raise yaml.constructor.ConstructorError(
                    "", None, f"{key!r} is given twice; keep one of them", key_node.start_mark
                )
        return super().construct_mapping(node, deep)


def _validate(content: dict[str, Any], model: type[Model], path: Path) -> Model:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        # a typo gives two errors, an unknown field and a missing one: the unknown one says what to do
        details = sorted(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
        problems = [_explain(each, model) for each in details]
    field, reason = problems[0]
    rest = "".join(f"\n  also {name}: {why}" for name, why in problems[1:])
    raise ConfigError(reason + rest, path=path, field=field or None)


def _check_plugin(kind: str, choice: PluginChoice, path: Path | None) -> None:
    from analytics.perception.plugins import parse

    kinds: dict[str, Any] = {"detector": "detectors", "tracker": "trackers", "embedder": "embedders"}
    try:
        parse(kinds[kind], choice.name, choice.params)
    except ConfigError as error:
        raise ConfigError(error.reason, path=path, field=f"perception.{error.field}") from error


def _explain(details: ErrorDetails, model: type[BaseModel]) -> tuple[str, str]:
    """Return the dotted field and the reason of one of pydantic's errors."""
    where = [*map(str, details["loc"])]
    context = details.get("ctx", {})
    if "field" in context:
        return ".".join([*where, str(context["field"])]), str(context["reason"])
    field = ".".join(where)
    if details["type"] == "extra_forbidden":
        known = _fields_at(model, details["loc"][:-1])
        near = difflib.get_close_matches(where[-1], known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(known)}"
        return field, f"unknown field; {hint}"
    if details["type"] == "missing":
        return field, "expected a value, the field is missing"
    reason = details["msg"].removeprefix("Value error, ")
    shown = repr(details["input"])
    return field, reason if "got " in reason else f"{reason}, got {shown if len(shown) <= 80 else shown[:77] + '...'}"


def _fields_at(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """Return the field names of the model that lies at a location below another."""
    kind: Any = model
    for step in location:
        if isinstance(step, str) and isinstance(kind, type) and issubclass(kind, BaseModel):
            kind = _model_in(kind.model_fields[step].annotation) if step in kind.model_fields else None
    return sorted(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
