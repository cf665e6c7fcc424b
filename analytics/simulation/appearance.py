"""How alike embeddings of simulated people are: clothes, bodies, views, cameras and the quality of a crop.

A vector is x / |x| with, for person p in outfit o, stop s, tracklet t, camera k and crop v of quality q,

    x = sqrt(1 - OWN) O[o] + sqrt(OWN) P[p]  +  b BIAS C[k]  +  r (VIEW S[s] + TRACK T[t] + CROP sqrt(n m / q) V[v])

where each letter in brackets is a normal vector of mean square length 1, n the number of vectors of the tracklet, m the
mean quality, b `World.camera_bias` and r `World.reid_noise`. So people of one outfit (or of the uniform) differ by OWN
alone; two tracklets of one stay share the view and are more alike than two of different cameras; what a camera adds is
the same to everybody, and subtracting the camera's mean takes it out; and the mean of a tracklet's n vectors, weighted
by quality, is as good as the one vector of n = 1. The one vector of a tracklet that shows two people is made of both
people's parts, by their shares.

The sizes are chosen so that a tracklet of the default world finds its person in another camera first (Rank-1) about as
often as with a network that was trained on simulated people alone and never saw the site: .62, mAP .46, and Rank-1 .69
after subtracting camera means. Measured by brute force, tracklets of the same camera left out, five seeds (sd .01):

    world                             Rank-1   mAP    camera means subtracted: Rank-1   mAP
    default                             .62    .46                               .70    .54
    reid_noise 0.8                      .86    .76                               .91    .84
    reid_noise 1.1                      .48    .32                               .55    .39
    camera_bias 2                       .43    .28                               .70    .54
    uniform_share 0.5                   .42    .30                               .49    .37
    people_per_night 7500               .49    .32                               .58    .41

Vectors that a network gave for pictures of people have other tails than normal ones: look-alikes are nearer, a bad view
is farther off. Where a world is given such `Pictures`, the first part of x and the bias are the picture of the person
by the camera; each tracklet shows one or two of them. Whoever wears the uniform is sqrt(1 - OWN_IN_UNIFORM) of one
picture that all of them share and sqrt(OWN_IN_UNIFORM) of their own: twins, in different poses.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.geometry import FloatArray, IntArray
from analytics.simulation.itineraries import UNIFORM, outfit_count
from analytics.simulation.world import Purpose, World, stream

OWN = 0.46
OWN_IN_UNIFORM = 0.15
BIAS = 0.48
VIEW = 1.2
TRACK = 0.6
CROP = 0.6
MEAN_QUALITY = 0.65
_FULL_HEIGHT_PX = 160.0  # from this height on, size takes nothing off the quality
_LEAST_QUALITY = 0.05


@dataclass(frozen=True, slots=True)
class Pictures:
    """What a network made of pictures of people.

    Attributes:
        vectors: (people, cameras, pictures, d) float32 of length 1: some pictures of everybody by each camera.
    """

    vectors: FloatArray

    def of_people(self, numbers: IntArray) -> "Pictures":
        """Return the pictures of some of the people."""
        return Pictures(self.vectors[numbers])


@dataclass(frozen=True, slots=True)
class Appearance:
    """What everybody and every camera looks like on all nights; float32 rows of mean square length 1.

    Attributes:
        people: (people, d) what is a person's own.
        outfits: (outfits + 1, d) clothes, the uniform first.
        cameras: (cameras, d) what a camera adds.
        pictures: (people + 1, cameras, pictures, d) what stands in place of these, the last row for the uniform; None:
            nothing does.
    """

    people: FloatArray
    outfits: FloatArray
    cameras: FloatArray
    pictures: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What vectors are made of, one row each.

    Attributes:
        person: (n,) number of the person.
        outfit: (n,) number of the outfit.
        other_person: (n,) the person mixed in, or the same.
        other_outfit: (n,) and that person's outfit.
        share: (n,) weight of the first person, in (0, 1].
        camera: number of the camera.
        stop: (n,) a number from 0 that is the same for one stay.
        tracklet: (n,) a number from 0 that is the same for one tracklet.
        quality: (n,) in (0, 1].
        siblings: (n,) number of vectors of the tracklet.
    """

    person: IntArray
    outfit: IntArray
    other_person: IntArray
    other_outfit: IntArray
    share: FloatArray
    camera: int
    stop: IntArray
    tracklet: IntArray
    quality: FloatArray
    siblings: IntArray


def draw_appearance(world: World, people: int, pictures: Pictures | None = None) -> Appearance:
    """Draw what everybody and every camera looks like.

    Args:
        world: the parameters.
        people: number of people.
        pictures: whom to take people and cameras from, by lot; None: nobody.

    Raises:
        ValueError: there are pictures of fewer people than the world has and one more, or of fewer cameras, or of
            another dimension.
    """
    taken = None
    if pictures is not None:
        known, by, _, dimension = pictures.vectors.shape
        if people >= known or world.cameras > by or world.dimension != dimension:
            wanted = f"{people + 1} people by {world.cameras} cameras of dimension {world.dimension}"
            raise ValueError(f"expected pictures of {wanted}, got {known} by {by} of {dimension}")
        rng = stream(world, Purpose.PICTURES)
        taken = pictures.vectors[rng.permutation(known)[: people + 1]][:, rng.permutation(by)[: world.cameras]]
    return Appearance(
        pictures=taken,
        people=_normal(stream(world, Purpose.PEOPLE), people, world.dimension),
        outfits=_normal(stream(world, Purpose.OUTFITS), outfit_count(world) + 1, world.dimension),
        cameras=_normal(stream(world, Purpose.CAMERAS, 1), world.cameras, world.dimension),
    )


def draw_quality(heights_px: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return (n,) qualities of crops of these heights: the root of the size, times chance (Beta(6, 2), mean 0.75)."""
    size = np.sqrt(np.clip(heights_px / _FULL_HEIGHT_PX, 0, 1))
    quality: FloatArray = np.maximum(size * rng.beta(6, 2, len(heights_px)), _LEAST_QUALITY)
    return quality


def draw_vectors(
    world: World, appearance: Appearance, shown: Shown, rng: np.random.Generator
) -> npt.NDArray[np.float16]:
    """Return (n, d) embeddings of unit length; the module's formula."""
    count, noise = len(shown.person), np.float32(world.reid_noise)

    def each(numbers: IntArray, size: float) -> FloatArray:
        rows = int(numbers.max()) + 1 if len(numbers) else 0
        return _normal(rng, rows, world.dimension)[numbers] * (noise * np.float32(size))

    share = shown.share.astype(np.float32)[:, None]
    if appearance.pictures is None:
        x = _looks(appearance, shown.person, shown.outfit) * share
        if (shown.share < 1).any():
            x += _looks(appearance, shown.other_person, shown.other_outfit) * (1 - share)
        x += np.float32(world.camera_bias * BIAS) * appearance.cameras[shown.camera]
    else:
        chosen = rng.integers(0, appearance.pictures.shape[2], (int(shown.tracklet.max(initial=-1)) + 1, 2))
        chosen = chosen[shown.tracklet, rng.integers(0, 2, count)]
        x = _pictured(appearance.pictures[:, shown.camera], shown.person, shown.outfit, chosen) * share
        x += _pictured(appearance.pictures[:, shown.camera], shown.other_person, shown.other_outfit, chosen) * (
            1 - share
        )
    x += each(shown.stop, VIEW)
    x += each(shown.tracklet, TRACK)
    of_crop = np.sqrt(shown.siblings * MEAN_QUALITY / shown.quality).astype(np.float32)[:, None]
    x += each(np.arange(count), CROP) * of_crop
    unit: npt.NDArray[np.float16] = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float16)
    return unit


def _looks(appearance: Appearance, person: IntArray, outfit: IntArray) -> FloatArray:
    own, worn = np.float32(np.sqrt(OWN)), np.float32(np.sqrt(1 - OWN))
    looks: FloatArray = own * appearance.people[person] + worn * appearance.outfits[outfit]
    return looks


def _pictured(pictures: FloatArray, person: IntArray, outfit: IntArray, chosen: IntArray) -> FloatArray:
    own, worn = np.float32(np.sqrt(OWN_IN_UNIFORM)), np.float32(np.sqrt(1 - OWN_IN_UNIFORM))
    looks: FloatArray = pictures[person, chosen]
    return np.where((outfit == UNIFORM)[:, None], own * looks + worn * pictures[-1, chosen], looks)


def _normal(rng: np.random.Generator, rows: int, dimension: int) -> FloatArray:
    return rng.standard_normal((rows, dimension), np.float32) / np.float32(np.sqrt(dimension))
