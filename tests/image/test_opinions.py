"""Whose a thing is that goes on beyond the box: the product's own strip, or a leg's."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from shopkit.image.cutout import cut_out
from shopkit.image.oldmask import mask_old
from shopkit.image.opinions import Opinions, ask, crop_around, from_above
from shopkit.image.picture import Box, Picture
from shopkit.image.read import read_picture
from shopkit.image.register import fit_in_box
from tests.image.model import needs_model

WHITE, WOOD = (235, 232, 225), (120, 80, 50)


class SeesWhite:
    """A net that finds all that is white."""

    name, model, licence = "net", "net", "MIT"

    def find(self, rgb):
        return (rgb.min(axis=2) > 180).astype(np.float32)


def scene(*rectangles):
    """White things (x0, y0, x1, y1) before wood, 300 x 300."""
    drawn = np.full((300, 300, 3), WOOD, np.uint8)
    for x0, y0, x1, y1 in rectangles:
        cv2.rectangle(drawn, (x0, y0), (x1, y1), WHITE, -1)
    return drawn


def mean_in(said, crop, x0, y0, x1, y1):
    """The mean of ``likely`` over a part of the scene."""
    to = [
        round((v - o) * crop.factor)
        for v, o in zip((x0, y0, x1, y1), crop.around[:2] * 2, strict=True)
    ]
    return float(said.likely[to[1] : to[3], to[0] : to[2]].mean())


def test_a_strip_that_the_box_cuts_off_is_the_products_own():
    """A mug of 120 px whose box, fitted to a turned photo, begins 8 px too far right."""
    rgb = scene((90, 100, 209, 219))
    crop = crop_around(rgb, Box(98, 100, 112, 120))
    assert mean_in(ask(rgb, crop, SeesWhite()), crop, 105, 110, 200, 210) > 0.95


@pytest.mark.parametrize("beyond", [40, 100])
def test_a_leg_that_comes_in_from_above_is_not(beyond):
    rgb = scene((90, 100, 209, 219), (130, 100 - beyond, 170, 160))
    crop = crop_around(rgb, Box(90, 100, 120, 120))
    assert mean_in(ask(rgb, crop, SeesWhite()), crop, 135, 105, 165, 150) < 0.3


class Counts(SeesWhite):
    """The same, that counts what it is asked."""

    def __init__(self):
        self.sizes = []

    def find(self, rgb):
        self.sizes.append(rgb.shape[1::-1])
        return super().find(rgb)


def test_a_rough_box_is_looked_at_twice_and_the_wide_view_serves_again():
    rgb = scene((90, 100, 209, 219))
    net = Counts()
    found = mask_old(Picture(rgb), Box(80, 92, 140, 138), net=net)
    assert tuple(found.box) == pytest.approx((90, 100, 120, 120), abs=2)
    assert len(net.sizes) == 3  # close and wide, then close about what was found


def test_a_wide_view_that_does_not_show_enough_is_asked_anew():
    rgb, net = scene((90, 100, 209, 219)), Counts()
    small = ask(rgb, crop_around(rgb, Box(100, 110, 40, 40)), net).wide
    ask(rgb, crop_around(rgb, Box(90, 100, 120, 120)), net, small)
    assert len(net.sizes) == 4


@needs_model
def test_a_strip_that_the_told_place_cuts_off_is_found_again():
    """The photo's view is turned, so its place ends 10 px before the bag's side does."""
    pictures = Path(__file__).parents[2] / "examples" / "pictures"
    photo = read_picture(pictures / "bag-scene.jpg")
    old = cut_out(read_picture(pictures / "bag-old.jpg"))
    told = Box(259, 195, 343, 397)
    found = mask_old(photo, told, old=old, matrix=fit_in_box(photo, told, old))
    assert found.box.x + found.box.w == pytest.approx(616, abs=3)


@pytest.mark.parametrize(("arm_above", "held"), [(True, True), (False, False)])
def test_an_arm_from_above_holds_and_a_neighbour_at_the_side_does_not(arm_above, held):
    picture = np.full((300, 300, 3), 200, np.uint8)
    crop = crop_around(picture, Box(100, 100, 100, 100))
    salient = np.zeros(crop.rgb.shape[:2], np.float32)
    middle = slice(40, 140), slice(40, 140)  # the crop has 40 px around the box
    salient[middle] = 1
    arm = (slice(0, 40), slice(80, 100)) if arm_above else (slice(80, 100), slice(0, 40))
    salient[arm] = 1
    likely = np.zeros_like(salient)
    likely[middle] = 1
    said = Opinions(salient, salient, likely, likely > 0.5, 1.0)
    assert from_above(said, crop).any() == held
