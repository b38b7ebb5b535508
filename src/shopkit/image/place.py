"""Put the new product where the old one stood: size, spot, and a clean resampling of its pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np

from shopkit.image.drop import is_torn, steady_drop
from shopkit.image.footing import measure_footing
from shopkit.image.geometry import Matrix
from shopkit.image.matte import Matte
from shopkit.image.picture import Alpha, Box, Light, to_linear

Fit = Literal["contain", "width", "height"]
MAX_UPSCALE = 1.3  # an enlarged photo looks soft beside its scene
_HALF_BELIEVED = 0.5  # of what a base tells that is not seen but drawn from the old photo
_ASIDE = 0.06  # of the width: a base farther than this from the middle is half hidden
_ALIKE = 1.5  # bases that differ more in width are of two kinds: what is their middle is unsure
_TURNED = 8.0  # degrees: a smaller turn of the old product is its pose in space, not in the plane


@dataclass(frozen=True, slots=True)
class Placement:
    """``matrix`` (3x3, pixel indices) takes the product photo into the scene; ``scale`` is scene
    pixels per photo pixel, ``turn`` degrees in the picture's plane (clockwise), ``wanted`` the
    scale before the cap on enlarging. ``raised``: by how much of the old one's height it hangs
    above where it would stand (0 for what stands). ``torn``: whether the old base seems half
    hidden.
    """

    matrix: Matrix
    scale: float
    turn: float
    wanted: float
    raised: float = 0.0
    torn: bool = False

    def enlarged(self, scale: float, product: Alpha) -> Placement:
        """At another scale, the middle of the product's lower edge (its alpha) kept in place."""
        tight = Box.around(product, 0.5)
        if tight is None or scale == self.scale:
            return self
        foot = self.matrix @ (tight.x + tight.w / 2 - 0.5, tight.y + tight.h - 0.5, 1.0)
        times = scale / self.scale
        about = np.array(
            [[times, 0, (1 - times) * foot[0]], [0, times, (1 - times) * foot[1]], [0, 0, 1.0]]
        )
        return replace(self, matrix=about @ self.matrix, scale=scale)

    @property
    def capped(self) -> bool:
        """Whether the photo was too small to fill the old product's place."""
        return self.wanted > self.scale * 1.001


@dataclass(frozen=True, slots=True)
class Layer:
    """The placed product over ``window`` of the scene: ``light`` (h, w, 3) linear, not
    premultiplied; ``alpha`` (h, w).
    """

    window: Box
    light: Light
    alpha: Alpha


def stand(
    new: Alpha,
    old: Alpha,
    box: Box,
    *,
    fit: Fit = "contain",
    turn: float = 0.0,
    base_seen: bool = True,
    hangs: bool = False,
) -> Placement:
    """Fit the new product's silhouette into ``box``, on the very spot where the old one stands.

    ``new``: alpha of the product photo. ``old``: the old silhouette in the scene, hidden parts
    included. ``turn``: the old product's turn in the picture's plane, degrees; small ones are
    ignored. ``hangs``: it keeps the old one's top, not its base. ``base_seen``: whether ``old``
    shows its base's own pixels, so that its middle counts. The aspect is never changed.
    """
    turn = turn if abs(turn) > _TURNED else 0.0
    turned, upright = _turned(new, turn)
    tight = Box.around(upright, 0.5)
    if tight is None:
        raise ValueError("the product's alpha is empty")
    wide, high = box.w / tight.w, box.h / tight.h
    wanted = {"contain": min(wide, high), "width": wide, "height": high}[fit]
    scale = min(wanted, MAX_UPSCALE)
    ours, theirs = measure_footing(upright), measure_footing(old)
    low = 0.0 if turn else steady_drop(old, upright, scale) * (1.0 if base_seen else _HALF_BELIEVED)
    x = box.x + box.w / 2 - scale * (tight.x + tight.w / 2)
    if base_seen and ours.round and theirs.round and _alike(theirs.half, scale * ours.half):
        aside = theirs.middle - scale * ours.middle
        x = aside if abs(aside - x) <= _ASIDE * box.w else x
    y = box.y + box.h + float(np.clip(low, -0.06 * box.h, 0.06 * box.h)) - scale * ours.bottom
    raised = 0.0
    if hangs and not turn:
        top = float(box.y - scale * tight.y)
        raised, y = (y - top) / box.h, top
    half = scale / 2 - 0.5  # from edges to pixel centres
    onto = np.array([[scale, 0, x + half], [0, scale, y + half], [0, 0, 1.0]])
    torn = is_torn(theirs, ours, scale)
    return Placement(onto @ turned, scale, turn, wanted, raised, torn)


def _alike(one: float, other: float) -> bool:
    return max(one, other) <= _ALIKE * min(one, other)


def lay(matte: Matte, placement: Placement, window: Box) -> Layer:
    """Resample the product into ``window`` of the scene, in linear light, filtered when shrunk."""
    tight = Box.around(matte.alpha)
    if tight is None:
        raise ValueError("the product's alpha is empty")
    tight = tight.grown(0.02, (matte.alpha.shape[1], matte.alpha.shape[0]))
    alpha = np.ascontiguousarray(matte.alpha[tight.slices])
    light = to_linear(matte.colour[tight.slices])
    light *= alpha[..., None]
    matrix = placement.matrix @ np.array([[1, 0, tight.x], [0, 1, tight.y], [0, 0, 1.0]])
    if placement.scale < 1:
        size = (max(1, round(tight.w * placement.scale)), max(1, round(tight.h * placement.scale)))
        light, alpha = (
            np.asarray(cv2.resize(one, size, interpolation=cv2.INTER_AREA), np.float32)
            for one in (light, alpha)
        )
        fx, fy = tight.w / size[0], tight.h / size[1]
        matrix = matrix @ np.array([[fx, 0, fx / 2 - 0.5], [0, fy, fy / 2 - 0.5], [0, 0, 1.0]])
    matrix = np.array([[1, 0, -window.x], [0, 1, -window.y], [0, 0, 1.0]]) @ matrix
    flags = cv2.INTER_LINEAR if placement.scale < 1 else cv2.INTER_CUBIC
    size = (window.w, window.h)
    light, alpha = (
        np.asarray(cv2.warpAffine(one, matrix[:2], size, flags=flags), np.float32)
        for one in (light, alpha)
    )
    cover = np.clip(alpha, 0, 1, out=alpha)
    light /= np.maximum(cover, 1e-3)[..., None]
    return Layer(window, np.clip(light, 0, 1, out=light), cover)


def _turned(alpha: Alpha, turn: float) -> tuple[Matrix, Alpha]:
    """The turn about the picture's middle as a matrix, and the alpha turned by it."""
    if not turn:
        return np.eye(3), alpha
    height, width = alpha.shape
    side = int(np.ceil(np.hypot(height, width)))
    matrix = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), -turn, 1), [0, 0, 1]])
    matrix[:2, 2] += ((side - width) / 2, (side - height) / 2)
    return matrix, np.asarray(cv2.warpAffine(alpha, matrix[:2], (side, side)), np.float32)
