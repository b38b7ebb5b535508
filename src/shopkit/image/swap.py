"""Swap a product into a photo: find the old one, take it out, stand the new one in its light.

The new product's pixels are its photo's: moved, resampled and put under one light, never
repainted. Outside the declared region every pixel is the scene's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from shopkit.image import focus
from shopkit.image.erase import Filled, erase, uncovered
from shopkit.image.footing import measure_footing
from shopkit.image.geometry import warp
from shopkit.image.light import (
    EXACT,
    Lighting,
    Looks,
    capped,
    light_from_old,
    light_from_scene,
    lit,
)
from shopkit.image.locate import Place
from shopkit.image.matte import Matte
from shopkit.image.oldmask import OldProduct, mask_old
from shopkit.image.onelight import OneLight, check_one_light
from shopkit.image.picture import Alpha, Box, Mask, Picture, Rgb, to_bytes, to_linear, to_srgb
from shopkit.image.place import Fit, Layer, Placement, lay, stand
from shopkit.image.reflection import Reflection, exchange_reflection
from shopkit.image.register import Registration, register

Color = Literal["exact", "adapt"]
_ROOM = 1.0  # of the box, on each side: what the swap may look at around the old product
_RIM = 0.012  # of the old product's size: how far its soft edge reaches past its mask
_WEAKER = 0.8  # a light that would change more than light is weakened by this, again and again


@dataclass(frozen=True, slots=True)
class Spot:
    """One product to put in: its matte, where the old one stands, and the old one's own photo.

    ``mask`` (scene size, 0..1): the old product's visible pixels where a person gave them.
    """

    product: Matte
    place: Place
    old: Matte | None = None
    mask: Alpha | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """How to swap: the options of ``shopkit image swap`` of the same names."""

    color: Color = "adapt"
    fit: Fit = "contain"
    max_delta_e: float | None = None
    remove: str | Path = "local"


@dataclass(frozen=True, slots=True)
class Placed:
    """One product put in; boxes in scene pixels, arrays in those of the swap's window.

    ``uncovered``: share of the old product that the new one leaves bare; ``texture`` (grey
    levels) of the ground there. ``one_light``: the check that nothing but light changed.
    """

    old: OldProduct
    placement: Placement
    layer: Layer
    lighting: Lighting
    one_light: OneLight
    uncovered: float
    texture: float
    old_box: Box
    new_box: Box


@dataclass(frozen=True, slots=True)
class Swapped:
    """The picture, the region (scene size) in which it may differ, and how it came about."""

    rgb: Rgb
    region: Mask
    window: Box
    placed: tuple[Placed, ...]
    filled: Filled
    mirror: Reflection


@dataclass(frozen=True, slots=True)
class _Put:
    """A spot worked out in the window: what goes, what comes, in which light."""

    old: OldProduct
    placement: Placement
    layer: Layer
    lighting: Lighting


def swap(scene: Picture, spots: Sequence[Spot], options: Options | None = None) -> Swapped:
    """Put each spot's product into the scene. Raises ValueError for no spot or an empty matte."""
    options = options or Options()
    window = _window([spot.place.box for spot in spots], scene.size)
    view = replace(scene, rgb=np.ascontiguousarray(scene.rgb[window.slices]), alpha=None)
    puts = [_put(view, _in_window(spot, window), options) for spot in spots]
    old = np.maximum.reduce([put.old.alpha for put in puts])
    free = 1 - np.maximum.reduce([put.old.front for put in puts])
    cover = np.maximum.reduce([put.layer.alpha for put in puts]) * free
    gone = (_grown(old, _rim(old)) & (free > 0.5)) | (old > 0.02)
    bare = gone & (cover < 0.98)
    filled = erase(view.rgb, gone, engine=options.remove)
    composed = to_bytes(_over_all(filled.rgb.astype(np.float32), view.rgb, puts, free))
    mirror = exchange_reflection(view.rgb, filled.rgb, composed, old, cover, 1 - free)
    ground = np.where(bare[..., None], filled.rgb, view.rgb)
    ground = to_srgb(to_linear(ground) + mirror.change)
    shown = _over_all(ground, view.rgb, puts, free)
    region = bare | (cover > 0) | (mirror.region & (free > 0.5))
    rgb = scene.rgb.copy()
    rgb[window.slices][region] = to_bytes(shown)[region]
    whole = np.zeros(rgb.shape[:2], np.bool_)
    whole[window.slices] = region
    placed = tuple(_measured(put, view.rgb, rgb[window.slices], free, window) for put in puts)
    return Swapped(rgb, whole, window, placed, filled, mirror)


def _window(boxes: Sequence[Box], size: tuple[int, int]) -> Box:
    """The part of the scene that the swap looks at: the boxes with room around them."""
    wide = [box.grown(_ROOM, size) for box in boxes]
    x0, y0 = min(b.x for b in wide), min(b.y for b in wide)
    x1, y1 = max(b.x + b.w for b in wide), max(b.y + b.h for b in wide)
    return Box(x0, y0, x1 - x0, y1 - y0)


def _in_window(spot: Spot, window: Box) -> Spot:
    """The spot with its place and mask in the window's pixels."""
    place = spot.place
    box = place.box._replace(x=place.box.x - window.x, y=place.box.y - window.y)
    matrix = place.matrix
    if matrix is not None:
        matrix = np.array([[1, 0, -window.x], [0, 1, -window.y], [0, 0, 1.0]]) @ matrix
    mask = None if spot.mask is None else spot.mask[window.slices]
    return replace(spot, place=replace(place, box=box, matrix=matrix), mask=mask)


def _put(view: Picture, spot: Spot, options: Options) -> _Put:
    """Find what goes, stand the product there, and light it."""
    place = spot.place
    old = mask_old(view, place.box, old=spot.old, matrix=place.matrix, mask=spot.mask)
    map_ = None
    if spot.old is not None:
        map_ = register(view, old.box, old.alpha, spot.old, place.matrix)
    outline = _outline(old, spot.old, map_)
    box = _fitted(place, old)
    turn = 0.0 if map_ is None else _turn(map_)
    placement = stand(spot.product.alpha, outline, box, fit=options.fit, turn=turn)
    layer = lay(spot.product, placement, Box(0, 0, *view.size))
    layer = _in_focus(layer, view.rgb, old.alpha)
    lighting = EXACT
    if options.color == "adapt":
        lighting = _lighting(view, old, spot.old, map_, layer)
        if options.max_delta_e is not None:
            lighting = capped(layer.light, layer.alpha, lighting, options.max_delta_e)
        lighting = _only_light(layer, lighting)
    return _Put(old, placement, layer, lighting)


def _outline(old: OldProduct, photo: Matte | None, map_: Registration | None) -> Alpha:
    """The old silhouette whose base is to be trusted: its photo's where the scene hides it."""
    seen = np.maximum(old.alpha, old.front)
    if photo is None or map_ is None or measure_footing(seen).round:
        return seen
    whole = np.asarray(warp(photo.alpha, map_.matrix, (seen.shape[1], seen.shape[0])), np.float32)
    if Box.around(whole, 0.5) is None or not measure_footing(whole).round:
        return seen
    return whole


def _fitted(place: Place, old: OldProduct) -> Box:
    """The box to fill: the given one where the mask bears it out, else the mask's own."""
    near = 0.03 * max(place.box.w, place.box.h)
    seen = old.amodal
    ends = [
        given if abs(given - found) <= near else found
        for given, found in zip(_ends(place.box), _ends(seen), strict=True)
    ]
    return Box(ends[0], ends[1], max(1, ends[2] - ends[0]), max(1, ends[3] - ends[1]))


def _ends(box: Box) -> tuple[int, int, int, int]:
    return box.x, box.y, box.x + box.w, box.y + box.h


def _turn(map_: Registration) -> float:
    """The old product's turn in the picture's plane, degrees clockwise."""
    return float(np.degrees(np.arctan2(map_.matrix[1, 0], map_.matrix[0, 0])))


def _in_focus(layer: Layer, scene: Rgb, old: Alpha) -> Layer:
    """The layer as soft as the old product was in the scene."""
    inside = _shrunk(layer.alpha > 0.9, 3)
    own = focus.blur_of(to_bytes(to_srgb(layer.light) * layer.alpha[..., None]), inside)
    sigma = focus.softening(focus.blur_of(scene, _shrunk(old > 0.9, 3)), own)
    if sigma < 0.2:
        return layer
    alpha = np.asarray(cv2.GaussianBlur(layer.alpha, (0, 0), sigma), np.float32)
    light = cv2.GaussianBlur(layer.light * layer.alpha[..., None], (0, 0), sigma)
    return replace(
        layer, alpha=alpha, light=(light / np.maximum(alpha, 1e-3)[..., None]).astype(np.float32)
    )


def _lighting(
    view: Picture, old: OldProduct, photo: Matte | None, map_: Registration | None, layer: Layer
) -> Lighting:
    """The light as the old product tells it, else as the scene does."""
    if photo is None or map_ is None:
        return light_from_scene(view.rgb, old.box, old.alpha)
    x, y = np.ascontiguousarray(map_.map_xy[..., 0]), np.ascontiguousarray(map_.map_xy[..., 1])
    there = cv2.remap(photo.alpha, x, y, cv2.INTER_LINEAR)
    seen = np.asarray(cv2.erode(there * old.alpha, np.ones((5, 5), np.uint8)), np.float32)
    studio = np.asarray(cv2.remap(to_linear(photo.colour), x, y, cv2.INTER_LINEAR), np.float32)
    looks = Looks(to_linear(view.rgb), studio, seen, np.maximum(old.alpha, old.front))
    return light_from_old(looks, layer.alpha)


def _only_light(layer: Layer, lighting: Lighting) -> Lighting:
    """The lighting, weakened until the product differs from its photo by light alone."""
    inside = _shrunk(layer.alpha > 0.98, 2)
    for _ in range(8):
        shown = to_bytes(to_srgb(lit(layer.light, lighting)))
        if check_one_light(layer.light, shown, inside).kept:
            return lighting
        lighting = replace(lighting, field=lighting.field**_WEAKER, kept=lighting.kept * _WEAKER)
    return EXACT


def _over_all(ground: Alpha, scene: Rgb, puts: Sequence[_Put], free: Alpha) -> Alpha:
    """All lit products laid over the ground (sRGB levels)."""
    for put in puts:
        ground = _over(ground, scene, put, free)
    return ground


def _over(ground: Alpha, scene: Rgb, put: _Put, free: Alpha) -> Alpha:
    """The lit product laid over the ground (sRGB levels), with the scene's grain."""
    layer = put.layer
    shown = to_srgb(lit(layer.light, put.lighting))
    own = focus.grain_of(to_bytes(shown), layer.alpha < 0.98)
    shown = focus.grained(shown, focus.grain_of(scene, put.old.alpha > 0.02), own)
    alpha = (layer.alpha * free)[..., None]
    laid: Alpha = shown * alpha + ground * (1 - alpha)
    return laid


def _measured(put: _Put, scene: Rgb, shown: Rgb, free: Alpha, window: Box) -> Placed:
    """What is to be told of a product that was put in."""
    layer = put.layer
    inside = _shrunk((layer.alpha > 0.98) & (free > 0.98), 2)
    share, texture = uncovered(put.old.alpha > 0.5, layer.alpha, scene)
    new_box = Box.around(layer.alpha, 0.5) or put.old.box
    return Placed(
        put.old,
        put.placement,
        layer,
        put.lighting,
        check_one_light(layer.light, shown, inside),
        share,
        texture,
        put.old.box._replace(x=put.old.box.x + window.x, y=put.old.box.y + window.y),
        new_box._replace(x=new_box.x + window.x, y=new_box.y + window.y),
    )


def _rim(old: Alpha) -> int:
    return max(2, round(_RIM * float(np.sqrt((old > 0.5).sum()))))


def _grown(alpha: Alpha, by: int) -> Mask:
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * by + 1, 2 * by + 1))
    return cv2.dilate((alpha > 0.03).astype(np.uint8), disk) > 0


def _shrunk(mask: Mask, by: int) -> Mask:
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * by + 1, 2 * by + 1))
    return cv2.erode(mask.astype(np.uint8), disk) > 0
