"""Equal goods in one picture: details that are found a second time beside the cut-out."""

import cv2
import numpy as np
import pytest

from shopkit.image.features import repeated
from shopkit.image.picture import to_bytes
from tests.image.still_life import at, place_in, room, tin, vase


def row_of(product, *places):
    """A cluttered room with the product at each place, and the mask of all."""
    rgb, every = room(), np.zeros(room().shape[:2], np.float32)
    for place in places:
        rgb, alpha = place_in(rgb, product, place)
        every = np.maximum(every, alpha)
    grain = np.random.default_rng(0).normal(0, 2, rgb.shape)
    return to_bytes(rgb + grain), every


SHELF = (at(10, 40, 0.8), at(160, 45, 0.75), at(300, 50, 0.7, turn=2))


def test_a_row_cut_out_as_one():
    assert repeated(*row_of(tin(), *SHELF))


def test_one_of_a_row():
    rgb, _ = row_of(tin(), *SHELF)
    _, first = row_of(tin(), SHELF[0])
    assert repeated(rgb, first)


@pytest.mark.parametrize("product", [tin(), vase()], ids=["printed", "plain"])
def test_one_alone(product):
    assert not repeated(*row_of(product, SHELF[1]))


def test_a_smaller_picture_of_it_is_no_second_one():
    assert not repeated(*row_of(tin(), at(10, 20, 0.95), at(300, 150, 0.4)))


def test_the_same_at_camera_size():
    rgb, every = row_of(tin(), *SHELF)
    large = cv2.resize(rgb, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    assert repeated(large, cv2.resize(every, None, fx=4, fy=4))
