"""The ground mirrors what stands on it; the exchange adds the difference of two mirror images."""

from __future__ import annotations

import numpy as np
import pytest

from shopkit.image.picture import Rgb, to_bytes, to_linear, to_srgb
from shopkit.image.reflection import exchange_reflection, mirror_image

BASE = 200  # the row at which the box stands on the ground
NOTHING = np.zeros((320, 400), np.float32)


def _ground() -> Rgb:
    """A wall above a table that darkens slowly to the right."""
    picture = np.full((320, 400, 3), 150, np.uint8)
    picture[120:] = (120, 100, 80)
    shade = np.linspace(1.1, 0.9, 400)[None, :, None]
    return to_bytes(picture * shade)


def _alpha(top: int = 80) -> np.ndarray:
    alpha = NOTHING.copy()
    alpha[top:BASE, 150:250] = 1
    return alpha


def _stood(
    ground: Rgb, colour: tuple[int, int, int], shine: float, alpha: np.ndarray, soft: float = 12
) -> Rgb:
    """A box of one colour on the ground, with a mirror image of strength ``shine``."""
    import cv2

    light = to_linear(ground)
    product = to_linear(np.full(ground.shape, colour, np.uint8))
    mirror = np.zeros_like(light)
    depth = BASE - int(np.flatnonzero(alpha.any(axis=1))[0])
    upside = (slice(BASE, BASE + depth), slice(150, 250))
    behind = light[BASE - depth : BASE, 150:250][::-1]
    mirror[upside] = product[upside] - behind
    mirror = cv2.GaussianBlur(mirror, (0, 0), soft)
    mirror[:BASE] = 0
    light = light + shine * mirror
    light = product * alpha[..., None] + light * (1 - alpha[..., None])
    return to_bytes(to_srgb(light))


def _exchanged(scene: Rgb, colour: tuple[int, int, int], alpha: np.ndarray) -> tuple[Rgb, float]:
    ground = _ground()
    composed = _stood(ground, colour, 0.0, alpha)
    found = exchange_reflection(scene, ground, composed, alpha, alpha, NOTHING)
    return to_bytes(to_srgb(to_linear(scene) + found.change)), found.strength


def test_a_white_box_becomes_a_red_one_in_the_table_too() -> None:
    alpha = _alpha()
    scene = _stood(_ground(), (240, 240, 240), 0.08, alpha)
    wanted = _stood(_ground(), (200, 30, 30), 0.08, alpha)
    got, strength = _exchanged(scene, (200, 30, 30), alpha)
    mirror = (slice(BASE + 5, BASE + 80), slice(160, 240))
    before = np.abs(scene[mirror].astype(int) - wanted[mirror]).mean()
    after = np.abs(got[mirror].astype(int) - wanted[mirror]).mean()
    assert before > 8
    assert after < before / 3
    assert 0.06 <= strength <= 0.1


def test_the_same_product_leaves_its_reflection_as_it_is() -> None:
    alpha = _alpha()
    scene = _stood(_ground(), (240, 240, 240), 0.08, alpha)
    composed = np.where(alpha[..., None] > 0, scene, _ground())
    found = exchange_reflection(scene, _ground(), composed, alpha, alpha, NOTHING)
    assert float(np.abs(found.change).max()) < 1e-6
    assert not found.region.any()


def test_a_ground_without_mirror_image_is_taken_as_matte() -> None:
    alpha = _alpha()
    scene = _stood(_ground(), (240, 240, 240), 0.0, alpha)
    assert _exchanged(scene, (200, 30, 30), alpha)[1] == pytest.approx(0.04)


def test_what_stands_in_front_takes_no_reflection() -> None:
    alpha = _alpha()
    scene = _stood(_ground(), (240, 240, 240), 0.08, alpha)
    front = NOTHING.copy()
    front[BASE + 10 :] = 1
    composed = _stood(_ground(), (200, 30, 30), 0.0, alpha)
    found = exchange_reflection(scene, _ground(), composed, alpha, alpha, front)
    assert not found.region[BASE + 12 :].any()
    assert found.region[BASE : BASE + 8].any()


def test_without_an_old_product_there_is_nothing_to_exchange() -> None:
    ground = _ground()
    found = exchange_reflection(ground, ground, ground, NOTHING, _alpha(), NOTHING)
    assert found.strength == 0.0
    assert not found.region.any()


def test_a_mirror_is_known_by_its_sharp_image() -> None:
    alpha = _alpha()
    scene = _stood(_ground(), (240, 240, 240), 0.4, alpha, soft=1)
    composed = _stood(_ground(), (200, 30, 30), 0.0, alpha)
    found = exchange_reflection(scene, _ground(), composed, alpha, alpha, NOTHING)
    assert found.sharp
    assert found.strength == pytest.approx(0.4, abs=0.05)
    # what it shows of the old box lies below that, and goes with it
    shown = mirror_image(alpha)
    assert shown[BASE + 2 : BASE + 118, 152:248].all()
    assert not shown[: BASE - 10].any()
    # the new one's is laid on what is then bare, as sharp and as strong
    ground = _ground()
    again = exchange_reflection(ground, ground, composed, alpha, alpha, NOTHING, known=found)
    got = to_bytes(to_srgb(to_linear(ground) + again.change))
    wanted = _stood(ground, (200, 30, 30), 0.4, alpha, soft=1)
    mirror = (slice(BASE + 8, BASE + 110), slice(155, 245))
    assert np.abs(got[mirror].astype(int) - wanted[mirror]).mean() < 4


def test_a_soft_reflection_is_no_mirror() -> None:
    alpha = _alpha()
    scene = _stood(_ground(), (240, 240, 240), 0.08, alpha)
    composed = _stood(_ground(), (200, 30, 30), 0.0, alpha)
    assert not exchange_reflection(scene, _ground(), composed, alpha, alpha, NOTHING).sharp
