"""Fill a hole from the picture's own patches: PatchMatch with voting, from coarse to fine.

Barnes et al., PatchMatch (2009) for the search, Wexler et al., Space-Time Completion (2007) for
the energy: every patch that touches the hole looks like some patch of the known part. The search
runs over all query patches at once, on patches reduced to their slow cosines. The coarsest level
starts with rings from the rim inwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from shopkit.image.patches import RADIUS, SIDE, cosines, described, patches, whole, widened, window
from shopkit.image.picture import Mask
from shopkit.image.pyramid import Floats, Ints, Scale, scales

_COARSE = 500  # pixels of the hole on the coarsest level, at most
_ROUNDS = (8, 5, 2)  # match-and-vote rounds on the coarsest levels, the last figure repeated
_EXACT = 4_000_000  # query-source pairs up to which the search looks at all of them
_INWARDS = 1.6  # a vote counts this much less with every pixel into the hole


@dataclass(frozen=True, slots=True)
class Completed:
    """``rgb`` float32 (H, W, 3) with the hole filled; ``offsets`` int (H, W, 2): rows, columns
    from a hole pixel to where it was taken from; ``misfit`` float32 (H, W): mean squared
    difference of a hole pixel's patch to the patch it was taken from, 0 elsewhere.
    """

    rgb: Floats
    offsets: Ints
    misfit: Floats


def complete(rgb: Floats, hole: Mask, banned: Mask) -> Completed | None:
    """Fill ``hole`` from pixels that are neither hole nor ``banned``. Deterministic.

    None where no whole patch is free to copy from.
    """
    done: Completed | None = None
    for n, scale in enumerate(scales(rgb, hole, banned, _COARSE, 3 * SIDE)):
        level = _Level.of(scale)
        if level is None:
            continue
        first, offsets = _enlarged(done, scale) if done else (_onion(level), None)
        done = level.run(first, offsets, _ROUNDS[min(n, len(_ROUNDS) - 1)])
    return done


class _Level:
    """One size of the pyramid: where each patch that touches the hole is taken from."""

    def __init__(self, scale: Scale, usable: Mask) -> None:
        self.image, self.hole, self.usable = scale.image, scale.hole, usable
        self.shape = scale.hole.shape
        self.rng = np.random.default_rng(int(scale.hole.sum()))
        self.rows, self.columns = np.nonzero(widened(scale.hole, RADIUS))
        self.place = np.full(self.shape, -1, np.int64)  # query number at a pixel
        self.place[self.rows, self.columns] = np.arange(len(self.rows))
        self.basis = cosines()
        self.known = described(scale.image, self.basis)
        self.sources = np.flatnonzero(usable)
        depth = cv2.distanceTransform(scale.hole.astype(np.uint8), cv2.DIST_L2, 3)
        self.trust = np.power(_INWARDS, -depth, dtype=np.float32)[self.rows, self.columns]
        self.source: Ints = np.zeros(0, np.int64)  # flat index of each query's source
        self.cost: Floats = np.zeros(0, np.float32)
        self.query: Floats = np.zeros((0, 0), np.float32)

    @classmethod
    def of(cls, scale: Scale) -> _Level | None:
        """The level for ``scale``; None where no whole patch is free to copy from."""
        usable = ~widened(scale.hole | scale.banned, RADIUS) & whole(scale.hole.shape)
        return cls(scale, usable) if usable.sum() >= SIDE else None

    def run(self, rgb: Floats, offsets: Ints | None, rounds: int) -> Completed:
        """Match and vote ``rounds`` times, from first offsets, else from the first filling."""
        self.source = self._adopted(offsets)
        if offsets is not None:  # sharper than the enlarged picture, which would match blur
            self.cost = np.zeros(len(self.rows), np.float32)
            rgb = self._vote()
        exact = len(self.rows) * len(self.sources) < _EXACT
        for n in range(rounds):
            self.query = patches(rgb, self.rows, self.columns) @ self.basis
            if exact and n < 3:
                self._search_all()
            else:
                self._search(first=n == 0)
            rgb = self._vote()
        return self._result(rgb)

    def _adopted(self, offsets: Ints | None) -> Ints:
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
        radius, width = 16, self.shape[1]
        while radius >= 1:
            jump = self.rng.integers(-radius, radius + 1, (2, len(self.source)))
            self._try(self.source // width + jump[0], self.source % width + jump[1])
            radius //= 2

    def _ask_neighbour(self, dy: int, dx: int) -> None:
        height, width = self.shape
        y, x = self.rows + dy, self.columns + dx
        there = (y >= 0) & (y < height) & (x >= 0) & (x < width)
        number = self.place[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)]
        source = self.source[np.maximum(number, 0)]
        self._try(source // width - dy, source % width - dx, there & (number >= 0))

    def _try(self, y: Ints, x: Ints, asked: Mask | None = None) -> None:
        """Take the sources (y, x) where they fit better than the present ones."""
        height, width = self.shape
        inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
        if asked is not None:
            inside &= asked
        flat = np.where(inside, y * width + x, self.source)
        chosen = np.flatnonzero(self.usable.ravel()[flat] & (flat != self.source))
        cost = ((self.query[chosen] - self.known[flat[chosen]]) ** 2).sum(1)
        better = cost < self.cost[chosen]
        chosen = chosen[better]
        self.source[chosen], self.cost[chosen] = flat[chosen], cost[better]

    def _vote(self) -> Floats:
        """Every hole pixel becomes the weighted mean of what its patches say."""
        height, width = self.shape
        sigma = float(np.percentile(self.cost, 75)) + 1e-3
        weight = (np.exp(-self.cost / (2 * sigma)) * self.trust + 1e-9).astype(np.float32)
        bell, across = window(), width + 2 * RADIUS
        seen = cv2.cvtColor(self.image, cv2.COLOR_RGB2RGBA).reshape(-1, 4)
        seen[:, 3] = 1  # the fourth channel sums the weights
        total = np.zeros(((height + 2 * RADIUS) * across, 4), np.float32)  # votes may go over it
        target = (self.rows + RADIUS) * across + self.columns + RADIUS
        for dy in range(-RADIUS, RADIUS + 1):
            for dx in range(-RADIUS, RADIUS + 1):
                vote = np.take(seen, self.source + (dy * width + dx), axis=0)
                vote *= (weight * bell[dy + RADIUS, dx + RADIUS])[:, None]
                total[target + (dy * across + dx)] += vote
        inner = slice(RADIUS, -RADIUS)
        total = total.reshape(-1, across, 4)[inner, inner]
        voted = total[..., :3] / np.maximum(total[..., 3:], 1e-20)
        return np.where(self.hole[..., None], voted, self.image).astype(np.float32)

    def _result(self, rgb: Floats) -> Completed:
        width = self.shape[1]
        offsets = np.zeros((*self.shape, 2), np.int64)
        misfit = np.zeros(self.shape, np.float32)
        offsets[self.rows, self.columns, 0] = self.source // width - self.rows
        offsets[self.rows, self.columns, 1] = self.source % width - self.columns
        misfit[self.rows, self.columns] = self.cost
        return Completed(rgb, offsets, misfit)


def _enlarged(done: Completed, scale: Scale) -> tuple[Floats, Ints]:
    """A coarser result as the start of the next level: picture and offsets."""
    height, width = scale.hole.shape
    rgb = cv2.resize(done.rgb, (width, height), interpolation=cv2.INTER_CUBIC)
    offsets = np.empty((height, width, 2), np.int64)
    for axis, times in enumerate((height / done.misfit.shape[0], width / done.misfit.shape[1])):
        layer = done.offsets[..., axis].astype(np.float32)
        enlarged = cv2.resize(layer, (width, height), interpolation=cv2.INTER_NEAREST)
        offsets[..., axis] = np.round(enlarged * times)
    return np.where(scale.hole[..., None], rgb, scale.image).astype(np.float32), offsets


def _onion(level: _Level) -> Floats:
    """A first filling, ring by ring inwards, by the patch that fits what is known best."""
    rgb, unknown = level.image.copy(), level.hole.copy()
    known = patches(level.image, *np.nonzero(level.usable))
    centres = level.image[level.usable]
    bell = np.repeat(window().reshape(-1), 3)
    while unknown.any():
        y, x = np.nonzero(unknown & widened(~unknown, 1))
        seen = np.repeat((~unknown).astype(np.float32)[..., None], 3, axis=2)
        weight = patches(seen, y, x) * bell
        apart = weight @ (known**2).T - 2 * (weight * patches(rgb, y, x)) @ known.T
        rgb[y, x] = centres[apart.argmin(1)]
        unknown[y, x] = False
    return rgb
