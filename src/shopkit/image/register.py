"""From each scene pixel of the old product to the same spot on its own studio photo.

First the matrix that lays edges on edges, then a smooth flow for what a turned solid body does
beyond any matrix. Both pictures are reduced to local contrast first, so that light plays no part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.edges import Floats, log_light
from shopkit.image.geometry import Matrix, box_matrix, scaling, shrunk, warp
from shopkit.image.picture import Alpha, Box, Mask, Picture, Rgb
from shopkit.image.shape_fit import fit_edges

if TYPE_CHECKING:
    from shopkit.image.cutout import Matte

WORK_SIDE = 420  # px: longest side of the crop while the flow is computed
_FARTHEST = 0.06  # of the product's size: no flow goes further beyond the matrix
_SMOOTH = 0.035  # of the product's size: the flow is smooth over this


@dataclass(frozen=True, slots=True)
class Registration:
    """``map_xy`` (H, W, 2): old photo coordinates for each scene pixel, as cv2.remap takes them.

    ``valid``: scene pixels where the old product is seen and the map holds. ``matrix`` (3x3): the
    map without its flow, old photo to scene. ``error``: share of contrast left unexplained, 0..1.
    ``kind``: "matrix" or "flow".
    """

    map_xy: NDArray[np.float32]
    valid: Mask
    matrix: Matrix
    error: float
    kind: str


def register(
    scene: Picture, box: Box, visible: Alpha, old: Matte, matrix: Matrix | None = None
) -> Registration:
    """Map the scene's old product to its photo. ``visible``: its pixels in the scene (0..1).

    ``matrix``: a first map from old photo to scene, if known; else the boxes are laid together.
    """
    if matrix is None:
        ours = Box.around(old.alpha, 0.5) or Box(0, 0, old.alpha.shape[1], old.alpha.shape[0])
        matrix = fit_edges(scene.rgb, old.colour, old.alpha, box_matrix(ours, box)).matrix
    around = box.grown(0.2, scene.size)
    factor = min(1.0, WORK_SIDE / max(around.w, around.h))
    to_work = scaling(factor, around.x, around.y)
    crop, seen = shrunk(scene.rgb[around.slices], factor), shrunk(visible[around.slices], factor)
    size = (crop.shape[1], crop.shape[0])
    work = to_work @ matrix
    look, alpha = warp(old.colour, work, size), warp(old.alpha, work, size)
    flow, error = _flow(crop, seen, look, alpha)
    map_xy = _full_map(flow, work, around, scene.size, np.linalg.inv(matrix))
    ours_there = cv2.remap(old.alpha, map_xy, None, cv2.INTER_LINEAR)
    valid = (visible > 0.5) & (ours_there > 0.5)
    return Registration(map_xy, valid, matrix, error, "flow")


def _flow(crop: Rgb, seen: Alpha, look: Rgb, alpha: Alpha) -> tuple[Floats, float]:
    """Smooth flow (h, w, 2) from the scene's crop to the warped look, and what it leaves over."""
    side = float(np.sqrt(max(1.0, float((alpha > 0.5).sum()))))
    ours, theirs = _contrast(look, alpha, side), _contrast(crop, seen, side)
    finder = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    raw = finder.calc(theirs, ours, None)
    trust = _trust(theirs, ours, raw, seen)
    sigma = max(2.0, _SMOOTH * side)
    weight = cv2.GaussianBlur(trust, (0, 0), sigma)
    flow = cv2.GaussianBlur(raw * trust[..., None], (0, 0), sigma)
    flow = flow / (weight + 0.02)[..., None]
    far = _FARTHEST * side
    length = np.hypot(flow[..., 0], flow[..., 1])[..., None]
    flow = flow * np.minimum(1, far / np.maximum(length, 1e-6))
    return flow.astype(np.float32), _left_over(theirs, ours, flow, seen, alpha)


def _contrast(rgb: Rgb, matte: Alpha, side: float) -> NDArray[np.uint8]:
    """Local contrast of log light inside the matte, grey; black outside."""
    grey = log_light(rgb).mean(2)
    sigma = max(3.0, 0.12 * side)
    weight = cv2.GaussianBlur(matte, (0, 0), sigma) + 1e-3
    mean = cv2.GaussianBlur(grey * matte, (0, 0), sigma) / weight
    away = (grey - mean) * matte
    spread = np.sqrt(cv2.GaussianBlur(away * away, (0, 0), sigma) / weight)
    even = away / (spread + 0.1)
    return (np.clip(128 + 40 * even, 30, 255) * matte).astype(np.uint8)


def _trust(theirs: NDArray[np.uint8], ours: NDArray[np.uint8], flow: Floats, seen: Alpha) -> Floats:
    """Where the flow explains the picture and there is an edge to hold on to, 0..1."""
    moved = _moved(ours, flow)
    off = cv2.GaussianBlur(np.abs(moved.astype(np.float32) - theirs), (0, 0), 2)
    gx = cv2.Scharr(theirs, cv2.CV_32F, 1, 0) / 32
    gy = cv2.Scharr(theirs, cv2.CV_32F, 0, 1) / 32
    held = cv2.GaussianBlur(np.hypot(gx, gy), (0, 0), 2)
    near = cv2.dilate(seen, np.ones((5, 5), np.uint8))
    trust: Floats = near * np.exp(-((off / 30) ** 2)) * held / (held + 8)
    return trust.astype(np.float32)


def _moved(ours: NDArray[np.uint8], flow: Floats) -> NDArray[np.uint8]:
    y, x = np.indices(ours.shape, dtype=np.float32)
    there: NDArray[np.uint8] = cv2.remap(ours, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR)
    return there


def _left_over(
    theirs: NDArray[np.uint8], ours: NDArray[np.uint8], flow: Floats, seen: Alpha, alpha: Alpha
) -> float:
    """Variance of the difference over the variances' sum, where both show the product."""
    both = (seen > 0.5) & (alpha > 0.5)
    if both.sum() < 20:
        return 1.0
    a, b = theirs[both].astype(np.float64), _moved(ours, flow.astype(np.float32))[both]
    return float(np.clip((a - b).var() / max(1e-6, a.var() + b.var()), 0, 1))


def _full_map(
    flow: Floats, work: Matrix, around: Box, size: tuple[int, int], back: Matrix
) -> NDArray[np.float32]:
    """The map over the whole scene: the matrix everywhere, with the flow in the crop."""
    y, x = np.indices((size[1], size[0]), dtype=np.float32)
    w = back[2, 0] * x + back[2, 1] * y + back[2, 2]
    whole = np.dstack(
        [
            (back[0, 0] * x + back[0, 1] * y + back[0, 2]) / w,
            (back[1, 0] * x + back[1, 1] * y + back[1, 2]) / w,
        ]
    ).astype(np.float32)
    turn = np.linalg.inv(work)[:2, :2].astype(np.float32)
    shift = cv2.resize(flow @ turn.T, (around.w, around.h), interpolation=cv2.INTER_LINEAR)
    whole[around.slices] += shift
    return whole
