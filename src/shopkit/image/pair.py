"""A worn shoe is a pair: the two feet in a box, which way each points, whether views agree."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.geometry import box_matrix
from shopkit.image.oldmask import OldProduct
from shopkit.image.picture import Alpha, Box, Mask, Rgb
from shopkit.image.shape_fit import fit_edges
from shopkit.image.shape_search import search
from shopkit.image.verify import Look, look_at

Toe = Literal["left", "right", "front"]

_LESSER = 0.3  # area of the smaller foot over the larger, at least
_HALF = 0.5  # the same where a seam was drawn
_GAP, _NOTCH = 0.12, 0.02  # of the height: feet part so deep at top and bottom, or legs are seen
_LEANS = 0.13  # of the width: the ankle of a foot seen from the side stands so far off its middle
_ASIDE = 0.35  # what a sidestep of the seam costs, in pixels of shape crossed
_SIZES = (0.7, 1.4)  # heights of the other shoe, of this one's
_EDGES = 0.06  # score of the edges' fit of the one shoe on the other, at least
_ASPECT, _OUTLINE = 1.6, 0.6  # views that differ more in aspect, or overlap less, are others


@dataclass(frozen=True, slots=True)
class Foot:
    """One shoe of a pair: what is seen of it, and where it points."""

    seen: OldProduct
    toe: Toe


@dataclass(frozen=True, slots=True)
class Pair:
    """Two feet, the left one in the picture first. ``mirrored``: they point opposite ways."""

    left: Foot
    right: Foot

    @property
    def boxes(self) -> tuple[Box, Box]:
        """Where the two stand."""
        return self.left.seen.box, self.right.seen.box

    @property
    def mirrored(self) -> bool:
        """Whether one photo and its mirror picture would do for both."""
        return {self.left.toe, self.right.toe} == {"left", "right"}


def split_pair(rgb: Rgb, box: Box, old: OldProduct) -> Pair | None:
    """The two feet that ``old`` (the mask of what is in ``box``) shows; None where it is one thing.

    Two separate shapes of like size beside each other, or one that a seam parts: where feet touch
    for less than their height, or two legs come in from above.
    """
    view = box.grown(0.05, (rgb.shape[1], rgb.shape[0]))
    mask = old.alpha[view.slices] > 0.5
    halves = _two_parts(mask) or _parted(rgb[view.slices], mask, old.front[view.slices] > 0.5)
    if halves is None:
        return None
    left, right = (_foot(old, half, view) for half in halves)
    return Pair(left, right)


def other_shoe(rgb: Rgb, box: Box, old: OldProduct) -> Box | None:
    """The place of another shoe like the one in ``box``, as it is or mirrored, at its side.

    None where nothing beside it is surely alike. Two equal mugs on a shelf are alike too: ask only
    where the product is worn (``old.front`` is not empty) or known to be a shoe.
    """
    around = _beside(box, (rgb.shape[1], rgb.shape[0]))
    street = np.ascontiguousarray(rgb[around.slices])
    here = box.moved(-around.x, -around.y)
    best: tuple[float, Box] | None = None
    for turn in (1, -1):
        look = np.ascontiguousarray(rgb[box.slices][:, ::turn])
        alpha = np.ascontiguousarray(old.alpha[box.slices][:, ::turn])
        for found in search(street, look, alpha, 8, (_SIZES[0] * box.h, _SIZES[1] * box.h)):
            if not _could_be_other(found.box, here):
                continue
            start = box_matrix(Box(0, 0, box.w, box.h), found.box)
            fit = fit_edges(street, look, alpha, start)
            if _alike(look_at(street, look, alpha, fit.matrix)) and fit.score > _EDGES:
                best = max(best or (0.0, found.box), (fit.score, found.box))
    return None if best is None else best[1].moved(around.x, around.y)


def _beside(box: Box, size: tuple[int, int]) -> Box:
    """The street to both sides of a shoe, a few shoes wide."""
    x0, y0 = max(0, box.x - 3 * box.w), max(0, box.y - round(0.8 * box.h))
    x1 = min(size[0], box.x + 4 * box.w)
    y1 = min(size[1], box.y + round(1.8 * box.h))
    return Box(x0, y0, x1 - x0, y1 - y0)


def _could_be_other(found: Box, here: Box) -> bool:
    """Of like size, on about the same ground, and not the shoe itself."""
    lower = abs((found.y + found.h) - (here.y + here.h)) < 0.6 * here.h
    return lower and _SIZES[0] < found.h / here.h < _SIZES[1] and found.iou(here) < 0.15


def _alike(look: Look) -> bool:
    """One light takes the one shoe to the other, and it is the same light."""
    return look.chroma > 0.5 and look.cast < 0.15 and look.level < 0.4


def toe_of(alpha: Alpha) -> Toe:
    """Where a shoe points: away from its ankle, which stands above the heel; else to the front."""
    box = Box.around(alpha, 0.5)
    if box is None:
        return "front"
    mask = alpha[box.slices] > 0.5
    third = max(1, box.h // 3)
    ankle, sole = np.nonzero(mask[:third])[1], np.nonzero(mask[-third:])[1]
    if not len(ankle) or not len(sole):
        return "front"
    lean = (float(ankle.mean()) - float(sole.min() + sole.max()) / 2) / box.w
    if abs(lean) < _LEANS or box.w < 0.75 * box.h:
        return "front"
    return "left" if lean > 0 else "right"


def view_differs(old: Alpha, product: Alpha) -> bool:
    """Whether two products are surely seen from other sides (side against front, not a turn).

    Compares aspect and outline, each as it is and mirrored. ``old`` should include what is hidden.
    """
    ours, theirs = _standard(product), _standard(old)
    if ours is None or theirs is None:
        return False
    aspect = ours[1] / theirs[1]
    outline = max(_overlap(ours[0], theirs[0]), _overlap(ours[0][:, ::-1], theirs[0]))
    return max(aspect, 1 / aspect) > _ASPECT or outline < _OUTLINE


def _two_parts(mask: Mask) -> tuple[Mask, Mask] | None:
    """The two largest separate parts, if they are of like size and beside each other."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if count < 3:
        return None
    areas = stats[1:, cv2.CC_STAT_AREA]
    first, second = (int(i) + 1 for i in np.argsort(-areas, kind="stable")[:2])
    if stats[second, cv2.CC_STAT_AREA] < _LESSER * stats[first, cv2.CC_STAT_AREA]:
        return None
    x, w = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_WIDTH]
    shared = min(x[first] + w[first], x[second] + w[second]) - max(x[first], x[second])
    if shared > 0.35 * min(w[first], w[second]):
        return None
    if x[first] > x[second]:
        first, second = second, first
    between = (x[first] + w[first] + x[second]) / 2
    left = np.arange(mask.shape[1])[None, :] < between
    rest = mask & (labels != first) & (labels != second)
    return (labels == first) | (rest & left), (labels == second) | (rest & ~left)


def _parted(rgb: Rgb, mask: Mask, legs: Mask) -> tuple[Mask, Mask] | None:
    """One shape cut along the seam that crosses it least, if that makes two feet."""
    box = Box.around(mask.astype(np.float32), 0.5)
    if box is None or box.w < 16 or box.h < 16:
        return None
    seam = _seam(rgb, mask, box)
    columns = np.arange(mask.shape[1])[None, :]
    left, right = mask & (columns < seam[:, None]), mask & (columns >= seam[:, None])
    areas = sorted((int(left.sum()), int(right.sum())))
    if areas[0] < _HALF * areas[1]:
        return None
    crossed = np.flatnonzero(mask[np.arange(len(seam)), seam])
    if not len(crossed):
        return left, right
    rows = [np.flatnonzero(half.any(1)) for half in (left, right)]
    above = crossed[0] - max(int(half[0]) for half in rows)
    below = min(int(half[-1]) for half in rows) - crossed[-1]
    two_legs = _two_parts(legs) is not None and legs.sum() > 0.02 * mask.sum()
    if (above < _GAP * box.h or below < _NOTCH * box.h) and not two_legs:
        return None
    return left, right


def _seam(rgb: Rgb, mask: Mask, box: Box) -> NDArray[np.intp]:
    """For each row the column of the cheapest way down through the middle of the shape.

    Crossing the shape costs 1 a pixel, less along the dark line or edge between two shoes.
    """
    grey = cv2.GaussianBlur(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), (0, 0), 1).astype(np.float32)
    slope = np.abs(cv2.Sobel(grey, cv2.CV_32F, 1, 0))
    cost = np.where(mask, 1 - 0.6 * slope / (slope + 40), 0.02).astype(np.float32)
    columns = np.arange(mask.shape[1])
    barred = (columns < box.x + 0.3 * box.w) | (columns > box.x + 0.7 * box.w)
    cost[:, barred] = 1e4
    total = cost.copy()
    for row in range(1, len(total)):
        above = np.pad(total[row - 1], 1, constant_values=1e9)
        total[row] += np.minimum(np.minimum(above[:-2], above[2:]) + _ASIDE, above[1:-1])
    seam = np.zeros(len(total), np.intp)
    seam[-1] = int(total[-1].argmin())
    for row in range(len(total) - 2, -1, -1):
        first = max(0, int(seam[row + 1]) - 1)
        near = total[row, first : seam[row + 1] + 2]
        aside = np.abs(np.arange(first, first + len(near)) - seam[row + 1]) * _ASIDE
        seam[row] = first + int((near + aside).argmin())
    return seam


def _foot(old: OldProduct, half: Mask, view: Box) -> Foot:
    """The foot that is ``half`` of ``old``, with what stands in front at its columns."""
    alpha, front = np.zeros_like(old.alpha), np.zeros_like(old.front)
    near = cv2.dilate(half.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    alpha[view.slices] = old.alpha[view.slices] * near
    box = Box.around(alpha, 0.5) or view
    columns = slice(box.x, box.x + box.w)
    front[:, columns] = old.front[:, columns]
    whole = Box.around(np.maximum(alpha, front), 0.5) or box
    return Foot(replace(old, alpha=alpha, front=front, box=box, amodal=whole), toe_of(alpha))


def _standard(alpha: Alpha) -> tuple[Mask, float] | None:
    """The outline in a square of 64 pixels, and its width over its height."""
    box = Box.around(alpha, 0.5)
    if box is None:
        return None
    tight = (alpha[box.slices] > 0.5).astype(np.float32)
    square = np.asarray(cv2.resize(tight, (64, 64), interpolation=cv2.INTER_AREA)) > 0.5
    return square, box.w / box.h


def _overlap(one: Mask, other: Mask) -> float:
    return float((one & other).sum() / max(1, (one | other).sum()))
