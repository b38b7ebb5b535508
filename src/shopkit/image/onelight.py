"""The promise kept: the product differs from its own photo by one light and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.colour import delta_e_2000, to_lab
from shopkit.image.geometry import shrunk
from shopkit.image.picture import Box, Light, Mask, Rgb, to_linear, to_srgb

MAX_DELTA_E = 2.0  # median, the light divided out
MAX_HUE_SHIFT = 3.0  # degrees, the light divided out
_SLOW = 0.04  # of the product's size: slower than this is shading, faster is paint
_PALE = 10.0  # Lab chroma under which a hue means nothing
_PIXEL = 1.5  # px of blur: grain and focus do not count as colour
_SIDE = 400  # px at which the two are compared


@dataclass(frozen=True, slots=True)
class OneLight:
    """``visible``: median ΔE2000 of the product's inside against its own resampled photo.
    ``own``: the same with the one light divided out; ``hue_shift``: then the largest mean turn
    of any of twelve hues, degrees.
    """

    visible: float
    own: float
    hue_shift: float

    @property
    def kept(self) -> bool:
        """Whether nothing but light changed."""
        return self.own <= MAX_DELTA_E and self.hue_shift <= MAX_HUE_SHIFT


def check_one_light(photo: Light, shown: Rgb, inside: Mask) -> OneLight:
    """Compare the resampled photo (h, w, 3 linear) with the picture over ``inside``.

    Both are blurred a little first, so that grain and focus do not count as colour.
    """
    box = Box.around(inside)
    if box is None or inside.sum() < 30:
        return OneLight(0.0, 0.0, 0.0)
    factor = min(1.0, _SIDE / max(box.w, box.h))
    weight = shrunk(inside[box.slices].astype(np.float32), factor)
    before = _blurred(shrunk(photo[box.slices], factor), weight, _PIXEL)
    after = _blurred(shrunk(to_linear(shown[box.slices]), factor), weight, _PIXEL)
    slow = max(3.0, _SLOW * float(np.sqrt(weight.sum())))
    light = (_blurred(after, weight, slow) + 1e-3) / (_blurred(before, weight, slow) + 1e-3)
    at = np.nonzero(weight > 0.98)
    photo_lab = to_lab(to_srgb(before[at]))
    own_lab = to_lab(to_srgb(after[at] / light[at]))
    visible = delta_e_2000(photo_lab, to_lab(to_srgb(after[at])))
    own = delta_e_2000(photo_lab, own_lab)
    return OneLight(float(np.median(visible)), float(np.median(own)), _turn(photo_lab, own_lab))


def _blurred(values: Light, weight: Light, sigma: float) -> Light:
    """Blurred over what is inside; nothing outside bleeds in."""
    share = cv2.GaussianBlur(weight, (0, 0), sigma)
    spread = cv2.GaussianBlur(values * weight[..., None], (0, 0), sigma)
    return (spread / np.maximum(share, 1e-4)[..., None]).astype(np.float32)


def _turn(before: NDArray[np.float32], after: NDArray[np.float32]) -> float:
    """The largest mean turn, degrees, among twelve hues that a fair share of the pixels have."""
    strong = np.hypot(before[:, 1], before[:, 2]) > _PALE
    if not strong.any():
        return 0.0
    z = [lab[strong, 1] + 1j * lab[strong, 2] for lab in (before, after)]
    sector = (np.degrees(np.angle(z[0])) % 360 // 30).astype(np.intp)
    turn = np.degrees(np.angle(z[1] * np.conj(z[0])))
    count = np.bincount(sector, minlength=12)
    mean = np.bincount(sector, turn, minlength=12) / np.maximum(count, 1)
    return float(np.abs(mean[count >= 0.05 * len(sector)]).max(initial=0.0))
