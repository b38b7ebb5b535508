"""A picture with a hole at falling sizes, and the smoothest filling of it."""

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


def scales(rgb: Floats, hole: Mask, banned: Mask, extent: int, least: int) -> list[Scale]:
    """The picture halved until the hole spans at most half of ``extent`` px, coarsest first.

    No side falls below ``least``.
    """
    rows, columns = np.nonzero(hole)
    span = int(max(np.ptp(rows), np.ptp(columns))) + 1
    halvings = max(0, int(np.ceil(np.log2(span / extent)))) + 1
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


def smooth(image: Floats, known: Mask) -> Floats:
    """What is not ``known`` filled from around, ever more widely averaged (pull and push)."""
    return _pulled(image * known[..., None], known.astype(np.float32))


def _pulled(weighted: Floats, weight: Floats) -> Floats:
    height, width = weight.shape
    if min(height, width) <= 2 or float(weight.min()) >= 1:
        mean = weighted.reshape(-1, 3).sum(axis=0) / max(float(weight.sum()), 1e-6)
        return np.where(weight[..., None] >= 1, weighted, mean).astype(np.float32)
    size = (width + 1) // 2, (height + 1) // 2
    share = np.asarray(cv2.resize(weight, size, interpolation=cv2.INTER_AREA), np.float32)
    small = cv2.resize(weighted, size, interpolation=cv2.INTER_AREA)
    full = np.minimum(1, share * 4)
    lifted = np.asarray(small * (full / np.maximum(share, 1e-6))[..., None], np.float32)
    below = _pulled(lifted, full)
    up = cv2.resize(below, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(weighted + up * (1 - weight)[..., None], np.float32)
