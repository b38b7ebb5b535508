"""A bag on a hook keeps its top; the same bag on a shelf keeps its base."""

import cv2
import numpy as np
import pytest

from shopkit.image.hanging import before_wall, hangs, has_loop
from shopkit.image.picture import Box
from shopkit.image.place import stand

WALL, SHELF = (205, 200, 190), (120, 70, 40)


def bag(height=120, loop=True):
    """A bag of 100 px with a strap above it, its top at y = 40."""
    drawn = np.zeros((300, 260), np.float32)
    cv2.rectangle(drawn, (80, 100), (180, 100 + height), 1.0, -1)
    if loop:
        cv2.ellipse(drawn, (130, 100), (30, 60), 0, 180, 360, 1.0, 8)
    return drawn


def room(below=WALL):
    picture = np.full((300, 260, 3), WALL, np.uint8)
    picture[215:] = below
    return picture


def test_a_bag_with_the_wall_above_and_below_it_hangs():
    assert hangs(room(), bag())
    assert not hangs(room(SHELF), bag())


def test_what_has_no_loop_does_not_hang():
    assert has_loop(bag())
    assert not has_loop(bag(loop=False))
    assert not hangs(room(), bag(loop=False))


def test_a_bag_over_a_shelf_hangs_and_one_that_a_table_comes_up_beside_stands():
    assert before_wall(room(SHELF), bag())  # the shelf begins under it
    table = room(SHELF)
    table[180:] = SHELF
    assert not before_wall(table, bag())
    assert not before_wall(room(SHELF), bag(loop=False))


@pytest.mark.parametrize(("hung", "top"), [(True, 36), (False, 66)])
def test_a_shorter_bag_hangs_from_the_same_hook_or_stands_on_the_same_shelf(hung, top):
    box = Box.around(bag(), 0.5)
    placement = stand(bag(90), bag(), box, hangs=hung)
    there = cv2.warpAffine(bag(90), placement.matrix[:2], (260, 300))
    assert placement.scale == pytest.approx(1, abs=0.01)
    assert Box.around(there, 0.5).y == pytest.approx(top, abs=2)
    assert placement.raised == pytest.approx(0.16 if hung else 0, abs=0.02)
