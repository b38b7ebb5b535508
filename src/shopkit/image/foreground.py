"""Take the background's colour out of edge pixels and let the product's go on past its edge."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.picture import Alpha, Box, Mask, Rgb, paste, to_bytes

Floats = NDArray[np.float32]

_SURE = 0.98  # coverage from which a pixel shows the product only
_ROOM = 0.05  # of the product's box: further out nobody resamples
_NEAR = 2.0  # px of blur at the grid of a level
_FAR = ((1 / 8, 2.0), (1 / 32, 3.0))  # grid and blur for what is further from the product
_WEIGHT = 0.02  # share of sure pixels in a blur's reach from which its mean counts


def decontaminate(rgb: Rgb, alpha: Alpha, ramp: float = 1.5) -> Rgb:
    """Return the product's colour everywhere near it.

    Sure pixels keep theirs; the others get the mean of sure ones near by (a normalised blur over
    about the edge's ``ramp``, px; wider and coarser further out).
    """
    box = Box.around(alpha)
    if box is None:
        return rgb
    room = box.grown(_ROOM, (rgb.shape[1], rgb.shape[0]))
    out = rgb.copy()
    _bleed(out[room.slices], alpha[room.slices] >= _SURE, ramp)
    return out


def _bleed(colour: Rgb, sure: Mask, ramp: float) -> None:
    """Overwrite what is not ``sure`` in ``colour`` with sure colour near by."""
    todo = ~sure
    if not todo.any() or todo.all():
        return
    weight = sure.astype(np.float32)
    weighted = colour * weight[..., None]
    levels = ((min(1.0, _NEAR / ramp), _NEAR), *_FAR)
    for grid, blur in levels:
        mean, near = _mean(weighted, weight, grid, blur)
        now = todo & (near > _WEIGHT) if grid != levels[-1][0] else todo
        paste(mean, now, colour)
        todo &= ~now


def _mean(weighted: Floats, weight: Floats, grid: float, blur: float) -> tuple[Rgb, Floats]:
    """The sure pixels' mean colour at full size, and how many of them it rests on (0..1)."""
    height, width = weight.shape
    size = (max(1, round(width * grid)), max(1, round(height * grid)))
    total = cv2.GaussianBlur(cv2.resize(weighted, size, interpolation=cv2.INTER_AREA), (0, 0), blur)
    near = cv2.GaussianBlur(cv2.resize(weight, size, interpolation=cv2.INTER_AREA), (0, 0), blur)
    mean = to_bytes(total / np.maximum(near, 1e-6)[..., None])
    full = cv2.resize(mean, (width, height), interpolation=cv2.INTER_LINEAR)
    reach = cv2.resize(near, (width, height), interpolation=cv2.INTER_LINEAR)
    return full.astype(np.uint8, copy=False), reach.astype(np.float32, copy=False)
