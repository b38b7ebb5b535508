"""How much lower a product's outline reaches than that of another on the same spot."""

from __future__ import annotations

import cv2
import numpy as np

from shopkit.image.footing import Footing, measure_footing
from shopkit.image.geometry import shrunk
from shopkit.image.morph import disk
from shopkit.image.picture import Alpha, Box

_WORK_SIDE = 900  # px of a silhouette while its roughness is looked at
_STEEP = 0.55  # tilt over which no base without straight sides is flat,
_FLAT = 0.3  # nor over this where it is
_RATHER = 1.35  # so many times the other product's, which the same camera sees
_CORNERS = 0.7  # of what corners say is believed: they are read off masks, give or take an edge
_TORN = 1.3  # an old base so many times narrower than the new one is torn or half hidden
_STEADY = 0.025  # of the product's size: answers that differ by this count half
_HALF = 0.5  # of what widths say is believed where the base is torn
_LEAST_TILT = 0.1  # a camera lower than this is none; the base was misread
_TYPICAL_TILT = 0.27  # depth over half width of a round base, cameras some 15 degrees up


def steady_drop(old: Alpha, new: Alpha, scale: float) -> float:
    """``drop`` of two silhouettes, as far as it does not hang on their outlines' roughness.

    It is measured on the outlines as they are, filled up, and smoothed; the middle answer counts,
    the less the more the three differ. For the rest it is what whole widths say.
    """
    (theirs, much), (ours, little) = _worked(old), _worked(new)
    scale *= much / little
    feet = [
        (measure_footing(one), measure_footing(other))
        for one, other in zip(_variants(theirs), _variants(ours), strict=True)
    ]
    answers = [drop(one, other, scale) for one, other in feet]
    told = [answer for answer in answers if answer is not None]
    guess = _by_width(*feet[0], scale)
    if len(told) < 2:
        return guess / much
    spread = float(np.ptp(told)) / (_STEADY * _size(theirs))
    believed = 1 / (1 + spread**2)
    return (believed * float(np.median(told)) + (1 - believed) * guess) / much


def _by_width(old: Footing, new: Footing, scale: float) -> float:
    """``drop`` of two products of one kind, whose footprints go with their whole widths.

    What hides a torn base hides its lowest line too, so that the new one already stands higher.
    """
    share = _HALF if is_torn(old, new, scale) else 1.0
    return share * _tilt(old, new) * (scale * new.width - old.width) / 2


def _tilt(old: Footing, new: Footing) -> float:
    """The sine of the camera's height as flat bases tell it, else a usual one."""
    told = [f.tilt for f in (old, new) if not f.foot and _LEAST_TILT < f.tilt < _STEEP]
    return float(np.mean(told)) if told else _TYPICAL_TILT


def _worked(alpha: Alpha) -> tuple[Alpha, float]:
    """The silhouette cut out, at the size at which roughness is looked at, and its factor."""
    box = (Box.around(alpha, 0.5) or Box(0, 0, *alpha.shape[::-1])).grown(0.1, alpha.shape[::-1])
    factor = min(1.0, _WORK_SIDE / max(box.w, box.h))
    return np.asarray(shrunk(alpha[box.slices], factor), np.float32), factor


def _size(alpha: Alpha) -> float:
    return float(np.sqrt(max(1, int((alpha > 0.5).sum()))))


def _variants(alpha: Alpha) -> tuple[Alpha, Alpha, Alpha]:
    reach = max(1.0, 0.01 * _size(alpha))
    closed = cv2.morphologyEx(alpha, cv2.MORPH_CLOSE, disk(round(2 * reach)))
    filled = np.asarray(closed, np.float32)
    return alpha, filled, np.asarray(cv2.GaussianBlur(alpha, (0, 0), reach), np.float32)


def drop(old: Footing, new: Footing, scale: float) -> float | None:
    """How much lower (px of the scene) the new outline reaches than the old one, same spot.

    ``scale``: scene pixels per pixel of the new photo. Boxes: as their corners show it. Bases
    without corners: one camera sees both, so their depths go with their widths. A body that
    curves up from its base more than a flat one can (a ball, a vase) hides it; where its
    footprint touches the ground follows from the chord near it (an ellipse of aspect k rises
    x^2 k / 2a at half chord x). None where the two outlines' bases do not tell.
    """
    if old.foot or new.foot:
        return None
    if (old.angular and new.firm) or (new.angular and old.firm):
        return _CORNERS * (scale * new.depth - old.depth)
    if is_torn(old, new, scale) or old.round != new.round:
        return None  # one outline is torn or hidden below: nothing can be read from the two
    bulging = old.round and (_bulges(old, new), _bulges(new, old))
    if not bulging or not any(bulging):
        # goods of a kind are of a shape, and a whole width is read off better than a base's
        ours = scale * new.half if old.round else old.half * scale * new.width / old.width
        tilt = (old.depth + scale * new.depth) / max(old.half + ours, 1e-6)
        return tilt * (ours - old.half)
    both = (old, new)
    flat = [f.tilt for f, b in zip(both, bulging, strict=True) if not b]
    tilt = float(np.clip(flat[0], 0.1, 0.5)) if flat else _TYPICAL_TILT
    depths = [
        min(f.depth, 0.5 * tilt**2 * f.curve) if b else f.depth
        for f, b in zip(both, bulging, strict=True)
    ]
    return scale * depths[1] - depths[0]


def is_torn(old: Footing, new: Footing, scale: float) -> bool:
    """Whether the old base is so much narrower than the new one that a part of it seems hidden."""
    return not (old.foot or new.foot) and old.half * _TORN < scale * new.half


def _bulges(foot: Footing, other: Footing) -> bool:
    """Whether the outline goes up from the base more than a flat base can, seen as ``other`` is."""
    if foot.straight or foot.tilt > _STEEP:
        return not foot.straight
    return foot.tilt > max(_FLAT, _RATHER * other.tilt)
