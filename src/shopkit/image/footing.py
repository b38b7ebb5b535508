"""How a silhouette stands on its ground: the two ends of its base, and how near it comes.

Two products on the same spot share the middle of their footprints, not the lowest pixel of their
outlines: seen from above, the wider one comes nearer to the camera and so reaches further down.
The leftmost and the rightmost point of a footprint that is symmetric about its middle (a box's, a
can's, nearly a shoe's) lie opposite each other, so the middle lies half-way between them. They are
where the outline's sides end below.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.geometry import shrunk
from shopkit.image.picture import Alpha, Box, Mask

Floats = NDArray[np.float64]

_TURNS = 1.7  # slope: a base without straight sides ends where its outline rises steeper
_WORK_SIDE = 900  # px of a silhouette while its roughness is looked at
_STRIDES = (0.008, 0.011, 0.014, 0.017, 0.02)  # of the width: how finely slope is measured
_STEEPEST = 7.0  # px a column: a higher step is another part of the product, a handle or a spout
_UPRIGHT = 0.2  # x over y: a side that leans more is no side
_OFF = 0.005  # of the height: a side is straight where it keeps within this (or 1.2 px)
_SIDE = 0.2  # of the height: a side's direction is read off so many rows
_LONG = 0.3  # of the height: shorter sides say nothing
_DRIFT = 0.02  # of the width: chords of a round base keep their middle within this
_EVEN = 0.85  # the shorter arm of a round base over the longer; less: a handle is in the way
_FACING = 0.1  # tilt under which a box is seen face on
_CORNERED = 0.15  # of the half width: a lowest point farther from the middle is a corner
_STEEP = 0.55  # tilt over which no base without straight sides is flat,
_FLAT = 0.3  # nor over this where it is
_RATHER = 1.35  # so many times the other product's, which the same camera sees
_FOOT = 0.2  # of the width: half a base narrower than this and off the middle is one foot of two
_CORNERS = 0.7  # of what corners say is believed: they are read off masks, give or take an edge
_TORN = 1.3  # an old base so many times narrower than the new one is torn or half hidden
_STEADY = 0.025  # of the product's size: answers that differ by this count half
_TYPICAL_TILT = 0.27  # depth over half width of a round base, cameras some 15 degrees up


@dataclass(frozen=True, slots=True)
class Footing:
    """The base of a silhouette, in its own pixels.

    ``bottom``: the y just under the lowest pixel. ``middle``: x of the base's middle. ``half``:
    half the base's width, ``depth``: how far its lowest point lies under its middle.
    ``width``: of the whole silhouette. ``foot``: one of several feet, which says little about the
    rest. ``angular``: it has corners, as a box
    has. ``straight``: both sides are straight lines down to the base's ends. ``round``: the base
    is symmetric about its lowest point, as of a jar, a mug, a bottle. ``curve``: chord of the
    outline near its lowest point, halved and squared, over its height (of an ellipse of half
    width a and aspect k it is 2a/k).
    """

    bottom: float
    middle: float
    half: float
    depth: float
    width: float
    foot: bool
    angular: bool
    straight: bool
    round: bool
    curve: float

    @property
    def tilt(self) -> float:
        """Depth over half width: of a round flat base the sine of the camera's height."""
        return self.depth / max(self.half, 1e-6)

    @property
    def firm(self) -> bool:
        """Whether its base's ends are known well: a box's corners, a can's."""
        return self.angular or (self.straight and self.round)


def measure_footing(alpha: Alpha) -> Footing:
    """Measure the base of what is opaque; the alpha must not be empty."""
    mask = _without_wisps(alpha > 0.5)
    box = Box.around(mask)
    if box is None:
        raise ValueError("an empty silhouette stands nowhere")
    low = _lower_outline(mask[box.slices])
    bottom = float(np.nanmax(low))
    start = int(np.median(np.flatnonzero(low >= bottom - max(1.0, 0.01 * box.h))))
    lowest = np.flatnonzero(low >= bottom - 0.5)
    sides = _sides(mask[box.slices])
    (left, left_y), left_straight = _end(low, int(lowest[0]), -1, sides[0])
    (right, right_y), right_straight = _end(low, int(lowest[-1]), 1, sides[1])
    chords = _chords(low, start, box.h)
    middles = chords.mean(axis=1)
    round_ = float(np.ptp(middles)) <= _DRIFT * box.w
    middle, arms = float(middles.mean()), (middles.mean() - left, right - middles.mean())
    if not round_:
        middle = (left + right) / 2
    elif 0.35 * np.ptp(chords[-1]) < min(arms) < _EVEN * max(arms):  # the other arm is a handle's
        left, right = middle - min(arms), middle + min(arms)
        left_y = right_y = left_y if arms[0] < arms[1] else right_y
    half, depth = (right - left) / 2, bottom - (left_y + right_y) / 2
    straight = left_straight and right_straight
    cornered = abs(start - middle) > _CORNERED * half or depth < _FACING * half
    rise = max(1.5, 0.004 * box.h)
    return Footing(
        bottom=box.y + bottom,
        middle=box.x + middle,
        half=half,
        depth=depth,
        width=float(box.w),
        foot=half < _FOOT * box.w and abs(middle - box.w / 2) > half / 2,
        angular=straight and cornered,
        straight=straight,
        round=round_,
        curve=(float(np.ptp(_chord(low >= bottom - rise, start))) / 2) ** 2 / rise,
    )


def steady_drop(old: Alpha, new: Alpha, scale: float) -> float:
    """``drop`` of two silhouettes, as far as it does not hang on their outlines' roughness.

    It is measured on the outlines as they are, filled up, and smoothed; the middle answer counts,
    the less the more the three differ.
    """
    (theirs, much), (ours, little) = _worked(old), _worked(new)
    answers = sorted(
        drop(measure_footing(one), measure_footing(other), scale * much / little)
        for one, other in zip(_variants(theirs), _variants(ours), strict=True)
    )
    spread = (answers[2] - answers[0]) / (_STEADY * _size(theirs))
    return answers[1] / (1 + spread**2) / much


def _worked(alpha: Alpha) -> tuple[Alpha, float]:
    """The silhouette cut out, at the size at which roughness is looked at, and its factor."""
    box = (Box.around(alpha, 0.5) or Box(0, 0, *alpha.shape[::-1])).grown(0.1, alpha.shape[::-1])
    factor = min(1.0, _WORK_SIDE / max(box.w, box.h))
    return np.asarray(shrunk(alpha[box.slices], factor), np.float32), factor


def _size(alpha: Alpha) -> float:
    return float(np.sqrt(max(1, int((alpha > 0.5).sum()))))


def _variants(alpha: Alpha) -> tuple[Alpha, Alpha, Alpha]:
    reach = max(1.0, 0.01 * _size(alpha))
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(2 * reach) + 1,) * 2)
    filled = np.asarray(cv2.morphologyEx(alpha, cv2.MORPH_CLOSE, disk), np.float32)
    return alpha, filled, np.asarray(cv2.GaussianBlur(alpha, (0, 0), reach), np.float32)


def drop(old: Footing, new: Footing, scale: float) -> float:
    """How much lower (px of the scene) the new outline reaches than the old one, same spot.

    ``scale``: scene pixels per pixel of the new photo. Boxes: as their corners show it. Bases
    without corners: one camera sees both, so their depths go with their widths. A body that
    curves up from its base more than a flat one can (a ball, a vase) hides it; where its
    footprint touches the ground follows from the chord near it (an ellipse of aspect k rises
    x^2 k / 2a at half chord x).
    """
    if old.foot or new.foot:
        return 0.0
    if (old.angular and new.firm) or (new.angular and old.firm):
        return _CORNERS * (scale * new.depth - old.depth)
    if is_torn(old, new, scale) or old.round != new.round:
        return 0.0  # one outline is torn or hidden below: nothing can be read from the two
    bulging = old.round and (_bulges(old, new), _bulges(new, old))
    if not bulging or not any(bulging):
        # goods of a kind are of a shape, and a whole width is read off better than a base's
        ours = scale * new.half if old.round else old.half * scale * new.width / old.width
        tilt = (old.depth + scale * new.depth) / max(old.half + ours, 1e-6)
        return tilt * (ours - old.half)
    both = (old, new)
    flat = [f.tilt for f, b in zip(both, bulging, strict=True) if not b]
    tilt = float(np.clip(flat[0], 0.1, 0.5)) if flat else _TYPICAL_TILT
    depths = [
        min(f.depth, 0.5 * tilt**2 * f.curve) if b else f.depth
        for f, b in zip(both, bulging, strict=True)
    ]
    return scale * depths[1] - depths[0]


def is_torn(old: Footing, new: Footing, scale: float) -> bool:
    """Whether the old base is so much narrower than the new one that a part of it seems hidden."""
    return not (old.foot or new.foot) and old.half * _TORN < scale * new.half


def _bulges(foot: Footing, other: Footing) -> bool:
    """Whether the outline goes up from the base more than a flat base can, seen as ``other`` is."""
    if foot.straight or foot.tilt > _STEEP:
        return not foot.straight
    return foot.tilt > max(_FLAT, _RATHER * other.tilt)


def _without_wisps(mask: Mask) -> Mask:
    """The silhouette without what is thinner than a hundredth of it: left-over shadow, threads."""
    width = max(3, round(0.01 * float(np.sqrt(mask.sum()))) | 1)
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, disk) > 0
    return opened if opened.any() else mask


def _lower_outline(mask: Mask) -> Floats:
    """For each column the y just under its lowest pixel; NaN where the column is empty."""
    low = mask.shape[0] - mask[::-1].argmax(axis=0).astype(np.float64)
    return np.where(mask.any(axis=0), low, np.nan)


def _sides(mask: Mask) -> tuple[tuple[float, float] | None, tuple[float, float] | None]:
    """The lower ends (x, y) of the left and the right side, None where it is not straight."""
    left = mask.argmax(axis=1).astype(np.float64)
    right = mask.shape[1] - mask[:, ::-1].argmax(axis=1).astype(np.float64)
    return _straight_end(left), _straight_end(right)


def _straight_end(side: Floats) -> tuple[float, float] | None:
    """Where the lowest long straight stretch of a side (x for each row) ends below."""
    height = len(side)
    rows, reach = np.arange(height, dtype=np.float64), max(6, round(_SIDE * height))
    off, lowest, found = max(1.2, _OFF * height), -1, None
    for first in np.linspace(0.1, 0.75, 14) * height:
        part = slice(int(first), int(first) + reach)
        if part.stop > height:
            break
        line = np.polyfit(rows[part], side[part], 1)
        on = np.abs(side - np.polyval(line, rows)) <= off
        middle = (part.start + part.stop) // 2
        if abs(line[0]) > _UPRIGHT or not on[middle]:
            continue
        up, last = _run(on, middle)
        if last - up > _LONG * height and last > lowest:
            lowest, found = last, (float(np.polyval(line, last)), last + 1.0)
    return found


def _run(on: Mask, at: int) -> tuple[int, int]:
    """First and last index of the run of True around ``at``."""
    off = np.flatnonzero(~on)
    before, after = off[off < at], off[off > at]
    return (int(before[-1]) + 1 if len(before) else 0), (
        int(after[0]) - 1 if len(after) else len(on) - 1
    )


def _end(
    low: Floats, start: int, step: int, side: tuple[float, float] | None
) -> tuple[tuple[float, float], bool]:
    """The base's end (x, y) from ``start`` in the direction ``step``, and whether a straight
    ``side`` ends there; without one it is where the outline turns up.
    """
    turns = _walk(low, start, step)
    if side is not None:
        far = start
        while 0 <= far + step < len(low) and -1.5 <= low[far] - low[far + step] <= _STEEPEST:
            far += step
        width = len(low)
        beyond = (side[0] - turns) * step > -0.03 * width
        if beyond and (side[0] - far) * step <= 0.02 * width + 1:
            return side, True
    return (float(turns + (step > 0)), float(low[turns])), False


def _walk(low: Floats, start: int, step: int) -> int:
    """From the lowest column outward while the outline rises no steeper than ``_TURNS``.

    A mask's outline is rough: the middle one of several strides' ends is taken.
    """
    ends = sorted(_stride(low, start, step, max(2, round(len(low) * one))) for one in _STRIDES)
    return ends[len(ends) // 2]


def _stride(low: Floats, start: int, step: int, reach: int) -> int:
    dip = 0.5 + 0.1 * reach  # an outline that comes down again is another part: a handle, a strap
    x = start
    while 0 <= x + step * reach < len(low):
        ahead = low[x + step * reach]
        if np.isnan(ahead) or not -dip <= low[x] - ahead <= _TURNS * reach:
            break
        x += step * reach
    for _ in range(reach):  # the last stride, pixel by pixel
        ahead_x = x + step
        if not 0 <= ahead_x < len(low) or not low[x] - low[ahead_x] <= _TURNS + 0.5:
            break
        x = ahead_x
    return x


def _chords(low: Floats, start: int, height: int) -> Floats:
    """Ends (6, 2) of the runs through the lowest point at six small heights above it."""
    bottom = np.nanmax(low)
    rises = np.maximum(np.linspace(0.02, 0.06, 6) * height, 1.5 + np.arange(6))
    return np.array([_chord(low >= bottom - rise, start) for rise in rises], np.float64)


def _chord(inside: Mask, start: int) -> tuple[int, int]:
    """First and one past the last column of the run of True around ``start``."""
    outside = np.flatnonzero(~inside)
    left, right = outside[outside < start], outside[outside > start]
    return (int(left[-1]) + 1 if len(left) else 0), (int(right[0]) if len(right) else len(inside))
