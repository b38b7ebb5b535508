"""A still in memory, and the small geometry that all picture code shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]  # (H, W, 3), sRGB as shown
Mask = NDArray[np.bool_]  # (H, W)
Alpha = NDArray[np.float32]  # (H, W), 0..1
Light = NDArray[np.float32]  # (H, W, 3) or (3,), linear light, 1.0 = white

STRIP = 64  # rows worked on at a time
_LARGE = 800  # px
_BLOCK = 1 << 15  # values worked on at a time: temporaries stay in the cache


@dataclass(frozen=True, slots=True)
class Picture:
    """An opened still: upright, 8-bit sRGB pixels.

    ``alpha`` is the file's own transparency, if it has any (uint8, (H, W)).
    ``notes`` says what reading changed: "exif_rotated", "icc:Display P3", "cmyk", "16bit", …
    """

    rgb: Rgb
    alpha: NDArray[np.uint8] | None = None
    path: Path = Path()
    sha256: str = ""
    format: str = "PNG"
    dpi: tuple[float, float] | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.rgb.shape[1], self.rgb.shape[0]


class Box(NamedTuple):
    """A rectangle in pixels: left, top, width, height (as in ``--box X,Y,W,H``)."""

    x: int
    y: int
    w: int
    h: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns, to index an (H, W, …) array."""
        return slice(self.y, self.y + self.h), slice(self.x, self.x + self.w)

    def grown(self, share: float, size: tuple[int, int]) -> Box:
        """The box with ``share`` of its width and height added on each side, kept in ``size``.

        A large one goes on to the next pixels that four divides: it can be halved twice, then.
        """
        dx, dy = round(self.w * share), round(self.h * share)
        step = 4 if min(self.w + dx, self.h + dy) >= _LARGE else 1
        x0, y0 = max(0, self.x - dx) // step * step, max(0, self.y - dy) // step * step
        right, bottom = self.x + self.w + dx, self.y + self.h + dy
        x1, y1 = min(size[0], -(-right // step) * step), min(size[1], -(-bottom // step) * step)
        return Box(x0, y0, x1 - x0, y1 - y0)

    def moved(self, x: int, y: int) -> Box:
        """The box so many pixels farther right and down."""
        return self._replace(x=self.x + x, y=self.y + y)

    def padded(self, pixels: int, size: tuple[int, int]) -> Box:
        """The box with so many pixels added on each side, kept in ``size``."""
        x0, y0 = max(0, self.x - pixels), max(0, self.y - pixels)
        x1, y1 = min(size[0], self.x + self.w + pixels), min(size[1], self.y + self.h + pixels)
        return Box(x0, y0, x1 - x0, y1 - y0)

    def iou(self, other: Box) -> float:
        """Intersection over union with another box, 0..1."""
        w = min(self.x + self.w, other.x + other.w) - max(self.x, other.x)
        h = min(self.y + self.h, other.y + other.h) - max(self.y, other.y)
        both = max(0, w) * max(0, h)
        return both / max(1, self.w * self.h + other.w * other.h - both)

    @classmethod
    def around(cls, mask: NDArray[Any], over: float = 0) -> Box | None:
        """The tight box around what is greater than ``over``; None where nothing is."""
        hit = mask if mask.dtype == np.bool_ and not over else np.asarray(mask > over)
        rows = np.any(hit, axis=1)
        if not rows.any():
            return None
        y0, y1 = int(rows.argmax()), len(rows) - int(rows[::-1].argmax())
        columns = np.any(hit[y0:y1], axis=0)
        x0, x1 = int(columns.argmax()), len(columns) - int(columns[::-1].argmax())
        return cls(x0, y0, x1 - x0, y1 - y0)


def to_linear(rgb: NDArray[Any]) -> Light:
    """8-bit sRGB (0..255, any dtype) to linear light 0..1 (IEC 61966-2-1)."""
    if rgb.dtype == np.uint8:
        import cv2

        return np.asarray(cv2.LUT(rgb, _LINEAR) if rgb.size else _LINEAR[rgb], np.float32)
    s = np.clip(np.asarray(rgb, np.float32) / 255, 0, 1)
    light = np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4)
    return np.asarray(light, np.float32)


def to_srgb(light: NDArray[Any]) -> NDArray[np.float32]:
    """Linear light 0..1 to sRGB 0..255 as float32 (not rounded; IEC 61966-2-1)."""
    import cv2

    given = np.ascontiguousarray(light, np.float32)
    shown = np.empty_like(given)
    values, into = given.reshape(-1), shown.reshape(-1)
    for start in range(0, values.size, _BLOCK):
        v, s = np.clip(values[start : start + _BLOCK], 0, 1), into[start : start + _BLOCK]
        s[:] = cv2.pow(v, 1 / 2.4).reshape(-1)  # a tenth of numpy's time
        s *= 1.055
        s -= 0.055
        np.multiply(v, 12.92, out=s, where=v <= 0.0031308)
        s *= 255
    return shown


def strips(rows: int) -> list[slice]:
    """So many rows in strips of ``STRIP``: what is worked out from one stays in the cache."""
    return [slice(top, min(rows, top + STRIP)) for top in range(0, rows, STRIP)]


def paste(picture: Rgb, where: Mask, onto: Rgb) -> None:
    """Copy ``picture`` onto ``onto`` where the mask says so, in place.

    A hundredth of what indexing by a mask costs at 12 megapixels.
    """
    import cv2

    done = cv2.copyTo(picture, np.ascontiguousarray(where).view(np.uint8), onto)
    if done is not onto:
        raise ValueError("the picture is laid out so that it cannot be changed in place")


def to_bytes(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Round 0..255 floats to uint8."""
    raised = np.asarray(np.asarray(values, np.float32) + np.float32(0.5))
    return np.clip(raised, 0, 255, out=raised).astype(np.uint8)


_S = np.arange(256, dtype=np.float64) / 255
_LINEAR = np.where(_S <= 0.04045, _S / 12.92, ((_S + 0.055) / 1.055) ** 2.4).astype(np.float32)
