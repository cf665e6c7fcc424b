"""What every executor promises, over the one in this process and the one over Ray."""

import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics.errors import ContractError, ModelError, ResourceError
from analytics.settings import Resources
from jobs.executors import Crashed, Done, Executor, LocalExecutor, Quarantined, WorkerBugError
from tests.builders.workers import CannotBuild, DiesBuilding, Job, Squares


@pytest.fixture(scope="module")
def local_ray() -> Iterator[None]:
    """One Ray with two CPUs for the whole module: starting one takes seconds."""
    import ray

    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_IGNORE_UNHANDLED_ERRORS", "1")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    ray.init(
        address="local",
        num_cpus=2,
        num_gpus=0,
        include_dashboard=False,
        log_to_driver=False,
        logging_level=logging.ERROR,
        object_store_memory=100_000_000,
    )
    yield
    ray.shutdown()


@pytest.fixture(params=["local", pytest.param("ray", marks=pytest.mark.ray)])
def executor(request: pytest.FixtureRequest) -> Executor:
    if request.param == "local":
        return LocalExecutor()
    return over_ray(request)


@pytest.fixture
def on_ray(request: pytest.FixtureRequest) -> Executor:
    return over_ray(request)


def over_ray(request: pytest.FixtureRequest, **resources: float) -> Executor:
    request.getfixturevalue("local_ray")
    from jobs.ray_executor import RayExecutor

    return RayExecutor(Resources(**resources))


def by_number(job: Job) -> float:
    return job.number


def nothing_costs(job: Job) -> float:
    return 0.0


def test_no_items_no_outcomes_and_no_worker(executor: Executor, tmp_path: Path) -> None:
    """Without items nothing comes out, and no worker is even built."""
    assert list(executor.map(Squares(tmp_path), [], cost=by_number)) == []
    assert list(tmp_path.iterdir()) == []


def test_one_item(executor: Executor, tmp_path: Path) -> None:
    """A single item gives its result."""
    (outcome,) = executor.map(Squares(tmp_path), [Job(7)], cost=by_number)
    assert isinstance(outcome, Done)
    assert (outcome.item, outcome.result[0]) == (Job(7), 49)


def test_every_item_has_exactly_one_outcome(executor: Executor, tmp_path: Path) -> None:
    """Forty items give their forty results, whatever the order, and each was tried once."""
    squares = Squares(tmp_path)
    outcomes = list(executor.map(squares, map(Job, range(40)), cost=by_number))
    assert all(isinstance(outcome, Done) for outcome in outcomes)
    assert {o.item.number: o.result[0] for o in outcomes if isinstance(o, Done)} == {n: n * n for n in range(40)}
    assert len(outcomes) == 40
    assert [squares.tries(number) for number in range(40)] == [1] * 40


def test_models_are_built_once_per_worker(executor: Executor, tmp_path: Path) -> None:
    """A worker is built once, however many items it works on."""
    outcomes = list(executor.map(Squares(tmp_path), map(Job, range(12)), cost=by_number))
    processes = {outcome.result[1] for outcome in outcomes if isinstance(outcome, Done)}
    assert len(list(tmp_path.glob("built-*"))) <= 2
    assert len(processes) <= len(list(tmp_path.glob("built-*")))


def test_broken_item_is_quarantined_and_the_others_go_on(executor: Executor, tmp_path: Path) -> None:
    """A RecordingError costs its own item only, and its reason arrives."""
    jobs = [Job(0), Job(1, "broken"), Job(2), Job(3, "broken"), Job(4)]
    outcomes = list(executor.map(Squares(tmp_path), jobs, cost=by_number))
    assert {o.item.number: o.reason for o in outcomes if isinstance(o, Quarantined)} == {
        1: "recording 1 is broken",
        3: "recording 3 is broken",
    }
    assert sorted(o.item.number for o in outcomes if isinstance(o, Done)) == [0, 2, 4]


def test_bug_is_raised_with_the_item_named(executor: Executor, tmp_path: Path) -> None:
    """An exception that nobody foresaw stops the run and says which item it was."""
    with pytest.raises(WorkerBugError, match=r"Job\(number=1, way='bug'\).*ZeroDivisionError: a bug"):
        list(executor.map(Squares(tmp_path), [Job(0), Job(1, "bug")], cost=by_number))


def test_crosscam_error_keeps_its_type_and_names_the_item(executor: Executor, tmp_path: Path) -> None:
    """A broken contract in a worker is a ContractError in the driver, attributes and all."""
    with pytest.raises(ContractError, match="score is null in 3 rows") as caught:
        list(executor.map(Squares(tmp_path), [Job(5, "contract")], cost=by_number))
    assert caught.value.violations == ("score is null in 3 rows",)
    assert any("Job(number=5" in note for note in caught.value.__notes__)


def test_worker_that_cannot_be_built_stops_the_run(executor: Executor) -> None:
    """Missing weights are a ModelError, before any item is blamed."""
    with pytest.raises(ModelError, match="not in the model folder"):
        list(executor.map(CannotBuild(), [Job(0), Job(1)], cost=by_number))


def test_executor_works_again_after_an_error(executor: Executor, tmp_path: Path) -> None:
    """A run that was stopped leaves nothing behind that keeps the next from running."""
    with pytest.raises(WorkerBugError):
        list(executor.map(Squares(tmp_path), [Job(n, "bug") for n in range(4)], cost=by_number))
    assert len(list(executor.map(Squares(tmp_path), map(Job, range(3)), cost=by_number))) == 3


def test_consumer_that_stops_early_frees_the_workers(executor: Executor, tmp_path: Path) -> None:
    """A caller may leave after the first outcome; the workers are free for the next map."""
    outcomes = executor.map(Squares(tmp_path), map(Job, range(10)), cost=by_number)
    next(outcomes)
    outcomes.close()
    assert len(list(executor.map(Squares(tmp_path), map(Job, range(3)), cost=by_number))) == 3


def test_dearest_is_begun_first_and_equal_ones_in_order(tmp_path: Path) -> None:
    """One worker begins with the highest cost; equal costs keep the order of the items."""
    executor = LocalExecutor()
    begun = [o.item.number for o in executor.map(Squares(tmp_path), map(Job, [2, 9, 5]), cost=by_number)]
    same = [o.item.number for o in executor.map(Squares(tmp_path), map(Job, [2, 9, 5]), cost=nothing_costs)]
    assert (begun, same) == ([9, 5, 2], [2, 9, 5])


@pytest.mark.ray
def test_dearest_is_begun_first_on_ray(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """A single Ray worker takes the dearest first as well."""
    request.getfixturevalue("local_ray")
    from jobs.ray_executor import RayExecutor

    executor = RayExecutor(workers=1)
    assert [o.item.number for o in executor.map(Squares(tmp_path), map(Job, [2, 9, 5]), cost=by_number)] == [9, 5, 2]


@pytest.mark.ray
def test_killed_worker_is_replaced_and_its_item_done(on_ray: Executor, tmp_path: Path) -> None:
    """SIGKILL in the middle of an item costs one more try of that item and nothing else."""
    squares = Squares(tmp_path)
    jobs = [Job(n, "die once" if n in (3, 8) else "fine") for n in range(10)]
    outcomes = list(on_ray.map(squares, jobs, cost=by_number))
    assert sorted(o.result[0] for o in outcomes if isinstance(o, Done)) == [n * n for n in range(10)]
    assert [squares.tries(n) for n in range(10)] == [2 if n in (3, 8) else 1 for n in range(10)]


@pytest.mark.ray
def test_item_that_always_kills_is_given_up_after_the_attempts(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """A poisonous item is Crashed after exactly `attempts` tries; the others are done."""
    squares = Squares(tmp_path)
    outcomes = list(over_ray(request, attempts=2).map(squares, [Job(0), Job(1, "die"), Job(2)], cost=by_number))
    (crashed,) = [o for o in outcomes if isinstance(o, Crashed)]
    assert (crashed.item.number, crashed.attempts, squares.tries(1)) == (1, 2, 2)
    assert "worker died" in crashed.reason
    assert sorted(o.item.number for o in outcomes if isinstance(o, Done)) == [0, 2]


@pytest.mark.ray
def test_hanging_item_is_killed_and_tried_again(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """A worker over its time is killed; the item runs again and can succeed."""
    squares = Squares(tmp_path)
    executor = over_ray(request, segment_timeout_s=2)
    outcomes = list(executor.map(squares, [Job(0), Job(1, "hang once")], cost=by_number))
    assert sorted(o.item.number for o in outcomes if isinstance(o, Done)) == [0, 1]
    assert squares.tries(1) == 2


@pytest.mark.ray
def test_item_that_always_hangs_is_given_up(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """An item that never ends is Crashed with the limit in its reason; the run ends."""
    executor = over_ray(request, segment_timeout_s=1, attempts=2)
    (crashed,) = executor.map(Squares(tmp_path), [Job(1, "hang")], cost=by_number)
    assert isinstance(crashed, Crashed)
    assert (crashed.attempts, crashed.reason) == (2, "the worker did not answer within 1 s")


@pytest.mark.ray
@pytest.mark.parametrize("asked", [{"cpus_per_worker": 64}, {"gpus_per_worker": 0.5}])
def test_impossible_resources_are_refused_at_once(
    request: pytest.FixtureRequest, tmp_path: Path, asked: dict[str, float]
) -> None:
    """More than the cluster has is a ResourceError within a second, not a wait for ever."""
    executor = over_ray(request, **asked)
    begun = time.monotonic()
    with pytest.raises(ResourceError, match=r"expected room for 1 workers .* found room for 0"):
        list(executor.map(Squares(tmp_path), [Job(0)], cost=by_number))
    assert time.monotonic() - begun < 1


@pytest.mark.ray
def test_more_workers_than_fit_are_refused(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Asking for three workers where two fit is an error that says so."""
    request.getfixturevalue("local_ray")
    from jobs.ray_executor import RayExecutor

    with pytest.raises(ResourceError, match=r"room for 3 workers .* found room for 2"):
        list(RayExecutor(workers=3).map(Squares(tmp_path), map(Job, range(5)), cost=by_number))


@pytest.mark.ray
def test_workers_that_die_at_their_start_are_not_started_for_ever(on_ray: Executor) -> None:
    """When loading the models kills every worker, the run stops and no item is blamed."""
    with pytest.raises(ResourceError, match="lost while they loaded their models"):
        list(on_ray.map(DiesBuilding(), [Job(0)], cost=by_number))


@pytest.mark.ray
def test_bug_in_building_shows_the_workers_traceback(on_ray: Executor) -> None:
    """What went wrong in the other process is readable in this one."""
    with pytest.raises(WorkerBugError, match="its start: KeyError") as caught:
        list(on_ray.map(CannotBuild(has_bug=True), [Job(0)], cost=by_number))
    assert any('raise KeyError("weights")' in note for note in caught.value.__notes__)


@pytest.mark.ray
@pytest.mark.parametrize("address", ["nowhere", "127.0.0.1:1"])
def test_unreachable_cluster_is_refused(tmp_path: Path, address: str) -> None:
    """An address where no cluster answers is a ResourceError that speaks of the address."""
    import ray

    from jobs.ray_executor import RayExecutor

    if ray.is_initialized():
        ray.shutdown()
    with pytest.raises(ResourceError, match=f"expected a Ray cluster at {address}"):
        list(RayExecutor(address=address).map(Squares(tmp_path), [Job(0)], cost=by_number))
