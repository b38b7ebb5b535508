"""Filling holes: what is around them goes on in them, and nothing else changes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkit.errors import EngineMissing
from shopkit.image.erase import erase, texture, uncovered


def _boards(height: int = 240, width: int = 320) -> np.ndarray:
    """Floor boards: dark joints every 20 rows, light falling off to the right, fine grain."""
    rng = np.random.default_rng(7)
    y = np.arange(height)[:, None]
    grey = np.where(y % 20 < 3, 90.0, 170.0) * np.linspace(1.1, 0.8, width)[None]
    grain = rng.normal(0, 3, (height, width))
    picture = np.dstack([grey + grain, 0.8 * grey + grain, 0.6 * grey + grain])
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8)


def _oval(shape: tuple[int, int], *, centre: tuple[int, int], axes: tuple[int, int]) -> np.ndarray:
    mask = np.zeros(shape, np.uint8)
    cv2.ellipse(mask, centre, axes, 0, 0, 360, 1, -1)
    return mask > 0


def _error(a: np.ndarray, b: np.ndarray, where: np.ndarray) -> float:
    return float(np.abs(a[where].astype(float) - b[where]).mean())


def test_boards_go_on_through_the_hole_with_their_light_and_grain() -> None:
    truth = _boards()
    hole = _oval(truth.shape[:2], centre=(160, 120), axes=(50, 60))
    scene = truth.copy()
    scene[hole] = (200, 30, 30)
    filled = erase(scene, hole)
    diffused = cv2.inpaint(scene, hole.astype(np.uint8), 5, cv2.INPAINT_TELEA)
    assert filled.method == "patches"
    assert (filled.rgb[~hole] == scene[~hole]).all()
    assert _error(filled.rgb, truth, hole) < 0.5 * _error(diffused, truth, hole)
    assert _error(filled.rgb, truth, hole) < 8
    inner = cv2.erode(hole.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    grain = cv2.Laplacian(filled.rgb[..., 1].astype(np.float32), cv2.CV_32F)[inner].std()
    wanted = cv2.Laplacian(truth[..., 1].astype(np.float32), cv2.CV_32F)[inner].std()
    assert 0.75 < grain / wanted < 1.25


def test_a_large_picture_gets_its_detail_at_full_size() -> None:
    truth = cv2.resize(_boards(), None, fx=4, fy=4, interpolation=cv2.INTER_NEAREST)
    truth = truth + (np.indices(truth.shape[:2]).sum(0) % 2 * 8).astype(np.uint8)[..., None]
    hole = _oval(truth.shape[:2], centre=(640, 480), axes=(160, 200))
    scene = truth.copy()
    scene[hole] = 0
    out = erase(scene, hole).rgb
    inner = cv2.erode(hole.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    checks = [
        np.abs(cv2.Laplacian(p[..., 1].astype(np.float32), cv2.CV_32F))[inner].mean()
        for p in (out, truth)
    ]
    assert checks[0] > 0.7 * checks[1]


def test_what_is_kept_is_neither_copied_nor_continued() -> None:
    truth = _boards()
    hole = _oval(truth.shape[:2], centre=(160, 110), axes=(40, 50))
    front = np.zeros_like(hole)
    front[140:200, 100:220] = True
    front &= ~hole
    scene = truth.copy()
    scene[front] = (20, 40, 220)
    scene[hole] = (200, 30, 30)
    out = erase(scene, hole, keep=front).rgb
    blue = out[..., 2].astype(int) - out[..., 0]
    assert (out[front] == (20, 40, 220)).all()
    assert int((blue[hole] > 60).sum()) == 0


def test_the_same_bytes_every_time() -> None:
    scene = _boards()
    hole = _oval(scene.shape[:2], centre=(150, 100), axes=(30, 40))
    assert erase(scene, hole).rgb.tobytes() == erase(scene, hole).rgb.tobytes()


def test_what_was_in_the_hole_does_not_matter() -> None:
    hole = _oval((240, 320), centre=(150, 100), axes=(30, 40))
    outs = []
    for colour in (0, 255):
        scene = _boards()
        scene[hole] = colour
        outs.append(erase(scene, hole).rgb)
    assert (outs[0] == outs[1]).all()


def test_a_rim_is_filled_by_diffusion() -> None:
    scene = _boards()
    hole = np.zeros(scene.shape[:2], np.bool_)
    hole[50:56, 100:200] = True
    assert erase(scene, hole).method == "diffusion"


def test_no_hole_no_change() -> None:
    scene = _boards()
    filled = erase(scene, np.zeros(scene.shape[:2], np.bool_))
    assert filled.method == "none"
    assert (filled.rgb == scene).all()


def test_nothing_to_copy_from_is_told_by_the_certainty() -> None:
    scene = _boards(60, 80)
    hole = np.ones(scene.shape[:2], np.bool_)
    hole[:, :2] = False
    filled = erase(scene, hole)
    assert filled.method == "diffusion"
    assert filled.certainty < 0.4


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 90), st.integers(0, 130), st.integers(9, 30), st.integers(9, 30))
def test_a_hole_anywhere_leaves_the_rest_alone(y: int, x: int, tall: int, wide: int) -> None:
    scene = _boards(100, 140)
    hole = np.zeros(scene.shape[:2], np.bool_)
    hole[y : y + tall, x : x + wide] = True
    filled = erase(scene, hole)
    assert (filled.rgb[~hole] == scene[~hole]).all()
    assert 0 <= filled.certainty <= 1


def test_a_model_that_is_not_there_is_no_silent_fall_back(tmp_path: Path) -> None:
    scene = _boards()
    hole = _oval(scene.shape[:2], centre=(150, 100), axes=(30, 40))
    with pytest.raises(EngineMissing) as caught:
        erase(scene, hole, engine=tmp_path / "lama.onnx")
    assert caught.value.code == "erase_model_missing"


def test_uncovered_tells_share_and_texture() -> None:
    scene = _boards()
    hole = np.zeros(scene.shape[:2], np.bool_)
    hole[60:160, 100:200] = True
    new = np.zeros(scene.shape[:2], np.float32)
    new[60:160, 100:175] = 1
    share, rough = uncovered(hole, new, scene)
    assert share == pytest.approx(0.25)
    assert rough > 10
    assert uncovered(hole, np.ones_like(new), scene) == (0.0, 0.0)


def test_a_flat_ground_has_no_texture() -> None:
    flat = np.full((80, 80, 3), 128, np.uint8)
    hole = np.zeros((80, 80), np.bool_)
    hole[30:50, 30:50] = True
    assert texture(flat, hole) == pytest.approx(0, abs=0.01)
