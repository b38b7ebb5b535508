"""The background's colour goes out of edge pixels; the product's own goes on past its edge."""

import numpy as np

from shopkit.image.colour import delta_e_2000, to_lab
from shopkit.image.foreground import decontaminate
from tests.image.shots import drawn, mug, shot

BLUE = (40, 90, 140)


def fringe_of(colour, alpha, product):
    """Mean ΔE of edge pixels from the product's own colour."""
    edge = (alpha > 0.05) & (alpha < 0.95)
    return float(delta_e_2000(to_lab(colour), to_lab(product))[edge].mean())


def test_edge_pixels_get_the_products_colour():
    alpha = mug()
    picture = shot(alpha, BLUE)
    pure = shot(np.ones_like(alpha), BLUE).rgb
    before, after = fringe_of(picture.rgb, alpha, pure), None
    clean = decontaminate(picture.rgb, alpha)
    after = fringe_of(clean, alpha, pure)
    assert before > 10
    assert after < 1.5


def test_sure_pixels_keep_their_bytes_and_the_photo_is_not_changed():
    alpha = mug()
    picture = shot(alpha, BLUE)
    before = picture.rgb.copy()
    clean = decontaminate(picture.rgb, alpha)
    sure = alpha >= 0.98
    assert np.array_equal(clean[sure], before[sure])
    assert np.array_equal(picture.rgb, before)


def test_colour_goes_on_past_the_edge_on_every_side():
    alpha = drawn(
        (200, 200),
        lambda canvas, f: canvas.__setitem__(np.s_[60 * f : 140 * f, 60 * f : 140 * f], 255),
    )
    rgb = np.full((200, 200, 3), 240, np.uint8)
    rgb[60:140, 60:140] = BLUE
    clean = decontaminate(rgb, alpha)
    for y, x in ((58, 100), (141, 100), (100, 57), (100, 142)):
        assert np.abs(clean[y, x].astype(int) - BLUE).max() <= 2


def test_a_wide_edge_is_crossed():
    alpha = np.tile(np.clip(np.linspace(-2, 3, 400), 0, 1), (60, 1)).astype(np.float32)
    rgb = np.array(BLUE) * alpha[..., None] + 230 * (1 - alpha[..., None])
    clean = decontaminate(rgb.astype(np.uint8), alpha, ramp=60)
    assert np.abs(clean[30, 170:].astype(int) - BLUE).max() <= 3


def test_nothing_and_everything():
    rgb = shot(mug()).rgb
    assert np.array_equal(decontaminate(rgb, np.zeros(rgb.shape[:2], np.float32)), rgb)
    assert np.array_equal(decontaminate(rgb, np.ones(rgb.shape[:2], np.float32)), rgb)
    faint = np.full(rgb.shape[:2], 0.5, np.float32)
    assert np.array_equal(decontaminate(rgb, faint), rgb)  # no pixel shows the product alone
