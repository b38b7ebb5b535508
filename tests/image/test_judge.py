"""Which swaps may go out and which wait for a person, and the reason that is told first."""

from dataclasses import replace

import pytest

from shopkit import messages
from shopkit.image.edit_check import EditCheck
from shopkit.image.judge import judge, judge_edit
from shopkit.image.onelight import OneLight
from shopkit.image.picture import Box
from shopkit.image.spot import Spot
from shopkit.image.swap import Options, swap
from tests.image.studio import given, photo, scene

SCENE, MASK = scene()
SPOT = Spot(photo(), given(), mask=MASK)
SWAPPED = swap(SCENE, [SPOT], Options("exact"))
PLACED = SWAPPED.placed[0]


def having(**changes):
    return replace(SWAPPED, placed=(replace(PLACED, **changes),))


def unlike(**changes):
    return having(likeness=replace(PLACED.likeness, **changes))


def old(**changes):
    return replace(PLACED.old, **changes)


def test_all_is_sure():
    verdict = judge([SPOT], SWAPPED)
    assert (verdict.status, verdict.reason, verdict.reasons) == ("ok", "", ())
    assert verdict.confidence == 1


DOUBTS = {
    "old_mask_uncertain": having(old=old(agreement=0.6)),
    "product_too_small": having(placement=replace(PLACED.placement, wanted=3, scale=1.3)),
    "hangs_or_stands": having(placement=replace(PLACED.placement, raised=0.2)),
    "background_invented": replace(
        unlike(uncovered=0.3, texture=9.0), filled=replace(SWAPPED.filled, certainty=0.3)
    ),
    "pair_incomplete": unlike(two=True),
    "view_differs": unlike(overlap=0.3),
    "skin_uncovered": unlike(skin=0.5, worn=0.1, uncovered=0.2, texture=0.5),
    "limb_continued": replace(SWAPPED, limbs=0.3),
    "colour_changed": having(one_light=OneLight(9.0, 3.5, 1.0)),
}


@pytest.mark.parametrize("code", DOUBTS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_doubt_goes_to_a_person_with_its_figures(code, language, monkeypatch):
    monkeypatch.setattr(messages, "_chosen", [language])
    verdict = judge([SPOT], DOUBTS[code])
    assert (verdict.status, verdict.reason) == ("review", code)
    assert verdict.confidence < 0.8
    assert "{" not in "".join(messages.reason(code, **verdict.values))


def test_a_base_half_hidden_needs_the_old_photo_or_a_mask():
    torn = having(placement=replace(PLACED.placement, torn=True))
    assert judge([replace(SPOT, mask=None)], torn).reason == "base_hidden"
    assert judge([SPOT], torn).status == "ok"  # a person gave the mask


def test_a_hue_that_turned_is_a_changed_colour_too():
    assert judge([SPOT], having(one_light=OneLight(2.0, 0.5, 4.0))).reason == "colour_changed"


def test_smooth_ground_may_be_invented_up_to_a_quarter():
    assert judge([SPOT], unlike(uncovered=0.2, texture=0.5)).status == "ok"
    assert judge([SPOT], unlike(uncovered=0.3, texture=0.5)).reason == "background_invented"
    assert judge([SPOT], unlike(uncovered=0.4, texture=0.5)).reason == "background_invented"


def test_wood_all_around_is_no_skin():
    assert judge([SPOT], unlike(skin=0.9, worn=0.9, uncovered=0.2, texture=0.5)).status == "ok"


def test_a_hand_that_holds_nothing_any_more_is_looked_at():
    assert judge([SPOT], unlike(worn=0.2, overlap=0.6)).reason == "skin_uncovered"


def test_a_pair_with_two_places_is_complete():
    both = replace(SWAPPED, placed=(unlike(two=True).placed[0], PLACED))
    assert judge([SPOT, SPOT], both).status == "ok"


def test_an_unsure_place_comes_first_and_names_its_candidates():
    others = (Box(70, 70, 96, 60), Box(10, 20, 90, 60))
    place = replace(given(), sure=False, reason="old_ambiguous", score=0.4567, others=others)
    verdict = judge([replace(SPOT, place=place)], having(old=old(agreement=0.6)))
    assert verdict.reasons == ("old_ambiguous", "old_mask_uncertain")
    assert verdict.values == {"score": 0.46, "box": "70,70,96,60", "next": "10,20,90,60"}
    assert verdict.confidence == 0.5


def test_a_doubtful_cutout_is_told_with_its_own_reason():
    product = replace(photo(), status="review", reason="cutout_unsure", agreement=0.7)
    verdict = judge([replace(SPOT, product=product)], SWAPPED)
    assert (verdict.reason, verdict.values["agreement"]) == ("cutout_unsure", 0.7)


def test_of_a_pair_the_worse_one_counts():
    pair = replace(SWAPPED, placed=(PLACED, replace(PLACED, old=old(agreement=0.3))))
    verdict = judge([SPOT, SPOT], pair)
    assert (verdict.reason, verdict.confidence) == ("old_mask_uncertain", 0.3)


def check(reason=""):
    return EditCheck(SCENE.rgb, 0, (1.0, 1.0, 1.0), 3.14, 1.0, 14.4, reason)


def test_a_models_picture_is_judged_by_what_it_shows():
    """What the local engine would have left bare says nothing about it."""
    bare = replace(PLACED.likeness, uncovered=0.4, texture=9.0)
    bare = having(likeness=bare, one_light=OneLight(9, 9, 9))
    assert judge_edit([SPOT], bare, check()).status == "ok"
    verdict = judge_edit([SPOT], having(old=old(agreement=0.6)), check("edit_repainted"))
    assert verdict.reasons == ("edit_repainted", "old_mask_uncertain")
    assert verdict.values == {"delta_e": 3.1, "hue_shift": 1.0, "seam": 14}
