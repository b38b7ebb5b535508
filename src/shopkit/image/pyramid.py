"""A picture with a hole at falling sizes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.picture import Mask

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Scale:
    """One size: float32 (H, W, 3), what is to be filled, what must not be copied from."""

    image: Floats
    hole: Mask
    banned: Mask


def scales(rgb: Floats, hole: Mask, banned: Mask, area: int, least: int) -> list[Scale]:
    """The picture halved until the hole has at most ``area`` pixels, coarsest first.

    No side falls below ``least``.
    """
    halvings = max(0, int(np.ceil(np.log2(hole.sum() / area) / 2)))
    made = [Scale(rgb, hole, banned)]
    for n in range(1, halvings + 1):
        size = (
            max(least, round(hole.shape[1] / 2**n)),
            max(least, round(hole.shape[0] / 2**n)),
        )
        made.append(_shrunk(made[0], size))
    return made[::-1]


def _shrunk(scale: Scale, size: tuple[int, int]) -> Scale:
    """The picture at ``size`` (width, height); what lies in the hole reaches no other pixel."""
    known = (~scale.hole).astype(np.float32)
    share = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
    small = cv2.resize(scale.image * known[..., None], size, interpolation=cv2.INTER_AREA)
    banned = cv2.resize(scale.banned.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    image = np.asarray(small / np.maximum(share, 1e-3)[..., None], np.float32)
    return Scale(image, np.asarray(share < 0.5), np.asarray(banned > 0.2))
