"""One product worked out: which pixels go, where the new one stands, and in which light."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np

from shopkit.image import focus
from shopkit.image.geometry import Matrix, scaled, scaling, shrunk, warp
from shopkit.image.given_box import fitted
from shopkit.image.hanging import before_wall, hangs, has_loop
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
from shopkit.image.morph import eroded
from shopkit.image.oldmask import OldProduct, mask_old
from shopkit.image.onelight import check_one_light
from shopkit.image.picture import Alpha, Box, Picture, Rgb, to_bytes, to_linear, to_srgb
from shopkit.image.place import Fit, Layer, Placement, lay, stand
from shopkit.image.register import Registration, register

Color = Literal["exact", "adapt"]
_ROUND_IT = 0.25  # of the old product's box: what is looked at to map it to its own photo
_BASE = 0.15  # of the old product's height: where it touches the ground
_HIDDEN = 0.03  # of its base: more than this behind something else, and its outline is not its own
_LIGHT_SIDE = 480  # px: light is slow, so the two looks are compared at this size
_WEAKER = 0.8  # a light that would change more than light is weakened by this, again and again


@dataclass(frozen=True, slots=True)
class Spot:
    """One product to put in: its matte, where the old one stands, and the old one's own photo.

    ``mask`` (scene size, 0..1): the old product's visible pixels where a person gave them.
    ``seen``: what was seen of it before, as half of a pair.
    """

    product: Matte
    place: Place
    old: Matte | None = None
    mask: Alpha | None = None
    seen: OldProduct | None = None


@dataclass(frozen=True, slots=True)
class Put:
    """A spot worked out, in the pixels of the view: what goes, what comes, in which light."""

    old: OldProduct
    placement: Placement
    layer: Layer
    lighting: Lighting


@dataclass(frozen=True, slots=True)
class _Mapped:
    """The old product's close surroundings, made small, mapped to its photo (``map_``).

    ``around`` is the part of the view that they show, ``whole`` the matrix from the photo to it.
    """

    rgb: Rgb
    old: Alpha
    outline: Alpha
    map_: Registration
    around: Box
    whole: Matrix


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a spot's product comes to stand, and what that was read from."""

    old: OldProduct
    mapped: _Mapped | None
    placement: Placement


def find_stand(view: Picture, spot: Spot, fit: Fit) -> Stand:
    """Find what goes, and where the product stands for it."""
    place = spot.place
    old = mask_old(view, place.box, old=spot.old, matrix=place.matrix, mask=spot.mask)
    if spot.seen is not None and spot.seen.agreement >= old.agreement:
        old = spot.seen  # two shoes together show better what they are than one of them
    mapped = None if spot.old is None else _mapped(view, old, spot.old, place.matrix)
    outline, base_seen = _outline(old, spot.old, mapped)
    placement = stand(
        spot.product.alpha,
        outline,
        _fitted(place, old),
        fit=fit,
        turn=0.0 if mapped is None else _turn(mapped.whole),
        base_seen=base_seen,
        hangs=_hangs(view, old, spot.product),
    )
    return Stand(old, mapped, placement)


def _hangs(view: Picture, old: OldProduct, product: Matte) -> bool:
    """Whether the product keeps the old one's top: both hang, or can and are held or on a wall."""
    if hangs(view.rgb, old.alpha):
        return True
    return has_loop(product.alpha) and (old.held or before_wall(view.rgb, old.alpha))


def put_in(
    view: Picture, spot: Spot, place: Stand, *, color: Color, max_delta_e: float | None
) -> Put:
    """Resample the product to its stand, and light it."""
    old, placement = place.old, place.placement
    layer = lay(spot.product, placement, _landing(spot.product.alpha, placement, view.size))
    layer = _in_focus(layer, view.rgb, old)
    lighting = EXACT
    if color == "adapt":
        lighting = _lighting(view, old, spot.old, place.mapped, layer)
        if max_delta_e is not None:
            lighting = capped(layer.light, layer.alpha, lighting, max_delta_e)
        lighting = _only_light(layer, lighting)
    return Put(old, placement, layer, lighting)


def _mapped(view: Picture, old: OldProduct, photo: Matte, matrix: Matrix | None) -> _Mapped:
    """Map the old product to its photo, at a size that is enough for its light."""
    around = old.box.grown(_ROUND_IT, view.size)
    factor = min(1.0, _LIGHT_SIDE / max(around.w, around.h))
    to_small = scaling(factor, around.x, around.y)
    rgb, seen = shrunk(view.rgb[around.slices], factor), shrunk(old.alpha[around.slices], factor)
    front = shrunk(old.front[around.slices], factor)
    size = (rgb.shape[1], rgb.shape[0])
    box = old.box.moved(-around.x, -around.y)
    known = None if matrix is None else to_small @ matrix
    map_ = register(Picture(rgb), scaled(box, factor, size), seen, photo, known)
    whole = np.linalg.inv(to_small) @ map_.matrix
    return _Mapped(rgb, seen, np.maximum(seen, front), map_, around, whole)


def _outline(old: OldProduct, photo: Matte | None, mapped: _Mapped | None) -> tuple[Alpha, bool]:
    """The whole old silhouette, its photo's where something stands in front of its base; and
    whether the base is seen.
    """
    if photo is None or mapped is None or not (old.front > 0.5).any():
        return np.maximum(old.alpha, old.front), True
    size = (old.alpha.shape[1], old.alpha.shape[0])
    whole = np.asarray(warp(photo.alpha, mapped.whole, size), np.float32)
    seen = np.minimum(old.front, whole)
    np.maximum(old.alpha, seen, out=seen)
    tight = Box.around(whole, 0.5)
    if tight is None:
        return seen, True
    base = slice(tight.y + round((1 - _BASE) * tight.h), tight.y + tight.h)
    hidden = np.minimum(old.front, whole)[base].sum()
    base_seen = bool(hidden <= _HIDDEN * whole[base].sum())
    return (seen if base_seen else whole), base_seen


def _fitted(place: Place, old: OldProduct) -> Box:
    """The box to fill: a box given to the pixel where the mask bears it out, else the mask's."""
    return fitted(place.box, old.amodal) if place.how == "box" else old.amodal


def _ends(box: Box) -> tuple[int, int, int, int]:
    return box.x, box.y, box.x + box.w, box.y + box.h


def _turn(matrix: Matrix) -> float:
    """The old product's turn in the picture's plane, degrees clockwise."""
    return float(np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0])))


def _landing(alpha: Alpha, placement: Placement, size: tuple[int, int]) -> Box:
    """The part of the view that the product will touch."""
    tight = Box.around(alpha) or Box(0, 0, alpha.shape[1], alpha.shape[0])
    x0, y0, x1, y1 = _ends(tight)
    corners = np.array([[x0, y0, 1], [x1, y0, 1], [x0, y1, 1], [x1, y1, 1]], np.float64)
    there = (corners @ placement.matrix.T)[:, :2]
    room = 4 + round(0.02 * float(np.ptp(there, axis=0).max()))
    left, top = np.floor(there.min(axis=0)).astype(int) - room
    right, bottom = np.ceil(there.max(axis=0)).astype(int) + room
    left, top = min(max(0, left), size[0] - 1), min(max(0, top), size[1] - 1)
    width, height = min(right, size[0]) - left, min(bottom, size[1]) - top
    return Box(int(left), int(top), max(1, int(width)), max(1, int(height)))


def _in_focus(layer: Layer, view: Rgb, old: OldProduct) -> Layer:
    """The layer as soft as the old product was in the scene."""
    part = old.box.slices
    inside = eroded(layer.alpha > 0.9, 3)
    there = cv2.cvtColor(np.ascontiguousarray(view[part]), cv2.COLOR_RGB2GRAY).astype(np.float32)
    wanted = focus.blur_of(there, eroded(old.alpha[part] > 0.9, 3))
    grey = to_srgb(cv2.cvtColor(layer.light, cv2.COLOR_RGB2GRAY)) * layer.alpha
    own = focus.blur_of(grey, inside)
    sigma = focus.softening(wanted, own)
    if sigma < 0.2:
        return layer
    alpha = np.asarray(cv2.GaussianBlur(layer.alpha, (0, 0), sigma), np.float32)
    seen = layer.light * layer.alpha[..., None]
    light = np.asarray(cv2.GaussianBlur(seen, (0, 0), sigma), np.float32)
    light /= np.maximum(alpha, 1e-3)[..., None]
    return replace(layer, alpha=alpha, light=light)


def _lighting(
    view: Picture, old: OldProduct, photo: Matte | None, mapped: _Mapped | None, layer: Layer
) -> Lighting:
    """The light as the old product tells it, else as the scene does."""
    if photo is None or mapped is None:
        return light_from_scene(view.rgb, old.box, old.alpha)
    map_xy = mapped.map_.map_xy
    x, y = np.ascontiguousarray(map_xy[..., 0]), np.ascontiguousarray(map_xy[..., 1])
    there = cv2.remap(photo.alpha, x, y, cv2.INTER_LINEAR)
    seen = np.asarray(cv2.erode(there * mapped.old, np.ones((5, 5), np.uint8)), np.float32)
    studio = to_linear(np.asarray(cv2.remap(photo.colour, x, y, cv2.INTER_LINEAR), np.uint8))
    looks = Looks(to_linear(mapped.rgb), studio, seen, mapped.outline)
    return light_from_old(looks, layer.alpha)


def _only_light(layer: Layer, lighting: Lighting) -> Lighting:
    """The lighting, weakened until the product differs from its photo by light alone."""
    factor = _LIGHT_SIDE / max(layer.alpha.shape)
    inside = eroded(shrunk(layer.alpha, factor) > 0.98, 1)
    photo = shrunk(layer.light, factor)
    for _ in range(8):
        even = lighting.field.ndim == 1
        small = lighting if even else replace(lighting, field=shrunk(lighting.field, factor))
        if check_one_light(photo, to_bytes(to_srgb(lit(photo, small))), inside).kept:
            return lighting
        lighting = replace(lighting, field=lighting.field**_WEAKER, kept=lighting.kept * _WEAKER)
    return EXACT
