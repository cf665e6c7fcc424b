"""What a detector, a tracker and an embedder are, and how a setting's name becomes one.

The folder is the registry: each file in `detectors/`, `trackers/` and `embedders/` that does not begin with an
underscore is a plug-in with two names, `Params` (a frozen pydantic model) and `build`; one whose answers depend on more
than its parameters and the weights named by `Params.model` has a third, `identity`. Heavy libraries are imported inside
`build`, so that settings can be checked without them.
"""

import importlib
import math
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ValidationError

from analytics.errors import ConfigError
from analytics.faults import explain
from analytics.geometry import FloatArray
from analytics.ids import digest
from analytics.perception.frame import Assignment, Crop, Detections, Frame
from analytics.perception.models import ModelFolder

Kind = Literal["detectors", "trackers", "embedders"]


class Detector(Protocol):
    """Finds objects in frames. Holds no state between calls: a frame's answer depends on that frame alone."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names that `class_nos` point into."""

    @property
    def digest(self) -> str:
        """SHA-256 of the weights, or of whatever else decides the answers."""

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """Return the detections of each frame, in the order of the frames; boxes in pixels of the original frame."""


class Tracker(Protocol):
    """Links the detections of one camera's consecutive frames. One instance sees one stretch of one camera."""

    @property
    def max_gap_s(self) -> float:
        """Longest time that a track may go unseen and still be continued, seconds."""

    def update(self, detections: Detections, frame: Frame) -> Assignment:
        """Take the next frame's detections, in order of time; any time may have passed since the last frame.

        A track that has not been seen for more than `max_gap_s` is never continued.
        """


class Embedder(Protocol):
    """Turns crops into appearance vectors. Holds no state between calls."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    @property
    def digest(self) -> str:
        """SHA-256 of the weights, or of whatever else decides the answers."""

    def embed(self, crops: Sequence[Crop]) -> FloatArray:
        """Return the (n, dimension) float32 unit-norm vectors of n crops, in their order; n may be 0."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where a plug-in runs: the models it may read and the hardware it may use.

    Attributes:
        models: where weights are found by name.
        threads: CPU threads that inference may use, >= 1.
        device: "cpu" or a torch device such as "cuda:0".
    """

    models: ModelFolder
    threads: int = 1
    device: str = "cpu"


def names(kind: Kind) -> tuple[str, ...]:
    """Return the names of the plug-ins of a kind, sorted."""
    folder = Path(__file__).parent / kind
    return tuple(sorted(m.name for m in pkgutil.iter_modules([str(folder)]) if not m.name.startswith("_")))


def parse(kind: Kind, name: str, params: Mapping[str, Any]) -> BaseModel:
    """Turn a setting into the plug-in's own parameters.

    Raises:
        ConfigError: there is no such plug-in, or a parameter is unknown or out of range.
    """
    if name not in names(kind):
        raise ConfigError(f"expected one of {', '.join(names(kind))}, got {name!r}", field=f"{kind[:-1]}.name")
    taken = params_of(kind, name)
    where = f"{kind[:-1]}.params"
    try:
        parsed = taken.model_validate(dict(params))
    except ValidationError as error:
        field, reason = explain(error, taken, where)
        raise ConfigError(reason, field=field) from error
    for field, value in parsed:
        if isinstance(value, float) and not math.isfinite(value):
            raise ConfigError(f"expected a finite number, got {value}", field=f"{where}.{field}")
    return parsed


def params_of(kind: Kind, name: str) -> type[BaseModel]:
    """Return the model of a plug-in's parameters; the name is one of `names`."""
    model: type[BaseModel] = _module(kind, name).Params
    return model


def identity(kind: Kind, name: str, params: Mapping[str, Any], models: ModelFolder) -> str:
    """Return the hash of what decides a plug-in's answers besides its code, without loading it.

    All its parameters, defaults included, and the digest of its weights, or what its own `identity` says.

    Raises:
        ConfigError: a setting is wrong.
        ModelError: its weights or its source are missing.
    """
    parsed = parse(kind, name, params)
    module, model = _module(kind, name), getattr(parsed, "model", None)
    source = module.identity(parsed, models) if hasattr(module, "identity") else None
    weights = models.find(model).digest if isinstance(model, str) else None
    return digest({"name": name, "params": parsed.model_dump(mode="json"), "weights": weights, "source": source})


def build_detector(name: str, params: Mapping[str, Any], workplace: Workplace) -> Detector:
    """Build a detector. Raises ConfigError for a wrong setting, ModelError for missing weights."""
    parsed = parse("detectors", name, params)
    detector: Detector = _module("detectors", name).build(parsed, workplace)
    return detector


def build_tracker(name: str, params: Mapping[str, Any]) -> Tracker:
    """Build a tracker in its first state. Raises ConfigError for a wrong setting."""
    parsed = parse("trackers", name, params)
    tracker: Tracker = _module("trackers", name).build(parsed)
    return tracker


def build_embedder(name: str, params: Mapping[str, Any], workplace: Workplace) -> Embedder:
    """Build an embedder. Raises ConfigError for a wrong setting, ModelError for missing weights."""
    parsed = parse("embedders", name, params)
    embedder: Embedder = _module("embedders", name).build(parsed, workplace)
    return embedder


def _module(kind: Kind, name: str) -> Any:
    return importlib.import_module(f"analytics.perception.{kind}.{name}")
