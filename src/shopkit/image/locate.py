"""Where the old product is in a scene: by its own photo, by a point, or the salient object.

Never a silent guess: a place that is not sure carries the reason and the other candidates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from shopkit.engines.contracts import Finder
from shopkit.image.features import match
from shopkit.image.geometry import Matrix, box_matrix, scaled, scaling, shrunk, warp
from shopkit.image.matte import Matte
from shopkit.image.picture import Alpha, Box, Picture, Rgb
from shopkit.image.shape_fit import Fit, fit_edges
from shopkit.image.shape_search import search
from shopkit.image.verify import Look, evidence, look_at, same_outline

WORK_SIDE = 1000  # px: longest side of the scene while looking
_MANY = 15  # feature pairs that agree: proof enough that it is this product
_CLEAR = 1.1  # the best place's edge score over the second's; less is ambiguous
_CERTAIN = 2.0  # log odds
_DOUBTFUL = -1.0
_SAME_OUTLINE = 0.85
_OTHER_LOOK = 1.0  # log odds of look by which a place of the same shape is another product
_HALF_RIVAL = 0.8


@dataclass(frozen=True, slots=True)
class Place:
    """Where a product stands. ``matrix`` (3x3) takes the old photo's pixels to the scene's.

    ``score`` 0..1 and ``margin`` (score over the second best place's) are evidence; ``sure`` says
    whether to go on without a person, ``reason`` the reason code where not, ``others`` the boxes
    that a person may choose from, best first (the place's own first).
    """

    box: Box
    matrix: Matrix | None = None
    score: float = 1.0
    margin: float = 1.0
    sure: bool = True
    reason: str = ""
    how: str = "given"
    others: tuple[Box, ...] = ()


def find_old(scene: Picture, old: Matte, net: Finder | None = None) -> Place | None:
    """Find the product of a studio photo in the scene; None where nothing is like it at all.

    ``net`` is asked only where the photos alone leave a doubt.
    """
    factor = min(1.0, WORK_SIDE / max(scene.size))
    small = shrunk(scene.rgb, factor)
    look, alpha, shrink = _tight(old.colour, old.alpha)
    tries = _tries(small, look, alpha)
    if not tries:
        return None
    best = tries[0]
    margin = _margin(tries)
    known = best.pairs >= _MANY and margin > _CLEAR
    sure = known or _believed(small, alpha, best, margin, net)
    matrix = np.linalg.inv(scaling(factor)) @ best.fit.matrix @ shrink
    boxes = tuple(scaled(t.box, 1 / factor, scene.size) for t in tries[:4])
    return Place(
        box=boxes[0],
        matrix=matrix,
        score=best.fit.score,
        margin=margin,
        sure=sure,
        reason="" if sure else ("old_ambiguous" if margin <= _CLEAR else "old_not_sure"),
        how="features" if known else "shape",
        others=boxes,
    )


def _margin(tries: list[_Try]) -> float:
    """The best place's edge score over its strongest rival's elsewhere.

    A place of the same shape and another look is half a rival.
    """
    best, rival = tries[0], 1e-3
    for other in tries[1:]:
        if other.box.iou(best.box) < 0.3:
            alike = other.look.likeness > best.look.likeness - _OTHER_LOOK
            rival = max(rival, other.fit.score * (1 if alike else _HALF_RIVAL))
    return best.fit.score / rival


def _believed(scene: Rgb, alpha: Alpha, best: _Try, margin: float, net: Finder | None) -> bool:
    """Whether the likeliest place is the product's, by its look, else by its outline too."""
    if margin <= _CLEAR:
        return False
    odds = evidence(best.look, best.fit.score, margin)
    if odds > _CERTAIN:
        return True
    outline = same_outline(scene, alpha, best.fit.matrix, best.box, net)
    return odds > _DOUBTFUL and outline > _SAME_OUTLINE


@dataclass(frozen=True, slots=True)
class _Try:
    box: Box
    fit: Fit
    look: Look
    pairs: int


def _tries(scene: Rgb, look: Rgb, alpha: Alpha) -> list[_Try]:
    """Fitted candidates of both searches, best first."""
    tight = Box.around(alpha, 0.5)
    if tight is None:
        return []
    starts = [(box_matrix(tight, c.box), 0) for c in search(scene, look, alpha)]
    found = match(scene, look, alpha)
    if found is not None:
        starts.append((found.matrix, found.count))
    tries = []
    for start, pairs in starts:
        fit = fit_edges(scene, look, alpha, start)
        box = Box.around(warp(alpha, fit.matrix, (scene.shape[1], scene.shape[0])), 0.5)
        if box is not None:
            tries.append(_Try(box, fit, look_at(scene, look, alpha, fit.matrix), pairs))
    tries.sort(key=lambda t: -t.fit.score)
    near = [t for t in tries if t.fit.score > _HALF_RIVAL * tries[0].fit.score]
    liker = max(near, key=lambda t: t.look.likeness, default=None)
    if liker is not None and liker.look.likeness > tries[0].look.likeness + _OTHER_LOOK:
        tries.remove(liker)
        tries.insert(0, liker)
    agreed = [max(o.pairs for o in tries if o.box.iou(t.box) > 0.7) for t in tries]
    return [replace(t, pairs=n) for t, n in zip(tries, agreed, strict=True)]


def _tight(rgb: Rgb, alpha: Alpha) -> tuple[Rgb, Alpha, Matrix]:
    """The product's photo cut to its box and to working size, with the matrix that did so."""
    box = (Box.around(alpha, 0.5) or Box(0, 0, alpha.shape[1], alpha.shape[0])).grown(
        0.05, (alpha.shape[1], alpha.shape[0])
    )
    factor = min(1.0, WORK_SIDE / max(box.w, box.h))
    to = scaling(factor, box.x, box.y)
    return shrunk(rgb[box.slices], factor), shrunk(alpha[box.slices], factor), to
