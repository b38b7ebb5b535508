"""Studio shots that tests draw, with their exact alpha: a mug with a hole, a white box, fur."""

import cv2
import numpy as np

from shopkit.image.picture import Picture, to_bytes, to_linear, to_srgb

_FINE = 4  # drawn this many times larger, then made small: an exact, soft edge


def floor(size, grey=225.0, grain=0.8, seed=0):
    """A studio floor (linear light): a slow slope and a little grain, nothing else."""
    width, height = size
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j].astype(np.float32)
    level = grey * (0.93 + 0.07 * y - 0.05 * (x - 0.4) ** 2)
    noise = np.random.default_rng(seed).normal(0, grain, (height, width))
    return to_linear(np.repeat((level + noise)[..., None], 3, axis=2))


def shadowed(ground, alpha, strength=0.5):
    """The floor with a soft contact shadow under the product."""
    columns, rows = alpha.max(axis=0) > 0.5, np.flatnonzero(alpha.max(axis=1) > 0.5)
    cover = np.zeros_like(alpha)
    cover[rows[-1] - 6 : rows[-1] + 4, columns] = 1
    soft = cv2.GaussianBlur(cover, (0, 0), 14, sigmaY=7)
    return ground * (1 - strength * soft / max(soft.max(), 1e-6))[..., None]


def drawn(size, paint):
    """What ``paint(canvas, factor)`` draws in white, with soft edges, 0..1."""
    canvas = np.zeros((size[1] * _FINE, size[0] * _FINE), np.uint8)
    paint(canvas, _FINE)
    small = cv2.resize(canvas, size, interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / 255


def block(size=(400, 360)):
    """Alpha of a box without holes."""

    def paint(canvas, f):
        canvas[80 * f : 290 * f, 120 * f : 280 * f] = 255

    return drawn(size, paint)


def mug(size=(400, 360), scale=1.0):
    """Alpha of a body with an open handle at its right."""

    def paint(canvas, f):
        k = f * scale
        at = lambda *xy: tuple(round(v * k) for v in xy)  # noqa: E731  reads as a point
        cv2.ellipse(canvas, at(270, 190), at(62, 70), 0, 0, 360, 255, round(22 * k))
        cv2.rectangle(canvas, at(110, 90), at(262, 300), 255, -1)

    return drawn((round(size[0] * scale), round(size[1] * scale)), paint)


def shot(alpha, colour=(40, 90, 140), grey=225.0, grain=0.8):
    """A photo of a product of one colour, softly lit from the left, on the floor."""
    size = alpha.shape[::-1]
    x = np.linspace(1.1, 0.8, size[0], dtype=np.float32)[None, :, None]
    product = np.clip(to_linear(np.array(colour, np.uint8)) * x, 0, 1)
    ground = shadowed(floor(size, grey, grain), alpha)
    mixed = product * alpha[..., None] + ground * (1 - alpha[..., None])
    return Picture(to_bytes(to_srgb(mixed)))


def fur(size=(500, 440), hairs=9000, seed=1):
    """A furry ball: its alpha, and its photo on a coloured floor."""
    rng = np.random.default_rng(seed)
    middle = np.array([size[0] / 2, size[1] / 2])

    def paint(canvas, f):
        cv2.circle(canvas, tuple(np.round(middle * f).astype(int)), 110 * f, 255, -1)
        for angle in rng.uniform(0, 2 * np.pi, hairs):
            out = np.array([np.cos(angle), np.sin(angle)])
            tip = out * rng.uniform(112, 150) + np.array([-out[1], out[0]]) * rng.normal(0, 9)
            ends = [np.round((middle + v) * f).astype(int) for v in (out * 100, tip)]
            cv2.line(canvas, tuple(ends[0]), tuple(ends[1]), 255, 1)

    alpha = drawn(size, paint)
    coat = rng.normal(0, 14, (size[1], size[0]))[..., None] + np.array([120, 80, 50])
    wall = floor(size, 200, seed=seed) * np.array([1.0, 0.72, 0.7], np.float32)
    mixed = to_linear(to_bytes(coat)) * alpha[..., None] + wall * (1 - alpha[..., None])
    return alpha, Picture(to_bytes(to_srgb(mixed)))


def clutter(size=(400, 360), seed=2):
    """A ground full of coloured boxes, as sRGB bytes."""
    rng = np.random.default_rng(seed)
    ground = np.full((size[1], size[0], 3), 128, np.uint8)
    for _ in range(160):
        x, y = rng.integers(0, size[0]), rng.integers(0, size[1])
        w, h = rng.integers(10, 60, 2)
        cv2.rectangle(
            ground, (int(x), int(y)), (int(x + w), int(y + h)), rng.integers(0, 256, 3).tolist(), -1
        )
    return ground


def overlap(one, other):
    """Intersection over union of two alphas at one half."""
    a, b = one > 0.5, other > 0.5
    return (a & b).sum() / (a | b).sum()


def edge_error(alpha, truth, reach=5):
    """Mean absolute error in the band within ``reach`` px of the true edge."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    inside = (truth > 0.5).astype(np.uint8)
    band = (cv2.dilate(inside, disc) - cv2.erode(inside, disc)) > 0
    return float(np.abs(alpha - truth)[band].mean())
