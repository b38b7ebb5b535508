"""The promise measured: light may change on the product, paint may not."""

import cv2
import numpy as np
import pytest

from shopkit.image.onelight import check_one_light
from shopkit.image.picture import to_bytes, to_linear, to_srgb
from tests.image.studio import BOX, RED, SIZE, outline, shaded

INSIDE = cv2.erode(outline(BOX, SIZE), np.ones((5, 5))) > 0.99
PHOTO = to_linear(shaded(RED, SIZE, BOX))
PHOTO[100:108] = to_linear(np.uint8([30, 60, 160]))  # a blue stripe on the red shoe


def shown(light):
    return to_bytes(to_srgb(np.clip(PHOTO * np.asarray(light, np.float32), 0, 1)))


def test_nothing_changed():
    found = check_one_light(PHOTO, shown(1), INSIDE)
    assert found.kept
    assert found.visible < 0.3
    assert found.hue_shift < 0.5


@pytest.mark.parametrize("light", [0.5, (0.9, 0.7, 0.5), (1.1, 1.2, 1.5)])
def test_a_light_is_seen_but_divides_out(light):
    found = check_one_light(PHOTO, shown(light), INSIDE)
    assert found.kept
    assert found.visible > 2
    assert found.own < 1


def test_slow_shading_is_light():
    across = np.linspace(1, 0.5, SIZE[0])[None, :, None]
    found = check_one_light(PHOTO, shown(across), INSIDE)
    assert found.kept
    assert found.visible > 3


def test_a_stripe_painted_over_is_not():
    painted = shown(1)
    painted[80:120:6, BOX.x : BOX.x + BOX.w] = (20, 140, 60)
    painted[82:120:6, BOX.x : BOX.x + BOX.w] = (20, 140, 60)
    found = check_one_light(PHOTO, painted, INSIDE)
    assert not found.kept
    assert found.own > 1


def test_one_hue_turned_is_not_even_if_the_rest_stays():
    painted = shown(1)
    painted[100:108] = (90, 30, 160)  # the stripe is purple now: a tenth of the shoe
    found = check_one_light(PHOTO, painted, INSIDE)
    assert not found.kept
    assert found.hue_shift > 3
    assert found.visible < 1  # the median would not have told


def test_grain_is_no_paint():
    noise = np.random.default_rng(3).normal(0, 4, (SIZE[1], SIZE[0], 1))
    found = check_one_light(PHOTO, to_bytes(shown(0.7) + noise), INSIDE)
    assert found.kept


def test_a_speck_cannot_be_judged():
    speck = np.zeros_like(INSIDE)
    speck[90:94, 90:94] = True
    assert check_one_light(PHOTO, shown(0.1), speck).visible == 0
