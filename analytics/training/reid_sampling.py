"""Which pictures a training step sees: some people with some pictures each, from as many cameras as possible.

Every person comes once before anyone comes again. All people of a batch are taken from the same cameras where they have
pictures there, so that a batch holds what is hard on a site: one person in two cameras, two people in one camera.
"""

from dataclasses import dataclass

import numpy as np

from analytics.geometry import IntArray


@dataclass(frozen=True, slots=True, eq=False)
class BatchSampler:
    """Draws batches; a function of the seed and the number of the step, so that a resumed run goes on with the same.

    Attributes:
        pictures: (n,) numbers of the pictures, sorted by person and camera.
        starts: (people + 1,) where each person's pictures begin in `pictures`.
        cameras: (n,) camera of each of `pictures`.
        camera_count: how many cameras there are.
        people_per_batch: P; fewer where there are fewer people.
        pictures_per_person: K; a person with fewer pictures has some twice.
        seed: of the draws.
    """

    pictures: IntArray
    starts: IntArray
    cameras: IntArray
    camera_count: int
    people_per_batch: int
    pictures_per_person: int
    seed: int

    @staticmethod
    def of(
        people: IntArray, cameras: IntArray, people_per_batch: int, pictures_per_person: int, seed: int
    ) -> "BatchSampler":
        """Sort the pictures.

        Args:
            people: (n,) person of each picture, 0 ... p - 1, each at least once.
            cameras: (n,) camera of each picture, from 0.
            people_per_batch: P, at least 2.
            pictures_per_person: K, at least 2.
            seed: of the draws.
        """
        order = np.lexsort((cameras, people))
        starts = np.searchsorted(people[order], np.arange(people.max() + 2))
        count = len(starts) - 1
        return BatchSampler(
            order,
            starts,
            cameras[order],
            int(cameras.max()) + 1,
            min(people_per_batch, count),
            pictures_per_person,
            seed,
        )

    @property
    def batches_per_epoch(self) -> int:
        """Steps in which every person comes once; the last few people of a round wait for another one."""
        return max(1, (len(self.starts) - 1) // self.people_per_batch)

    def batch(self, step: int, neighbours: IntArray | None = None) -> IntArray:
        """Return the (P * K,) pictures of a step, K of the same person in a row.

        Args:
            step: number of the step, from 0.
            neighbours: (people, m) the people who look most like each, the most alike first; with it, a quarter of a
                batch is drawn and the rest are theirs. None: all are drawn.
        """
        epoch, place = divmod(step, self.batches_per_epoch)
        shuffled = np.random.default_rng([self.seed, 1, epoch]).permutation(len(self.starts) - 1)
        drawn: IntArray = shuffled[place * self.people_per_batch : (place + 1) * self.people_per_batch]
        if neighbours is not None:
            drawn = _with_neighbours(drawn, neighbours)
        rng = np.random.default_rng([self.seed, 2, step])
        rank = rng.permutation(self.camera_count)
        return np.concatenate([self._pictures_of(person, rank, rng) for person in drawn])

    def _pictures_of(self, person: int, rank: IntArray, rng: np.random.Generator) -> IntArray:
        """Return K pictures of a person, from the cameras that come first in the batch's order, one of each in turn."""
        own = slice(self.starts[person], self.starts[person + 1])
        pictures, cameras = self.pictures[own], self.cameras[own]
        shuffle = rng.permutation(len(pictures))
        pictures, cameras = pictures[shuffle], cameras[shuffle]
        # the turn of a picture is how many of its camera come before it
        by_camera = np.argsort(cameras, kind="stable")
        ordered = cameras[by_camera]
        turn = np.empty(len(pictures), np.int64)
        turn[by_camera] = np.arange(len(pictures)) - np.searchsorted(ordered, ordered)
        chosen = np.lexsort((rank[cameras], turn))
        taken: IntArray = np.resize(pictures[chosen], self.pictures_per_person)
        return taken


def _with_neighbours(drawn: IntArray, neighbours: IntArray) -> IntArray:
    """Return as many people: the first of those drawn, each followed by those most like them, nobody twice."""
    groups = np.concatenate([drawn[:, None], neighbours[drawn, :3]], axis=1).ravel()
    _, first = np.unique(groups, return_index=True)
    return groups[np.sort(first)][: len(drawn)]
