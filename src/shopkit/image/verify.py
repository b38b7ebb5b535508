"""Is a place that was found really the old product's? Evidence from look, margin and silhouette."""

from __future__ import annotations

import cv2
import numpy as np

from shopkit.engines.contracts import Finder
from shopkit.image.edges import Floats, log_light
from shopkit.image.geometry import Matrix, scaling, warp
from shopkit.image.opinions import ask, crop_around, iou
from shopkit.image.picture import Alpha, Box, Rgb

# Weights of a logistic rule fitted on 412 trials over the bench's twelve scenes in other light,
# size and angle, 220 of them with a product that is not there; above 2 none of these passed.
_SCORE, _MARGIN, _TEXTURE, _CHROMA, _TINT, _LEVEL, _BASE = 3.3, 4.6, 1.7, 2.8, 0.8, -1.5, -2.0


def evidence(
    scene: Rgb, look: Rgb, alpha: Alpha, matrix: Matrix, score: float, margin: float
) -> float:
    """Log odds that the product of ``look`` stands where ``matrix`` puts it.

    ``score`` and ``margin`` are those of the fit; the rest is what one light leaves unexplained
    of the product's texture and of its chroma.
    """
    there, ours = _seen(scene, look, alpha, matrix)
    if len(there) < 50:
        return -9.0
    apart = there - ours
    left = apart - np.median(apart, 0)
    texture = 1 - left.var(0).sum() / (there.var(0).sum() + ours.var(0).sum() + 0.15)
    tint = apart - apart.mean(1, keepdims=True)
    spread = sum((c - c.mean(1, keepdims=True)).var(0).sum() for c in (there, ours))
    chroma = 1 - tint.var(0).sum() / (spread + 0.02)
    cast = float(np.abs(np.median(tint, 0)).max())
    level = max(0.0, abs(float(np.median(apart.mean(1))) + 0.3) - 0.6)
    return float(
        _SCORE * np.log(max(score, 1e-3) / 0.12)
        + _MARGIN * np.log(max(margin, 1e-3) / 1.3)
        + _TEXTURE * texture
        + _CHROMA * chroma
        + _TINT * cast
        + _LEVEL * level
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
    size = (scene.shape[1], scene.shape[0])
    inside = cv2.erode(warp(alpha, matrix, size), np.ones((7, 7), np.uint8)) > 0.9
    ours = cv2.GaussianBlur(log_light(warp(look, matrix, size)), (0, 0), 2)
    theirs = cv2.GaussianBlur(log_light(scene), (0, 0), 2)
    return np.asarray(theirs[inside], np.float32), np.asarray(ours[inside], np.float32)
