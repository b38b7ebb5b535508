"""Where a silhouette stands: a can's round base, a carton's corners, a ball."""

import cv2
import numpy as np
import pytest

from shopkit.image.drop import drop, steady_drop
from shopkit.image.footing import measure_footing


def can(half=60, tilt=0.25, height=150, at=(100, 40), size=(220, 240)):
    """An upright cylinder seen from a little above: its base is half an ellipse."""
    drawn = np.zeros((size[1], size[0]), np.uint8)
    x, top = at
    cv2.rectangle(drawn, (x - half, top), (x + half, top + height), 255, -1)
    cv2.ellipse(drawn, (x, top + height), (half, round(tilt * half)), 0, 0, 180, 255, -1)
    return drawn.astype(np.float32) / 255


def carton(front, side, rise, height=120, low=(90, 200), size=(260, 240)):
    """A box seen over its edge: ``front`` px of its front run right, ``side`` px run left."""
    x, y = low
    corners = [
        (x, y),
        (x + front, y - rise),
        (x + front, y - rise - height),
        (x - side, y - rise - height),
        (x - side, y - rise),
    ]
    drawn = np.zeros((size[1], size[0]), np.uint8)
    cv2.fillPoly(drawn, [np.array(corners, np.int32)], 255)
    return drawn.astype(np.float32) / 255


@pytest.mark.parametrize("tilt", [0.15, 0.25, 0.35])
def test_the_base_of_a_can_is_an_ellipse(tilt):
    foot = measure_footing(can(60, tilt))
    assert foot.round
    assert foot.middle == pytest.approx(100.5, abs=1)
    assert foot.bottom == pytest.approx(40 + 150 + tilt * 60 + 1, abs=1.5)
    assert foot.half == pytest.approx(60, abs=4)
    assert foot.tilt == pytest.approx(tilt, rel=0.25)


def test_a_narrower_can_on_the_same_spot_ends_higher():
    """Both share the middle of their bases: the wide one's rim is nearer to the camera."""
    wide, narrow = measure_footing(can(60)), measure_footing(can(48))
    assert drop(wide, narrow, 1.0) == pytest.approx(0.25 * (48 - 60), abs=1)
    assert drop(narrow, wide, 1.0) == pytest.approx(3, abs=1)
    assert drop(wide, wide, 1.0) == pytest.approx(0, abs=0.01)
    assert drop(wide, narrow, 1.25) == pytest.approx(0, abs=1)  # shown larger, it is as wide


def test_a_base_half_hidden_says_nothing():
    """A plate in front of a mug leaves a third of its base: the new one stands on its line."""
    assert drop(measure_footing(can(20)), measure_footing(can(60)), 1.0) is None


def test_where_the_bases_say_nothing_the_widths_do():
    """A new can of 101 px for one of 121 px, of which something hides all but 41 px of the base.

    Its rim is nearer by half of 20 px, seen by 0.27 (a usual height): 2.7 px higher. What hides
    the base has cut its lowest line off already: half of that.
    """
    torn = can(60)
    torn[175:, :80] = torn[175:, 121:] = 0
    assert drop(measure_footing(torn), measure_footing(can(50)), 1.0) is None
    assert steady_drop(torn, can(50), 1.0) == pytest.approx(-1.35, abs=0.5)


def test_a_cartons_corners_say_how_near_it_comes():
    """The middle of its footprint lies half-way between its left and its right corner."""
    foot = measure_footing(carton(front=120, side=60, rise=14))
    assert foot.angular
    assert not foot.round
    assert foot.bottom == pytest.approx(201, abs=1)
    assert foot.middle == pytest.approx((90 - 60 + 90 + 120) / 2, abs=2)
    assert foot.depth == pytest.approx(14, abs=2)


def test_a_deeper_carton_on_the_same_spot_ends_lower():
    """Its edge is 20 px nearer than its middle, the old one's 14 px."""
    old = measure_footing(carton(front=120, side=60, rise=14))
    new = measure_footing(carton(front=110, side=70, rise=20))
    assert drop(old, new, 1.0) == pytest.approx(6, abs=2)


def test_the_middle_of_a_ball_is_under_it():
    drawn = np.zeros((200, 200), np.uint8)
    cv2.circle(drawn, (120, 100), 60, 255, -1)
    foot = measure_footing(drawn.astype(np.float32) / 255)
    assert foot.round
    assert foot.middle == pytest.approx(120.5, abs=1)
    assert drop(foot, measure_footing(can(60)), 1.0) > 8  # it touches the ground under its middle


def test_moved_and_enlarged_the_measures_go_along():
    small = measure_footing(can(40, 0.25, 100, (80, 40)))
    moved = measure_footing(can(40, 0.25, 100, (110, 70)))
    double = np.kron(can(40, 0.25, 100, (80, 40)), np.ones((2, 2), np.float32))
    large = measure_footing(double)
    assert (moved.middle - small.middle, moved.bottom - small.bottom) == (30, 30)
    assert (moved.half, moved.tilt) == pytest.approx((small.half, small.tilt))
    assert large.half == pytest.approx(2 * small.half, abs=3)
    assert large.tilt == pytest.approx(small.tilt, abs=0.05)


def test_nothing_stands_nowhere():
    with pytest.raises(ValueError, match="empty"):
        measure_footing(np.zeros((20, 20), np.float32))


def test_a_handle_is_no_part_of_the_base():
    plain = can(60, 0.25, 150, (100, 40), (300, 240))
    handled = plain.copy()
    cv2.ellipse(handled, (165, 120), (45, 50), 0, -90, 90, 1.0, 12)
    foot = measure_footing(handled)
    assert foot.middle == pytest.approx(100.5, abs=2)
    assert drop(measure_footing(plain), foot, 1.0) == pytest.approx(0, abs=2)


def test_one_foot_of_two_says_nothing():
    drawn = can(60, 0.25, 100, (100, 40))
    drawn[140:, 70:130] = 0
    drawn[130:, 100:] = 0
    cv2.rectangle(drawn, (45, 130), (70, 170), 1.0, -1)
    foot = measure_footing(drawn)
    assert foot.foot
    assert drop(measure_footing(can(60)), foot, 1.0) is None
