"""Patches of a picture as vectors, and as few numbers that tell them apart."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from shopkit.image.picture import Mask

Floats = NDArray[np.float32]

RADIUS = 3
SIDE = 2 * RADIUS + 1
_COLOURS = (((1, 1, 1), 5), ((1, 0, -1), 2), ((1, -2, 1), 1))  # mix of R, G, B; slowest waves


def patches(image: Floats, y: NDArray[np.intp], x: NDArray[np.intp]) -> Floats:
    """The patches around the given pixels, (n, SIDE * SIDE * 3)."""
    taken: Floats = _windows(image)[y, x].reshape(len(y), -1)
    return taken


def described(image: Floats, basis: Floats) -> Floats:
    """Every pixel's patch in the basis, (H * W, components), a strip of rows at a time."""
    height, width = image.shape[:2]
    out = np.empty((height, width, basis.shape[1]), np.float32)
    view = _windows(image)
    for top in range(0, height, 48):
        strip = view[top : top + 48]
        flat = strip.reshape(-1, basis.shape[0])
        out[top : top + 48] = (flat @ basis).reshape(*strip.shape[:2], -1)
    return out.reshape(height * width, -1)


def cosines() -> Floats:
    """The slow cosines of grey and the slowest of two colour differences, as a basis.

    (SIDE * SIDE * 3, components), the window's weights included: squared distances between
    described patches are weighted mean squares.
    """
    steps = (np.arange(SIDE) + 0.5) * np.pi / SIDE
    root = np.sqrt(window())
    waves = []
    for mix, most in _COLOURS:
        colour = np.array(mix) / np.linalg.norm(mix)
        for down in range(most + 1):
            for across in range(most + 1 - down):
                wave = np.outer(np.cos(down * steps), np.cos(across * steps)) * root
                waves.append((wave[..., None] * colour).ravel())
    independent, _ = np.linalg.qr(np.array(waves).T)
    weighted = independent * np.repeat(root.reshape(-1), 3)[:, None]
    return np.ascontiguousarray(weighted, dtype=np.float32)


def window() -> Floats:
    """Weights of a patch's pixels (SIDE, SIDE), summing to 1."""
    bell = np.exp(-((np.arange(SIDE) - RADIUS) ** 2) / (2 * 2.5**2))
    square = np.outer(bell, bell)
    return np.asarray(square / square.sum(), np.float32)


def whole(shape: tuple[int, ...]) -> Mask:
    """Pixels whose whole patch lies in the picture."""
    inside = np.zeros(shape, np.bool_)
    inside[RADIUS : shape[0] - RADIUS, RADIUS : shape[1] - RADIUS] = True
    return inside


def widened(mask: Mask, by: int) -> Mask:
    """The mask widened by ``by`` pixels, in squares as patches are."""
    square = np.ones((2 * by + 1, 2 * by + 1), np.uint8)
    return np.asarray(cv2.dilate(mask.astype(np.uint8), square) > 0)


def _windows(image: Floats) -> Floats:
    edge = (RADIUS, RADIUS, RADIUS, RADIUS)
    padded = cv2.copyMakeBorder(image, *edge, cv2.BORDER_REPLICATE)
    view = sliding_window_view(padded, (SIDE, SIDE), axis=(0, 1))
    return np.asarray(view.transpose(0, 1, 3, 4, 2), np.float32)
