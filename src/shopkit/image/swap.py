"""Swap a product into a photo: find the old one, take it out, stand the new one in its light.

The new product's pixels are its photo's: moved, resampled and put under one light, never
repainted. Outside the declared region every pixel is the scene's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path

import cv2
import numpy as np

from shopkit.image import focus
from shopkit.image.erase import Filled, erase
from shopkit.image.geometry import halved, halvings
from shopkit.image.light import Lighting, lit
from shopkit.image.limbs import go_on
from shopkit.image.morph import eroded, grown
from shopkit.image.oldmask import OldProduct
from shopkit.image.onelight import OneLight, check_one_light
from shopkit.image.picture import (
    Alpha,
    Box,
    Mask,
    Picture,
    Rgb,
    paste,
    strips,
    to_bytes,
    to_linear,
    to_srgb,
)
from shopkit.image.place import Fit, Layer, Placement
from shopkit.image.reflection import Reflection, exchange_reflection, mirror_image, shows
from shopkit.image.shadow import exchange_shadow
from shopkit.image.spot import Color, Put, Spot, Stand, find_stand, put_in
from shopkit.image.view import Likeness, compare

_ROOM = 1.0  # of the box, on each side: what the swap may look at around the old product
_RIM = 0.012  # of the old product's size: how far its soft edge reaches past its mask
_MIRROR_HEIGHT = 320  # px of the old product, at most, where the ground's change is worked out


@dataclass(frozen=True, slots=True)
class Options:
    """How to swap: the options of ``shopkit image swap`` of the same names."""

    color: Color = "adapt"
    fit: Fit = "contain"
    max_delta_e: float | None = None
    remove: str | Path = "local"


@dataclass(frozen=True, slots=True)
class Placed:
    """One product put in; boxes in scene pixels.

    ``old`` has the pixels of the swap's window, ``layer`` those of its own window in that.
    ``likeness`` compares the two silhouettes. ``one_light``: the check that nothing but light
    changed.
    """

    old: OldProduct
    placement: Placement
    layer: Layer
    lighting: Lighting
    one_light: OneLight
    likeness: Likeness
    old_box: Box
    new_box: Box


@dataclass(frozen=True, slots=True)
class Swapped:
    """The picture, the region (scene size) in which it may differ, and how it came about.

    ``filled``: how the hole was filled; its picture is the finished window.
    ``limbs``: share of the old product's pixels that show a leg or a sleeve that was continued.
    """

    rgb: Rgb
    region: Mask
    window: Box
    placed: tuple[Placed, ...]
    filled: Filled
    mirror: Reflection
    limbs: float = 0.0


def swap(scene: Picture, spots: Sequence[Spot], options: Options | None = None) -> Swapped:
    """Put each spot's product into the scene. Raises ValueError for no spot or an empty matte."""
    how = options or Options()
    window = _window([spot.place.box for spot in spots], scene.size)
    view = replace(scene, rgb=np.ascontiguousarray(scene.rgb[window.slices]), alpha=None)
    within = [_in_window(spot, window) for spot in spots]
    stands = [find_stand(view, spot, how.fit) for spot in within]
    if all(spot.seen is not None for spot in spots):
        stands = _of_one_size(within, stands)
    puts = [
        put_in(view, spot, place, color=how.color, max_delta_e=how.max_delta_e)
        for spot, place in zip(within, stands, strict=True)
    ]
    old = reduce(np.maximum, [put.old.alpha for put in puts])
    front = reduce(np.maximum, [put.old.front for put in puts])
    cover = _cover(puts, front)
    looks = [_look(put, view.rgb) for put in puts]
    empty = _emptied(view.rgb, puts, looks, old, cover, front, how.remove)
    shown = empty.filled.rgb  # from here on changed in place, from the ground up
    limbs = sum(_limbs(shown, empty.bare, put, cover) for put in puts)
    changed = _add(shown, empty.mirror, front)
    _lay(puts, looks, front, shown)
    region = empty.bare | (cover > 0) | changed
    rgb = scene.rgb.copy()
    paste(shown, region, rgb[window.slices])
    whole = np.zeros(rgb.shape[:2], np.bool_)
    whole[window.slices] = region
    placed = tuple(_measured(put, view.rgb, rgb[window.slices], front, window) for put in puts)
    return Swapped(rgb, whole, window, placed, empty.filled, empty.mirror, limbs)


@dataclass(frozen=True, slots=True)
class _Emptied:
    """The ground without the old product: what of it is ``bare`` then, and what it mirrors."""

    filled: Filled
    bare: Mask
    mirror: Reflection


def _emptied(
    view: Rgb,
    puts: Sequence[Put],
    looks: Sequence[Alpha],
    old: Alpha,
    cover: Alpha,
    front: Alpha,
    engine: str | Path,
) -> _Emptied:
    """Take the old product out, and its mirror image where the ground is a mirror."""
    gone = (_grown(old, _rim(old)) & (front < 0.5)) | (old > 0.02)
    bare = gone & (cover < 0.98)
    filled = erase(view, gone, seen=bare, engine=engine)
    _lay(puts, looks, front, shown := filled.rgb.copy())
    mirror = _mirrored(view, filled.rgb, shown, old, cover, front)
    if not mirror.sharp:
        return _Emptied(filled, bare, mirror)
    gone |= mirror_image(old) & (front < 0.5)  # too fine to be taken out as light
    bare = gone & (cover < 0.98)
    filled = erase(view, gone, seen=bare, engine=engine)
    _lay(puts, looks, front, shown := filled.rgb.copy())
    again = _mirrored(filled.rgb, filled.rgb, shown, old, cover, front, known=mirror)
    return _Emptied(filled, bare, again)


def _window(boxes: Sequence[Box], size: tuple[int, int]) -> Box:
    """The part of the scene that the swap looks at: the boxes with room around them."""
    wide = [box.grown(_ROOM, size) for box in boxes]
    x0, y0 = min(b.x for b in wide), min(b.y for b in wide)
    x1, y1 = max(b.x + b.w for b in wide), max(b.y + b.h for b in wide)
    return Box(x0, y0, x1 - x0, y1 - y0)


def _in_window(spot: Spot, window: Box) -> Spot:
    """The spot with its place and mask in the window's pixels."""
    place = spot.place
    box = place.box.moved(-window.x, -window.y)
    matrix = place.matrix
    if matrix is not None:
        matrix = np.array([[1, 0, -window.x], [0, 1, -window.y], [0, 0, 1.0]]) @ matrix
    mask = None if spot.mask is None else spot.mask[window.slices]
    seen = None if spot.seen is None else _seen_in(spot.seen, window)
    return replace(spot, place=replace(place, box=box, matrix=matrix), mask=mask, seen=seen)


def _seen_in(old: OldProduct, window: Box) -> OldProduct:
    """The old product in the window's pixels."""
    box, amodal = (one.moved(-window.x, -window.y) for one in (old.box, old.amodal))
    alpha, front = old.alpha[window.slices], old.front[window.slices]
    above = None if old.above is None else old.above[window.slices]
    return replace(old, alpha=alpha, front=front, box=box, amodal=amodal, above=above)


def _of_one_size(spots: Sequence[Spot], stands: Sequence[Stand]) -> list[Stand]:
    """The feet of a pair with shoes of one size, of the one that is seen more from its side."""
    scale = max(one.placement.scale for one in stands)
    return [
        replace(one, placement=one.placement.enlarged(scale, spot.product.alpha))
        for spot, one in zip(spots, stands, strict=True)
    ]


def _cover(puts: Sequence[Put], front: Alpha) -> Alpha:
    """How far the new products cover each pixel, 0..1, what stands in front left out."""
    cover = np.zeros(front.shape, np.float32)
    for put in puts:
        window = put.layer.window.slices
        np.maximum(cover[window], put.layer.alpha * (1 - front[window]), out=cover[window])
    return cover


def _limbs(ground: Rgb, bare: Mask, put: Put, cover: Alpha) -> float:
    """Let what went into the old product from above go on into the new one, unless that hangs."""
    if put.old.above is None or not put.old.held or put.placement.raised:
        return 0.0
    return go_on(ground, bare, put.old.above, put.old.alpha, cover)


def _look(put: Put, view: Rgb) -> Alpha:
    """The lit product as sRGB levels over its layer's window, with the scene's grain."""
    layer = put.layer
    shown = to_srgb(lit(layer.light, put.lighting))
    own = focus.grain_of(to_bytes(shown), layer.alpha < 0.98)
    near = put.old.box.grown(0.3, (view.shape[1], view.shape[0])).slices
    wanted = focus.grain_of(view[near], put.old.alpha[near] > 0.02)
    return focus.grained(shown, wanted, own, view[layer.window.slices])


def _lay(puts: Sequence[Put], looks: Sequence[Alpha], front: Alpha, onto: Rgb) -> None:
    """Lay the products over the ground ``onto``, in place."""
    for put, look in zip(puts, looks, strict=True):
        part = put.layer.window.slices
        shown, hidden = onto[part], front[part]
        for rows in strips(len(shown)):
            alpha = (put.layer.alpha[rows] * (1 - hidden[rows]))[..., None]
            shown[rows] = to_bytes(look[rows] * alpha + shown[rows] * (1 - alpha))


def _mirrored(
    view: Rgb,
    emptied: Rgb,
    composed: Rgb,
    old: Alpha,
    cover: Alpha,
    front: Alpha,
    known: Reflection | None = None,
) -> Reflection:
    """The ground's change of mirror image and shadow, at a size that a blurred thing needs."""
    tall = Box.around(old, 0.5)
    most = _MIRROR_HEIGHT if known is None else 2 * _MIRROR_HEIGHT  # mirrors are sharp
    times = 0 if tall is None else halvings(tall.h, most)
    scene, bare, shown = (halved(image, times) for image in (view, emptied, composed))
    before, after, hidden = (halved(alpha, times) for alpha in (old, cover, front))
    mirror = exchange_reflection(scene, bare, shown, before, after, hidden, known=known)
    shade = exchange_shadow(scene, bare, before, after, hidden)
    return replace(mirror, change=mirror.change + shade, region=mirror.region | shows(shade))


def _add(ground: Rgb, mirror: Reflection, front: Alpha) -> Mask:
    """Add the ground's change to ``ground`` in place; return the pixels that it touched."""
    changed = np.zeros(front.shape, np.bool_)
    tight = Box.around(mirror.region)
    if tight is None:
        return changed
    fy, fx = (full / small for full, small in zip(front.shape, mirror.region.shape, strict=True))
    x0, y0 = round(tight.x * fx), round(tight.y * fy)
    x1, y1 = round((tight.x + tight.w) * fx), round((tight.y + tight.h) * fy)
    change = cv2.resize(mirror.change[tight.slices], (x1 - x0, y1 - y0))
    mask = cv2.resize(mirror.region[tight.slices].astype(np.uint8), (x1 - x0, y1 - y0)) > 0
    part = slice(y0, y1), slice(x0, x1)
    mask &= front[part] < 0.5
    changed[part] = mask
    shown = ground[part]
    for rows in strips(len(shown)):
        light = to_linear(shown[rows]) + change[rows]
        paste(to_bytes(to_srgb(light)), mask[rows], shown[rows])
    return changed


def _measured(put: Put, view: Rgb, shown: Rgb, front: Alpha, window: Box) -> Placed:
    """What is to be told of a product that was put in."""
    layer, old = put.layer, put.old.box
    part = layer.window
    inside = eroded((layer.alpha > 0.98) & (front[part.slices] < 0.02), 2)
    tight = Box.around(layer.alpha, 0.5) or Box(0, 0, part.w, part.h)
    return Placed(
        put.old,
        put.placement,
        layer,
        put.lighting,
        check_one_light(layer.light, shown[part.slices], inside),
        _compared(put, view),
        old.moved(window.x, window.y),
        tight.moved(part.x + window.x, part.y + window.y),
    )


def _compared(put: Put, view: Rgb) -> Likeness:
    """The new silhouette against the old one."""
    cover = np.zeros(put.old.alpha.shape, np.float32)
    cover[put.layer.window.slices] = put.layer.alpha
    return compare(view, put.old, cover)


def _rim(old: Alpha) -> int:
    return max(2, round(_RIM * float(np.sqrt((old > 0.5).sum()))))


def _grown(alpha: Alpha, by: int) -> Mask:
    wide = np.zeros(alpha.shape, np.bool_)
    tight = Box.around(alpha, 0.03)
    if tight is not None:
        part = tight.padded(by, (alpha.shape[1], alpha.shape[0])).slices
        wide[part] = grown(alpha[part] > 0.03, by)
    return wide
