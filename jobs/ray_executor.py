"""The executor over Ray actors, and the only `import ray`.

Each actor builds its worker once and works on one item at a time; the driver holds the queue, hands the dearest item
to whoever is free, and owns every retry (Ray's own are off, so that an item never runs twice unseen). Small results
only: nothing here puts frames or tables into the object store. Imported only when asked for, since starting Ray
costs seconds.
"""

import logging
import os
import socket
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Generic

import ray
from ray import exceptions as ray_errors

from analytics.errors import CrosscamError, ResourceError
from analytics.settings import Resources
from jobs.executors import (
    BuildWorker,
    Cost,
    Crashed,
    Item,
    Outcome,
    Quarantined,
    Result,
    Worker,
    WorkerBugError,
    attempt,
    bug,
    dearest_first,
)

START_TIMEOUT_S = 900.0  # a first start exports a model for this machine: minutes on a slow one
LONGEST_WAIT_S = 1.0  # so that Ctrl-C and overdue workers are noticed
CONNECT_TIMEOUT_S = 10.0
FETCH_TIMEOUT_S = 60.0  # a result is a few kilobytes; longer means that its node is gone
OBJECT_STORE_BYTES = 100_000_000  # nothing big passes through; Ray would take 30 % of the memory

_DEATHS = (
    ray_errors.RayActorError,
    ray_errors.WorkerCrashedError,
    ray_errors.OutOfMemoryError,
    ray_errors.NodeDiedError,
    ray_errors.LocalRayletDiedError,
    ray_errors.ObjectLostError,
    ray_errors.GetTimeoutError,
)


@dataclass(frozen=True, slots=True)
class RayExecutor:
    """Runs workers as Ray actors, on this machine or on a cluster.

    Attributes:
        resources: what each worker holds, how often an item is tried, and how long it may take.
        workers: number of actors; None: as many as fit.
        address: of a running cluster, or "auto" to look for one; None starts a Ray of its own on this machine and
            stops it at the end. A Ray that this process has already connected to is used as it is.
    """

    resources: Resources = field(default_factory=Resources)
    workers: int | None = None
    address: str | None = None

    def map(
        self, build_worker: BuildWorker[Item, Result], items: Iterable[Item], *, cost: Cost[Item]
    ) -> Iterator[Outcome[Item, Result]]:
        """Yield outcomes as they finish; see `Executor.map`.

        Raises:
            ResourceError: the cluster cannot be reached, has no room for a worker, or its workers do not start.
        """
        queue = deque(_Try(item) for item in dearest_first(items, cost))
        if not queue:
            return
        with _connected(self.address):
            pool = _Pool(build_worker, queue, self.resources)
            try:
                yield from pool.run(min(self._worker_count(), len(queue)))
            finally:
                pool.close()

    def _worker_count(self) -> int:
        """Return how many workers to start, or raise ResourceError instead of letting Ray wait for ever."""
        cpus, gpus = self.resources.cpus_per_worker, self.resources.gpus_per_worker
        list_nodes: Callable[[], list[dict[str, Any]]] = ray.nodes
        room = sum(_room_on(node["Resources"], cpus, gpus) for node in list_nodes() if node["Alive"])
        if room < (self.workers or 1):
            sum_resources: Callable[[], dict[str, float]] = ray.cluster_resources
            total = sum_resources()
            raise ResourceError(
                f"expected room for {self.workers or 1} workers of {cpus} CPUs and {gpus:g} GPUs each, found room for "
                f"{room} ({total.get('CPU', 0):g} CPUs and {total.get('GPU', 0):g} GPUs in all): lower --workers, or "
                "resources.cpus_per_worker and resources.gpus_per_worker in settings.yaml, or add machines"
            )
        return self.workers or room


@dataclass(frozen=True, slots=True)
class _Try(Generic[Item]):
    """An item in the queue, and how often a worker was lost on it."""

    item: Item
    lost: int = 0


@dataclass(frozen=True, slots=True)
class _Call(Generic[Item]):
    """What an actor is doing: one item, or (None) building its worker. `ends_by` is on the monotonic clock."""

    actor: Any
    work: _Try[Item] | None
    ends_by: float


class _Pool(Generic[Item, Result]):
    """The actors of one `map`: who does what, who is idle, what is left."""

    def __init__(self, build_worker: BuildWorker[Item, Result], queue: deque[_Try[Item]], resources: Resources) -> None:
        self._build_worker = build_worker
        self._queue = queue
        self._resources = resources
        self._calls: dict[Any, _Call[Item]] = {}
        self._idle: list[Any] = []
        self._failed_starts = 0

    def run(self, workers: int) -> Iterator[Outcome[Item, Result]]:
        """Yield one outcome for each queued item."""
        for _ in range(workers):
            self._start_actor()
        while self._queue or any(call.work for call in self._calls.values()):
            soonest = min(call.ends_by for call in self._calls.values()) - time.monotonic()
            timeout_s = min(max(soonest, 0.0), LONGEST_WAIT_S)
            ready, _ = ray.wait(list(self._calls), num_returns=1, timeout=timeout_s)
            for ref in ready:
                yield from self._settle(ref, self._calls.pop(ref))
            yield from self._give_up_overdue()

    def close(self) -> None:
        """Kill every actor."""
        for actor in [*(call.actor for call in self._calls.values()), *self._idle]:
            ray.kill(actor)
        self._calls.clear()
        self._idle.clear()

    def _start_actor(self) -> None:
        options = {
            "num_cpus": self._resources.cpus_per_worker,
            "num_gpus": self._resources.gpus_per_worker,
            "max_restarts": 0,
            "max_task_retries": 0,
        }
        actor: Any = ray.remote(_Actor).options(**options).remote(self._resources.cpus_per_worker)
        self._call(actor, actor.build.remote(self._build_worker), None, START_TIMEOUT_S)

    def _call(self, actor: Any, ref: Any, work: _Try[Item] | None, timeout_s: float) -> None:
        self._calls[ref] = _Call(actor, work, time.monotonic() + timeout_s)

    def _hand_out(self, actor: Any) -> None:
        """Give a free actor the next item, or let it wait: another's item may come back."""
        if not self._queue:
            self._idle.append(actor)
            return
        work = self._queue.popleft()
        self._call(actor, actor.work.remote(work.item), work, self._resources.segment_timeout_s)

    def _settle(self, ref: Any, call: _Call[Item]) -> Iterator[Outcome[Item, Result]]:
        """Take an actor's answer and keep it busy."""
        try:
            answer = ray.get(ref, timeout=FETCH_TIMEOUT_S)
        except _DEATHS as error:
            yield from self._lose(call, f"the worker died ({_first_sentence(error)})")
            return
        except ray_errors.RayTaskError as error:
            raise _as_raised(error, call) from None  # its note holds the worker's own traceback
        except ray_errors.RayError as error:
            raise bug(call.work.item if call.work else "its start", error) from error
        self._hand_out(call.actor)
        if call.work is None:
            self._failed_starts = 0
        elif isinstance(answer, Quarantined):
            yield Quarantined(call.work.item, answer.reason)
        else:
            yield answer

    def _give_up_overdue(self) -> Iterator[Outcome[Item, Result]]:
        now = time.monotonic()
        for ref in [ref for ref, call in self._calls.items() if call.ends_by <= now]:
            call = self._calls.pop(ref)
            limit_s = START_TIMEOUT_S if call.work is None else self._resources.segment_timeout_s
            yield from self._lose(call, f"the worker did not answer within {limit_s:g} s")

    def _lose(self, call: _Call[Item], reason: str) -> Iterator[Outcome[Item, Result]]:
        """Replace a dead or hanging actor; its item goes to the end of the queue, or is given up."""
        ray.kill(call.actor)
        crashed: Crashed[Item] | None = None
        if call.work is None:
            self._refuse_to_start_for_ever(reason)
        else:
            work = replace(call.work, lost=call.work.lost + 1)
            if work.lost < self._resources.attempts:
                self._queue.append(work)
            else:
                crashed = Crashed(work.item, reason, work.lost)
        if self._queue and self._idle:
            self._hand_out(self._idle.pop())
        elif self._queue:
            self._start_actor()
        if crashed:
            yield crashed

    def _refuse_to_start_for_ever(self, reason: str) -> None:
        self._failed_starts += 1
        if self._failed_starts >= self._resources.attempts:
            raise ResourceError(
                f"{self._failed_starts} workers in a row were lost while they loaded their models: {reason}. "
                "Give each worker more memory, or start fewer (--workers)"
            )


class _Actor:
    """Holds a worker in a process of its own; the models live here."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._worker: Worker[Any, Any] | None = None
        for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
            os.environ[name] = str(threads)

    def build(self, build_worker: BuildWorker[Any, Any]) -> None:
        """Build the worker; apart from `__init__`, whose errors Ray does not hand over whole."""
        _limit_threads(self._threads)
        try:
            self._worker = build_worker()
        except CrosscamError:
            raise
        except Exception as error:
            raise bug("its start", error) from error
        _limit_threads(self._threads)

    def work(self, item: Any) -> Any:
        """Work on one item; the answer is Done or Quarantined."""
        if self._worker is None:
            raise WorkerBugError("a worker was given an item before it was built")
        return attempt(self._worker, item)


def _limit_threads(threads: int) -> None:
    """Hold torch, if it was loaded, to the worker's share of the CPUs; by default it takes the whole machine."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)


@contextmanager
def _connected(address: str | None) -> Iterator[None]:
    """Connect to Ray, or start one on this machine, for the time of the block."""
    if ray.is_initialized():
        yield
        return
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_IGNORE_UNHANDLED_ERRORS", "1")  # the second of two workers to fail would print on top
    # Ray's next default; without it every start warns that the default will change
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    own: dict[str, Any] = (
        {"include_dashboard": False, "object_store_memory": OBJECT_STORE_BYTES} if address is None else {}
    )
    try:
        _knock(address)
        ray.init(address=address or "local", log_to_driver=False, logging_level=logging.ERROR, **own)
    except (ConnectionError, ray_errors.RayError, RuntimeError, ValueError, OSError) as error:
        raise ResourceError(_why_unreachable(address, error)) from error
    try:
        yield
    finally:
        ray.shutdown()


def _knock(address: str | None) -> None:
    """Raise OSError where nobody listens at host:port; Ray would try for minutes before it says so."""
    host, _, port = (address or "").removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_TIMEOUT_S).close()


def _why_unreachable(address: str | None, error: Exception) -> str:
    if address is None:
        return f"expected to start Ray on this machine, got {error}: use --executor local to go on without it"
    return (
        f"expected a Ray cluster at {address}, got {error}: check the address; a cluster with token authentication "
        "(the default from Ray 2.59) needs RAY_AUTH_MODE=token and RAY_AUTH_TOKEN or RAY_AUTH_TOKEN_PATH set here too"
    )


def _room_on(resources: dict[str, float], cpus: float, gpus: float) -> int:
    """Return how many workers one node can hold; a worker never spans nodes."""
    room = [int(resources.get("CPU", 0) / cpus + 1e-9)]
    if gpus:
        room.append(int(resources.get("GPU", 0) / gpus + 1e-9))
    return min(room)


def _as_raised(error: ray_errors.RayTaskError, call: _Call[Any]) -> BaseException:
    """Return what the worker raised, with the worker's own traceback for a bug."""
    cause: BaseException = error.cause
    if isinstance(cause, WorkerBugError):
        cause.add_note(str(error))
    elif not isinstance(cause, CrosscamError):
        cause = bug(call.work.item if call.work else "its start", cause)
        cause.add_note(str(error))
    return cause


def _first_sentence(error: BaseException) -> str:
    """Return what of Ray's many lines says why: the kind of death."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = [line for line in lines if "exit" in line.lower() or "memory" in line.lower() or "killed" in line.lower()]
    return (telling or lines or [type(error).__name__])[-1][:200]
