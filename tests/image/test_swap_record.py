"""What is told of a swap: a row's figures, and a side-car that says what was done where."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from shopkit.image.judge import judge
from shopkit.image.picture import Box
from shopkit.image.sidecar import Input
from shopkit.image.swap import Options, Spot, swap
from shopkit.image.swap_record import EVIDENCE, Finished, evidence, sidecar
from shopkit.image.swap_row import Opened
from tests.image.studio import BLUE, PHOTO_BOX, SIZE, given, photo, scene

SCENE, MASK = scene()
FILES = (Input("scene", "s.png", "aa"), Input("product", "p.png", "bb"))


def finished(color="adapt", cap=None):
    spot = Spot(photo(), given(), photo(BLUE), MASK)
    swapped = swap(SCENE, [spot], Options(color, max_delta_e=cap))
    opened = Opened(SCENE, (spot,), (False,), FILES, ())
    return Finished(opened, swapped, judge([spot], swapped))


DONE = finished()
CAPPED = finished(cap=4.0)


def test_a_row_has_every_figure_and_only_those():
    told = evidence(DONE)
    assert tuple(told) == EVIDENCE
    assert told["confidence"] == 1
    assert told["delta_e"] > told["delta_e_own"] >= 0
    assert (told["light"], told["engine"]) == ("old_photo", "alpha")
    assert Box(*map(int, told["place"].split(","))) == DONE.swapped.placed[0].new_box


def test_the_sidecar_says_what_the_swap_knows():
    told = sidecar(DONE, "out.png", {"color": "adapt"})
    assert (told.status, told.output, told.output_size) == ("ok", "out.png", SIZE)
    assert told.inputs == FILES
    assert (told.region.mask(SIZE) == DONE.swapped.region).all()
    assert [(engine.job, engine.name) for engine in told.engines] == [
        ("matte", "alpha"),
        ("remove", DONE.swapped.filled.method),
    ]
    assert (told.places[0].by, told.places[0].certainty, told.places[0].stretch) == ("box", 1, 1)
    assert (told.light[0].mode, told.light[0].source) == ("adapt", "old")
    assert (told.origin.generated, told.origin.visible) == (False, False)
    json.dumps(asdict(replace(told, region=replace(told.region, runs=""))), allow_nan=False)


def test_the_homography_takes_the_photo_into_the_scene():
    told = sidecar(DONE, "out.png", {}).places[0]
    matrix = np.reshape(told.homography, (3, 3))
    x, y, w, h = PHOTO_BOX
    corners = np.array([[x, y, 1], [x + w - 1, y + h - 1, 1]], np.float64) @ matrix.T
    left, top, width, height = told.new_box
    assert corners[0, :2] == pytest.approx((left, top), abs=2)
    assert corners[1, :2] == pytest.approx((left + width, top + height), abs=2)
    assert matrix[0, 0] == pytest.approx(told.scale)


def test_what_the_cap_took_is_told():
    light = sidecar(CAPPED, "out.png", {"max_delta_e": "4"}).light[0]
    assert light.max_delta_e == 4
    assert 0 < light.clipped < 1
    assert CAPPED.warnings == ("light_weakened",)
    assert sidecar(DONE, "out.png", {}).light[0].clipped == pytest.approx(0)
    assert DONE.warnings == ()
    assert evidence(CAPPED)["delta_e"] <= 4.3


def test_the_shading_is_told_on_a_small_grid():
    light = sidecar(DONE, "out.png", {}).light[0]
    across, down = light.field_size
    assert len(light.field) == across * down * 3
    assert np.mean(light.field) == pytest.approx(np.mean(light.gain), rel=0.15)


def test_a_turned_product_is_told():
    opened = replace(DONE.opened, mirrored=(True,))
    done = replace(DONE, opened=opened)
    assert done.warnings == ("product_mirrored",)
    assert sidecar(done, "out.png", {}).places[0].mirrored
