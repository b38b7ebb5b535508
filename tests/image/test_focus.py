"""How soft and how grainy a photo is, and a product made no sharper or cleaner than it."""

import cv2
import numpy as np
import pytest

from shopkit.image.focus import blur_of, grain_of, grained, softening

EVERYWHERE = np.ones((160, 200), bool)
NOWHERE = np.zeros((160, 200), bool)


def blocks(sigma):
    """Bright blocks on dark ground whose edges have a blur of ``sigma`` px."""
    fine = np.full((640, 800), 60, np.float32)  # drawn four times as large: a clean start
    for x in range(40, 800, 200):
        fine[80:280, x : x + 110] = 190
        fine[360:560, x + 20 : x + 130] = 170
    soft = cv2.GaussianBlur(fine, (0, 0), 4 * sigma)
    small = cv2.resize(soft, (200, 160), interpolation=cv2.INTER_AREA)
    return np.repeat(np.clip(small + 0.5, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def flat(sigma, seed=5):
    noise = np.random.default_rng(seed).normal(0, sigma, (160, 200))
    slope = np.linspace(90, 150, 200)[None]
    grey = np.clip(slope + noise + 0.5, 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def grey(rgb):
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)


@pytest.mark.parametrize("sigma", [1.2, 1.8, 2.5])
def test_the_blur_of_an_edge_is_found(sigma):
    assert blur_of(grey(blocks(sigma)), EVERYWHERE) == pytest.approx(sigma, rel=0.15)


def test_without_an_edge_there_is_no_blur_to_tell():
    assert blur_of(grey(flat(0)), EVERYWHERE) == 0
    assert blur_of(grey(blocks(2)), NOWHERE) == 0


def test_what_takes_one_blur_to_another():
    assert softening(2.5, 1.5) == pytest.approx(2.0)
    assert softening(1.0, 2.0) == 0  # never sharpened
    assert softening(0, 0) == 0
    assert softening(9.0, 0.5) == 3.0  # the product itself is not lost


@pytest.mark.parametrize("sigma", [1.0, 2.0, 4.0, 7.0])
def test_the_grain_of_a_photo_is_found(sigma):
    assert grain_of(flat(sigma), NOWHERE) == pytest.approx(sigma, rel=0.15)


def test_grain_is_read_beside_the_product_and_off_its_edges():
    picture = flat(2.0)
    picture[40:120, 60:140] = np.random.default_rng(1).integers(0, 255, (80, 80, 3))
    without = NOWHERE.copy()
    without[40:120, 60:140] = True
    assert grain_of(picture, without) == pytest.approx(2.0, rel=0.15)
    assert grain_of(picture, EVERYWHERE) == 0  # nothing is left to read it from


@pytest.mark.parametrize(("own", "wanted"), [(0.0, 3.0), (2.0, 4.0)])
def test_the_scenes_grain_is_put_on_up_to_its_strength(own, wanted):
    shown = grained(flat(own).astype(np.float32), wanted, own, flat(wanted, seed=6))
    found = grain_of(np.clip(shown + 0.5, 0, 255).astype(np.uint8), NOWHERE)
    assert found == pytest.approx(wanted, rel=0.15)


def test_the_old_products_lines_are_no_grain():
    scene = flat(3.0, seed=5)
    scene[:, 100:102] = 255  # a white stitch on what was there before
    shown = grained(flat(0).astype(np.float32), 3.0, 0.0, scene)
    assert shown.max() < 170


def test_a_grainier_product_is_left_alone():
    clean = flat(0).astype(np.float32)
    assert grained(clean, 1.0, 3.0, flat(1.0)) is clean
