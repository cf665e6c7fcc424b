"""The models that crosscam knows by name: files, digests, licences and what their input looks like.

The facts are in `registry.yaml` beside this file; here is their shape.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, Field, PositiveFloat, PositiveInt, TypeAdapter

REGISTRY_FILE = Path(__file__).with_name("registry.yaml")

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Channels = tuple[float, float, float]


class RegisteredFile(BaseModel, extra="forbid", frozen=True):
    """One file of a model."""

    name: FileName
    url: Annotated[str, Field(pattern=r"^(https|file)://")] | None = None
    sha256: Sha256 | None = None
    """Of what `url` gives."""

    size_bytes: PositiveInt | None = None
    also_sha256: tuple[Sha256, ...] = ()
    """Other builds of the same weights that may lie in a model folder."""

    @property
    def accepted(self) -> tuple[str, ...]:
        """Every digest that the file may have; empty when none is known."""
        return ((self.sha256,) if self.sha256 else ()) + self.also_sha256


class InputContract(BaseModel, extra="forbid", frozen=True):
    """What a network expects: (pixel * scale - mean) / std in the order of `colour`."""

    height_px: PositiveInt
    width_px: PositiveInt
    colour: Literal["bgr", "rgb"]
    scale: PositiveFloat = 1.0
    mean: Channels = (0.0, 0.0, 0.0)
    std: Channels = (1.0, 1.0, 1.0)


class RegisteredModel(BaseModel, extra="forbid", frozen=True):
    """One model: its files, the first of which a library opens, and what is known about it."""

    name: FileName
    kind: Literal["detector", "embedder"]
    licence: str
    files: Annotated[tuple[RegisteredFile, ...], Field(min_length=1)]
    input: InputContract
    dimension: PositiveInt | None = None
    """Length of an embedder's vector."""

    is_shipped: bool = False
    """Whether this project trained it: its files are part of the package, and the model card tells of it."""

    note: str = ""

    @property
    def fetchable(self) -> bool:
        """Whether every file has a known address and digest."""
        return all(file.url and file.sha256 for file in self.files)

    @property
    def size_bytes(self) -> int | None:
        """Size of all files as published, or None when one is unknown."""
        sizes = [file.size_bytes for file in self.files]
        return None if None in sizes else sum(size for size in sizes if size)


@dataclass(frozen=True)
class Registry:
    """The known models by name."""

    models: Mapping[str, RegisteredModel]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The registered names, sorted."""
        return tuple(sorted(self.models))

    def get(self, name: str) -> RegisteredModel | None:
        """Return the model of a name, or of the name of the file that is opened; None when it is not known."""
        by_file = {model.files[0].name: model for model in self.models.values()}
        return self.models.get(name) or by_file.get(name)


def read_registry(path: Path = REGISTRY_FILE) -> Registry:
    """Read the registry; it is part of the package, so a fault in it is a bug and raises as it comes."""
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    models = TypeAdapter(tuple[RegisteredModel, ...]).validate_python(raw["models"])
    return Registry({model.name: model for model in models})
