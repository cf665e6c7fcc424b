"""Long arrays worked on stretch by stretch, on all cores: how many there are changes no bit of what comes out.

Libraries that share one sum or product out to threads round it by how many threads there are. Here a stretch is one
thread's, whole, and stretches are the same on every machine.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from threadpoolctl import threadpool_limits

Part = TypeVar("Part")


def each_stretch(work: Callable[[slice], Part], count: int, length: int) -> list[Part]:
    """Return what `work` gives for each stretch of rows, in order.

    Args:
        work: releases the interpreter for most of its time, as NumPy, FAISS and compiled loops do.
        count: number of rows; none give an empty list.
        length: rows of a stretch, the last one's fewer.
    """
    stretches = [slice(at, min(at + length, count)) for at in range(0, count, length)]
    # threads of BLAS besides would wait for each other by spinning, which costs a busy machine twice the time
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(min(_cores(), len(stretches)) or 1) as pool:
        return list(pool.map(work, stretches))


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
