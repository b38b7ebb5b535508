"""What stands in front of the old product: a trouser hem, a petal, a plate, fingers.

It hides a part of the product's silhouette, looks like neither the product nor the ground, and
often goes on beyond the silhouette; there too it will stand in front of the new product.
"""

from __future__ import annotations

import cv2
import numpy as np

from shopkit.image.edges import Floats
from shopkit.image.morph import grown, opened
from shopkit.image.opinions import Opinions
from shopkit.image.paths import reach
from shopkit.image.picture import Alpha, Box, Mask, Rgb

_SLIVER = 0.015  # of the product's size: thinner strips are misfit, not things
_LEAST = 0.002  # of the silhouette's area
_ALIKE = 5.5  # Lab units: what is nearer to a common colour of the ground may be ground
_ACROSS = 5.0  # Lab units: a thing in front goes on over the silhouette's edge without a change
_MEETS = 0.03  # of the product's size: how far from a part's edge the two colours are taken
_ENDS = 10.0  # Lab units: a thing in front differs so far from the product beside it
_FITS = 0.92  # overlap of silhouette and visible part elsewhere: then a shallow dent is believed
_SHALLOW, _DEEP = 0.045, 0.07  # of the product's size: how far a thing must reach in
_UNLIKE = 0.12  # log light: what is nearer to the old photo is the product
_BEYOND = 0.15  # of the product's size: how far a thing in front is followed outside
_PIECE = 0.05  # of a given mask's area: smaller specks are no part of the product
_SAME = 8.0  # Lab units of path: nearer than this is the same thing


def hidden_by(rgb: Rgb, full: Alpha, visible: Mask, unlike: Floats) -> Mask:
    """The parts of the whole silhouette ``full`` that a thing in front hides.

    ``unlike``: how far each pixel differs from the old photo in the scene's light (log light).
    """
    whole = full > 0.5
    side = _side(whole)
    hidden = opened(whole & ~visible, _SLIVER * side)
    if not hidden.any():
        return hidden
    ground = _ground(rgb, whole | visible, hidden, side)
    depth = np.asarray(cv2.distanceTransform(whole.astype(np.uint8), cv2.DIST_L2, 5)) / side
    kept = np.zeros_like(hidden)
    for part in _parts(hidden, _LEAST * whole.sum()):
        fits = (whole & visible).sum() / max(1, ((whole | visible) & ~part).sum()) > _FITS
        deep = float(depth[part].max())
        believed = deep > _SHALLOW if fits else deep > _DEEP and np.median(ground[part]) > _ALIKE
        believed = believed and bool(np.median(unlike[part]) > _UNLIKE)
        if believed and _goes_on(rgb, whole, part, side) and _ends(rgb, part, visible, side):
            kept |= part
    return kept


def followed(rgb: Rgb, hidden: Mask, full: Alpha, visible: Mask) -> Mask:
    """What is hidden, with the thing in front that goes on outside the silhouette."""
    if not hidden.any():
        return hidden
    whole = full > 0.5
    side = _side(whole)
    ground = _ground(rgb, whole | visible, hidden, side)
    same = (reach(rgb, hidden) < _SAME) & (ground > _ALIKE) & ~visible
    return _nearby(hidden & ~visible, same, side)


def held_by(rgb: Rgb, said: Opinions, visible: Mask) -> Mask:
    """Things in front where only the visible part is known.

    Sure only of what comes in from outside the box, as a leg or a hand does, and dents the
    product's outline: a thing behind the product makes no dent.
    """
    if visible.sum() < 50:
        return np.zeros_like(visible)
    side = _side(visible)
    foreign = (said.salient > 0.5) & (said.own < 0.5) & ~visible
    dents = opened(foreign & _hull(visible), _SLIVER * side)
    parts = _parts(dents, 2 * _LEAST * visible.sum())
    kept = np.logical_or.reduce([np.zeros_like(visible), *parts])
    coming = (said.salient > 0.5) & ~visible
    return _nearby(kept, coming, side)


def parted_by(mask: Alpha) -> Alpha:
    """What lies across a product whose given mask is in parts: a hand, a strap, a rail.

    Only what runs between two sizable parts, and at most as wide as the smaller of them.
    """
    front = np.zeros_like(mask)
    tight = Box.around(mask, 0.5)
    if tight is None:
        return front
    box = tight.grown(0.02, (mask.shape[1], mask.shape[0]))
    seen = mask[box.slices] > 0.5
    parts = _parts(seen, _PIECE * seen.sum())
    if len(parts) < 2:
        return front
    widest = min(_side(part) for part in parts)
    near = [grown(part, widest) for part in parts]
    shared = np.sum(near, axis=0) > 1  # within reach of two parts
    gap = shared & _hull(np.logical_or.reduce(parts)) & ~seen
    # the mask's soft edge belongs to neither alone
    between = grown(opened(gap, _SLIVER * _side(seen)), 2)
    front[box.slices] = np.where(between, 1 - mask[box.slices], 0)
    return front


def _ground(rgb: Rgb, product: Mask, hidden: Mask, side: float) -> Floats:
    """Distance (Lab) of each pixel to the nearest common colour of the ground round the product.

    Near what is hidden the ground is not asked: the thing in front may lie there too.
    """
    lab = np.asarray(cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
    ring = grown(product, 0.2 * side) & ~grown(product, 0.02 * side)
    far = ring & ~grown(hidden, 0.25 * side)
    colours = lab[far if far.sum() > 200 else ring].reshape(-1, 3)
    if len(colours) < 20:
        return np.full(product.shape, 100, np.float32)
    cells, counts = np.unique(np.rint(colours / 6).astype(int), axis=0, return_counts=True)
    common = cells[counts >= 0.01 * len(colours)].astype(np.float32) * 6
    if not len(common):
        return np.full(product.shape, 100, np.float32)
    flat = lab.reshape(-1, 3)
    away = (flat**2).sum(1)[:, None] - 2 * flat @ common.T + (common**2).sum(1)
    nearest = np.sqrt(np.maximum(away.min(1), 0)).reshape(lab.shape[:2])
    return np.asarray(nearest, np.float32)


def _nearby(things: Mask, candidates: Mask, side: float) -> Mask:
    """The things, grown into candidates that touch them, not far."""
    if not things.any():
        return things
    room = (candidates & grown(things, _BEYOND * side)) | things
    _, labels = cv2.connectedComponents(room.astype(np.uint8))
    return np.asarray(np.isin(labels, np.unique(labels[things])) & room, np.bool_)


def _goes_on(rgb: Rgb, whole: Mask, part: Mask, side: float) -> bool:
    """Whether the colour stays the same across the silhouette's edge where the part touches it.

    The product's own edge would show there, had the part been missed and not hidden.
    """
    step = max(2, round(0.015 * side))
    change = _change(rgb, whole, grown(part, step), step, side)
    return change is not None and change < _ACROSS


def _ends(rgb: Rgb, part: Mask, visible: Mask, side: float) -> bool:
    """Whether the colour changes where the part meets what is seen of the product.

    A thing in front ends there. Where leather goes on as leather, the product was only missed.
    """
    near = grown(visible, max(2, round(0.01 * side)))
    change = _change(rgb, part, near, max(2, round(_MEETS * side)), side)
    return change is None or change > _ENDS


def _change(rgb: Rgb, mask: Mask, near: Mask, step: int, side: float) -> float | None:
    """How far (Lab) the colours on both sides of a mask's edge differ, so many pixels from it.

    Asked of the edge's pixels that are ``near``; None where there are hardly any.
    """
    calm = cv2.GaussianBlur(rgb, (0, 0), 1.0).astype(np.float32) / 255
    lab = np.asarray(cv2.cvtColor(calm, cv2.COLOR_RGB2LAB), np.float32)
    inner = np.asarray(cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5))
    rows, columns = np.nonzero(mask & (inner <= 1.5) & near)
    if len(rows) < 5:
        return None
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), max(2.0, 0.02 * side))
    gx = np.asarray(cv2.Sobel(soft, cv2.CV_32F, 1, 0))[rows, columns]
    gy = np.asarray(cv2.Sobel(soft, cv2.CV_32F, 0, 1))[rows, columns]
    size = np.hypot(gx, gy) + 1e-9
    inside, outside = (
        lab[
            np.clip(np.rint(rows + sign * step * gy / size), 0, lab.shape[0] - 1).astype(int),
            np.clip(np.rint(columns + sign * step * gx / size), 0, lab.shape[1] - 1).astype(int),
        ]
        for sign in (1, -1)
    )
    return float(np.median(np.sqrt(((inside - outside) ** 2).sum(1))))


def _parts(mask: Mask, least: float) -> list[Mask]:
    """The connected parts of at least so many pixels."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8))
    parts = [np.asarray(labels == label, np.bool_) for label in range(1, count)]
    return [part for part in parts if part.sum() >= least]


def _hull(mask: Mask) -> Mask:
    points = cv2.findNonZero(mask.astype(np.uint8))
    hull = np.zeros(mask.shape, np.uint8)
    cv2.fillConvexPoly(hull, cv2.convexHull(points), 1)
    return hull > 0


def _side(mask: Mask) -> float:
    return float(np.sqrt(max(1, int(mask.sum()))))
