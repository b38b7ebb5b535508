"""Scenes that tests draw to look for things in: a tin, a plain vase, clutter, a finder."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from shopkit.image.geometry import warp
from shopkit.image.matte import Matte
from shopkit.image.picture import Picture, to_bytes, to_linear, to_srgb

PHOTO = (240, 320)  # width, height of studio photos
SCENE = (480, 360)


def matte(colour, alpha):
    """A product's own photo, cut out without a flaw."""
    return Matte(alpha.astype(np.float32), colour, "alpha", "", "", 1.0)


def tin():
    """A tin with bands, dots and letters: full of features."""
    alpha, colour = np.zeros((PHOTO[1], PHOTO[0]), np.float32), np.full((*PHOTO[::-1], 3), 235)
    colour = colour.astype(np.uint8)
    cv2.rectangle(alpha, (40, 50), (200, 290), 1.0, -1)
    cv2.rectangle(colour, (40, 50), (200, 290), (170, 40, 50), -1)
    cv2.rectangle(colour, (40, 110), (200, 180), (240, 225, 190), -1)
    cv2.putText(colour, "TEA", (62, 166), cv2.FONT_HERSHEY_SIMPLEX, 1.8, (40, 60, 90), 5)
    rng = np.random.default_rng(3)
    for x, y in rng.integers((50, 195), (190, 280), (30, 2)):
        dye = tuple(int(v) for v in rng.integers(60, 240, 3))
        cv2.circle(colour, (int(x), int(y)), int(rng.integers(4, 9)), dye, -1)
    return matte(cv2.GaussianBlur(colour, (0, 0), 0.7), cv2.GaussianBlur(alpha, (0, 0), 0.8))


def vase(colour=(70, 110, 160)):
    """A vase of one colour, round-shaded: no features at all but its outline."""
    alpha = np.zeros((PHOTO[1], PHOTO[0]), np.float32)
    cv2.ellipse(alpha, (120, 210), (75, 90), 0, 0, 360, 1.0, -1)
    cv2.rectangle(alpha, (98, 50), (142, 140), 1.0, -1)
    cv2.ellipse(alpha, (120, 52), (38, 12), 0, 0, 360, 1.0, -1)
    x = np.mgrid[0 : PHOTO[1], 0 : PHOTO[0]][1]
    shade = 0.75 + 0.35 * np.cos((x - 95) / 70)
    return matte(
        to_bytes(np.array(colour) * shade[..., None]), cv2.GaussianBlur(alpha, (0, 0), 0.8)
    )


def room(seed=5):
    """A scene of clutter: a shaded wall, a table edge, frames, balls, grain."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0 : SCENE[1], 0 : SCENE[0]].astype(np.float32)
    rgb = (np.array([150, 150, 140]) + 30 * (x / SCENE[0])[..., None]).astype(np.float32)
    rgb[230:] = np.array([140, 105, 75]) + 10 * np.sin(y[230:, :, None] / 7)
    for _ in range(9):
        left, top = rng.integers((0, 0), (SCENE[0] - 60, 200))
        w, h = rng.integers(20, 70, 2)
        dye = tuple(float(v) for v in rng.integers(60, 220, 3))
        cv2.rectangle(rgb, (int(left), int(top)), (int(left + w), int(top + h)), dye, -1)
        cv2.circle(rgb, tuple(int(v) for v in rng.integers((0, 240), SCENE)), 14, dye, -1)
    noise = rng.normal(0, 2, rgb.shape)
    return to_bytes(cv2.GaussianBlur(rgb, (0, 0), 0.8) + noise)


def place_in(rgb, product, matrix, light=(1.0, 1.0, 1.0)):
    """The scene with the product brought in by ``matrix`` under ``light``; and its mask there."""
    size = (rgb.shape[1], rgb.shape[0])
    alpha = warp(product.alpha, matrix, size)
    look = to_srgb(to_linear(warp(product.colour, matrix, size)) * np.float32(light))
    shown = to_bytes(look * alpha[..., None] + rgb * (1 - alpha[..., None]))
    return shown, alpha


def at(x, y, size, turn=0.0):
    """The matrix that puts a photo's corner at (x, y), scaled by ``size``, turned by degrees."""
    c, s = np.cos(np.radians(turn)) * size, np.sin(np.radians(turn)) * size
    return np.array([[c, -s, x], [s, c, y], [0, 0, 1.0]])


def picture(rgb):
    return Picture(rgb, sha256="scene")


@dataclass
class Finder:
    """A finder that knows the truth: it takes what is drawn in ``seen`` for what stands out."""

    scene: np.ndarray
    seen: np.ndarray  # (H, W) 0..1
    name: str = "told"
    model: str = ""
    licence: str = ""
    asked: list = field(default_factory=list)

    def find(self, rgb):
        h, w = rgb.shape[:2]
        for y in range(self.scene.shape[0] - h + 1):
            rows = self.scene[y]
            for x in range(self.scene.shape[1] - w + 1):
                if (rows[x : x + 3] == rgb[0, :3]).all() and (
                    self.scene[y : y + h, x : x + w] == rgb
                ).all():
                    self.asked.append((x, y, w, h))
                    view = self.seen[y : y + h, x : x + w].astype(np.float32)
                    return cv2.resize(view, (320, 320), interpolation=cv2.INTER_LINEAR)
        raise AssertionError("asked for a view that is not in the scene")
