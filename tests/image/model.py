"""The real cut-out model, where this machine has it."""

import pytest

from shopkit.engines.weights import find_model

needs_model = pytest.mark.skipif(
    find_model("u2netp") is None,
    reason="the model u2netp is not here: shopkit image models get u2netp",
)


@pytest.fixture
def no_models(tmp_path, monkeypatch):
    """A machine without any model."""
    for name in ("U2NET_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REMBG_HOME", str(tmp_path / "rembg"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
