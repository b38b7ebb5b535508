"""Votes for where the product is: who is believed when they differ, and how sure that is."""

import cv2
import numpy as np
import pytest

from shopkit.image.finding import find_by_ground, find_by_net, overlap
from shopkit.image.picture import Box, to_bytes, to_srgb
from tests.image.shots import block, clutter, drawn, floor, mug, shot

ALPHA = mug()


class Oracle:
    """A finder that knows the product by its colour, with faults: one for each look.

    The first look is at the whole picture, the last at the mirrored view. A fault takes the answer
    and the product's box in it, upright, and spoils it.
    """

    name, model, licence = "oracle", "none", "MIT"

    def __init__(self, *faults):
        self.faults = faults
        self.seen = []

    def find(self, rgb):
        self.seen.append(rgb.shape)
        blue = rgb[..., 2].astype(int) - rgb[..., 0]
        answer = cv2.resize(
            (blue > 40).astype(np.float32), (320, 320), interpolation=cv2.INTER_AREA
        )
        mirrored = len(self.seen) > 1
        answer = np.ascontiguousarray(answer[:, ::-1]) if mirrored else answer
        if self.faults:
            fault = self.faults[min(len(self.seen), len(self.faults)) - 1]
            fault(answer, Box.around(answer, 0.5))
        return np.ascontiguousarray(answer[:, ::-1]) if mirrored else answer


def right(answer, box):
    """No fault."""


def left_half_lost(answer, box):
    answer[:, : box.x + box.w // 3] = 0


def faint_patch(answer, box):
    answer[box.y + 10 : box.y + 60, box.x + 5 : box.x + box.w // 2] *= 0.4


def foot_lost(answer, box):
    answer[box.y + box.h - box.h // 12 :] = 0


def opening_shut(answer, box):
    answer[:] = cv2.morphologyEx(answer, cv2.MORPH_CLOSE, np.ones((171, 171)))


def opening_seen(answer, box):
    answer[box.y + 30 : box.y + 80, box.x + 30 : box.x + 80] = 0


def pinhole(answer, box):
    cv2.circle(answer, (box.x + box.w // 3, box.y + box.h // 2), 3, 0.3, -1)


def blind(answer, box):
    answer[:] = 0


def found_alpha(found, shape):
    """The answer at the picture's size."""
    alpha = np.zeros(shape, np.float32)
    alpha[found.view.slices] = cv2.resize(found.likely, (found.view.w, found.view.h))
    return alpha


def test_all_agree():
    found = find_by_net(shot(ALPHA).rgb, Oracle())
    assert found.plain
    assert found.agreement > 0.97
    assert overlap(found_alpha(found, ALPHA.shape) > 0.5, ALPHA > 0.5) > 0.97


def test_one_look_that_fails_is_outvoted_by_the_other_and_the_ground():
    found = find_by_net(shot(ALPHA).rgb, Oracle(right, left_half_lost))
    assert overlap(found_alpha(found, ALPHA.shape) > 0.5, ALPHA > 0.5) > 0.97
    assert found.agreement > 0.97  # two of three bear it out


def test_two_that_fail_alike_are_not_sure():
    found = find_by_net(shot(ALPHA).rgb, Oracle(left_half_lost))
    assert 0 <= found.agreement < 0.97


def test_where_the_net_leaves_it_open_the_ground_decides():
    found = find_by_net(shot(ALPHA).rgb, Oracle(faint_patch))
    assert overlap(found_alpha(found, ALPHA.shape) > 0.5, ALPHA > 0.5) > 0.97


def test_a_foot_that_only_the_ground_sees_is_added():
    found = find_by_net(shot(ALPHA).rgb, Oracle(foot_lost))
    assert overlap(found_alpha(found, ALPHA.shape) > 0.5, ALPHA > 0.5) > 0.96


def test_a_net_opens_a_hole_that_the_ground_is_not_asked_about():
    found = find_by_net(shot(ALPHA).rgb, Oracle())
    assert found_alpha(found, ALPHA.shape)[190, 285] < 0.5
    shut = find_by_net(shot(ALPHA).rgb, Oracle(opening_shut))
    assert found_alpha(shut, ALPHA.shape)[190, 285] > 0.5


def test_an_opening_that_one_look_alone_sees_is_for_a_person():
    solid = find_by_net(shot(block()).rgb, Oracle(right))
    found = find_by_net(shot(block()).rgb, Oracle(right, opening_seen))
    assert solid.unsure == 0
    assert found.unsure > 0.02
    assert overlap(found_alpha(found, ALPHA.shape) > 0.5, block() > 0.5) > 0.97


def test_pinholes_are_closed():
    found = find_by_net(shot(ALPHA).rgb, Oracle(pinhole))
    assert (found_alpha(found, ALPHA.shape)[130:250, 120:250] > 0.5).all()


def test_a_small_product_is_looked_at_closely():
    alpha = np.zeros((1440, 1600), np.float32)
    alpha[600:960, 600:1000] = ALPHA
    net = Oracle()
    rgb = shot(alpha).rgb
    found = find_by_net(rgb, net)
    assert len(net.seen) == 3
    assert found.view.w < 700
    assert max(found.likely.shape) == 400


def test_no_product_no_answer():
    assert find_by_net(shot(ALPHA).rgb, Oracle(blind)) is None
    assert find_by_ground(np.full((200, 240, 3), 220, np.uint8)) is None


def test_on_unquiet_ground_the_colours_around_are_the_third_vote():
    ground = clutter() // 4 + 90  # no box of it as blue as the mug
    photo = to_bytes(np.array([30, 40, 200]) * ALPHA[..., None] + ground * (1 - ALPHA[..., None]))
    found = find_by_net(photo, Oracle())
    assert not found.plain
    assert overlap(found_alpha(found, ALPHA.shape) > 0.5, ALPHA > 0.5) > 0.9


def test_the_ground_alone_finds_a_box_and_is_sure():
    alpha = drawn(
        (400, 360), lambda c, f: c.__setitem__(np.s_[80 * f : 290 * f, 120 * f : 280 * f], 255)
    )
    found = find_by_ground(shot(alpha).rgb)
    assert (found.plain, found.unsure) == (True, 0)
    assert found.agreement > 0.97
    assert overlap(found_alpha(found, alpha.shape) > 0.5, alpha > 0.5) > 0.97


def test_the_ground_alone_says_where_a_hole_may_be_none():
    found = find_by_ground(shot(ALPHA).rgb)
    assert 0.1 < found.unsure < 0.4
    assert overlap(found_alpha(found, ALPHA.shape) > 0.5, ALPHA > 0.5) > 0.96


def test_the_ground_alone_doubts_an_opening_in_shadow():
    alpha, shade = block(), np.zeros_like(block())
    shade[130:190, 160:220] = 1
    soft = cv2.GaussianBlur(shade, (0, 0), 1)[..., None]
    ground = np.float32(0.8) * to_srgb(floor(alpha.shape[::-1]))
    found = find_by_ground(to_bytes(shot(alpha).rgb * (1 - soft) + ground * soft))
    assert find_by_ground(shot(alpha).rgb).unsure == 0
    assert found.unsure > 0.02


def test_by_colour_alone_it_says_that_the_ground_is_not_plain():
    ground = clutter() // 4 + 90  # no box of it as blue as the mug
    photo = to_bytes(np.array([30, 40, 200]) * ALPHA[..., None] + ground * (1 - ALPHA[..., None]))
    assert not find_by_ground(photo).plain


@pytest.mark.parametrize(("a", "b", "wanted"), [(0, 0, 1), (1, 0, 0), (1, 1, 1)])
def test_overlap(a, b, wanted):
    shape = (4, 4)
    assert overlap(np.full(shape, bool(a)), np.full(shape, bool(b))) == wanted
