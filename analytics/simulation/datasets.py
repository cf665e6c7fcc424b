"""Data sets of simulated people: portraits for re-ID, frames for detection. `training` reads what is written here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from analytics.simulation.graphics import open_context
from analytics.simulation.optics import expose, sample_optics
from analytics.simulation.people.bodies import BodyModel
from analytics.simulation.people.cast import Casting, cast
from analytics.simulation.people.wardrobe import Family
from analytics.simulation.portraits import PortraitPlan, draw_portraits, seen_by
from analytics.simulation.random_places import RandomPlace, random_place, useful_places
from analytics.simulation.rendering import Painters, SiteRenderer
from analytics.simulation.scene import Action, Figures, FloatArray, RgbImage, View
from analytics.training.detector_data import write_example
from analytics.training.reid_data import write_pack

if TYPE_CHECKING:
    pass

Progress = Callable[[int, int], None]
"""Called with how much is done and how much there is."""

_SURROUNDINGS, _PLACES = 6, 7  # purposes of random numbers, see the seeds
_SIZES_PX = ((640, 360), (480, 360))
_PEOPLE_A_FRAME = 4.5
_EMPTY_SHARE = 0.08
_ELSEWHERE_SHARE = 0.25  # of people who stand anywhere, half hidden or far away, not where they are seen well
_APART_M = 0.45
_ACTION_SHARES = (0.66, 0.31, 0.03)


@dataclass(frozen=True, slots=True)
class FramePlan:
    """How many frames of what.

    Attributes:
        frames: in all.
        views_a_place: cameras of one place.
        frames_a_view: frames of one camera.
        people: how many different people appear.
        family: of fabrics and places.
        seed: decides everything.
    """

    frames: int
    views_a_place: int = 3
    frames_a_view: int = 8
    people: int = 400
    family: Family = "a"
    seed: int = 0


def write_portraits(
    folder: Path, casting: Casting, plan: PortraitPlan, places: int = 60, progress: Progress | None = None
) -> None:
    """Draw a cast and write their portraits as a pack for `train_reid`.

    Args:
        folder: where to; replaced.
        casting: who.
        plan: how many pictures.
        places: places from which backgrounds are cut.
        progress: called as people are done.

    Raises:
        ModelError, ResourceError: the extra `simulation` or OpenGL is missing.
    """
    context, people = open_context(), cast(BodyModel(), casting)
    painters = Painters.load(context, people)
    surroundings = list(_surroundings(painters, places, casting.family, plan.seed))
    numbers = [number for number in range(len(people)) for _ in seen_by(number, plan)]
    cameras = [camera_id for number in range(len(people)) for camera_id in seen_by(number, plan)]
    labels = pa.table(
        {
            "person_id": [f"{casting.family}{casting.seed}-{number:05d}" for number in numbers],
            "camera_id": [f"{casting.family}{plan.seed}-{camera_id}" for camera_id in cameras],
            "family": [casting.family] * len(numbers),
        }
    )
    write_pack(folder, labels, _counted(draw_portraits(painters, surroundings, plan), len(people), progress))


def write_frames(folder: Path, split: str, plan: FramePlan, progress: Progress | None = None) -> None:
    """Draw random places with people and write frames as a split of a data set for `train_detector`.

    Raises:
        ModelError, ResourceError: the extra `simulation` or OpenGL is missing.
    """
    context = open_context()
    painters = Painters.load(context, cast(BodyModel(), Casting(plan.people, plan.seed, plan.family)))
    done, place_no = 0, 0
    while done < plan.frames:
        rng = np.random.default_rng([plan.seed, _PLACES, place_no])
        found = random_place(rng, plan.family, plan.views_a_place, _SIZES_PX[int(rng.random() < 0.3)])
        renderer = SiteRenderer(painters, found.place, {str(n): view for n, view in enumerate(found.views)})
        for number, frame in product(range(len(found.views)), range(plan.frames_a_view)):
            if done < plan.frames:
                view = found.views[number]
                figures = _crowd(found, view, len(painters.figures.people), rng)
                picture = renderer.render(str(number), figures)
                rgb = expose(picture.rgb, sample_optics(rng, found.optics_kind), rng)
                name = f"{plan.family}{plan.seed}-{place_no:05d}-{number}-{frame}"
                write_example(folder, split, name, rgb, picture.boxes, picture.visibility)
                done += 1
                if progress:
                    progress(done, plan.frames)
        renderer.release()
        place_no += 1


def _surroundings(painters: Painters, places: int, family: Family, seed: int) -> Iterator[RgbImage]:
    for number in range(places):
        found = random_place(np.random.default_rng([seed, _SURROUNDINGS, number]), family, 2)
        straight = [replace(view, k1=0.0) for view in found.views]
        for background in painters.backgrounds.paint(found.place, straight):
            yield background.picture()


def _counted(pictures: Iterator[RgbImage], people: int, progress: Progress | None) -> Iterator[RgbImage]:
    for number, own in enumerate(pictures, start=1):
        yield from own
        if progress:
            progress(number, people)


def _crowd(found: RandomPlace, view: View, people: int, rng: np.random.Generator) -> Figures:
    """Put some people on the floor, mostly where the camera sees them, nobody inside anybody else."""
    wanted = 0 if rng.random() < _EMPTY_SHARE else min(12, 1 + int(rng.poisson(_PEOPLE_A_FRAME - 1)))
    seen, anywhere = useful_places(view, found.layout, found.floor), found.floor.places()
    taken: list[FloatArray] = []
    for _ in range(4 * wanted):
        if len(taken) == wanted:
            break
        choice = anywhere if rng.random() < _ELSEWHERE_SHARE or not len(seen) else seen
        if taken and rng.random() < 0.3:  # company
            spot = taken[-1] + rng.normal(0, 0.6, 2)
            if not len(choice) or np.hypot(*(choice - spot).T).min() > 0.15:
                continue
        else:
            spot = choice[int(rng.integers(len(choice)))] + rng.uniform(-0.1, 0.1, 2)
        if all(np.hypot(*(spot - other)) > _APART_M for other in taken):
            taken.append(spot)
    count = len(taken)
    spots = np.array(taken).reshape(count, 2)
    return Figures(
        person_no=rng.choice(people, count, replace=False),
        x_m=spots[:, 0],
        y_m=spots[:, 1],
        heading_rad=rng.uniform(0, 2 * np.pi, count),
        action=rng.choice([int(action) for action in Action], count, p=_ACTION_SHARES),
        phase=rng.uniform(0, 40, count),
        stride_m=rng.uniform(1.0, 1.55, count),
    )
