"""The new product fills the old one's place: true shape, one ground line, clean pixels."""

import cv2
import numpy as np
import pytest

from shopkit.image.matte import Matte
from shopkit.image.picture import Box, to_bytes, to_srgb
from shopkit.image.place import MAX_UPSCALE, lay, stand
from tests.image.studio import BOX, PHOTO_BOX, RED, SIZE, outline, photo

WINDOW = Box(0, 0, *SIZE)


def block(width, height, size=(200, 200), at=(20, 30)):
    """A flat block as alpha: no round base, no perspective."""
    drawn = np.zeros((size[1], size[0]), np.float32)
    drawn[at[1] : at[1] + height, at[0] : at[0] + width] = 1
    return drawn


def placed_box(alpha, placement, size=SIZE):
    there = cv2.warpAffine(alpha, placement.matrix[:2], size)
    return Box.around(there, 0.5)


def test_a_product_of_the_same_shape_fills_the_box_exactly():
    old = outline(BOX, SIZE)
    placement = stand(photo().alpha, old, BOX)
    assert placement.scale == pytest.approx(BOX.w / PHOTO_BOX.w, rel=0.02)
    assert placed_box(photo().alpha, placement).iou(BOX) > 0.95
    assert (placement.turn, placement.capped) == (0, False)


@pytest.mark.parametrize(("fit", "scale"), [("contain", 0.6), ("width", 0.6), ("height", 1.2)])
def test_how_it_fills_the_box(fit, scale):
    """A block of 100 x 50 in the place of one of 60 x 60."""
    old = block(60, 60, SIZE, (80, 60))
    placement = stand(block(100, 50), old, Box(80, 60, 60, 60), fit=fit)
    assert placement.scale == pytest.approx(scale)
    box = placed_box(block(100, 50), placement)
    assert box.y + box.h == pytest.approx(120, abs=4)  # about the old one's ground line
    assert box.x + box.w / 2 == pytest.approx(110, abs=2)  # about its middle
    assert box.w / box.h == pytest.approx(2, rel=0.04)  # its shape is its own


def test_a_small_photo_is_not_blown_up():
    old = block(120, 120, SIZE, (60, 30))
    placement = stand(block(60, 60), old, Box(60, 30, 120, 120))
    assert placement.scale == MAX_UPSCALE
    assert placement.wanted == pytest.approx(2)
    assert placement.capped


def test_a_product_that_lies_turned_is_followed_by_a_turned_one():
    turned = cv2.warpAffine(
        block(90, 30, SIZE, (70, 80)), cv2.getRotationMatrix2D((115, 95), -30, 1), SIZE
    )
    box = Box.around(turned, 0.5)
    placement = stand(block(90, 30), turned, box, turn=30)
    assert placement.turn == 30
    there = cv2.warpAffine(block(90, 30), placement.matrix[:2], SIZE)
    both = ((there > 0.5) & (turned > 0.5)).sum() / ((there > 0.5) | (turned > 0.5)).sum()
    assert both > 0.85


def test_a_little_turn_is_a_pose_and_not_followed():
    old = block(60, 60, SIZE, (80, 60))
    assert stand(block(100, 50), old, Box(80, 60, 60, 60), turn=6).turn == 0


def test_shrinking_averages_light_not_bytes():
    """Lines of black and white, at half size: half of the light is sRGB 188, not 128."""
    alpha = block(80, 80)
    lines = np.zeros((200, 200, 3), np.uint8)
    lines[::2] = 255
    matte = Matte(alpha, lines, "alpha", "", "", 1.0)
    old = block(40, 40, SIZE, (80, 60))
    layer = lay(matte, stand(alpha, old, Box(80, 60, 40, 40)), WINDOW)
    grey = to_bytes(to_srgb(layer.light[70:90, 90:110]))
    assert abs(int(np.median(grey)) - 188) <= 1


def test_no_dark_rim_comes_with_a_soft_edge():
    shoe = photo(RED)
    layer = lay(shoe, stand(shoe.alpha, outline(BOX, SIZE), BOX), WINDOW)
    rim = (layer.alpha > 0.1) & (layer.alpha < 0.9)
    assert rim.sum() > 100
    red = to_srgb(layer.light)[..., 0]
    assert red[rim].min() > 0.8 * np.median(red[layer.alpha > 0.99])
    assert layer.alpha.min() >= 0
    assert layer.alpha.max() <= 1


def test_at_its_own_size_every_pixel_is_the_photos():
    shoe = photo(RED, SIZE, BOX)
    layer = lay(shoe, stand(shoe.alpha, outline(BOX, SIZE), BOX), WINDOW)
    inside = cv2.erode(layer.alpha, np.ones((5, 5))) > 0.99
    assert inside.sum() > 2000
    there = to_bytes(to_srgb(layer.light)).astype(int)
    moved = np.roll(shoe.colour, (0, 0), (0, 1)).astype(int)
    assert np.abs(there - moved)[inside].max() <= 1


def test_an_empty_matte_is_refused():
    with pytest.raises(ValueError, match="empty"):
        stand(np.zeros((9, 9), np.float32), outline(BOX, SIZE), BOX)
