"""The old product is found by its photo: textured or plain, in another light; never guessed."""

import numpy as np
import pytest

from shopkit.image.locate import find_old
from shopkit.image.picture import Box
from tests.image.still_life import Finder, at, picture, place_in, room, tin, vase

WARM = (0.9, 0.6, 0.4)


def outline(product, matrix):
    _, mask = place_in(np.zeros((360, 480, 3), np.uint8), product, matrix)
    return Box.around(mask, 0.5)


@pytest.mark.parametrize("product", [tin(), vase()], ids=["features", "plain"])
def test_found_in_another_light_size_and_turn(product):
    matrix = at(190, 60, 0.7, turn=4)
    rgb, _ = place_in(room(), product, matrix, WARM)
    found = find_old(picture(rgb), product)
    assert found.sure
    assert found.box.iou(outline(product, matrix)) > 0.9
    assert found.others[0] == found.box


def test_the_matrix_takes_the_photo_to_the_scene():
    matrix = at(190, 60, 0.7, turn=4)
    rgb, mask = place_in(room(), tin(), matrix)
    found = find_old(picture(rgb), tin())
    _, ours = place_in(rgb, tin(), found.matrix)
    both, either = (np.logical_and, np.logical_or)
    assert both(ours > 0.5, mask > 0.5).sum() / either(ours > 0.5, mask > 0.5).sum() > 0.95


def test_a_large_scene_is_searched_small_and_answered_in_its_own_pixels():
    matrix = at(190, 60, 0.7)
    rgb, _ = place_in(room(), tin(), matrix)
    large = np.ascontiguousarray(rgb.repeat(4, axis=0).repeat(4, axis=1))
    small = outline(tin(), matrix)
    found = find_old(picture(large), tin())
    assert found.box.iou(Box(*(4 * v for v in small))) > 0.9


def test_two_of_the_same_are_ambiguous():
    rgb, _ = place_in(room(), vase(), at(40, 60, 0.7))
    rgb, _ = place_in(rgb, vase(), at(280, 60, 0.7))
    found = find_old(picture(rgb), vase())
    assert (found.sure, found.reason) == (False, "old_ambiguous")
    assert len(found.others) >= 2


def test_the_same_shape_in_another_colour_is_told_apart():
    rgb, _ = place_in(room(), vase((60, 150, 70)), at(40, 60, 0.7))
    rgb, _ = place_in(rgb, vase((190, 60, 60)), at(280, 60, 0.7))
    for product, matrix in (
        (vase((60, 150, 70)), at(40, 60, 0.7)),
        (vase((190, 60, 60)), at(280, 60, 0.7)),
    ):
        found = find_old(picture(rgb), product)
        assert found.box.iou(outline(product, matrix)) > 0.85


def test_what_is_not_there_is_not_sure():
    rgb = room()
    nothing = Finder(rgb, np.zeros(rgb.shape[:2]))
    found = find_old(picture(rgb), vase(), nothing)
    assert found is None or not found.sure


def test_an_empty_photo_finds_nothing():
    blank = vase()
    blank.alpha[:] = 0
    assert find_old(picture(room()), blank) is None


def test_same_inputs_same_place():
    rgb, _ = place_in(room(), tin(), at(190, 60, 0.7), WARM)
    one, other = (find_old(picture(rgb), tin()) for _ in range(2))
    assert one.box == other.box and np.array_equal(one.matrix, other.matrix)
