"""From a coarse answer (where) to coverage at full resolution (how the edge runs)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image import contour, fringe
from shopkit.image.picture import Alpha, Mask, Rgb

Floats = NDArray[np.float32]

GRAIN = 320
"""Cells on the longest side that a coarse answer is good for."""

_FIRST = 1280  # px: above, the outline is first drawn at this size, then at full size
_REACH, _TRUST = 1.6, 0.5  # cells: how far an edge is looked for, how far the answer is usually off
_VIEW = 3.0  # cells to either side that tell fur from a firm edge
_SOFT_SIDE = 720  # px: fur is matted at this size
_SOFT_IN, _SOFT_OUT = 8.0, 3.0  # cells of fur inside and outside the coarse outline
_FINEST = 1.2  # px of a cell
_ANY_SOFT, _ALL_SOFT = 0.2, 0.5  # share of the outline
_SHARPEST, _SOFTEST = 1.4, 6.0  # px of an edge's ramp


@dataclass(frozen=True, slots=True)
class Outline:
    """``alpha``: coverage 0..1. ``width``: px of the photo's own edge. ``soft``: share of fur."""

    alpha: Alpha
    width: float
    soft: float


def draw_outline(rgb: Rgb, likely: Floats) -> Outline:
    """Draw the edge of what ``likely`` (0..1, any size, same view) says, at ``rgb``'s size."""
    height, width = rgb.shape[:2]
    cell = max(height, width) / GRAIN
    shrink = min(1.0, _FIRST / max(height, width))
    first = _resized(rgb, shrink)
    answer = _to_size(likely, first.shape)
    smooth = max(1.5, 0.7 * cell * shrink)
    strips = contour.strips(first, answer > 0.5, reach=_REACH * cell * shrink, smooth=smooth)
    away = contour.snapped(answer > 0.5, strips, trust=_TRUST * cell * shrink)
    wide = contour.strips(first, answer > 0.5, reach=_VIEW * cell * shrink, smooth=smooth)
    soft = [fringe.soft_places(strip, cell * shrink) for strip in wide]
    if shrink < 1:
        away, strips_full = _again(rgb, away, 1 / shrink)
        ramp = contour.edge_width(strips_full)
    else:
        ramp = contour.edge_width(strips)
    ramp = float(np.clip(ramp, _SHARPEST, _SOFTEST))
    alpha = np.clip(0.5 - away / np.float32(ramp), 0, 1)
    places = sum(len(s) for s in soft)
    share = sum(int(s.sum()) for s in soft) / max(places, 1)
    if cell * shrink < _FINEST:
        share = 0.0  # too small a picture to tell fur from grain
    if share > _ALL_SOFT:
        soft = [np.ones(len(s), bool) for s in soft]  # the firm rest of fur is chance
    if share > _ANY_SOFT:
        alpha = _with_fur(rgb, alpha, answer, strips, soft)
    return Outline(alpha, ramp, share)


def _again(rgb: Rgb, away: Floats, grow: float) -> tuple[Floats, list[contour.Strip]]:
    """Draw an outline found at a smaller size once more at full size."""
    near = _to_size(away, rgb.shape) * np.float32(grow)
    inside = near < 0
    strips = contour.strips(rgb, inside, reach=2 * grow, smooth=1.5 * grow)
    return contour.snapped(inside, strips, trust=0.6 * grow), strips


def _with_fur(
    rgb: Rgb,
    alpha: Alpha,
    answer: Floats,
    strips: list[contour.Strip],
    soft: list[NDArray[np.bool_]],
) -> Alpha:
    """Replace the edge by matting where the outline is soft."""
    shrink = min(1.0, _SOFT_SIDE / max(rgb.shape[:2]))
    small = _resized(rgb, shrink)
    likely = _to_size(answer, small.shape)
    cell = max(small.shape[:2]) / GRAIN
    zone = _fur_zone(answer.shape, strips, soft, answer.shape[1] / GRAIN * _SOFT_IN)
    inside = _shrunk(likely > 0.5, _SOFT_IN * cell)
    outside = ~_grown(likely > 0.5, _SOFT_OUT * cell)
    start = fringe.colour_guess(small, inside, outside, 12 * cell)
    matte = fringe.closed_form(small, start, inside | outside)
    weight = _to_size(zone, rgb.shape)
    mixed: Alpha = alpha + weight * (_to_size(matte, rgb.shape) - alpha)
    return np.clip(mixed, 0, 1)


def _fur_zone(
    shape: tuple[int, ...],
    strips: list[contour.Strip],
    soft: list[NDArray[np.bool_]],
    reach: float,
) -> Floats:
    """1 near soft places of the outline, 0 near firm ones, softly between."""
    firm_at, soft_at = np.ones(shape, np.uint8), np.ones(shape, np.uint8)
    for strip, is_soft in zip(strips, soft, strict=True):
        x, y = strip.pixels.T
        soft_at[y[is_soft], x[is_soft]] = 0
        firm_at[y[~is_soft], x[~is_soft]] = 0
    to_soft = cv2.distanceTransform(soft_at, cv2.DIST_L2, 3)
    to_firm = cv2.distanceTransform(firm_at, cv2.DIST_L2, 3) if not firm_at.all() else 1e6
    nearer = np.clip(0.5 + (to_firm - to_soft) / (0.5 * reach), 0, 1)
    zone: Floats = (nearer * (to_soft < 2 * reach)).astype(np.float32)
    return zone


def _resized(rgb: Rgb, factor: float) -> Rgb:
    if factor >= 1:
        return rgb
    small = cv2.resize(rgb, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return small.astype(np.uint8, copy=False)


def _to_size(field: Floats, shape: tuple[int, ...]) -> Floats:
    if field.shape[:2] == shape[:2]:
        return field
    down = field.shape[0] > shape[0]
    method = cv2.INTER_AREA if down else cv2.INTER_CUBIC
    return cv2.resize(field, (shape[1], shape[0]), interpolation=method).astype(np.float32)


def _grown(mask: Mask, radius: float) -> Mask:
    away = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3)
    return away <= radius


def _shrunk(mask: Mask, radius: float) -> Mask:
    return ~_grown(~mask, radius)
