"""The exceptions that crosscam raises on purpose.

    CrosscamError
    ├─ ConfigError       a file, a field or an option is wrong    exit 2, nothing ran
    ├─ ContractError     a table breaks its contract              exit 1, stop: a bug or a damaged lake
    ├─ LakeError         the lake cannot be read or written       exit 1, stop
    ├─ ModelError        weights missing, changed or unusable     exit 1, stop before work starts
    ├─ ResourceError     the machine or cluster lacks what was asked for   exit 1, stop before work starts
    └─ RecordingError    one recording cannot be used             quarantined, the night goes on, exit 3

Messages say what was expected, what was found, and what to do. Two places catch broadly: the executor's
item boundary and the command line.
"""

from collections.abc import Sequence
from pathlib import Path


class CrosscamError(Exception):
    """Every error that crosscam raises on purpose."""


class ConfigError(CrosscamError):
    """A configuration file or an option is wrong; nothing ran.

    Attributes:
        path: the file at fault, or None for an option.
        field: dotted path of the field at fault, or None for the whole file.
        reason: what was expected, what was found, what to do.
    """

    def __init__(self, reason: str, *, path: Path | None = None, field: str | None = None) -> None:
        self.path, self.field, self.reason = path, field, reason
        where = ": ".join(part for part in (str(path) if path else None, field) if part)
        super().__init__(f"{where}: {reason}" if where else reason)


class ContractError(CrosscamError):
    """A table breaks its contract.

    Attributes:
        table: name of the contract.
        violations: one sentence for each broken rule, with the number of rows.
    """

    def __init__(self, table: str, violations: Sequence[str]) -> None:
        self.table, self.violations = table, tuple(violations)
        super().__init__(f"table {table} breaks its contract: " + "; ".join(self.violations))

    def __reduce__(self) -> tuple[type["ContractError"], tuple[str, tuple[str, ...]], dict[str, object]]:
        return type(self), (self.table, self.violations), self.__dict__


class LakeError(CrosscamError):
    """The lake cannot be read or written, or its ledger contradicts its files."""


class ModelError(CrosscamError):
    """A model is missing, differs from its digest, or cannot do what the settings ask."""


class ResourceError(CrosscamError):
    """The machine or the cluster does not have what was asked for."""


class RecordingError(CrosscamError):
    """One recording cannot be used; it is quarantined with the reason and the night goes on.

    Attributes:
        reason: a short sentence that the operator reads in the recordings table.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)

    def __reduce__(self) -> tuple[type["RecordingError"], tuple[str]]:
        return type(self), (self.reason,)
