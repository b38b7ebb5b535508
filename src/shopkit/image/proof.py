"""The proof strip of a swap: before, after and what changed, side by side."""

from __future__ import annotations

import cv2
import numpy as np

from shopkit import messages
from shopkit.image.geometry import shrunk
from shopkit.image.lettering import can_show, write_words
from shopkit.image.picture import Box, Rgb

DIFFERENCE_GAIN = 4
"""How many times the difference panel shows a change of one level."""

_GAP = 6
_GROUND = 238
_OUTLINE = (255, 191, 0)
_CLOSE_UP_BELOW = 0.2  # share of the picture under which the region gets a row of its own


def proof_strip(before: Rgb, after: Rgb, *, box: Box | None = None, width: int = 1500) -> Rgb:
    """Return a picture of before, after and difference side by side, ``width`` px wide.

    Both are (H, W, 3) of one shape. The difference is shown ``DIFFERENCE_GAIN`` times as strong,
    black where nothing changed, with ``box`` (the declared region) outlined; a small region is
    repeated as a close-up in a second row. Labels are in the language in use, in English where
    the machine has no font for it. Raises ValueError for pictures of two shapes.
    """
    if before.shape != after.shape:
        raise ValueError(f"two shapes: {before.shape} and {after.shape}")
    change = _amplified(before, after)
    rows = [_row((before, after, change), box, width)]
    if box is not None and _is_small(box, before):
        seen = box.grown(0.3, (before.shape[1], before.shape[0])).slices
        rows.append(_row((before[seen], after[seen], change[seen]), None, width))
    rows[0] = _labelled(rows[0], width)
    return _stacked(rows, width)


def _amplified(before: Rgb, after: Rgb) -> Rgb:
    change = cv2.convertScaleAbs(cv2.absdiff(before, after), alpha=DIFFERENCE_GAIN)
    return np.asarray(change, np.uint8)


def _is_small(box: Box, picture: Rgb) -> bool:
    share = box.w * box.h / (picture.shape[0] * picture.shape[1])
    return bool(share < _CLOSE_UP_BELOW)


def _row(pictures: tuple[Rgb, Rgb, Rgb], box: Box | None, width: int) -> Rgb:
    """Three pictures of one size in a row; ``box`` is outlined on the last."""
    height, across = pictures[0].shape[:2]
    panel = (width - 2 * _GAP) // 3
    scale = panel / across
    size = (panel, max(1, round(height * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    panels = [
        cv2.resize(shrunk(picture, 2 * scale), size, interpolation=how) for picture in pictures
    ]
    if box is not None:
        x, y, w, h = (round(v * scale) for v in box)
        cv2.rectangle(panels[2], (x, y), (x + w - 1, y + h - 1), _OUTLINE, max(1, panel // 250))
    row = np.full((size[1], width, 3), _GROUND, np.uint8)
    for index, each in enumerate(panels):
        start = index * (panel + _GAP)
        row[:, start : start + panel] = each
    return row


def _labelled(row: Rgb, width: int) -> Rgb:
    panel = (width - 2 * _GAP) // 3
    for index, name in enumerate(("before", "after", "difference")):
        row = write_words(row, _words(name), (index * (panel + _GAP), 0), max(9, panel // 28))
    return row


def _words(name: str) -> str:
    words = messages.text(f"sheet.proof.{name}", gain=DIFFERENCE_GAIN)
    # the ascii words stand in the English catalogue only, so every language falls back to them
    return words if can_show(words) else messages.text(f"sheet.ascii.{name}", gain=DIFFERENCE_GAIN)


def _stacked(rows: list[Rgb], width: int) -> Rgb:
    gap = np.full((_GAP, width, 3), _GROUND, np.uint8)
    return np.vstack([part for row in rows for part in (row, gap)][:-1])
