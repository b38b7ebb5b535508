"""The proof strip shows what changed, where, and that nothing else did."""

import numpy as np
import pytest

from shopkit import messages
from shopkit.image import lettering
from shopkit.image.picture import Box
from shopkit.image.proof import DIFFERENCE_GAIN, proof_strip


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("SHOPKIT_LANG", "en")
    monkeypatch.setattr(messages, "_chosen", [])


def pair(height=300, width=400, box=(240, 160, 100, 100), step=30):
    before = np.full((height, width, 3), 120, np.uint8)
    after = before.copy()
    after[Box(*box).slices] += np.uint8(step)
    return before, after, Box(*box)


def panels(strip, width=1500):
    third = (width - 12) // 3
    return [strip[:, i * (third + 6) : i * (third + 6) + third] for i in range(3)]


def test_three_panels_and_a_close_up_of_a_small_region():
    before, after, box = pair()
    strip = proof_strip(before, after, box=box)
    whole, close_up = round(300 * 496 / 400), 496  # the grown box is square
    assert strip.shape == (whole + 6 + close_up, 1500, 3)
    first, second, difference = panels(strip)
    at = (round(210 * 496 / 400), round(290 * 496 / 400))  # inside the change
    assert tuple(first[at]) == (120, 120, 120)
    assert tuple(second[at]) == (150, 150, 150)
    assert tuple(difference[at]) == (30 * DIFFERENCE_GAIN,) * 3


def test_the_region_is_outlined_on_the_difference_alone_and_the_rest_of_it_is_black():
    before, after, box = pair()
    first, second, difference = panels(proof_strip(before, after, box=box)[:372])
    edge = (round(160 * 496 / 400), round(290 * 496 / 400))
    assert tuple(difference[edge]) == (255, 191, 0)
    assert tuple(first[edge]) == (120, 120, 120)
    assert (difference[100:, :100] == 0).all()
    assert second.shape == first.shape


def test_a_large_region_needs_no_close_up():
    before, after, box = pair(box=(10, 10, 380, 280))
    assert proof_strip(before, after, box=box, width=900).shape == (round(300 * 296 / 400), 900, 3)


def test_without_a_region_nothing_is_outlined():
    before, _, _ = pair()
    difference = panels(proof_strip(before, before))[2]
    assert (difference[60:] == 0).all()


def test_labels_follow_the_language_and_fall_back_to_ascii(monkeypatch):
    before, after, _ = pair()
    english = proof_strip(before, after)
    messages.set_language("zh")
    monkeypatch.setattr(lettering, "chinese_font", lambda: None)
    without_font = proof_strip(before, after)
    corner = np.s_[:40, :200]
    assert (english[corner] == without_font[corner]).all()


@pytest.mark.skipif(lettering.chinese_font() is None, reason="no font with Chinese here")
def test_chinese_labels_are_drawn_where_there_is_a_font():
    before, after, _ = pair()
    english = proof_strip(before, after)
    messages.set_language("zh")
    assert (proof_strip(before, after)[:40, :200] != english[:40, :200]).any()


def test_two_shapes_are_a_bug_of_the_caller():
    with pytest.raises(ValueError, match="two shapes"):
        proof_strip(np.zeros((4, 4, 3), np.uint8), np.zeros((4, 5, 3), np.uint8))
