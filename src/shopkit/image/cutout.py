"""Cut the product out of its picture: find it, draw its edge, clean its colour, say how sure."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np

from shopkit.engines import weights
from shopkit.engines.contracts import Finder
from shopkit.errors import InputRefused
from shopkit.image.features import repeated
from shopkit.image.finding import Found, find_by_ground, find_by_net
from shopkit.image.foreground import decontaminate
from shopkit.image.matte import Matte
from shopkit.image.outline import Outline, draw_outline
from shopkit.image.picture import Alpha, Box, Picture, Rgb
from shopkit.image.saliency import DEFAULT_MODEL, finder
from shopkit.image.skin import held_by_skin

Engine = Literal["auto", "local", "rembg"]

AGREE = 0.97
"""From this agreement on a cut-out is ok by itself (0 bad of 77 in the study, section 6)."""

AGREE_BUSY = 0.98
"""The same on ground that is not plain, where the third vote knows less."""

_UNSURE = 0.02  # share of the product that may be hole or product
_FUR = 0.3  # share of the outline without a firm edge
_CUT = 0.05  # of the product's width or height at the frame: it goes on beyond
_AT = 3  # px from the frame: an edge drawn along it is half transparent
_BOX_ROOM = 0.1  # of a given box, left around it


def cut_out(
    picture: Picture,
    *,
    engine: Engine = "auto",
    model: str = DEFAULT_MODEL,
    model_path: Path | None = None,
    box: Box | None = None,
) -> Matte:
    """Return the matte of the product in ``picture`` (of the one in ``box``, where given).

    "local" needs no model; "rembg" takes the named one and no other; "auto" takes the named model
    where it is installed, else works locally. A picture that comes with transparency keeps it.
    Raises EngineMissing where a named engine or model is not there, InputRefused
    ``cutout_nothing`` where no product stands out.
    """
    if picture.alpha is not None:
        return _own_alpha(picture)
    net = _net(engine, model, model_path)
    window = _window(picture, box)
    view = picture.rgb[window.slices]
    found = find_by_net(view, net) if net else find_by_ground(view)
    if found is None:
        raise InputRefused("cutout_nothing", path=picture.path)
    part = view[found.view.slices]
    outline = draw_outline(part, found.likely)
    alpha = np.zeros(picture.rgb.shape[:2], np.float32)
    alpha[window.slices][found.view.slices] = outline.alpha
    reason = _doubt(found, outline, net is not None)
    reason = reason or _more(alpha, None if found.plain or box else picture.rgb)
    if not reason and not found.plain and held_by_skin(part, found.likely > 0.5):
        reason = "cutout_holds_skin"
    return Matte(
        alpha=alpha,
        colour=decontaminate(picture.rgb, alpha, outline.width),
        engine=net.name if net else "local",
        model=net.model if net else "",
        licence=net.licence if net else "",
        agreement=round(found.agreement, 4),
        status="review" if reason else "ok",
        reason=reason,
        warnings=_licence_warnings(net),
        edge_width=outline.width,
        soft=outline.soft,
        source=picture.path.name,
    )


def _own_alpha(picture: Picture) -> Matte:
    assert picture.alpha is not None
    own = picture.alpha.astype(np.float32) / np.float32(255)
    return Matte(
        own, decontaminate(picture.rgb, own), "alpha", "", "", 1.0, source=picture.path.name
    )


def _net(engine: Engine, model: str, model_path: Path | None) -> Finder | None:
    """The net to use; None where the ground has to do."""
    if engine == "local":
        return None
    if engine == "auto" and model_path is None and weights.find_model(model) is None:
        return None
    return finder(model, model_path)


def _licence_warnings(net: Finder | None) -> tuple[str, ...]:
    """Codes for a model that a shop may not use freely, or that sends the picture away."""
    known = weights.KNOWN.get(net.model) if net else None
    if known is None or known.free:
        return ()
    return ("model_uploads", "model_not_free") if known.remote else ("model_not_free",)


def _window(picture: Picture, box: Box | None) -> Box:
    if box is None:
        return Box(0, 0, *picture.size)
    return box.grown(_BOX_ROOM, picture.size)


def _doubt(found: Found, outline: Outline, net: bool) -> str:
    """The reason why a person should look, or nothing."""
    if found.agreement < (AGREE if found.plain else AGREE_BUSY):
        return "cutout_unsure"
    if not net and not found.plain:
        return "cutout_ground_not_plain"
    if found.unsure > _UNSURE:
        return "cutout_hole_unsure"
    return "cutout_soft_edge" if outline.soft > _FUR else ""


def _more(alpha: Alpha, shelf: Rgb | None) -> str:
    """The same for what is not exactly one whole product.

    ``shelf``: the picture, where goods may stand in a row: not on plain ground, where somebody
    arranged them as a set, nor where a person pointed at one.
    """
    if _touches(alpha):
        return "cutout_touches_frame"
    return "cutout_several" if shelf is not None and repeated(shelf, alpha) else ""


def _touches(alpha: Alpha) -> bool:
    """Whether the product runs out of the picture on a noticeable length of its own."""
    box = Box.around(alpha, 0.5)
    if box is None:
        return False
    inside = alpha > 0.5
    above, below = inside[:_AT].any(axis=0), inside[-_AT:].any(axis=0)
    left, right = inside[:, :_AT].any(axis=1), inside[:, -_AT:].any(axis=1)
    wide, high = max(above.sum(), below.sum()), max(left.sum(), right.sum())
    return bool(wide > _CUT * box.w or high > _CUT * box.h)
