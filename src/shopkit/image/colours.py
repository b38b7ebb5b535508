"""A product on unquiet ground, found by colour: what the frame does not show, near the middle."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.colour import to_lab
from shopkit.image.morph import eroded, grown
from shopkit.image.picture import Mask, Rgb

Floats = NDArray[np.float32]

_FRAME = 0.04  # of the shorter side: what is taken for ground
_SPREAD = 0.33  # of each side: how far from the middle a product is looked for
_ROUNDS = 4


def by_colour(small: Rgb) -> Mask:
    """The product of a view of at most 400 px by colour alone.

    Colour distance to the frame (whitened by the frame's own spread about a fitted slope) times
    nearness to the middle seeds GrabCut (Rother, Kolmogorov, Blake, SIGGRAPH 2004).
    """
    strange = _distance_from_frame(small)
    height, width = strange.shape
    y, x = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j]
    middle = np.exp(-(x * x + y * y) / (2 * _SPREAD**2))
    score = np.minimum(strange, 12) * middle
    seeds = np.full(strange.shape, cv2.GC_PR_BGD, np.uint8)
    seeds[score > np.percentile(score, 60)] = cv2.GC_PR_FGD
    seeds[score > np.percentile(score, 90)] = cv2.GC_FGD
    seeds[_frame(strange.shape)] = cv2.GC_BGD
    return _largest(_grabbed(small, seeds))


def around(small: Rgb, likely: Floats, band: int) -> Mask:
    """The same by the colours inside and outside a known outline, undecided within ``band`` px."""
    inside = likely > 0.5
    core, wide = eroded(inside, band), grown(inside, band)
    seeds = np.where(inside, np.uint8(cv2.GC_PR_FGD), np.uint8(cv2.GC_PR_BGD))
    seeds[core] = cv2.GC_FGD
    seeds[~wide] = cv2.GC_BGD
    if not core.any() or wide.all():
        return inside
    return _grabbed(small, seeds)


def _grabbed(small: Rgb, seeds: NDArray[np.uint8]) -> Mask:
    cv2.setRNGSeed(0)  # its mixture models start at random places
    bgr = np.ascontiguousarray(small[..., ::-1])
    ground, product = np.zeros((1, 65)), np.zeros((1, 65))
    whole = (0, 0, 1, 1)  # not looked at where seeds are given
    cv2.grabCut(bgr, seeds, whole, ground, product, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    return np.isin(seeds, (cv2.GC_FGD, cv2.GC_PR_FGD))


def _distance_from_frame(small: Rgb) -> Floats:
    lab = cv2.GaussianBlur(to_lab(small), (0, 0), 1.0)
    frame = _frame(lab.shape)
    height, width = lab.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=-1)
    slope = np.linalg.lstsq(terms[frame], lab[frame], rcond=None)[0]
    off = lab - terms @ slope
    spread = np.cov(off[frame].T) + np.eye(3)
    far = np.einsum("hwi,ij,hwj->hw", off, np.linalg.inv(spread), off)
    distance: Floats = np.sqrt(far).astype(np.float32)
    return distance


def _frame(shape: tuple[int, ...]) -> Mask:
    width = max(2, round(_FRAME * min(shape[:2])))
    frame = np.ones(shape[:2], bool)
    frame[width:-width, width:-width] = False
    return frame


def _largest(mask: Mask) -> Mask:
    """The largest piece and those of at least a quarter of its size."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    areas = stats[1:, cv2.CC_STAT_AREA]
    if not len(areas):
        return mask
    kept: Mask = np.isin(labels, 1 + np.flatnonzero(areas > 0.25 * areas.max()))
    return kept
