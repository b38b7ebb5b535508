"""Whether a swap may go out, or a person must look first: the reasons, most serious first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from shopkit.image.edit_check import EditCheck
from shopkit.image.locate import Place
from shopkit.image.onelight import MAX_DELTA_E, MAX_HUE_SHIFT
from shopkit.image.spot import Spot
from shopkit.image.swap import Placed, Swapped
from shopkit.image.view import WORN, Likeness
from shopkit.runtime.job import Figure, Status

SURE_MASK = 0.8  # agreement on the old product's pixels from which on its mask is trusted
MOST_UNCOVERED = 0.15  # of the old product: more invented ground than this must be looked at
EVER_UNCOVERED = 0.25  # and more than this on any ground
SAME_VIEW = 0.5  # overlap of the silhouettes under which they are not of one view
MOST_SKIN = 0.2  # of what is bare bordering on skin, from which on skin had to be invented
SOME_UNCOVERED = 0.12
SAME_GRIP = 0.75  # overlap under which a hand no longer holds what it held
MOST_RAISED = 0.04  # of the height: where hanging and standing differ more, a person must say which
MOST_LIMB = 0.02  # of the old product: a larger piece of leg that was drawn is looked at
_TEXTURED = 2.0  # grey levels: smoother ground than this is filled without a trace
UNSURE = 0.79  # the most confidence of what a person must look at
_SURE_FILL = 0.75  # certainty of the filling from which on textured ground is trusted too

Doubt = tuple[str, dict[str, Figure]]  # a reason code and the values of its sentence


@dataclass(frozen=True, slots=True)
class Verdict:
    """``status`` with its ``reason`` (a code) and the values of its sentence; all ``reasons``
    found, the most serious first; ``confidence`` 0..1 that a person would say ok.
    """

    status: Status
    confidence: float
    reason: str = ""
    values: dict[str, Figure] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()


def judge(spots: Sequence[Spot], swapped: Swapped) -> Verdict:
    """Weigh everything that is known about a swap."""
    pairs = list(zip(spots, swapped.placed, strict=True))
    found = [reason for spot, placed in pairs for reason in _doubts(spot, placed, swapped)]
    return _verdict(found, min(_confidence(spot, placed) for spot, placed in pairs))


def judge_edit(spots: Sequence[Spot], swapped: Swapped, check: EditCheck) -> Verdict:
    """Weigh what is known about a swap that a model painted: the product must be the photo's."""
    pairs = list(zip(spots, swapped.placed, strict=True))
    found = [reason for spot, placed in pairs for reason in _input_doubts(spot, placed)]
    if check.reason:
        told = {"delta_e": round(check.delta_e, 1), "hue_shift": round(check.hue_shift, 1)}
        found.insert(0, (check.reason, {**told, "seam": round(check.seam)}))
    return _verdict(found, min(_confidence(spot, placed) for spot, placed in pairs))


def _verdict(found: Sequence[Doubt], confidence: float) -> Verdict:
    if not found:
        return Verdict("ok", confidence)
    code, values = found[0]
    codes = tuple(dict.fromkeys(code for code, _ in found))
    return Verdict("review", min(confidence, UNSURE), code, values, codes)


def _confidence(spot: Spot, placed: Placed) -> float:
    place = 1.0 if spot.place.sure else 0.5
    return min(spot.product.agreement, placed.old.agreement, place)


def _doubts(spot: Spot, placed: Placed, swapped: Swapped) -> Iterator[Doubt]:
    """Reason codes and their values, the most serious first."""
    yield from _input_doubts(spot, placed)
    if placed.placement.capped:
        yield "product_too_small", {"times": round(placed.placement.wanted, 2)}
    if placed.placement.torn and spot.old is None and spot.mask is None:
        yield "base_hidden", {}
    if abs(placed.placement.raised) > MOST_RAISED:
        yield "hangs_or_stands", {"share": round(100 * abs(placed.placement.raised))}
    yield from _likeness_doubts(placed.likeness, len(swapped.placed), swapped.filled.certainty)
    if swapped.limbs > MOST_LIMB:
        yield "limb_continued", {"share": max(1, round(100 * swapped.limbs))}
    if not placed.one_light.kept:
        told = {"delta_e": round(placed.one_light.own, 1), "most": MAX_DELTA_E}
        hue = {"hue": round(placed.one_light.hue_shift, 1), "most_hue": MAX_HUE_SHIFT}
        yield "colour_changed", {**told, **hue}


def _input_doubts(spot: Spot, placed: Placed) -> Iterator[Doubt]:
    """What is not sure before anything was put in: the place, the cut-out, the old product."""
    if not spot.place.sure:
        yield spot.place.reason, _candidates(spot.place)
    if spot.product.status == "review":
        product = spot.product
        yield product.reason, {"path": product.source, "agreement": round(product.agreement, 2)}
    if placed.old.agreement < SURE_MASK:
        yield "old_mask_uncertain", {"agreement": round(placed.old.agreement, 2)}


def _likeness_doubts(like: Likeness, places: int, certainty: float) -> Iterator[Doubt]:
    """What does not fit between the old product and the new one."""
    if like.two and places == 1:
        yield "pair_incomplete", {}
    if like.turned or like.overlap < SAME_VIEW:
        yield "view_differs", {"overlap": round(like.overlap, 2)}
    if _bares_skin(like):
        yield "skin_uncovered", {"share": round(100 * like.uncovered)}
    rough = like.texture > _TEXTURED and certainty < _SURE_FILL
    if like.uncovered > (MOST_UNCOVERED if rough else EVER_UNCOVERED):
        yield "background_invented", {"share": round(100 * like.uncovered)}


def _bares_skin(like: Likeness) -> bool:
    """Whether a hand or foot shows where the old product was, or holds what is not there now.

    Ground of skin's colour (wood, sand) lies all around a product; a wearer never does.
    """
    worn = WORN[0] < like.worn < WORN[1]
    bared = like.skin > MOST_SKIN and like.uncovered > SOME_UNCOVERED
    return worn and (bared or like.overlap < SAME_GRIP)


def _candidates(place: Place) -> dict[str, Figure]:
    """The places that a person may choose from, as ``--box`` takes them."""
    boxes = [",".join(map(str, box)) for box in (place.others or (place.box,))]
    return {"score": round(place.score, 2), "box": boxes[0], "next": boxes[min(1, len(boxes) - 1)]}
