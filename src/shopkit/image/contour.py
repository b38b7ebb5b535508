"""Move a coarse outline to the photo's own edge, to a fraction of a pixel, at any resolution.

The picture is read along the outline's normals (a strip), and the path along the strongest change
of light that stays near the outline is found by dynamic programming (Amini, Weymouth, Jain,
"Using dynamic programming for solving variational problems in vision", PAMI 12(9), 1990).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.picture import Mask, Rgb, to_linear

Floats = NDArray[np.float32]

_STEP = 0.5  # px between samples across the outline
_SIDE = 2  # samples averaged on each side of an edge
_FLAT = 12.0  # change of light (0..255) that is hardly an edge
_STAY = 0.15  # how much staying near the coarse outline counts against a full edge
_BEND = 0.15  # what a bend of one pixel per pixel costs against a full edge
_NUDGE = 3  # samples to either side of the path in which the edge's middle is looked for
_SHORTEST = 12  # px: outlines below are specks
_OUTWARD = 0.1  # px: photos' edges lie this much outside the steepest change (measured)


@dataclass(frozen=True, slots=True)
class Strip:
    """The surroundings of one closed outline, unrolled: n places along it, m across (outward)."""

    pixels: NDArray[np.int32]  # (n, 2) x, y of the outline's pixels inside the product
    centre: Floats  # (n, 2) the smoothed outline
    normal: Floats  # (n, 2) unit vectors, outward
    offsets: Floats  # (m,) px from the smoothed outline
    light: Floats  # (n, m, 3) linear light, 0..255

    def across(self, field: Floats) -> Floats:
        """Sample another (H, W) field at the strip's places: (n, m)."""
        return _sample(field, self.centre, self.normal, self.offsets)


def strips(rgb: Rgb, inside: Mask, *, reach: float, smooth: float) -> list[Strip]:
    """The strips of all outlines of ``inside``, holes too; ``reach`` px to either side."""
    offsets = np.arange(-reach, reach + 1e-6, _STEP, dtype=np.float32)
    found, _ = cv2.findContours(inside.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    depth = _depth(inside, smooth)
    made = []
    for outline in found:
        if len(outline) < _SHORTEST:
            continue
        pixels = outline[:, 0, :].astype(np.int32)
        centre = _ring_blur(pixels.astype(np.float32), smooth)
        normal = _outward(centre, depth, smooth)
        seen = _sample(rgb, centre, normal, offsets).astype(np.uint8)
        light = _along(to_linear(seen) * np.float32(255), 1.0)
        made.append(Strip(pixels, centre, normal, offsets, light))
    return made


def snapped(inside: Mask, found: list[Strip], *, trust: float) -> Floats:
    """Signed distance (px, negative inside) to the edge that each strip shows.

    ``trust`` is how far, in px, the coarse outline is usually off.
    """
    shift = np.zeros(inside.shape, np.float32)
    away = np.ones(inside.shape, np.uint8)
    for strip in found:
        moved = best_path(strip, trust) + ((strip.centre - strip.pixels) * strip.normal).sum(1)
        x, y = strip.pixels.T
        shift[y, x], away[y, x] = moved, 0
    if away.all():
        return np.where(inside, np.float32(-1e3), np.float32(1e3))
    return _signed_distance(inside, away, shift)


def best_path(strip: Strip, trust: float) -> Floats:
    """Offset of the best edge at every place along a strip, in px outward."""
    strength = edge_strength(strip)
    peak = strength.max(axis=1, keepdims=True)
    clear = strength / (peak + _FLAT)
    path = _viterbi(_STAY * (strip.offsets / trust) ** 2 - clear, _BEND * _STEP)
    return _ring_blur(strip.offsets[path] + _to_the_peak(clear, path) * _STEP, 1.0)


def _to_the_peak(clear: Floats, path: NDArray[np.intp]) -> Floats:
    """How far, in samples, the edge's own middle is from the path, which stayed back a little."""
    steps = np.arange(-_NUDGE, _NUDGE + 1)
    around = np.clip(path[:, None] + steps, 0, clear.shape[1] - 1)
    weight = np.take_along_axis(clear, around, axis=1) ** 4
    middle: Floats = (weight * steps).sum(axis=1) / (weight.sum(axis=1) + np.float32(1e-6))
    return middle


def edge_strength(strip: Strip) -> Floats:
    """How much the light changes across each place of a strip, (n, m), 0..440."""
    light, k = strip.light, _SIDE
    total = np.cumsum(np.pad(light, ((0, 0), (1, 0), (0, 0))), axis=1)
    mean = (total[:, k:] - total[:, :-k]) / k  # of samples i .. i+k-1
    strength = np.zeros(light.shape[:2], np.float32)
    strength[:, k:-k] = np.linalg.norm(mean[:, k + 1 :] - mean[:, : -k - 1], axis=2)
    return strength


def edge_width(found: list[Strip]) -> float:
    """How wide the photo's own edges are, in px: contrast over steepest change, where firm."""
    widths = []
    for strip in found:
        if len(strip.offsets) < 13:
            continue
        strength = edge_strength(strip)
        at = np.clip(strength.argmax(axis=1), 6, len(strip.offsets) - 7)
        row = np.arange(len(at))
        contrast = np.linalg.norm(strip.light[row, at + 6] - strip.light[row, at - 6], axis=1)
        firm = contrast > 40
        slope = strength[row, at][firm] / ((_SIDE + 1) * _STEP)
        widths.append(contrast[firm] / np.maximum(slope, 1e-3))
    every = np.concatenate(widths) if widths else np.zeros(0)
    seen = float(np.median(every)) if len(every) else 0.0
    blur = (_SIDE + 1) * _STEP  # of the measure itself
    return float(np.sqrt(max(seen**2 - blur**2, 0.0)))


def _viterbi(cost: Floats, bend: float) -> NDArray[np.intp]:
    """The cheapest closed path through (n, m) costs that moves one sample at most a step."""
    n, m = cost.shape
    half = n // 2
    around = np.concatenate([cost[n - half :], cost, cost[:half]])  # so that the ends meet
    reached = np.full((len(around), m + 2), np.inf, np.float32)  # no path goes over the rims
    reached[0, 1:-1] = around[0]
    for i in range(1, len(around)):
        before, here = reached[i - 1], reached[i, 1:-1]
        np.minimum(before[:-2], before[2:], out=here)
        here += bend
        np.minimum(here, before[1:-1], out=here)
        here += around[i]
    steps = np.array([bend, 0, bend], np.float32)
    path = np.empty(len(around), np.intp)
    path[-1] = at = int(reached[-1, 1:-1].argmin())
    for i in range(len(around) - 1, 0, -1):
        at += int((reached[i - 1, at : at + 3] + steps).argmin()) - 1
        path[i - 1] = at
    return path[half : half + n]


def _signed_distance(inside: Mask, away: NDArray[np.uint8], shift: Floats) -> Floats:
    """Distance to the outline's pixels, moved by what the nearest of them was moved."""
    distance, nearest = cv2.distanceTransformWithLabels(
        away, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    y, x = np.nonzero(away == 0)
    by_label = np.zeros(int(nearest.max()) + 1, np.float32)
    by_label[nearest[y, x]] = shift[y, x]
    signed = np.where(inside, -distance, distance) - by_label[nearest]
    moved: Floats = cv2.GaussianBlur(signed - _OUTWARD, (0, 0), 0.7).astype(np.float32)
    return moved


def _depth(inside: Mask, smooth: float) -> Floats:
    """A field that falls from inside to outside, to tell outward from inward."""
    soft = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), max(1.0, smooth))
    return soft.astype(np.float32)


def _outward(centre: Floats, depth: Floats, smooth: float) -> Floats:
    tangent = np.roll(centre, -1, 0) - np.roll(centre, 1, 0)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-6)
    normal = np.stack([tangent[:, 1], -tangent[:, 0]], axis=1)
    ends = np.array([-smooth, smooth], np.float32) * 1.5
    here = _sample(depth, centre, normal, ends)
    return normal if here[:, 0].mean() >= here[:, 1].mean() else -normal


def _sample(field: Floats | Rgb, at: Floats, normal: Floats, offsets: Floats) -> Floats:
    x = (at[:, :1] + normal[:, :1] * offsets).astype(np.float32)
    y = (at[:, 1:] + normal[:, 1:] * offsets).astype(np.float32)
    return _remap(field, x, y)


def _remap(field: Floats | Rgb, x: Floats, y: Floats) -> Floats:
    """cv2.remap, in parts: it takes no side of 32767 or more."""
    parts = [
        cv2.remap(
            field,
            x[i : i + 30000],
            y[i : i + 30000],
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        for i in range(0, len(x), 30000)
    ]
    return np.concatenate(parts)


def _ring_blur(values: Floats, sigma: float) -> Floats:
    """Gaussian smoothing of a closed sequence (n,) or (n, c)."""
    n = len(values)
    radius = min(int(3 * sigma + 1), n // 2 - 1)
    kernel = cv2.getGaussianKernel(2 * radius + 1, sigma).ravel()
    flat = values.reshape(n, -1)
    around = np.concatenate([flat[n - radius :], flat, flat[:radius]])
    columns = [np.convolve(column, kernel, "valid") for column in around.T]
    return np.stack(columns, axis=1).reshape(values.shape).astype(np.float32)


def _along(light: Floats, sigma: float) -> Floats:
    """Smooth a strip along the outline: noise falls, the edge across stays."""
    kernel = cv2.getGaussianKernel(2 * int(3 * sigma) + 1, sigma)
    return cv2.sepFilter2D(light, -1, np.ones(1), kernel).astype(np.float32)
