"""Whether the new product can stand for the old one: its view, one or a pair, skin laid bare."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from shopkit.image.erase import uncovered
from shopkit.image.geometry import shrunk
from shopkit.image.morph import grown
from shopkit.image.oldmask import OldProduct
from shopkit.image.pair import other_shoe, split_pair, view_differs
from shopkit.image.picture import Alpha, Box, Mask, Rgb
from shopkit.image.skin import skin_coloured, uncovers_skin

WORN = (0.04, 0.5)  # share of skin around a product that somebody wears or holds
_SIDE = 800  # px of the view at which this is judged
_HALF = 0.3  # of the old product: two parts that are both at least this are two things
_RING = 0.06  # of the old product's size, around it: where its wearer shows


@dataclass(frozen=True, slots=True)
class Likeness:
    """``overlap``: IoU of the new silhouette with the old one's, hidden parts included.
    ``uncovered``: share of the old product that the new one leaves bare; ``texture`` (grey
    levels) of the ground there; ``skin``: share of what is bare that borders on skin. ``worn``:
    share of the old product's surroundings that is skin. ``two``: the old product is a pair (or
    is worn, with another like it at its side), the new one is not. ``turned``: they are seen
    from different sides.
    """

    overlap: float
    uncovered: float
    texture: float
    skin: float
    worn: float
    two: bool
    turned: bool


def compare(view: Rgb, old: OldProduct, cover: Alpha) -> Likeness:
    """Compare the new product's ``cover`` with the old one, both (H, W) over ``view``."""
    factor = min(1.0, _SIDE / max(view.shape[:2]))
    rgb, new = shrunk(view, factor), shrunk(cover, factor)
    alpha, front = shrunk(old.alpha, factor), shrunk(old.front, factor)
    seen, laid = alpha > 0.5, new > 0.5
    whole = seen | (front > 0.5)
    box = Box.around(alpha, 0.5) or old.box
    # what a hand in front of it parts is one thing still: seen in two, whole in one
    there = replace(old, alpha=alpha, front=front, box=box, amodal=box)
    pair, worn = split_pair(rgb, box, there), _worn(rgb, seen)
    two = pair is not None and not _two(laid) and (_two(whole) or not _two(seen))
    held = WORN[0] < worn < WORN[1] and bool((front > 0.5).any())
    share, texture = uncovered(seen, new, rgb)
    return Likeness(
        overlap=float((whole & laid).sum() / max(1, (whole | laid).sum())),
        uncovered=share,
        texture=texture,
        skin=uncovers_skin(rgb, seen & ~laid, seen),
        worn=worn,
        two=two or (held and other_shoe(rgb, box, there) is not None),
        turned=view_differs(np.maximum(alpha, front), new),
    )


def _worn(rgb: Rgb, product: Mask) -> float:
    reach = max(3, round(_RING * float(np.sqrt(max(1, int(product.sum()))))))
    ring = grown(product, reach) & ~product
    return float(skin_coloured(rgb)[ring].mean()) if ring.any() else 0.0


def _two(product: Mask) -> bool:
    """Whether a mask falls into two parts of a size, side by side: a pair of shoes."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(product.astype(np.uint8))
    areas = stats[1:count, cv2.CC_STAT_AREA]
    return bool((areas >= _HALF * product.sum()).sum() >= 2)
