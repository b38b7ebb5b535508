"""What a swap promises: pixels outside stay, the product is its photo, one light at most."""

import cv2
import numpy as np
import pytest

from shopkit.image.colour import delta_e_2000, to_lab
from shopkit.image.picture import Box, Picture, to_bytes, to_linear, to_srgb
from shopkit.image.spot import Spot
from shopkit.image.swap import Options, swap
from tests.image.studio import BLUE, BOX, RED, SIZE, given, outline, photo, scene

SCENE, MASK = scene()
SPOT = Spot(photo(RED), given(), mask=MASK)


@pytest.fixture(scope="module")
def exact():
    return swap(SCENE, [SPOT], Options("exact"))


@pytest.fixture(scope="module")
def adapted():
    """In the light that the old product's own photo tells."""
    return swap(SCENE, [Spot(photo(RED), given(), photo(BLUE), MASK)])


def resampled(swapped, product):
    """The product's photo in the scene's frame, in linear light, worked out anew."""
    placed, window = swapped.placed[0], swapped.window
    there = np.zeros((SIZE[1], SIZE[0], 3), np.float32)
    there[window.slices] = cv2.warpAffine(
        to_linear(product.colour), placed.placement.matrix[:2], (window.w, window.h)
    )
    whole = np.zeros((SIZE[1], SIZE[0]), np.float32)
    whole[window.slices][placed.layer.window.slices] = placed.layer.alpha
    inside = cv2.erode((whole > 0.98).astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    return to_bytes(to_srgb(there)), inside


@pytest.mark.parametrize("name", ["exact", "adapted"])
def test_outside_the_region_every_pixel_is_the_scenes(name, request):
    swapped = request.getfixturevalue(name)
    assert (swapped.rgb[~swapped.region] == SCENE.rgb[~swapped.region]).all()
    assert (swapped.rgb != SCENE.rgb).any()
    assert swapped.region.mean() < 0.5


def test_exact_a_red_shoe_stays_that_red(exact):
    product, inside = resampled(exact, photo(RED))
    off = delta_e_2000(to_lab(product[inside]), to_lab(exact.rgb[inside]))
    assert inside.sum() > 1500
    assert np.median(off) <= 1
    assert exact.placed[0].lighting.source == "exact"
    assert exact.placed[0].one_light.visible <= 1


def test_it_stands_where_the_old_one_stood(exact):
    placed = exact.placed[0]
    assert placed.old_box.iou(BOX) > 0.95
    assert placed.new_box.iou(BOX) > 0.9
    assert placed.likeness.uncovered < 0.1


def test_adapted_nothing_but_light_changed(adapted):
    found = adapted.placed[0].one_light
    assert found.kept
    assert found.own <= 2
    assert found.hue_shift <= 3
    assert found.visible > 3  # and the light shows
    assert adapted.placed[0].lighting.source == "old_photo"
    assert adapted.placed[0].lighting.mean == pytest.approx((0.6, 0.55, 0.45), rel=0.25)


@pytest.mark.parametrize("most", [1.5, 4.0])
def test_the_cap_on_visible_change_holds(adapted, most):
    spot = Spot(photo(RED), given(), photo(BLUE), MASK)
    capped = swap(SCENE, [spot], Options(max_delta_e=most))
    assert adapted.placed[0].one_light.visible > most
    assert capped.placed[0].one_light.visible <= most + 0.3  # bytes are rounded
    assert 0 < capped.placed[0].lighting.kept < 1


def test_the_old_product_is_gone(exact):
    """A smaller product leaves ground where the old one was, and no blue."""
    small = photo(RED, box=Box(20, 20, 60, 75))  # as tall, half as wide
    swapped = swap(SCENE, [Spot(small, given(), mask=MASK)], Options("exact"))
    bare = (MASK > 0.9) & (outline(swapped.placed[0].new_box, SIZE) < 0.01)
    bare &= cv2.dilate(swapped.region.astype(np.uint8), None) > 0
    assert bare.sum() > 1000
    blue = swapped.rgb[bare].astype(int)
    assert (blue[:, 2] < blue[:, 0]).mean() > 0.98  # the ground is warm
    assert swapped.placed[0].likeness.uncovered > 0.3


def test_a_hand_across_the_product_stays_in_front():
    """The given mask leaves the hand out: not a pixel of it may change."""
    hand = np.zeros_like(MASK)
    cv2.line(hand, (95, 40), (118, 150), 1.0, 16, cv2.LINE_AA)
    skin = np.array([205, 160, 135])
    rgb = to_bytes(SCENE.rgb * (1 - hand[..., None]) + skin * hand[..., None])
    mask = np.where(hand > 0, 0, MASK).astype(np.float32)
    swapped = swap(Picture(rgb), [Spot(photo(RED), given(), mask=mask)], Options("exact"))
    across = (hand > 0.99) & (MASK > 0.99)
    assert across.sum() > 500
    assert (swapped.rgb[across] == rgb[across]).all()
    beside = cv2.dilate(hand, np.ones((9, 9))) * (hand == 0) * (MASK > 0.99) > 0
    red = swapped.rgb[beside].astype(int)
    assert (red[:, 0] > 2 * red[:, 2]).mean() > 0.9  # the product goes on on both sides
    assert swapped.placed[0].new_box.iou(BOX) > 0.9
    assert not swapped.placed[0].likeness.two  # a mask in two parts, but one product


def test_the_same_inputs_give_the_same_bytes(exact):
    again = swap(SCENE, [SPOT], Options("exact"))
    assert (again.rgb == exact.rgb).all()
    assert (again.region == exact.region).all()


def test_a_pair_takes_two_products():
    left, right = Box(30, 80, 80, 50), Box(130, 80, 80, 50)
    picture, _ = scene(box=left)
    other, _ = scene(box=right)
    rgb = np.where(outline(right, SIZE)[..., None] > 0, other.rgb, picture.rgb)
    spots = [
        Spot(photo(RED), given(left), mask=outline(left, SIZE)),
        Spot(photo((30, 140, 60)), given(right), mask=outline(right, SIZE)),
    ]
    swapped = swap(type(picture)(rgb), spots, Options("exact"))
    assert swapped.placed[0].new_box.iou(left) > 0.85
    assert swapped.placed[1].new_box.iou(right) > 0.85
    at_left, at_right = (swapped.rgb[box.y + 40, box.x + 30].astype(int) for box in (left, right))
    assert at_left[0] > 2 * at_left[1]  # red
    assert at_right[1] > 2 * at_right[0]  # green


def test_without_a_spot_there_is_nothing_to_do():
    with pytest.raises(ValueError, match="empty"):
        swap(SCENE, [])
