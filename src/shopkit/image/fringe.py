"""Soft edges, fur and fringe: where they are, and their coverage by closed-form matting.

Matting without a matrix: the matting Laplacian of Levin, Lischinski, Weiss ("A closed-form
solution to natural image matting", PAMI 30(2), 2008) with larger windows is the identity minus a
guided filter (He, Sun, Tang, "Fast matting using large kernel matting Laplacian matrices", CVPR
2010), so conjugate gradients need box filters only.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.contour import Strip, edge_strength
from shopkit.image.picture import Alpha, Mask, Rgb

Floats = NDArray[np.float32]

_RADIUS = 4  # px of the matting windows
_RIDGE = 1e-5  # how far a window's colours may leave one line, in squared 0..1
_ROUNDS = 12
_BLUR = 6.0  # px: blur radius that a reduced grid keeps
_APART = 3  # places between two that are compared
_STEADY = 1.5  # px that a firm edge may wander over them
_FIRM = 0.62  # share of steady places: about 1 on firm edges, 0.4 to 0.6 on fur


def soft_places(strip: Strip, cell: float) -> NDArray[np.bool_]:
    """Which places along an outline have no firm edge, (n,); ``cell`` is its grain in px.

    Along a firm edge the steepest change keeps its offset from place to place; in fur it jumps
    from hair to hair.
    """
    steepest = strip.offsets[edge_strength(strip).argmax(axis=1)]
    jump = np.abs(steepest - np.roll(steepest, _APART))
    steady = (jump <= max(_STEADY, 0.6 * cell)).astype(np.float32)
    soft: NDArray[np.bool_] = _smooth(steady, 12 * cell) < _FIRM
    return soft


def closed_form(rgb: Rgb, start: Alpha, known: Mask) -> Alpha:
    """Coverage where ``known`` is false, going out from ``start`` (exact where known)."""
    laplacian = _Laplacian(rgb)
    unknown = ~known
    fixed = np.where(known, start, np.float32(0))
    alpha = np.where(unknown, start, np.float32(0))
    residual = -(laplacian(fixed) + laplacian(alpha)) * unknown
    direction = residual.copy()
    size = float((residual * residual).sum())
    for _ in range(_ROUNDS):
        if size < 1e-9:
            break
        moved = laplacian(direction) * unknown
        step = size / max(float((direction * moved).sum()), 1e-12)
        alpha += step * direction
        residual -= step * moved
        new = float((residual * residual).sum())
        direction = residual + (new / size) * direction
        size = new
    solved: Alpha = np.clip(alpha + fixed, 0, 1)
    return solved


def colour_guess(rgb: Rgb, inside: Mask, outside: Mask, reach: float) -> Alpha:
    """How much each pixel looks like the product's colours near by rather than the ground's.

    Both sides are Gaussians in colour, fitted within about ``reach`` px; a start for matting.
    """
    x = rgb.astype(np.float32)
    lead = _unlikeliness(x, outside, reach) - _unlikeliness(x, inside, reach)
    guess = 1 / (1 + np.exp(-np.clip(0.15 * lead, -20, 20)))
    guess[inside], guess[outside] = 1, 0
    start: Alpha = guess.astype(np.float32)
    return start


class _Laplacian:
    """The matting Laplacian of a picture as a function of an (H, W) field."""

    def __init__(self, rgb: Rgb) -> None:
        self._colour = rgb.astype(np.float32) / np.float32(255)
        self._mean = _box(self._colour)
        spread = _covariance(self._colour, self._mean)
        self._inverse = np.linalg.inv(spread + _RIDGE * np.eye(3, dtype=np.float32))

    def __call__(self, field: Floats) -> Floats:
        mean = _box(field)
        shared = _box(self._colour * field[..., None]) - self._mean * mean[..., None]
        slope = np.einsum("hwij,hwj->hwi", self._inverse, shared)
        rest = mean - (slope * self._mean).sum(axis=2)
        line = _box(np.dstack([slope, rest]))
        fitted: Floats = (line[..., :3] * self._colour).sum(axis=2) + line[..., 3]
        return field - fitted


def _covariance(colour: Floats, mean: Floats) -> Floats:
    spread = np.empty((*colour.shape[:2], 3, 3), np.float32)
    for i in range(3):
        for j in range(i, 3):
            shared = _box(colour[..., i] * colour[..., j]) - mean[..., i] * mean[..., j]
            spread[..., i, j] = spread[..., j, i] = shared
    return spread


def _unlikeliness(x: Floats, where: Mask, reach: float) -> Floats:
    """Twice the negative log-likelihood of each pixel's colour under the colours of ``where``."""
    mean, spread = _local_gaussian(x, where, reach)
    spread += 16 * np.eye(3, dtype=np.float32)  # noise and what the model leaves out
    off = x - mean
    far = np.einsum("hwi,hwij,hwj->hw", off, np.linalg.inv(spread), off)
    result: Floats = far + np.log(np.linalg.det(spread))
    return result


def _local_gaussian(x: Floats, where: Mask, reach: float) -> tuple[Floats, Floats]:
    """Mean (H, W, 3) and covariance (H, W, 3, 3) of colour near each pixel, of ``where`` only."""
    pairs = [x[..., i] * x[..., j] for i in range(3) for j in range(i, 3)]
    weight = where.astype(np.float32)[..., None]
    sums = np.dstack([weight, x * weight, np.dstack(pairs) * weight])
    shape = where.shape
    shrink = min(1.0, _BLUR / reach)  # wide blurs need no fine grid
    size = (max(1, round(shape[1] * shrink)), max(1, round(shape[0] * shrink)))
    sums = _resized(sums, size)
    near = cv2.GaussianBlur(sums, (0, 0), reach * shrink)
    for wider in (2, 4, 16):
        bare = near[..., 0] < 0.05
        if not bare.any():
            break
        near[bare] = cv2.GaussianBlur(sums, (0, 0), reach * shrink * wider)[bare]
    means = (near / np.maximum(near[..., :1], 1e-6)).astype(np.float32)
    moments = _resized(means, shape[::-1])
    mean, spread = moments[..., 1:4], np.empty((*shape, 3, 3), np.float32)
    order = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
    for k, (i, j) in enumerate(order):
        spread[..., i, j] = spread[..., j, i] = moments[..., 4 + k] - mean[..., i] * mean[..., j]
    return mean, spread


def _resized(field: Floats, size: tuple[int, int]) -> Floats:
    """cv2.resize takes four channels at most."""
    parts = [
        cv2.resize(field[..., i : i + 4], size, interpolation=cv2.INTER_LINEAR)
        for i in range(0, field.shape[2], 4)
    ]
    return np.dstack(parts).astype(np.float32)


def _box(field: Floats) -> Floats:
    side = 2 * _RADIUS + 1
    return cv2.blur(field, (side, side), borderType=cv2.BORDER_REFLECT).astype(np.float32)


def _smooth(values: NDArray[np.floating], length: float) -> Floats:
    """Mean of a closed sequence over about ``length`` places."""
    n = len(values)
    span = max(1, min(int(length), n))
    around = np.concatenate([values[n - span :], values, values[:span]])
    mean = np.convolve(around, np.full(span, 1 / span), "same")
    return mean[span : span + n].astype(np.float32)
