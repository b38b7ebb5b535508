"""Make the product as soft and as grainy as the photo it is put into, never sharper or cleaner."""

from __future__ import annotations

import cv2
import numpy as np

from shopkit.image.picture import Alpha, Mask, Rgb

_REBLUR = 1.0  # px
_MOST_BLUR = 3.0  # px: past this the product itself would be lost
_FAINT = 0.3  # levels: less grain than this is not seen
_LINE = 5.0  # times the grain of the grey: a larger step is a line of the old product
_MOST_GRAIN = 12.0  # levels
_TILE, _BAND = 16, 4  # px, and tiles from top to bottom of a band
_TILES = 6000  # more tiles than this need not be looked at
_MEAN = cv2.INTER_AREA


def blur_of(grey: Alpha, inside: Mask) -> float:
    """The blur (sigma, px) of the sharpest edges of grey levels in ``inside``; 0 where there is no
    edge to tell.

    Re-blur method (Zhuo & Sim 2011): an edge of blur s, blurred once more by s0, loses gradient
    by R = sqrt(s^2 + s0^2) / s, so s = s0 / sqrt(R^2 - 1).
    """
    before = _slope(grey, 0.6)
    after = _slope(grey, float(np.hypot(0.6, _REBLUR)))
    if inside.sum() < 50:
        return 0.0
    strong = inside & (before >= max(6.0, float(np.percentile(before[inside], 97))))
    if strong.sum() < 20:
        return 0.0
    ratio = float(np.percentile(before[strong] / np.maximum(after[strong], 1e-3), 70))
    return float(np.sqrt(max(0.0, _REBLUR**2 / max(ratio**2 - 1, 1e-3) - 0.36)))


def softening(wanted: float, own: float) -> float:
    """The blur (sigma, px) that takes edges of blur ``own`` to ``wanted``; 0 where not needed."""
    if wanted <= own or wanted == 0:
        return 0.0
    return min(_MOST_BLUR, float(np.sqrt(wanted**2 - own**2)))


def grain_of(rgb: Rgb, without: Mask) -> float:
    """Standard deviation (levels) of the noise in the flat parts outside ``without``.

    From the diagonal second differences (Immerkaer 1996), the quietest third of the tiles; of a
    large picture some bands of them.
    """
    height, width = (side // _TILE for side in without.shape)
    band = _BAND * _TILE
    step = band * max(1, height * width // _TILES)
    tops = range(0, height * _TILE, step) if width else ()
    tiles = [_tiles(rgb[top : top + band], without[top : top + band]) for top in tops]
    full = np.concatenate([np.zeros(0, np.float32), *tiles])
    if not len(full):
        return 0.0
    quiet = np.sort(full)[: max(1, len(full) // 3)]
    return min(_MOST_GRAIN, float(np.sqrt(np.pi / 2) * quiet.mean() / 6))


def _tiles(rgb: Rgb, without: Mask) -> Alpha:
    """Mean roughness (levels) of each tile that is neither left out, burnt nor black."""
    grey = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY).astype(np.float32)
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    rough = np.abs(cv2.filter2D(grey, cv2.CV_32F, kernel))
    unfit = (without | (grey > 250) | (grey < 3)).astype(np.float32)
    height, width = (side // _TILE for side in grey.shape)
    if not height:
        return np.zeros(0, np.float32)
    means, lost = (
        cv2.resize(part[: height * _TILE, : width * _TILE], (width, height), interpolation=_MEAN)
        for part in (rough, unfit)
    )
    return np.asarray(means[lost == 0], np.float32)


def grained(shown: Alpha, wanted: float, own: float, scene: Rgb) -> Alpha:
    """sRGB levels (h, w, 3) with the scene's own grain on it, as far as ``own`` lacks it.

    ``scene``: the photo's pixels at the same place. What a median filter takes from them is grain
    (and the old product's lines, which are larger and are left out), so the grain stays the
    camera's: its size, its colour, and at every pixel the very same.
    """
    if wanted**2 - own**2 < _FAINT**2:
        return shown
    rough = scene.astype(np.float32) - cv2.medianBlur(np.ascontiguousarray(scene), 5)
    most = _LINE * wanted
    grain = np.where(np.abs(rough) <= most, rough, 0)
    share = np.float32(np.sqrt(1 - (own / wanted) ** 2))
    return np.asarray(shown + share * grain, np.float32)


def _slope(grey: Alpha, sigma: float) -> Alpha:
    """Strength of the gradient (levels a pixel) after a blur."""
    soft = cv2.GaussianBlur(grey, (0, 0), sigma)
    gx = cv2.Sobel(soft, cv2.CV_32F, 1, 0, ksize=3) / 8
    gy = cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=3) / 8
    return np.asarray(cv2.magnitude(gx, gy), np.float32)
