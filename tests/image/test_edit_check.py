"""What a model's edit is checked for: the scene around it, the product's colour, a seam."""

import numpy as np
import pytest

from shopkit import messages
from shopkit.image.edit_check import check_edit
from shopkit.image.picture import to_bytes, to_linear, to_srgb

RNG = np.random.default_rng(7)
SCENE = RNG.integers(90, 130, (120, 160, 3)).astype(np.uint8)
REGION = np.zeros((120, 160), bool)
REGION[20:100, 30:130] = True
INSIDE = np.zeros_like(REGION)
INSIDE[35:85, 50:110] = True
SHOE = np.zeros((120, 160, 3), np.uint8)
SHOE[..., 0] = np.linspace(120, 220, 160)  # a red shoe with a shine on it
SHOE[..., 1:] = (16, 46)
SHOE[50:60] = (40, 60, 160)  # and a blue stripe


def painted(light=(1, 1, 1), shoe=SHOE, rim=0):
    """An edit that shows the shoe under a light and strays over the whole picture."""
    edited = SCENE.copy()
    edited[:10] = 255
    edited[REGION] = np.clip(SCENE[REGION].astype(int) + rim, 0, 255)
    lit = to_bytes(to_srgb(to_linear(shoe) * np.float32(light)))
    edited[INSIDE] = lit[INSIDE]
    return edited


def check(edited):
    return check_edit(SCENE, edited, REGION, SHOE, INSIDE)


def test_outside_the_region_every_pixel_is_the_scenes():
    edited = painted()
    found = check(edited)
    assert (found.rgb[~REGION] == SCENE[~REGION]).all()
    assert (found.rgb[REGION] == edited[REGION]).all()
    assert found.strayed == 10 * 160
    assert found.reason == ""


@pytest.mark.parametrize("light", [(1, 1, 1), (0.5, 0.5, 0.5), (1.3, 1.0, 0.75)])
def test_one_light_is_no_repainting(light):
    found = check(painted(light))
    assert found.light == pytest.approx(light, rel=0.03)
    assert found.delta_e < 1
    assert found.hue_shift < 1.5
    assert found.reason == ""


def test_a_pure_red_tells_nothing_of_blue_light():
    red = np.zeros_like(SHOE)
    red[..., 0] = SHOE[..., 0]
    found = check_edit(SCENE, painted(0.5, red), REGION, red, INSIDE)
    assert found.light == pytest.approx((0.5, 0.5, 0.5), rel=0.05)
    assert found.reason == ""


def test_another_red_is():
    other = SHOE.copy()
    other[..., 1] = 70
    other[50:60] = (40, 60, 160)
    found = check(painted(shoe=other))
    assert found.reason == "edit_repainted"
    assert found.delta_e > 2


def test_another_paint_is_not_taken_for_light():
    blue = SHOE[..., ::-1].copy()
    found = check(painted(shoe=blue))
    assert found.reason == "edit_repainted"
    assert found.hue_shift > 20
    assert max(found.light) / min(found.light) <= 2.01


def test_the_old_product_left_there_is_seen():
    assert check(SCENE).reason == "edit_unchanged"


def test_a_tone_that_does_not_meet_the_scene_is_a_seam():
    found = check(painted(rim=25))
    assert found.seam == 25
    assert found.reason == "edit_seam"


def test_without_an_inside_nothing_can_be_measured():
    with pytest.raises(ValueError, match="inside"):
        check_edit(SCENE, SCENE, REGION, SHOE, np.zeros_like(REGION))


@pytest.mark.parametrize("code", ["edit_unchanged", "edit_repainted", "edit_seam"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_reason_has_words(code, language, monkeypatch):
    monkeypatch.setattr(messages, "_chosen", [language])
    say, fix = messages.reason(code, delta_e=3.1, hue_shift=9, seam=12)
    assert say and fix
    assert "{" not in say + fix
