"""Fur and firm edges are told apart; fur gets coverage between 0 and 1."""

import cv2
import numpy as np

from shopkit.image import contour, fringe
from shopkit.image.picture import to_bytes
from tests.image.shots import edge_error, fur, mug, shot


def softness(rgb, coarse):
    """The share of an outline's places without a firm edge."""
    cell = max(rgb.shape[:2]) / 320
    strips = contour.strips(rgb, coarse > 0.5, reach=3 * cell, smooth=max(1.5, 0.7 * cell))
    soft = np.concatenate([fringe.soft_places(strip, cell) for strip in strips])
    return soft.mean()


def test_fur_is_soft_and_a_mug_is_not():
    alpha, picture = fur()
    coarse = cv2.GaussianBlur((alpha > 0.3).astype(np.float32), (0, 0), 2)
    assert softness(picture.rgb, coarse) > 0.5
    assert softness(shot(mug()).rgb, mug()) < 0.1


def test_matting_beats_a_firm_edge_on_fur():
    alpha, picture = fur()
    inside, outside = cv2.erode(alpha, np.ones((15, 15))) > 0.98, alpha == 0
    outside = cv2.erode(outside.astype(np.uint8), np.ones((9, 9))) > 0
    start = fringe.colour_guess(picture.rgb, inside, outside, 20)
    matte = fringe.closed_form(picture.rgb, start, inside | outside)
    firm = (alpha > 0.5).astype(np.float32)
    assert edge_error(matte, alpha) < 0.75 * edge_error(firm, alpha)
    assert (matte[inside] == 1).all()
    assert (matte[outside] == 0).all()
    assert (matte >= 0).all()
    assert (matte <= 1).all()


def test_a_linear_mix_of_two_colours_is_solved_exactly():
    alpha = np.tile(np.clip(np.linspace(-0.5, 1.5, 60), 0, 1), (40, 1)).astype(np.float32)
    rgb = to_bytes(np.array([200, 60, 40]) * alpha[..., None] + 90.0 * (1 - alpha[..., None]))
    known = (alpha == 0) | (alpha == 1)
    start = np.where(known, alpha, np.float32(0.5))
    solved = fringe.closed_form(rgb, start, known)
    assert np.abs(solved - alpha).max() < 0.06


def test_the_colour_guess_knows_both_sides():
    alpha = mug()
    picture = shot(alpha)
    guess = fringe.colour_guess(picture.rgb, alpha > 0.99, alpha < 0.01, 12)
    between = (alpha > 0.01) & (alpha < 0.99)
    assert (guess[alpha > 0.99] == 1).all()
    assert (guess[alpha < 0.01] == 0).all()
    assert np.corrcoef(guess[between], alpha[between])[0, 1] > 0.7
