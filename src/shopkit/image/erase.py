"""Take something out of a picture: fill its hole with what may have been behind it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.geometry import shrunk
from shopkit.image.patches import widened
from shopkit.image.patchfill import complete
from shopkit.image.picture import Alpha, Box, Mask, Rgb, paste, to_bytes
from shopkit.image.pyramid import Floats, Ints, Scale
from shopkit.image.seamless import join

_WORKING_AREA = 16_000  # hole pixels that the patch search works on; larger holes are shrunk
_REACH = 1.2  # of the hole's extent: how far around it is copied from
_THIN = 4.0  # px: a hole nowhere deeper than this is a rim, filled by diffusion
_PULL = 0.0005  # of the vote against the copies' gradients: light runs through over 45 px
_BESIDE = 0.15  # of the hole's extent: things kept this near are filled behind, then shown again
_STRIP = 256  # rows of the full size worked on at a time
_STUDIED = 1200  # px: longest side at which texture is measured
_NEAR = 36  # px at that size: what is looked at around what is left out
_NOTHING = 25.0  # grey levels of misfit where nothing could be copied


@dataclass(frozen=True, slots=True)
class Filled:
    """``rgb``: the picture, changed in the hole only. ``certainty`` 0..1: how well the filling
    continues its surroundings. ``texture``: how textured the surroundings are (grey levels, 0 =
    flat). ``method``: "none", "diffusion", "patches", or "model" for a model by path.
    """

    rgb: Rgb
    certainty: float
    texture: float
    method: str


def erase(
    rgb: Rgb,
    hole: Mask,
    *,
    keep: Mask | None = None,
    seen: Mask | None = None,
    engine: str | Path = "local",
) -> Filled:
    """Fill ``hole`` with texture, lines and slow shading continued from around it.

    ``keep`` marks what is not the ground: other parts of what is taken out, what stands in front
    of it. It stays as it is, is never copied from and never continued into the hole. ``seen``: the
    part of the hole that will be looked at; what something else will cover gets less detail.
    ``engine``
    is "local" or the path of an ONNX inpainting model (``EngineMissing`` where it cannot be used;
    never a silent fall-back).
    """
    hole = np.asarray(hole, np.bool_)
    if not hole.any():
        return Filled(rgb.copy(), 1.0, 0.0, "none")
    window = _surroundings(hole)
    part, gap = rgb[window.slices], hole[window.slices]
    banned = np.zeros_like(gap) if keep is None else keep[window.slices] & ~gap
    out = rgb.copy()
    onto = out[window.slices]
    if engine == "local":
        shown = gap if seen is None else gap & seen[window.slices]
        misfit, method = _by_patches(part, gap, banned, shown, onto)
    else:
        paste(_by_model(part, gap, Path(engine)), gap, onto)
        misfit, method = 0.0, "model"
    return Filled(out, float(np.exp(-misfit / 25)), texture(part, gap | banned), method)


def uncovered(hole: Mask, new_alpha: Alpha, rgb: Rgb) -> tuple[float, float]:
    """How much of ``hole`` the new product leaves bare (0..1), and how textured the ground is
    around what is bare (``texture``; 0 where nothing is).
    """
    bare = hole & (new_alpha < 0.5)
    if not bare.any():
        return 0.0, 0.0
    window = _surroundings(bare)
    share = float(bare.sum() / hole.sum())
    return share, texture(rgb[window.slices], hole[window.slices])


def texture(rgb: Rgb, without: Mask) -> float:
    """Mean strength of local structure (grey levels) near, but not in, ``without``.

    Looked at on at most 1200 px, so that the same ground is as textured in a larger photo.
    """
    factor = min(1.0, _STUDIED / max(without.shape))
    tight = Box.around(without)
    if tight is None:
        return 0.0
    around = tight.padded(round(_NEAR / factor), (without.shape[1], without.shape[0])).slices
    without = shrunk(without[around].astype(np.uint8), factor) > 0
    rgb = shrunk(rgb[around], factor)
    known = (~without).astype(np.float32)
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    weight = cv2.GaussianBlur(known, (0, 0), 3)
    mean = cv2.GaussianBlur(grey * known, (0, 0), 3) / np.maximum(weight, 1e-3)
    near = widened(without, 20) & ~without
    return float(np.abs(grey - mean)[near].mean()) if near.any() else 0.0


def _surroundings(hole: Mask) -> Box:
    """The part of the picture that is worth copying from."""
    size = (hole.shape[1], hole.shape[0])
    tight = Box.around(hole) or Box(0, 0, *size)
    return tight.padded(max(60, round(_REACH * max(tight.w, tight.h))), size)


def _by_patches(rgb: Rgb, hole: Mask, banned: Mask, seen: Mask, onto: Rgb) -> tuple[float, str]:
    """Fill the hole in ``onto``, a copy of ``rgb``; return misfit (grey levels) and method."""
    tight = Box.around(hole) or Box(0, 0, 1, 1)
    inner = np.pad(hole[tight.slices], 1).astype(np.uint8)
    if cv2.distanceTransform(inner, cv2.DIST_L2, 3).max() <= _THIN:
        _by_diffusion(rgb, hole, onto)
        return 0.0, "diffusion"
    behind = hole
    if banned.any():
        behind = hole | (banned & widened(hole, max(3, round(_BESIDE * max(tight.w, tight.h)))))
    small = _at_working_size(rgb, behind, banned)
    done = complete(small.image, small.hole, small.banned)
    if done is None:
        _by_diffusion(rgb, hole, onto)
        return _NOTHING, "diffusion"
    misfit = float(np.sqrt(done.misfit[small.hole].mean()))
    joined = join(small, done.rgb, done.offsets, _PULL)
    if small.hole.shape == hole.shape:
        paste(to_bytes(joined), hole, onto)
    else:
        _detailed(rgb, onto, hole, seen, joined, done.offsets)
    return misfit, "patches"


def _by_diffusion(rgb: Rgb, hole: Mask, onto: Rgb) -> None:
    filled = cv2.inpaint(rgb, hole.astype(np.uint8), 5, cv2.INPAINT_NS)
    paste(np.asarray(filled, np.uint8), hole, onto)


def _by_model(rgb: Rgb, hole: Mask, path: Path) -> Rgb:
    from shopkit.engines.erase_onnx import OnnxEraser

    return OnnxEraser(path).fill(rgb, hole)


def _at_working_size(rgb: Rgb, hole: Mask, banned: Mask) -> Scale:
    """The picture so small that its hole has the working area; any part of hole makes hole."""
    scale = float(np.sqrt(_WORKING_AREA / hole.sum()))
    if scale >= 1:
        return Scale(rgb.astype(np.float32), hole, banned)

    def share(of: Mask) -> Floats:
        return np.asarray(shrunk(of.astype(np.uint8) * 255, scale) / np.float32(255), np.float32)

    gone = share(hole) > 0
    kept = share(banned) > 0.1 if banned.any() else np.zeros_like(gone)
    return Scale(shrunk(rgb, scale).astype(np.float32), gone, kept)


def _detailed(rgb: Rgb, onto: Rgb, hole: Mask, seen: Mask, joined: Floats, offsets: Ints) -> None:
    """Fill the hole at full size: coarse structure from the joined working size; where it is
    ``seen``, fine detail from the pixels copied.
    """
    height, width = hole.shape
    down, across = joined.shape[0] / height, joined.shape[1] / width
    pixels, coarse = np.ascontiguousarray(rgb).reshape(-1, 3), to_bytes(joined)
    columns = (np.arange(width) * across).astype(np.int64)
    for top in range(0, height, _STRIP):
        rows = slice(top, min(height, top + _STRIP))
        if not hole[rows].any():
            continue
        near = coarse[(np.arange(top, rows.stop) * down).astype(np.int64)]
        paste(np.take(near, columns, axis=1), hole[rows], onto[rows])
        y, x = np.nonzero(seen[rows])
        if not len(y):
            continue
        y += top
        shift = offsets[(y * down).astype(np.int64), (x * across).astype(np.int64)]
        from_y = np.clip(y + np.round(shift[:, 0] / down).astype(np.int64), 0, height - 1)
        from_x = np.clip(x + np.round(shift[:, 1] / across).astype(np.int64), 0, width - 1)
        copied = from_y * width + from_x
        fine = np.take(pixels, copied, axis=0) - _sampled(
            joined, (from_y + 0.5) * down - 0.5, (from_x + 0.5) * across - 0.5
        )
        fine[np.take(hole, copied)] = 0
        there = _sampled(joined, (y + 0.5) * down - 0.5, (x + 0.5) * across - 0.5)
        onto[y, x] = to_bytes(there + fine)


def _sampled(image: Floats, y: NDArray[np.float64], x: NDArray[np.float64]) -> Floats:
    """The picture between its pixels, at places given in its own scale, (n, 3)."""
    columns = -(-len(y) // _STRIP)
    grid = np.zeros((2, _STRIP, columns), np.float32)
    grid[:, np.arange(_STRIP * columns).reshape(_STRIP, columns) < len(y)] = (y, x)
    found = cv2.remap(image, grid[1], grid[0], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found.reshape(-1, 3)[: len(y)], np.float32)
