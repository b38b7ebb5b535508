"""The map from the scene to the old photo follows a matrix, and a bend that no matrix has."""

import cv2
import numpy as np

from shopkit.image.picture import Box
from shopkit.image.register import fit_in_box, register
from tests.image.still_life import at, picture, place_in, room, tin

MATRIX = at(150, 40, 0.85, turn=3)


def errors(found, true_xy, mask):
    """How far the map is off, in photo pixels, inside the product."""
    inside = cv2.erode((mask > 0.5).astype(np.uint8), np.ones((9, 9))) > 0
    return np.hypot(*np.moveaxis(found.map_xy - true_xy, 2, 0))[inside]


def exact(matrix, size=(480, 360)):
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    back = np.linalg.inv(matrix)
    return np.dstack([back[i, 0] * x + back[i, 1] * y + back[i, 2] for i in range(2)])


def test_a_matrix_is_found_again_from_the_box():
    rgb, mask = place_in(room(), tin(), MATRIX, (0.8, 0.6, 0.5))
    box = Box.around(mask, 0.5)
    found = register(picture(rgb), box, mask, tin())
    assert np.median(errors(found, exact(MATRIX), mask)) < 1.0
    assert found.valid.sum() > 0.95 * (mask > 0.5).sum()
    assert found.error < 0.3


def test_a_bend_is_followed_by_the_flow():
    rgb, mask = place_in(room(), tin(), MATRIX)
    y, x = np.mgrid[0:360, 0:480].astype(np.float32)
    bend = 5 * np.sin((y - 80) / 70)  # px: sideways, growing and falling slowly
    bent = cv2.remap(rgb, x + bend, y, cv2.INTER_LINEAR)
    mask = cv2.remap(mask, x + bend, y, cv2.INTER_LINEAR)
    true_xy = cv2.remap(exact(MATRIX).astype(np.float32), x + bend, y, cv2.INTER_LINEAR)
    stiff = errors(register_by_matrix(MATRIX), true_xy, mask)
    found = register(picture(bent), Box.around(mask, 0.5), mask, tin(), MATRIX)
    assert np.median(errors(found, true_xy, mask)) < 0.4 * np.median(stiff)


def register_by_matrix(matrix):
    class Stiff:
        map_xy = exact(matrix)

    return Stiff


def test_the_map_covers_the_scene_and_the_matrix_is_kept():
    rgb, mask = place_in(room(), tin(), MATRIX)
    found = register(picture(rgb), Box.around(mask, 0.5), mask, tin(), MATRIX)
    assert found.map_xy.shape == (360, 480, 2) and found.map_xy.dtype == np.float32
    assert np.array_equal(found.matrix, MATRIX)
    far = np.s_[:20, :20]
    assert np.allclose(found.map_xy[far], exact(MATRIX)[far], atol=1e-2)


def test_nothing_visible_gives_no_valid_pixel():
    rgb, mask = place_in(room(), tin(), MATRIX)
    found = register(picture(rgb), Box.around(mask, 0.5), np.zeros_like(mask), tin(), MATRIX)
    assert not found.valid.any() and found.error == 1.0


def test_a_box_alone_lays_the_photo_on_the_product():
    rgb, mask = place_in(room(), tin(), MATRIX, (0.8, 0.6, 0.5))
    matrix = fit_in_box(picture(rgb), Box.around(mask, 0.5), tin())
    _, ours = place_in(rgb, tin(), matrix)
    both = np.logical_and(ours > 0.5, mask > 0.5).sum()
    assert both / np.logical_or(ours > 0.5, mask > 0.5).sum() > 0.95
