"""A template remembers places of one scene; another scene is refused or goes to review."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkit.errors import InputRefused
from shopkit.image.locate import Place
from shopkit.image.picture import Box, Picture
from shopkit.image.template import Remembered, load_template, save_template

MATRIX = np.array([[0.5, 0.01, 12.25], [-0.01, 0.5, 30.0], [0.0, 0.0, 1.0]])


def scene(sha256: str = "aa", size: tuple[int, int] = (60, 40)) -> Picture:
    rgb = np.zeros((size[1], size[0], 3), np.uint8)
    return Picture(rgb, path=Path("street.jpg"), sha256=sha256)


def disk(step: float = 1.0) -> np.ndarray:
    y, x = np.indices((40, 60))
    return np.clip(12 - np.hypot(x - 30, y - 20), 0, step).astype(np.float32) / step


def test_a_place_comes_back_as_it_was(tmp_path: Path) -> None:
    place = Place(Box(18, 8, 25, 25), MATRIX, score=0.25, margin=2.0, how="features")
    save_template(tmp_path / "t.json", scene(), [Remembered(place, disk(), ground=33.0)])
    (back,) = load_template(tmp_path / "t.json", scene())
    assert back.place.box == Box(18, 8, 25, 25)
    assert np.array_equal(back.place.matrix, MATRIX)
    assert (back.place.sure, back.place.how, back.ground, back.front) == (
        True,
        "features",
        33,
        None,
    )
    assert np.abs(back.mask - disk()).max() <= 0.5 / 15 + 1e-6


def test_same_places_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        save_template(tmp_path / name, scene(), [Remembered(Place(Box(1, 2, 3, 4)), disk())])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b"]


def test_another_scene_of_the_same_size_goes_to_review(tmp_path: Path) -> None:
    save_template(tmp_path / "t.json", scene("aa"), [Remembered(Place(Box(1, 2, 3, 4)))])
    (back,) = load_template(tmp_path / "t.json", scene("bb"))
    assert (back.place.sure, back.place.reason) == (False, "template_other_scene")


def test_another_size_is_refused(tmp_path: Path) -> None:
    save_template(tmp_path / "t.json", scene(), [Remembered(Place(Box(1, 2, 3, 4)))])
    with pytest.raises(InputRefused) as refused:
        load_template(tmp_path / "t.json", scene(size=(40, 60)))
    assert refused.value.code == "template_other_scene"
    assert refused.value.values["size"] == "60x40"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "{}",
        '{"shopkit_template": 2}',
        '{"shopkit_template": 1, "scene": {"size": [60, 40], "sha256": "aa"}, "places": [{}]}',
        '{"shopkit_template": 1, "scene": {"size": [60, 40], "sha256": "aa"}, "places": '
        '[{"box": [50, 0, 20, 5], "matrix": null}]}',
    ],
)
def test_what_is_no_template_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.json").write_text(text)
    with pytest.raises(InputRefused) as refused:
        load_template(tmp_path / "t.json", scene())
    assert refused.value.code == "template_unreadable"


def test_a_mask_that_was_tampered_with_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    save_template(path, scene(), [Remembered(Place(Box(18, 8, 25, 25)), disk())])
    path.write_text(path.read_text().replace('"runs": "', '"runs": "15 7 '))
    with pytest.raises(InputRefused):
        load_template(path, scene())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 15), min_size=12, max_size=12))
def test_any_mask_of_sixteen_steps_survives_exactly(
    tmp_path_factory: pytest.TempPathFactory, levels: list[int]
) -> None:
    path = tmp_path_factory.mktemp("t") / "t.json"
    mask = np.array(levels, np.float32).reshape(3, 4) / np.float32(15)
    small = scene(size=(4, 3))
    save_template(path, small, [Remembered(Place(Box(0, 0, 4, 3)), mask, front=mask)])
    (back,) = load_template(path, small)
    assert np.array_equal(back.mask, mask) and np.array_equal(back.front, mask)
