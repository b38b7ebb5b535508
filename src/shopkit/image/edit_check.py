"""Take from a model's edit only what may be taken, and say whether the product in it is right.

A generative model changes pixels far from the place it was shown and repaints the product a
little differently. So everything outside the declared region is put back, bit for bit, and the
product it painted is measured against its own photo under one light.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.colour import delta_e_2000, to_lab
from shopkit.image.picture import Box, Mask, Rgb, paste, to_linear, to_srgb

MAX_DELTA_E = 2.0
MAX_HUE_SHIFT = 3.0
MAX_SEAM = 10.0

_SAME_DELTA_E = 1.0  # below this the old product still stands there
_LIGHT_SPREAD = 2.0  # the strongest white balance that is taken for light, not for paint
_BLUR_SHARE = 0.01  # of the product's longer side: colours count here, not the last pixel
_DARK, _PALE = 0.01, 8.0  # linear light and chroma below which ratio and hue mean nothing


@dataclass(frozen=True, slots=True)
class EditCheck:
    """The edit with the scene restored around it, and what was measured.

    ``rgb``: the scene's pixels outside the region, the model's inside. ``strayed``: pixels
    outside that the model had changed by more than 8 levels (put back). ``light``: factor on
    linear red, green, blue from the product's photo to the edit. With that light divided out,
    ``delta_e``: median ΔE2000 of the product to its photo, ``hue_shift``: the median turn of its
    hues in degrees. ``seam``: median step along the inside of the region's border against the
    scene, levels. ``reason``: why a person must look (a code), empty where all is well.
    """

    rgb: Rgb
    strayed: int
    light: tuple[float, float, float]
    delta_e: float
    hue_shift: float
    seam: float
    reason: str


def check_edit(scene: Rgb, edited: Rgb, region: Mask, expected: Rgb, inside: Mask) -> EditCheck:
    """Restore the scene outside ``region`` and measure the product that a model painted.

    ``expected`` is the product's photo resampled into the scene's frame, ``inside`` where it
    surely shows the product (away from its edge, nothing in front); all (H, W, …) of one size.
    """
    rgb = scene.copy()
    paste(edited, region, rgb)
    strayed = np.count_nonzero((cv2.absdiff(edited, scene).max(axis=2) > 8) & ~region)
    painted, photo = _colours(edited, inside), _colours(expected, inside)
    light = _one_light(photo, painted)
    relit = to_lab(to_srgb(to_linear(photo) * light))
    shown = to_lab(painted)
    delta_e = float(np.median(delta_e_2000(shown, relit)))
    hue_shift = _hue_shift(shown, relit)
    seam = _seam(scene, edited, region)
    return EditCheck(
        rgb=rgb,
        strayed=int(strayed),
        light=(float(light[0]), float(light[1]), float(light[2])),
        delta_e=delta_e,
        hue_shift=hue_shift,
        seam=seam,
        reason=_reason(delta_e, hue_shift, seam, unchanged=_unchanged(scene, edited, inside)),
    )


def _reason(delta_e: float, hue_shift: float, seam: float, *, unchanged: bool) -> str:
    if unchanged:
        return "edit_unchanged"
    if delta_e > MAX_DELTA_E or hue_shift > MAX_HUE_SHIFT:
        return "edit_repainted"
    return "edit_seam" if seam > MAX_SEAM else ""


def _colours(picture: Rgb, inside: Mask) -> NDArray[np.float32]:
    """The slightly blurred colours (n, 3), 0..255, of the inside; nothing outside bleeds in."""
    box = Box.around(inside)
    if box is None:
        raise ValueError("the product has no inside")
    part, weight = picture[box.slices].astype(np.float32), inside[box.slices].astype(np.float32)
    sigma = max(0.5, _BLUR_SHARE * max(box.w, box.h))
    spread = cv2.GaussianBlur(part * weight[..., None], (0, 0), sigma)
    share = cv2.GaussianBlur(weight, (0, 0), sigma)
    return np.asarray((spread / np.maximum(share, 1e-6)[..., None])[weight > 0], np.float32)


def _one_light(photo: NDArray[np.float32], painted: NDArray[np.float32]) -> NDArray[np.float32]:
    """The factor on linear red, green, blue that fits best; a colour cast is kept plausible."""
    before, after = to_linear(photo), to_linear(painted)
    gains = np.full(3, np.nan, np.float32)
    for channel in range(3):
        lit = (before[:, channel] > _DARK) & (after[:, channel] > _DARK)
        if lit.any():
            gains[channel] = np.median(after[lit, channel] / before[lit, channel])
    middle = np.nanmedian(gains) if np.isfinite(gains).any() else np.float32(1)
    gains = np.where(np.isnan(gains), middle, gains)  # a pure red tells nothing of blue light
    most = np.sqrt(np.float32(_LIGHT_SPREAD))
    return np.clip(gains, middle / most, middle * most).astype(np.float32)


def _hue_shift(one: NDArray[np.float32], two: NDArray[np.float32]) -> float:
    """The median turn between two sets of Lab colours, degrees; 0 where they have no hue."""
    strong = np.minimum(np.hypot(*one[:, 1:].T), np.hypot(*two[:, 1:].T)) > _PALE
    if not strong.any():
        return 0.0
    angles = [np.degrees(np.arctan2(lab[strong, 2], lab[strong, 1])) for lab in (one, two)]
    return float(np.median(np.abs((angles[0] - angles[1] + 180) % 360 - 180)))


def _seam(scene: Rgb, edited: Rgb, region: Mask) -> float:
    """The median step, in levels, on the outermost 2 px of the region; 0 where it has none."""
    inner = cv2.erode(region.astype(np.uint8), np.ones((5, 5), np.uint8), borderValue=1)
    rim = region & (inner == 0)
    if not rim.any():
        return 0.0
    return float(np.median(cv2.absdiff(edited[rim], scene[rim]).max(axis=1)))


def _unchanged(scene: Rgb, edited: Rgb, inside: Mask) -> bool:
    before, after = _colours(scene, inside), _colours(edited, inside)
    return float(np.median(delta_e_2000(to_lab(before), to_lab(after)))) < _SAME_DELTA_E
