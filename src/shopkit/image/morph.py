"""Masks grown, worn off and opened by a disk of at least one pixel's radius."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.picture import Mask


def disk(radius: float) -> NDArray[np.uint8]:
    """A disk as cv2's morphology takes it, so many pixels (rounded) about one in its middle."""
    side = 2 * max(1, round(radius)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def grown(mask: Mask, radius: float) -> Mask:
    """The mask and all within so many pixels of it."""
    return np.asarray(cv2.dilate(mask.astype(np.uint8), disk(radius)) > 0, np.bool_)


def eroded(mask: Mask, radius: float) -> Mask:
    """The mask without what is within so many pixels of its edge."""
    return np.asarray(cv2.erode(mask.astype(np.uint8), disk(radius)) > 0, np.bool_)


def opened(mask: Mask, radius: float) -> Mask:
    """The mask without what is too thin for the disk."""
    wide = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, disk(radius))
    return np.asarray(wide > 0, np.bool_)
