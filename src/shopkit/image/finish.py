"""A rough mask brought onto the picture's own edges: guided filter, fast form, full resolution.

He, Sun, Tang: Guided image filtering (2013) and Fast guided filter (2015): near each pixel alpha
is taken for a linear function of colour; its coefficients are worked out small and used large.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.geometry import scaled, shrunk
from shopkit.image.picture import Alpha, Box, Mask, Rgb

_MOST = 1000  # px: longest side at which coefficients are worked out
_CALM = 1e-3  # variance of colour (0..1) under which an edge is taken for noise
_PAIRS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
_STEEP = 2.0  # contrast given back to what averaging softened


def finished(rough: Mask, rgb: Rgb) -> Alpha:
    """Alpha (0..1) of ``rough``, a mask of a smaller copy of ``rgb``, at the size of ``rgb``."""
    height, width = rgb.shape[:2]
    factor = min(1.0, _MOST / max(height, width))
    guide = shrunk(rgb, factor)
    size = (guide.shape[1], guide.shape[0])
    first = _widened(rough, size)
    alpha = np.zeros((height, width), np.float32)
    tight = Box.around(first, 0)
    if tight is None:
        return alpha
    radius = max(3, round(2.6 * size[0] / rough.shape[1]))
    near = tight.padded(2 * radius + 1, size)  # all further out is 0 whatever the colours are
    light = np.asarray(guide[near.slices] / np.float32(255), np.float32)
    slope, base = _coefficients(light, first[near.slices], radius)
    full = scaled(near, 1 / factor, (width, height))
    alpha[full.slices] = _applied(slope, base, rgb[full.slices])
    return alpha


def _applied(slope: NDArray[np.float32], base: Alpha, rgb: Rgb) -> Alpha:
    """The linear function at each pixel, with the contrast that averaging took."""
    size = (rgb.shape[1], rgb.shape[0])
    alpha = np.asarray(cv2.resize(base, size, interpolation=cv2.INTER_LINEAR), np.float32)
    for channel in range(3):  # one at a time: at camera size each is some 50 MB
        weight = cv2.resize(slope[..., channel], size, interpolation=cv2.INTER_LINEAR)
        alpha += weight * (rgb[..., channel] / np.float32(255))
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
    spread = [
        _box(guide[..., i] * guide[..., j], radius) - mean[..., i] * mean[..., j] for i, j in _PAIRS
    ]
    for place, (i, j) in enumerate(_PAIRS):
        if i == j:
            spread[place] += np.float32(_CALM)
    slope = _solved(spread, cross)
    return _box(slope, radius), _box(level - (slope * mean).sum(2), radius)


def _solved(spread: list[NDArray[np.float32]], cross: NDArray[np.float32]) -> NDArray[np.float32]:
    """The symmetric 3 x 3 systems of all pixels by Cramer's rule (a tenth of LAPACK's time)."""
    a, b, c, d, e, f = (part.astype(np.float64) for part in spread)
    rows = ((d * f - e * e, c * e - b * f, b * e - c * d), (a * f - c * c, b * c - a * e))
    (xx, xy, xz), (yy, yz) = rows
    zz = a * d - b * b
    x, y, z = (cross[..., channel] for channel in range(3))
    above = np.stack(
        [xx * x + xy * y + xz * z, xy * x + yy * y + yz * z, xz * x + yz * y + zz * z], axis=-1
    )
    return np.asarray(above / (a * xx + b * xy + c * xz)[..., None], np.float32)


def _box(image: NDArray[np.float32], radius: int) -> NDArray[np.float32]:
    side = (2 * radius + 1, 2 * radius + 1)
    return np.asarray(cv2.boxFilter(image, -1, side, borderType=cv2.BORDER_REFLECT), np.float32)
