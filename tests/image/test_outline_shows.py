"""Whether a mask ends where something ends in the picture."""

import numpy as np

from shopkit.image.outline_shows import outline_shown


def scene() -> np.ndarray:
    """A brown bag of 200 x 160 on a grey ground."""
    rgb = np.full((400, 400, 3), 150, np.uint8)
    rgb[120:280, 100:300] = (150, 80, 30)
    return rgb


def mask(right: int) -> np.ndarray:
    alpha = np.zeros((400, 400), np.float32)
    alpha[120:280, 100:right] = 1
    return alpha


def test_the_whole_outline_of_a_right_mask_shows():
    assert outline_shown(scene(), mask(300), np.zeros((400, 400), np.float32)) == 1.0


def test_where_a_mask_stops_inside_the_product_nothing_shows():
    """The right side is 160 of 620 pixels of outline."""
    shown = outline_shown(scene(), mask(250), np.zeros((400, 400), np.float32))
    assert 0.65 < shown < 0.8


def test_against_what_stands_in_front_it_need_not_show():
    front = np.zeros((400, 400), np.float32)
    front[120:280, 246:300] = 1
    assert outline_shown(scene(), mask(250), front) > 0.97


def test_without_a_mask_there_is_nothing_to_show():
    assert outline_shown(scene(), mask(100), np.zeros((400, 400), np.float32)) == 1.0
