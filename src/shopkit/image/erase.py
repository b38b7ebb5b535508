"""Take something out of a picture: fill its hole with what may have been behind it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from shopkit.image.patchfill import Completed, Floats, complete
from shopkit.image.picture import Alpha, Box, Mask, Rgb, to_bytes

_WORKING_AREA = 40_000  # hole pixels that the patch search works on; larger holes are shrunk
_THIN = 4.0  # px: a hole nowhere deeper than this is a rim, filled by diffusion
_DETAIL = 1.2  # px at working size: finer than this is copied, coarser is voted


@dataclass(frozen=True, slots=True)
class Filled:
    """``rgb``: the picture, changed in the hole only. ``certainty`` 0..1: how well the filling
    continues its surroundings. ``texture``: how textured the surroundings are (grey levels, 0 =
    flat). ``method``: "none", "diffusion", "patches", or the name of an engine.
    """

    rgb: Rgb
    certainty: float
    texture: float
    method: str


def erase(
    rgb: Rgb, hole: Mask, *, keep: Mask | None = None, engine: str | Path = "local"
) -> Filled:
    """Fill ``hole`` with texture, lines and slow shading continued from around it.

    ``keep`` marks pixels that stay as they are and are never copied from: other parts of what is
    taken out, what stands in front of it, its shadow. ``engine`` is "local" or the path of an
    ONNX inpainting model (``EngineMissing`` where it cannot be used; never a silent fall-back).
    """
    hole = np.asarray(hole, np.bool_)
    if not hole.any():
        return Filled(rgb.copy(), 1.0, 0.0, "none")
    window = _surroundings(hole)
    part, gap = rgb[window.slices], hole[window.slices]
    banned = np.zeros_like(gap) if keep is None else keep[window.slices] & ~gap
    if engine != "local":
        filled, misfit, method = _by_model(part, gap, Path(engine)), 0.0, "model"
    else:
        filled, misfit, method = _by_patches(part, gap, banned)
    out = rgb.copy()
    out[window.slices][gap] = filled[gap]
    grain = texture(part, gap | banned)
    return Filled(out, float(np.exp(-misfit / 25)), grain, method)


def uncovered(hole: Mask, new_alpha: Alpha, rgb: Rgb) -> tuple[float, float]:
    """How much of ``hole`` the new product leaves open (0..1), and how textured the ground is
    around what is open (``texture``; 0 where nothing is).
    """
    bare = hole & (new_alpha < 0.5)
    if not bare.any():
        return 0.0, 0.0
    share = float(bare.sum() / hole.sum())
    window = _surroundings(bare)
    return share, texture(rgb[window.slices], hole[window.slices])


def texture(rgb: Rgb, without: Mask) -> float:
    """Mean strength of local structure (grey levels) near, but not in, ``without``."""
    known = (~without).astype(np.float32)
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    weight = cv2.GaussianBlur(known, (0, 0), 3)
    mean = cv2.GaussianBlur(grey * known, (0, 0), 3) / np.maximum(weight, 1e-3)
    near = (cv2.dilate(without.astype(np.uint8), np.ones((41, 41), np.uint8)) > 0) & ~without
    return float(np.abs(grey - mean)[near].mean()) if near.any() else 0.0


def _surroundings(hole: Mask) -> Box:
    """The part of the picture that is worth copying from."""
    height, width = hole.shape
    tight = Box.around(hole)
    assert tight is not None
    reach = max(60, round(1.2 * max(tight.w, tight.h)))
    x0, y0 = max(0, tight.x - reach), max(0, tight.y - reach)
    x1, y1 = min(width, tight.x + tight.w + reach), min(height, tight.y + tight.h + reach)
    return Box(x0, y0, x1 - x0, y1 - y0)


def _by_patches(rgb: Rgb, hole: Mask, banned: Mask) -> tuple[Rgb, float, str]:
    """Filled picture, misfit (grey levels) and method."""
    depth = cv2.distanceTransform(np.pad(hole, 1).astype(np.uint8), cv2.DIST_L2, 3).max()
    if depth <= _THIN:
        return _by_diffusion(rgb, hole), 0.0, "diffusion"
    scale = min(1.0, float(np.sqrt(_WORKING_AREA / hole.sum())))
    small, gap, bad = _shrunk(rgb, hole, banned, scale)
    done = complete(small, gap, bad)
    if done is None:
        return _by_diffusion(rgb, hole), 25.0, "diffusion"
    misfit = float(np.sqrt(done.misfit[gap].mean()))
    return _with_detail(rgb, hole, done), misfit, "patches"


def _by_diffusion(rgb: Rgb, hole: Mask) -> Rgb:
    return np.asarray(cv2.inpaint(rgb, hole.astype(np.uint8), 5, cv2.INPAINT_NS), np.uint8)


def _by_model(rgb: Rgb, hole: Mask, path: Path) -> Rgb:
    from shopkit.engines.erase_onnx import OnnxEraser

    return OnnxEraser(path).fill(rgb, hole)


def _shrunk(rgb: Rgb, hole: Mask, banned: Mask, scale: float) -> tuple[Floats, Mask, Mask]:
    """The picture at working size; what was in the hole reaches no other pixel."""
    image = rgb.astype(np.float32)
    if scale == 1:
        return image, hole, banned
    size = (round(rgb.shape[1] * scale), round(rgb.shape[0] * scale))
    known = (~hole).astype(np.float32)
    share = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
    small = cv2.resize(image * known[..., None], size, interpolation=cv2.INTER_AREA)
    bad = cv2.resize(banned.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.1
    return small / np.maximum(share, 1e-3)[..., None], share < 0.999, bad


def _with_detail(rgb: Rgb, hole: Mask, done: Completed) -> Rgb:
    """The filling at full size: what is coarse from the vote, what is fine from the sources."""
    height, width = hole.shape
    scale = done.misfit.shape[0] / height
    known = np.where(hole[..., None], 0, rgb).astype(np.float32)
    voted = cv2.resize(done.rgb, (width, height), interpolation=cv2.INTER_CUBIC)
    base = np.where(hole[..., None], voted, known).astype(np.float32)
    sigma = _DETAIL / scale
    coarse = cv2.GaussianBlur(base, (0, 0), sigma)
    y, x = np.nonzero(hole)
    near = (y * scale).astype(np.int64), (x * scale).astype(np.int64)
    shift = done.offsets[near] / scale
    sy = np.clip(y + np.round(shift[:, 0]).astype(np.int64), 0, height - 1)
    sx = np.clip(x + np.round(shift[:, 1]).astype(np.int64), 0, width - 1)
    fine = (base - coarse)[sy, sx]
    out = rgb.copy()
    out[y, x] = to_bytes(coarse[y, x] + fine)
    return out
