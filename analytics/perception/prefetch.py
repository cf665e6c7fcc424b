"""Run an iterator ahead in a thread, so that decoding, inference and tracking overlap."""

import queue
import threading
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Item(Generic[T]):
    value: T


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None


def prefetch(items: Iterable[T], depth: int) -> Generator[T]:
    """Yield the items in their order while a thread makes up to `depth` of them in advance.

    An exception of the thread is raised here, at the place of the item that was not made. Closing the iterator
    stops the thread.

    Args:
        items: what to run ahead.
        depth: items that may wait, >= 1.
    """
    waiting: queue.Queue[_Item[T] | _End] = queue.Queue(maxsize=depth)
    is_stopped = threading.Event()

    def put(item: _Item[T] | _End) -> bool:
        while not is_stopped.is_set():
            try:
                waiting.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def run() -> None:
        try:
            for value in items:
                if not put(_Item(value)):
                    return
            put(_End(None))
        except BaseException as error:  # noqa: BLE001 - handed over whole and raised by the reader
            put(_End(error))
        finally:
            close = getattr(items, "close", None)
            if close is not None:
                close()

    thread = threading.Thread(target=run, name="prefetch", daemon=True)
    thread.start()
    try:
        while True:
            item = waiting.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item.value
    finally:
        is_stopped.set()
        thread.join()
