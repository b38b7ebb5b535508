"""What is told of a swap: the figures of its row in results.csv, and its side-car."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import cv2

import shopkit
from shopkit.image import sidecar as sc
from shopkit.image.judge import Verdict
from shopkit.image.picture import Box
from shopkit.image.swap import Placed, Spot, Swapped
from shopkit.runtime.job import Figure

EVIDENCE = (
    "confidence",
    "delta_e",
    "delta_e_own",
    "uncovered",
    "old_mask_agreement",
    "matte_agreement",
    "place",
    "light",
    "engine",
)
_FIELD = (8, 8)  # the shading is told on a grid of so many columns and rows
_SOURCE: Final[dict[str, Literal["old", "scene", "none"]]] = {
    "exact": "none",
    "old_photo": "old",
    "scene": "scene",
}


def evidence(spots: Sequence[Spot], swapped: Swapped, verdict: Verdict) -> dict[str, Figure]:
    """The figures of a row of results.csv."""
    placed = swapped.placed
    return {
        "confidence": round(verdict.confidence, 3),
        "delta_e": round(max(p.one_light.visible for p in placed), 2),
        "delta_e_own": round(max(p.one_light.own for p in placed), 2),
        "uncovered": round(max(p.uncovered for p in placed), 3),
        "old_mask_agreement": round(min(p.old.agreement for p in placed), 3),
        "matte_agreement": round(min(s.product.agreement for s in spots), 3),
        "place": " ".join(",".join(map(str, p.new_box)) for p in placed),
        "light": " ".join(p.lighting.source for p in placed),
        "engine": " ".join(dict.fromkeys(s.product.engine for s in spots)),
    }


def sidecar(
    output: str,
    params: Mapping[str, object],
    inputs: Sequence[sc.Input],
    size: tuple[int, int],
    spots: Sequence[Spot],
    swapped: Swapped,
    verdict: Verdict,
) -> sc.Sidecar:
    """All that is known of a swap, as it is written beside the picture ``output``."""
    placed = swapped.placed
    return sc.Sidecar(
        tool=f"shopkit {shopkit.__version__}",
        command="image swap",
        status=verdict.status,
        reason=verdict.reason,
        values=verdict.values,
        warnings=verdict.reasons[1:],
        output=output,
        output_size=size,
        inputs=tuple(inputs),
        params={name: str(value) for name, value in params.items()},
        engines=_engines(spots, swapped),
        places=tuple(
            _told_place(n, s, p) for n, (s, p) in enumerate(zip(spots, placed, strict=True))
        ),
        scores=_scores(spots, swapped, verdict),
        light=tuple(_told_light(p) for p in placed),
        region=sc.Region.of(swapped.region),
    )


def _engines(spots: Sequence[Spot], swapped: Swapped) -> tuple[sc.EngineUsed, ...]:
    used = [
        sc.EngineUsed("matte", s.product.engine, s.product.model, licence=s.product.licence)
        for s in spots
    ]
    return (*dict.fromkeys(used), sc.EngineUsed("remove", swapped.filled.method))


def _told_place(n: int, spot: Spot, placed: Placed) -> sc.Place:
    matrix = placed.placement.matrix
    return sc.Place(
        product=n,
        by=spot.place.how,
        certainty=1.0 if spot.place.sure else 0.5,
        old_box=(*placed.old_box,),
        new_box=(*placed.new_box,),
        scale=placed.placement.scale,
        rotation=-placed.placement.turn,
        homography=tuple(float(v) for v in matrix.ravel()),
    )


def _told_light(placed: Placed) -> sc.Light:
    lighting = placed.lighting
    return sc.Light(
        mode="exact" if lighting.source == "exact" else "adapt",
        source=_SOURCE[lighting.source],
        certainty=lighting.certainty,
        gain=lighting.mean,
        field=_grid(placed),
        field_size=_FIELD if lighting.field.ndim == 3 else (0, 0),
        clipped=1 - lighting.kept,
    )


def _scores(spots: Sequence[Spot], swapped: Swapped, verdict: Verdict) -> sc.Scores:
    placed = swapped.placed
    return sc.Scores(
        confidence=verdict.confidence,
        place_certainty=min(1.0 if s.place.sure else 0.5 for s in spots),
        matte_agreement=min(s.product.agreement for s in spots),
        old_mask_agreement=min(p.old.agreement for p in placed),
        delta_e_visible=max(p.one_light.visible for p in placed),
        delta_e_own=max(p.one_light.own for p in placed),
        hue_shift=max(p.one_light.hue_shift for p in placed),
        uncovered_share=max(p.uncovered for p in placed),
        uncovered_texture=max(p.texture for p in placed),
        upscale=max(p.placement.scale for p in placed),
    )


def _grid(placed: Placed) -> tuple[float, ...]:
    """The slow shading over the product's box: red, green, blue, row by row."""
    field = placed.lighting.field
    box = Box.around(placed.layer.alpha, 0.5)
    if field.ndim == 1 or box is None:
        return ()
    small = cv2.resize(field[box.slices], _FIELD, interpolation=cv2.INTER_AREA)
    return tuple(round(float(v), 4) for v in small.ravel())
