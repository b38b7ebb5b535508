"""Matrices between pictures: 3x3, on pixel indices (a pixel's centre is a whole number)."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.picture import Box

Matrix = NDArray[np.float64]

_HALVED = 0.5  # from this factor down a picture is halved before it is shrunk
_NARROW = 4.0  # px of sigma that a wide blur is worked out with


def scaling(factor: float, x: float = 0, y: float = 0) -> Matrix:
    """The matrix of cutting at (x, y) and resizing by ``factor`` as cv2.resize does."""
    shift = factor / 2 - 0.5
    return np.array([[factor, 0, shift - factor * x], [0, factor, shift - factor * y], [0, 0, 1.0]])


def box_matrix(ours: Box, theirs: Box) -> Matrix:
    """The matrix that puts one box's edges on another's."""
    sx, sy = theirs.w / ours.w, theirs.h / ours.h
    return np.array(
        [
            [sx, 0, theirs.x - sx * ours.x + sx / 2 - 0.5],
            [0, sy, theirs.y - sy * ours.y + sy / 2 - 0.5],
            [0, 0, 1.0],
        ]
    )


def apply(matrix: Matrix, points: NDArray[Any]) -> NDArray[np.float64]:
    """Points (N, 2) through a matrix."""
    there = np.concatenate([points, np.ones((len(points), 1))], 1) @ matrix.T
    moved: NDArray[np.float64] = there[:, :2] / there[:, 2:]
    return moved


def warp(image: NDArray[Any], matrix: Matrix, size: tuple[int, int]) -> NDArray[Any]:
    """The picture brought through ``matrix`` into a frame of (width, height); zero outside.

    Shrinking is filtered first, so that fine patterns do not alias.
    """
    shrink = float(np.sqrt(abs(np.linalg.det(matrix[:2, :2] / matrix[2, 2]))))
    if shrink < 0.7:
        small = cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        fx, fy = small.shape[1] / image.shape[1], small.shape[0] / image.shape[0]
        exact = np.array([[fx, 0, fx / 2 - 0.5], [0, fy, fy / 2 - 0.5], [0, 0, 1.0]])
        image, matrix = small, matrix @ np.linalg.inv(exact)
    there: NDArray[Any] = cv2.warpPerspective(image, matrix, size, flags=cv2.INTER_LINEAR)
    return there


def shrunk(image: NDArray[Any], factor: float) -> NDArray[Any]:
    """The picture made smaller by area; unchanged where ``factor`` is 1 or more.

    Even sides are halved first, as long as the size allows: a third of the time.
    """
    if factor >= 1:
        return np.ascontiguousarray(image)
    while factor <= _HALVED and image.shape[0] % 2 == image.shape[1] % 2 == 0:
        half = image.shape[1] // 2, image.shape[0] // 2
        image = cv2.resize(image, half, interpolation=cv2.INTER_AREA)
        factor *= 2
    small: NDArray[Any] = cv2.resize(
        image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA
    )
    return small


def halvings(side: int, most: int) -> int:
    """How often a side must be halved to be at most so long."""
    return max(0, int(np.ceil(np.log2(side / most))))


def halved(image: NDArray[Any], times: int) -> NDArray[Any]:
    """The picture made smaller by halves: a quarter of the time that any other size takes."""
    for _ in range(times):
        image = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return image


def blurred(image: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """A Gaussian blur; a wide one is worked out small, which nobody can tell and costs little."""
    factor = _NARROW / sigma
    if factor > 0.5 or min(image.shape[:2]) * factor < 8:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.float32)
    small = cv2.GaussianBlur(shrunk(image, factor), (0, 0), _NARROW)
    size = (image.shape[1], image.shape[0])
    return np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_LINEAR), np.float32)


def scaled(box: Box, factor: float, size: tuple[int, int]) -> Box:
    """The box times ``factor``, kept in a frame of (width, height)."""
    x, y = max(0, round(box.x * factor)), max(0, round(box.y * factor))
    right, bottom = round((box.x + box.w) * factor), round((box.y + box.h) * factor)
    return Box(x, y, max(1, min(right, size[0]) - x), max(1, min(bottom, size[1]) - y))
