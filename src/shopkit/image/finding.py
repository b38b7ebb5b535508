"""Where the product is, by several independent votes, and how far they agree.

One net can be wrong and sure of it; a mirrored, closer view of the same picture often is not, and
the plain ground behind a studio shot knows nothing of nets. The pixelwise middle of the votes is
the answer, their agreement the confidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.engines.contracts import Finder
from shopkit.image import colours
from shopkit.image.ground import WORK, Ground, large_windows, maybe_open, on_ground, study_ground
from shopkit.image.morph import disk
from shopkit.image.picture import Box, Mask, Rgb

Floats = NDArray[np.float32]

_LOOK = 1280  # px: a net looks at 320 to 1024, whatever it is given
_ROOM = 0.4  # of the product's box, left around it for the closer look
_PLAIN = 0.8  # of the frame must be ground for the ground to have a vote
_SMALLEST, _LARGEST = 0.003, 0.92  # of the view: less or more is no product
_OPEN = (0.25, 0.75)  # a net's mean over a region between these leaves it open
_SURE = 0.9  # a look that says product so clearly is no doubt of an opening
_SPECK = 0.005  # of the product: a gap below this is closed unless a look saw it
_NOTCH = 7  # px at WORK: a bite up to twice as wide is no outline of its own
_CLEAR = 0.75  # a look that says so much is sure of a pixel
_SPLIT = 0.4  # two looks this far apart: the one that the ground supports counts
_LEFT = 25  # times what is left over: 0.1 % of the product is seen at once, 0.15 % is in doubt
_ROUGH = 0.04  # the ground's vote is this much less exact than the looks
_PART = 0.01  # of the product: a smaller region is not added
_CLOSE = 0.5  # of the picture's side: a smaller view is looked at by the net twice


@dataclass(frozen=True, slots=True)
class Found:
    """``likely``: 0..1 over the part ``view`` of the picture, about 400 px large.

    ``agreement``: 0..1. ``unsure``: share of the product that is neither surely product nor surely
    a hole. ``plain``: whether the ground had a vote.
    """

    view: Box
    likely: Floats
    agreement: float
    unsure: float = 0.0
    plain: bool = False


def find_by_net(rgb: Rgb, net: Finder) -> Found | None:
    """Find by a net's two looks and the ground (or the colours, where it is not plain)."""
    whole = net.find(_within(rgb, _LOOK))
    view = _closer(Box.around(whole, 0.5), whole.shape, rgb.shape)
    if view is None:
        return None
    part = rgb[view.slices]
    near = _within(part, _LOOK)
    if max(view.w, view.h) < _CLOSE * max(rgb.shape[:2]):
        first = net.find(near)
    else:
        first = _cut(whole, view, rgb.shape)
    small = _within(near, WORK)
    ground = study_ground(small)
    product = on_ground(ground)
    plain = _is_plain(ground, product)
    mirrored = net.find(np.ascontiguousarray(near[:, ::-1]))[:, ::-1]
    looks = [_to(first, small), _to(mirrored, small)]
    if plain:
        third = _opened(product, ground, looks)
        likely = _settled(_middle(looks, third), third, ground.sharp)
    else:
        third = _soft(colours.around(small, _mean(looks), 8))
        likely = _mean(looks)
    most = np.max(looks, axis=0)
    likely = _notches_filled(_specks_closed(likely, most), most)
    agreement = _agreement(likely, [*looks, third])
    if plain:  # looks of one net may fail alike; the ground must not contradict them
        contradicted = max(_apart(likely, third) - _ROUGH, _LEFT * _left_over(likely, ground))
        agreement = max(0.0, min(agreement, 1 - contradicted))
    unsure = _contested(likely, looks)
    if plain:
        unsure = max(unsure, maybe_open(ground, likely > 0.5, np.min(looks, axis=0) > _SURE))
    return Found(view, likely, agreement, unsure=unsure, plain=plain)


def find_by_ground(rgb: Rgb) -> Found | None:
    """Find without any model: what plain ground leaves over, else what its colours tell."""
    found = _by_ground(rgb, Box(0, 0, rgb.shape[1], rgb.shape[0]))
    if found is None:
        return None
    view = _closer(Box.around(found.likely, 0.5), found.likely.shape, rgb.shape)
    if view is None or not found.plain or max(view.w, view.h) >= 0.8 * max(rgb.shape[:2]):
        return found
    return _by_ground(rgb, view) or found


def overlap(one: Mask, other: Mask) -> float:
    """Intersection over union, 0..1; two empty masks agree."""
    union = int((one | other).sum())
    return int((one & other).sum()) / union if union else 1.0


def _by_ground(rgb: Rgb, view: Box) -> Found | None:
    small = _within(rgb[view.slices], WORK)
    ground = study_ground(small)
    product = on_ground(ground)
    if ground.cover >= _PLAIN and float(product.mean()) <= _SMALLEST:
        return None  # ground everywhere
    if not _is_plain(ground, product):
        return _by_colour(small, view)
    open_ = large_windows(ground, product)
    doubtful = float(sum(window.sum() for window in open_)) / max(int(product.sum()), 1)
    doubtful = max(doubtful, maybe_open(ground, product))
    for window in open_:
        product = product & ~window
    if not product.any():
        return None
    other = on_ground(study_ground(small, strictness=0.7))
    for window in open_:
        other = other & ~window
    by_colour = colours.around(small, _soft(product), 6)
    agreement = min(overlap(product, other), overlap(product, by_colour))
    near = cv2.dilate(by_colour.astype(np.uint8), np.ones((3, 3))) > 0
    return Found(view, _soft(product & near), agreement, unsure=doubtful, plain=True)


def _by_colour(small: Rgb, view: Box) -> Found | None:
    product = colours.by_colour(small)
    if not _sane(product):
        return None
    mirrored = colours.by_colour(np.ascontiguousarray(small[:, ::-1]))[:, ::-1]
    return Found(view, _soft(product), overlap(product, mirrored))


def _opened(product: Mask, ground: Ground, looks: Sequence[Floats]) -> Floats:
    """The ground's vote, opened where no look of the net speaks for a window."""
    most = np.max(looks, axis=0)
    for window in ground.windows:
        if float(most[window].mean()) < 0.5:
            product = product & ~window
    return _soft(product)


def _apart(one: Floats, other: Floats) -> float:
    return 1 - overlap(one > 0.5, other > 0.5)


def _mean(looks: Sequence[Floats]) -> Floats:
    mean: Floats = np.stack(looks).mean(axis=0)
    return mean


def _middle(looks: Sequence[Floats], third: Floats) -> Floats:
    """The looks' mean; where they contradict each other, the middle of all votes."""
    split = np.ptp(looks, axis=0) > _SPLIT
    middle = np.median(np.stack([*looks, third]), axis=0)
    return np.where(split, middle, _mean(looks)).astype(np.float32)


def _settled(likely: Floats, third: Floats, sharp: Floats) -> Floats:
    """Let the ground decide where the net's looks leave it open, and add what edges bound.

    A region that only the ground takes for the product is one (a glass foot) if all its rim is a
    firm edge; contact shadow, the usual cause, has none.
    """
    inside, ours = likely > 0.5, third > 0.5
    apart = cv2.morphologyEx((inside ^ ours).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3)))
    count, labels = cv2.connectedComponents(apart, connectivity=8)
    settled = likely.copy()
    rim = ours & (cv2.erode(ours.astype(np.uint8), np.ones((3, 3))) == 0)
    near = cv2.dilate(sharp, np.ones((3, 3)))
    for region in range(1, count):
        place = labels == region
        wide = cv2.dilate(place.astype(np.uint8), np.ones((5, 5))) > 0
        edge = near[wide & rim]
        lead = float(likely[place].mean())
        firm = place.sum() > _PART * inside.sum() and _is_firm(edge)
        if _OPEN[0] < lead < _OPEN[1] or (firm and not inside[place].any()):
            settled[wide] = np.where(place, third, np.maximum(third, likely))[wide]
    return settled


def _contested(likely: Floats, looks: Sequence[Floats]) -> float:
    """The largest enclosed part of the product that one look takes for a hole, as a share of it.

    The space under a bag's handle: one look sees through it, the other does not.
    """
    inside = likely > 0.5
    denied = inside & (np.min(looks, axis=0) < _OPEN[0])
    _, labels, stats, _ = cv2.connectedComponentsWithStats(
        cv2.morphologyEx(denied.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3)))
    )
    beside = cv2.dilate((~inside).astype(np.uint8), np.ones((5, 5))) > 0
    areas = stats[:, cv2.CC_STAT_AREA].copy()
    areas[np.unique(labels[beside | _rim(inside.shape)])] = 0
    areas[0] = 0
    return float(areas.max()) / max(int(inside.sum()), 1)


def _rim(shape: tuple[int, ...]) -> Mask:
    rim = np.ones(shape, np.bool_)
    rim[1:-1, 1:-1] = False
    return rim


def _specks_closed(likely: Floats, most: Floats) -> Floats:
    """Close small gaps in the product that no look (``most``: the larger of both) clearly saw."""
    inside = likely > 0.5
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (~inside).astype(np.uint8), connectivity=4
    )
    closed = likely.copy()
    for gap in range(1, count):
        place = labels == gap
        small = stats[gap, cv2.CC_STAT_AREA] < _SPECK * inside.sum()
        if small and not _at_border(place) and float(most[place].mean()) > _OPEN[0]:
            closed[cv2.dilate(place.astype(np.uint8), np.ones((5, 5))) > 0] = 1
    return closed


def _notches_filled(likely: Floats, most: Floats) -> Floats:
    """Fill narrow bites out of the product where a look (``most``) clearly sees product.

    A white sole on white is bitten so: one look denies it, and the ground, which has its colour,
    cannot tell.
    """
    inside = (likely > 0.5).astype(np.uint8)
    edge = cv2.BORDER_REPLICATE
    whole = cv2.morphologyEx(inside, cv2.MORPH_CLOSE, disk(_NOTCH), borderType=edge) > 0
    bite = (whole & (inside == 0) & (most > _CLEAR)).astype(np.uint8)
    bite = cv2.morphologyEx(bite, cv2.MORPH_OPEN, np.ones((3, 3)))
    place = whole & (cv2.dilate(bite, np.ones((5, 5))) > 0)
    return np.where(place, np.maximum(likely, most), likely).astype(np.float32)


def _at_border(place: Mask) -> bool:
    return bool(place[0].any() or place[-1].any() or place[:, 0].any() or place[:, -1].any())


def _is_firm(edge: Floats) -> bool:
    """Whether a rim is a sharp edge nearly everywhere (ΔE a pixel over the slow change)."""
    return len(edge) > 0 and float((edge > 0.3).mean()) > 0.97 and float(np.median(edge)) > 1.5


def _is_plain(ground: Ground, product: Mask) -> bool:
    return ground.cover >= _PLAIN and _sane(product)


def _sane(product: Mask) -> bool:
    return _SMALLEST < float(product.mean()) < _LARGEST


def _agreement(likely: Floats, votes: Sequence[Floats]) -> float:
    """How well the answer is borne out: its overlap with the second best of the votes."""
    return 1 - sorted(_apart(likely, vote) for vote in votes)[1]


def _closer(box: Box | None, shape: tuple[int, ...], full: tuple[int, ...]) -> Box | None:
    """The product's box in a (h, w) answer as a view of the full picture with room around it."""
    if box is None:
        return None
    sy, sx = full[0] / shape[0], full[1] / shape[1]
    x0, y0 = int(box.x * sx), int(box.y * sy)
    x1, y1 = round((box.x + box.w) * sx), round((box.y + box.h) * sy)
    return Box(x0, y0, max(1, x1 - x0), max(1, y1 - y0)).grown(_ROOM, (full[1], full[0]))


def _cut(answer: Floats, view: Box, full: tuple[int, ...]) -> Floats:
    """The part of a whole picture's answer that lies in ``view``, at WORK px."""
    scale = WORK / max(view.w, view.h)
    size = (max(2, round(view.w * scale)), max(2, round(view.h * scale)))
    sx, sy = answer.shape[1] / full[1] / scale, answer.shape[0] / full[0] / scale
    x0, y0 = view.x * answer.shape[1] / full[1], view.y * answer.shape[0] / full[0]
    matrix = np.array([[sx, 0, x0 + sx / 2 - 0.5], [0, sy, y0 + sy / 2 - 0.5]])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    cut = cv2.warpAffine(answer, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.clip(cut, 0, 1).astype(np.float32)


def _within(part: Rgb, side: int) -> Rgb:
    """A view made small enough that its longer side is at most ``side`` px."""
    scale = min(1.0, side / max(part.shape[:2]))
    if scale == 1:
        return np.ascontiguousarray(part)
    small = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return small.astype(np.uint8, copy=False)


def _to(answer: Floats, small: Rgb) -> Floats:
    size = (small.shape[1], small.shape[0])
    resized = cv2.resize(answer, size, interpolation=cv2.INTER_CUBIC)
    return np.clip(resized, 0, 1).astype(np.float32)


def _left_over(likely: Floats, ground: Ground) -> float:
    """Firm edges on the ground away from the product, as a share of it.

    Plain ground has none: they bound something that was missed, as a white cap on white.
    """
    product = likely > 0.5
    near = cv2.dilate(product.astype(np.uint8), np.ones((9, 9))) > 0
    return float(((ground.sharp > 1.2) & ~near).sum()) / max(int(product.sum()), 1)


def _soft(mask: Mask) -> Floats:
    blurred: Floats = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.0).astype(np.float32)
    return blurred
