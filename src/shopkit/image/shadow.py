"""Move the old product's shadow to the new one's base: in the scene's own direction and softness.

The shadow that the scene shows is the new one's, but for its size: what stands on the same spot in
the same light throws it the same way. So it is read off the ground as what is darker near the old
product than the ground beyond, in every colour alike, and laid about the new base in proportion.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.geometry import blurred, shrunk
from shopkit.image.morph import disk
from shopkit.image.picture import Alpha, Box, Light, Rgb, to_linear

Floats = NDArray[np.float32]

_HEIGHT = 160  # px of the old product at working size; a shadow is soft anyway
_SOFT = 0.012  # of the old product's size: finer than this is texture, not shadow
_WIDE = 0.3  # of its size: a darker patch wider than this is another ground
_DISK = 17  # px: a wider disk is worked with on a smaller picture
_NEAR = 0.14  # of its size: darker patches are its shadow up to about here
_HIGH = 0.35  # of its height above its base: how far up the ground shows behind it
_PATTERN = 1.0  # darkness elsewhere counts so much against darkness at the base
_FAINT = 0.04  # log light: shallower darkness is the ground's own
_DARK = 0.004  # linear light added so that the logarithm of black is tame
_MOST = 1.5  # log light: no shadow is darker


def exchange_shadow(scene: Rgb, emptied: Rgb, old: Alpha, new: Alpha, front: Alpha) -> Light:
    """The change of linear light (H, W, 3) that the moved shadow makes on ``emptied``.

    ``scene``: as it was. ``old``, ``new``: visible alphas. ``front``: what stands in front, whose
    darkness is its own. All of one size. Nothing changes where both products are of one width.
    """
    shape = old.shape
    tall = Box.around(old, 0.5)
    if tall is None or not (new > 0.5).any():
        return np.zeros((*shape, 3), np.float32)
    scale = min(1.0, _HEIGHT / tall.h)
    size = max(1, round(shape[1] * scale)), max(1, round(shape[0] * scale))
    before, after, hidden = (
        cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in (old, new, front)
    )
    theirs, ours = Box.around(before, 0.5), Box.around(after, 0.5)
    if theirs is None or ours is None:
        return np.zeros((*shape, 3), np.float32)
    side = float(np.sqrt(theirs.w * theirs.h))
    covered = cv2.dilate(np.maximum(before, hidden), np.ones((5, 5), np.uint8))
    depth = _depth(_small(scene, size), np.asarray(covered, np.float32), side, theirs)
    moved = cv2.warpAffine(depth, _carried(theirs, ours), size, borderMode=cv2.BORDER_REPLICATE)
    factor = (np.exp(depth - moved) - 1) * (1 - hidden)
    change = _small(emptied, size) * factor[..., None]
    return np.asarray(cv2.resize(change, shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def _small(image: Rgb, size: tuple[int, int]) -> Light:
    return np.asarray(cv2.resize(to_linear(image), size, interpolation=cv2.INTER_AREA), np.float32)


def _carried(theirs: Box, ours: Box) -> NDArray[np.float64]:
    """From the old product's base to the new one's: one size in all directions."""
    grown = ours.w / theirs.w
    x = ours.x + ours.w / 2 - grown * (theirs.x + theirs.w / 2)
    y = ours.y + ours.h - grown * (theirs.y + theirs.h)
    return np.array([[grown, 0, x], [0, grown, y]])


def _depth(scene: Light, hidden: Floats, side: float, box: Box) -> Floats:
    """How much darker (log) the ground is than it is a little farther off, near the product."""
    log = np.log(scene + np.float32(_DARK))
    soft = _spread(log, (1 - hidden).astype(np.float32), max(1.0, _SOFT * side))
    reach = max(3, round(_WIDE * side)) | 1
    darker = (blurred(_closed(soft, reach), 0.25 * reach) - soft).min(axis=2)
    darker = np.asarray(np.clip(darker - _FAINT, 0, _MOST), np.float32)
    free = (hidden < 0.5).astype(np.uint8)
    away = np.asarray(cv2.distanceTransform(free, cv2.DIST_L2, 5) / side, np.float32)
    rise = (np.arange(len(hidden), dtype=np.float32) - (box.y + box.h)) / box.h + _HIGH
    low = np.asarray(np.clip(rise / (_HIGH / 3), 0, 1)[:, None], np.float32)
    near = np.exp(-((away / _NEAR) ** 2)) * low
    return np.asarray(darker * near * _trust(darker, away, low), np.float32)


def _closed(soft: Floats, reach: int) -> Floats:
    """Dark patches narrower than ``reach`` (px) closed; worked out small, as a wide blur is."""
    factor = min(1.0, _DISK / reach)
    small = shrunk(soft, factor)
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, disk(round(factor * reach) // 2))
    return np.asarray(cv2.resize(closed, soft.shape[1::-1]), np.float32)


def _trust(darker: Floats, away: Floats, low: Floats) -> float:
    """How far what is darker near the product is its shadow, 0..1: a pattern is dark elsewhere."""
    ground = low > 0
    close, off = (away > 0) & (away < 0.1) & ground, (away > 0.25) & (away < 0.6) & ground
    if not close.any() or not off.any():
        return 0.0
    near, far = float(darker[close].mean()), float(darker[off].mean())
    return float(np.clip(1 - _PATTERN * far / max(near, 1e-6), 0, 1))


def _spread(values: Floats, free: Floats, sigma: float) -> Floats:
    """Smoothed over what is free; continued into what is not from ever farther off."""
    done = np.zeros(free.shape, np.float32)
    out = np.zeros_like(values)
    for _ in range(6):
        weight = blurred(free, sigma)
        mean = blurred((values * free[..., None]).astype(np.float32), sigma)
        share = np.clip(weight / np.float32(0.2), 0, 1) * (1 - done)
        out += mean / np.maximum(weight, 1e-6)[..., None] * share[..., None]
        done = np.asarray(done + share, np.float32)
        sigma *= 2
    return np.asarray(out / np.maximum(done, 1e-6)[..., None], np.float32)
