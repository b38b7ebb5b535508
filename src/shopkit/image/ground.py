"""A product on plain ground, found without a model: flood the ground from the frame up to edges.

Studio ground is smooth where the product is not: the flood crosses what changes slowly (gradients,
the outer shadow) and stops at edges, however alike the colours on both sides are. Then the contact
shadow is taken in (the ground's own hue, darker, without an edge), and enclosed places of the
ground's colour are holes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.colour import to_lab
from shopkit.image.morph import disk, eroded, grown
from shopkit.image.picture import Mask, Rgb

Floats = NDArray[np.float32]

WORK = 400
"""Longest side, px, at which the ground is studied."""

_EDGE = 0.6  # ΔE a pixel that stops the flood on a clean photo
_NOISE = 3.5  # times the quiet quarter's change, where the photo is noisier
_FAINT = 0.1  # sharp change (ΔE a pixel over the slow one) that stops the shadow
_SHADOW_REACH = 25  # px at WORK beyond the flood that may be shadow
_HUE = 3.0  # ΔE of hue that a shadow may differ from its ground
_HOLE_HUE = 0.45  # ΔE of hue by which a hole may differ from the ground seen through it
_HOLE_GRAIN = 2.9  # times the ground's own grain that is seen through a hole
_SHADED = (-25.0, 7.0)  # ΔL that ground in the product's own shadow may differ from the rest
_SHADED_HUE = 1.5  # ΔE of hue, the shadow allowed for
_HOLE_SHARE = 0.06  # of the product's area, below which nothing is opened without a model's word


@dataclass(frozen=True, slots=True)
class Ground:
    """What a small view (H, W) shows of its ground.

    ``flooded``: the ground that the flood from the frame reached. ``shadowed``: that and the
    contact shadow. ``windows``: enclosed places in the ground's colour (holes, or parts of the
    product that look like ground), one mask each. ``cover``: share of the frame that is ground,
    0..1; well under 1 the ground is not plain and all this means little.
    ``sharp``: (H, W) ΔE a pixel by which a change is sharper than a soft shadow's.
    ``shaded``: enclosed places that may be ground in shadow: windows, or not.
    """

    flooded: Mask
    shadowed: Mask
    windows: tuple[Mask, ...]
    cover: float
    sharp: Floats
    shaded: Mask


def study_ground(small: Rgb, *, strictness: float = 1.0) -> Ground:
    """Study a view of at most ``WORK`` px; ``strictness`` scales what counts as an edge."""
    lab = to_lab(small)
    fine, sharp = _changes(lab)
    frame = _frame(fine.shape)
    limit = strictness * max(_EDGE, _NOISE * float(np.percentile(fine, 25)))
    quiet = fine < limit
    labels, reached = _flood(quiet, frame)
    flooded = np.isin(labels, reached)
    if not flooded.any():
        return Ground(flooded, flooded, (), 0.0, sharp, flooded)
    plate = ground_colour(lab, flooded)
    shadowed = _with_shadow(lab, plate, sharp, flooded)
    windows = tuple(_windows(labels, reached, lab, plate, flooded))
    shaded = _shaded(lab, plate) & quiet & ~flooded
    return Ground(flooded, shadowed, windows, float(flooded[frame].mean()), sharp, shaded)


def on_ground(ground: Ground) -> Mask:
    """The product that the ground leaves over: its largest pieces, small gaps filled."""
    left = cv2.erode((~ground.shadowed).astype(np.uint8), np.ones((3, 3), np.uint8))
    left = cv2.morphologyEx(left, cv2.MORPH_OPEN, disk(1))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(left, connectivity=8)
    if count == 1:
        return np.zeros(left.shape, bool)
    areas = stats[1:, cv2.CC_STAT_AREA]
    return _filled(np.isin(labels, 1 + np.flatnonzero(areas > 0.25 * areas.max())), ground)


def large_windows(ground: Ground, product: Mask) -> list[Mask]:
    """The windows that are large enough to be holes without anybody's further word."""
    least = _HOLE_SHARE * float(product.sum())
    return [window for window in ground.windows if float(window.sum()) > least]


def maybe_open(ground: Ground, product: Mask, sure: Mask | None = None) -> float:
    """The largest place in the product that may be ground in shadow, as a share of it.

    What is ``sure`` to be product, in another's opinion, is none.
    """
    inner = eroded(product, 3) & ground.shaded
    if sure is not None:
        inner &= ~sure
    places = cv2.morphologyEx(inner.astype(np.uint8), cv2.MORPH_OPEN, disk(2))
    _, _, stats, _ = cv2.connectedComponentsWithStats(places, connectivity=4)
    return float(stats[1:, cv2.CC_STAT_AREA].max(initial=0)) / max(int(product.sum()), 1)


def ground_colour(values: Floats, ground: Mask) -> Floats:
    """Continue the ground's colour (H, W, C) smoothly under everything else."""
    weight = ground.astype(np.float32)
    weighted = values * weight[..., None]
    plate = values.copy()
    todo = ~ground
    for reach in (4.0, 8.0, 16.0, 32.0, 64.0, 128.0):
        near, mean = _wide_blur(weight, reach), _wide_blur(weighted, reach)
        now = (todo & (near > 0.08)) if reach < 128 else todo
        plate[now] = mean[now] / np.maximum(near[now], 1e-6)[:, None]
        todo = todo & ~now
    return plate


def _wide_blur(values: Floats, reach: float) -> Floats:
    """A Gaussian blur of ``reach`` px, worked out on a grid no finer than it needs."""
    height, width = values.shape[:2]
    grid = min(1.0, 4 / reach)
    size = (max(1, round(width * grid)), max(1, round(height * grid)))
    small = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), reach * grid)
    wide = cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR)
    return wide.astype(np.float32, copy=False)


def _changes(lab: Floats) -> tuple[Floats, Floats]:
    """(ΔE a pixel, the sharp part of it): a soft shadow's change is slow, an edge's is sharp."""
    fine, slow = _gradient(lab, 0.8), _gradient(lab, 2.5)
    return fine, fine - np.float32(1.2) * slow


def _gradient(lab: Floats, blur: float) -> Floats:
    soft = cv2.GaussianBlur(lab, (0, 0), blur)
    gx, gy = cv2.Scharr(soft, cv2.CV_32F, 1, 0), cv2.Scharr(soft, cv2.CV_32F, 0, 1)
    steep: Floats = np.sqrt((gx * gx + gy * gy).sum(2)) / np.float32(32)
    return steep


def _frame(shape: tuple[int, ...]) -> Mask:
    width = max(2, round(0.012 * min(shape[:2])))
    frame = np.ones(shape[:2], bool)
    frame[width:-width, width:-width] = False
    return frame


def _flood(quiet: Mask, frame: Mask) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
    """Regions of quiet pixels, and which of them reach the frame on a worthwhile length."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        quiet.astype(np.uint8), connectivity=4
    )
    touching = np.bincount(labels[frame & quiet], minlength=count)
    large = stats[:, cv2.CC_STAT_AREA] > 0.01 * quiet.size
    reaches = (touching > 0) & (large | (touching > 0.05 * frame.sum()))
    reaches[0] = False
    return labels.astype(np.int32), np.flatnonzero(reaches)


def _with_shadow(lab: Floats, plate: Floats, sharp: Floats, flooded: Mask) -> Mask:
    """The flood and, within reach, what is the ground's hue but darker and shows no edge."""
    darker = lab[..., 0] < plate[..., 0] + 1.5
    dimmed = np.clip(lab[..., 0] / np.maximum(plate[..., 0], 1), 0, 1.3)
    hue = np.linalg.norm(lab[..., 1:] - plate[..., 1:] * dimmed[..., None], axis=2)
    depth = np.maximum(plate[..., 0] - lab[..., 0], 0)
    alike = darker & (hue < _HUE + 0.1 * depth) & (dimmed > 0.3) & (sharp < _FAINT)
    near = grown(flooded, _SHADOW_REACH)
    ways = cv2.morphologyEx(((alike & near) | flooded).astype(np.uint8), cv2.MORPH_OPEN, disk(1))
    _, labels = cv2.connectedComponents(ways | flooded.astype(np.uint8), connectivity=4)
    reached = np.unique(labels[flooded])
    return np.isin(labels, reached[reached > 0])


def _shaded(lab: Floats, plate: Floats) -> Mask:
    """Pixels of the ground's own hue, darker as in a shadow."""
    light = lab[..., 0] - plate[..., 0]
    dimmed = np.clip(lab[..., 0] / np.maximum(plate[..., 0], 1), 0, 1.3)
    hue = np.linalg.norm(lab[..., 1:] - plate[..., 1:] * dimmed[..., None], axis=2)
    shaded: Mask = (light > _SHADED[0]) & (light < _SHADED[1]) & (hue < _SHADED_HUE)
    return shaded


def _windows(
    labels: NDArray[np.int32], reached: NDArray[np.intp], lab: Floats, plate: Floats, flooded: Mask
) -> Iterator[Mask]:
    """Enclosed quiet regions of the ground's mean colour and grain."""
    count = int(labels.max()) + 1
    off = lab - plate
    grain = np.abs(cv2.Laplacian(lab, cv2.CV_32F))[..., 1:].sum(axis=2)
    areas = np.bincount(labels.ravel(), minlength=count)

    def mean(values: Floats) -> NDArray[np.float64]:
        return np.bincount(labels.ravel(), values.ravel(), count) / np.maximum(areas, 1)

    light, hue = mean(off[..., 0]), np.hypot(mean(off[..., 1]), mean(off[..., 2]))
    like = (light > -14) & (light < 7) & (hue < _HOLE_HUE)
    fine = mean(grain) < _HOLE_GRAIN * float(grain[flooded].mean()) + 0.05
    fits = (areas > 12) & like & fine
    fits[0] = False
    fits[reached] = False
    for region in np.flatnonzero(fits):
        yield cv2.dilate((labels == region).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0


def _filled(product: Mask, ground: Ground) -> Mask:
    """Close gaps that are too small to be holes and hold no flooded ground."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (~product).astype(np.uint8), connectivity=4
    )
    small = stats[:, cv2.CC_STAT_AREA] < 0.002 * product.size
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    small[0] = False
    small[border] = False
    small[np.unique(labels[ground.flooded])] = False
    filled: Mask = product | np.isin(labels, np.flatnonzero(small[:count]))
    return filled
