"""kill -9 of a worker and of the driver, at several moments, over a real local Ray: the tables come out the same."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from jobs.executors import LocalExecutor
from jobs.night import run
from tests.builders.nights import NIGHT, Ears, SmallSite, add_bad_files, all_tables, published_files, small_site

ROOT = Path(__file__).parents[2]
PATIENCE_S = 120.0

pytestmark = pytest.mark.ray


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> SmallSite:
    """Two cameras with two files of 8 s each and bad files besides: more than thirty segments."""
    drawn = small_site(tmp_path_factory.mktemp("site"), seconds=8.0)
    add_bad_files(drawn)
    return drawn


@pytest.fixture(scope="module")
def undisturbed(site: SmallSite, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake of the same footage that nobody disturbed, made in this process."""
    lake = tmp_path_factory.mktemp("undisturbed") / "lake"
    run(site.order(lake), LocalExecutor(), Ears())
    return lake


@pytest.mark.parametrize("entries", [0, 1, 9, 24])
def test_killed_driver(site: SmallSite, undisturbed: Path, tmp_path: Path, entries: int) -> None:
    """Kill -9 of the driver after so many ledger entries, then a run in this process: equal tables, equal files."""
    lake = tmp_path / "lake"
    with crosscam_run(site, lake) as driver:
        wait_for(lambda: ledger_entries(lake) >= entries and (lake / "_ledger" / f"night={NIGHT}" / "plan").exists())
        driver.kill()
        assert driver.wait() == -signal.SIGKILL
    left = ledger_entries(lake)
    summary = run(site.order(lake), LocalExecutor(), Ears())
    assert summary.worked_on == ledger_entries(undisturbed) - left
    assert all_tables(lake) == all_tables(undisturbed)
    assert published_files(lake) == published_files(undisturbed)


@pytest.mark.parametrize("entries", [0, 12])
def test_killed_worker(site: SmallSite, undisturbed: Path, tmp_path: Path, entries: int) -> None:
    """Kill -9 of a worker after so many ledger entries: the same run ends, exit 3 for the bad file, equal tables."""
    lake = tmp_path / "lake"
    with crosscam_run(site, lake) as driver:
        wait_for(lambda: ledger_entries(lake) >= entries and bool(workers_of(driver.pid)))
        os.kill(workers_of(driver.pid)[0], signal.SIGKILL)
        _, errors = driver.communicate(timeout=PATIENCE_S)
    assert driver.returncode == 3, errors
    assert all_tables(lake) == all_tables(undisturbed)
    assert published_files(lake) == published_files(undisturbed)


def test_interrupt_leaves_nothing_running(site: SmallSite, tmp_path: Path) -> None:
    """Ctrl-C ends the run with exit 130, without a traceback, and takes its Ray with it."""
    lake = tmp_path / "lake"
    with crosscam_run(site, lake) as driver:
        wait_for(lambda: ledger_entries(lake) >= 1)
        started = descendants(driver.pid)
        driver.send_signal(signal.SIGINT)
        _, errors = driver.communicate(timeout=PATIENCE_S)
    assert driver.returncode == 130
    assert "Traceback" not in errors
    wait_for(lambda: not [pid for pid in started if is_running(pid)])


def test_second_run_is_quick_and_loads_neither_ray_nor_torch(site: SmallSite, undisturbed: Path) -> None:
    """With everything done, the command answers in under five seconds, says so, and leaves the heavy libraries out."""
    code = (
        "import sys; from jobs import cli\n"
        "try: cli.main()\n"
        "finally: print([name for name in ('ray', 'torch', 'cv2', 'ultralytics', 'openvino') if name in sys.modules])"
    )
    words = ["run", str(site.footage), "--lake", str(undisturbed), "--settings", str(site.settings)]
    # the undisturbed lake was perceived only: the command's first run links it
    subprocess.run([sys.executable, "-m", "jobs.cli", *words], cwd=ROOT, capture_output=True, check=False)
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    took_s = time.monotonic() - began
    assert done.returncode == 3, done.stderr
    assert "nothing to do" in done.stderr
    assert done.stdout == "[]\n"
    assert took_s < 5


@contextmanager
def crosscam_run(site: SmallSite, lake: Path) -> Iterator[subprocess.Popen[str]]:
    """Start `crosscam run` with two Ray workers in a process of its own, killed at the end if it still runs."""
    words = ["run", str(site.footage), "--lake", str(lake), "--settings", str(site.settings), "--workers", "2"]
    started = [sys.executable, "-m", "jobs.cli", *words]
    with subprocess.Popen(started, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as driver:
        try:
            yield driver
        finally:
            driver.kill()


def wait_for(holds: Callable[[], bool]) -> None:
    """Wait until something holds, or fail after a while."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < PATIENCE_S, "waited in vain"
        time.sleep(0.01)


def ledger_entries(lake: Path) -> int:
    """Count the segments that have an entry."""
    folder = lake / "_ledger" / f"night={NIGHT}" / "perceive"
    return sum(1 for path in folder.iterdir() if not path.name.startswith(".")) if folder.is_dir() else 0


def descendants(pid: int) -> list[int]:
    """Return the processes that a process started, and theirs."""
    children: dict[int, list[int]] = {}
    for child, parent in parents():
        children.setdefault(parent, []).append(child)
    found: list[int] = []
    queue = [pid]
    while queue:
        queue += children.get(queue.pop(), [])
        found = sorted(set(found) | set(queue))
    return found


def parents() -> Iterator[tuple[int, int]]:
    """Yield every process with its parent."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        yield int(path.parent.name), int(fields[1])


def workers_of(driver: int) -> list[int]:
    """Return the processes that hold a worker, which Ray names after the actor."""
    return [pid for pid in descendants(driver) if "ray::_Actor" in command_of(pid)]


def command_of(pid: int) -> str:
    """Return a process's command line, empty when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def is_running(pid: int) -> bool:
    """Tell whether a process is there and is no zombie."""
    return bool(command_of(pid))
