"""CIELAB and ΔE2000 against published numbers."""

import numpy as np
import pytest

from shopkit.image.colour import delta_e_2000, to_lab

# Table 1 of Sharma, Wu, Dalal (2005): L1 a1 b1 L2 a2 b2 ΔE2000, all 34 pairs.
SHARMA = np.array(
    [
        [50.0000, 2.6772, -79.7751, 50.0000, 0.0000, -82.7485, 2.0425],
        [50.0000, 3.1571, -77.2803, 50.0000, 0.0000, -82.7485, 2.8615],
        [50.0000, 2.8361, -74.0200, 50.0000, 0.0000, -82.7485, 3.4412],
        [50.0000, -1.3802, -84.2814, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, -1.1848, -84.8006, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, -0.9009, -85.5211, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, 0.0000, 0.0000, 50.0000, -1.0000, 2.0000, 2.3669],
        [50.0000, -1.0000, 2.0000, 50.0000, 0.0000, 0.0000, 2.3669],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0009, 7.1792],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0010, 7.1792],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0011, 7.2195],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0012, 7.2195],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0009, -2.4900, 4.8045],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0010, -2.4900, 4.8045],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0011, -2.4900, 4.7461],
        [50.0000, 2.5000, 0.0000, 50.0000, 0.0000, -2.5000, 4.3065],
        [50.0000, 2.5000, 0.0000, 73.0000, 25.0000, -18.0000, 27.1492],
        [50.0000, 2.5000, 0.0000, 61.0000, -5.0000, 29.0000, 22.8977],
        [50.0000, 2.5000, 0.0000, 56.0000, -27.0000, -3.0000, 31.9030],
        [50.0000, 2.5000, 0.0000, 58.0000, 24.0000, 15.0000, 19.4535],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.1736, 0.5854, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.2972, 0.0000, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 1.8634, 0.5757, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.2592, 0.3350, 1.0000],
        [60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644],
        [63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630],
        [61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731],
        [35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645],
        [22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373],
        [36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146],
        [90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441],
        [90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381],
        [6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377],
        [2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082],
    ]
)
ON_THE_HUE_EDGE = [9, 13]  # hues exactly 180 degrees apart: float32 may fall to either side


@pytest.mark.parametrize("row", range(34))
def test_delta_e_gives_the_papers_values_either_way_round(row):
    one, two, expected = SHARMA[row, :3], SHARMA[row, 3:6], SHARMA[row, 6]
    assert delta_e_2000(one, two) == pytest.approx(expected, abs=5e-5)
    assert delta_e_2000(two, one) == pytest.approx(expected, abs=5e-5)


def test_single_precision_is_good_to_a_thousandth():
    rows = np.delete(SHARMA, ON_THE_HUE_EDGE, axis=0).astype(np.float32)
    assert delta_e_2000(rows[:, :3], rows[:, 3:6]).dtype == np.float32
    np.testing.assert_allclose(delta_e_2000(rows[:, :3], rows[:, 3:6]), rows[:, 6], atol=1e-3)


def test_a_picture_against_one_colour_broadcasts():
    picture = np.zeros((300, 400, 3), np.float32)  # more than one block
    picture[..., 0] = 50
    picture[200:, :, 0] = 60
    difference = delta_e_2000(picture, np.array([50, 0, 0], np.float32))
    assert difference.shape == (300, 400)
    assert (difference[:200] == 0).all()
    assert difference[200:] == pytest.approx(np.full((100, 400), difference[250, 10]))


@pytest.mark.parametrize(
    ("rgb", "lab"),  # Lindbloom's calculator, sRGB, D65
    [
        ((255, 255, 255), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((255, 0, 0), (53.2408, 80.0925, 67.2032)),
        ((0, 0, 255), (32.2970, 79.1875, -107.8602)),
        ((119, 119, 119), (50.0344, 0, 0)),
    ],
)
def test_known_colours(rgb, lab):
    np.testing.assert_allclose(to_lab(np.array(rgb, np.uint8)), lab, atol=0.02)
    np.testing.assert_allclose(to_lab(np.array(rgb, np.float32)), lab, atol=0.02)


def test_lab_agrees_with_scikit_image_on_every_kind_of_colour():
    from skimage.color import rgb2lab

    steps = np.arange(0, 256, 15, dtype=np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1)
    np.testing.assert_allclose(to_lab(cube), rgb2lab(cube), atol=0.05)
