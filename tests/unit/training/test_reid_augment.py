"""Changed pictures stay pictures of the same person, in the same order, the same for the same seed."""

import numpy as np
import pytest

from analytics.training.reid_augment import Augmentation, Augmenter
from tests.builders.people_pictures import striped_people

NOTHING = Augmentation(
    flip=0, shift=0, zoom=0, cut=0, gain=0, exposure=0, gamma=0, haze=0, saturation=0, hue=0, grey=0, blur=0,
    coarse=0, sharpen=0, contrast=0, noise=0, jpeg=0, occlude=0,
)  # fmt: skip
IMAGES = striped_people(people=8, cameras=2).images


def changed(seed: int = 0, **how: float) -> np.ndarray:
    return Augmenter.of(NOTHING.model_copy(update=how)).apply(IMAGES, np.random.default_rng(seed)).astype(int)


def test_nothing_asked_changes_nothing() -> None:
    """With every share and spread at 0 the pictures come back, up to rounding."""
    assert np.abs(changed() - IMAGES).max() <= 1


def test_the_same_seed_makes_the_same_pictures() -> None:
    """And another one others; the pictures given stay as they are."""
    before = IMAGES.copy()
    augmenter = Augmenter.of(Augmentation())
    first, again, other = (augmenter.apply(IMAGES, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.array_equal(IMAGES, before)


@pytest.mark.parametrize("name", [name for name in Augmentation.model_fields if name != "flip"])
def test_every_field_does_something(name: str) -> None:
    """Each alone, at its full share or a spread of .2, changes most pictures and keeps them similar."""
    is_share = name in {"cut", "grey", "blur", "coarse", "sharpen", "noise", "jpeg", "occlude"}
    difference = np.abs(changed(**{name: 1.0 if is_share else 0.2}) - IMAGES).mean(axis=(1, 2, 3))
    assert np.median(difference) > 0.5
    assert np.median(difference) < 70


def test_flipping_mirrors() -> None:
    """A share of 1 mirrors every picture left to right."""
    assert np.abs(changed(flip=1.0) - IMAGES[:, :, ::-1]).max() <= 1


def test_grey_pictures_are_grey() -> None:
    """All channels alike, as bright as before by ITU-R BT.601."""
    grey = changed(grey=1.0)
    assert np.ptp(grey, axis=3).max() <= 1
    assert np.abs(grey[..., 0] - IMAGES @ np.array([0.299, 0.587, 0.114])).max() <= 2


def test_cut_keeps_the_head() -> None:
    """The first row stays the first row; what was at the feet is gone."""
    cut = changed(cut=1.0)
    assert np.abs(cut[:, 0] - IMAGES[:, 0]).max() <= 2
    trousers = IMAGES[:, 95, 20:44].astype(int)
    floor_away, cut_away = (np.abs(images[:, 127, 20:44] - trousers).mean(axis=(1, 2)) for images in (IMAGES, cut))
    assert np.median(cut_away) < np.median(floor_away) / 2


def test_occluders_are_pieces_of_other_pictures() -> None:
    """Each pixel is the picture's own or another picture's at the same place; no noise, no plain colour."""
    occluded = changed(occlude=1.0)
    nearest = np.abs(occluded[:, None] - IMAGES[None].astype(int)).sum(axis=4).min(axis=1)
    assert nearest.max() <= 3
    assert (np.abs(occluded - IMAGES).sum(axis=3) > 0).any(axis=(1, 2)).mean() > 0.6
