"""Exchange the old product's reflection in the ground for the new product's.

Seen from a little above, a level ground mirrors what stands on it about the line where it touches
the ground, blurred by the ground's roughness. Ground and shadow need not be known for the
exchange: only the difference of the two mirror images is added, so where both products look alike
nothing changes. How much the ground reflects is read from the old product's mirror image in the
scene; it never exceeds what varnish and stone reflect, nor falls below the light that a matte
ground takes from what stands on it. Where the old mirror image is plainly seen, the ground is a
mirror, and strength and sharpness are what it says.
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
_ROUGH = 0.10  # blur (sigma) of a mirror image, of the product's height,
_SHARP = (0.01, 0.03, 0.06)  # and on grounds that are mirrors
_MIRRORS = 0.65  # correlation of sharp mirror image and ground: rough grounds stay under 0.5
_MOST_OF_A_MIRROR = 0.8
_RIM = 0.04  # of the height: how far an old mirror image may lie beside the one worked out
_STEEP = 0.15  # of the height: how far up the outline can still be the line of contact
_FADE = 0.05  # of the height: the reflection sets in over this at the line of contact
_APART = 2  # px of the working size between the pixels that the ground's reflection is read at
_SEEN = 0.002  # linear light: a smaller change does not show
_DARK = 0.003  # linear light added so that the logarithm of black is tame


@dataclass(frozen=True, slots=True)
class Reflection:
    """``change``: linear light (H, W, 3) to add to the ground, already exchanged (new minus old).
    ``strength``: share of the light that the ground reflects. ``region``: where the
    change shows. ``rough``: how blurred mirror images are, of the product's height.
    """

    change: Light
    strength: float
    region: Mask
    rough: float

    @property
    def sharp(self) -> bool:
        """Whether the ground is a mirror: what it shows is as fine as what stands on it."""
        return self.rough < _ROUGH


def exchange_reflection(
    scene: Rgb,
    emptied: Rgb,
    composed: Rgb,
    old: Alpha,
    new: Alpha,
    front: Alpha,
    *,
    known: Reflection | None = None,
) -> Reflection:
    """The change of light in the ground when the new product stands where the old one did.

    ``emptied``: the scene without the product. ``composed``: the new product over ``emptied``.
    ``old``, ``new``: visible alphas. ``front``: what stands in front, which takes no reflection.
    All of one size. Add ``change`` to the ground (linear light) under the new product. ``known``:
    an exchange whose ground this is; else strength and roughness are read off the scene.
    """
    shape = old.shape
    tall = Box.around(old, 0.5)
    if tall is None or not (new > 0.5).any():
        nothing = np.zeros((*shape, 3), np.float32)
        return Reflection(nothing, 0.0, np.zeros(shape, np.bool_), _ROUGH)
    size = _working_size(shape, tall) if known is None else (shape[1], shape[0])
    before, ground, after = (_small(to_linear(image), size) for image in (scene, emptied, composed))
    was, becomes = _small(old, size), _small(new, size)
    if known is None:
        strength, rough = _ground(before, ground, was)
    else:
        strength, rough = known.strength, known.rough
    theirs = _Mirrored(before - ground, was, rough)
    ours = _Mirrored(after - ground, becomes, rough)
    free = (1 - _small(front, size))[..., None]
    change = strength * free * (ours.image - theirs.image)
    full = np.asarray(cv2.resize(change, shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)
    return Reflection(full, strength, shows(full), rough)


def mirror_image(old: Alpha) -> Mask:
    """Where a mirror shows what stands on it (``old``: its alpha), with a rim around."""
    tall = Box.around(old, 0.5)
    if tall is None:
        return np.zeros(old.shape, np.bool_)
    small = _small(old, _working_size(old.shape, tall))
    turned = _turned(small, small, _contact(small, Box.around(small, 0.5) or Box(0, 0, 1, 1)))
    rim = np.ones((2 * round(_RIM * min(tall.h, _HEIGHT)) + 1,) * 2, np.uint8)
    shown = cv2.dilate((turned > 0.05).astype(np.uint8), rim)
    return np.asarray(cv2.resize(shown, old.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0)


def _working_size(shape: tuple[int, ...], tall: Box) -> tuple[int, int]:
    """(width, height) at which the product, ``tall`` at full size, is of the working height."""
    scale = min(1.0, _HEIGHT / tall.h)
    return max(1, round(shape[1] * scale)), max(1, round(shape[0] * scale))


def shows(change: Light) -> Mask:
    """Where a change of linear light (H, W, 3) can be seen: in any channel."""
    return np.asarray(cv2.inRange(change, (-_SEEN,) * 3, (_SEEN,) * 3) == 0)


class _Mirrored:
    """A product's mirror image in the ground, as a difference to the mirrored background."""

    def __init__(self, difference: Floats, alpha: Floats, rough: float) -> None:
        box = Box.around(alpha, 0.5) or Box(0, 0, 1, 1)
        self.box, self.alpha = box, alpha
        self.line = _contact(alpha, box)
        height, width = alpha.shape
        y = np.mgrid[:height, :width][0].astype(np.float32)
        turned = _turned(difference, alpha, self.line)
        soft = blurred(np.asarray(turned, np.float32), max(0.6, rough * box.h))
        set_in = np.clip((y - self.line[None]) / max(1.0, _FADE * box.h) + 1, 0, 1)
        self.image: Floats = (soft * set_in[..., None]).astype(np.float32)


def _turned(values: Floats, alpha: Floats, line: Floats) -> Floats:
    """``values`` where ``alpha`` is, turned upside down about the line of contact."""
    y, x = np.mgrid[: alpha.shape[0], : alpha.shape[1]].astype(np.float32)
    seen = values * (alpha if values.ndim == 2 else alpha[..., None])
    return np.asarray(cv2.remap(seen, x, 2 * line[None] - y, cv2.INTER_LINEAR), np.float32)


def _contact(alpha: Floats, box: Box) -> Floats:
    """The row at which the product meets the ground, for every column of the picture."""
    mask = alpha > 0.5
    columns = np.flatnonzero(mask.any(axis=0))
    low = mask.shape[0] - 1 - mask[::-1, columns].argmax(axis=0)
    line = np.interp(np.arange(mask.shape[1]), columns, low)
    lowest = float(np.percentile(low, 98))
    return np.asarray(np.maximum(line, lowest - _STEEP * box.h), np.float32)


def _ground(scene: Floats, bare: Floats, old: Floats) -> tuple[float, float]:
    """How much the ground reflects, and how rough it is (blur, of the product's height).

    Where the old product's sharp mirror image explains what is seen below it, the ground is a
    mirror and reflects what that says. Else it is rough, and the larger of two readings counts,
    within what grounds do.
    """
    for rough in _SHARP:
        seen = _Below(scene, _Mirrored(scene - bare, old, rough))
        if seen.enough:
            share, sure = seen.plain()
            if sure > _MIRRORS and share > _MOST:
                return min(share, _MOST_OF_A_MIRROR), rough
    seen = _Below(scene, _Mirrored(scene - bare, old, _ROUGH))
    told = max(seen.plain()[0], seen.coloured()[0]) if seen.enough else _LEAST
    return float(np.clip(told, _LEAST, _MOST)), _ROUGH


class _Below:
    """The ground in front of the product: its light, and the product's mirror image there."""

    def __init__(self, scene: Floats, mirrored: _Mirrored) -> None:
        box = mirrored.box
        y, x = np.mgrid[: mirrored.alpha.shape[0], : mirrored.alpha.shape[1]].astype(np.float32)
        across = (x - (box.x + box.w / 2)) / box.w
        down = (y - (box.y + box.h)) / box.h
        clear = cv2.dilate(mirrored.alpha, np.ones((5, 5), np.uint8)) < 0.03
        below = (y > mirrored.line[None] + 2) & (down < 0.6) & (np.abs(across) < 1) & clear
        below &= (x % _APART == 0) & (y % _APART == 0)
        self.enough = bool(below.sum() * _APART**2 >= 200)
        self._light, self._mirror = scene[below], mirrored.image[below]
        u, v = across[below], down[below]
        powers = [(a, b) for a in range(4) for b in range(4 - a)]
        self._cubic = np.stack([u**a * v**b for a, b in powers], axis=1)
        self._square = self._cubic[:, [a + b < 3 for a, b in powers]]

    def plain(self) -> tuple[float, float]:
        """The share of the mirror image in the light, and its correlation with it."""
        return _reading(self._light, self._mirror, self._cubic)

    def coloured(self) -> tuple[float, float]:
        """The same by hue alone, which shadows do not change."""
        hue, tint = np.log(self._light + _DARK), self._mirror / (self._light + _DARK)
        hue -= hue.mean(axis=1, keepdims=True)
        return _reading(hue, tint - tint.mean(axis=1, keepdims=True), self._square)


def _reading(seen: Floats, mirror: Floats, basis: Floats) -> tuple[float, float]:
    """Share of ``mirror`` in ``seen`` beside a smooth ground, outliers counting little; and the
    correlation of the two.
    """
    weight = np.ones(len(basis))
    share, sure = 0.0, 0.0
    for _ in range(4):
        heavy = basis * weight[:, None]
        solve = np.linalg.pinv(heavy.T @ basis) @ heavy.T
        rest, own = seen - basis @ (solve @ seen), mirror - basis @ (solve @ mirror)
        power = float((weight[:, None] * own**2).sum())
        common = float((weight[:, None] * rest * own).sum())
        share = common / max(power, 1e-12)
        sure = common / max(float(np.sqrt(power * (weight[:, None] * rest**2).sum())), 1e-12)
        error = np.sqrt(((rest - share * own) ** 2).sum(axis=1))
        weight = 1 / (1 + (error / (1.5 * float(np.median(error)) + 1e-9)) ** 2)
    return share, sure


def _small(image: NDArray[np.float32], size: tuple[int, int]) -> Floats:
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.float32)
