"""All recordings of a site, made by several processes at once."""

import multiprocessing
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from analytics.errors import ResourceError
from analytics.simulation.footage import UNFINISHED, Renderer, Shoot, film, missing
from analytics.simulation.recorder import Reel

MakeRenderer = Callable[[], Renderer]
"""Made anew in every process: a module's function, or a `functools.partial` of one."""

Progress = Callable[[int, int], None]
"""Told how many recordings are there, and of how many."""

_LOOKS_EVERY_S = 1.0


def film_all(
    shoot: Shoot, files: Sequence[Reel], make_renderer: MakeRenderer, workers: int, progress: Progress
) -> None:
    """Make every recording that is not there yet.

    Args:
        shoot: what they show.
        files: the recordings of all cameras.
        make_renderer: what draws.
        workers: processes at once; 1 works in this one.
        progress: told from time to time.

    Raises:
        ResourceError: a process was killed, for want of memory perhaps; what it finished stays.
        OSError: the folder cannot be written to.
    """
    to_do = missing(shoot, files)
    progress(len(files) - len(to_do), len(files))
    if workers == 1 or len(to_do) <= 1:
        _film_share(shoot, to_do, make_renderer, lambda: progress(len(files) - len(missing(shoot, files)), len(files)))
    else:
        _in_processes(shoot, files, to_do, make_renderer, workers, progress)
    shutil.rmtree(shoot.folder / UNFINISHED, ignore_errors=True)


def _in_processes(
    shoot: Shoot,
    files: Sequence[Reel],
    to_do: Sequence[Reel],
    make_renderer: MakeRenderer,
    workers: int,
    progress: Progress,
) -> None:
    # spawn: a forked copy of a process that has opened a graphics context does not work
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(to_do)), context) as pool:
        # neighbouring recordings go to different processes: busy and empty hours are shared
        shares = [to_do[number::workers] for number in range(workers)]
        running: set[Future[None]] = {
            pool.submit(_film_share, shoot, share, make_renderer, None) for share in shares if share
        }
        try:
            while running:
                done, running = wait(running, timeout=_LOOKS_EVERY_S)
                progress(len(files) - len(missing(shoot, files)), len(files))
                for future in done:
                    future.result()
        except BrokenProcessPool as error:
            raise ResourceError(
                "a process that renders was killed, for want of memory perhaps; run again to go on, with fewer workers"
            ) from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _film_share(
    shoot: Shoot, share: Sequence[Reel], make_renderer: MakeRenderer, after_each: Callable[[], None] | None
) -> None:
    if not share:
        return
    renderer = make_renderer()
    for reel in share:
        film(shoot, renderer, reel)
        if after_each is not None:
            after_each()
