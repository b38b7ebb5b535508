"""Is a place that was found really the old product's? Evidence from look, margin and silhouette."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from shopkit.engines.contracts import Finder
from shopkit.image.edges import Floats, log_light
from shopkit.image.geometry import Matrix, apply, scaling, warp
from shopkit.image.opinions import ask, crop_around, iou
from shopkit.image.picture import Alpha, Box, Rgb

# Weights of a logistic rule fitted on 412 trials over the bench's twelve scenes in other light,
# size and angle, 220 of them with a product that is not there; above 2 none of these passed.
_SCORE, _MARGIN, _TEXTURE, _CHROMA, _TINT, _LEVEL, _BASE = 3.3, 4.6, 1.7, 2.8, 0.8, -1.5, -2.0
_AMPLE = 2.0  # a greater margin proves no more: it may be another product of the same shape
_CAST = -1.5  # for each unit of log light over the cast that lamps make


@dataclass(frozen=True, slots=True)
class Look:
    """How well one light takes the old photo to what is seen at a place.

    ``texture`` and ``chroma``: share of variance that it explains, at most 1. ``cast``: log light
    by which its colour leaves grey; ``level``: by how much its brightness is unusual.
    """

    texture: float
    chroma: float
    cast: float
    level: float

    @property
    def likeness(self) -> float:
        """Log odds, of which only differences between places count."""
        cast = _CAST * max(0.0, self.cast - 0.5)
        return _TEXTURE * self.texture + _CHROMA * self.chroma + _LEVEL * self.level + cast


UNLIKE = Look(-1.0, -1.0, 1.0, 1.0)


def look_at(scene: Rgb, look: Rgb, alpha: Alpha, matrix: Matrix) -> Look:
    """Compare the old photo with what is seen where ``matrix`` puts it."""
    there, ours = _seen(scene, look, alpha, matrix)
    if len(there) < 50:
        return UNLIKE
    apart = there - ours
    left = apart - np.median(apart, 0)
    tint = apart - apart.mean(1, keepdims=True)
    spread = sum(float((c - c.mean(1, keepdims=True)).var(0).sum()) for c in (there, ours))
    total = float(there.var(0).sum() + ours.var(0).sum())
    return Look(
        texture=1 - float(left.var(0).sum()) / (total + 0.15),
        chroma=1 - float(tint.var(0).sum()) / (spread + 0.02),
        cast=float(np.abs(np.median(tint, 0)).max()),
        level=max(0.0, abs(float(np.median(apart.mean(1))) + 0.3) - 0.6),
    )


def evidence(look: Look, score: float, margin: float) -> float:
    """Log odds that this is the product; ``score`` and ``margin`` are those of the edges' fit."""
    return float(
        _SCORE * np.log(max(score, 1e-3) / 0.12)
        + _MARGIN * np.log(np.clip(margin, 1e-3, _AMPLE) / 1.3)
        + _TEXTURE * look.texture
        + _CHROMA * look.chroma
        + _TINT * look.cast
        + _LEVEL * look.level
        + _BASE
    )


def same_outline(
    scene: Rgb, alpha: Alpha, matrix: Matrix, box: Box, net: Finder | None = None
) -> float:
    """IoU of the product's silhouette with what is seen to stand there, 0..1."""
    crop = crop_around(scene, box)
    work = scaling(crop.factor, crop.around.x, crop.around.y) @ matrix
    full = warp(alpha, work, crop.size) > 0.5
    said = ask(scene, crop, net)
    return max(iou(full, said.likely > 0.5), iou(full, said.colours))


def _seen(scene: Rgb, look: Rgb, alpha: Alpha, matrix: Matrix) -> tuple[Floats, Floats]:
    """Log light of the scene and of the old photo, where the latter's inside falls; (N, 3)."""
    corners = apply(matrix, np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * (*alpha.shape[::-1],))
    low, high = np.floor(corners.min(0)).astype(int), np.ceil(corners.max(0)).astype(int)
    x0, y0 = np.maximum(low, 0)
    x1, y1 = np.minimum(high, (scene.shape[1], scene.shape[0]))
    if x1 - x0 < 8 or y1 - y0 < 8:
        return np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32)
    here = scaling(1, x0, y0) @ matrix
    size = (int(x1 - x0), int(y1 - y0))
    inside = cv2.erode(warp(alpha, here, size), np.ones((7, 7), np.uint8)) > 0.9
    ours = cv2.GaussianBlur(log_light(warp(look, here, size)), (0, 0), 2)
    theirs = cv2.GaussianBlur(log_light(scene[y0:y1, x0:x1]), (0, 0), 2)
    return np.asarray(theirs[inside], np.float32), np.asarray(ours[inside], np.float32)
