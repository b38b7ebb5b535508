"""Find a textured product in a scene by local features: SIFT, ratio test, MAGSAC, then checks."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.geometry import Matrix
from shopkit.image.picture import Alpha, Rgb

Points = NDArray[np.float32]  # (N, 2)

_WORK_SIDE = 960  # px: longest side while features are looked for
_RATIO = 0.8
_REACH = 0.02  # of the product's size: how far a turned product's points may lie off one plane
_MOST = 4000
_ALIKE = 0.55  # between descriptors (RootSIFT) of the same detail
_ELSEWHERE = 0.15  # of the product's size: a copy of a detail lies further away than this
_EQUAL = (0.7, 1.4)  # times its size and
_UPRIGHT = 30  # degrees of turn, within which equal goods stand side by side
_COPIED = 20  # details that are found again, and
_PART = 0.04  # of all details, from which on a copy is believed


@dataclass(frozen=True, slots=True)
class Matches:
    """``matrix`` and the pairs it explains: ``ours`` product pixels, ``theirs`` scene pixels."""

    matrix: Matrix
    ours: Points
    theirs: Points

    @property
    def count(self) -> int:
        """How many pairs agree."""
        return len(self.ours)


def match(scene: Rgb, product: Rgb, alpha: Alpha) -> Matches | None:
    """Return the similarity that most feature pairs agree on; None where fewer than five do."""
    ours, our_words = _features(product, cv2.erode(alpha, np.ones((5, 5), np.uint8)) > 0.5)
    theirs, their_words = _features(scene, None)
    if len(ours) < 5 or len(theirs) < 5:
        return None
    pairs = _ratio_pairs(our_words, their_words)
    if len(pairs) < 5:
        return None
    a, b = ours[pairs[:, 0]], theirs[pairs[:, 1]]
    cv2.setRNGSeed(0)
    rows, columns = np.nonzero(alpha > 0.5)
    size = float(max(int(np.ptp(rows)), int(np.ptp(columns)), 1))
    back, agreed = cv2.estimateAffinePartial2D(
        b, a, method=cv2.RANSAC, ransacReprojThreshold=_REACH * size * 1.5, maxIters=5000
    )
    if back is None or agreed.sum() < 5:
        return None
    keep = agreed.ravel() > 0
    try:
        matrix = np.linalg.inv(np.vstack([back, [0, 0, 1]]))
    except np.linalg.LinAlgError:
        return None
    return Matches(matrix, a[keep], b[keep])


def repeated(rgb: Rgb, alpha: Alpha) -> bool:
    """Whether the cut-out's details are found again beside them: equal goods in a row.

    Looks inside the cut-out and beyond it for one similarity that moves many of its details onto
    equal ones, at about the same size and not turned.
    """
    points, words = _features(rgb, None)
    x, y = np.clip(np.rint(points).astype(int), 0, (alpha.shape[1] - 1, alpha.shape[0] - 1)).T
    inside = alpha[y, x] > 0.5
    if inside.sum() < _COPIED:
        return False
    rows, columns = np.nonzero(alpha > 0.5)
    size = float(max(int(np.ptp(rows)), int(np.ptp(columns)), 1))
    a, b = _twins(points, words, inside, _ELSEWHERE * size)
    if len(a) < _COPIED:
        return False
    cv2.setRNGSeed(0)
    moved, agreed = cv2.estimateAffinePartial2D(
        a, b, method=cv2.RANSAC, ransacReprojThreshold=_REACH * size, maxIters=5000
    )
    if moved is None or agreed.sum() < max(_COPIED, _PART * inside.sum()):
        return False
    scale = float(np.hypot(moved[0, 0], moved[1, 0]))
    turn = float(np.degrees(np.arctan2(moved[1, 0], moved[0, 0])))
    return _EQUAL[0] < scale < _EQUAL[1] and abs(turn) < _UPRIGHT


def _twins(
    points: Points, words: NDArray[np.float32], inside: NDArray[np.bool_], away: float
) -> tuple[Points, Points]:
    """The details ``inside`` and the likest to each that lies ``away`` from it, px; each once."""
    own = words[inside]
    apart = np.square(own).sum(1)[:, None] + np.square(words).sum(1) - 2 * own @ words.T
    steps = points[inside][:, None] - points[None]
    apart[np.hypot(steps[..., 0], steps[..., 1]) < away] = np.inf
    likest = apart.argmin(axis=1)
    far = apart[np.arange(len(own)), likest]
    nearest_first = np.argsort(far, kind="stable")
    _, first = np.unique(likest[nearest_first], return_index=True)
    kept = nearest_first[np.sort(first)]
    kept = kept[far[kept] < _ALIKE**2]
    return points[inside][kept], points[likest[kept]]


def _features(rgb: Rgb, where: NDArray[np.bool_] | None) -> tuple[Points, NDArray[np.float32]]:
    """Points in the picture's own pixels, with their descriptors (RootSIFT)."""
    factor = min(1.0, _WORK_SIDE / max(rgb.shape[:2]))
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    grey = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    mask = None
    if where is not None:
        mask = cv2.resize(where.astype(np.uint8), (grey.shape[1], grey.shape[0]))
    found, words = cv2.SIFT.create(_MOST, contrastThreshold=0.02).detectAndCompute(grey, mask)
    if words is None:
        return np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32)
    points = np.array([key.pt for key in found], np.float32)
    return (points + 0.5) / factor - 0.5, np.sqrt(words / (words.sum(1, keepdims=True) + 1e-6))


def _ratio_pairs(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> NDArray[np.intp]:
    """Index pairs whose best match is clearly nearer than the second."""
    best = cv2.BFMatcher().knnMatch(ours, theirs, k=2)
    kept = [
        (two[0].queryIdx, two[0].trainIdx)
        for two in best
        if len(two) == 2 and two[0].distance < _RATIO * two[1].distance
    ]
    return np.array(kept, np.intp).reshape(-1, 2)
