"""Fit a product's edges to the scene exactly: six numbers (move, size, turn, aspect, shear)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.edges import (
    Floats,
    log_light,
    product_directions,
    scene_directions,
)
from shopkit.image.geometry import Matrix, apply, scaling, shrunk
from shopkit.image.picture import Alpha, Box, Rgb

WORK_SIZE = 200  # px: longest side of the product while fitting
_POINTS = 900
_LIMITS = np.array([0.25, 0.25, 0.25, 0.2, 0.12, 0.15])  # of size, size, log, radians, log, ratio
_FIRST_STEP = np.array([0.04, 0.04, 0.04, 0.04, 0.03, 0.03])


@dataclass(frozen=True, slots=True)
class Fit:
    """``matrix`` takes product pixels to scene pixels; ``score`` 0..1: edges that fall on edges."""

    matrix: Matrix
    score: float


@dataclass(frozen=True, slots=True)
class _Points:
    """Edge points of the product, centred and in units of its longest side, with directions."""

    at: Floats  # (N, 2)
    bins: Floats  # (N, DIRECTIONS), rows sum to one
    centre: NDArray[np.float64]
    side: float


def fit_edges(scene: Rgb, product: Rgb, alpha: Alpha, start: Matrix) -> Fit:
    """Improve ``start`` until the product's edges lie on the scene's; coarse, then fine."""
    points = _edge_points(product, alpha)
    size = float(np.sqrt(abs(np.linalg.det(start[:2, :2])))) * points.side
    factor = min(1.0, WORK_SIZE / max(size, 1.0))
    around = _around(points, start, scene)
    maps = scene_directions(log_light(shrunk(scene[around.slices], factor)))
    to_work = scaling(factor, around.x, around.y)
    base = to_work @ start @ _uncentred(points)
    numbers = np.zeros(6)
    for blur, step in ((3.0, _FIRST_STEP), (0.0, _FIRST_STEP / 4)):
        soft = np.asarray(cv2.GaussianBlur(maps, (0, 0), blur), np.float32) if blur else maps
        numbers, score = _climb(soft, points, base, numbers, step)
    matrix = np.linalg.inv(to_work) @ base @ _change(numbers) @ np.linalg.inv(_uncentred(points))
    return Fit(matrix / matrix[2, 2], score)


def _edge_points(product: Rgb, alpha: Alpha) -> _Points:
    tight = Box.around(alpha, 0.5) or Box(0, 0, alpha.shape[1], alpha.shape[0])
    side = float(max(tight.w, tight.h))
    factor = min(1.0, WORK_SIZE / side)
    pad = 6
    look, matte = shrunk(product[tight.slices], factor), shrunk(alpha[tight.slices], factor)
    look = np.pad(look, ((pad, pad), (pad, pad), (0, 0)), "edge")
    directions = product_directions(log_light(look), np.pad(matte, pad))
    size = directions.sum(2)
    rows, columns = _strong_points(size)
    at = (np.stack([columns - pad, rows - pad], 1) + 0.5) / factor - 0.5
    centre = np.array([tight.w / 2, tight.h / 2]) - 0.5
    bins = directions[rows, columns]
    bins = bins / bins.sum(1, keepdims=True)
    offset = np.array([tight.x, tight.y])
    return _Points(((at - centre) / side).astype(np.float32), bins, centre + offset, side)


def _strong_points(size: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Ridge points of the edges, thinned to about ``_POINTS``."""
    ridge = (size >= cv2.dilate(size, np.ones((3, 3), np.uint8)) * 0.85) & (size > 0.1)
    rows, columns = np.nonzero(ridge)
    step = max(1, len(rows) // _POINTS)
    return rows[::step], columns[::step]


def _uncentred(points: _Points) -> Matrix:
    s, (x, y) = points.side, points.centre
    return np.array([[s, 0, x], [0, s, y], [0, 0, 1.0]])


def _change(numbers: NDArray[np.float64]) -> Matrix:
    dx, dy, size, turn, aspect, shear = numbers
    c, s, k = np.cos(turn), np.sin(turn), np.exp(size)
    rotate = np.array([[c, -s, dx], [s, c, dy], [0, 0, 1]])
    stretch = np.array([[k * np.exp(aspect), k * shear, 0], [0, k * np.exp(-aspect), 0], [0, 0, 1]])
    return np.asarray(rotate @ stretch, np.float64)


def _around(points: _Points, matrix: Matrix, scene: Rgb) -> Box:
    corners = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]) * points.side
    there = apply(matrix, corners + points.centre)
    low, high = there.min(0), there.max(0)
    box = Box(int(low[0]), int(low[1]), int(np.ptp(there[:, 0])) + 1, int(high[1] - low[1]) + 1)
    return box.grown(0.3, (scene.shape[1], scene.shape[0]))


def _climb(
    maps: Floats,
    points: _Points,
    base: Matrix,
    numbers: NDArray[np.float64],
    step: NDArray[np.float64],
) -> tuple[NDArray[np.float64], float]:
    """Pattern search: try each number up and down, halve the steps when nothing helps."""
    best = _score(maps, points, base @ _change(numbers))
    for _ in range(5):
        moved = True
        while moved:
            moved = False
            for index in range(6):
                for sign in (1.0, -1.0):
                    trial = numbers.copy()
                    trial[index] += sign * step[index]
                    if abs(trial[index]) > _LIMITS[index]:
                        continue
                    score = _score(maps, points, base @ _change(trial))
                    if score > best + 1e-5:
                        numbers, best, moved = trial, score, True
                        break
        step = step / 2
    return numbers, best


def _score(maps: Floats, points: _Points, matrix: Matrix) -> float:
    """Mean of the scene's direction maps at the product's edge points, each in its direction."""
    there = points.at @ matrix[:2, :2].T.astype(np.float32) + matrix[:2, 2].astype(np.float32)
    columns, rows = np.rint(there).astype(np.intp).T
    inside = (columns >= 0) & (rows >= 0) & (columns < maps.shape[1]) & (rows < maps.shape[0])
    if inside.sum() < len(inside) * 0.5:
        return 0.0
    here = maps[np.clip(rows, 0, maps.shape[0] - 1), np.clip(columns, 0, maps.shape[1] - 1)]
    return float((here * points.bins).sum(1)[inside].sum() / len(inside))
