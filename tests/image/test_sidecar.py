"""The side-car comes back as it was written, byte for byte, and its region is exact."""

import json
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from shopkit.errors import InputRefused
from shopkit.image.picture import Picture
from shopkit.image.sidecar import (
    EngineUsed,
    Input,
    Light,
    Origin,
    Place,
    Region,
    Scores,
    Shadow,
    Sidecar,
    read_sidecar,
    sidecar_path,
    write_sidecar,
)


def mask_of_a_ring():
    mask = np.zeros((40, 50), bool)
    mask[10:30, 20:50] = True
    mask[15:25, 30:40] = False
    return mask


FULL = Sidecar(
    tool="shopkit 0.1.0",
    command="image swap",
    status="review",
    reason="pair_incomplete",
    values={"places": 1, "feet": 2},
    warnings=("upscaled",),
    output="红鞋.jpg",
    output_size=(50, 40),
    inputs=(
        Input("scene", "scene.jpg", "a" * 64, (50, 40), ("exif_rotated",)),
        Input("product", "红鞋.jpg", "b" * 64, (30, 20)),
    ),
    params={"color": "adapt", "box": "20,10,30,20", "feather": 1.5, "flip": False, "mask": None},
    engines=(EngineUsed("matte", "rembg", "u2netp", "c" * 64, "Apache-2.0", "named"),),
    places=(
        Place(
            product=0,
            by="old",
            certainty=0.875,
            old_box=(20, 10, 30, 20),
            new_box=(21, 10, 28, 20),
            scale=0.9333333333,
            rotation=-2.25,
            homography=(1.0, 0.0, 20.0, 0.0, 1.0, 10.0, 1.25e-05, 0.0, 1.0),
        ),
    ),
    scores=Scores(confidence=0.71, delta_e_visible=6.5, delta_e_own=1.25, uncovered_share=0.125),
    light=(Light("adapt", "old", 0.8, (1.1, 1.0, 0.9), (1.0, 0.9, 1.1, 1.0), (2, 2), 5.0, 0.25),),
    shadow=Shadow("contact", 200.0, 3.5, 0.4, 0.1),
    origin=Origin(True, "http://example/composite", ({"Label": "1"},), True),
    region=Region.of(mask_of_a_ring()),
)


def test_it_comes_back_as_it_was_written(tmp_path):
    path = sidecar_path(tmp_path / "红鞋.jpg")
    write_sidecar(path, FULL)
    assert path.name == "红鞋.jpg.json"
    assert read_sidecar(path) == replace(
        FULL,
        places=(replace(FULL.places[0], scale=0.93333333),),  # 8 significant digits
    )


def test_the_same_content_is_the_same_bytes_in_the_order_of_the_class(tmp_path):
    write_sidecar(tmp_path / "a.json", FULL)
    write_sidecar(tmp_path / "b.json", read_sidecar(tmp_path / "a.json"))
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    written = json.loads((tmp_path / "a.json").read_text("utf-8"))
    assert list(written) == [each.name for each in fields(Sidecar)]
    assert written["scores"]["edge"] is None
    assert "红鞋.jpg" in (tmp_path / "a.json").read_text("utf-8")


def test_measured_figures_may_be_numpy_scalars(tmp_path):
    scores = Scores(confidence=np.float32(0.1), edge=np.float64(-0.0))
    write_sidecar(tmp_path / "a.json", replace(FULL, scores=scores))
    found = read_sidecar(tmp_path / "a.json").scores
    assert found.confidence == 0.1
    assert str(found.edge) == "0.0"


def test_what_is_not_a_number_is_never_written(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_sidecar(tmp_path / "a.json", replace(FULL, scores=Scores(edge=float("nan"))))
    assert not (tmp_path / "a.json").exists()


def test_an_input_is_named_without_its_folder(tmp_path):
    rgb = np.zeros((4, 6, 3), np.uint8)
    picture = Picture(rgb, path=tmp_path / "deep" / "shoe.png", sha256="d" * 64, notes=("cmyk",))
    assert Input.of("product", picture) == Input("product", "shoe.png", "d" * 64, (6, 4), ("cmyk",))


def test_the_region_of_a_ring_is_told_in_runs():
    region = Region.of(mask_of_a_ring())
    assert region.box == (20, 10, 30, 20)
    assert region.pixels == 20 * 30 - 100
    assert region.share == 500 / 2000
    assert region.runs.startswith("0 160 10 20 10 20")
    assert (region.mask((50, 40)) == mask_of_a_ring()).all()


@given(
    hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.booleans())
)
def test_every_mask_comes_back_exactly(mask):
    region = Region.of(mask)
    assert (region.mask((mask.shape[1], mask.shape[0])) == mask).all()
    assert region.pixels == mask.sum()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda d: d | {"schema": 2}, "sidecar_newer"),
        (lambda d: d | {"status": "fine"}, "sidecar_broken"),
        (lambda d: d | {"region": {"box": [0, 0, 1]}}, "sidecar_broken"),
        (lambda d: [d], "sidecar_broken"),
    ],
)
def test_a_file_that_is_no_side_car_is_refused(tmp_path, change, code):
    path = tmp_path / "a.json"
    write_sidecar(path, FULL)
    path.write_text(json.dumps(change(json.loads(path.read_text("utf-8")))), "utf-8")
    with pytest.raises(InputRefused) as caught:
        read_sidecar(path)
    assert caught.value.code == code
    assert "a.json" in caught.value.say


def test_missing_or_torn_files_are_refused(tmp_path):
    with pytest.raises(InputRefused) as caught:
        read_sidecar(tmp_path / "none.json")
    assert caught.value.code == "sidecar_missing"
    write_sidecar(tmp_path / "a.json", FULL)
    torn = (tmp_path / "a.json").read_bytes()[:200]
    (tmp_path / "a.json").write_bytes(torn)
    with pytest.raises(InputRefused) as caught:
        read_sidecar(tmp_path / "a.json")
    assert caught.value.code == "sidecar_broken"
