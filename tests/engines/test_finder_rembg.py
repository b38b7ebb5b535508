"""Other models run through rembg itself, named, and only if their file is there."""

import numpy as np
import pytest

from shopkit.engines import finder_rembg, weights
from shopkit.errors import EngineMissing
from tests.image.model import needs_model, no_models  # noqa: F401  a fixture
from tests.image.shots import mug, overlap, shot


@needs_model
def test_a_real_session_finds_the_mug():
    alpha = mug()
    engine = finder_rembg.load(model="u2netp", model_path=None, licence="Apache-2.0")
    found = engine.find(shot(alpha).rgb)
    assert found.shape == alpha.shape
    assert found.dtype == np.float32
    assert overlap(found, alpha) > 0.9


def test_nothing_is_downloaded_behind_ones_back(no_models):  # noqa: F811
    with pytest.raises(EngineMissing, match="shopkit image models get isnet-general-use"):
        finder_rembg.load(model="isnet-general-use", model_path=None, licence="Apache-2.0")
    assert not weights.model_home().exists()


def test_a_file_of_ones_own_goes_to_rembgs_folder(tmp_path):
    with pytest.raises(EngineMissing) as caught:
        finder_rembg.load(model="birefnet-general", model_path=tmp_path / "a.onnx", licence="MIT")
    assert caught.value.code == "model_path_family"
