"""Plain ground found without a model: flooded up to edges, shadow taken in, holes opened."""

import numpy as np
import pytest

from shopkit.image.ground import ground_colour, large_windows, on_ground, study_ground
from tests.image.shots import clutter, drawn, mug, overlap, shot

WHITE = (252, 248, 240)


def test_a_product_is_what_the_ground_leaves_over():
    alpha = mug()
    ground = study_ground(shot(alpha).rgb)
    product = on_ground(ground)
    assert ground.cover == pytest.approx(1, abs=0.01)
    assert not (ground.flooded & (alpha > 0.5)).any()
    assert 0.8 < overlap(product, alpha) < 0.95  # the handle's opening is still closed
    (window,) = large_windows(ground, product)
    assert overlap(product & ~window, alpha) > 0.97


def test_white_on_near_white_holds():
    alpha = mug()
    ground = study_ground(shot(alpha, WHITE, grey=238).rgb)
    assert not (ground.flooded & (alpha > 0.5)).any()


def test_the_contact_shadow_belongs_to_the_ground():
    alpha = drawn(
        (400, 360), lambda c, f: c.__setitem__(np.s_[80 * f : 290 * f, 120 * f : 280 * f], 255)
    )
    ground = study_ground(shot(alpha).rgb)
    below = np.s_[296:312, 140:260]
    assert not ground.flooded[below].all()  # too steep a change for the flood
    assert ground.shadowed[below].all()
    assert overlap(on_ground(ground), alpha) > 0.97


def test_a_white_panel_in_a_product_is_no_hole_where_its_grain_differs():
    alpha = drawn(
        (400, 360), lambda c, f: c.__setitem__(np.s_[60 * f : 300 * f, 100 * f : 300 * f], 255)
    )
    rgb = shot(alpha).rgb
    grain = np.random.default_rng(5).normal(0, 3, (120, 120, 3))
    rgb[120:240, 140:260] = np.clip(rgb[180, 20] + grain, 0, 255).astype(np.uint8)
    ground = study_ground(rgb)
    assert large_windows(ground, on_ground(ground)) == []


def test_cluttered_ground_says_so():
    assert study_ground(clutter()).cover < 0.6


def test_a_picture_of_one_colour_has_no_product():
    ground = study_ground(np.full((120, 160, 3), 200, np.uint8))
    assert ground.flooded.all()
    assert not on_ground(ground).any()


def test_the_grounds_colour_goes_on_under_the_product():
    y, x = np.mgrid[0:120, 0:160].astype(np.float32)
    slope = np.dstack([x / 4, y / 4, x * 0 + 30])
    known = np.ones((120, 160), bool)
    known[40:80, 50:110] = False
    guessed = ground_colour(np.where(known[..., None], slope, 99).astype(np.float32), known)
    assert np.array_equal(guessed[known], slope[known])
    assert np.abs(guessed - slope)[~known].max() < 6
