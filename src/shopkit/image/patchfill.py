"""Fill a hole from the picture's own patches: PatchMatch with voting, from coarse to fine.

Barnes et al., PatchMatch (2009) for the search, Wexler et al., Space-Time Completion (2007) for
the energy: every patch that touches the hole looks like some patch of the known part. The search
runs over all query patches at once in numpy, on patches reduced to a few principal components.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from shopkit.image.picture import Mask

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

RADIUS = 3  # patches of 7 x 7
_SIDE = 2 * RADIUS + 1
_COMPONENTS = 20
_COARSE = 7.0  # greatest depth of the hole, in pixels, on the coarsest level
_ROUNDS = (6, 4, 3)  # match-and-vote rounds on the levels from the coarsest; then 2
_EXACT = 25_000_000  # query-source pairs up to which the search looks at all of them


@dataclass(frozen=True, slots=True)
class Completed:
    """``rgb`` float32 (H, W, 3) with the hole filled; ``offsets`` int (H, W, 2): rows, columns
    from a hole pixel to where it was taken from (0 elsewhere); ``misfit`` float32 (H, W): mean
    squared difference of a hole pixel's patch to the patch it was taken from.
    """

    rgb: Floats
    offsets: Ints
    misfit: Floats


def complete(rgb: Floats, hole: Mask, banned: Mask, seed: int = 0) -> Completed | None:
    """Fill ``hole`` from pixels that are neither hole nor ``banned``.

    None where no whole patch is free to copy from. Deterministic for a given seed.
    """
    rng = np.random.default_rng(seed)
    done: Completed | None = None
    for depth, (image, gap, bad) in enumerate(_pyramid(rgb, hole, banned)):
        usable = ~_grown(gap | bad, RADIUS) & _inside(gap.shape)
        if not usable.any():
            done = None
            continue
        start = _enlarge(done, image, gap) if done else _Start(_onion(image, gap, usable), None)
        rounds = _ROUNDS[depth] if depth < len(_ROUNDS) else 2
        done = _Level(image, gap, usable, rng).run(start, rounds)
    return done


@dataclass(slots=True)
class _Start:
    rgb: Floats
    offsets: Ints | None


class _Level:
    """One size of the pyramid: where each patch that touches the hole is taken from."""

    def __init__(self, image: Floats, hole: Mask, usable: Mask, rng: np.random.Generator) -> None:
        self.image, self.hole, self.usable, self.rng = image, hole, usable, rng
        self.shape = hole.shape
        self.rows, self.columns = np.nonzero(_grown(hole, RADIUS))
        self.place = np.full(self.shape, -1, np.int64)  # query number at a pixel
        self.place[self.rows, self.columns] = np.arange(len(self.rows))
        self.basis = _principal(image, usable, rng)
        self.known = _project(image, self.basis).reshape(-1, self.basis.shape[1])
        self.sources = np.flatnonzero(usable)
        depth = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3)
        self.trust: Floats = np.power(1.3, -depth, dtype=np.float32)[self.rows, self.columns]
        self.source: Ints = np.zeros(0, np.int64)  # flat index of each query's source
        self.cost: Floats = np.zeros(0, np.float32)
        self.query: Floats = np.zeros((0, 0), np.float32)

    def run(self, start: _Start, rounds: int) -> Completed:
        """Match and vote ``rounds`` times."""
        rgb = start.rgb
        self.source = self._adopt(start.offsets)
        exact = start.offsets is None and len(self.rows) * len(self.sources) < _EXACT
        for n in range(rounds):
            self.query = _patches(rgb, self.rows, self.columns) @ self.basis
            if exact:
                self._search_all()
            else:
                self._search(first=n == 0)
            rgb = self._vote()
        return self._result(rgb)

    def _adopt(self, offsets: Ints | None) -> Ints:
        """Sources from the offsets of a coarser level; random ones where those do not serve."""
        height, width = self.shape
        drawn = self.sources[self.rng.integers(0, len(self.sources), len(self.rows))]
        if offsets is None:
            return drawn
        shift = offsets[self.rows, self.columns]
        y = np.clip(self.rows + shift[:, 0], 0, height - 1)
        x = np.clip(self.columns + shift[:, 1], 0, width - 1)
        flat = y * width + x
        return np.where(self.usable.ravel()[flat], flat, drawn)

    def _search_all(self) -> None:
        """The best source of all, for every query (small levels)."""
        known = self.known[self.sources]
        apart = (known**2).sum(1)[None] - 2 * (self.query @ known.T)
        best = apart.argmin(1)
        own = (self.query**2).sum(1)
        self.source = self.sources[best]
        self.cost = np.maximum(apart[np.arange(len(best)), best] + own, 0)

    def _search(self, first: bool) -> None:
        """PatchMatch: try the neighbours' offsets, then random ones ever nearer."""
        self.cost = ((self.query - self.known[self.source]) ** 2).sum(1)
        for step in (1, 2, 4, 1) if first else (1, 3):
            for dy, dx in ((0, step), (0, -step), (step, 0), (-step, 0)):
                self._ask_neighbour(dy, dx)
        radius = max(self.shape) // 4 if first else 16
        while radius >= 1:
            jump = self.rng.integers(-radius, radius + 1, (2, len(self.source)))
            width = self.shape[1]
            self._try(self.source // width + jump[0], self.source % width + jump[1])
            radius //= 2

    def _ask_neighbour(self, dy: int, dx: int) -> None:
        height, width = self.shape
        y, x = self.rows + dy, self.columns + dx
        there = (y >= 0) & (y < height) & (x >= 0) & (x < width)
        number = np.where(
            there, self.place[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)], -1
        )
        source = self.source[np.maximum(number, 0)]
        self._try(source // width - dy, source % width - dx, number >= 0)

    def _try(self, y: Ints, x: Ints, asked: Mask | None = None) -> None:
        """Take the sources (y, x) where they fit better than the present ones."""
        height, width = self.shape
        open_ = (y >= 0) & (y < height) & (x >= 0) & (x < width)
        if asked is not None:
            open_ &= asked
        flat = np.where(open_, y * width + x, self.source)
        chosen = np.flatnonzero(self.usable.ravel()[flat] & (flat != self.source))
        cost = ((self.query[chosen] - self.known[flat[chosen]]) ** 2).sum(1)
        better = cost < self.cost[chosen]
        chosen = chosen[better]
        self.source[chosen], self.cost[chosen] = flat[chosen], cost[better]

    def _vote(self) -> Floats:
        """Every hole pixel becomes the weighted mean of what its patches say."""
        height, width = self.shape
        sigma = float(np.percentile(self.cost, 75)) + 1e-3
        weight = np.exp(-self.cost / (2 * sigma)) * self.trust + 1e-6
        total = np.zeros((height * width, 3), np.float32)
        weights = np.zeros(height * width, np.float32)
        flat, colours = self.image.reshape(-1, 3), _window()
        for dy in range(-RADIUS, RADIUS + 1):
            for dx in range(-RADIUS, RADIUS + 1):
                y, x = self.rows + dy, self.columns + dx
                there = (y >= 0) & (y < height) & (x >= 0) & (x < width)
                target = y[there] * width + x[there]
                share = weight[there] * colours[dy + RADIUS, dx + RADIUS]
                total[target] += flat[self.source[there] + dy * width + dx] * share[:, None]
                weights[target] += share
        voted = (total / np.maximum(weights, 1e-12)[:, None]).reshape(height, width, 3)
        return np.where(self.hole[..., None], voted, self.image).astype(np.float32)

    def _result(self, rgb: Floats) -> Completed:
        width = self.shape[1]
        offsets = np.zeros((*self.shape, 2), np.int64)
        misfit = np.zeros(self.shape, np.float32)
        offsets[self.rows, self.columns, 0] = self.source // width - self.rows
        offsets[self.rows, self.columns, 1] = self.source % width - self.columns
        misfit[self.rows, self.columns] = self.cost
        return Completed(rgb, offsets, misfit)


def _pyramid(rgb: Floats, hole: Mask, banned: Mask) -> list[tuple[Floats, Mask, Mask]]:
    """The picture at falling sizes, coarsest first; hole pixels never bleed into known ones."""
    ringed = np.pad(hole, 1).astype(np.uint8)
    depth = float(cv2.distanceTransform(ringed, cv2.DIST_L2, 3).max())
    halvings = max(0, int(np.ceil(np.log2(max(depth / _COARSE, 1)))))
    known = (~hole).astype(np.float32)
    levels = [(rgb, hole, banned)]
    for n in range(1, halvings + 1):
        size = tuple(max(2 * _SIDE, round(side / 2**n)) for side in hole.shape[::-1])
        share = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
        small = cv2.resize(rgb * known[..., None], size, interpolation=cv2.INTER_AREA)
        bad = cv2.resize(banned.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.2
        levels.append((small / np.maximum(share, 1e-3)[..., None], share < 0.5, bad))
    return levels[::-1]


def _enlarge(done: Completed, image: Floats, hole: Mask) -> _Start:
    """A coarser result as the start of the next level."""
    height, width = hole.shape
    rgb = cv2.resize(done.rgb, (width, height), interpolation=cv2.INTER_CUBIC)
    offsets = np.empty((height, width, 2), np.int64)
    for axis, scale in enumerate((height / done.misfit.shape[0], width / done.misfit.shape[1])):
        layer = done.offsets[..., axis].astype(np.float32)
        layer = cv2.resize(layer, (width, height), interpolation=cv2.INTER_NEAREST)
        offsets[..., axis] = np.round(layer * scale)
    return _Start(np.where(hole[..., None], rgb, image).astype(np.float32), offsets)


def _onion(image: Floats, hole: Mask, usable: Mask) -> Floats:
    """A first filling, ring by ring inwards, by the patch that fits what is known best."""
    rgb, unknown = image.copy(), hole.copy()
    known = _patches(image, *np.nonzero(usable))
    centres = image[usable]
    window = np.repeat(_window().reshape(-1), 3)
    while unknown.any():
        y, x = np.nonzero(unknown & _grown(~unknown, 1))
        seen = np.repeat((~unknown).astype(np.float32)[..., None], 3, axis=2)
        weight = _patches(seen, y, x) * window
        apart = weight @ (known**2).T - 2 * (weight * _patches(rgb, y, x)) @ known.T
        rgb[y, x] = centres[apart.argmin(1)]
        unknown[y, x] = False
    return rgb


def _principal(image: Floats, usable: Mask, rng: np.random.Generator) -> Floats:
    """The patches' main directions as a (147, components) basis, window weights included."""
    y, x = np.nonzero(usable)
    some = rng.permutation(len(y))[:2500]
    window = np.sqrt(np.repeat(_window().reshape(-1), 3))
    patches = _patches(image, y[some], x[some]) * window
    _, vectors = np.linalg.eigh(np.cov(patches.T))
    chosen = vectors[:, ::-1][:, :_COMPONENTS] * window[:, None]
    return np.ascontiguousarray(chosen, dtype=np.float32)


def _project(image: Floats, basis: Floats) -> Floats:
    """Every pixel's patch in the basis, (H, W, components), a strip of rows at a time."""
    height, width = image.shape[:2]
    out = np.empty((height, width, basis.shape[1]), np.float32)
    view = _windows(image)
    for top in range(0, height, 48):
        strip = view[top : top + 48]
        flat = strip.reshape(-1, basis.shape[0])
        out[top : top + 48] = (flat @ basis).reshape(*strip.shape[:2], -1)
    return out


def _patches(image: Floats, y: NDArray[np.intp], x: NDArray[np.intp]) -> Floats:
    """The patches around the given pixels, (n, 147)."""
    return _windows(image)[y, x].reshape(len(y), -1)


def _windows(image: Floats) -> Floats:
    edge = (RADIUS, RADIUS, RADIUS, RADIUS)
    padded = cv2.copyMakeBorder(image, *edge, cv2.BORDER_REPLICATE)
    return sliding_window_view(padded, (_SIDE, _SIDE), axis=(0, 1)).transpose(0, 1, 3, 4, 2)


def _window() -> Floats:
    """Weights of a patch's pixels, summing to 1."""
    bell = np.exp(-((np.arange(_SIDE) - RADIUS) ** 2) / (2 * 2.5**2))
    square = np.outer(bell, bell)
    return (square / square.sum()).astype(np.float32)


def _inside(shape: tuple[int, ...]) -> Mask:
    """Pixels whose whole patch lies in the picture."""
    inside = np.zeros(shape, np.bool_)
    inside[RADIUS : shape[0] - RADIUS, RADIUS : shape[1] - RADIUS] = True
    return inside


def _grown(mask: Mask, by: int) -> Mask:
    square = np.ones((2 * by + 1, 2 * by + 1), np.uint8)
    return cv2.dilate(mask.astype(np.uint8), square) > 0
