"""A swap that a model behind an endpoint paints: asked for the region only, checked, marked.

The local swap is worked out first: it says where the product belongs, how its photo looks there
and which pixels may change at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import cv2
import numpy as np

from shopkit.engines.edit_openai import OpenaiEditor
from shopkit.errors import InputRefused
from shopkit.image.edit_check import EditCheck, check_edit
from shopkit.image.matte import Matte
from shopkit.image.morph import grown
from shopkit.image.picture import Box, Mask, Picture, Rgb, to_bytes, to_srgb
from shopkit.image.provenance import Marks, draw_label, made_by
from shopkit.image.spot import Spot
from shopkit.image.swap import Swapped

_ROOM = 0.05  # of the region's size: what a model may paint around the swap, for its shadow
_VIEW = 0.5  # of the region's size: what it is shown around that


@dataclass(frozen=True, slots=True)
class Edited:
    """The model's picture, restored outside its region, and what was found of it."""

    swapped: Swapped
    check: EditCheck
    model: str
    licence: str


def repaint(
    editor: OpenaiEditor, scene: Picture, spots: Sequence[Spot], swapped: Swapped
) -> Edited:
    """Let the endpoint paint what ``swapped`` worked out, and take from it what may be taken.

    Raises what ``OpenaiEditor.edit`` raises, and InputRefused ``edit_too_small`` for a product of
    which too little shows to tell its colour.
    """
    view, region = asked(swapped)
    crop = np.ascontiguousarray(scene.rgb[view.slices])
    answer = editor.edit(crop, region[view.slices], [_on_white(spot.product) for spot in spots])
    expected, inside = _expected(swapped, scene.size)
    if not inside.any():
        raise InputRefused("edit_too_small")
    check = check_edit(
        crop, answer, region[view.slices], expected[view.slices], inside[view.slices]
    )
    rgb = scene.rgb.copy()
    rgb[view.slices] = check.rgb
    whole = replace(swapped, rgb=rgb, region=region)
    return Edited(whole, check, editor.model, editor.licence)


def producer(editor: OpenaiEditor) -> str:
    """Who made the pixels of an edit, as its marks name it."""
    where = urlsplit(editor.base_url).hostname or "api.openai.com"
    return f"{where}/{editor.model}"


def labelled(swapped: Swapped, producer: str) -> tuple[Swapped, Marks]:
    """A swap that holds a model's pixels, with the visible label, which the region then declares,
    and the marks that go into the file.
    """
    rgb = draw_label(swapped.rgb)
    region = swapped.region | (rgb != swapped.rgb).any(axis=2)
    number = hashlib.sha256(rgb.tobytes()).hexdigest()
    return replace(swapped, rgb=rgb, region=region), made_by(producer, number)


def asked(swapped: Swapped) -> tuple[Box, Mask]:
    """What of the scene the model is shown, and where (scene size) it may paint: the swap's region
    with the room that a model needs for a shadow and a soft edge.
    """
    by = max(4, round(_ROOM * float(np.sqrt(swapped.region.sum()))))
    region = grown(swapped.region, by)
    tight = Box.around(region)
    if tight is None:
        raise ValueError("a swap changes something")
    return tight.grown(_VIEW, (region.shape[1], region.shape[0])), region


def _on_white(product: Matte) -> Rgb:
    """The product as it is shown to the model: turned as asked, on white, nothing beside it."""
    alpha = product.alpha[..., None]
    return to_bytes(product.colour * alpha + 255 * (1 - alpha))


def _expected(swapped: Swapped, size: tuple[int, int]) -> tuple[Rgb, Mask]:
    """The products' photos as they lie in the scene, and where they surely show."""
    photo = np.zeros((size[1], size[0], 3), np.uint8)
    inside = np.zeros((size[1], size[0]), np.bool_)
    for placed in swapped.placed:
        part = placed.layer.window.slices
        firm = (placed.layer.alpha > 0.98) & (placed.old.front[part] < 0.02)
        sure = cv2.erode(firm.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        photo[swapped.window.slices][part][sure] = to_bytes(to_srgb(placed.layer.light))[sure]
        inside[swapped.window.slices][part] |= sure
    return photo, inside
