"""From each scene pixel of the old product to the same spot on its own studio photo.

First the matrix that lays edges on edges, then a smooth flow for what a turned solid body does
beyond any matrix: once by the silhouettes, once by what is drawn inside them. Light plays no part:
both pictures are reduced to local contrast first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.edges import Floats, log_light
from shopkit.image.geometry import Matrix, blurred, box_matrix, scaling, shrunk, warp
from shopkit.image.matte import Matte
from shopkit.image.picture import Alpha, Box, Mask, Picture, Rgb
from shopkit.image.shape_fit import fit_edges

WORK_SIDE = 440  # px: longest side of the crop while the flow is computed
_FARTHEST = 0.08  # of the product's size: no flow goes further beyond the matrix
_SMOOTH = 0.033  # of the product's size: the flow is smooth over this
_RIM = 0.04  # of the product's size: nearer to the edge the silhouettes alone decide


@dataclass(frozen=True, slots=True)
class Registration:
    """``map_xy`` (H, W, 2): old photo coordinates for each scene pixel, as cv2.remap takes them.

    ``valid``: scene pixels where the old product is seen and the map holds. ``matrix`` (3x3): the
    map without its flow, old photo to scene. ``error``: share of contrast left unexplained, 0..1.
    """

    map_xy: NDArray[np.float32]
    valid: Mask
    matrix: Matrix
    error: float


def register(
    scene: Picture, box: Box, visible: Alpha, old: Matte, matrix: Matrix | None = None
) -> Registration:
    """Map the scene's old product to its photo. ``visible``: its pixels in the scene (0..1).

    ``matrix``: a first map from old photo to scene, if known; else the boxes are laid together.
    """
    if matrix is None:
        matrix = fit_in_box(scene, box, old)
    around = box.grown(0.2, scene.size)
    factor = min(1.0, WORK_SIDE / max(around.w, around.h))
    crop, seen = shrunk(scene.rgb[around.slices], factor), shrunk(visible[around.slices], factor)
    work = scaling(factor, around.x, around.y) @ matrix
    size = (crop.shape[1], crop.shape[0])
    look, full = warp(old.colour, work, size), warp(old.alpha, work, size)
    flow = find_flow(crop, seen, look, full)
    map_xy = _full_map(flow, work, around, scene.size, matrix)
    x, y = np.ascontiguousarray(map_xy[..., 0]), np.ascontiguousarray(map_xy[..., 1])
    ours = np.asarray(cv2.remap(old.alpha, x, y, cv2.INTER_LINEAR), np.float32)
    valid = (visible > 0.5) & (ours > 0.5)
    return Registration(map_xy, valid, matrix, _error(crop, seen, look, full, flow))


def fit_in_box(scene: Picture, box: Box, old: Matte) -> Matrix:
    """The matrix from the old photo to a product known to fill ``box``."""
    ours = Box.around(old.alpha, 0.5) or Box(0, 0, old.alpha.shape[1], old.alpha.shape[0])
    return fit_edges(scene.rgb, old.colour, old.alpha, box_matrix(ours, box)).matrix


def find_flow(crop: Rgb, seen: Alpha, look: Rgb, full: Alpha) -> Floats:
    """Smooth flow (h, w, 2): where in ``look`` each pixel of ``crop`` lies, less its own place.

    ``look`` and ``full`` are the old photo and its alpha, already laid on the crop by a matrix.
    """
    side = float(np.sqrt(max(1.0, float((full > 0.5).sum()))))
    flow = _by_outline(crop, (seen > 0.5).astype(np.float32), look, full, side)
    inner = _by_drawing(crop, seen, moved(look, flow), moved(full, flow), side)
    both = moved(flow, inner) + inner
    length = np.hypot(both[..., 0], both[..., 1])[..., None]
    within = np.minimum(1, _FARTHEST * side / np.maximum(length, 1e-6))
    return np.asarray(both * within, np.float32)


def moved(image: NDArray[Any], flow: Floats) -> NDArray[Any]:
    """The picture as the flow brings it; nothing (0) comes from outside the frame."""
    y, x = np.indices(flow.shape[:2], dtype=np.float32)
    return np.asarray(cv2.remap(image, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR))


def _by_outline(crop: Rgb, seen: Alpha, look: Rgb, full: Alpha, side: float) -> Floats:
    """Flow between the two cut-outs on black, held by their outlines and strong edges."""
    ours, theirs = _contrast(look, full, side), _contrast(crop, seen, side)
    raw = _flow(theirs, ours, cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    trust = _trust(theirs, ours, raw, _slope(theirs), 30, 8)
    near = cv2.dilate(seen, np.ones((5, 5), np.uint8))
    return _smoothed(raw, trust * near, max(2.0, _SMOOTH * side), 0.02)


def _by_drawing(crop: Rgb, seen: Alpha, look: Rgb, full: Alpha, side: float) -> Floats:
    """Flow of what is drawn on the product: the old photo under the scene's light, to the scene."""
    grey = np.array([0.3, 0.4, 0.3], np.float32)
    theirs, ours = log_light(crop), log_light(look)
    both = ((full > 0.9) * np.clip(seen, 0.02, 1)).astype(np.float32)
    ours = ours + _light(theirs - ours, both, side)
    shown = cv2.erode(full, np.ones((5, 5), np.uint8)) * np.clip(2 * seen, 0, 1)
    mix = np.asarray(cv2.GaussianBlur(shown, (0, 0), 1.5), np.float32)
    a = theirs @ grey
    b = (ours @ grey) * mix + a * (1 - mix)
    first, second = _even(a, a, side), _even(b, a, side)
    raw = _flow(first, second, cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    trust = _trust(first, second, raw, moved(_slope(second), raw), 25, 6)
    kernel = np.ones((3, 3), np.uint8)
    inside = cv2.erode((full > 0.5).astype(np.uint8), kernel, iterations=max(1, int(_RIM * side)))
    return _smoothed(raw, trust * inside, max(2.0, _SMOOTH * side), 0.1)


def _flow(first: NDArray[np.uint8], second: NDArray[np.uint8], preset: int) -> Floats:
    finder = cv2.DISOpticalFlow.create(preset)
    return np.asarray(finder.calc(first, second, np.zeros((*first.shape, 2), np.float32)))


def _trust(
    first: NDArray[np.uint8],
    second: NDArray[np.uint8],
    flow: Floats,
    slope: Floats,
    off: float,
    hold: float,
) -> Floats:
    """Where the flow explains the picture and there is an edge to hold on to, 0..1."""
    left = np.abs(moved(second, flow).astype(np.float32) - first.astype(np.float32))
    held = np.asarray(cv2.GaussianBlur(slope, (0, 0), 2), np.float32)
    near = np.exp(-((cv2.GaussianBlur(left, (0, 0), 2) / off) ** 2))
    return np.asarray(near * held / (held + hold), np.float32)


def _slope(image: NDArray[np.uint8]) -> Floats:
    gx, gy = cv2.Scharr(image, cv2.CV_32F, 1, 0), cv2.Scharr(image, cv2.CV_32F, 0, 1)
    return np.asarray(np.hypot(gx, gy) / 32, np.float32)


def _smoothed(flow: Floats, trust: Floats, sigma: float, least: float) -> Floats:
    """The trusted flow, averaged outwards; where little is known it fades to none."""
    weight = blurred(trust.astype(np.float32), sigma)
    total = blurred((flow * trust[..., None]).astype(np.float32), sigma)
    return np.asarray(total / (weight + least)[..., None], np.float32)


def _contrast(rgb: Rgb, matte: Alpha, side: float) -> NDArray[np.uint8]:
    """Local contrast of log light inside the matte, grey; black outside."""
    grey = log_light(rgb).mean(2)
    sigma = max(3.0, 0.12 * side)
    weight = blurred(matte, sigma) + 1e-3
    away = (grey - blurred(grey * matte, sigma) / weight) * matte
    spread = np.sqrt(blurred(away * away, sigma) / weight)
    levels = np.clip(128 + 40 * away / (spread + 0.1), 30, 255) * matte
    return np.asarray(levels.astype(np.uint8), np.uint8)


def _light(apart: Floats, both: Floats, side: float) -> Floats:
    """The smooth light (log) that takes the old photo to the scene; outliers count less."""
    rough = _mean(apart, both, 0.5 * side)[0]
    calm = (both * np.exp(-((np.abs(apart - rough).mean(2) / 0.6) ** 2))).astype(np.float32)
    near, weight = _mean(apart, calm, 0.12 * side)
    far, _ = _mean(apart, calm, 0.4 * side)
    share = np.clip(weight / 0.15, 0, 1)[..., None]
    return np.asarray(near * share + far * (1 - share), np.float32)


def _mean(values: Floats, where: Floats, sigma: float) -> tuple[Floats, Floats]:
    weight = blurred(where, sigma)
    total = blurred(values * where[..., None], sigma)
    return total / (weight + np.float32(1e-4))[..., None], weight


def _even(image: Floats, by: Floats, side: float) -> NDArray[np.uint8]:
    """Grey levels with the local mean and contrast of ``by`` taken out."""
    sigma = max(4.0, 0.15 * side)
    mean = blurred(by, sigma)
    spread = np.sqrt(blurred((by - mean) ** 2, sigma))
    return np.clip(128 + 45 * (image - mean) / (spread + 0.08), 0, 255).astype(np.uint8)


def _error(crop: Rgb, seen: Alpha, look: Rgb, full: Alpha, flow: Floats) -> float:
    """Variance of the difference over the variances' sum, where both show the product."""
    side = float(np.sqrt(max(1.0, float((full > 0.5).sum()))))
    there = moved(full, flow)
    both = (seen > 0.5) & (there > 0.5)
    if both.sum() < 20:
        return 1.0
    a = _contrast(crop, seen, side)[both].astype(np.float64)
    b = _contrast(moved(look, flow).astype(np.uint8), there, side)[both]
    return float(np.clip((a - b).var() / max(1e-6, a.var() + b.var()), 0, 1))


def _full_map(
    flow: Floats, work: Matrix, around: Box, size: tuple[int, int], matrix: Matrix
) -> NDArray[np.float32]:
    """The map over the whole scene: the matrix everywhere, with the flow in the crop."""
    back = np.linalg.inv(matrix)
    y, x = np.indices((size[1], size[0]), dtype=np.float32)
    w = back[2, 0] * x + back[2, 1] * y + back[2, 2]
    whole = np.dstack([(back[i, 0] * x + back[i, 1] * y + back[i, 2]) / w for i in range(2)])
    turn = np.linalg.inv(work)[:2, :2]
    shift = cv2.resize(
        (flow @ turn.T).astype(np.float32), (around.w, around.h), interpolation=cv2.INTER_LINEAR
    )
    whole[around.slices] += shift
    return whole.astype(np.float32)
