"""What a cut-out is: coverage and colour at full resolution, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass

from shopkit.image.picture import Alpha, Rgb
from shopkit.runtime.job import Status


@dataclass(frozen=True, slots=True)
class Matte:
    """A product cut out of its picture.

    ``alpha``: float32 (H, W), 0..1. ``colour``: uint8 (H, W, 3), the product's own colour without
    the background's, and going on past the edge, so that resampling never drags background in.
    ``agreement``: 0..1, how far independent ways of finding the product agree. ``status`` is "ok"
    or "review", ``reason`` the code for the latter. ``edge_width``: px of the edge's ramp.
    ``soft``: share of the outline without a firm edge (fur). ``source``: name of its file.
    """

    alpha: Alpha
    colour: Rgb
    engine: str
    model: str
    licence: str
    agreement: float
    status: Status = "ok"
    reason: str = ""
    warnings: tuple[str, ...] = ()
    source: str = ""
    edge_width: float = 0.0
    soft: float = 0.0
