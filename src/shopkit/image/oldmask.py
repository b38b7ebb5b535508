"""The old product's visible pixels in a scene, with how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from shopkit.engines.contracts import Finder
from shopkit.image.explain import settle, tidy
from shopkit.image.geometry import Matrix, scaling, warp
from shopkit.image.matte import Matte
from shopkit.image.opinions import Crop, Opinions, ask, crop_around, within
from shopkit.image.picture import Alpha, Box, Mask, Picture, Rgb
from shopkit.image.register import find_flow, fit_in_box, moved


@dataclass(frozen=True, slots=True)
class OldProduct:
    """What of the old product is seen. All arrays have the scene's size.

    ``alpha``: visible pixels, 0..1, soft at the edge. ``front``: what stands before the product
    inside its silhouette. ``agreement`` 0..1: how far independent opinions agree (IoU).
    ``box``: around the visible part; ``amodal``: around the whole silhouette, hidden parts
    included, where the old photo tells it. ``warnings``: reason codes.
    """

    alpha: Alpha
    front: Alpha
    agreement: float
    box: Box
    amodal: Box
    warnings: tuple[str, ...] = ()


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
    default model where it is installed, else colours alone.
    """
    blank = np.zeros(scene.rgb.shape[:2], np.float32)
    if mask is not None:
        tight = Box.around(mask, 0.5) or box
        return OldProduct(mask, blank, 1.0, tight, tight)
    crop = crop_around(scene.rgb, box)
    said = ask(scene.rgb, crop, net)
    likely = (2 * said.likely + said.colours) / 3
    full: Alpha | None = None
    if old is not None:
        matrix = fit_in_box(scene, box, old) if matrix is None else matrix
        likely, full = _with_photo(crop, likely, old, matrix)
    alpha = blank.copy()
    alpha[crop.around.slices] = _at_full_size(tidy(likely > 0.5), scene.rgb[crop.around.slices])
    tight = Box.around(alpha, 0.5) or box
    whole = tight if full is None else _joined(tight, _scene_box(full, crop))
    return OldProduct(alpha, blank, _agreement(said, likely, full, crop), tight, whole)


def _with_photo(crop: Crop, likely: Alpha, old: Matte, matrix: Matrix) -> tuple[Alpha, Alpha]:
    """The opinions settled with the old photo; and its whole silhouette on the crop."""
    work = scaling(crop.factor, crop.around.x, crop.around.y) @ matrix
    look, full = warp(old.colour, work, crop.size), warp(old.alpha, work, crop.size)
    first = settle(crop.rgb, look, full, likely)
    flow = find_flow(crop.rgb, first, look, full)
    look, full = moved(look, flow).astype(np.uint8), moved(full, flow).astype(np.float32)
    return settle(crop.rgb, look, full, likely), full


def _agreement(said: Opinions, likely: Alpha, full: Alpha | None, crop: Crop) -> float:
    inside = within(crop)
    votes = [(said.salient > 0.5) & inside, said.colours, likely > 0.5]
    if full is not None:
        votes.append(full > 0.5)
    pairs = [_iou(a, b) for i, a in enumerate(votes) for b in votes[i + 1 :]]
    return min(pairs)


def _iou(a: Mask, b: Mask) -> float:
    return float((a & b).sum() / max(1, (a | b).sum()))


def _at_full_size(rough: Mask, crop: Rgb) -> Alpha:
    """The working mask on the crop's own pixels, with a soft edge of about a pixel."""
    h, w = crop.shape[:2]
    big = cv2.resize(rough.astype(np.float32), (w, h), interpolation=cv2.INTER_LINEAR)
    soft = cv2.GaussianBlur(big, (0, 0), max(0.8, 0.6 * w / rough.shape[1]))
    steep = max(1.0, w / rough.shape[1])
    return np.clip((soft - 0.5) * steep + 0.5, 0, 1).astype(np.float32)


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
