"""A smaller product on the same spot throws the same shadow, smaller."""

import cv2
import numpy as np

from shopkit.image.picture import to_bytes, to_linear, to_srgb
from shopkit.image.shadow import exchange_shadow

SIZE = (420, 260)


def scene(half):
    """A block on a light ground, its soft shadow to the right: picture, alpha, empty ground."""
    ground = np.full((SIZE[1], SIZE[0], 3), 0.5, np.float32)
    alpha = np.zeros((SIZE[1], SIZE[0]), np.float32)
    alpha[170 - 2 * half : 170, 210 - half : 210 + half] = 1
    shade = np.zeros_like(alpha)
    reach = round(1.15 * half)
    cv2.ellipse(shade, (210 + half // 6, 172), (reach, half // 5), 0, 0, 360, 1.0, -1)
    shade = cv2.GaussianBlur(shade, (0, 0), half / 15)
    lit = ground * (1 - 0.5 * shade[..., None])
    lit[alpha > 0.5] = 0.2
    return to_bytes(to_srgb(lit)), alpha, to_bytes(to_srgb(ground * (1 - 0.5 * shade[..., None])))


def test_the_shadow_of_a_narrower_product_is_narrower():
    shown, old, bare = scene(60)
    wanted, new, _ = scene(45)
    change = exchange_shadow(shown, bare, old, new, np.zeros_like(old))
    tip = (slice(168, 178), slice(272, 300))  # the old shadow's end, and beyond
    before = to_linear(shown)[tip].mean()
    after = (to_linear(bare) + change)[tip].mean()
    truth = to_linear(wanted)[tip].mean()
    assert abs(after - truth) < 0.6 * abs(before - truth)


def test_a_product_of_the_same_outline_keeps_it():
    shown, old, bare = scene(60)
    change = exchange_shadow(shown, bare, old, old, np.zeros_like(old))
    assert np.abs(change).max() < 1e-6


def test_what_stands_in_front_keeps_its_light():
    shown, old, bare = scene(60)
    _, new, _ = scene(45)
    front = np.zeros_like(old)
    front[:, 262:] = 1
    change = exchange_shadow(shown, bare, old, new, front)
    assert np.abs(change[:, 268:]).max() < 1e-3


def test_ground_without_a_product_is_left_alone():
    shown, old, bare = scene(60)
    nothing = np.zeros_like(old)
    assert not exchange_shadow(shown, bare, nothing, nothing, nothing).any()
