"""Colour as the eye sees it: CIELAB and the colour difference ΔE2000."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shopkit.image.picture import to_linear

Lab = NDArray[np.floating[Any]]  # (..., 3): L* 0..100, a*, b*

# Linear sRGB to XYZ over the D65 white, so that white is (1, 1, 1) (IEC 61966-2-1).
_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_TO_XYZ = (_TO_XYZ / _TO_XYZ.sum(axis=1, keepdims=True)).astype(np.float32)
_BLOCK = 1 << 16  # pixels at a time: temporaries stay in the cache, memory small at 12 MP
_POW25_7 = 25.0**7


def to_lab(rgb: NDArray[np.generic]) -> NDArray[np.float32]:
    """Return CIELAB (D65, 2 degrees) of sRGB values 0..255 of any shape (..., 3), as float32.

    uint8 is read as is; floats need not be whole.
    """
    flat = np.ascontiguousarray(rgb).reshape(-1, 3)
    lab = np.empty(flat.shape, np.float32)
    for part in _parts(len(flat)):
        lab[part] = _lab(flat[part])
    return lab.reshape(rgb.shape)


def delta_e_2000(lab1: Lab, lab2: Lab) -> NDArray[np.floating[Any]]:
    """Return ΔE2000 between two CIELAB arrays (..., 3) that broadcast; the last axis goes.

    Worked out in float32, or in float64 where either is float64. kL = kC = kH = 1. Formula:
    Sharma, Wu, Dalal, "The CIEDE2000 color-difference formula: implementation notes,
    supplementary test data, and mathematical observations", Color Res. Appl. 30(1), 2005.
    """
    kind = np.result_type(lab1, lab2, np.float32)
    one, two = np.broadcast_arrays(np.asarray(lab1, kind), np.asarray(lab2, kind))
    shape = one.shape[:-1]
    one, two = one.reshape(-1, 3), two.reshape(-1, 3)
    delta = np.empty(len(one), kind)
    for part in _parts(len(one)):
        delta[part] = _delta(one[part].T, two[part].T)
    return delta.reshape(shape)


def _parts(count: int) -> list[slice]:
    return [slice(start, start + _BLOCK) for start in range(0, count, _BLOCK)]


def _lab(rgb: NDArray[np.generic]) -> NDArray[np.float32]:
    xyz = to_linear(rgb) @ _TO_XYZ.T
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), xyz * np.float32(841 / 108) + np.float32(4 / 29))
    x, y, z = f.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1).astype(np.float32)


def _delta(one: Lab, two: Lab) -> Lab:
    """ΔE2000 of (3, n) arrays; the names and equation numbers are the paper's."""
    (l1, a1, b1), (l2, a2, b2) = one, two
    c7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    stretch = 1 + 0.5 * (1 - np.sqrt(c7 / (c7 + _POW25_7)))  # 1 + G, (4)
    a1, a2 = a1 * stretch, a2 * stretch  # (5)
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = _hue(a1, b1), _hue(a2, b2)  # (7)
    grey = c1 * c2 == 0
    dh = np.where(grey, 0, (h2 - h1 + 180) % 360 - 180)  # (10), in -180..180
    d_hue = 2 * np.sqrt(c1 * c2) * _sin(dh / 2)  # (11)
    hue = np.where(grey, h1 + h2, _mean_hue(h1, h2))  # (14)
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    s_l = 1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2)  # (16)
    l_term = (l2 - l1) / s_l
    c_term = (c2 - c1) / (1 + 0.045 * chroma)  # (17)
    h_term = d_hue / (1 + 0.015 * chroma * _t(hue))  # (18)
    total: Lab = l_term**2 + c_term**2 + h_term**2 + _rotation(chroma, hue) * c_term * h_term
    return np.sqrt(np.maximum(total, np.zeros_like(total)))  # (22); rounding may leave -1e-12


def _hue(a: Lab, b: Lab) -> Lab:
    degrees = np.degrees(np.arctan2(b, a))
    return np.where(degrees < 0, degrees + 360, degrees)


def _mean_hue(h1: Lab, h2: Lab) -> Lab:
    total = h1 + h2
    across = np.where(total < 360, total + 360, total - 360)
    return np.where(np.abs(h1 - h2) > 180, across / 2, total / 2)


def _t(hue: Lab) -> Lab:
    """How hue sensitivity goes round the circle, (15)."""
    slow = 0.24 * _cos(2 * hue) - 0.17 * _cos(hue - 30)
    quick = 0.32 * _cos(3 * hue + 6) - 0.20 * _cos(4 * hue - 63)
    return slow + quick + 1


def _rotation(chroma: Lab, hue: Lab) -> Lab:
    """The coupling of chroma and hue in the blues, (19) to (21)."""
    c7 = chroma**7
    turn = 60 * np.exp(-(((hue - 275) / 25) ** 2))
    return np.sqrt(c7 / (c7 + _POW25_7)) * _sin(turn) * -2


def _sin(degrees: Lab) -> Lab:
    return np.sin(np.radians(degrees))


def _cos(degrees: Lab) -> Lab:
    return np.cos(np.radians(degrees))
