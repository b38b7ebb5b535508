"""A JPEG of pure grain, the largest there can be, is written like any other."""

import numpy as np
import pytest
from PIL import ImageFile

from shopkit.image.read import read_picture
from shopkit.image.write import write_picture


@pytest.mark.parametrize("quality", [None, 95, 100])
def test_a_grainy_picture_is_written(tmp_path, quality):
    grain = np.random.default_rng(0).integers(0, 256, (300, 400, 3)).astype(np.uint8)
    write_picture(tmp_path / "a.jpg", grain, quality=quality)
    assert read_picture(tmp_path / "a.jpg").size == (400, 300)


def test_a_file_does_not_hang_on_what_was_written_before(tmp_path, monkeypatch):
    """A JPEG asks the encoder for much room; the next PNG's chunks are as ever."""
    monkeypatch.setattr(ImageFile, "MAXBLOCK", 65536)  # Pillow's own
    grain = np.random.default_rng(0).integers(0, 256, (300, 400, 3)).astype(np.uint8)
    write_picture(tmp_path / "before.png", grain)
    write_picture(tmp_path / "large.jpg", grain)
    write_picture(tmp_path / "after.png", grain)
    assert (tmp_path / "after.png").read_bytes() == (tmp_path / "before.png").read_bytes()
