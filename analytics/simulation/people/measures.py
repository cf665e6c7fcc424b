"""Where on a body a waist, a neck, a face are: heights that clothes refer to."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.simulation.people.bodies import JOINTS, Body, Float32Array
from analytics.simulation.people.wardrobe import Outfit

_HIDDEN_M = 9.0  # a height that nobody reaches: the cloth covers nothing


@dataclass(frozen=True, slots=True)
class Measures:
    """Heights above the floor and the head's place, metres.

    Attributes:
        ankle_m: height of the ankles.
        hip_m: height of the hip joints.
        crotch_m: where the legs part.
        waist_m: where trousers end.
        neck_m: base of the neck.
        chin_m: height of the chin.
        crown_m: top of the head.
        shoe_m: where shoes end.
        head_m: (forward, right, up) middle of the head.
        trunk_m: from waist to neck.
        hair_front: how far forward hair grows, share of the head's half depth.
    """

    ankle_m: float
    hip_m: float
    crotch_m: float
    waist_m: float
    neck_m: float
    chin_m: float
    crown_m: float
    shoe_m: float
    head_m: tuple[float, float, float]
    trunk_m: float
    hair_front: float

    @property
    def head_half_m(self) -> float:
        """Half of the head's height."""
        return (self.crown_m - self.chin_m) / 2

    def leg_share(self, up_m: Float32Array) -> Float32Array:
        """Return 0 at the hip to 1 at the ankle for heights."""
        return ((self.hip_m - up_m) / (self.hip_m - self.ankle_m)).astype(np.float32)

    def below_waist(self, share: float) -> float:
        """Return the height of a hem that hangs a share of the leg below the waist."""
        return self.waist_m - share * (self.waist_m - self.ankle_m)

    def below_hip(self, share: float) -> float:
        """Return the height of a trouser leg's end."""
        return self.hip_m - share * (self.hip_m - self.ankle_m)

    def is_scalp(self, points_m: Float32Array) -> npt.NDArray[np.bool_]:
        """Tell which points of the head hair grows on; the same rule as the fragment shader's."""
        forward = (points_m[:, 0] - self.head_m[0]) / self.head_half_m
        up = (points_m[:, 2] - self.head_m[2]) / self.head_half_m
        return (points_m[:, 2] > self.chin_m) & (up > scalp_edge(forward, self.hair_front))

    def scalp_thickness(self, outfit: Outfit) -> float:
        """Return how far hair or headgear stands off the head, metres."""
        gear = {"none": 0.0, "cap": 0.012, "beanie": 0.016, "hood": 0.03, "brim": 0.012, "scarf": 0.014}
        flat = 0.5 if outfit.headgear != "none" else 1.0
        return gear[outfit.headgear] + outfit.hair_volume_m * flat

    def limits(self, outfit: Outfit) -> Float32Array:
        """Return (5, 4) heights and shares in the order of the shader's `limits`."""
        has_outer = outfit.outer_sleeve >= 0
        gear = {"none": 0.0, "cap": 1.0, "beanie": 1.0, "hood": 2.0, "brim": 1.0, "scarf": 3.0}[outfit.headgear]
        return np.array(
            [
                (outfit.sleeve, self.below_waist(outfit.hem), self.neck_m, outfit.neckline * 2 * self.head_half_m),
                (self.waist_m, self.below_hip(outfit.leg) if outfit.leg else _HIDDEN_M, self.shoe_m, self.crotch_m),
                (
                    outfit.outer_sleeve,
                    self.below_waist(outfit.outer_hem) if has_outer else _HIDDEN_M,
                    outfit.outer_open_m,
                    gear,
                ),
                (*self.head_m, self.head_half_m),
                (
                    self.hair_front if outfit.hair_volume_m or gear else -5.0,
                    float(outfit.has_scarf),
                    1.0 if outfit.has_face_mask else 0.0,
                    {"none": 0.0, "backpack": 1.0, "shoulder": 2.0, "hand": 0.0, "trolley": 0.0}[outfit.bag],
                ),
            ],
            np.float32,
        )


def scalp_edge(forward: Float32Array, hair_front: float) -> Float32Array:
    """Return the lowest height (share of half the head) at which hair grows, by how far forward the point is."""
    return np.where(forward < -0.1, -0.75, np.interp(forward, (-0.1, 0.35, hair_front), (-0.1, 0.2, 0.62)))


def measure(body: Body, outfit: Outfit) -> Measures:
    """Take a body's measures."""
    up = {name: float(body.joints_m[number, 2]) for number, name in enumerate(JOINTS)}
    crown = float(body.vertices_m[:, 2].max())
    hip, ankle, neck = (up["hip.L"] + up["hip.R"]) / 2, (up["ankle.L"] + up["ankle.R"]) / 2, up["neck"]
    chin = neck + 0.28 * (crown - neck)
    head = body.vertices_m[body.vertices_m[:, 2] > chin + 0.3 * (crown - chin)]
    middle = (head.min(axis=0) + head.max(axis=0)) / 2
    waist = hip + 0.26 * (neck - hip)
    return Measures(
        ankle_m=ankle,
        hip_m=hip,
        crotch_m=hip - 0.1 * (hip - ankle),
        waist_m=waist,
        neck_m=neck,
        chin_m=chin,
        crown_m=crown,
        shoe_m=outfit.shoe_height * (hip - ankle),
        head_m=(float(middle[0]), 0.0, (chin + crown) / 2),
        trunk_m=neck - waist,
        hair_front=0.8,
    )
