"""What is told of a swap: the figures of its row in results.csv, and its side-car."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

import cv2
import numpy as np

import shopkit
from shopkit.image import sidecar as sc
from shopkit.image.judge import Verdict
from shopkit.image.picture import Box
from shopkit.image.provenance import Marks, carried
from shopkit.image.spot import Spot
from shopkit.image.swap import Placed, Swapped
from shopkit.image.swap_edit import Edited
from shopkit.image.swap_row import Opened
from shopkit.runtime.job import Figure

EVIDENCE: tuple[str, ...] = (
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
_WHOLE = 0.995  # a light of which less was kept has been weakened
_FIELD = (8, 8)  # the shading is told on a grid of so many columns and rows
_SOURCE: Final[dict[str, Literal["old", "scene", "none"]]] = {
    "exact": "none",
    "old_photo": "old",
    "scene": "scene",
}


@dataclass(frozen=True, slots=True)
class Finished:
    """A swap that was worked out and judged; ``edit`` where a model painted it, ``made`` the marks
    of AI origin where a model painted anything.
    """

    opened: Opened
    swapped: Swapped
    verdict: Verdict
    edit: Edited | None = None
    made: Marks | None = None

    @property
    def marks(self) -> Marks:
        """Marks of AI origin: those of the pictures that went in, and the model's own."""
        return carried(self.opened.marks, self.made)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Codes beside the reason: other doubts, and what a person may want to know."""
        found = {
            "product_mirrored": any(self.opened.mirrored),
            "light_weakened": any(p.lighting.kept < _WHOLE for p in self.swapped.placed),
        }
        return (*self.verdict.reasons[1:], *(code for code, is_so in found.items() if is_so))


def evidence(done: Finished) -> dict[str, Figure]:
    """The figures of a row of results.csv."""
    spots, placed, scores = done.opened.spots, done.swapped.placed, _scores(done)
    lights = ["model"] if done.edit else [p.lighting.source for p in placed]
    engines = [*(s.product.engine for s in spots), *(["openai"] if done.edit else [])]
    return {
        "confidence": _rounded(scores.confidence, 3),
        "delta_e": _rounded(scores.delta_e_visible, 2),
        "delta_e_own": _rounded(scores.delta_e_own, 2),
        "uncovered": _rounded(scores.uncovered_share, 3),
        "old_mask_agreement": _rounded(scores.old_mask_agreement, 3),
        "matte_agreement": _rounded(scores.matte_agreement, 3),
        "place": " ".join(",".join(map(str, p.new_box)) for p in placed),
        "light": " ".join(lights),
        "engine": " ".join(dict.fromkeys(engines)),
    }


def sidecar(done: Finished, output: str, params: Mapping[str, object]) -> sc.Sidecar:
    """All that is known of a swap, as it is written beside the picture ``output``."""
    opened, swapped, verdict = done.opened, done.swapped, done.verdict
    places = zip(opened.spots, swapped.placed, opened.mirrored, strict=True)
    cap = params.get("max_delta_e")
    return sc.Sidecar(
        tool=f"shopkit {shopkit.__version__}",
        command="image swap",
        status=verdict.status,
        reason=verdict.reason,
        values=verdict.values,
        warnings=done.warnings,
        output=output,
        output_size=opened.scene.size,
        inputs=opened.inputs,
        params={name: str(value) for name, value in params.items()},
        engines=_engines(done, str(params.get("remove", ""))),
        places=tuple(_told_place(n, swapped.window, *one) for n, one in enumerate(places)),
        scores=_scores(done),
        light=_lights(done, float(str(cap)) if cap else None),
        shadow=sc.Shadow(reflection=swapped.mirror.strength),
        origin=done.marks.origin(visible=done.made is not None),
        region=sc.Region.of(swapped.region),
    )


def _engines(done: Finished, model: str) -> tuple[sc.EngineUsed, ...]:
    """``model``: the file that fills the ground, where one was given."""
    mattes = [s.product for s in done.opened.spots]
    used = [sc.EngineUsed("matte", m.engine, m.model, licence=m.licence) for m in mattes]
    method = done.swapped.filled.method
    if done.edit:
        used.append(sc.EngineUsed("edit", "openai", done.edit.model, licence=done.edit.licence))
    else:
        used.append(sc.EngineUsed("remove", method, model if method == "model" else ""))
    return tuple(dict.fromkeys(used))


def _told_place(n: int, window: Box, spot: Spot, placed: Placed, mirrored: bool) -> sc.Place:
    """``window``: the part of the scene in whose pixels the swap was worked out."""
    matrix = np.array([[1, 0, window.x], [0, 1, window.y], [0, 0, 1.0]]) @ placed.placement.matrix
    return sc.Place(
        product=n,
        by=spot.place.how,
        certainty=1.0 if spot.place.sure else 0.5,
        old_box=(*placed.old_box,),
        new_box=(*placed.new_box,),
        scale=placed.placement.scale,
        rotation=-placed.placement.turn,
        mirrored=mirrored,
        homography=tuple(float(v) for v in matrix.ravel()),
    )


def _lights(done: Finished, cap: float | None) -> tuple[sc.Light, ...]:
    if done.edit:
        return (sc.Light(mode="adapt", source="none", gain=done.edit.check.light),)
    return tuple(_told_light(placed, cap) for placed in done.swapped.placed)


def _told_light(placed: Placed, cap: float | None) -> sc.Light:
    lighting = placed.lighting
    return sc.Light(
        mode="exact" if lighting.source == "exact" else "adapt",
        source=_SOURCE[lighting.source],
        certainty=lighting.certainty,
        gain=lighting.mean,
        field=_grid(placed),
        field_size=_FIELD if lighting.field.ndim == 3 else (0, 0),
        max_delta_e=cap,
        clipped=1 - lighting.kept,
    )


def _scores(done: Finished) -> sc.Scores:
    """What was measured; of a model's picture only what holds for it."""
    spots, placed = done.opened.spots, done.swapped.placed
    both = sc.Scores(
        confidence=done.verdict.confidence,
        place_certainty=min(1.0 if s.place.sure else 0.5 for s in spots),
        matte_agreement=min(s.product.agreement for s in spots),
        old_mask_agreement=min(p.old.agreement for p in placed),
    )
    if done.edit:
        check = done.edit.check
        return replace(both, delta_e_own=check.delta_e, hue_shift=check.hue_shift, edge=check.seam)
    return replace(
        both,
        delta_e_visible=max(p.one_light.visible for p in placed),
        delta_e_own=max(p.one_light.own for p in placed),
        hue_shift=max(p.one_light.hue_shift for p in placed),
        uncovered_share=max(p.likeness.uncovered for p in placed),
        uncovered_texture=max(p.likeness.texture for p in placed),
        skin_share=max(p.likeness.skin for p in placed),
        upscale=max(p.placement.scale for p in placed),
    )


def _rounded(figure: float | None, digits: int) -> float | None:
    return None if figure is None else round(figure, digits)


def _grid(placed: Placed) -> tuple[float, ...]:
    """The slow shading over the product's box: red, green, blue, row by row."""
    field = placed.lighting.field
    box = Box.around(placed.layer.alpha, 0.5)
    if field.ndim == 1 or box is None:
        return ()
    small = cv2.resize(field[box.slices], _FIELD, interpolation=cv2.INTER_AREA)
    return tuple(round(float(v), 4) for v in small.ravel())
