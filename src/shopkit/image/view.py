"""Whether the new product can stand for the old one: its view, one or a pair, skin laid bare."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from shopkit.image.erase import uncovered
from shopkit.image.geometry import shrunk
from shopkit.image.picture import Alpha, Mask, Rgb
from shopkit.image.skin import skin_coloured, uncovers_skin

_SIDE = 800  # px of the view at which this is judged
_HALF = 0.3  # of the old product: two parts that are both at least this are two things
_RING = 0.06  # of the old product's size, around it: where its wearer shows


@dataclass(frozen=True, slots=True)
class Likeness:
    """``overlap``: IoU of the new silhouette with the old one's, hidden parts included.
    ``uncovered``: share of the old product that the new one leaves bare; ``texture`` (grey
    levels) of the ground there; ``skin``: share of what is bare that borders on skin. ``worn``:
    share of the old product's surroundings that is skin. ``two``: the old mask is two things.
    """

    overlap: float
    uncovered: float
    texture: float
    skin: float
    worn: float
    two: bool


def compare(view: Rgb, old: Alpha, front: Alpha, cover: Alpha) -> Likeness:
    """Compare the new product's ``cover`` with the old one, all (H, W) over ``view``."""
    factor = min(1.0, _SIDE / max(view.shape[:2]))
    rgb = shrunk(view, factor)
    seen, new = shrunk(old, factor) > 0.5, shrunk(cover, factor)
    whole = seen | (shrunk(front, factor) > 0.5)
    laid = new > 0.5
    share, texture = uncovered(seen, new, rgb)
    return Likeness(
        overlap=float((whole & laid).sum() / max(1, (whole | laid).sum())),
        uncovered=share,
        texture=texture,
        skin=uncovers_skin(rgb, seen & ~laid, seen),
        worn=_worn(rgb, seen),
        two=_two(whole),
    )


def _worn(rgb: Rgb, product: Mask) -> float:
    reach = max(3, round(_RING * float(np.sqrt(max(1, int(product.sum()))))))
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    ring = (cv2.dilate(product.astype(np.uint8), disk) > 0) & ~product
    return float(skin_coloured(rgb)[ring].mean()) if ring.any() else 0.0


def _two(product: Mask) -> bool:
    """Whether a mask falls into two parts of a size, side by side: a pair of shoes."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(product.astype(np.uint8))
    areas = stats[1:count, cv2.CC_STAT_AREA]
    return bool((areas >= _HALF * product.sum()).sum() >= 2)
