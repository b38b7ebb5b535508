"""Edges that do not care about the light: log light, and gradient directions scaled to contrast."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.picture import Alpha, Rgb, to_linear

Floats = NDArray[np.float32]

DIRECTIONS = 8  # bins over half a turn: an edge is the same with dark and bright exchanged
SOFTNESS = 1.2  # px of blur on the direction maps: how far an edge may lie off and still count
_FLOOR = 0.02  # linear light under which the camera sees mostly noise
_SHADING = 0.015  # log light a pixel: slower changes are a round body's shading
_FAINT = 0.06  # log light a pixel: edges about as faint as this count half
_CONTOUR = 0.6  # weight of the silhouette's own edge beside the edges inside it


def log_light(rgb: Rgb) -> Floats:
    """(H, W, 3) natural logarithm of linear light, floored: a change of light adds a constant."""
    return np.asarray(np.log(to_linear(rgb) + np.float32(_FLOOR)), np.float32)


def scene_directions(log: Floats) -> Floats:
    """(H, W, DIRECTIONS) direction maps of a scene's log light, lightly blurred."""
    return _soft_bins(*_even(*_strongest(log)))


def product_directions(log: Floats, alpha: Alpha) -> Floats:
    """Direction maps of a cut-out product: its inner edges and its silhouette, no background."""
    solid = (alpha > 0.5).astype(np.float32)
    inner = cv2.erode(solid, np.ones((3, 3), np.uint8))
    gx, gy = _strongest(log)
    gx, gy = _even(gx * inner, gy * inner)
    rim_x, rim_y = _slopes(alpha)
    size = np.hypot(rim_x, rim_y) + np.float32(1e-6)
    rim = (size > 0.1) & (inner < 0.5)
    gx = np.where(rim, _CONTOUR * rim_x / size, gx * inner)
    gy = np.where(rim, _CONTOUR * rim_y / size, gy * inner)
    return _soft_bins(gx, gy)


def _strongest(log: Floats) -> tuple[Floats, Floats]:
    """Gradient of the channel that changes most, pixel by pixel."""
    gx, gy = _slopes(log)
    channel = (gx * gx + gy * gy).argmax(2)[..., None]
    return (
        np.take_along_axis(gx, channel, 2)[..., 0],
        np.take_along_axis(gy, channel, 2)[..., 0],
    )


def _slopes(image: Floats) -> tuple[Floats, Floats]:
    soft = cv2.GaussianBlur(image, (0, 0), 0.8)
    gx, gy = cv2.Scharr(soft, cv2.CV_32F, 1, 0), cv2.Scharr(soft, cv2.CV_32F, 0, 1)
    return np.asarray(gx / 32, np.float32), np.asarray(gy / 32, np.float32)


def _even(gx: Floats, gy: Floats) -> tuple[Floats, Floats]:
    """Scale gradients to the contrast around them, so that edges in shadow count like lit ones.

    Slow shading is no edge, however plain its surroundings.
    """
    size = np.hypot(gx, gy)
    around = np.sqrt(cv2.GaussianBlur(size * size, (0, 0), 8))
    edge = np.maximum(size - np.float32(_SHADING), 0) / (size + np.float32(1e-6))
    scale = edge / (size + around + np.float32(_FAINT))
    return np.asarray(gx * scale, np.float32), np.asarray(gy * scale, np.float32)


def _soft_bins(gx: Floats, gy: Floats) -> Floats:
    """Spread each gradient over the two nearest direction bins, then blur."""
    size = np.hypot(gx, gy)
    turn = (np.arctan2(gy, gx) % np.pi) / np.pi * DIRECTIONS
    low = np.floor(turn).astype(np.intp)
    share = (turn - low).astype(np.float32)
    maps = np.zeros((*size.shape, DIRECTIONS), np.float32)
    rows, columns = np.ogrid[: size.shape[0], : size.shape[1]]
    maps[rows, columns, low % DIRECTIONS] += (1 - share) * size
    maps[rows, columns, (low + 1) % DIRECTIONS] += share * size
    return np.asarray(cv2.GaussianBlur(maps, (0, 0), SOFTNESS), np.float32)
