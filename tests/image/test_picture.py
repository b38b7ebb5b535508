"""The small arithmetic that every picture goes through."""

import numpy as np
import pytest

from shopkit.image.geometry import halved, halvings
from shopkit.image.picture import STRIP, Box, paste, strips, to_bytes, to_linear, to_srgb


def test_srgb_follows_iec_61966_whatever_the_shape() -> None:
    # worked by hand: 12.92 x below 0.0031308, 1.055 x^(1/2.4) - 0.055 above
    assert to_srgb(np.array([0.0, 0.002, 0.18, 1.0])) == pytest.approx(
        [0, 0.002 * 12.92 * 255, (1.055 * 0.18 ** (1 / 2.4) - 0.055) * 255, 255], rel=1e-5
    )
    light = np.random.default_rng(1).uniform(-0.1, 1.1, (211, 97, 3)).astype(np.float32)
    whole = to_srgb(light)  # more values than are worked on at a time
    assert whole.shape == light.shape
    assert np.array_equal(whole[150:, 3], to_srgb(light[150:, 3]))
    assert to_srgb(np.zeros((0, 3), np.float32)).shape == (0, 3)


def test_every_level_comes_back_from_linear_light() -> None:
    levels = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    assert np.array_equal(to_bytes(to_srgb(to_linear(levels))), levels)


@pytest.mark.parametrize(
    ("side", "most", "times"), [(300, 320, 0), (320, 320, 0), (321, 320, 1), (813, 320, 2)]
)
def test_a_side_is_halved_until_it_is_short_enough(side: int, most: int, times: int) -> None:
    assert halvings(side, most) == times
    small = halved(np.zeros((side, 2 * side, 3), np.uint8), times)
    assert most / 2 - 1 <= small.shape[0] <= most
    assert small.shape[1] == pytest.approx(2 * side / 2**times, abs=1)


@pytest.mark.parametrize("rows", [0, 1, STRIP, STRIP + 1, 1000])
def test_strips_cover_every_row_once(rows: int) -> None:
    assert [row for part in strips(rows) for row in range(rows)[part]] == list(range(rows))


def test_pasting_into_a_part_of_a_picture_changes_the_picture() -> None:
    picture = np.zeros((20, 30, 3), np.uint8)
    part = Box(5, 4, 10, 8)
    where = np.zeros((8, 10), np.bool_)
    where[2, 3] = True
    paste(np.full((8, 10, 3), 200, np.uint8), where, picture[part.slices])
    assert picture[6, 8].tolist() == [200, 200, 200]
    assert int(picture.sum()) == 600


def test_a_box_is_padded_within_the_picture_and_moved_anywhere() -> None:
    assert Box(5, 4, 10, 8).padded(6, (30, 20)) == Box(0, 0, 21, 18)
    assert Box(5, 4, 10, 8).moved(-5, 2) == Box(0, 6, 10, 8)
