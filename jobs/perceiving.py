"""The worker that perceives segments: it holds the models and writes Parquet files; what it returns is small.

Importing this loads no model library, so that a worker can be described where none will run.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from analytics.lake.lake import Lake
from analytics.lake.ledger import WrittenFile
from analytics.lake.store import open_store
from analytics.perception.models import ModelFolder
from analytics.perception.plugins import Workplace
from analytics.settings import Resources, Settings
from jobs.plan import Task


@dataclass(frozen=True, slots=True)
class Written:
    """What a worker gives back for a segment that is done: file names and numbers, never pixels or tables."""

    files: tuple[WrittenFile, ...]
    facts: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class PerceivingWorker:
    """Describes a worker; called in the worker's own process, it loads the models.

    Attributes:
        settings: what to perceive, and with how many threads.
        models: where the weights lie.
        footage: the footage folder, readable where the worker runs.
        lake: location of the lake's store, writable where the worker runs.
    """

    settings: Settings
    models: ModelFolder
    footage: Path
    lake: str

    def __call__(self) -> Callable[[Task], Written]:
        """Load the models and return the function that perceives one segment.

        Raises:
            ModelError: weights are missing or unusable.
            LakeError: the lake cannot be opened.
        """
        from analytics.perception import pipeline

        workplace = Workplace(self.models, self.settings.resources.cpus_per_worker, device(self.settings.resources))
        perceiver = pipeline.build(self.settings.perception, workplace)
        lake = Lake(open_store(self.lake))

        def perceive(task: Task) -> Written:
            segment = task.segment
            perceived = perceiver.perceive(segment, self.footage / segment.path, task.camera)
            files = lake.write_files(
                night=segment.night, camera_id=segment.camera_id, key=task.key, tables=perceived.tables
            )
            return Written(files, perceived.facts)

        return perceive


def device(resources: Resources) -> str:
    """Return the torch device of a worker; Ray shows each worker only its own GPU, as number 0."""
    return "cuda:0" if resources.gpus_per_worker else "cpu"
