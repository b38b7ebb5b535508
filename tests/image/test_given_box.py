"""A box to the pixel is believed; one drawn by hand gives way to the product's own outline."""

from shopkit.image.given_box import fitted, is_tight, second_look
from shopkit.image.picture import Box

OUTLINE = Box(100, 50, 200, 400)


def test_a_box_to_the_pixel_is_believed_where_the_outline_is_nearly_there():
    given = Box(101, 50, 200, 399)  # the outline is a pixel off here and there
    assert is_tight(given, OUTLINE)
    assert fitted(given, OUTLINE) == given


def test_one_end_of_it_that_the_outline_has_far_off_is_the_outlines():
    given = Box(100, 50, 200, 430)  # a shadow was boxed in too: 30 px under the outline
    assert is_tight(given, OUTLINE)
    assert fitted(given, OUTLINE) == OUTLINE


def test_a_box_drawn_by_hand_gives_way():
    given = Box(94, 38, 212, 420)
    assert not is_tight(given, OUTLINE)
    assert fitted(given, OUTLINE) == OUTLINE


def test_the_second_look_has_room_only_where_the_first_was_cut_off():
    given = Box(94, 60, 212, 360)  # wide at the sides, short at both ends
    seen = Box(100, 60, 200, 360)
    assert second_look(given, seen, (1000, 1000)) == Box(100, 42, 200, 396)
    assert second_look(given, seen, (1000, 425)) == Box(100, 42, 200, 383)  # kept in the picture
