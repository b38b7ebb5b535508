"""The OpenAI-compatible editor against a real HTTP server on this machine."""

import pickle

import numpy as np
import pytest

from shopkit.engines.edit_frame import Frame
from shopkit.engines.edit_openai import MODEL, OpenaiEditor, openai_editor
from shopkit.errors import EngineMissing, InputRefused, ShopkitError
from shopkit.runtime.settings import load_settings
from tests.engines.endpoint import never, picture, say, serve

__all__ = ["serve"]  # the fixture

SCENE = np.zeros((600, 900, 3), np.uint8)
SCENE[..., 0] = np.linspace(0, 255, 900).astype(np.uint8)
SCENE[:300, :, 1] = 200
REGION = np.zeros((600, 900), bool)
REGION[300:500, 500:800] = True
PRODUCT = np.full((40, 30, 3), (200, 16, 46), np.uint8)


def echo(handler):
    """Send the first picture back, its masked part painted green."""
    fields = dict(reversed(handler.server.seen[-1][2]))  # the first of a name wins
    given = np.asarray(fields["image[]"]).copy()
    given[np.asarray(fields["mask"])[..., 3] == 0] = (0, 255, 0)
    picture(given)(handler)


def editor(server, **more):
    return OpenaiEditor("gpt-image-2", "k-1", server.url, **more)


def test_the_crop_goes_out_and_comes_back_at_its_own_size(serve):
    server = serve(echo)
    edited = editor(server).edit(SCENE, REGION, [PRODUCT])
    assert edited.shape == SCENE.shape
    assert np.abs(edited[:290].astype(int) - SCENE[:290]).max() <= 6  # scaled there and back
    assert (edited[310:490, 510:790] == (0, 255, 0)).all()


def test_what_the_endpoint_is_asked(serve):
    server = serve(echo)
    editor(server).edit(SCENE, REGION, [PRODUCT, PRODUCT[:20]], prompt="swap it")
    path, key, fields = server.seen[0]
    assert path == "/v1/images/edits"
    assert key == "Bearer k-1"
    scene, first, second = (value for name, value in fields if name == "image[]")
    mask = next(value for name, value in fields if name == "mask")
    words = {name: value for name, value in fields if isinstance(value, str)}
    assert words == {"model": "gpt-image-2", "prompt": "swap it", "size": "1248x832", "n": "1"}
    assert scene.size == mask.size == (1248, 832)
    assert (first.size, second.size) == ((30, 40), (30, 20))
    assert mask.mode == "RGBA"
    alpha = np.asarray(mask)[..., 3]
    assert alpha[560, 900] == 0  # inside the region: transparent = edit
    assert alpha[10, 10] == 255  # outside: opaque = keep
    assert set(np.unique(alpha)) == {0, 255}


def test_a_busy_endpoint_is_asked_again(serve):
    server = serve(say(500, {"error": {"message": "later"}}), say(429, {}), echo)
    assert editor(server).edit(SCENE, REGION, [PRODUCT]).shape == SCENE.shape
    assert len(server.seen) == 3


REFUSALS = [
    (say(500, {"error": {"message": "later"}}), "edit_busy", "500"),
    (say(429, {"error": {"message": "slow down"}}), "edit_busy", "slow down"),
    (say(400, {"error": {"message": "moderation_blocked"}}), "edit_refused", "moderation_blocked"),
    (say(404, {"error": {"message": "no such model"}}), "edit_refused", "no such model"),
    (say(200, {"created": 0, "data": []}), "edit_answer", "b64_json"),
    (say(200, {"created": 0, "data": [{"url": "http://x/y.png"}]}), "edit_answer", "b64_json"),
    (say(200, {"data": [{"b64_json": "AAAA"}]}), "edit_answer", ""),
    (say(200, {"data": [{"b64_json": "not base64!"}]}), "edit_answer", ""),
    (say(200, b"<html>gateway</html>", "text/html"), "edit_answer", ""),
    (say(200, b"{broken", "application/json"), "edit_answer", ""),
    (say(200, b"[]", "application/json"), "edit_answer", ""),
    (picture(np.zeros((1024, 1024, 3), np.uint8)), "edit_wrong_size", "1024x1024"),
]


@pytest.mark.parametrize(
    ("answer", "code", "words"), REFUSALS, ids=lambda v: v if isinstance(v, str) else ""
)
def test_what_goes_wrong_there_fails_the_row_in_words(serve, answer, code, words):
    again = code == "edit_wrong_size" or words == "moderation_blocked"  # no use to try later
    with pytest.raises(ShopkitError) as caught:
        editor(serve(answer), retries=0).edit(SCENE, REGION, [PRODUCT])
    assert caught.value.code == code
    assert isinstance(caught.value, InputRefused) == again
    assert words in caught.value.say
    assert "{" not in str(caught.value)
    assert pickle.loads(pickle.dumps(caught.value)).say == caught.value.say


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_a_missing_engine_and_not_asked_twice(serve, status):
    server = serve(say(status, {"error": {"message": "Incorrect API key provided: k-1"}}))
    with pytest.raises(EngineMissing) as caught:
        editor(server).edit(SCENE, REGION, [PRODUCT])
    assert caught.value.code == "edit_key_refused"
    assert "k-1" not in str(caught.value)
    assert len(server.seen) == 1


def test_an_endpoint_that_never_answers_times_out(serve):
    with pytest.raises(EngineMissing) as caught:
        editor(serve(never), timeout=0.3, retries=0).edit(SCENE, REGION, [PRODUCT])
    assert caught.value.code == "edit_timeout"


def test_an_endpoint_that_is_not_there():
    away = OpenaiEditor("m", "k", "http://127.0.0.1:9/v1", retries=0)
    with pytest.raises(EngineMissing) as caught:
        away.edit(SCENE, REGION, [PRODUCT])
    assert caught.value.code == "edit_unreachable"


def test_an_answer_of_double_size_is_scaled(serve):
    big = np.zeros((1664, 2496, 3), np.uint8)
    big[:, :1248] = 255
    edited = editor(serve(picture(big, "WEBP"))).edit(SCENE, REGION, [PRODUCT])
    assert edited.shape == SCENE.shape
    assert (edited[:, :445] > 250).all()
    assert (edited[:, 455:] < 5).all()


def test_the_editor_comes_from_the_settings_and_the_environment(tmp_path, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("SHOPKIT_OPENAI_API_KEY", raising=False)
    settings = load_settings(start=tmp_path, environment={})
    with pytest.raises(EngineMissing) as caught:
        openai_editor(settings)
    assert caught.value.code == "edit_key_missing"
    monkeypatch.setenv("SHOPKIT_OPENAI_API_KEY", "k-2")
    assert openai_editor(settings) == OpenaiEditor(MODEL, "k-2", "")
    named = load_settings(
        {"engines.edit_url": "http://here/v1", "engines.edit_model": "m"}, start=tmp_path
    )
    assert openai_editor(named) == OpenaiEditor("m", "k-2", "http://here/v1")
    assert "k-2" not in repr(openai_editor(named))


@pytest.mark.parametrize(
    ("crop", "model", "sent"),
    [
        ((1024, 1024), "gpt-image-2", (1024, 1024)),
        ((1500, 1000), "gpt-image-2", (1488, 992)),
        ((300, 200), "gpt-image-2", (1248, 832)),  # small ones are enlarged
        ((4000, 3000), "gpt-image-2", (2208, 1648)),  # large ones reduced
        ((2000, 100), "gpt-image-2", (2000, 656)),  # at most 3:1
        ((300, 200), "gpt-image-1-mini", (1536, 1024)),
        ((200, 220), "some-local-model", (1024, 1024)),
        ((200, 400), "some-local-model", (1024, 1536)),
    ],
)
def test_sizes_that_models_take(crop, model, sent):
    frame = Frame.around(*crop, model)
    assert (frame.width, frame.height) == sent
    assert frame.inner_width <= frame.width
    assert frame.inner_height <= frame.height


@pytest.mark.parametrize("crop", [(300, 200), (200, 300), (777, 333), (64, 64)])
def test_put_and_take_are_each_others_inverse(crop):
    width, height = crop
    ramp = np.zeros((height, width, 3), np.uint8)
    ramp[..., 0] = np.linspace(20, 220, width)
    ramp[..., 1] = np.linspace(20, 220, height)[:, None]
    frame = Frame.around(width, height, "some-local-model")
    back = frame.take(frame.put(ramp))
    assert back.shape == ramp.shape
    assert np.abs(back.astype(int) - ramp).max() <= 3
