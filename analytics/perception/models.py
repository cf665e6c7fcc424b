"""Models by name: where their files lie, whether they are the right ones, and how to get them.

A name is looked for in the user's model folder first, then among the models that are shipped with the package, then
among those that were fetched. Nothing is ever downloaded unless `fetch` is called. What a model means (layers,
pre-processing) belongs to the plug-ins.
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from analytics.errors import ModelError
from analytics.perception.fetching import Progress, download, sha256_of, staging
from analytics.perception.registry import REGISTRY_FILE, RegisteredFile, RegisteredModel, read_registry

SHIPPED_FOLDER = Path(__file__).with_name("weights")
"""What this project trained itself; part of the package, with a model card."""

_OPENED_FIRST = (".xml", ".onnx", ".pt2", ".pt", ".pth", ".engine")  # the file that a library is given


@dataclass(frozen=True, slots=True)
class Located:
    """A model that was found and, if the registry knows it, checked.

    Attributes:
        name: the name that was asked for.
        paths: its files; the one that a library opens comes first.
        digest: SHA-256 of its single file, or of the list of its files' names and digests.
    """

    name: str
    paths: tuple[Path, ...]
    digest: str

    @property
    def path(self) -> Path:
        """The file that a library opens."""
        return self.paths[0]


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One line of `crosscam models list`.

    Attributes:
        name: what the settings call it.
        kind: detector, embedder, or own for a file that the registry does not know.
        licence: of the weights, as the registry states it; empty for own files.
        found_at: the file that would be opened, or None.
        source: where that is: own (the model folder), shipped or fetched; empty when it is nowhere.
        size_bytes: of all files found, or as published; None when unknown.
        problem: why it cannot be used as it is, or empty.
        note: what it is.
    """

    name: str
    kind: str
    licence: str
    found_at: Path | None
    source: str
    size_bytes: int | None
    problem: str
    note: str


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """Where weights are found by name.

    Attributes:
        folder: the user's own models (`--models` or `CROSSCAM_MODELS`), looked at first; None when there is none.
        cache: what crosscam fetched or derived; created when first written to.
        registry_file: the models known by name.
        shipped: the models that are part of the package.
    """

    folder: Path | None
    cache: Path
    registry_file: Path = REGISTRY_FILE
    shipped: Path = SHIPPED_FOLDER

    @staticmethod
    def default(folder: Path | None, cache: Path | None = None) -> "ModelFolder":
        """Return the folder given and the usual cache, `~/.cache/crosscam` unless another is given."""
        return ModelFolder(folder, cache or Path.home() / ".cache" / "crosscam")

    def find(self, name: str) -> Located:
        """Find a model by its registered name, or by the name of a file or folder in the model folder.

        Raises:
            ModelError: it is nowhere, is ambiguous, or differs from the registry's digest.
        """
        entry = read_registry(self.registry_file).get(name)
        located = self._find_registered(entry, name) if entry else self._find_own(name)
        if located is None:
            raise ModelError(self._how_to_get(name, entry))
        return located

    def fetch(self, name: str, progress: Progress | None = None) -> Located:
        """Return a registered model, downloading it into the cache unless it is there already.

        Files arrive under a temporary name and are renamed once their digest is right.

        Raises:
            ModelError: the name or its digest is unknown, there is no network, or what arrived is something else.
        """
        entry = read_registry(self.registry_file).get(name)
        if entry is None:
            known = ", ".join(read_registry(self.registry_file).names)
            raise ModelError(f"{name} is not a model that crosscam can fetch. Known: {known}.")
        if located := self._find_registered(entry, name):
            return located
        if entry.is_shipped:
            raise ModelError(self._how_to_get(name, entry))
        for file in entry.files:
            download(file, self._fetched(entry) / file.name, progress or _silent)
        return self.find(name)

    def rows(self) -> list[ModelRow]:
        """List the registered models and the user's own files, in that order, each by name; nothing is raised."""
        registry = read_registry(self.registry_file)
        rows = [self._row(registry.models[name]) for name in registry.names]
        claimed = {file.name for entry in registry.models.values() for file in entry.files}
        return rows + [_own_row(path) for path in _model_files(self.folder) if path.name not in claimed]

    def cache_dir(self, digest: str, label: str) -> Path:
        """Return the folder of what was derived from a model, such as an export; `derive` creates it."""
        return self.cache / "derived" / f"{digest[:16]}-{label}"

    def derive(self, digest: str, label: str, make: Callable[[Path], None]) -> Path:
        """Return the folder of what `make` derives from a model, making it once.

        Args:
            digest: SHA-256 of the model.
            label: what is derived, with every setting and version that it depends on; a valid file name.
            make: fills the empty folder that it is given.

        Returns:
            `cache_dir(digest, label)`, complete: it appears by a rename, so that a process that dies half-way or
            two processes at once leave no half of it.

        Raises:
            ModelError: the cache cannot be written.
        """
        target = self.cache_dir(digest, label)
        if target.is_dir():
            return target
        with staging(target.parent) as folder:
            make(folder)
            try:
                folder.rename(target)
            except OSError as error:
                if not target.is_dir():
                    raise ModelError(f"cannot write {target}: {error}. Choose another cache folder.") from error
        return target

    def _find_registered(self, entry: RegisteredModel, name: str) -> Located | None:
        """Look for a registered model's files, complete and unchanged."""
        for place in self._places(entry):
            paths = tuple(place / file.name for file in entry.files)
            if not all(path.is_file() for path in paths):
                continue
            digests = [self._digest_of(path) for path in paths]
            for file, path, digest in zip(entry.files, paths, digests, strict=True):
                if file.accepted and digest not in file.accepted:
                    raise ModelError(_is_another_file(entry, file, path, digest))
            return Located(name, paths, _combined(paths, digests))
        return None

    def _find_own(self, name: str) -> Located | None:
        """Look for a file or folder of the user's own, with or without its extension."""
        if self.folder is None:
            return None
        relative = PurePosixPath(name)
        if not name or relative.is_absolute() or ".." in relative.parts:
            raise ModelError(f"expected the name of a file in the model folder {self.folder}, got {name!r}")
        paths = _own_paths(self.folder / relative)
        return Located(name, paths, _combined(paths, [self._digest_of(path) for path in paths])) if paths else None

    def _places(self, entry: RegisteredModel) -> Iterator[Path]:
        if self.folder is not None:
            # the last two are how Open Model Zoo's own downloader lays files out
            for below in ("", entry.name, f"{entry.name}/FP16", f"intel/{entry.name}/FP16"):
                yield self.folder / below
        if entry.is_shipped:
            yield self.shipped
        yield self._fetched(entry)

    def _fetched(self, entry: RegisteredModel) -> Path:
        return self.cache / "models" / entry.name

    def _digest_of(self, path: Path) -> str:
        """Return a file's SHA-256, remembered in the cache for as long as its size and time of change stay."""
        status = path.stat()
        state = f"{status.st_size} {status.st_mtime_ns}"
        note = self.cache / "digests" / hashlib.sha256(str(path.resolve()).encode()).hexdigest()
        with suppress(OSError, ValueError):
            known_state, digest = note.read_text(encoding="ascii").rsplit(" ", 1)
            if known_state == state:
                return digest
        digest = sha256_of(path)
        with suppress(OSError):  # a cache that cannot be written only costs time
            note.parent.mkdir(parents=True, exist_ok=True)
            _write_atomically(note, f"{state} {digest}")
        return digest

    def _row(self, entry: RegisteredModel) -> ModelRow:
        problem, located = "", None
        try:
            located = self._find_registered(entry, entry.name)
        except (ModelError, OSError) as error:
            problem = str(error)
        if located:
            size = sum(path.stat().st_size for path in located.paths)
            source = {self.shipped: "shipped", self._fetched(entry): "fetched"}.get(located.path.parent, "own")
            return ModelRow(entry.name, entry.kind, entry.licence, located.path, source, size, "", entry.note)
        if not problem and entry.is_shipped:
            problem = f"missing from {self.shipped}: install crosscam again"
        elif not problem and not entry.fetchable:
            problem = "its digest is not known: put it into the model folder"
        return ModelRow(entry.name, entry.kind, entry.licence, None, "", entry.size_bytes, problem, entry.note)

    def _how_to_get(self, name: str, entry: RegisteredModel | None) -> str:
        looked = f"in the model folder {self.folder}" if self.folder else "in a model folder (none is set)"
        set_folder = "" if self.folder else " (set it with --models or CROSSCAM_MODELS)"
        if entry is None:
            known = ", ".join(read_registry(self.registry_file).names)
            return (
                f"{name} is not {looked}, and is not one of the models known by name ({known}).\n"
                f"  Put the file there{set_folder}, or name another model in settings.yaml."
            )
        if entry.is_shipped:
            return f"{name} is part of crosscam, but is missing from {self.shipped}: install crosscam again."
        wanted = " and ".join(f"{f.name}{f' (SHA-256 {f.sha256})' if f.sha256 else ''}" for f in entry.files)
        get = f"Run `crosscam models fetch {entry.name}`, or put" if entry.fetchable else "Put"
        return (
            f"{name} is neither {looked} nor in the cache {self._fetched(entry)}.\n"
            f"  {get} {wanted} into the model folder{set_folder}, or name another model in settings.yaml."
        )


def list_models(models: ModelFolder) -> list[ModelRow]:
    """List the registered models and the user's own, for `crosscam models list`."""
    return models.rows()


def _own_paths(path: Path) -> tuple[Path, ...]:
    """Return the files of an own model, the one to open first; empty when there is nothing of that name."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
        first = [file for file in files if file.suffix in _OPENED_FIRST]
        if len(first) != 1:
            raise ModelError(
                f"expected one file that ends in {', '.join(_OPENED_FIRST)} in {path}, "
                f"found {', '.join(file.name for file in first) or 'none'}. Name the file itself in settings.yaml."
            )
        return (first[0], *(file for file in files if file != first[0]))
    if path.is_file():
        weights = path.with_suffix(".bin")
        return (path, weights) if path.suffix == ".xml" and weights.is_file() else (path,)
    found = [file for suffix in _OPENED_FIRST if (file := path.with_name(path.name + suffix)).is_file()]
    if len(found) > 1:
        names = ", ".join(file.name for file in found)
        raise ModelError(f"{path.name} may mean {names} in {path.parent}: give the whole name in settings.yaml.")
    return _own_paths(found[0]) if found else ()


def _model_files(folder: Path | None) -> list[Path]:
    if folder is None or not folder.is_dir():
        return []
    below = [*folder.iterdir(), *(file for place in folder.iterdir() if place.is_dir() for file in place.iterdir())]
    return sorted(file for file in below if file.suffix in _OPENED_FIRST and file.is_file())


def _own_row(path: Path) -> ModelRow:
    return ModelRow(path.name, "own", "", path, "own", path.stat().st_size, "", "a file of the model folder")


def _combined(paths: Sequence[Path], digests: Sequence[str]) -> str:
    if len(digests) == 1:
        return digests[0]
    lines = sorted(f"{path.name} {digest}\n" for path, digest in zip(paths, digests, strict=True))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _is_another_file(entry: RegisteredModel, file: RegisteredFile, path: Path, digest: str) -> str:
    return (
        f"{path} is not the {file.name} that crosscam knows: expected SHA-256 {file.sha256}, found {digest}.\n"
        f"  If it is a model of your own, give it another name and put that into settings.yaml; "
        f"if not, delete it and run `crosscam models fetch {entry.name}`."
    )


def _write_atomically(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(text, encoding="ascii")
    part.replace(path)


def _silent(name: str, done_bytes: int, total_bytes: int | None) -> None:
    """Report nothing."""
