"""U-2-Net run directly gives the very mask that the real rembg gives with the same weights."""

import numpy as np
import pytest
from PIL import Image

from shopkit.engines import finder_u2net, weights
from shopkit.errors import EngineMissing
from tests.image.model import needs_model, no_models  # noqa: F401  a fixture
from tests.image.shots import fur, mug, shot

PICTURES = {
    "mug": shot(mug()).rgb,
    "upright": shot(mug()).rgb[:, 80:280],
    "fur": fur()[1].rgb,
    "dark": (shot(mug()).rgb // 4).astype(np.uint8),
    "black": np.zeros((40, 60, 3), np.uint8),
}


def engine(model="u2netp"):
    return finder_u2net.load(model=model, model_path=None, licence="Apache-2.0")


@needs_model
@pytest.mark.parametrize("name", PICTURES)
def test_the_same_mask_as_rembg(name):
    import rembg

    rgb = np.ascontiguousarray(PICTURES[name])
    session = rembg.new_session("u2netp", providers=["CPUExecutionProvider"])
    theirs = np.asarray(rembg.remove(Image.fromarray(rgb), session=session, only_mask=True))
    ours = engine().find(rgb)
    small = Image.fromarray((ours * 255).astype(np.uint8))
    grown = small.resize((rgb.shape[1], rgb.shape[0]), Image.Resampling.LANCZOS)
    assert np.array_equal(np.asarray(grown), theirs)


@needs_model
def test_threads_change_no_byte(monkeypatch):
    rgb = PICTURES["fur"]
    found = []
    for threads in (1, 2):
        monkeypatch.setattr(finder_u2net, "_threads", lambda count=threads: count)
        finder_u2net._session.cache_clear()
        found.append(engine().find(rgb).tobytes())
    finder_u2net._session.cache_clear()
    assert found[0] == found[1]


@needs_model
def test_a_model_is_loaded_once():
    assert engine()._session is engine()._session


@needs_model
def test_the_answer_is_a_probability():
    found = engine().find(PICTURES["mug"])
    assert found.shape == (320, 320)
    assert found.dtype == np.float32
    assert (found.min(), found.max()) == (0, 1)


def test_a_missing_model_says_the_line_to_type(no_models):  # noqa: F811
    with pytest.raises(EngineMissing, match="shopkit image models get u2net") as caught:
        engine("u2net")
    assert caught.value.code == "model_missing"


def test_a_file_of_ones_own(tmp_path, no_models):  # noqa: F811
    with pytest.raises(EngineMissing) as caught:
        finder_u2net.load(model="u2netp", model_path=tmp_path / "mine.onnx", licence="")
    assert caught.value.code == "model_path_missing"


@needs_model
def test_a_file_of_ones_own_is_used(tmp_path, monkeypatch):
    file = weights.find_model("u2netp")
    own = tmp_path / "mine.onnx"
    own.write_bytes(file.read_bytes())
    ours = finder_u2net.load(model="u2netp", model_path=own, licence="Apache-2.0")
    assert np.array_equal(ours.find(PICTURES["mug"]), engine().find(PICTURES["mug"]))
