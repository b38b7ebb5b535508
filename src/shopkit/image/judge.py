"""Whether a swap may go out, or a person must look first: the reasons, most serious first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from shopkit.image.matte import Matte
from shopkit.image.onelight import MAX_DELTA_E, MAX_HUE_SHIFT
from shopkit.image.swap import Placed, Spot, Swapped
from shopkit.runtime.job import Figure, Status

SURE_MASK = 0.8  # agreement on the old product's pixels from which on its mask is trusted
MOST_UNCOVERED = 0.15  # of the old product: more invented ground than this must be looked at
_TEXTURED = 2.0  # grey levels: smoother ground than this is filled without a trace
_SURE_FILL = 0.75  # certainty of the filling from which on textured ground is trusted too


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
    found = [
        reason
        for spot, placed in zip(spots, swapped.placed, strict=True)
        for reason in _doubts(spot, placed, swapped)
    ]
    confidence = min(
        min(spot.product.agreement, placed.old.agreement, 1.0 if spot.place.sure else 0.5)
        for spot, placed in zip(spots, swapped.placed, strict=True)
    )
    if not found:
        return Verdict("ok", confidence)
    code, values = found[0]
    codes = tuple(dict.fromkeys(code for code, _ in found))
    return Verdict("review", min(confidence, 0.79), code, values, codes)


def _doubts(
    spot: Spot, placed: Placed, swapped: Swapped
) -> Iterator[tuple[str, dict[str, Figure]]]:
    """Reason codes and their values, the most serious first."""
    if not spot.place.sure:
        yield spot.place.reason, {"others": len(spot.place.others)}
    yield from _matte_doubts(spot.product)
    for code in placed.old.warnings:
        yield code, {"agreement": round(placed.old.agreement, 2)}
    if placed.old.agreement < SURE_MASK:
        yield "old_mask_uncertain", {"agreement": round(placed.old.agreement, 2)}
    if placed.placement.capped:
        yield "product_too_small", {"times": round(placed.placement.wanted, 2)}
    rough = placed.texture > _TEXTURED and swapped.filled.certainty < _SURE_FILL
    if placed.uncovered > MOST_UNCOVERED and rough:
        yield "background_invented", {"share": round(100 * placed.uncovered)}
    if not placed.one_light.kept:
        yield (
            "colour_changed",
            {
                "delta_e": round(placed.one_light.own, 1),
                "hue": round(placed.one_light.hue_shift, 1),
                "most": MAX_DELTA_E,
                "most_hue": MAX_HUE_SHIFT,
            },
        )


def _matte_doubts(product: Matte) -> Iterator[tuple[str, dict[str, Figure]]]:
    if product.status == "review":
        yield product.reason, {"agreement": round(product.agreement, 2)}
