"""A leg that went into the old shoe goes on into the new one: it does not end in the air.

A low shoe leaves bare what a boot covered. The ground would be a wrong answer there: the leg (or
trouser, or stalk in a pot) goes on in its own direction, with its own last pixels, down to the new
product. It is invented all the same, and a person looks at it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.picture import Alpha, Box, Mask, Rgb, to_bytes

_LEAST = 0.01  # of the old product's area: a smaller piece is no limb
_TOUCHES = 0.04  # of the old product's size: how near it must come to it
_THIN = 0.12  # of its size: a thinner bridge does not join two legs
_WHOLE = 0.6  # of its usual width: a row that is narrower is a tip
_EVEN = 0.2  # of its width: rows that differ by less are of one width
_AXIS = 1.5  # of its width: the rows above its end that its direction is read off
_MOST = 0.7  # columns a row: what leans more is no limb that stands in a shoe
_CALM = 4.0  # grey levels from row to row: from here up its colour is its own
_MIXED = 0.3  # of its width: at most so far up
_BAND = 0.7  # of its width: the last rows of it that are repeated downwards
_ALIKE = 14.0  # grey levels: a row that differs more from the last one is another stuff
_SOFT = 0.02  # of its width: how soft its new outline is
_TOP = 3  # px
_TAKEN_IN = 0.8  # of its width covered by the new product: there it ends


def go_on(ground: Rgb, bare: Mask, above: Mask, old: Alpha, cover: Alpha) -> float:
    """Continue each limb of ``above`` over what is ``bare`` of ``ground`` (H, W, 3), in place.

    ``old``: the old product's alpha, ``cover``: the new one's; a limb goes on where the old one
    took it in, as far down as the new one begins. ``bare`` gains the rim that is drawn over with
    it: the last of the old one's edge. Returns the share of the old product's pixels that now show
    a limb.
    """
    size = float(np.sqrt(max(1, int((old > 0.5).sum()))))
    as_it_was = ground.copy()
    rim = max(1, round(_TOUCHES * size))
    near = cv2.dilate(bare.astype(np.uint8), np.ones((2 * rim + 1,) * 2, np.uint8)) > 0
    drawn = np.zeros_like(bare)
    for limb in _limbs(above, old, size):
        drawn |= _extend(ground, as_it_was, limb, near, cover)
    share = float((drawn & bare).sum()) / size**2
    bare |= drawn
    return share


def _limbs(above: Mask, old: Alpha, size: float) -> Iterator[Mask]:
    """The parts of ``above`` that meet the old product."""
    reach = max(1, round(_TOUCHES * size))
    near = cv2.dilate((old > 0.5).astype(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8)) > 0
    thin = np.ones((max(1, round(_THIN * size)),) * 2, np.uint8)
    parted = cv2.morphologyEx(above.astype(np.uint8), cv2.MORPH_OPEN, thin)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(parted)
    for number in range(1, count):
        limb = labels == number
        if stats[number, cv2.CC_STAT_AREA] > _LEAST * size**2 and (limb & near).any():
            yield limb


def _extend(out: Rgb, ground: Rgb, limb: Mask, free: Mask, cover: Alpha) -> Mask:
    """Repeat the last rows of one limb downwards, in its direction, where it is free to.

    Returns what was drawn.
    """
    end = _end_of(ground, limb)
    stop = None if end is None else _begins(cover, end)
    if end is None or stop is None or stop == end.last + 1:  # it reaches into the new one already
        return np.zeros_like(limb)
    patch, mixed = _patch(ground, limb, end)
    lead = min(len(patch), _TOP)  # a soft upper edge lies on what it continues
    begin = end.last + 1 - mixed - lead
    rows = np.arange(-lead, stop - begin - lead)
    there = np.where(rows < 0, -rows - 1, rows) % (2 * len(patch) - 1)
    piece = patch[np.minimum(there, 2 * len(patch) - 2 - there)]  # up and down again: no seam
    return _drawn(out, piece, (end.left + end.lean * (begin - end.last), begin), end.lean, free)


def _drawn(out: Rgb, piece: Rgb, corner: tuple[float, int], lean: float, free: Mask) -> Mask:
    """Draw the rows of ``piece`` from ``corner`` (x, y) down, each ``lean`` columns farther on,
    where it is free to; returns what was drawn.
    """
    soft = max(0.6, _SOFT * piece.shape[1])
    room = round(5 * soft) + 2  # nothing of the blurred outline reaches farther
    aside = lean * len(piece)
    left, right = corner[0] + min(0.0, aside), corner[0] + piece.shape[1] + max(0.0, aside)
    x0, y0 = max(0, round(left) - room), max(0, corner[1] - room)
    x1 = min(free.shape[1], round(right) + room)
    y1 = min(free.shape[0], corner[1] + len(piece) + room)
    part = slice(y0, y1), slice(x0, x1)
    onto = np.array([[1, lean, corner[0] - x0], [0, 1, float(corner[1] - y0)]])
    size = x1 - x0, y1 - y0
    layer = cv2.warpAffine(piece, onto, size, borderMode=cv2.BORDER_REPLICATE)
    share = cv2.warpAffine(np.ones(piece.shape[:2], np.float32), onto, size)
    share = np.asarray(cv2.GaussianBlur(share, (0, 0), soft))
    share = (share * free[part])[..., None]
    shown = (out[part] * (1 - share) + layer * share + 0.5).astype(np.uint8)
    np.copyto(out[part], shown, where=share > 0)
    drawn = np.zeros_like(free)
    drawn[part] = share[..., 0] > 0.02
    return drawn


@dataclass(frozen=True, slots=True)
class _End:
    """Where a limb ends: its ``last`` whole row, its columns there, its lean in columns a row."""

    last: int
    left: int
    right: int
    lean: float


def _end_of(ground: Rgb, limb: Mask) -> _End | None:
    """The end of a limb that stands in a shoe; None for what is too small or leans too much."""
    box = Box.around(limb)
    if box is None:
        return None
    runs = {row: _run(limb[row]) for row in range(box.y, box.y + box.h) if limb[row].any()}
    widths = {row: right - left for row, (left, right) in runs.items()}
    least = _WHOLE * float(np.median(list(widths.values())))
    last = max(row for row in widths if widths[row] >= least)
    lower = max((row for row in widths if row > last and _steady(widths, row)), default=last)
    if _differ(ground, (last, *runs[last]), (lower, *runs[lower])):
        last = lower  # an ankle below a wide hem
    left, right = runs[last]
    first = last - max(6, round(_AXIS * (right - left)))
    near = {row: run for row, run in runs.items() if first <= row <= last}
    if len(near) < 4 or right - left < 3:
        return None
    lean = float(np.polyfit(list(near), [sum(run) / 2 for run in near.values()], 1)[0])
    return _End(last, left, right, lean) if abs(lean) < _MOST else None


def _steady(widths: dict[int, int], row: int) -> bool:
    """Whether a limb is as wide a little above a row: it goes on there, and does not end."""
    width = widths[row]
    above = range(row - max(6, round(_MIXED * width)), row)
    return all(abs(widths.get(other, 0) - width) <= _EVEN * width for other in above)


def _differ(ground: Rgb, one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    """Whether two lines (row, first column, one past the last) are of two stuffs."""
    colours = [ground[row, left:right].mean(axis=0) for row, left, right in (one, other)]
    return bool(np.abs(colours[0] - colours[1]).max() > _ALIKE)


def _run(row: NDArray[np.bool_]) -> tuple[int, int]:
    """The longest run of True: its first column, and one past its last."""
    turns = np.flatnonzero(np.diff(np.pad(row, 1).astype(np.int8)))
    starts, stops = turns[::2], turns[1::2]
    longest = int((stops - starts).argmax())
    return int(starts[longest]), int(stops[longest])


def _patch(ground: Rgb, limb: Mask, end: _End) -> tuple[Rgb, int]:
    """The limb's last rows, from the lowest up, all stretched to the width of its end; and how
    many below them are mixed with what it stood in.

    As many as look like the lowest: a hem or a cuff farther up is not repeated. They get one
    brightness: as bands one above the other they would show.
    """
    width = end.right - end.left
    lines = _lines(ground, limb, end.last, width)
    colours = lines.mean(axis=1)
    steps = np.abs(np.diff(colours, axis=0)).max(axis=1)[: max(4, round(_MIXED * width))]
    calm = steps < _CALM  # farther down its colour mixes with the shoe's
    first = 0 if not len(steps) else int(calm.argmax() if calm.any() else steps.argmin())
    other = np.abs(colours[first:] - colours[first]).max(axis=1) > _ALIKE
    patch = lines[first : first + int(other.argmax())] if other.any() else lines[first:]
    even = patch + (patch.mean((0, 1)) - patch.mean(1))[:, None]
    return to_bytes(even), first


def _lines(ground: Rgb, limb: Mask, last: int, width: int) -> NDArray[np.float32]:
    """The limb's rows from ``last`` up, (n, width, 3): its own pixels, stretched."""
    lines = []
    for row in range(last, max(0, last - max(6, round(_BAND * width))), -1):
        left, right = _run(limb[row]) if limb[row].any() else (0, 0)
        if right - left < 3:
            break
        line = ground[row, left + 1 : right - 1].astype(np.float32)
        lines.append(cv2.resize(line[None], (width, 1))[0])
    return np.array(lines or [ground[last, limb[last]][:1].repeat(width, 0)], np.float32)


def _begins(cover: Alpha, end: _End) -> int | None:
    """The row at which the new product has taken the limb in; None where it is not below it."""
    covered = cover > 0.5
    for row in range(end.last + 1, covered.shape[0]):
        moved = round(end.lean * (row - end.last))
        span = covered[row, max(0, end.left + moved) : max(0, end.right + moved)]
        if span.size and span.mean() > _TAKEN_IN:
            return row
    return None
