"""How far every pixel is from a set of pixels, along paths that avoid changes of colour."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.picture import Mask, Rgb

WORK_SIDE = 160  # px: paths are followed at this size
_NOISE = 1.0  # Lab units a pixel: smaller changes cost nothing
_STRIDE = 0.1  # what a step costs where nothing changes
_FAR = np.float32(1e3)
_STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))  # (down, right); the opposite steps cost the same


def reach(rgb: Rgb, start: Mask) -> NDArray[np.float32]:
    """Return the least summed change of colour (CIELAB units) on any path from ``start``.

    A blurred edge costs as much as a sharp one. Size (h, w) as ``rgb``; 1000 where none leads.
    """
    factor = WORK_SIDE / max(rgb.shape[:2])
    calm = cv2.resize(
        cv2.bilateralFilter(rgb, 7, 25, 5), None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA
    )
    calm = cv2.medianBlur(calm, 3)
    size = (calm.shape[1], calm.shape[0])
    first = np.asarray(cv2.resize(start.astype(np.float32), size, interpolation=cv2.INTER_AREA))
    lab = cv2.cvtColor(np.asarray(calm, np.float32) / 255, cv2.COLOR_RGB2LAB)
    far = _relaxed(np.where(first > 0.5, 0, _FAR).astype(np.float32), np.asarray(lab, np.float32))
    return np.asarray(cv2.resize(far, (rgb.shape[1], rgb.shape[0])), np.float32)


def _relaxed(far: NDArray[np.float32], lab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bellman-Ford on the pixel grid, all pixels at once, until nothing gets nearer."""
    costs = [(step, _cost(lab, step)) for step in _STEPS]
    for _ in range(sum(far.shape)):
        before = far.copy()
        for (down, right), cost in costs:
            np.minimum(far, np.roll(far, (down, right), (0, 1)) + cost, out=far)
            np.minimum(far, np.roll(far + cost, (-down, -right), (0, 1)), out=far)
        if float((before - far).max()) < 0.01:
            break
    return far


def _cost(lab: NDArray[np.float32], step: tuple[int, int]) -> NDArray[np.float32]:
    """Cost of the step that ends on each pixel; steps over the frame's edge are barred."""
    down, right = step
    change = np.sqrt(((lab - np.roll(lab, step, (0, 1))) ** 2).sum(2))
    cost = np.maximum(change - _NOISE, 0) + _STRIDE
    if down:
        cost[:down] = _FAR
    if right > 0:
        cost[:, :right] = _FAR
    elif right < 0:
        cost[:, right:] = _FAR
    return np.asarray(cost, np.float32)
