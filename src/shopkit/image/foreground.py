"""Take the background's colour out of edge pixels and let the product's go on past its edge."""

from __future__ import annotations

import cv2
import numpy as np

from shopkit.image.picture import Alpha, Box, Rgb, to_bytes

_SURE = 0.98  # coverage from which a pixel shows the product only
_REACH = (2.0, 6.0, 20.0, 80.0)  # blur radii in pixels: near colour first, far where none is near
_ROOM = 0.05


def decontaminate(rgb: Rgb, alpha: Alpha) -> Rgb:
    """Return the product's colour everywhere near it.

    Sure pixels keep theirs; the others get the average of sure ones near by (normalised blur at
    growing radii).
    """
    box = Box.around(alpha)
    if box is None:
        return rgb
    room = box.grown(_ROOM, (rgb.shape[1], rgb.shape[0]))
    out = rgb.copy()
    out[room.slices] = _bled(rgb[room.slices], alpha[room.slices])
    return out


def _bled(rgb: Rgb, alpha: Alpha) -> Rgb:
    sure = alpha >= _SURE
    colour = rgb.astype(np.float32)
    done = sure.copy()
    weight = sure.astype(np.float32)
    for reach in _REACH:
        if done.all():
            break
        near = cv2.GaussianBlur(weight, (0, 0), reach)
        mixed = cv2.GaussianBlur(rgb * weight[..., None], (0, 0), reach)
        new = ~done & (near > 0.02)
        colour[new] = mixed[new] / near[new][:, None]
        done |= new
    return to_bytes(colour)
