"""One light for the new product: exposure, white balance and slow shading, and nothing else.

Where the old product's own photo is given, the light is how its look changed from the studio to
the scene, carried to the new product by position and by where the surface faces. Else it is
estimated from the scene. Nothing is repainted: the light can be divided out again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.image.colour import delta_e_2000, to_lab
from shopkit.image.picture import Alpha, Box, Light, Rgb, to_linear, to_srgb

Floats = NDArray[np.float32]
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
_GRID = 56  # samples along the longer side: shading is slow, so few are enough
_NEAR = 0.045  # of the box: the field is averaged over this
_FACING = 0.12  # how much a surface's direction counts against its position
_DARK = 0.02  # linear light under which a look says little about the light on it
_EXPOSURE = (
    -1.6,
    0.3,
)  # log factor; beyond this a scene's brightness is its subject, not its light
_MOST_CAST = 0.35  # log factor of a channel against the mean
_LEAST, _MOST = 0.02, 4.0  # a light outside this is an error, not a light


@dataclass(frozen=True, slots=True)
class Lighting:
    """What light falls on the new product, against its studio's.

    ``field``: factors on linear light, (h, w, 3) over the product's window, or (3,) for one
    factor everywhere. ``source``: "exact" (none), "old_photo" or "scene". ``certainty`` 0..1.
    ``kept``: 1.0, or the share of the light that a cap on ΔE left.
    """

    field: Light
    source: Literal["exact", "old_photo", "scene"]
    certainty: float
    kept: float = 1.0

    @property
    def mean(self) -> tuple[float, float, float]:
        """The mean factor of red, green and blue."""
        r, g, b = self.field.reshape(-1, 3).mean(axis=0)
        return float(r), float(g), float(b)


EXACT = Lighting(np.ones(3, np.float32), "exact", 1.0)


@dataclass(frozen=True, slots=True)
class Looks:
    """The old product twice, pixel on pixel: ``scene`` and ``studio`` (h, w, 3) linear light,
    ``weight`` (h, w) where both are seen. ``silhouette`` (h, w) is its whole outline.
    """

    scene: Light
    studio: Light
    weight: Floats
    silhouette: Alpha


def light_from_old(looks: Looks, product: Alpha) -> Lighting:
    """The light on ``product`` (its placed alpha, any window) as the old product tells it."""
    theirs, theirs_box = _surface(looks.silhouette)
    ours, ours_box = _surface(product)
    size = (theirs.shape[1], theirs.shape[0])
    weight = _shrunk(looks.weight, theirs_box, size)
    scene = _shrunk(looks.scene * looks.weight[..., None], theirs_box, size)
    studio = _shrunk(looks.studio * looks.weight[..., None], theirs_box, size)
    seen = weight.ravel() > 0.2
    if seen.sum() < 12:
        return EXACT
    scene, studio = scene.reshape(-1, 3)[seen], studio.reshape(-1, 3)[seen]
    near = _nearness(ours.reshape(-1, 4), theirs.reshape(-1, 4)[seen])
    mass = (near @ weight.ravel()[seen])[:, None]
    whole = scene.sum(0) / np.maximum(studio.sum(0), 1e-6)
    factor = (near @ scene / mass + _DARK * whole) / (near @ studio / mass + _DARK)
    factor = np.clip(factor, _LEAST, _MOST)
    look = studio.sum(0) / weight.ravel()[seen].sum()
    near_look = (near @ studio / mass + look * _DARK) / (1 + _DARK)
    factor, whole = _less_cast(factor, near_look), _less_cast(whole, look)
    field = np.empty((*product.shape, 3), np.float32)
    field[:] = whole
    grid = factor.reshape(*ours.shape[:2], 3).astype(np.float32)
    across = (ours_box.w, ours_box.h)
    field[ours_box.slices] = cv2.resize(grid, across, interpolation=cv2.INTER_CUBIC)
    return Lighting(np.clip(field, _LEAST, _MOST), "old_photo", _certainty(scene, studio))


def light_from_scene(scene: Rgb, around: Box, without: Alpha) -> Lighting:
    """One light for all of the product, from how the scene about it looks.

    Shades of Grey (Finlayson & Trezzi 2004, Minkowski norm 6), the old product (``without``) left
    out: the exposure from near ``around``, the cast from all of ``scene``, since a red coat
    nearby is not a red light. Only a part of what it says is believed: on twelve rendered scenes
    0.7 of its exposure and 0.6 of its cast came nearest the true light.
    """
    size = (scene.shape[1], scene.shape[0])
    near = _grey_norm(scene, without, around.grown(0.5, size))
    wide = _grey_norm(scene, without, Box(0, 0, *size))
    if near is None or wide is None:
        return EXACT
    exposure = np.clip(0.7 * near.mean() + 0.45, *_EXPOSURE)
    cast = np.clip(0.6 * (wide - wide.mean()), -_MOST_CAST, _MOST_CAST)
    field = np.clip(np.exp(exposure + cast), _LEAST, _MOST).astype(np.float32)
    return Lighting(field, "scene", 0.5)


def _grey_norm(scene: Rgb, without: Alpha, box: Box) -> NDArray[np.float64] | None:
    """Log of the Minkowski norm of linear red, green, blue; None where too little is seen."""
    scale = min(1.0, 400 / max(box.w, box.h))
    crop = cv2.resize(scene[box.slices], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    hidden = cv2.resize(without[box.slices], crop.shape[1::-1], interpolation=cv2.INTER_AREA)
    pixels = to_linear(cv2.GaussianBlur(crop, (0, 0), 2))[hidden < 0.05]
    if len(pixels) < 100:
        return None
    norm: NDArray[np.float64] = np.log((pixels.astype(np.float64) ** 6).mean(0) ** (1 / 6) + 1e-4)
    return norm


def lit(light: Light, lighting: Lighting) -> Light:
    """The product's linear light under the lighting, 0..1."""
    shown: Light = light * lighting.field
    return np.clip(shown, 0, 1, out=shown)


def capped(light: Light, alpha: Alpha, lighting: Lighting, most: float) -> Lighting:
    """The lighting weakened so far that the product's median ΔE2000 stays within ``most``."""
    inside = alpha > 0.9
    if lighting.source == "exact" or visible_delta(light, inside, lighting) <= most:
        return lighting
    low, high = 0.0, 1.0
    for _ in range(7):
        middle = (low + high) / 2
        tried = replace(lighting, field=lighting.field**middle, kept=middle)
        if visible_delta(light, inside, tried) <= most:
            low = middle
        else:
            high = middle
    return replace(lighting, field=lighting.field**low, kept=low)


def visible_delta(light: Light, inside: NDArray[np.bool_], lighting: Lighting) -> float:
    """Median ΔE2000 that the lighting makes inside the product (sampled, at most 20,000 pixels)."""
    rows, columns = np.nonzero(inside)
    step = max(1, len(rows) // 20_000)
    rows, columns = rows[::step], columns[::step]
    if not len(rows):
        return 0.0
    field = lighting.field if lighting.field.ndim == 1 else lighting.field[rows, columns]
    before = light[rows, columns]
    after = to_srgb(np.clip(before * field, 0, 1))
    return float(np.median(delta_e_2000(to_lab(to_srgb(before)), to_lab(after))))


def _surface(alpha: Alpha) -> tuple[Floats, Box]:
    """Where each sample of a silhouette lies in its box and where a body puffed up from it would
    face: (h, w, 4) of x, y in 0..1 and the normal's x, y.
    """
    box = Box.around(alpha, 0.5)
    if box is None:
        raise ValueError("an empty silhouette has no surface")
    scale = _GRID / max(box.w, box.h)
    size = (max(6, round(box.w * scale)), max(6, round(box.h * scale)))
    mask = cv2.resize(alpha[box.slices], (size[0] * 2, size[1] * 2), interpolation=cv2.INTER_AREA)
    nx, ny = _facing(np.pad(mask > 0.5, 4))
    x, y = np.meshgrid((np.arange(size[0]) + 0.5) / size[0], (np.arange(size[1]) + 0.5) / size[1])
    small = [cv2.resize(n[4:-4, 4:-4], size, interpolation=cv2.INTER_AREA) for n in (nx, ny)]
    return np.stack([x, y, *small], -1).astype(np.float32), box


def _facing(mask: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """x and y of the normals of a body puffed up from its outline like a cushion."""
    depth = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    radius = float(np.percentile(depth[mask], 95))
    part = np.clip(depth / radius, 0, 1)
    height = np.sqrt(1 - (1 - part) ** 2) * radius
    height = cv2.GaussianBlur(height.astype(np.float32), (0, 0), max(1.0, radius * 0.12))
    gx = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3) / 8
    gy = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3) / 8
    length = np.sqrt(1 + gx * gx + gy * gy)
    return -gx / length, -gy / length


def _shrunk(values: Floats, box: Box, size: tuple[int, int]) -> Floats:
    small = cv2.resize(values[box.slices], size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def _nearness(ours: Floats, theirs: Floats) -> Floats:
    """Gaussian weights (ours, theirs) of how near two spots of two surfaces are."""
    scale = np.array([1, 1, _FACING, _FACING], np.float32) / _NEAR
    a, b = ours * scale, theirs * scale
    apart = (a * a).sum(1)[:, None] + (b * b).sum(1)[None] - 2 * a @ b.T
    weights: Floats = np.exp(-0.5 * np.clip(apart, 0, 60)) + np.float32(1e-11)
    return weights


def _less_cast(factor: Floats, look: Floats) -> Floats:
    """Believe a light's cast less, the more coloured the product that told it.

    A camera's curve makes a coloured product more colourful in a brighter or darker scene; a grey
    one shows the light's own colour. ``look``: mean linear light of the old product's photo.
    """
    colour = np.log(look + 0.003)
    away = colour - colour.mean(-1, keepdims=True)
    believed = 1 / (1 + (away**2).sum(-1, keepdims=True))
    share = _LUMA * look / (_LUMA * look).sum(-1, keepdims=True)
    level = (factor * share).sum(-1, keepdims=True)
    less: Floats = level * (factor / level) ** believed
    return less


def _certainty(scene: Floats, studio: Floats) -> float:
    """How well one factor and slow shading explain the pairs, 0..1."""
    ratio = np.log(scene + 0.01) - np.log(studio + 0.01)
    return float(np.clip(1 - (ratio - np.median(ratio, axis=0)).std() / 1.5, 0, 1))
