"""How items of work are run: one protocol, the outcomes that it gives, and the executor that runs in this process.

The item boundary is here: a RecordingError quarantines its item and the others go on; every other exception is a
bug or a stop, and is raised in the driver with the item named. Retries of dead workers belong to executors that
have workers, such as `ray_executor`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from analytics.errors import CrosscamError, RecordingError

Item = TypeVar("Item")
Result = TypeVar("Result")
Worker = Callable[[Item], Result]
BuildWorker = Callable[[], Callable[[Item], Result]]
Cost = Callable[[Item], float]


@dataclass(frozen=True, slots=True)
class Done(Generic[Item, Result]):
    """The worker finished the item."""

    item: Item
    result: Result


@dataclass(frozen=True, slots=True)
class Quarantined(Generic[Item]):
    """The item cannot be used: its worker raised RecordingError with this reason."""

    item: Item
    reason: str


@dataclass(frozen=True, slots=True)
class Crashed(Generic[Item]):
    """The worker died or did not answer in time, as often as the item may be attempted.

    Attributes:
        item: the item in hand each time.
        reason: what happened the last time.
        attempts: how often it was tried, >= 1.
    """

    item: Item
    reason: str
    attempts: int


Outcome = Done[Item, Result] | Quarantined[Item] | Crashed[Item]


class WorkerBugError(RuntimeError):
    """A worker raised something that crosscam does not raise on purpose; the message names the item."""


class Executor(Protocol):
    """Runs a worker over items."""

    def map(
        self, build_worker: BuildWorker[Item, Result], items: Iterable[Item], *, cost: Cost[Item]
    ) -> Iterator[Outcome[Item, Result]]:
        """Yield exactly one outcome for each item, as they finish.

        Args:
            build_worker: called once in each worker; it holds settings and paths, builds the models, and is
                cheap to send to another process.
            items: what to work on; nothing is started when there are none.
            cost: how long an item takes, in any unit; the dearest is begun first, equal ones in their order.

        Raises:
            CrosscamError: the worker raised it (other than RecordingError), or cannot be started.
            WorkerBugError: the worker raised anything else.
        """


@dataclass(frozen=True, slots=True)
class LocalExecutor:
    """Runs everything in this process, one item after the other."""

    def map(
        self, build_worker: BuildWorker[Item, Result], items: Iterable[Item], *, cost: Cost[Item]
    ) -> Iterator[Outcome[Item, Result]]:
        """Yield outcomes in the order of cost; see `Executor.map`."""
        queue = dearest_first(items, cost)
        if not queue:
            return
        worker = build_worker()
        for item in queue:
            yield attempt(worker, item)


def dearest_first(items: Iterable[Item], cost: Cost[Item]) -> list[Item]:
    """Sort items by falling cost; equal ones keep their order."""
    return sorted(items, key=cost, reverse=True)


def attempt(worker: Worker[Item, Result], item: Item) -> Done[Item, Result] | Quarantined[Item]:
    """Run a worker on one item: the item boundary.

    Raises:
        CrosscamError: as the worker raised it, with a note that names the item.
        WorkerBugError: from whatever else the worker raised.
    """
    try:
        return Done(item, worker(item))
    except RecordingError as error:
        return Quarantined(item, error.reason)
    except CrosscamError as error:
        error.add_note(f"while working on {item}")
        raise
    except Exception as error:
        raise bug(item, error) from error


def bug(item: object, error: BaseException) -> WorkerBugError:
    """Return the error that names the item a worker failed on."""
    return WorkerBugError(f"the worker failed on {item}: {type(error).__name__}: {error}")
