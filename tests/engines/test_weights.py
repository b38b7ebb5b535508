"""Where models lie: rembg's own folders, old and new; what may be used for trade."""

from pathlib import Path

import pytest

from shopkit.engines import weights


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """No variable set, a home of its own."""
    for name in ("U2NET_HOME", "REMBG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    return tmp_path


def put(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"weights")
    return path


def test_the_default_is_rembgs(bare):
    assert weights.model_file("u2netp") == bare / ".rembg/models/u2netp/u2netp.onnx"
    assert weights.find_model("u2netp") is None
    path = put(weights.model_file("u2netp"))
    assert weights.find_model("u2netp") == path


@pytest.mark.parametrize(
    ("variables", "home"),
    [
        ({"REMBG_HOME": "a"}, "a"),
        ({"XDG_DATA_HOME": "x"}, "x/rembg"),
        ({"REMBG_HOME": "a", "XDG_DATA_HOME": "x"}, "a"),
        ({"U2NET_HOME": "u", "REMBG_HOME": "a"}, "u"),
    ],
)
def test_variables_are_honoured_as_rembg_does(bare, monkeypatch, variables, home):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert weights.model_home() == Path(home)
    base = pytest.importorskip("rembg.sessions.base").BaseSession
    assert weights.model_home() == Path(base.rembg_home())


def test_the_old_folder_is_still_read(bare):
    old = put(bare / ".u2net/u2net.onnx")
    assert weights.find_model("u2net") == old
    new = put(weights.model_file("u2net"))
    assert weights.find_model("u2net") == new


def test_what_a_shop_may_not_use_freely_is_marked():
    free = {name for name, known in weights.KNOWN.items() if known.free}
    assert {"u2netp", "u2net", "isnet-general-use", "birefnet-general"} <= free
    assert not free & {"bria-rmbg", "withoutbg", "atlascloud"}
    assert {n for n, known in weights.KNOWN.items() if known.remote} == {"withoutbg", "atlascloud"}


def test_what_a_package_carries_has_a_size_and_both_hashes():
    for known in weights.KNOWN.values():
        if known.package:
            assert known.size > 1e6
            assert (len(known.md5), len(known.sha256)) == (32, 64)
            assert known.member.endswith(f"{known.name}.onnx")


def test_rembg_knows_every_model_by_our_name():
    sessions = pytest.importorskip("rembg.sessions").sessions
    assert set(weights.KNOWN) <= set(sessions)
