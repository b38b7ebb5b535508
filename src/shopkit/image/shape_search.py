"""Find a product of little texture in a scene: slide its edges over the scene at many sizes.

The product's directions of edges (silhouette and inner ones) are correlated with the scene's,
normalised by all edges under the silhouette, so that clutter does not win. Texture and colour
under one light (a constant in log light) weigh in: they may be told apart by neither alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.edges import Floats, log_light, product_directions, scene_directions
from shopkit.image.picture import Alpha, Box, Rgb

WORK_SIDE = 320  # px: longest side of the scene while searching
_STEPS = 16  # sizes tried, from the scene's height downwards
_STEP = 2 ** (-1 / 6)
_EMPTY = 0.15  # of the product's own edges: a place with less is an empty wall, not a match
_PAD = 8  # px: a product may touch the frame


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place where the product could be. ``box`` in scene pixels; scores 0..1."""

    box: Box
    score: float
    edges: float
    texture: float
    colour: float


@dataclass(frozen=True, slots=True)
class _Scene:
    """What is computed once per scene, padded: log light, its square, directions, their energy."""

    log: Floats
    square: Floats
    directions: Floats
    energy: Floats


def search(
    scene: Rgb,
    product: Rgb,
    alpha: Alpha,
    most: int = 6,
    heights: tuple[float, float] = (0, np.inf),
) -> list[Candidate]:
    """Return up to ``most`` places, best first, that overlap each other by less than half.

    ``heights``: the product is at least and at most so high (scene px).
    """
    height, width = scene.shape[:2]
    factor = WORK_SIDE / max(height, width)
    ready = _prepare(_resized(scene, factor))
    tight = Box.around(alpha, 0.5)
    if tight is None:
        return []
    look, matte = product[tight.slices], alpha[tight.slices]
    found: list[Candidate] = []
    for step in range(_STEPS):
        size = 0.97 * height * factor * _STEP**step / tight.h
        if tight.w * size > width * factor:
            continue
        if not heights[0] < tight.h * size / factor < heights[1]:
            continue
        found += _at_size(ready, look, matte, size, factor)
    return _apart(sorted(found, key=lambda c: -c.score), most)


def _prepare(scene: Rgb) -> _Scene:
    log = log_light(scene)
    pad = ((_PAD, _PAD), (_PAD, _PAD), (0, 0))
    directions = np.pad(scene_directions(log), pad)
    log = np.pad(log, pad, "edge")
    return _Scene(log, log * log, directions, (directions * directions).sum(2))


def _at_size(scene: _Scene, look: Rgb, matte: Alpha, size: float, factor: float) -> list[Candidate]:
    """The best few places for the product scaled by ``size`` (product px to working px)."""
    small = np.pad(_resized(look, size), ((_PAD, _PAD), (_PAD, _PAD), (0, 0)), "edge")
    alpha = np.pad(_resized(matte, size), _PAD).astype(np.float32)
    if small.shape[0] > scene.log.shape[0] or small.shape[1] > scene.log.shape[1]:
        return []
    log = log_light(small)
    edges = _edge_score(scene, product_directions(log, alpha), alpha)
    solid = (alpha > 0.5).astype(np.float32)
    inner = np.asarray(cv2.erode(solid, np.ones((3, 3), np.uint8)), np.float32)
    if inner.sum() < 30:
        return []
    texture, colour = _look_scores(scene, log, inner)
    score = edges * (0.7 + 0.3 * np.clip(texture, 0, 1)) * (0.7 + 0.3 * colour)
    found, left = [], score.copy()
    height, width = look.shape[0] * size, look.shape[1] * size
    reach = int(max(6, 0.25 * min(width, height)))
    for _ in range(4):
        y, x = np.unravel_index(left.argmax(), left.shape)
        box = Box(*(round(v / factor) for v in (x, y, width, height)))
        found.append(
            Candidate(box, *(float(part[y, x]) for part in (score, edges, texture, colour)))
        )
        left[max(0, y - reach) : y + reach, max(0, x - reach) : x + reach] = -1
    return found


def _edge_score(scene: _Scene, directions: Floats, alpha: Alpha) -> Floats:
    """Cosine between the product's direction maps and the scene's under the grown silhouette."""
    solid = (alpha > 0.5).astype(np.float32)
    over = np.asarray(cv2.dilate(solid, np.ones((5, 5), np.uint8)), np.float32)
    half = directions.shape[2] // 2
    both = sum(
        _slide(scene.directions[..., part], directions[..., part])
        for part in (slice(0, half), slice(half, None))
    )
    ours = float((directions**2).sum())
    theirs = np.maximum(_slide(scene.energy, over), _EMPTY * ours)
    return np.asarray(both / np.sqrt(theirs * ours), np.float32)


def _look_scores(scene: _Scene, log: Floats, inner: Floats) -> tuple[Floats, Floats]:
    """Texture (share of variance that one light explains) and colour (is that light likely).

    With S the scene's log light and T the product's, one light on the product gives S = T + g:
    the variance of S - T under the silhouette is what it leaves unexplained.
    """
    count = float(inner.sum())
    left = total = np.full((1, 1), 0.15, np.float32)  # a plain product must not be all noise
    gains = []
    for channel in range(3):
        there, ours = scene.log[..., channel], log[..., channel] * inner
        mean, own = _slide(there, inner) / count, float(ours.sum()) / count
        square, own_square = _slide(scene.square[..., channel], inner), float((ours**2).sum())
        cross = _slide(there, ours) / count
        gain = mean - own
        gains.append(gain)
        spread = square / count + own_square / count
        left = np.asarray(left + np.maximum(spread - 2 * cross - gain**2, 0), np.float32)
        total = np.asarray(total + np.maximum(spread - mean**2 - own**2, 0), np.float32)
    light = np.stack(gains, -1)
    level = light.mean(-1)
    tint = np.abs(light - level[..., None]).max(-1)
    likely = np.exp(-((np.maximum(tint - 0.15, 0) / 0.5) ** 2))
    likely = likely * np.exp(-((np.maximum(np.abs(level + 0.6) - 0.9, 0) / 0.6) ** 2))
    return 1 - left / total, likely


def _slide(image: Floats, kernel: Floats) -> Floats:
    found = cv2.matchTemplate(
        np.ascontiguousarray(image), np.ascontiguousarray(kernel, np.float32), cv2.TM_CCORR
    )
    return np.asarray(found, np.float32)


def _resized(image: NDArray[Any], factor: float) -> NDArray[Any]:
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    small: NDArray[Any] = cv2.resize(image, None, fx=factor, fy=factor, interpolation=how)
    return small


def _apart(ranked: list[Candidate], most: int) -> list[Candidate]:
    kept: list[Candidate] = []
    for candidate in ranked:
        if all(candidate.box.iou(other.box) < 0.45 for other in kept):
            kept.append(candidate)
        if len(kept) == most:
            break
    return kept
