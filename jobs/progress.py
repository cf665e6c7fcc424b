"""How a run tells on standard error how far it is: a bar on a terminal, lines elsewhere."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from analytics.lake.ledger import Entry
from jobs.output import footage_time, printable
from jobs.plan import Plan, Task

LINE_EVERY_S = 10.0  # in a log file: enough to see that it lives, not so much that it hides the rest


class Talk:
    """Tells of one run; see `night.Listener`."""

    def __init__(self, console: Console, bar: Progress | None) -> None:
        self._console = console
        self._bar = bar
        self._task = bar.add_task("looking at files", total=None, detail="") if bar else None
        self._began_s = self._told_s = time.monotonic()
        self._to_do = 0
        self._left_s = 0.0
        self._footage_s = 0.0
        self._frames = 0
        self._settled: Counter[str] = Counter()

    def probed(self, done: int, total: int) -> None:
        """Tell how many files were looked at."""
        if self._bar and self._task is not None:
            self._bar.update(self._task, completed=done, total=total, detail=f"{done} of {total}")

    def planned(self, plan: Plan, to_do: Sequence[Task]) -> None:
        """Tell what there is to do."""
        self._to_do = len(to_do)
        self._left_s = sum(task.segment.interval.duration_s for task in to_do)
        known = len(plan.tasks) - len(to_do)
        if to_do:
            self.say(f"{len(to_do)} segments to do ({footage_time(self._left_s)}), {known} done before")
        self._began_s = self._told_s = time.monotonic()
        if self._bar and self._task is not None:
            self._bar.reset(self._task, total=self._left_s, description="perceiving", detail="starting workers")

    def settled(self, task: Task, entry: Entry) -> None:
        """Tell what became of one segment."""
        duration_s = task.segment.interval.duration_s
        self._settled[entry.status] += 1
        self._footage_s += duration_s
        self._left_s -= duration_s
        frames = entry.facts.get("frames_decoded", 0)
        self._frames += frames if isinstance(frames, int) else 0
        if entry.status != "done":
            self.say(f"{task}: {entry.status}: {entry.reason}")
        if self._bar and self._task is not None:
            self._bar.update(self._task, completed=self._footage_s, detail=self._rate())
        elif time.monotonic() - self._told_s >= LINE_EVERY_S or sum(self._settled.values()) == self._to_do:
            self._told_s = time.monotonic()
            self.say(f"{sum(self._settled.values())} of {self._to_do} segments, {self._rate()}, {self._time_left()}")

    def say(self, text: str) -> None:
        """Write a line above the bar."""
        self._console.print(printable(text), markup=False, highlight=False, soft_wrap=True)

    def _rate(self) -> str:
        elapsed_s = max(time.monotonic() - self._began_s, 1e-3)
        return f"{self._frames / elapsed_s:.0f} frames/s, {footage_time(self._footage_s)} done"

    def _time_left(self) -> str:
        if self._footage_s <= 0:
            return "time left unknown"
        left_s = max(self._left_s, 0.0) * (time.monotonic() - self._began_s) / self._footage_s
        return f"about {left_s:.0f} s left" if left_s < 120 else f"about {left_s / 60:.0f} min left"


@contextmanager
def talking(console: Console) -> Iterator[Talk]:
    """Give a listener, with a bar for the time of the block when standard error is a terminal."""
    if not console.is_terminal:
        yield Talk(console, None)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[detail]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        yield Talk(console, bar)


@contextmanager
def counting(console: Console, doing: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function that is told how many pieces of how many are done: a bar on a terminal, lines elsewhere.

    Args:
        console: standard error.
        doing: what is done, such as "simulating".
    """
    told_s = time.monotonic()

    def tell_line(done: int, total: int) -> None:
        nonlocal told_s
        if time.monotonic() - told_s >= LINE_EVERY_S:
            told_s = time.monotonic()
            console.print(f"{doing}: {done} of {total}", markup=False, highlight=False, soft_wrap=True)

    if not console.is_terminal:
        yield tell_line
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
