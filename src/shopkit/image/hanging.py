"""Whether goods hang: a bag on a hook, a coat on a rail, an ornament on a string.

What hangs keeps its top, what stands keeps its base. Goods that can hang have a loop near their
top, and where they do hang the same wall shows above and below them; a table shows below what
stands on it. Seen from straight above a table, too, shows all around: a person must look.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.geometry import shrunk
from shopkit.image.picture import Alpha, Box, Rgb

_UPPER = 0.45  # of the height: a loop lies above this,
_ASIDE = 0.25  # of the width: and no farther from the middle; a handle at the side holds no weight
_LOOP = 0.01  # of the product's area: a smaller opening is none
_LOOKED_AT = 800  # px: longest side at which a loop is looked for
_STRIP = 0.15  # of the height: how far above and below the ground is looked at
_HUE = 6.0  # Lab: ground of another colour than this is another ground
_SAME_LIGHT = 9.0  # Lab: one wall in one light
_LIGHT = 45.0  # Lab: a wall may lie in the sun above and in the product's shadow below


def hangs(rgb: Rgb, old: Alpha) -> bool:
    """Whether the old product (``old``: its alpha in ``rgb``) seems to hang on its loop."""
    box = Box.around(old, 0.5)
    if box is None or not has_loop(old):
        return False
    reach = max(4, round(_STRIP * box.h))
    above = rgb[max(0, box.y - reach) : max(0, box.y - 2), box.x : box.x + box.w]
    below = rgb[box.y + box.h + 2 : box.y + box.h + reach, box.x : box.x + box.w]
    if above.size == 0 or below.size == 0:
        return False
    apart = np.abs(_median(above) - _median(below))
    return bool(apart[0] < _LIGHT and np.hypot(apart[1], apart[2]) < _HUE)


def before_wall(rgb: Rgb, old: Alpha) -> bool:
    """Whether the old product has a loop, and at one of its sides the wall above it goes on down
    to its base: what hangs over a shelf. A table comes up beside what stands on it.
    """
    box = Box.around(old, 0.5)
    if box is None or not has_loop(old):
        return False
    reach = max(4, round(_STRIP * box.h))
    above = rgb[max(0, box.y - reach) : max(0, box.y - 2), box.x : box.x + box.w]
    rows = slice(box.y + round((1 - _STRIP) * box.h), box.y + box.h)
    aside = max(4, round(_ASIDE * box.w))
    left = rgb[rows, max(0, box.x - aside) : max(0, box.x - 2)]
    right = rgb[rows, box.x + box.w + 2 : box.x + box.w + aside]
    return above.size > 0 and any(
        np.abs(apart[0]) < _SAME_LIGHT and np.hypot(apart[1], apart[2]) < _HUE
        for apart in (_median(above) - _median(side) for side in (left, right) if side.size)
    )


def has_loop(alpha: Alpha) -> bool:
    """Whether a silhouette encloses an opening near the middle of its top: a handle, a loop."""
    box = Box.around(alpha, 0.5)
    if box is None:
        return False
    mask = shrunk(alpha[box.slices], _LOOKED_AT / max(box.w, box.h)) > 0.5
    height, width = mask.shape
    holes = (~np.pad(mask, 1)).astype(np.uint8)
    _, _, stats, centres = cv2.connectedComponentsWithStats(holes, connectivity=4)
    large = stats[1:, cv2.CC_STAT_AREA] > _LOOP * mask.sum()
    inner = stats[1:, cv2.CC_STAT_LEFT] > 0
    high = centres[1:, 1] < _UPPER * height
    middle = np.abs(centres[1:, 0] - width / 2) < _ASIDE * width
    return bool((large & inner & high & middle).any())


def _median(rgb: Rgb) -> NDArray[np.float32]:
    lab = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return np.asarray(np.median(lab.reshape(-1, 3), axis=0), np.float32)
