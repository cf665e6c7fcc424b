"""Wardrobe: what a person wears and carries, drawn at random in realistic mixes. No geometry here.

Two families of fabric: "a" is what networks are trained on, "b" has other patterns and another palette, so that the
drop from a to b tells how much of the score is knowledge of the generator.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Literal, TypeVar

import numpy as np

Family = Literal["a", "b"]
Headgear = Literal["none", "cap", "beanie", "hood", "brim", "scarf"]
Bag = Literal["none", "backpack", "shoulder", "hand", "trolley"]
T = TypeVar("T")
Rgb = tuple[float, float, float]


class Slot(IntEnum):
    """What a point of the surface is made of; the order of the shader's table of fabrics."""

    SKIN = 0
    HAIR = 1
    TOP = 2
    BOTTOM = 3
    SHOES = 4
    OUTER = 5
    BAG = 6
    HAT = 7
    SCARF = 8


class Pattern(IntEnum):
    """A fabric's pattern, by the shader's numbers; those from ZIGZAG on are family b's."""

    PLAIN = 0
    STRIPES_ACROSS = 1
    STRIPES_ALONG = 2
    CHECKS = 3
    PLAID = 4
    DOTS = 5
    MELANGE = 6
    BLOCK = 7
    ZIGZAG = 8
    CAMOUFLAGE = 9
    DIAMONDS = 10
    FADE = 11


@dataclass(frozen=True, slots=True)
class Fabric:
    """A cloth, or skin, hair, leather.

    Attributes:
        colour: main colour, sRGB in [0, 1].
        accent: colour of the pattern.
        pattern: how the two are arranged.
        scale_m: size of the pattern's repeat, metres.
        wrinkle: depth of folds, 0 stiff to 1 crumpled.
        gloss: strength of highlights, 0 to 1.
        print_seed: 0 none, else which picture is printed on the chest.
    """

    colour: Rgb
    accent: Rgb = (0.5, 0.5, 0.5)
    pattern: Pattern = Pattern.PLAIN
    scale_m: float = 0.08
    wrinkle: float = 0.5
    gloss: float = 0.1
    print_seed: float = 0.0


@dataclass(frozen=True, slots=True)
class Outfit:
    """Everything worn. Lengths are shares: of the arm from shoulder (0) to wrist (1), of the leg from hip to ankle.

    Attributes:
        fabrics: one for each `Slot`.
        sleeve: where the top's sleeves end; below 0 they cover nothing.
        hem: how far the top reaches below the waist, share of the leg.
        neckline: how deep the neckline is, share of the head's height.
        leg: where trousers or shorts end; 0 none, because a skirt hides the rest.
        leg_width: how far trouser legs stand off, metres.
        skirt: where a skirt or dress ends, share of the leg; 0 none.
        skirt_flare: how much wider its hem is than the hips, share.
        is_dress: the skirt is of the top's fabric.
        outer_sleeve: where the coat's or jacket's sleeves end; below 0 no outer garment.
        outer_hem: how far it reaches down, share of the leg.
        outer_open_m: half-width of the gap in front, metres; 0 closed.
        looseness_m: how far the top or coat stands off the trunk, metres.
        hair_volume_m: thickness of the hair, metres; 0 bald.
        hair_length: how far hair falls: 0 short, 1 to the shoulders, 2 to the middle of the back.
        hair_style: loose, tail or bun.
        headgear: none, cap, beanie, hood, brim or scarf (over the hair).
        has_scarf: a scarf around the neck.
        bag: none, backpack, shoulder, hand or trolley.
        bag_scale: size of the bag, 1 is usual.
        shoe_height: where shoes end, share of the leg above the sole.
        has_face_mask: a medical mask over mouth and nose.
    """

    fabrics: tuple[Fabric, ...]
    sleeve: float
    hem: float
    neckline: float
    leg: float
    leg_width: float
    skirt: float
    skirt_flare: float
    is_dress: bool
    outer_sleeve: float
    outer_hem: float
    outer_open_m: float
    looseness_m: float
    hair_volume_m: float
    hair_length: float
    hair_style: Literal["loose", "tail", "bun"]
    headgear: Headgear
    has_scarf: bool
    bag: Bag
    bag_scale: float
    shoe_height: float
    has_face_mask: bool


# Share and colour of clothes in the street: dark and neutral ones first (our own choice after RandPerson's and
# ClonedPerson's remark that realistic outfits beat random ones).
_PALETTE: tuple[tuple[float, Rgb], ...] = (
    (0.20, (0.07, 0.07, 0.08)), (0.08, (0.20, 0.20, 0.22)), (0.08, (0.48, 0.48, 0.49)), (0.10, (0.88, 0.88, 0.86)),
    (0.10, (0.10, 0.13, 0.26)), (0.07, (0.27, 0.36, 0.52)), (0.06, (0.70, 0.62, 0.48)), (0.05, (0.34, 0.23, 0.15)),
    (0.05, (0.33, 0.35, 0.22)), (0.05, (0.62, 0.10, 0.12)), (0.03, (0.36, 0.08, 0.14)), (0.03, (0.55, 0.70, 0.84)),
    (0.02, (0.13, 0.42, 0.27)), (0.02, (0.86, 0.55, 0.62)), (0.02, (0.85, 0.72, 0.22)), (0.02, (0.86, 0.42, 0.14)),
    (0.02, (0.42, 0.26, 0.52)),
)  # fmt: skip
_BOTTOM_PALETTE: tuple[tuple[float, Rgb], ...] = (
    (0.28, (0.07, 0.07, 0.09)), (0.16, (0.13, 0.17, 0.30)), (0.17, (0.28, 0.37, 0.53)), (0.06, (0.50, 0.60, 0.72)),
    (0.09, (0.25, 0.25, 0.27)), (0.07, (0.50, 0.50, 0.52)), (0.08, (0.66, 0.58, 0.44)), (0.04, (0.84, 0.82, 0.78)),
    (0.03, (0.34, 0.35, 0.22)), (0.02, (0.40, 0.14, 0.16)),
)  # fmt: skip
_SKIN: tuple[Rgb, ...] = (
    (0.93, 0.77, 0.68), (0.87, 0.69, 0.58), (0.80, 0.60, 0.47), (0.68, 0.48, 0.35), (0.50, 0.33, 0.23),
    (0.36, 0.23, 0.16),
)  # fmt: skip
_HAIR: tuple[Rgb, ...] = (
    (0.06, 0.05, 0.05), (0.12, 0.08, 0.06), (0.24, 0.15, 0.10), (0.40, 0.27, 0.17), (0.68, 0.54, 0.34),
    (0.42, 0.19, 0.10), (0.62, 0.61, 0.60), (0.85, 0.84, 0.82),
)  # fmt: skip
_HAIR_SHARE = (0.30, 0.24, 0.16, 0.09, 0.08, 0.03, 0.06, 0.04)
_HEMS = ((-0.05, 0.02), (0.03, 0.17), (0.17, 0.3))  # cropped, usual and long tops, see `Outfit.hem`
_VIVID_SHARE = 0.13  # of garments in any colour at all, so that a network learns to tell rare ones too


def random_outfit(rng: np.random.Generator, family: Family, is_female: bool) -> Outfit:
    """Draw an outfit of a passer-by."""
    top, bottom = _fabric(rng, family, _PALETTE), _fabric(rng, family, _BOTTOM_PALETTE, 0.1)
    outer = _fabric(rng, family, _PALETTE, 0.12)
    skin_no = int(rng.integers(len(_SKIN)))
    hair_no = int(rng.choice(len(_HAIR), p=_HAIR_SHARE if skin_no < 4 else (0.6, 0.3, 0.04, 0.01, 0.01, 0, 0.03, 0.01)))
    fabrics = {
        Slot.SKIN: Fabric(_near(rng, _SKIN[skin_no], 0.03), wrinkle=0.02, gloss=0.15),
        Slot.HAIR: Fabric(_near(rng, _HAIR[hair_no], 0.03), wrinkle=0.7, gloss=0.25),
        Slot.TOP: _printed(rng, top),
        Slot.BOTTOM: bottom,
        Slot.SHOES: Fabric(_pick(rng, _PALETTE) if rng.random() < 0.85 else (0.9, 0.9, 0.9), wrinkle=0.1, gloss=0.2),
        Slot.OUTER: outer if rng.random() < 0.8 else _printed(rng, outer),
        Slot.BAG: Fabric(_pick(rng, _PALETTE), _pick(rng, _PALETTE), Pattern.BLOCK, 0.35, 0.2, 0.3),
        Slot.HAT: Fabric(_pick(rng, _PALETTE), wrinkle=0.3),
        Slot.SCARF: _fabric(rng, family, _PALETTE),
    }
    has_outer = rng.random() < 0.42
    has_skirt = is_female and rng.random() < 0.3
    is_dress = has_skirt and rng.random() < 0.5
    has_shorts = not has_skirt and rng.random() < 0.18
    long_hair = rng.random() < (0.72 if is_female else 0.08)
    return Outfit(
        fabrics=tuple(fabrics[slot] for slot in Slot),
        sleeve=float(rng.choice([0.02, 0.3, 0.45, 0.75, 0.98], p=[0.07, 0.25, 0.15, 0.08, 0.45]) + rng.normal(0, 0.02)),
        hem=float(rng.uniform(*_HEMS[int(rng.choice(3, p=(0.06, 0.79, 0.15)))])),
        neckline=float(rng.choice([0.0, 0.12, 0.35], p=[0.4, 0.4, 0.2])),
        leg=0.0 if has_skirt else float(rng.uniform(0.3, 0.6) if has_shorts else rng.uniform(0.86, 1.02)),
        leg_width=float(rng.choice([0.004, 0.014, 0.032], p=[0.4, 0.4, 0.2])),
        skirt=float(rng.uniform(0.3, 0.95)) if has_skirt else 0.0,
        skirt_flare=float(rng.uniform(0.0, 0.6)),
        is_dress=bool(is_dress),
        outer_sleeve=float(rng.choice([0.0, 0.98], p=[0.1, 0.9])) if has_outer else -1.0,
        outer_hem=float(rng.choice([0.04, 0.14, 0.4, 0.6], p=[0.4, 0.3, 0.2, 0.1]) + rng.normal(0, 0.02)),
        outer_open_m=float(rng.uniform(0.03, 0.09)) if rng.random() < 0.5 else 0.0,
        looseness_m=float(rng.choice([0.006, 0.014, 0.028], p=[0.35, 0.4, 0.25])),
        hair_volume_m=0.0 if not long_hair and rng.random() < 0.1 else float(rng.uniform(0.006, 0.035)),
        hair_length=float(rng.uniform(0.6, 2.0)) if long_hair else 0.0,
        hair_style="loose" if rng.random() < 0.55 else ("tail" if rng.random() < 0.7 else "bun"),
        headgear=_one_of(rng, _HEADGEAR, _HEADGEAR_SHARES[is_female]),
        has_scarf=bool(rng.random() < 0.08),
        bag=_one_of(rng, _BAGS, (0.5, 0.19, 0.17, 0.1, 0.04)),
        bag_scale=float(rng.uniform(0.75, 1.25)),
        shoe_height=float(rng.choice([0.085, 0.11, 0.3], p=[0.6, 0.28, 0.12])),
        has_face_mask=bool(rng.random() < 0.04),
    )


_BAGS: tuple[Bag, ...] = ("none", "backpack", "shoulder", "hand", "trolley")
_HEADGEAR: tuple[Headgear, ...] = ("none", "cap", "beanie", "hood", "brim", "scarf")
_HEADGEAR_SHARES = {  # by is_female
    False: (0.78, 0.11, 0.07, 0.03, 0.01, 0.0),
    True: (0.79, 0.06, 0.05, 0.02, 0.03, 0.05),
}


def _one_of(rng: np.random.Generator, options: Sequence[T], shares: Sequence[float]) -> T:
    return options[int(rng.choice(len(options), p=shares))]


def look_alike(rng: np.random.Generator, outfit: Outfit) -> Outfit:
    """Return nearly the same outfit: the colours a shade off, another bag and other hair."""
    fabrics = tuple(replace(fabric, colour=_near(rng, fabric.colour, 0.03)) for fabric in outfit.fabrics)
    return replace(
        outfit,
        fabrics=fabrics,
        bag=_one_of(rng, _BAGS, (0.34, 0.33, 0.33, 0.0, 0.0)),
        hair_volume_m=float(rng.uniform(0.006, 0.035)),
        sleeve=outfit.sleeve + float(rng.normal(0, 0.05)),
        hem=outfit.hem + float(rng.normal(0, 0.03)),
    )


def uniform(rng: np.random.Generator, family: Family, wearer: Outfit) -> Outfit:
    """Return what staff wear: one top and one pair of trousers for all who draw with the same generator state."""
    top = Fabric(_pick(rng, _PALETTE), _pick(rng, _PALETTE), Pattern.BLOCK if family == "a" else Pattern.FADE, 0.3)
    bottom = Fabric(_pick(rng, _BOTTOM_PALETTE))
    fabrics = list(wearer.fabrics)
    fabrics[Slot.TOP], fabrics[Slot.BOTTOM] = top, bottom
    return replace(
        wearer, fabrics=tuple(fabrics), sleeve=0.42, hem=0.1, leg=0.98, skirt=0.0, is_dress=False, outer_sleeve=-1.0,
        headgear="none", bag="none",
    )  # fmt: skip


def _fabric(
    rng: np.random.Generator, family: Family, palette: tuple[tuple[float, Rgb], ...], patterned: float = 0.3
) -> Fabric:
    colour = _pick(rng, palette)
    if family == "b":  # another dye works: every hue a little further round, and deeper
        red, green, blue = np.clip(np.roll(colour, 1) * 0.5 + np.array(colour) * 0.55, 0, 1)
        colour = (float(red), float(green), float(blue))
    common, shares = _PATTERNS[family]
    is_patterned = rng.random() < patterned
    pattern = common[int(rng.choice(len(common), p=shares))] if is_patterned else Pattern.PLAIN
    if pattern is Pattern.PLAIN and rng.random() < 0.3:
        pattern = Pattern.MELANGE
    accent = _pick(rng, _PALETTE)
    if np.abs(np.array(accent) - np.array(colour)).max() < 0.2:  # else nobody would see the pattern
        accent = (0.9, 0.9, 0.88) if np.mean(colour) < 0.5 else (0.1, 0.1, 0.14)
    return Fabric(
        colour=colour, accent=accent, pattern=pattern, scale_m=float(np.exp(rng.uniform(np.log(0.025), np.log(0.2)))),
        wrinkle=float(rng.uniform(0.15, 0.9)), gloss=float(rng.choice([0.03, 0.1, 0.4], p=[0.5, 0.4, 0.1])),
    )  # fmt: skip


_PATTERNS: dict[Family, tuple[tuple[Pattern, ...], tuple[float, ...]]] = {
    "a": (
        (Pattern.STRIPES_ACROSS, Pattern.STRIPES_ALONG, Pattern.CHECKS, Pattern.PLAID, Pattern.DOTS, Pattern.BLOCK),
        (0.3, 0.12, 0.13, 0.2, 0.1, 0.15),
    ),
    "b": ((Pattern.ZIGZAG, Pattern.CAMOUFLAGE, Pattern.DIAMONDS, Pattern.FADE), (0.25, 0.25, 0.25, 0.25)),
}


def _printed(rng: np.random.Generator, fabric: Fabric) -> Fabric:
    if fabric.pattern in (Pattern.PLAIN, Pattern.MELANGE) and rng.random() < 0.35:
        return replace(fabric, print_seed=float(rng.uniform(1, 1000)))
    return fabric


def _pick(rng: np.random.Generator, palette: tuple[tuple[float, Rgb], ...]) -> Rgb:
    if rng.random() < _VIVID_SHARE:
        red, green, blue = rng.random(3)
        return float(red), float(green), float(blue)
    shares = np.array([share for share, _ in palette])
    return _near(rng, palette[int(rng.choice(len(palette), p=shares / shares.sum()))][1], 0.05)


def _near(rng: np.random.Generator, colour: Rgb, spread: float) -> Rgb:
    """Return a colour a little lighter or darker and a little off."""
    light = 1 + rng.normal(0, 2.2 * spread)
    red, green, blue = np.clip(np.array(colour) * light + rng.normal(0, spread * 0.5, 3), 0.015, 0.97)
    return float(red), float(green), float(blue)
