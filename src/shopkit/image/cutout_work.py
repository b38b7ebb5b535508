"""Cut-outs as rows of a batch: a photo in, a picture of the product alone out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import cv2
import numpy as np

from shopkit.engines import weights
from shopkit.errors import InputRefused, UsageFault
from shopkit.image import cell_values
from shopkit.image.cutout import Engine, cut_out
from shopkit.image.matte import Matte
from shopkit.image.picture import Box
from shopkit.image.present import Look, Shadow, Shown, present
from shopkit.image.provenance import carried, read_marks, xmp_packet
from shopkit.image.read import read_picture
from shopkit.image.saliency import DEFAULT_MODEL, finder
from shopkit.image.write import verify_picture, write_picture, writer_for
from shopkit.runtime.given import given_file
from shopkit.runtime.job import Figure, Job, Outcome, Row
from shopkit.runtime.names import output_path

ALIASES = {
    "商品图": "product",
    "引擎": "engine",
    "模型": "model",
    "框": "box",
    "背景": "background",
    "阴影": "shadow",
    "留白": "margin",
    "裁剪": "crop",
    "尺寸": "size",
    "输出": "out",
    "编号": "id",
}
"""Chinese headers of a cut-out's batch file."""

EVIDENCE: tuple[str, ...] = (
    "engine",
    "model",
    "licence",
    "agreement",
    "alpha_share",
    "edge_width",
    "soft_share",
    "holes",
    "width",
    "height",
    "scale",
)
"""Columns of results.csv: who found it, how far the ways of finding agree, share of the picture,
px of the edge's ramp, share of the outline without a firm edge, openings, the output's size."""

_MOST_MARGIN = 0.45
_MOST_SIDE = 16000
_STRETCHED = 1.3  # times the photo's own pixels: above, the picture is told to be enlarged
_JPEG = (".jpg", ".jpeg")
_WHITE = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class CutoutWork:
    """``image cutout`` for the batch runner.

    ``defaults``: cells for columns that a row leaves empty (the options of the command line, the
    shop's settings). ``table``: the batch file, beside which pictures may lie.
    """

    defaults: Mapping[str, str]
    table: Path | None = None

    command = "image cutout"
    version = "1"
    evidence = EVIDENCE

    def check(self) -> None:
        """Raise UsageFault or EngineMissing where what holds for every row is wrong."""
        try:
            _engine(self.defaults)
            _look(self.defaults)
        except InputRefused as wrong:
            raise UsageFault(wrong.code, **wrong.values) from None

    def prepare(self, row: Row, out: Path) -> Job:
        """Check the cells and name the files."""
        cells = {**self.defaults, **{k: v for k, v in row.cells.items() if v.strip()}}
        if not cells.get("product", "").strip():
            raise InputRefused("cell_empty", column="product")
        photo = given_file(cells["product"].strip(), self.table)
        stem = cells.get("id") or photo.stem
        main = output_path(out, cells.get("out", ""), stem, ".png")
        writer_for(main)
        _look(cells)
        own = cells.get("model_path", "")
        inputs = (photo, given_file(own, self.table)) if own else (photo,)
        params = {name: cells[name] for name in _COUNTS if cells.get(name)}
        return Job(stem, row.number, inputs, {**params, **_engine(cells)}, {"out": main})

    def run(self, job: Job, scratch: Mapping[str, Path]) -> Outcome:
        """Cut out, set before the background, write."""
        cells = {name: str(value) for name, value in job.params.items()}
        picture = read_picture(job.inputs[0])
        place = cell_values.box(cells, "box")
        matte = cut_out(
            picture,
            engine=cell_values.choice(cells, "engine", get_args(Engine), "auto"),
            model=cells.get("model") or DEFAULT_MODEL,
            model_path=job.inputs[1] if len(job.inputs) > 1 else None,
            box=Box(*place) if place else None,
        )
        look = _look(cells, opaque=job.outputs["out"].suffix.lower() in _JPEG)
        shown = present(matte, look)
        packet = xmp_packet(carried([read_marks(job.inputs[0])]))
        write_picture(scratch["out"], shown.rgb, shown.alpha, dpi=picture.dpi, xmp=packet)
        warned = (*matte.warnings, *(("enlarged",) if shown.scale > _STRETCHED else ()))
        figures = evidence(matte, shown)
        values: dict[str, Figure] = {"path": job.inputs[0].name, "agreement": matte.agreement}
        return Outcome(matte.status, matte.reason, values, figures, warned, ("out",))

    def verify(self, kind: str, path: Path) -> None:
        """Open what was written."""
        del kind  # there is one
        verify_picture(path)


def evidence(matte: Matte, shown: Shown) -> dict[str, Figure]:
    """The figures of one cut-out for results.csv."""
    height, width = shown.rgb.shape[:2]
    return {
        "engine": matte.engine,
        "model": matte.model,
        "licence": matte.licence,
        "agreement": matte.agreement,
        "alpha_share": round(float(matte.alpha.mean()), 4),
        "edge_width": round(matte.edge_width, 2),
        "soft_share": round(matte.soft, 3),
        "holes": holes(matte),
        "width": width,
        "height": height,
        "scale": round(shown.scale, 3),
    }


def holes(matte: Matte) -> int:
    """How many openings the product has, leaving out specks under a ten-thousandth of it."""
    inside = (matte.alpha > 0.5).astype(np.uint8)
    outlines, tree = cv2.findContours(inside, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    least = 1e-4 * float(inside.sum())
    inner = [
        one
        for one, links in zip(outlines, tree[0] if len(outlines) else (), strict=True)
        if links[3] >= 0
    ]
    return sum(cv2.contourArea(one) > least for one in inner)


_COUNTS = ("engine", "model", "box", "background", "shadow", "margin", "crop", "size")


def _engine(cells: Mapping[str, str]) -> dict[str, str]:
    """What "auto" comes to here; raises EngineMissing for a named engine that is not there."""
    engine = cell_values.choice(cells, "engine", get_args(Engine), "auto")
    model = cells.get("model") or DEFAULT_MODEL
    own = Path(cells["model_path"]) if cells.get("model_path") else None
    if engine == "rembg" or (engine == "auto" and own):
        finder(model, own)
    there = own is not None or weights.find_model(model) is not None
    used = engine == "rembg" or (engine == "auto" and there)
    return {"engine": engine, "model": model if used else ""}


def _look(cells: Mapping[str, str], *, opaque: bool = False) -> Look:
    """How the row wants its product shown; ``opaque`` formats have white for transparent."""
    background = cell_values.colour(cells, "background")
    return Look(
        background=_WHITE if opaque and background is None else background,
        shadow=cell_values.choice(cells, "shadow", get_args(Shadow), "none"),
        crop=cell_values.yes_no(cells, "crop"),
        margin=cell_values.share(cells, "margin", _MOST_MARGIN),
        size=cell_values.size(cells, "size", _MOST_SIDE),
    )
