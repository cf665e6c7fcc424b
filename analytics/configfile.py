"""A YAML file becomes a frozen model, or an error that names the file, the field and the reason.

The YAML read here is version 1.2's core: `on`, `yes` and `12:30` are text, not a switch and not 750.
"""

import re
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from analytics.errors import ConfigError
from analytics.faults import explain
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
        ConfigError: as `load`, or a plug-in is unknown, does not take a parameter, or needs features that none gives.
    """
    settings = Settings() if path is None else load(path, Settings)
    perception = settings.perception
    parsed = {
        kind: _check_plugin(kind, getattr(perception, kind), path) for kind in ("detector", "tracker", "embedder")
    }
    if perception.tracking_features == "none" and getattr(parsed["tracker"], "needs_features", False):
        reason = "expected embedder or detector with a tracker that compares features, got none"
        raise ConfigError(reason, path=path, field="perception.tracking_features")
    if not getattr(parsed["detector"], "object_features", False):
        how = (
            f"set detector.params.object_features: true, which {perception.detector.name} may not have, or change this"
        )
        if perception.tracking_features == "detector":
            reason = f"expected a detector that gives features of its own: {how} to none or embedder"
            raise ConfigError(reason, path=path, field="perception.tracking_features")
        if getattr(parsed["embedder"], "needs_object_features", False):
            reason = f"expected a detector that gives features of its own: {how}"
            raise ConfigError(reason, path=path, field="perception.embedder.name")
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
        field, reason = explain(error, model)
        raise ConfigError(reason, path=path, field=field or None) from error


def _check_plugin(kind: str, choice: PluginChoice, path: Path | None) -> BaseModel:
    from analytics.perception.plugins import parse

    kinds: dict[str, Any] = {"detector": "detectors", "tracker": "trackers", "embedder": "embedders"}
    try:
        return parse(kinds[kind], choice.name, choice.params)
    except ConfigError as error:
        reason = error.reason.replace("\n  also ", "\n  also perception.")
        raise ConfigError(reason, path=path, field=f"perception.{error.field}") from error
