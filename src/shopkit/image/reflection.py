"""Exchange the old product's reflection in the ground for the new product's.

Seen from a little above, a level ground mirrors what stands on it about the line where it touches
the ground, blurred by the ground's roughness. Ground and shadow need not be known for the
exchange: only the difference of the two mirror images is added, so where both products look alike
nothing changes. How much the ground reflects is read from the old product's mirror image in the
scene; it never exceeds what varnish and stone reflect, nor falls below the light that a matte
ground takes from what stands on it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.geometry import blurred
from shopkit.image.picture import Alpha, Box, Light, Mask, Rgb, to_linear

Floats = NDArray[np.float32]

_MOST = 0.10  # of the light; a dielectric reflects 4 % from above, some 10 % seen from the side
_LEAST = 0.04  # a matte ground, too, is lit by what stands on it
_HEIGHT = 160  # px of the old product at working size; a reflection is blurred anyway
_ROUGH = 0.10  # blur (sigma) of a mirror image, of the product's height
_STEEP = 0.15  # of the height: how far up the outline can still be the line of contact
_FADE = 0.05  # of the height: the reflection sets in over this at the line of contact
_APART = 2  # px of the working size between the pixels that the ground's reflection is read at
_SEEN = 0.002  # linear light: a smaller change does not show
_DARK = 0.003  # linear light added so that the logarithm of black is tame


@dataclass(frozen=True, slots=True)
class Reflection:
    """``change``: linear light (H, W, 3) to add to the ground, already exchanged (new minus old).
    ``strength``: share of the light that the ground reflects. ``region``: where the
    change shows.
    """

    change: Light
    strength: float
    region: Mask


def exchange_reflection(
    scene: Rgb, emptied: Rgb, composed: Rgb, old: Alpha, new: Alpha, front: Alpha
) -> Reflection:
    """The change of light in the ground when the new product stands where the old one did.

    ``emptied``: the scene without the product. ``composed``: the new product over ``emptied``.
    ``old``, ``new``: visible alphas. ``front``: what stands in front, which takes no reflection.
    All of one size. Add ``change`` to the ground (linear light) under the new product.
    """
    shape = old.shape
    tall = Box.around(old, 0.5)
    if tall is None or not (new > 0.5).any():
        return Reflection(np.zeros((*shape, 3), np.float32), 0.0, np.zeros(shape, np.bool_))
    scale = min(1.0, _HEIGHT / tall.h)
    size = max(1, round(shape[1] * scale)), max(1, round(shape[0] * scale))
    bare = _small(to_linear(emptied), size)
    before = _Mirrored(_small(to_linear(scene), size) - bare, _small(old, size), bare)
    after = _Mirrored(_small(to_linear(composed), size) - bare, _small(new, size), bare)
    strength = _strength(_small(to_linear(scene), size), before)
    free = (1 - _small(front, size))[..., None]
    change = strength * free * (after.image - before.image)
    full = np.asarray(cv2.resize(change, shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)
    return Reflection(full, strength, shows(full))


def shows(change: Light) -> Mask:
    """Where a change of linear light (H, W, 3) can be seen: in any channel."""
    return np.asarray(cv2.inRange(change, (-_SEEN,) * 3, (_SEEN,) * 3) == 0)


class _Mirrored:
    """A product's mirror image in the ground, as a difference to the mirrored background."""

    def __init__(self, difference: Floats, alpha: Floats, bare: Floats) -> None:
        box = Box.around(alpha, 0.5) or Box(0, 0, 1, 1)
        self.box, self.alpha = box, alpha
        self.line = _contact(alpha, box)
        height, width = alpha.shape
        y, x = np.mgrid[:height, :width].astype(np.float32)
        source = 2 * self.line[None] - y
        turned = cv2.remap(difference * alpha[..., None], x, source, cv2.INTER_LINEAR)
        soft = blurred(np.asarray(turned, np.float32), max(1.0, _ROUGH * box.h))
        set_in = np.clip((y - self.line[None]) / max(1.0, _FADE * box.h) + 1, 0, 1)
        self.image: Floats = (soft * set_in[..., None]).astype(np.float32)


def _contact(alpha: Floats, box: Box) -> Floats:
    """The row at which the product meets the ground, for every column of the picture."""
    mask = alpha > 0.5
    columns = np.flatnonzero(mask.any(axis=0))
    low = mask.shape[0] - 1 - mask[::-1, columns].argmax(axis=0)
    line = np.interp(np.arange(mask.shape[1]), columns, low)
    lowest = float(np.percentile(low, 98))
    return np.asarray(np.maximum(line, lowest - _STEEP * box.h), np.float32)


def _strength(scene: Floats, mirrored: _Mirrored) -> float:
    """How much the ground reflects: the larger of two readings, within what grounds do."""
    below, basis, cubic = _ground(mirrored)
    if below.sum() * _APART**2 < 200:
        return _LEAST
    light, mirror = scene[below], mirrored.image[below]
    plain = _reading(light, mirror, cubic)
    hue = np.log(light + _DARK)
    tint = mirror / (light + _DARK)
    coloured = _reading(
        hue - hue.mean(axis=1, keepdims=True), tint - tint.mean(axis=1, keepdims=True), basis
    )
    return float(np.clip(max(plain, coloured), _LEAST, _MOST))


def _ground(mirrored: _Mirrored) -> tuple[Mask, Floats, Floats]:
    """The ground in front of the product, and polynomials there of degree 2 and 3."""
    box = mirrored.box
    y, x = np.mgrid[: mirrored.alpha.shape[0], : mirrored.alpha.shape[1]].astype(np.float32)
    across = (x - (box.x + box.w / 2)) / box.w
    down = (y - (box.y + box.h)) / box.h
    clear = cv2.dilate(mirrored.alpha, np.ones((5, 5), np.uint8)) < 0.03
    below = (y > mirrored.line[None] + 2) & (down < 0.6) & (np.abs(across) < 1) & clear
    below &= (x % _APART == 0) & (y % _APART == 0)
    u, v = across[below], down[below]
    powers = [(a, b) for a in range(4) for b in range(4 - a)]
    cubic = np.stack([u**a * v**b for a, b in powers], axis=1)
    low = [a + b < 3 for a, b in powers]
    return below, cubic[:, low], cubic


def _reading(seen: Floats, mirror: Floats, basis: Floats) -> float:
    """Share of ``mirror`` in ``seen`` beside a smooth ground; outliers count little."""
    weight = np.ones(len(basis))
    share = 0.0
    for _ in range(4):
        heavy = basis * weight[:, None]
        solve = np.linalg.pinv(heavy.T @ basis) @ heavy.T
        rest, own = seen - basis @ (solve @ seen), mirror - basis @ (solve @ mirror)
        power = float((weight[:, None] * own**2).sum())
        share = float((weight[:, None] * rest * own).sum()) / max(power, 1e-12)
        error = np.sqrt(((rest - share * own) ** 2).sum(axis=1))
        weight = 1 / (1 + (error / (1.5 * float(np.median(error)) + 1e-9)) ** 2)
    return share


def _small(image: NDArray[np.float32], size: tuple[int, int]) -> Floats:
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.float32)
