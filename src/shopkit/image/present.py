"""Set a cut-out before a background: crop, margin, size, white or any colour, contact shadow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.matte import Matte
from shopkit.image.picture import Alpha, Box, Rgb, to_bytes, to_linear, to_srgb

Floats = NDArray[np.float32]
Shadow = Literal["none", "contact"]

_SEEN = 0.02  # coverage from which a pixel belongs to the product's box


@dataclass(frozen=True, slots=True)
class Look:
    """How a cut-out is to be shown.

    ``background``: sRGB, or None for transparent. ``margin``: share of the output's side left free
    on each side, 0..0.45; giving it crops. ``size``: (width, height) of the output; None keeps the
    picture's own pixels.
    """

    background: tuple[int, int, int] | None = None
    shadow: Shadow = "none"
    crop: bool = False
    margin: float | None = None
    size: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """The finished picture; ``scale``: its pixels per pixel of the photo."""

    rgb: Rgb
    alpha: NDArray[np.uint8] | None
    scale: float


def present(matte: Matte, look: Look) -> Shown:
    """Show a matte as ``look`` says. A matte without any product is shown uncropped."""
    light, alpha, scale = _laid_out(matte, look)
    cover = _shadow(alpha) if look.shadow == "contact" else np.zeros_like(alpha)
    if look.background is None:
        return _transparent(light, alpha, cover, scale)
    behind = to_linear(np.array(look.background, np.uint8)) * (1 - cover)[..., None]
    mixed = light + behind * (1 - alpha)[..., None]
    return Shown(to_bytes(to_srgb(mixed)), None, scale)


def _transparent(light: Floats, alpha: Alpha, cover: Alpha, scale: float) -> Shown:
    """Product over a black shadow, with straight (not multiplied) colour."""
    total = alpha + cover * (1 - alpha)
    colour = light / np.maximum(total, 1e-6)[..., None]
    return Shown(to_bytes(to_srgb(colour)), to_bytes(total * 255), scale)


def _laid_out(matte: Matte, look: Look) -> tuple[Floats, Alpha, float]:
    """Linear light times coverage, and coverage, on the output's canvas."""
    height, width = matte.alpha.shape
    box = Box.around(matte.alpha, _SEEN)
    cropped = look.crop or look.margin is not None or look.size is not None
    if box is None or not cropped:
        box = Box(0, 0, width, height)
    alpha = matte.alpha[box.slices]
    light = to_linear(matte.colour[box.slices]) * alpha[..., None]
    size, scale = _canvas(box, look)
    inner = (max(1, round(box.w * scale)), max(1, round(box.h * scale)))
    if inner != (box.w, box.h):
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        alpha = cv2.resize(alpha, inner, interpolation=method).astype(np.float32)
        light = cv2.resize(light, inner, interpolation=method).astype(np.float32)
    return _centred(light, size), _centred(alpha[..., None], size)[..., 0], scale


def _canvas(box: Box, look: Look) -> tuple[tuple[int, int], float]:
    """(width, height) of the output and the scale of the product on it."""
    free = 1 - 2 * (look.margin or 0)
    if look.size is None:
        pad = round(max(box.w, box.h) * (1 / free - 1) / 2)
        return (box.w + 2 * pad, box.h + 2 * pad), 1.0
    width, height = look.size
    return look.size, min(width * free / box.w, height * free / box.h)


def _centred(field: Floats, size: tuple[int, int]) -> Floats:
    height, width = field.shape[:2]
    canvas = np.zeros((size[1], size[0], field.shape[2]), np.float32)
    y, x = (size[1] - height) // 2, (size[0] - width) // 2
    canvas[y : y + height, x : x + width] = field
    return canvas


def _shadow(alpha: Alpha) -> Alpha:
    """A soft shadow where the product meets the ground: 0..1 of the light that is taken away.

    The ground is met where the silhouette's lower edge is near its lowest point; a narrow dark
    core and a wide faint one stand for the light that comes from all sides.
    """
    box = Box.around(alpha, 0.5)
    cover = np.zeros_like(alpha)
    if box is None:
        return cover
    inside = alpha[box.slices] > 0.5
    low = box.h - 1 - inside[::-1].argmax(axis=0)
    meets = inside.any(axis=0) & (low > box.h - 1 - 0.06 * box.h)
    columns = np.flatnonzero(meets)
    thick = max(1, round(0.012 * box.w))
    for column in columns:
        y = box.y + int(low[column])
        cover[max(0, y - thick) : y + 1, box.x + column] = 1
    core = _spread(cover, 0.02 * box.w, 0.010 * box.w)
    wide = _spread(cover, 0.07 * box.w, 0.022 * box.w)
    return np.clip(0.55 * core + 0.25 * wide, 0, 1)


def _spread(cover: Alpha, across: float, down: float) -> Alpha:
    """Blur and bring the darkest place back to 1."""
    soft = cv2.GaussianBlur(cover, (0, 0), max(across, 0.5), sigmaY=max(down, 0.5))
    return (soft / max(float(soft.max()), 1e-6)).astype(np.float32)
