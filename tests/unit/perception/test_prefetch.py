import threading
from collections.abc import Iterator

import pytest

from analytics.perception.prefetch import prefetch


@pytest.mark.parametrize("count", [0, 1, 2, 100])
def test_items_keep_their_order(count: int) -> None:
    """What comes out is what went in."""
    assert list(prefetch(range(count), 2)) == list(range(count))


def test_an_error_arrives_at_its_place() -> None:
    """Items before the error are delivered first, then the error itself."""

    def items() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    running = prefetch(items(), 2)

    assert next(running) == 1
    with pytest.raises(ValueError, match="broken"):
        next(running)


def test_it_runs_ahead_no_further_than_asked() -> None:
    """With depth 2, four items are made while the first is looked at: one taken, two waiting, one in the hand."""
    made: list[int] = []
    enough = threading.Event()

    def items() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            if len(made) == 4:
                enough.set()
            yield number

    running = prefetch(items(), 2)
    next(running)

    assert enough.wait(5)
    assert not threading.Event().wait(0.2)
    assert len(made) == 4
    running.close()  # type: ignore[attr-defined]


def test_closing_stops_the_thread_and_closes_the_source() -> None:
    """Nothing is left running when the reader goes away early."""
    closed = threading.Event()

    def items() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.set()

    running = prefetch(items(), 1)
    next(running)
    running.close()  # type: ignore[attr-defined]

    assert closed.is_set()
    assert not [thread for thread in threading.enumerate() if thread.name == "prefetch"]
