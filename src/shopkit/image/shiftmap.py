"""Fill a small hole by a few shifts of the picture itself, chosen so that the seams show least.

The observation is He and Sun's (2012): what is hidden mostly repeats what is seen, some few steps
away, as floor boards, tiles, shelves and horizons do. Candidate shifts are those at which the
picture resembles itself, and those at which the rim of the hole finds its like. Which shift fills
which pixel is a Markov field with a seam cost between neighbours, solved by min-sum belief
propagation in sweeps (Tappen and Freeman 2003). Meant for holes of at most some 40 pixels.
"""

from __future__ import annotations

import cv2
import numpy as np

from shopkit.image.picture import Mask
from shopkit.image.pyramid import Floats, Ints

_SHIFTS = 56
_NEAREST = 3  # px: a shorter shift only says that the picture is smooth
_SAMPLES = 1200  # pixels whose likes are looked for
_CHOICE = 5  # every hole pixel gets at least this many shifts to choose from
_SWEEPS = 5
_FORBIDDEN = np.float32(1e6)


def fill_by_shifts(image: Floats, hole: Mask, usable: Mask) -> Ints | None:
    """Offsets (H, W, 2: rows, columns) from every hole pixel to a ``usable`` one; 0 elsewhere.

    ``image`` float (H, W, 3), whose hole holds a smooth guess. None where nothing is usable.
    """
    if usable.sum() < 20:
        return None
    look = _neighbourhoods(image)
    shifts = _candidates(look, hole, usable)
    chosen = _Field(look, hole, usable, shifts).solve()
    offsets = np.zeros((*hole.shape, 2), np.int64)
    offsets[hole] = shifts[chosen[hole]]
    return offsets


def _neighbourhoods(image: Floats) -> Floats:
    """Every pixel with its eight neighbours as one vector, itself counting double."""
    height, width = image.shape[:2]
    padded = cv2.copyMakeBorder(image, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    parts = [
        padded[dy : dy + height, dx : dx + width] * (2.0 if dy == dx == 1 else 1.0)
        for dy in range(3)
        for dx in range(3)
    ]
    return np.asarray(np.concatenate(parts, axis=2) / np.sqrt(12), np.float32)


def _candidates(look: Floats, hole: Mask, usable: Mask) -> Ints:
    """The shifts worth trying, (n, 2), enough of them for every pixel of the hole."""
    cover = np.sqrt(_coverage(hole, usable))
    alike = _self_likeness(look, hole, usable) * cover
    fitting = _rim_likeness(look, hole, usable)
    shifts = np.unique(
        np.concatenate([_peaks(alike, _SHIFTS // 2), _peaks(fitting * cover, _SHIFTS // 2)]), axis=0
    )
    for _ in range(30):
        poor = hole & (_allowed(hole, usable, shifts).sum(axis=2) < _CHOICE)
        if not poor.any():
            break
        want = _coverage(poor, usable) * (fitting + 1e-6)
        want[shifts[:, 0] + hole.shape[0], shifts[:, 1] + hole.shape[1]] = 0
        best = np.unravel_index(int(want.argmax()), want.shape)
        more = np.array([[best[0] - hole.shape[0], best[1] - hole.shape[1]]], np.int64)
        shifts = np.concatenate([shifts, more])
    return shifts


def _coverage(hole: Mask, usable: Mask) -> Floats:
    """For every shift the share of the hole it can fill; shift (0, 0) is in the middle."""
    height, width = hole.shape
    size = 2 * height + 1, 2 * width + 1
    spectrum = np.fft.rfft2(usable.astype(np.float64), size)
    spectrum *= np.conj(np.fft.rfft2(hole.astype(np.float64), size))
    counts = np.round(np.roll(np.fft.irfft2(spectrum, size), (height, width), (0, 1)))
    return (np.maximum(counts, 0) / max(1, int(hole.sum()))).astype(np.float32)


def _self_likeness(look: Floats, hole: Mask, usable: Mask) -> Floats:
    """How often each shift leads from a pixel near the hole to the one most like it."""
    height, width = hole.shape
    reach = max(np.ptp(np.nonzero(hole), axis=1)) + 1
    square = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    y, x = np.nonzero(usable & (cv2.dilate(hole.astype(np.uint8), square) > 0))
    every = max(1, len(y) // _SAMPLES)
    y, x = y[::every], x[::every]
    sy, sx = np.nonzero(usable)
    apart = _apart(look[y, x], look[sy, sx])
    dy, dx = sy[None] - y[:, None], sx[None] - x[:, None]
    apart[dy**2 + dx**2 < _NEAREST**2] = np.inf
    best = apart.argmin(axis=1)
    counts = np.zeros((2 * height + 1, 2 * width + 1), np.float32)
    np.add.at(counts, (sy[best] - y + height, sx[best] - x + width), 1)
    return np.asarray(cv2.GaussianBlur(counts + counts[::-1, ::-1], (0, 0), 1), np.float32)


def _rim_likeness(look: Floats, hole: Mask, usable: Mask) -> Floats:
    """For every shift, how much of the hole's rim finds its like there."""
    height, width = hole.shape
    rim = (cv2.dilate(hole.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0) & ~hole
    rim = rim & usable if (rim & usable).any() else rim
    y, x = np.nonzero(rim)
    sy, sx = np.nonzero(usable)
    apart = _apart(look[y, x], look[sy, sx])
    typical = 2 * float(np.median(apart.min(axis=1))) + 20
    like = np.exp(-apart / (2 * typical))
    row = sy[None] - y[:, None] + height
    where = row * (2 * width + 1) + sx[None] - x[:, None] + width
    total = np.bincount(where.ravel(), like.ravel(), (2 * height + 1) * (2 * width + 1))
    return np.asarray(total.reshape(2 * height + 1, 2 * width + 1), np.float32)


def _apart(a: Floats, b: Floats) -> Floats:
    """Squared distances between all rows of ``a`` and all rows of ``b``."""
    apart = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None] - 2 * (a @ b.T)
    return np.asarray(np.maximum(apart, 0), np.float32)


def _peaks(score: Floats, count: int) -> Ints:
    """The shifts of the highest local maxima, best first."""
    top = cv2.dilate(score, np.ones((3, 3), np.uint8))
    y, x = np.nonzero((score >= top) & (score > 0))
    order = np.argsort(-score[y, x], kind="stable")[:count]
    middle = score.shape[0] // 2, score.shape[1] // 2
    return np.stack([y[order] - middle[0], x[order] - middle[1]], axis=1).astype(np.int64)


def _allowed(where: Mask, usable: Mask, shifts: Ints) -> Mask:
    """Whether each shift leads from each pixel of ``where`` to a usable one, (H, W, n)."""
    height, width = where.shape
    y, x = np.mgrid[:height, :width]
    sy, sx = y[..., None] + shifts[:, 0], x[..., None] + shifts[:, 1]
    inside = (sy >= 0) & (sy < height) & (sx >= 0) & (sx < width)
    free = usable[np.clip(sy, 0, height - 1), np.clip(sx, 0, width - 1)]
    return np.asarray(inside & free)


class _Field:
    """The Markov field over the hole's bounding box, and its messages."""

    def __init__(self, look: Floats, hole: Mask, usable: Mask, shifts: Ints) -> None:
        rows, columns = np.nonzero(hole)
        self.top, self.left = int(rows.min()), int(columns.min())
        self.node = hole[self.top : rows.max() + 1, self.left : columns.max() + 1]
        self.shape = hole.shape
        height, width = self.node.shape
        y, x = np.mgrid[self.top - 1 : self.top + height + 1, self.left - 1 : self.left + width + 1]
        inside_y = np.clip(y, 0, hole.shape[0] - 1)
        inside_x = np.clip(x, 0, hole.shape[1] - 1)
        sy = np.clip(y[..., None] + shifts[:, 0], 0, hole.shape[0] - 1)
        sx = np.clip(x[..., None] + shifts[:, 1], 0, hole.shape[1] - 1)
        seen = look[sy, sx]
        allowed = usable[sy, sx] & (sy - y[..., None] == shifts[:, 0])
        allowed &= sx - x[..., None] == shifts[:, 1]
        in_picture = (y == inside_y) & (x == inside_x)
        known = in_picture & ~hole[inside_y, inside_x]
        rim = ((seen - look[inside_y, inside_x][:, :, None]) ** 2).sum(axis=3)
        rim = np.where(allowed, rim, 3000).astype(np.float32) * known[..., None]
        around = rim[:-2, 1:-1] + rim[2:, 1:-1] + rim[1:-1, :-2] + rim[1:-1, 2:]
        self.own = 2 * around + np.where(allowed[1:-1, 1:-1], 0, _FORBIDDEN).astype(np.float32)
        seen = seen[1:-1, 1:-1]
        power = (seen**2).sum(axis=3)
        cross = seen @ seen.transpose(0, 1, 3, 2)
        self.apart: Floats = np.maximum(
            power[..., None] + power[..., None, :] - 2 * cross, 0
        )  # of two shifts, at a pixel

    def solve(self) -> Ints:
        """The number of the best shift for every hole pixel, (H, W)."""
        said = {way: np.zeros_like(self.own) for way in ((0, 1), (0, -1), (1, 0), (-1, 0))}
        for _ in range(_SWEEPS):
            for way in said:
                self._sweep(said, way)
        belief = self.own + sum(said.values())
        chosen = np.zeros(self.shape, np.int64)
        height, width = self.node.shape
        chosen[self.top : self.top + height, self.left : self.left + width] = belief.argmin(axis=2)
        return chosen

    def _sweep(self, said: dict[tuple[int, int], Floats], way: tuple[int, int]) -> None:
        """Pass messages along one direction, line by line; ``said[way]`` is what arrived."""
        axis = 0 if way[0] else 1
        count = self.node.shape[axis]
        lines = range(count - 1) if sum(way) > 0 else range(count - 1, 0, -1)
        back = (-way[0], -way[1])
        for here in lines:
            there = here + sum(way)
            both = np.take(self.node, here, axis) & np.take(self.node, there, axis)
            if not both.any():
                continue
            a: tuple[int | Mask, int | Mask] = (here, both) if axis == 0 else (both, here)
            b: tuple[int | Mask, int | Mask] = (there, both) if axis == 0 else (both, there)
            known = self.own[a] + sum(m[a] for w, m in said.items() if w != back)
            told = (known[:, :, None] + self.apart[a] + self.apart[b]).min(axis=1)
            said[way][b] = told - told.min(axis=1, keepdims=True)
