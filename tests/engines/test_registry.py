"""Engines by name, ours and those of other packages."""

from importlib import metadata

import numpy as np
import pytest

from shopkit.engines import registry
from shopkit.errors import EngineMissing
from tests.image.model import no_models  # noqa: F401  a fixture

OPTIONS = {"model": "u2netp", "model_path": None, "licence": "MIT"}


class Halves:
    """Another package's finder: the left half is the product."""

    name = "halves"

    def __init__(self, model, model_path, licence):
        self.model, self.licence = model, licence

    def find(self, rgb):
        return np.repeat([[1.0, 0.0]], 2, axis=0).astype(np.float32)


@pytest.fixture
def other_package(monkeypatch):
    entry = metadata.EntryPoint("finder.halves", f"{__name__}:Halves", "shopkit.engines")

    def entry_points(group, name=None):
        assert group == "shopkit.engines"
        return [entry] if name in (None, entry.name) else []

    monkeypatch.setattr(registry, "entry_points", entry_points)


def test_an_engine_of_another_package(other_package):
    made = registry.finder("halves", **OPTIONS)
    assert (made.name, made.model, made.licence) == ("halves", "u2netp", "MIT")
    assert made.find(np.zeros((9, 9, 3), np.uint8))[0].tolist() == [1, 0]
    assert registry.names("finder") == ["u2net", "rembg", "halves"]


def test_an_unknown_engine_names_the_known_ones():
    with pytest.raises(EngineMissing, match="u2net rembg") as caught:
        registry.finder("magic", **OPTIONS)
    assert caught.value.code == "engine_unknown"


@pytest.mark.parametrize("name", ["u2net", "rembg"])
def test_an_engine_without_its_model_falls_back_on_nothing(name, no_models):  # noqa: F811
    with pytest.raises(EngineMissing, match="shopkit image models get u2netp") as caught:
        registry.finder(name, **OPTIONS)
    assert caught.value.code == "model_missing"
