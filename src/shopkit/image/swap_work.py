"""Swaps as rows of a batch: a row's cells in, picture, side-car and proof strip out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.engines import weights
from shopkit.engines.edit_openai import OpenaiEditor, openai_editor
from shopkit.engines.erase_onnx import OnnxEraser
from shopkit.errors import UsageFault
from shopkit.image import sidecar as sc
from shopkit.image.cutout import Engine as Matting
from shopkit.image.judge import judge, judge_edit
from shopkit.image.picture import Box, Mask, Picture, Rgb
from shopkit.image.proof import proof_strip
from shopkit.image.provenance import xmp_packet
from shopkit.image.saliency import finder
from shopkit.image.spot import Spot
from shopkit.image.swap import Options, swap
from shopkit.image.swap_cells import Cells, read_cells
from shopkit.image.swap_edit import labelled, producer, repaint
from shopkit.image.swap_record import EVIDENCE, Finished, evidence, sidecar
from shopkit.image.swap_row import open_row, remember
from shopkit.image.write import verify_picture, write_picture, writer_for
from shopkit.runtime.executor import Pool
from shopkit.runtime.given import given_file
from shopkit.runtime.job import Job, Outcome, Row
from shopkit.runtime.names import output_path
from shopkit.runtime.profiles import load_profile
from shopkit.runtime.settings import Settings, load_settings

_PROOF_QUALITY = 85
_WRITABLE = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff")
_OPAQUE = (".jpg", ".jpeg")
_CANDIDATES = ((214, 40, 57), (255, 159, 28), (46, 134, 222))  # the likeliest place first


@dataclass(frozen=True, slots=True)
class SwapWork:
    """``image swap`` for the batch runner.

    ``defaults``: cells for columns that a row leaves empty (the options of the command line).
    ``settings``: the shop's, for its platform's rules, its cut-out engine and its endpoint.
    ``table``: the batch file, beside which pictures may lie.
    """

    defaults: Mapping[str, str]
    settings: Settings | None = None
    table: Path | None = None

    command = "image swap"
    version = "1"
    evidence = EVIDENCE

    def check(self) -> None:
        """Raise UsageFault where what holds for every row is wrong: the profile, a setting."""
        self._cells({})
        if self.settings and self.settings.cutout not in get_args(Matting):
            told = {"value": self.settings.cutout, "known": " ".join(get_args(Matting))}
            source = self.settings.sources["engines.cutout"]
            raise UsageFault("setting_value_unknown", key="engines.cutout", source=source, **told)

    def pool(self, rows: Iterable[Row]) -> Pool:
        """Where the rows are worked on: one that a model paints waits for it, others compute."""
        asked = {row.cells.get("engine") or self.defaults.get("engine", "") for row in rows}
        return "threads" if "openai" in {one.strip().lower() for one in asked} else "processes"

    def prepare(self, row: Row, out: Path) -> Job:
        """Check the cells and name the files; a template that is not there yet is made."""
        cells = self._cells(row.cells)
        read = read_cells(cells)
        read = read.with_files(given_file(file, self.table) for file in read.files)
        suffix = read.scene.suffix.lower()
        stem = cells.get("id") or read.scene.stem
        main = output_path(
            out, cells.get("out", ""), stem, suffix if suffix in _WRITABLE else ".png"
        )
        writer_for(main)
        outputs = {
            "out": main,
            "sidecar": sc.sidecar_path(main),
            "proof": main.with_name(main.stem + ".proof.jpg"),
        }
        engines = self._engines(read)
        read = remember(read)
        params = {**read.written(), **engines}
        return Job(stem, row.number, read.files, params, outputs)

    def run(self, job: Job, scratch: Mapping[str, Path]) -> Outcome:
        """Swap, judge, and write the three files."""
        cells = read_cells({name: str(value) for name, value in job.params.items()})
        done = self._finished(cells.with_files(job.inputs))
        scene, swapped, verdict = done.opened.scene, done.swapped, done.verdict
        packet = xmp_packet(done.marks)
        alpha = _transparency(scene, swapped.region, scratch["out"])
        write_picture(scratch["out"], swapped.rgb, alpha, dpi=scene.dpi, xmp=packet)
        before = _with_candidates(scene.rgb, done.opened.spots)
        strip = proof_strip(before, swapped.rgb, box=Box.around(swapped.region))
        write_picture(scratch["proof"], strip, quality=_PROOF_QUALITY)
        sc.write_sidecar(scratch["sidecar"], sidecar(done, job.outputs["out"].name, job.params))
        return Outcome(
            verdict.status,
            verdict.reason,
            {"path": _file_meant(cells, verdict.reason), **verdict.values},
            evidence(done),
            done.warnings,
            tuple(scratch),
        )

    def verify(self, kind: str, path: Path) -> None:
        """Open what was written."""
        if kind == "sidecar":
            sc.read_sidecar(path)
        else:
            verify_picture(path)

    def _cells(self, given: Mapping[str, str]) -> dict[str, str]:
        """The row's cells over the command line's, over the platform's rules."""
        said = [self.defaults, given]
        if self.settings:
            shop = {"profile": self.settings.platform, "cutout": self.settings.cutout}
            said.insert(0, shop)
        cells = {name: cell for cells in said for name, cell in cells.items() if cell.strip()}
        folder = self.settings.folder if self.settings else None
        return {**_rules(cells.get("profile", ""), folder), **cells}

    def _engines(self, cells: Cells) -> dict[str, str]:
        """The engines that a row takes, as they count. Raises EngineMissing before any row."""
        if cells.cutout == "rembg":
            finder(cells.model)
        if cells.remove:
            OnnxEraser(cells.remove)
        there = weights.find_model(cells.model) is not None
        asked = cells.cutout == "rembg" or (cells.cutout == "auto" and there)
        engines = {"cutout_model": cells.model if asked else ""}
        if cells.engine == "openai":
            editor = self._editor()
            engines |= {"edit_url": editor.base_url, "edit_model": editor.model}
        return {name: value for name, value in engines.items() if value}

    def _editor(self) -> OpenaiEditor:
        return openai_editor(self.settings or load_settings())

    def _finished(self, cells: Cells) -> Finished:
        opened = open_row(cells)
        how = Options(cells.color, cells.fit, cells.max_delta_e, cells.remove or "local")
        swapped = swap(opened.scene, opened.spots, how)
        if cells.engine == "openai":
            editor = self._editor()
            edit = repaint(editor, opened.scene, opened.spots, swapped)
            verdict = judge_edit(opened.spots, edit.swapped, edit.check)
            shown, made = labelled(edit.swapped, producer(editor))
            return Finished(opened, shown, verdict, edit, made)
        verdict = judge(opened.spots, swapped)
        if cells.remove and swapped.filled.method == "model":
            shown, made = labelled(swapped, f"local/{cells.remove.stem}")
            return Finished(opened, shown, verdict, made=made)
        return Finished(opened, swapped, verdict)


@cache
def _rules(profile: str, shop: Path | None) -> dict[str, str]:
    """What a platform's main-image rules say of a swap, as cells."""
    if not profile:
        return {}
    rules = load_profile(profile, shop).rules
    return {name: str(rules[name].value) for name in ("color", "max_delta_e") if name in rules}


def _transparency(scene: Picture, region: Mask, out: Path) -> NDArray[np.uint8] | None:
    """The scene's own transparency, what was swapped opaque; none where the file cannot hold it."""
    if scene.alpha is None or out.suffix.lower() in _OPAQUE:
        return None
    return np.where(region, np.uint8(255), scene.alpha)


def _file_meant(cells: Cells, reason: str) -> str:
    """The file that a reason speaks of."""
    meant = cells.template if reason == "template_other_scene" else cells.products[0]
    return Path(meant or "").name


def _with_candidates(scene: Rgb, spots: Iterable[Spot]) -> Rgb:
    """The scene with the places drawn that a person may choose from, where one is not sure."""
    unsure = [spot.place for spot in spots if not spot.place.sure]
    if not unsure:
        return scene
    drawn = scene.copy()
    thick = max(2, round(max(scene.shape[:2]) / 300))
    for place in unsure:
        boxes = (place.others or (place.box,))[: len(_CANDIDATES)]
        for box, colour in zip(boxes[::-1], _CANDIDATES[: len(boxes)][::-1], strict=True):
            cv2.rectangle(drawn, box, colour, thick)
    return drawn
