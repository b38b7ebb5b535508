"""The old product's visible pixels in a scene, with how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from shopkit.engines.contracts import Finder
from shopkit.image.explain import settle, tidy, unlike_product
from shopkit.image.finish import finished
from shopkit.image.front import followed, held_by, hidden_by, parted_by
from shopkit.image.geometry import Matrix, scaling, warp
from shopkit.image.given_box import is_tight, second_look
from shopkit.image.matte import Matte
from shopkit.image.opinions import Crop, Opinions, View, ask, crop_around, from_above, iou, within
from shopkit.image.outline_shows import outline_shown
from shopkit.image.picture import Alpha, Box, Mask, Picture
from shopkit.image.register import find_flow, fit_in_box, moved

_BEYOND = 0.02  # of a side: what is salient so far beyond the box was cut off by it
_LOOKS = 3  # at most, at a place that the old photo told


@dataclass(frozen=True, slots=True)
class OldProduct:
    """What of the old product is seen. All arrays have the scene's size.

    ``alpha``: visible pixels, 0..1, soft at the edge. ``front``: what stands before the product
    inside its silhouette. ``agreement`` 0..1: how far independent opinions agree (IoU), as far as
    the outline shows in the scene.
    ``box``: around the visible part; ``amodal``: around the whole silhouette, hidden parts
    included, where the old photo tells it. ``above``: what comes in from above and meets it, an
    arm, a strap, a leg; None where nobody looked.
    """

    alpha: Alpha
    front: Alpha
    agreement: float
    box: Box
    amodal: Box
    above: Mask | None = None

    @property
    def held(self) -> bool:
        """Whether something comes in from above and meets it."""
        return self.above is not None and bool(self.above.any())


@dataclass(frozen=True, slots=True)
class _Seen:
    """The answer on the working crop: what is seen, what stands in front, the whole silhouette."""

    visible: Mask
    front: Mask
    full: Alpha | None = None


def mask_old(
    scene: Picture,
    box: Box,
    *,
    old: Matte | None = None,
    matrix: Matrix | None = None,
    mask: Alpha | None = None,
    net: Finder | None = None,
) -> OldProduct:
    """Return the visible old product in ``box``.

    ``old``: its own photo's matte, ``matrix`` from that photo to the scene where it is known.
    ``mask``: a given mask (0..1, scene size), taken as it is. ``net``: the finder to ask; the
    default model where it is installed, else colours alone. A box that was drawn roughly is
    looked at twice: about what it holds, then on the product's own outline.
    """
    if mask is not None:
        tight = Box.around(mask, 0.5) or box
        return OldProduct(mask, parted_by(mask), 1.0, tight, tight)
    told = matrix is not None
    if old is not None and matrix is None:
        matrix = fit_in_box(scene, box, old)
    first = _look(scene, box, old, matrix, net)
    if told and old is not None:
        return _looked_again(scene, box, old, first, net)
    found = first.found
    if is_tight(box, found.box):
        return found
    seen = found.box
    if old is not None and matrix is not None:
        seen = _joined(seen, Box.around(warp(old.alpha, matrix, scene.size), 0.5))
    return _look(scene, second_look(box, seen, scene.size), old, matrix, net, first.wide).found


@dataclass(frozen=True, slots=True)
class _Look:
    """What was found in a box, whether it goes on beyond it, and the net's wide view of it."""

    found: OldProduct
    cut_off: bool
    wide: View | None


def _looked_again(
    scene: Picture, box: Box, old: Matte, first: _Look, net: Finder | None
) -> OldProduct:
    """The old product at a place that its photo told, looked at about what was found there.

    A photo's silhouette is of another view and cuts strips off. Of the looks with more and more
    room the one counts that its box cuts nothing off, then that on which the opinions agree best.
    """
    looks = [first]
    for _ in range(_LOOKS - 1):
        wider = second_look(box, looks[-1].found.box, scene.size)
        if wider == box:
            break
        box = wider
        looks.append(_look(scene, box, old, fit_in_box(scene, box, old), net, looks[-1].wide))
        if looks[-1].found.agreement < looks[-2].found.agreement:
            break  # it took something else in
    return max(looks, key=lambda look: (not look.cut_off, look.found.agreement)).found


def _look(
    scene: Picture,
    box: Box,
    old: Matte | None,
    matrix: Matrix | None,
    net: Finder | None,
    wide: View | None = None,
) -> _Look:
    """The visible old product in ``box``; with its photo and the matrix from it, or without.

    ``wide``: the net's wide view of an earlier look.
    """
    crop = crop_around(scene.rgb, box)
    said = ask(scene.rgb, crop, net, wide)
    likely = np.asarray((2 * said.likely + said.colours) / 3, np.float32)
    if old is None or matrix is None:
        visible = tidy(likely > 0.5)
        seen = _Seen(visible, held_by(crop.rgb, said, visible))
    else:
        seen = _with_photo(crop, likely, old, matrix)
    alpha, front = _at_full_size(scene, crop, seen)
    tight = Box.around(alpha, 0.5) or box
    whole = tight if seen.full is None else _joined(tight, _hidden_ends(tight, seen, crop))
    # However well the opinions agree, it counts as far as the outline can be seen in the scene.
    agreed = _agreement(said, seen, crop) * outline_shown(scene.rgb, alpha, front) ** 2
    above = np.zeros(alpha.shape, np.bool_)
    thing = (from_above(said, crop) & ~seen.visible).astype(np.uint8)
    size = (crop.around.w, crop.around.h)
    above[crop.around.slices] = cv2.resize(thing, size, interpolation=cv2.INTER_NEAREST) > 0
    found = OldProduct(alpha, front, agreed, tight, whole, above)
    return _Look(found, _goes_on(said, crop), said.wide)


def _goes_on(said: Opinions, crop: Crop) -> bool:
    """Whether the product is salient beyond the box, too, by more than an edge is wide."""
    own = _scene_box(said.salient * said.own, crop)
    return own is not None and any(
        beyond > _BEYOND * side
        for beyond, side in (
            (crop.box.x - own.x, crop.box.w),
            (own.x + own.w - crop.box.x - crop.box.w, crop.box.w),
            (crop.box.y - own.y, crop.box.h),
            (own.y + own.h - crop.box.y - crop.box.h, crop.box.h),
        )
    )


def _hidden_ends(tight: Box, seen: _Seen, crop: Crop) -> Box | None:
    """The box of what is seen and of those ends of the silhouette that something hides."""
    if seen.full is None or not seen.front.any():
        return None
    x0, y0 = ((tight.x - crop.around.x) * crop.factor, (tight.y - crop.around.y) * crop.factor)
    x1, y1 = x0 + tight.w * crop.factor, y0 + tight.h * crop.factor
    y, x = np.mgrid[: crop.size[1], : crop.size[0]]
    whole = seen.full > 0.5
    hidden = np.zeros_like(whole)
    for beyond in (x < x0, x >= x1, y < y0, y >= y1):
        end = whole & beyond
        if end.any() and (end & seen.front).sum() > 0.5 * end.sum():
            hidden |= end
    return _scene_box(hidden.astype(np.float32), crop)


def _with_photo(crop: Crop, likely: Alpha, old: Matte, matrix: Matrix) -> _Seen:
    """The opinions settled with the old photo, which also tells what is hidden."""
    work = scaling(crop.factor, crop.around.x, crop.around.y) @ matrix
    look, full = warp(old.colour, work, crop.size), warp(old.alpha, work, crop.size)
    unlike = unlike_product(crop.rgb, look, full, likely)
    hidden = hidden_by(crop.rgb, full, tidy(likely > 0.5), unlike)
    first = np.where(hidden, np.maximum(likely, full), settle(crop.rgb, look, full, likely))
    flow = find_flow(crop.rgb, first.astype(np.float32), look, full)
    look, full = moved(look, flow).astype(np.uint8), moved(full, flow).astype(np.float32)
    free = np.where(hidden, 0, likely).astype(np.float32)
    settled = settle(crop.rgb, look, full, free)
    visible = tidy((settled > 0.5) & ~hidden)
    return _Seen(visible, followed(crop.rgb, hidden, full, visible), full)


def _at_full_size(scene: Picture, crop: Crop, seen: _Seen) -> tuple[Alpha, Alpha]:
    """Visible part and front in the scene's own pixels; together they leave no gap."""
    view = scene.rgb[crop.around.slices]
    alpha, front = (np.zeros(scene.rgb.shape[:2], np.float32) for _ in range(2))
    alpha[crop.around.slices] = finished(seen.visible, view)
    if seen.front.any():
        inside = seen.visible | seen.front
        closed = cv2.morphologyEx(inside.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5)))
        near = cv2.dilate(seen.front.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
        both = finished((closed > 0) & (near | seen.visible), view)
        front[crop.around.slices] = np.maximum(both - alpha[crop.around.slices], 0)
    return alpha, front


def _agreement(said: Opinions, seen: _Seen, crop: Crop) -> float:
    """The least IoU between the opinions; and a mask must fill the box that was given.

    What stands in front is doubtful unless the old photo tells that something is hidden there;
    and the more it hides, the less is known of the product.
    """
    inside = within(crop)
    visible = seen.visible & inside
    known = inside if seen.full is None else inside & ~seen.front
    votes = [
        said.steady,
        iou((said.salient > 0.5) & known, visible & known),
        iou(said.colours, said.likely > 0.5),
        _fills(visible | seen.front & inside, crop),
    ]
    if seen.full is not None:
        whole = seen.full > 0.5
        votes.append(iou(whole & ~seen.front, visible))
        votes.append(1 - float((whole & seen.front).sum() / max(1, whole.sum())))
    return min(votes)


def _fills(mask: Mask, crop: Crop) -> float:
    found = _scene_box(mask.astype(np.float32), crop)
    return 0.0 if found is None else found.iou(crop.box)


def _scene_box(mask: Alpha, crop: Crop) -> Box | None:
    """The box around a working mask, in scene pixels."""
    found = Box.around(mask, 0.5)
    if found is None:
        return None
    x0, y0 = found.x / crop.factor + crop.around.x, found.y / crop.factor + crop.around.y
    return Box(round(x0), round(y0), round(found.w / crop.factor), round(found.h / crop.factor))


def _joined(one: Box, other: Box | None) -> Box:
    if other is None:
        return one
    x, y = min(one.x, other.x), min(one.y, other.y)
    right, bottom = max(one.x + one.w, other.x + other.w), max(one.y + one.h, other.y + other.h)
    return Box(x, y, right - x, bottom - y)
