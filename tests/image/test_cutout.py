"""Cutting a product out: as sure as it says, by the engine it says, and to the pixel."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from shopkit.errors import EngineMissing, InputRefused
from shopkit.image.cutout import AGREE, cut_out
from shopkit.image.picture import Box, Picture
from shopkit.image.read import read_picture
from tests.image.model import needs_model, no_models  # noqa: F401  a fixture
from tests.image.shots import block, clutter, edge_error, fur, mug, overlap, shot
from tests.image.test_finding import Oracle

BENCH = Path(__file__).parents[3] / "shared/bench/swap/dev"


def test_without_any_model(no_models):  # noqa: F811
    alpha = block()
    matte = cut_out(shot(alpha))
    assert (matte.engine, matte.model, matte.licence) == ("local", "", "")
    assert (matte.status, matte.reason) == ("ok", "")
    assert matte.agreement >= AGREE
    assert overlap(matte.alpha, alpha) > 0.98
    assert edge_error(matte.alpha, alpha) < 0.03
    assert matte.alpha.dtype == np.float32
    assert matte.alpha.shape == alpha.shape


def test_a_possible_hole_is_for_a_person_without_a_model(no_models):  # noqa: F811
    matte = cut_out(shot(mug()))
    assert (matte.status, matte.reason) == ("review", "cutout_hole_unsure")
    assert overlap(matte.alpha, mug()) > 0.98


def test_colour_alone_is_for_a_person(no_models):  # noqa: F811
    alpha = block()
    mixed = (40, 200, 60) * alpha[..., None] + clutter() * (1 - alpha[..., None])
    matte = cut_out(Picture(mixed.astype(np.uint8)))
    assert matte.status == "review"


@needs_model
@pytest.mark.parametrize("engine", ["auto", "rembg"])
def test_with_the_real_model(engine):
    matte = cut_out(shot(mug()), engine=engine)
    assert (matte.engine, matte.model, matte.licence) == ("rembg", "u2netp", "Apache-2.0")
    assert (matte.status, matte.warnings) == ("ok", ())
    assert overlap(matte.alpha, mug()) > 0.99
    assert edge_error(matte.alpha, mug()) < 0.03


@needs_model
def test_neither_rembg_nor_numba_is_loaded_for_it():
    code = "import sys; from tests.image.shots import *; from shopkit.image.cutout import cut_out;"
    code += (
        "print(cut_out(shot(block())).model, {'rembg', 'numba', 'pymatting'} & set(sys.modules))"
    )
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=root, check=True, capture_output=True, text=True
    )
    assert ran.stdout.split() == ["u2netp", "set()"]


@needs_model
def test_a_camera_size_picture_has_a_camera_sharp_edge():
    alpha = mug(scale=4)
    matte = cut_out(shot(alpha))
    assert overlap(matte.alpha, alpha) > 0.995
    assert edge_error(matte.alpha, alpha) < 0.04  # of 10 px; a net's cell is 5 px here


@needs_model
def test_fur_is_soft_and_for_a_person():
    _, picture = fur()
    matte = cut_out(picture)
    assert (matte.status, matte.reason) == ("review", "cutout_soft_edge")
    assert matte.soft > 0.3
    between = (matte.alpha > 0.1) & (matte.alpha < 0.9)
    assert between.mean() > 0.03


@needs_model
def test_the_same_bytes_again():
    first, second = cut_out(shot(mug())), cut_out(shot(mug()))
    assert first.alpha.tobytes() == second.alpha.tobytes()
    assert first.colour.tobytes() == second.colour.tobytes()


def test_a_transparent_picture_keeps_its_outline():
    own = np.round(mug() * 255).astype(np.uint8)
    matte = cut_out(replace(shot(mug()), alpha=own), engine="local")
    assert np.array_equal(np.round(matte.alpha * 255).astype(np.uint8), own)
    assert (matte.engine, matte.status, matte.agreement) == ("alpha", "ok", 1)


def test_a_box_chooses_one_of_two(no_models):  # noqa: F811
    left, right = np.zeros((360, 640), np.float32), np.zeros((360, 640), np.float32)
    left[80:300, 60:260] = block()[75:295, 100:300]
    right[80:300, 380:580] = block()[75:295, 100:300]
    picture = shot(np.maximum(left, right))
    matte = cut_out(picture, box=Box(370, 70, 220, 240))
    assert overlap(matte.alpha, right) > 0.97
    assert matte.alpha[:, :340].max() == 0


def test_a_product_that_runs_out_of_the_picture(no_models):  # noqa: F811
    alpha = block()[:, 150:]
    matte = cut_out(shot(alpha))
    assert matte.status == "review"


def test_a_neck_cut_by_the_frame(monkeypatch):
    """36 px of neck at the frame: under a tenth of the picture's side, a fifth of the product's."""
    alpha = np.zeros((400, 500), np.float32)
    alpha[110:290, 150:380] = 1
    alpha[182:218, 380:] = 1
    ground = clutter((500, 400))
    rgb = (30, 80, 200) * alpha[..., None] + ground * (1 - alpha[..., None])
    monkeypatch.setattr("shopkit.image.cutout.finder", lambda *_: Oracle())
    matte = cut_out(Picture(rgb.astype(np.uint8)), engine="rembg")
    assert (matte.status, matte.reason) == ("review", "cutout_touches_frame")


def test_nothing_to_cut_out(no_models):  # noqa: F811
    even = Picture(np.full((120, 160, 3), 210, np.uint8), path=Path("wall.jpg"))
    with pytest.raises(InputRefused, match=r"wall\.jpg") as caught:
        cut_out(even)
    assert caught.value.code == "cutout_nothing"


def test_a_named_model_is_never_replaced(no_models):  # noqa: F811
    for how in ({"engine": "rembg"}, {"engine": "auto", "model_path": Path("mine.onnx")}):
        with pytest.raises(EngineMissing):
            cut_out(shot(mug()), **how)
    with pytest.raises(EngineMissing, match="u2netp u2net"):
        cut_out(shot(mug()), engine="rembg", model="segment-all")


@pytest.mark.shared
@needs_model
@pytest.mark.skipif(not BENCH.is_dir(), reason="the benchmark folder is not beside the checkout")
@pytest.mark.parametrize("case", ["dev03", "dev07"])
def test_a_rendered_product_shot(case):
    alpha = read_picture(BENCH / case / "product_alpha.png").rgb[..., 0] / np.float32(255)
    matte = cut_out(read_picture(BENCH / case / "product.png"))
    assert overlap(matte.alpha, alpha) > 0.97
    assert edge_error(matte.alpha, alpha) < 0.08
    assert matte.status == "ok"


@needs_model
def test_a_white_sole_on_white_is_not_bitten():
    """Its heel has the ground's colour, and one look of the net denies a notch of it."""
    photo = Path(__file__).parents[2] / "examples" / "pictures" / "street-new.jpg"
    matte = cut_out(read_picture(photo))
    heel = matte.alpha[293:335, 92:112]
    assert matte.status == "ok"
    assert heel.min() > 0.95
