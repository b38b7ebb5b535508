"""The old product's visible pixels in a scene, with how sure that is.

Three opinions are asked on a crop around the box: a saliency net, GrabCut with colours, and the
registered silhouette of the old photo where there is one. What they agree on seeds the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.errors import EngineMissing
from shopkit.image.geometry import Matrix, scaling, shrunk, warp
from shopkit.image.picture import Alpha, Box, Mask, Picture, Rgb

if TYPE_CHECKING:
    from shopkit.image.cutout import Matte

MARGIN = 0.4  # of the box, around it: a net sees an object best with some of its surroundings
WORK_SIDE = 440  # px: longest side of the crop while colours are told apart


@dataclass(frozen=True, slots=True)
class OldProduct:
    """What of the old product is seen. All arrays have the scene's size.

    ``alpha``: visible pixels, 0..1, soft at the edge. ``front``: what stands before the product
    inside its silhouette. ``agreement`` 0..1: how far independent opinions agree (IoU).
    ``box``: around the visible part; ``amodal``: around the whole silhouette, hidden parts
    included, where the old photo tells it. ``warnings``: reason codes.
    """

    alpha: Alpha
    front: Alpha
    agreement: float
    box: Box
    amodal: Box
    warnings: tuple[str, ...] = ()


def mask_old(
    scene: Picture,
    box: Box,
    *,
    old: Matte | None = None,
    matrix: Matrix | None = None,
    mask: Alpha | None = None,
) -> OldProduct:
    """Return the visible old product in ``box``; ``matrix`` (old photo to scene) sharpens it.

    ``mask``: a given mask (0..1, scene size), taken as it is.
    """
    blank = np.zeros(scene.rgb.shape[:2], np.float32)
    if mask is not None:
        tight = Box.around(mask, 0.5) or box
        return OldProduct(mask, blank, 1.0, tight, tight)
    around = box.grown(MARGIN, scene.size)
    crop = scene.rgb[around.slices]
    factor = min(1.0, WORK_SIDE / max(around.w, around.h))
    small = shrunk(crop, factor)
    to_work = scaling(factor, around.x, around.y)
    size = (small.shape[1], small.shape[0])
    inside = _inside(box, around, size)
    full = (
        warp(old.alpha, to_work @ matrix, size) if old is not None and matrix is not None else None
    )
    net = _net(small)
    colours = _grabcut(small, _box_seeds(inside, net, full))
    agreement = _agreement(colours, net, full, inside)
    rough = _settle(small, net, colours, full, inside)
    alpha = blank.copy()
    alpha[around.slices] = _at_full_size(rough, crop)
    tight = Box.around(alpha, 0.5) or box
    whole = tight
    if full is not None and old is not None and matrix is not None:
        whole = Box.around(warp(old.alpha, matrix, scene.size), 0.5) or tight
    return OldProduct(alpha, blank, agreement, tight, whole)


def _inside(box: Box, around: Box, size: tuple[int, int]) -> Mask:
    """The box, a little grown, as a mask over the working crop."""
    fx, fy = size[0] / around.w, size[1] / around.h
    inside = np.zeros((size[1], size[0]), np.bool_)
    x0, y0 = round((box.x - around.x) * fx) - 2, round((box.y - around.y) * fy) - 2
    x1, y1 = round((box.x + box.w - around.x) * fx) + 2, round((box.y + box.h - around.y) * fy) + 2
    inside[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)] = True
    return inside


def _net(rgb: Rgb) -> Alpha | None:
    """The saliency net's opinion, or None where no model is installed."""
    from shopkit.image.cutout import find_salient

    try:
        return find_salient(rgb)
    except EngineMissing:
        return None


def _box_seeds(inside: Mask, net: Alpha | None, full: Alpha | None) -> NDArray[np.uint8]:
    seeds = np.where(inside, cv2.GC_PR_FGD, cv2.GC_BGD).astype(np.uint8)
    if full is not None:
        near = cv2.dilate((full > 0.5).astype(np.uint8), _disk(max(2, round(0.04 * _side(full)))))
        seeds[near == 0] = cv2.GC_BGD
        seeds[(full < 0.5) & (near > 0)] = cv2.GC_PR_BGD
    if net is not None:
        seeds[(net < 0.1) & (seeds == cv2.GC_PR_FGD)] = cv2.GC_PR_BGD
    return seeds


def _side(full: Alpha) -> float:
    return float(np.sqrt((full > 0.5).sum()))


def _grabcut(rgb: Rgb, seeds: NDArray[np.uint8], rounds: int = 4) -> Mask:
    marked = seeds.copy()
    if not ((seeds & 1) == 1).any() or not ((seeds & 1) == 0).any():
        return (seeds & 1) == 1
    cv2.setRNGSeed(0)
    background, foreground = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(rgb, marked, None, background, foreground, rounds, cv2.GC_INIT_WITH_MASK)
    return (marked & 1) == 1


def _agreement(colours: Mask, net: Alpha | None, full: Alpha | None, inside: Mask) -> float:
    votes = [colours]
    if net is not None:
        votes.append((net > 0.5) & inside)
    if full is not None:
        votes.append(full > 0.5)
    pairs = [_iou(a, b) for i, a in enumerate(votes) for b in votes[i + 1 :]]
    return float(np.mean(pairs)) if pairs else 0.5


def _iou(a: Mask, b: Mask) -> float:
    return float((a & b).sum() / max(1, (a | b).sum()))


def _settle(rgb: Rgb, net: Alpha | None, colours: Mask, full: Alpha | None, inside: Mask) -> Alpha:
    """Weigh the opinions into one probability, then let GrabCut draw the line between."""
    parts = [(1.0, colours.astype(np.float32))]
    if net is not None:
        parts.append((1.5, net * inside))
    if full is not None:
        parts.append((2.0, full))
    likely = sum(w * p for w, p in parts) / sum(w for w, _ in parts)
    seeds = np.where(likely > 0.5, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    seeds[likely > 0.93] = cv2.GC_FGD
    seeds[(likely < 0.07) | ~inside] = cv2.GC_BGD
    return _grabcut(rgb, seeds, 2).astype(np.float32)


def _at_full_size(rough: Alpha, crop: Rgb) -> Alpha:
    """The working mask on the crop's own pixels, with a soft edge of about a pixel."""
    h, w = crop.shape[:2]
    big = cv2.resize(rough, (w, h), interpolation=cv2.INTER_LINEAR)
    soft = cv2.GaussianBlur(big, (0, 0), max(0.8, 0.6 * w / rough.shape[1]))
    steep = max(1.0, w / rough.shape[1])
    return np.clip((soft - 0.5) * steep + 0.5, 0, 1).astype(np.float32)


def _disk(radius: int) -> NDArray[np.uint8]:
    size = 2 * radius + 1
    disk: NDArray[np.uint8] = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return disk
