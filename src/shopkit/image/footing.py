"""How a silhouette stands on its ground: the two ends of its base, and how near it comes.

Two products on the same spot share the middle of their footprints, not the lowest pixel of their
outlines: seen from above, the wider one comes nearer to the camera and so reaches further down.
The leftmost and the rightmost point of a footprint that is symmetric about its middle (a box's, a
can's, nearly a shoe's) lie opposite each other, so the middle lies half-way between them. They are
where the outline's sides end below.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shopkit.image.morph import opened
from shopkit.image.picture import Alpha, Box, Mask

Floats = NDArray[np.float64]

_TURNS = 1.7  # slope: a base without straight sides ends where its outline rises steeper
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
_FOOT = 0.2  # of the width: half a base narrower than this and off the middle is one foot of two


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
    around = Box.around(alpha, 0.5)
    if around is None:
        raise ValueError("an empty silhouette stands nowhere")
    mask = _without_wisps(alpha[around.slices] > 0.5)
    box = Box.around(mask) or Box(0, 0, around.w, around.h)
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
        bottom=around.y + box.y + bottom,
        middle=around.x + box.x + middle,
        half=half,
        depth=depth,
        width=float(box.w),
        foot=half < _FOOT * box.w and abs(middle - box.w / 2) > half / 2,
        angular=straight and cornered,
        straight=straight,
        round=round_,
        curve=(float(np.ptp(_chord(low >= bottom - rise, start))) / 2) ** 2 / rise,
    )


def _without_wisps(mask: Mask) -> Mask:
    """The silhouette without what is thinner than a hundredth of it: left-over shadow, threads."""
    left = opened(mask, round(0.01 * float(np.sqrt(mask.sum()))) // 2)
    return left if left.any() else mask


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
