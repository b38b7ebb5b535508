"""How much of a mask's outline can be seen in the picture: where no edge shows, part is missing.

A mask that stops in the middle of a leather bag has leather on both sides of its outline.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.geometry import shrunk
from shopkit.image.picture import Alpha, Box, Rgb

_SIZE = 300.0  # px: the product's size at which it is looked at
_SHOWS = 4.0  # Lab units within three pixels: what an edge is at least
_NEAR = 0.03  # of the product's size: how far from the outline its edge may be
_HIDDEN = 0.3  # of what stands in front: there the outline is not the product's own


def outline_shown(rgb: Rgb, alpha: Alpha, front: Alpha) -> float:
    """The share 0..1 of the outline of ``alpha`` at which colours change (1 without an outline).

    What lies at the picture's edge or against a thing in ``front`` counts as shown.
    """
    tight = Box.around(alpha, 0.5)
    if tight is None:
        return 1.0
    near = tight.grown(0.2, (alpha.shape[1], alpha.shape[0])).slices
    factor = min(1.0, _SIZE / float(np.sqrt((alpha[near] > 0.5).sum())))
    small = shrunk(rgb[near], factor)
    mask = (shrunk(np.ascontiguousarray(alpha[near]), factor) > 0.5).astype(np.uint8)
    before = shrunk(np.ascontiguousarray(front[near]), factor) > _HIDDEN
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not outlines:
        return 1.0
    x, y = max(outlines, key=len)[:, 0, :].T
    shows = _steps(small, mask, x, y) >= _SHOWS
    high, wide = mask.shape
    given = (x <= 1) | (y <= 1) | (x >= wide - 2) | (y >= high - 2) | before[y, x]
    return float((shows | given).mean())


def _steps(
    rgb: Rgb, mask: NDArray[np.uint8], x: NDArray[np.int32], y: NDArray[np.int32]
) -> NDArray[np.float32]:
    """The largest change of colour (Lab) across the outline, at each of its pixels."""
    calm = cv2.GaussianBlur(rgb, (0, 0), 1.0).astype(np.float32) / 255
    lab = np.asarray(cv2.cvtColor(calm, cv2.COLOR_RGB2LAB), np.float32)
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 3.0)
    gx = np.asarray(cv2.Sobel(soft, cv2.CV_32F, 1, 0))[y, x]
    gy = np.asarray(cv2.Sobel(soft, cv2.CV_32F, 0, 1))[y, x]
    size = np.hypot(gx, gy) + 1e-9
    reach = max(4, round(_NEAR * float(np.sqrt(mask.sum()))))
    high, wide = mask.shape
    across = np.stack(
        [
            lab[
                np.clip(np.rint(y + step * gy / size), 0, high - 1).astype(int),
                np.clip(np.rint(x + step * gx / size), 0, wide - 1).astype(int),
            ]
            for step in range(-reach, reach + 1)
        ]
    )
    change = np.sqrt(((across[3:] - across[:-3]) ** 2).sum(2))
    return np.asarray(change.max(0), np.float32)
