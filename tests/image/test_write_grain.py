"""A JPEG of pure grain, the largest there can be, is written like any other."""

import numpy as np
import pytest

from shopkit.image.read import read_picture
from shopkit.image.write import write_picture


@pytest.mark.parametrize("quality", [None, 95, 100])
def test_a_grainy_picture_is_written(tmp_path, quality):
    grain = np.random.default_rng(0).integers(0, 256, (300, 400, 3)).astype(np.uint8)
    write_picture(tmp_path / "a.jpg", grain, quality=quality)
    assert read_picture(tmp_path / "a.jpg").size == (400, 300)
