"""What the ledger says against what is there, for an operator who doubts a lake. Reads, never writes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from analytics.errors import LakeError
from analytics.lake.lake import Lake
from analytics.lake.ledger import Entry
from analytics.lake.paths import AUDIT, LEDGER, entry_path, stage_folder


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One thing that is not as the ledger says.

    Attributes:
        path: the object at fault, in the lake.
        problem: what was expected, what was found.
        repair: what to do.
    """

    path: str
    problem: str
    repair: str


def contradictions(lake: Lake) -> tuple[Contradiction, ...]:
    """Return damaged ledger files, and files that are missing or of another size than the ledger says, by path."""
    sizes = lake.store.sizes()
    found = {
        contradiction
        for night in lake.ledger.nights()
        for stage in lake.ledger.stages(night)
        for known in _known(lake, night, stage, sizes)
        for contradiction in ([known] if isinstance(known, Contradiction) else _of_files(known, sizes))
    }
    return tuple(sorted(found, key=lambda one: (one.path, one.problem)))


def unreferenced(lake: Lake) -> tuple[str, ...]:
    """Return the table files that neither an entry nor a publication names, by path.

    Nobody reads them, but they hold what cameras saw: the leftovers of killed runs. Files that a run is writing
    at this moment are among them, so ask when nothing runs.

    Raises:
        LakeError: an entry or a publication is damaged, so it is not known which files it names.
    """
    named = {
        file.path
        for night in lake.ledger.nights()
        for stage in lake.ledger.stages(night)
        for entry in (*lake.ledger.entries(night, stage), *lake.ledger.published(night, stage))
        for file in entry.files
    }
    kept = (f"{LEDGER}/", f"{AUDIT}/")
    return tuple(path for path in lake.store.list() if not path.startswith(kept) and path not in named)


def _known(lake: Lake, night: date, stage: str, sizes: Mapping[str, int]) -> Iterator[Entry | Contradiction]:
    folder = f"{stage_folder(night, stage)}/"
    for path in sizes:
        if path.startswith(folder):
            try:
                entry = lake.ledger.find(night, stage, path.removeprefix(folder).removesuffix(".json"))
            except (LakeError, ValueError) as error:
                yield Contradiction(path, str(error), "delete it and run the night again")
            else:
                if entry:
                    yield entry
    try:
        yield from lake.ledger.published(night, stage)
    except LakeError as error:
        yield Contradiction(f"{folder[:-1]}.current.json", str(error), "delete it and run the night again")


def _of_files(entry: Entry, sizes: Mapping[str, int]) -> Iterator[Contradiction]:
    repair = f"delete {entry_path(entry.night, entry.stage, entry.key)} and run `crosscam run --night {entry.night}`"
    for file in entry.files:
        size_bytes = sizes.get(file.path)
        if size_bytes != file.size_bytes:
            found = "no file" if size_bytes is None else f"{size_bytes} bytes"
            yield Contradiction(file.path, f"expected {file.size_bytes} bytes, found {found}", repair)
