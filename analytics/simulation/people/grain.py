"""Grain: the noise that folds, hair and fabrics take their irregularity from, as one texture that repeats."""

import cv2
import numpy as np
import numpy.typing as npt

GRAIN_PX = 256
_UNIT_PX = 8  # one bump of the noise; 32 units to a repeat, as the shader counts
_SEED = 20  # of the only grain there is


def draw_grain() -> npt.NDArray[np.uint8]:
    """Return (256, 256, 4): two fractal noises, one smooth one, and independent numbers; all spread over 0 to 255."""
    rng = np.random.default_rng(_SEED)
    layers = [_fractal(rng, octaves) for octaves in (3, 2, 1)]
    return np.stack(
        [*(np.rint(255 * layer) for layer in layers), rng.integers(0, 256, (GRAIN_PX, GRAIN_PX))], -1
    ).astype(np.uint8)


def _fractal(rng: np.random.Generator, octaves: int) -> npt.NDArray[np.float64]:
    """Return smooth noise with finer and weaker octaves, mean 0.5, that repeats at its edges."""
    total = np.zeros((GRAIN_PX, GRAIN_PX))
    for octave in range(octaves):
        cells = GRAIN_PX // _UNIT_PX << octave
        coarse = np.pad(rng.random((cells, cells)), 2, mode="wrap")
        size = GRAIN_PX * (cells + 4) // cells
        edge = 2 * GRAIN_PX // cells
        fine = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
        total += 0.55**octave * (fine[edge : edge + GRAIN_PX, edge : edge + GRAIN_PX] - 0.5)
    return np.clip(0.5 + 0.6 * total, 0, 1)
