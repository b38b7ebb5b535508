"""Small JPEG copies of many pictures, each made once, all within one budget of bytes."""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

from shopkit.errors import InputRefused
from shopkit.image.modes import to_srgb_modes
from shopkit.image.picture import Rgb
from shopkit.image.read import FORMATS, MAX_PIXELS, read_picture

_LADDER = ((1000, 82), (860, 80), (720, 78), (600, 75), (480, 72), (360, 68), (240, 60), (160, 60))
_DIRECT = ("RGB", "L", "CMYK")  # modes that Pillow reduces in place without a loss of colour
_CHECKS = (255, 236)  # the two greys behind transparency
_CHECK = 12


class View(NamedTuple):
    """A picture, or a part of it: left, top, right, bottom as shares of its sides."""

    path: Path
    part: tuple[float, float, float, float] = (0, 0, 1, 1)


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small copy: ``base64`` of a JPEG, ``size`` in px."""

    base64: str
    size: tuple[int, int]


def thumbnails(
    views: Iterable[View], budget: int, side: int = _LADDER[0][0]
) -> dict[View, Thumbnail]:
    """Make a copy of each view, together about ``budget`` characters of base64 at most.

    ``side``: the longest that a copy may be, px. A picture that cannot be read is left out.
    Transparency is shown over a checkerboard.
    """
    unique = list(dict.fromkeys(views))
    most = budget * 3 // 4 // max(1, len(unique))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        made = pool.map(partial(_thumbnail, most=most, side=side), unique)
        return {view: one for view, one in zip(unique, made, strict=True) if one is not None}


def _thumbnail(view: View, most: int, side: int) -> Thumbnail | None:
    """The largest copy on the ladder that ``most`` bytes hold, else the smallest one."""
    try:
        picture = _reduced(view, side)
    except InputRefused:
        return None
    data = b""
    for longest, quality in _LADDER:
        if longest > side:
            continue
        picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
        made = io.BytesIO()
        picture.save(made, "JPEG", quality=quality)
        data = made.getvalue()
        if len(data) <= most:
            break
    return Thumbnail(base64.b64encode(data).decode("ascii"), picture.size)


def _reduced(view: View, side: int) -> Image.Image:
    """The view upright in sRGB, its longer side at most ``side``, decoded as small as goes."""
    left, top, right, bottom = view.part
    share = max(right - left, bottom - top)
    direct = None
    with (
        suppress(OSError, SyntaxError, ValueError),
        Image.open(view.path, formats=FORMATS) as opened,
    ):
        if opened.mode in _DIRECT and opened.width * opened.height <= MAX_PIXELS:
            enough = round(side * 2 / share)
            opened.draft(None, (enough, enough))  # JPEG only: a half, a quarter, an eighth
            profile = opened.info.get("icc_profile")
            small = _cut(ImageOps.exif_transpose(opened), view, side)
            direct = Image.fromarray(to_srgb_modes(small, profile)[0])
    if direct is not None:
        return direct
    picture = read_picture(view.path)
    alpha = picture.alpha
    whole = picture.rgb if alpha is None else _on_checks(picture.rgb, alpha)
    return _cut(Image.fromarray(whole), view, side)


def _cut(image: Image.Image, view: View, side: int) -> Image.Image:
    left, top, right, bottom = view.part
    width, height = image.size
    box = round(left * width), round(top * height), round(right * width), round(bottom * height)
    part = image.crop(box)
    part.thumbnail((side, side), Image.Resampling.LANCZOS)
    return part


def _on_checks(rgb: Rgb, alpha: Rgb) -> Rgb:
    """The picture over a checkerboard whose squares are seen at any size."""
    height, width = alpha.shape
    square = max(_CHECK, max(height, width) // 48)
    odd = (np.arange(height)[:, None] // square + np.arange(width) // square) % 2
    ground = np.where(odd, *_CHECKS)[..., None]
    share = alpha[..., None].astype(np.float32) / 255
    return np.rint(rgb * share + ground * (1 - share)).astype(np.uint8)
