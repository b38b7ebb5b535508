"""Bare skin of a person in the scene: by colour, and only where the colour leads to a person.

Wood, leather and warm light have skin's colours too, so colour alone is never believed.
"""

from __future__ import annotations

import cv2
import numpy as np

from shopkit.image.morph import grown
from shopkit.image.picture import Alpha, Mask, Rgb

_HAND = 0.01  # of a product: fingers that hold it
_OWN_COLOUR = 0.45  # a product that is skin-coloured over more than this is not searched for skin


def skin_coloured(rgb: Rgb) -> Mask:
    """Pixels whose colour human skin can have in ordinary light (YCbCr and chromaticity bounds).

    The bounds follow Chai and Ngan (1999) and Soriano et al. (2000), narrowed on street photos.
    """
    soft = cv2.GaussianBlur(rgb, (0, 0), 1).astype(np.float32)
    red, green, blue = soft[..., 0], soft[..., 1], soft[..., 2]
    level = 0.299 * red + 0.587 * green + 0.114 * blue
    cr, cb = (red - level) * 0.713 + 128, (blue - level) * 0.564 + 128
    total = red + green + blue + 1
    r, g = red / total, green / total
    bright = (red > 70) & (red > green) & (green > 0.95 * blue)
    chroma = (cr > 136) & (cr < 172) & (cb > 88) & (cb < 127)
    even = (r > 0.355) & (r < 0.49) & (g > 0.27) & (g < 0.355)
    return np.asarray(bright & chroma & even & (red - np.minimum(green, blue) > 12), np.bool_)


def bare_skin(rgb: Rgb, salient: Alpha, inside: Mask, product: Mask) -> Mask:
    """Skin of a person who wears or holds the product in the box ``inside``.

    Skin-coloured, salient, and joined to such pixels outside the box: a leg, an arm, a neck goes
    on there. Nothing where the product itself is mostly of that colour.
    """
    candidates = skin_coloured(rgb) & (salient > 0.5)
    _, labels = cv2.connectedComponents(candidates.astype(np.uint8))
    outside = np.unique(labels[candidates & ~inside])
    joined = (np.isin(labels, outside) & candidates).astype(np.uint8)
    found = np.asarray(cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((3, 3))) > 0, np.bool_)
    if (found & product).sum() > _OWN_COLOUR * max(1, product.sum()):
        return np.zeros_like(found)
    return found


def held_by_skin(rgb: Rgb, product: Mask) -> bool:
    """Whether a hand seems to be cut out with the product: one skin-coloured patch of some size.

    ``product`` lies on a smaller grid over the same view. A product that is skin-coloured itself
    (leather, wood) says yes too: a person looks.
    """
    size = (product.shape[1], product.shape[0])
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    skin = (skin_coloured(small) & product).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(cv2.erode(skin, np.ones((3, 3))))
    largest = int(stats[1:, cv2.CC_STAT_AREA].max(initial=0))
    return largest > _HAND * max(1, int(product.sum()))


def uncovers_skin(rgb: Rgb, uncovered: Mask, product: Mask) -> float:
    """Share of the pixels that the new product leaves bare that border on skin, 0..1.

    ``uncovered``: pixels of the old product that the new one does not cover; ``product``: all of
    the old product. What lies under the old product next to skin is most likely skin.
    """
    if not uncovered.any():
        return 0.0
    reach = max(3, round(0.06 * float(np.sqrt(max(1, int(product.sum()))))))
    found = (skin_coloured(rgb) & grown(product, reach) & ~product).astype(np.uint8)
    skin = cv2.morphologyEx(found, cv2.MORPH_OPEN, np.ones((3, 3))) > 0
    return float((uncovered & grown(skin, reach)).sum() / uncovered.sum())
