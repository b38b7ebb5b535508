"""A rough mask brought onto the picture's own edges: guided filter, fast form, full resolution.

He, Sun, Tang: Guided image filtering (2013) and Fast guided filter (2015): near each pixel alpha
is taken for a linear function of colour; its coefficients are worked out small and used large.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.geometry import shrunk
from shopkit.image.picture import Alpha, Mask, Rgb

_MOST = 1000  # px: longest side at which coefficients are worked out
_CALM = 1e-3  # variance of colour (0..1) under which an edge is taken for noise
_STEEP = 2.0  # contrast given back to what averaging softened


def finished(rough: Mask, rgb: Rgb) -> Alpha:
    """Alpha (0..1) of ``rough``, a mask of a smaller copy of ``rgb``, at the size of ``rgb``."""
    height, width = rgb.shape[:2]
    factor = min(1.0, _MOST / max(height, width))
    guide = shrunk(rgb, factor)
    size = (guide.shape[1], guide.shape[0])
    first = _widened(rough, size)
    radius = max(3, round(2.6 * size[0] / rough.shape[1]))
    slope, base = _coefficients(np.asarray(guide / np.float32(255), np.float32), first, radius)
    if factor < 1:
        slope = np.asarray(cv2.resize(slope, (width, height), interpolation=cv2.INTER_LINEAR))
        base = np.asarray(cv2.resize(base, (width, height), interpolation=cv2.INTER_LINEAR))
    alpha = base
    for channel in range(3):
        share = rgb[..., channel] / np.float32(255)
        alpha = np.asarray(alpha + slope[..., channel] * share, np.float32)
    return np.asarray(np.clip((alpha - 0.5) * _STEEP + 0.5, 0, 1), np.float32)


def _widened(rough: Mask, size: tuple[int, int]) -> Alpha:
    """The mask at ``size`` with an edge about a pixel wide."""
    big = cv2.resize(rough.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    ratio = size[0] / rough.shape[1]
    soft = np.asarray(cv2.GaussianBlur(big, (0, 0), max(0.8, 0.6 * ratio)), np.float32)
    return np.asarray(np.clip((soft - 0.5) * max(1.0, ratio) + 0.5, 0, 1), np.float32)


def _coefficients(
    guide: NDArray[np.float32], alpha: Alpha, radius: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Averaged (slope, base) of alpha = slope . colour + base in windows of ``radius``."""
    mean, level = _box(guide, radius), _box(alpha, radius)
    cross = _box(guide * alpha[..., None], radius) - mean * level[..., None]
    spread = np.empty((*alpha.shape, 3, 3), np.float32)
    for i in range(3):
        for j in range(i, 3):
            both = _box(guide[..., i] * guide[..., j], radius) - mean[..., i] * mean[..., j]
            spread[..., i, j] = spread[..., j, i] = both
    spread += np.eye(3, dtype=np.float32) * np.float32(_CALM)
    slope = np.linalg.solve(spread, cross[..., None])[..., 0].astype(np.float32)
    return _box(slope, radius), _box(level - (slope * mean).sum(2), radius)


def _box(image: NDArray[np.float32], radius: int) -> NDArray[np.float32]:
    side = (2 * radius + 1, 2 * radius + 1)
    return np.asarray(cv2.boxFilter(image, -1, side, borderType=cv2.BORDER_REFLECT), np.float32)
