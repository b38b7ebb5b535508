"""A coarse outline moves to the photo's own edge, to a fraction of a pixel."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkit.image import contour
from shopkit.image.picture import to_bytes, to_linear, to_srgb
from tests.image.shots import drawn, edge_error, overlap

SIZE = (160, 140)


def disc(radius, x=80.0, y=70.0):
    """The alpha of a disc whose middle and radius need not be whole numbers."""

    def paint(canvas, f):
        middle = (round((x + 0.5) * f * 16 - 8), round((y + 0.5) * f * 16 - 8))
        cv2.circle(canvas, middle, round(radius * f * 16), 255, -1, cv2.LINE_AA, 4)

    return drawn(SIZE, paint)


def photo(alpha, inside=(60, 40, 30), outside=(190, 200, 205), blur=0.0):
    """Light mixes as light: a camera's edge, before its tone curve."""
    both = to_linear(np.array([inside, outside], np.uint8))
    mixed = both[0] * alpha[..., None] + both[1] * (1 - alpha[..., None])
    return to_bytes(to_srgb(cv2.GaussianBlur(mixed, (0, 0), blur) if blur else mixed))


def snapped(rgb, coarse, reach=4.0, trust=1.5):
    strips = contour.strips(rgb, coarse > 0.5, reach=reach, smooth=2.0)
    return contour.snapped(coarse > 0.5, strips, trust=trust)


def cover(away):
    return np.clip(0.5 - away / 1.4, 0, 1)


@settings(max_examples=25, deadline=None)
@given(
    radius=st.floats(25, 50),
    off=st.floats(-2.5, 2.5),
    x=st.floats(75, 85),
)
def test_an_outline_that_is_off_finds_the_edge(radius, off, x):
    truth = disc(radius, x)
    away = snapped(photo(truth), disc(radius + off, x))
    assert overlap(cover(away), truth) > 0.97
    assert edge_error(cover(away), truth) < 0.04


def test_holes_have_an_edge_too():
    truth = disc(50) * (1 - disc(20))
    coarse = disc(48) * (1 - disc(22))
    away = snapped(photo(truth), coarse)
    assert overlap(cover(away), truth) > 0.985
    assert away[70, 80] > 15  # the middle of the hole is outside
    assert away[70, 45] < -10


def test_distance_is_signed_and_in_pixels():
    away = snapped(photo(disc(40)), disc(40))
    assert away[70, 80] == pytest.approx(-40, abs=1.5)
    assert away[70, 140] == pytest.approx(20, abs=1.5)


def test_without_an_edge_the_outline_stays():
    coarse = disc(40)
    even = np.full((*coarse.shape, 3), 128, np.uint8)
    assert overlap(cover(snapped(even, coarse)), coarse) > 0.98


def test_a_nearer_edge_wins_over_an_equal_one_further_away():
    truth = disc(40)
    double = photo(truth)
    ring = disc(46) * (1 - disc(43.5))
    double = to_bytes(double * (1 - ring[..., None]) + np.array([60, 40, 30]) * ring[..., None])
    assert overlap(cover(snapped(double, disc(40.5), reach=8)), truth) > 0.97


def test_specks_are_left_out():
    speck = np.zeros((40, 40), np.float32)
    speck[10:12, 10:12] = 1
    assert contour.strips(photo(disc(30)), speck > 0.5, reach=3, smooth=1.5) == []
    assert contour.snapped(speck > 0.5, [], trust=1)[11, 11] < 0


@pytest.mark.parametrize("blur", [0.8, 1.6, 2.4])
def test_the_width_of_a_blurred_edge_is_measured(blur):
    strips = contour.strips(photo(disc(45), blur=blur), disc(45) > 0.5, reach=8, smooth=2)
    wanted = blur * np.sqrt(2 * np.pi)  # a Gaussian edge's contrast over its steepest slope
    assert contour.edge_width(strips) == pytest.approx(wanted, rel=0.35)


def test_the_path_is_the_cheapest_closed_one():
    cost = np.ones((40, 9), np.float32)
    at = np.round(4 + 3 * np.sin(np.linspace(0, 2 * np.pi, 40, endpoint=False))).astype(int)
    cost[np.arange(40), at] = 0
    assert contour._viterbi(cost, 0.1).tolist() == at.tolist()
