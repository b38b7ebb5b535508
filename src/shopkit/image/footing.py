"""How a silhouette stands on its ground: the line it rests on, its middle, how near it comes.

Two products on the same spot share the middle of their footprints, not the lowest pixel of their
outlines: seen from above, the wider one comes nearer to the camera and so reaches further down.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.picture import Alpha, Box, Mask

_SLOPE = 0.5  # a base without clear corners ends where the outline rises steeper than this
_ROUND_SLOPE = 1.0
_BOX_SLOPE = 2.2  # a box's side edges run back steeper than its front edge, never upright
_DRIFT = 0.02  # of the width: chords of a round base keep their middle within this
_CORNER = 0.6  # of what corners say is believed: they are read off a mask, give or take its edge
_MOST_DROP = 0.05  # of the width: corners that say more than this were read off a torn outline
_FOOT = 0.15  # of the width: a base narrower than this is a foot, too small to measure
_TYPICAL_TILT = 0.27  # depth over half width of a round base, cameras some 15 degrees up


@dataclass(frozen=True, slots=True)
class Footing:
    """The base of a silhouette, in its own pixels.

    ``bottom``: the y just under the lowest pixel. ``middle``: x of the base's middle. ``half``:
    half the width of a round base. ``depth``: how far the lowest point lies under the base's ends.
    ``width``: of the whole silhouette. ``boxy``: its sides are straight, so the ends are corners.
    ``round``: the base is symmetric about its lowest point, as of a jar, a mug, a bottle; ``tilt``
    is then the aspect of its ellipse (depth over half width), 0 where it does not show.
    """

    bottom: float
    middle: float
    half: float
    depth: float
    width: float
    boxy: bool
    round: bool
    tilt: float = 0.0


def measure_footing(alpha: Alpha) -> Footing:
    """Measure the base of what is opaque; the alpha must not be empty."""
    mask = _without_wisps(alpha > 0.5)
    box = Box.around(mask)
    if box is None:
        raise ValueError("an empty silhouette stands nowhere")
    low = _lower_outline(mask[box.slices])
    near = np.flatnonzero(low >= np.nanmax(low) - max(1.0, 0.01 * box.h))
    start = int(np.median(near))
    chords = _chords(low, start, box.h)
    middles = chords.mean(axis=1)
    bottom = float(np.nanmax(low))
    boxy = _straight_sides(mask[box.slices])
    slope = _BOX_SLOPE if boxy else _SLOPE
    left, right = _walk(low, start, -1, slope), _walk(low, start, 1, slope)
    half, tilt, reach = _round_base(low, round(float(np.mean(middles))), bottom, box.h)
    return Footing(
        bottom=box.y + bottom,
        middle=box.x + float(np.mean(middles)),
        half=half,
        depth=bottom - float(low[left] + low[right]) / 2,
        width=float(box.w),
        boxy=boxy,
        round=float(np.ptp(middles)) <= _DRIFT * box.w and reach >= 0.4 * float(np.ptp(chords[-1])),
        tilt=tilt,
    )


def drop(old: Footing, new: Footing, scale: float) -> float:
    """How much lower (px of the scene) the new outline reaches than the old one, same spot.

    ``scale``: scene pixels per pixel of the new photo. Round bases: the depth of an ellipse goes
    with its width. Boxes: the depths as their corners show them. Others (a shoe has no corners):
    mostly the old depth in proportion to the width, since goods of a kind are of a shape.
    """
    if old.round and new.round:
        if max(old.half, scale * new.half) < _FOOT * old.width:
            return 0.0
        seen = [t for t in (old.tilt, new.tilt) if t > 0]
        tilt = float(np.clip(np.mean([*seen, _TYPICAL_TILT]), 0.1, 0.5))
        return tilt * (scale * new.half - old.half)
    if old.round or new.round:
        return 0.0  # one outline is torn or hidden below: nothing can be read from the two
    measured = scale * new.depth - old.depth
    if old.boxy and new.boxy:
        return _CORNER * float(np.clip(measured, -_MOST_DROP * old.width, _MOST_DROP * old.width))
    alike = old.depth * (scale * new.width / old.width - 1)
    most = 0.02 * old.width
    return alike + 0.1 * float(np.clip(measured - alike, -most, most))


def _without_wisps(mask: Mask) -> Mask:
    """The silhouette without what is thinner than a hundredth of it: left-over shadow, threads."""
    width = max(3, round(0.01 * float(np.sqrt(mask.sum()))) | 1)
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, disk) > 0
    return opened if opened.any() else mask


def _lower_outline(mask: Mask) -> NDArray[np.float64]:
    """For each column the y just under its lowest pixel; NaN where the column is empty."""
    low = mask.shape[0] - mask[::-1].argmax(axis=0).astype(np.float64)
    return np.where(mask.any(axis=0), low, np.nan)


def _walk(low: NDArray[np.float64], start: int, step: int, slope: float) -> int:
    """From the lowest column outward while the outline rises no steeper than ``slope``."""
    reach = max(2, round(len(low) * 0.02))
    dip = 0.5 + 0.1 * reach  # an outline that comes down again is another part: a handle, a strap
    x = start
    while 0 <= x + step * reach < len(low):
        ahead = low[x + step * reach]
        if np.isnan(ahead) or not -dip <= low[x] - ahead <= slope * reach:
            break
        x += step * reach
    for _ in range(reach):  # the last stride, pixel by pixel
        ahead_x = x + step
        if not 0 <= ahead_x < len(low) or not low[x] - low[ahead_x] <= slope + 0.5:
            break
        x = ahead_x
    return x


def _chords(low: NDArray[np.float64], start: int, height: int) -> NDArray[np.float64]:
    """Ends (6, 2) of the runs through the lowest point at six small heights above it."""
    bottom = np.nanmax(low)
    rises = np.maximum(np.linspace(0.02, 0.06, 6) * height, 1.5 + np.arange(6))
    return np.array([_chord(low >= bottom - rise, start) for rise in rises], np.float64)


def _chord(inside: Mask, start: int) -> tuple[int, int]:
    """First and one past the last column of the run of True around ``start``."""
    outside = np.flatnonzero(~inside)
    left, right = outside[outside < start], outside[outside > start]
    return (int(left[-1]) + 1 if len(left) else 0), (int(right[0]) if len(right) else len(inside))


def _straight_sides(mask: Mask) -> bool:
    """Whether both sides of a silhouette are straight lines over its middle half."""
    height, width = mask.shape
    rows = np.arange(round(0.35 * height), round(0.85 * height))
    if len(rows) < 8:
        return False
    left = mask[rows].argmax(axis=1)
    right = width - mask[rows, ::-1].argmax(axis=1)
    off = [
        np.abs(side - np.polyval(np.polyfit(rows, side, 1), rows)).max() for side in (left, right)
    ]
    return bool(max(off) <= max(1.5, 0.03 * width))


def _round_base(
    low: NDArray[np.float64], middle: int, bottom: float, height: int
) -> tuple[float, float, float]:
    """Half the width of a round footprint, its tilt (0: a ball), and how far the outline goes
    on to both sides before it turns up.

    A flat base ends where the outline turns up. A ball has no such place: its outline curves more
    than a flat base can at this tilt, and its footprint follows from the chord near the ground
    (an ellipse of aspect k and half width a rises q*k at half chord x: a = (x^2 + q^2) / 2q).
    """
    left, right = _walk(low, middle, -1, _ROUND_SLOPE), _walk(low, middle, 1, _ROUND_SLOPE)
    reach = min(middle - left, right - middle) + 0.5  # the side without a handle
    depth = bottom - float(max(low[left], low[right]))
    if depth <= 1.5 * _TYPICAL_TILT * reach:
        return reach, depth / reach, reach
    rise = max(1.0, 0.003 * height)
    first, last = _chord(low >= bottom - rise, middle)
    q = rise / _TYPICAL_TILT
    return min(reach, (((last - first) / 2) ** 2 + q * q) / (2 * q)), 0.0, reach
