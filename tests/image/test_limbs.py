"""A leg above a low shoe that took a boot's place goes on into the shoe."""

import numpy as np
import pytest

from shopkit.image.limbs import go_on

STREET, SKIN, BOOT = (150, 150, 150), (205, 150, 120), slice(100, 180)
LEG = slice(60, 90)


def street():
    """A leg that ends where the boot began; the boot is taken out, its place is street."""
    ground = np.full((240, 160, 3), STREET, np.uint8)
    ground[:100, LEG] = SKIN
    above, bare = np.zeros((2, 240, 160), bool)
    above[:100, LEG] = True
    bare[BOOT, 55:95] = True
    old, cover = np.zeros((2, 240, 160), np.float32)
    old[BOOT, 55:95] = 1
    cover[160:180, 45:105] = 1  # a low shoe
    return ground, bare, above, old, cover


def test_a_leg_goes_on_down_to_the_low_shoe_and_no_farther():
    ground, bare, above, old, cover = street()
    share = go_on(ground, bare, above, old, cover)
    assert (ground[102:158, 64:86] == SKIN).all()
    assert (ground[185:] == STREET).all()
    assert (ground[102:158, :50] == STREET).all()
    assert share == pytest.approx(60 * 30 / (80 * 40), rel=0.1)


def test_a_leg_that_leans_keeps_its_direction():
    ground, bare, above, old, cover = street()
    ground[:], above[:], bare[:] = STREET, False, False
    bare[BOOT] = True
    for row in range(100):
        left = 60 + round(0.3 * (row - 100))
        ground[row, left : left + 30] = SKIN
        above[row, left : left + 30] = True
    go_on(ground, bare, above, old, cover)
    middle = np.flatnonzero((ground[150] == SKIN).all(axis=1)).mean()
    assert middle == pytest.approx(75 + 0.3 * 50, abs=2)


def test_the_hem_above_a_short_piece_of_ankle_is_not_repeated():
    ground, bare, above, old, cover = street()
    ground[:88, LEG] = (60, 80, 140)  # jeans down to twelve rows above the boot
    go_on(ground, bare, above, old, cover)
    assert (ground[102:158, 64:86] == SKIN).all()


@pytest.mark.parametrize(
    "elsewhere", ["far from the product", "the shoe is not below it", "the shoe begins at its end"]
)
def test_what_does_not_go_into_the_shoe_stays_as_it_is(elsewhere):
    ground, bare, above, old, cover = street()
    if elsewhere == "far from the product":
        above[60:] = False
    elif elsewhere == "the shoe begins at its end":
        cover[100:180, 45:105] = 1
    else:
        cover = np.roll(cover, 60, axis=1)
    before = ground.copy()
    assert go_on(ground, bare, above, old, cover) == 0
    assert (ground == before).all()


def test_an_ankle_below_a_wide_hem_goes_on_not_the_hem():
    ground, bare, above, old, cover = street()
    ground[:80, 45:105] = (60, 80, 140)  # a rolled-up leg of jeans
    ground[:100, :45] = ground[:100, 105:] = STREET
    above[:] = False
    above[:80, 45:105], above[80:100, LEG] = True, True
    go_on(ground, bare, above, old, cover)
    assert (ground[102:158, 64:86] == SKIN).all()


def test_what_is_left_of_the_old_shoes_edge_goes_with_it():
    ground, bare, above, old, cover = street()
    ground[99, 55:95] = (20, 20, 20)  # the strap's upper edge, which the mask missed
    above[99] = False
    go_on(ground, bare, above, old, cover)
    assert np.abs(ground[95:158, 64:86].astype(int) - SKIN).max() < 10
    assert bare[99, 64:86].all()  # it is part of the region that changes
