"""A box about the old product: drawn to the pixel, or drawn by hand about where it is.

A box to the pixel tells the product's size better than any mask. A box drawn by hand is off by a
few percent on every side; then the product's own outline tells it.
"""

from __future__ import annotations

from shopkit.image.picture import Box

_TIGHT = 0.006  # of a side: a box with two ends as near as this to the outline's is to the pixel
_NEAR = 0.03  # of a side: an end of such a box farther from the outline than this is not believed
_TOUCHING = 0.01  # of a side: an outline this near to the box's end may be cut off by it
_SLACK = 0.05  # of a side: how far a box drawn by hand may fall short


def is_tight(given: Box, found: Box) -> bool:
    """Whether two ends of ``given`` at least lie where the outline's box has them.

    Of boxes drawn by hand, off by up to 4 % on every side, one in ten does so by chance.
    """
    return sorted(_apart(given, found))[1] <= _TIGHT


def fitted(given: Box, found: Box) -> Box:
    """The product's box: the given ends where that box is to the pixel, else the outline's."""
    if not is_tight(given, found):
        return found
    ends = [
        g if apart <= _NEAR else f
        for g, f, apart in zip(_ends(given), _ends(found), _apart(given, found), strict=True)
    ]
    return _between(ends)


def second_look(given: Box, found: Box, size: tuple[int, int]) -> Box:
    """Where to look again after a rough box: the outline's box, with room where the given one may
    have cut it off. ``size``: (width, height) of the picture.
    """
    signs = (-1, -1, 1, 1)
    sides = (given.w, given.h, given.w, given.h)
    ends = []
    for g, f, sign, side in zip(_ends(given), _ends(found), signs, sides, strict=True):
        cut = sign * (g - f) <= _TOUCHING * side
        ends.append(round(f + sign * _SLACK * side) if cut else f)
    limits = (*size, *size)
    return _between([min(max(0, end), most) for end, most in zip(ends, limits, strict=True)])


def _apart(one: Box, other: Box) -> list[float]:
    sides = (one.w, one.h, one.w, one.h)
    return [
        abs(a - b) / max(1, side)
        for a, b, side in zip(_ends(one), _ends(other), sides, strict=True)
    ]


def _ends(box: Box) -> tuple[int, int, int, int]:
    return box.x, box.y, box.x + box.w, box.y + box.h


def _between(ends: list[int]) -> Box:
    return Box(ends[0], ends[1], max(1, ends[2] - ends[0]), max(1, ends[3] - ends[1]))
