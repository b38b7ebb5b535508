"""Write words on a picture, with a font that has Chinese where the machine has one."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from shopkit.image.picture import Rgb

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

# Fonts with Chinese as systems ship them: Debian, Fedora, Arch, macOS, Windows.
_SYSTEM_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-sans-cjk-vf-fonts/NotoSansCJK-VF.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/Hiragino Sans GB.ttc",
    "/System/Library/Fonts/STHeiti Medium.ttc",
    "C:/Windows/Fonts/msyh.ttc",
    "C:/Windows/Fonts/Deng.ttf",
    "C:/Windows/Fonts/simhei.ttf",
)


class Colours(NamedTuple):
    """Ink and the plate under it, each red, green, blue, opacity 0..255."""

    ink: tuple[int, int, int, int] = (255, 255, 255, 255)
    plate: tuple[int, int, int, int] = (20, 22, 26, 170)


@cache
def chinese_font() -> Path | None:
    """A font file with Chinese characters: that of noto-cjk-sans-otc, else the system's."""
    found = importlib.util.find_spec("noto_cjk_sans_otc")
    folders = found.submodule_search_locations if found else None
    ours = [font for folder in folders or () for font in sorted(Path(folder).glob("*.ttc"))]
    return next((path for path in [*ours, *map(Path, _SYSTEM_FONTS)] if path.is_file()), None)


def can_show(words: str) -> bool:
    """Whether this machine has the letters for ``words``."""
    return words.isascii() or chinese_font() is not None


def write_words(rgb: Rgb, words: str, at: tuple[int, int], height: int) -> Rgb:
    """Return a copy with ``words`` on a dark plate, letters ``height`` px high.

    ``at`` is the plate's corner: left and top, or, where negative, right and bottom counted from
    the far edge (-1 touches it). Letters that the machine lacks show as boxes: see can_show.
    """
    font = _font(words, height)
    left, top, right, bottom = font.getbbox(words)
    pad = max(2, height // 3)
    width, depth = round(right - left) + 2 * pad, round(bottom - top) + 2 * pad
    x, y = _corner(at[0], width, rgb.shape[1]), _corner(at[1], depth, rgb.shape[0])
    picture = Image.fromarray(rgb)
    draw = ImageDraw.Draw(picture, "RGBA")
    colours = Colours()
    draw.rectangle((x, y, x + width - 1, y + depth - 1), fill=colours.plate)
    draw.text((x + pad - left, y + pad - top), words, font=font, fill=colours.ink)
    return np.asarray(picture)


def _corner(said: int, length: int, room: int) -> int:
    return said if said >= 0 else max(0, room - length + said + 1)


@cache
def _font(words: str, height: int) -> Font:
    """The font at the size that makes the letters of ``words`` at least ``height`` px high."""
    size = height
    while True:
        font = _sized(size, not words.isascii())
        _, top, _, bottom = font.getbbox(words)
        if bottom - top >= height:
            return font
        size += max(1, size // 16)


def _sized(size: int, chinese: bool) -> Font:
    path = chinese_font()
    if chinese and path is not None:
        return ImageFont.truetype(path, size)
    return ImageFont.load_default(size)
