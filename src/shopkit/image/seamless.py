"""Join copied pieces without seams: keep their gradients, let slow light run through.

Solves for the picture u in the hole that has the copies' gradients g, agrees with the known
pixels at the rim, and stays near a first guess v on the whole: min |grad u - g|^2 + pull (u - v)^2
(screened Poisson equation), by conjugate gradients.
"""

from __future__ import annotations

import numpy as np

from shopkit.image.picture import Mask
from shopkit.image.pyramid import Floats, Ints, Scale

_ROUNDS = 120
_ENOUGH = 0.05  # grey levels: root mean square residual to stop at


def join(scale: Scale, guess: Floats, offsets: Ints, pull: float) -> Floats:
    """The picture (H, W, 3) with its hole joined from the pixels at ``offsets``.

    What is banned does not shine into the hole where it borders on it.
    ``guess``: float (H, W, 3), what the hole should look like on the whole. ``pull`` >= 0: its
    weight; 0.001 lets light run through over some 30 pixels.
    """
    image, hole = scale.image, scale.hole
    rows, columns = np.nonzero(hole)
    height, width = hole.shape
    box = (
        slice(max(0, rows.min() - 1), min(height, rows.max() + 2)),
        slice(max(0, columns.min() - 1), min(width, columns.max() + 2)),
    )
    gap = hole[box]
    right, down = _gradients(image, offsets, box)
    links = _links(gap, gap | ~scale.banned[box])
    start = np.where(gap[..., None], guess[box], image[box]).astype(np.float32)
    wanted = pull * np.where(gap[..., None], guess[box], 0)
    for axis, gradient, link in ((1, right, links[1]), (0, down, links[0])):
        flow = gradient * link[..., None]
        wanted += _behind(flow, axis) - flow
    out = image.copy()
    out[box] = _solved(start, gap, links, wanted.astype(np.float32), pull)
    return out


def _gradients(image: Floats, offsets: Ints, box: tuple[slice, slice]) -> tuple[Floats, Floats]:
    """The copies' steps to the right and to the lower neighbour, mean of both pixels' copies."""
    height, width = image.shape[:2]
    y, x = np.mgrid[box]
    sy, sx = y + offsets[box][..., 0], x + offsets[box][..., 1]

    def at(dy: int, dx: int) -> Floats:
        found: Floats = image[np.clip(sy + dy, 0, height - 1), np.clip(sx + dx, 0, width - 1)]
        return found

    here = at(0, 0)
    right, down = at(0, 1) - here, at(1, 0) - here
    from_right, from_down = here - at(0, -1), here - at(-1, 0)
    right[:, :-1] = (right[:, :-1] + from_right[:, 1:]) / 2
    down[:-1] = (down[:-1] + from_down[1:]) / 2
    return right, down


def _links(gap: Mask, tied: Mask) -> tuple[Floats, Floats]:
    """Which pixels are tied to their lower and right neighbours: pairs that touch the hole."""
    down, right = np.zeros(gap.shape, np.float32), np.zeros(gap.shape, np.float32)
    down[:-1] = (gap[:-1] | gap[1:]) & tied[:-1] & tied[1:]
    right[:, :-1] = (gap[:, :-1] | gap[:, 1:]) & tied[:, :-1] & tied[:, 1:]
    return down, right


def _behind(values: Floats, axis: int) -> Floats:
    """Every pixel's upper (axis 0) or left (axis 1) neighbour's value; 0 at the edge."""
    out = np.zeros_like(values)
    if axis == 0:
        out[1:] = values[:-1]
    else:
        out[:, 1:] = values[:, :-1]
    return out


def _solved(
    start: Floats, gap: Mask, links: tuple[Floats, Floats], wanted: Floats, pull: float
) -> Floats:
    """Conjugate gradients on the hole's pixels, the others held."""
    free = gap[..., None].astype(np.float32)

    def apply(u: Floats) -> Floats:
        out = pull * u
        for axis, link in enumerate(links):
            step = np.diff(u, axis=axis, append=0) * link[..., None]
            out += _behind(step, axis) - step
        return out * free

    u = start.copy()
    rest = wanted * free - apply(u)
    way = rest.copy()
    power = float((rest**2).sum())
    enough = _ENOUGH**2 * 3 * float(gap.sum())
    for _ in range(_ROUNDS):
        if power <= enough:
            break
        image = apply(way)
        step = power / max(float((way * image).sum()), 1e-12)
        u += step * way
        rest -= step * image
        power, before = float((rest**2).sum()), power
        way = rest + (power / before) * way
    return u
