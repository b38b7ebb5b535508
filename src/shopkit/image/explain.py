"""Which explains a scene's pixel better: the old product in one smooth light, or the ground?"""

from __future__ import annotations

import cv2
import numpy as np

from shopkit.image.edges import Floats, log_light
from shopkit.image.geometry import blurred
from shopkit.image.picture import Alpha, Mask, Rgb

_LIGHT_REACH = 0.12  # of the product's size: the light on it changes no faster than this
_CLEAR = 0.15  # of log light: so much better explained is well explained
_DISTRUST, _TRUST = 0.2, 0.8  # weight of the silhouette where it alone says product
_VIEW = 0.35  # its weight where the net says product and the silhouette does not (a turned view)


def settle(rgb: Rgb, look: Rgb, full: Alpha, likely: Alpha) -> Alpha:
    """How likely each pixel shows the product, from opinions and the registered old photo.

    ``look`` and ``full``: the old photo and its alpha brought onto the scene. Where the silhouette
    says product and the opinions do not, the pixel's own colour decides.
    """
    unlike = unlike_product(rgb, look, full, likely)
    gain = (_unlike_ground(rgb, full, likely) - unlike) / _CLEAR
    matched = 1 / (1 + np.exp(-np.clip(gain, -30, 30)))
    weight = np.where(full > likely, _DISTRUST + (_TRUST - _DISTRUST) * matched, _VIEW)
    return (weight * full + (1 - weight) * likely).astype(np.float32)


def unlike_product(rgb: Rgb, look: Rgb, full: Alpha, likely: Alpha) -> Floats:
    """Mean |log light| between the scene and the old photo under the light that fits both."""
    side = np.sqrt(max(1.0, float((full > 0.5).sum())))
    both = ((full > 0.9) & (likely > 0.6)).astype(np.float32)
    apart = _calm(log_light(rgb)) - _calm(log_light(look))
    near, weight = _spread(apart, both, max(4.0, _LIGHT_REACH * side))
    far, _ = _spread(apart, both, 3 * max(4.0, _LIGHT_REACH * side))
    share = np.clip(weight / 0.2, 0, 1)[..., None]
    light = near * share + far * (1 - share)
    return blurred(np.abs(apart - light).mean(2), 1.5)


def _unlike_ground(rgb: Rgb, full: Alpha, likely: Alpha) -> Floats:
    """Mean |log light| between the scene and its surroundings continued over the product."""
    hole = cv2.dilate((np.maximum(full, likely) > 0.2).astype(np.uint8), np.ones((5, 5), np.uint8))
    ground = np.asarray(cv2.inpaint(rgb, hole, 3, cv2.INPAINT_TELEA), np.uint8)
    return blurred(np.abs(_calm(log_light(rgb)) - _calm(log_light(ground))).mean(2), 1.5)


def _spread(values: Floats, where: Floats, sigma: float) -> tuple[Floats, Floats]:
    """Values known on ``where``, averaged outwards; with how much is known near each pixel."""
    weight = blurred(where, sigma)
    return blurred(values * where[..., None], sigma) / (weight + 1e-4)[..., None], weight


def _calm(log: Floats) -> Floats:
    return blurred(log, 1.0)


def tidy(mask: Mask) -> Mask:
    """Without islands under 2 % of the largest part and without pinholes."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if count < 2:
        return mask
    areas = stats[:, cv2.CC_STAT_AREA]
    keep = areas >= 0.02 * areas[1:].max()
    keep[0] = False
    kept = keep[labels]
    count, labels, stats, _ = cv2.connectedComponentsWithStats((~kept).astype(np.uint8))
    small = stats[:, cv2.CC_STAT_AREA] < 0.001 * areas[1:].max()
    small[0] = False
    return np.asarray(kept | small[labels], np.bool_)
