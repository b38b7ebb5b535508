"""A worn pair in one box: two feet told apart, each with the product that points its way."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from shopkit.errors import InputRefused
from shopkit.image.oldmask import OldProduct
from shopkit.image.pair import split_pair, toe_of
from shopkit.image.picture import Box
from shopkit.image.swap import swap
from shopkit.image.swap_cells import read_cells
from shopkit.image.swap_row import open_row

GROUND, LEATHER = (200, 190, 180), (60, 40, 30)
SIZE = (240, 400)


def shoe(at: int, toe: int) -> np.ndarray:
    """The mask of a shoe seen from the side, its heel at x = ``at``, its toe 90 px that way."""
    mask = np.zeros(SIZE, np.uint8)
    outline = [(0, 120), (28, 120), (34, 160), (88, 178), (90, 196), (0, 196)]
    cv2.fillPoly(mask, [np.array([(at + toe * x, y) for x, y in outline])], 1)
    return mask > 0


LEFT, RIGHT = shoe(170, -1), shoe(230, 1)


def painted(*shoes: np.ndarray) -> np.ndarray:
    rgb = np.full((*SIZE, 3), GROUND, np.uint8)
    rgb[np.logical_or.reduce(shoes)] = LEATHER
    return rgb


def seen(*shoes: np.ndarray) -> OldProduct:
    alpha = np.logical_or.reduce(shoes).astype(np.float32)
    box = Box.around(alpha, 0.5)
    assert box is not None
    return OldProduct(alpha, np.zeros_like(alpha), 1.0, box, box)


def test_toes():
    assert (toe_of(LEFT.astype(np.float32)), toe_of(RIGHT.astype(np.float32))) == ("left", "right")


def test_two_feet_are_parted_and_one_is_not():
    both = seen(LEFT, RIGHT)
    pair = split_pair(painted(LEFT, RIGHT), both.box, both)
    assert pair is not None
    assert pair.mirrored
    assert pair.boxes == (Box.around(LEFT), Box.around(RIGHT))
    one = seen(RIGHT)
    assert split_pair(painted(RIGHT), one.box, one) is None


@pytest.fixture
def row(tmp_path: Path) -> dict[str, str]:
    Image.fromarray(painted(LEFT, RIGHT)).save(tmp_path / "scene.png")
    Image.fromarray(painted(RIGHT)).save(tmp_path / "shoe.png")
    Image.fromarray((np.logical_or(LEFT, RIGHT) * 255).astype(np.uint8)).save(tmp_path / "m.png")
    return {
        "scene": str(tmp_path / "scene.png"),
        "product": f"{tmp_path / 'shoe.png'};mirror",
        "mask": str(tmp_path / "m.png"),
        "cutout": "local",
    }


def test_one_place_and_a_photo_with_its_mirror_make_two_places(row):
    opened = open_row(read_cells(row))
    boxes = [spot.place.box for spot in opened.spots]
    assert boxes == [Box.around(LEFT), Box.around(RIGHT)]
    assert [toe_of(spot.product.alpha) for spot in opened.spots] == ["left", "right"]
    assert opened.mirrored == (True, False)  # the photo points right: its mirror stands left


def test_a_foot_keeps_what_the_pair_showed_of_it(row):
    """Its own box alone would have to be told from the other foot again."""
    left, right = (spot.seen for spot in open_row(read_cells(row)).spots)
    assert left.agreement == right.agreement == 1.0  # of the mask that was given for both
    assert ((left.alpha > 0.5) == LEFT).all()
    assert ((right.alpha > 0.5) == RIGHT).all()


def test_the_shoes_of_a_pair_are_of_one_size(row, tmp_path):
    """The left foot is seen from the front, half as wide: its shoe is no child's."""
    front = np.zeros_like(LEFT)
    box = Box.around(LEFT)
    front[box.y : box.y + box.h, box.x + box.w // 4 : box.x + 3 * box.w // 4] = True
    Image.fromarray((np.logical_or(front, RIGHT) * 255).astype(np.uint8)).save(tmp_path / "m.png")
    Image.fromarray(painted(front, RIGHT)).save(tmp_path / "scene.png")
    opened = open_row(read_cells(row))
    left, right = (one.placement for one in swap(opened.scene, opened.spots).placed)
    assert left.scale == right.scale == pytest.approx(1.0, abs=0.05)


def test_two_products_for_one_thing_are_refused_with_the_fix(row, tmp_path):
    Image.fromarray(painted(RIGHT)).save(tmp_path / "scene.png")
    Image.fromarray((RIGHT * 255).astype(np.uint8)).save(tmp_path / "m.png")
    Image.fromarray(painted(RIGHT)[:, ::-1]).save(tmp_path / "shoe.png")
    with pytest.raises(InputRefused, match="box") as refusal:
        open_row(read_cells(row))
    assert refusal.value.code == "pair_not_found"
