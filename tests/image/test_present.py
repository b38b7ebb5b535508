"""A cut-out before a background: where it stands, how large, on what, with what shadow."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopkit.image.matte import Matte
from shopkit.image.picture import Box
from shopkit.image.present import Look, present
from tests.image.shots import drawn

RED = (200, 16, 46)
WHITE = (255, 255, 255)


BOX = Box(30, 20, 60, 40)


def matte(box=BOX, size=(160, 120), colour=RED):
    def paint(canvas, f):
        canvas[box.y * f : (box.y + box.h) * f, box.x * f : (box.x + box.w) * f] = 255

    alpha = drawn(size, paint)
    return Matte(alpha, np.full((*alpha.shape, 3), colour, np.uint8), "alpha", "", "", 1.0)


def box_of(shown, background=WHITE):
    return Box.around(np.abs(shown.rgb.astype(int) - background).max(axis=2), 40)


def test_as_it_is_the_picture_keeps_its_frame():
    shown = present(matte(), Look())
    assert shown.rgb.shape == (120, 160, 3)
    assert shown.scale == 1
    assert Box.around(shown.alpha) == Box(30, 20, 60, 40)
    assert (shown.rgb[shown.alpha > 0] == RED).all()


def test_white_background():
    shown = present(matte(), Look(background=WHITE))
    assert shown.alpha is None
    assert (shown.rgb[0, 0] == WHITE).all()
    assert (shown.rgb[40, 60] == RED).all()


def test_half_covered_pixels_mix_as_light():
    half = matte()
    half.alpha[:] = 0.5
    shown = present(half, Look(background=WHITE))
    assert shown.rgb[0, 0, 1] == pytest.approx(188, abs=1)  # sRGB of half the light


def test_crop():
    shown = present(matte(), Look(crop=True))
    assert shown.rgb.shape == (40, 60, 3)
    assert (shown.alpha == 255).all()


def test_margin_is_a_share_of_the_output():
    shown = present(matte(), Look(margin=0.1, background=WHITE))
    assert shown.rgb.shape[:2] == (56, 76)  # 60 / 0.8 = 75, made even for both sides
    assert box_of(shown) == Box(8, 8, 60, 40)


@given(
    width=st.integers(30, 400),
    height=st.integers(30, 400),
    margin=st.sampled_from([0, 0.05, 0.08, 0.2]),
)
def test_the_product_fits_its_size_and_is_centred(width, height, margin):
    shown = present(matte(), Look(size=(width, height), margin=margin, background=WHITE))
    assert shown.rgb.shape == (height, width, 3)
    box = box_of(shown)
    free = 1 - 2 * margin
    fills = max(box.w / (width * free), box.h / (height * free))
    assert fills == pytest.approx(1, abs=2 / min(width, height) + 0.02)
    assert box.w / box.h == pytest.approx(1.5, abs=0.15)
    assert abs((box.x + box.w / 2) - width / 2) <= 1.5
    assert abs((box.y + box.h / 2) - height / 2) <= 1.5


def test_a_background_colour_is_exact():
    shown = present(matte(), Look(background=(18, 52, 86)))
    assert shown.rgb[0, 0].tolist() == [18, 52, 86]


def test_the_shadow_lies_under_the_product_and_never_on_it():
    large = matte(Box(150, 100, 300, 200), (800, 600))
    shown = present(large, Look(background=WHITE, shadow="contact")).rgb
    plain = present(large, Look(background=WHITE)).rgb
    darker = plain.astype(int).sum(axis=2) - shown.astype(int).sum(axis=2)
    assert (darker >= 0).all()
    assert darker[301:303, 250:350].min() > 60  # right below the product
    assert darker[320:, 250:350].max() < darker[302, 300] / 2  # it fades
    assert darker[:250].max() == 0  # nothing higher up
    assert darker[100:300, 150:450].max() == 0  # nothing on it


def test_a_shadow_on_transparency_is_dark_and_soft():
    large = matte(Box(150, 100, 300, 200), (800, 600))
    shown = present(large, Look(shadow="contact"))
    below = shown.alpha[301:303, 200:400]
    assert below.min() > 20
    assert below.max() < 220
    assert shown.rgb[302, 300].max() < 12


def test_a_matte_without_a_product_stays_as_it_is():
    empty = matte()
    empty.alpha[:] = 0
    shown = present(empty, Look(crop=True, margin=0.1, shadow="contact", background=WHITE))
    assert (shown.rgb == 255).all()
