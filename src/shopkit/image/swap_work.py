"""Swaps as rows of a batch: a row's cells in, picture, side-car and proof strip out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from shopkit.errors import InputRefused
from shopkit.image import sidecar as sc
from shopkit.image.cutout import Engine as Matting
from shopkit.image.cutout import cut_out
from shopkit.image.judge import judge
from shopkit.image.locate import Place, find_at, find_old, find_salient_object
from shopkit.image.matte import Matte
from shopkit.image.picture import Alpha, Box, Picture, Rgb
from shopkit.image.proof import proof_strip
from shopkit.image.read import read_picture
from shopkit.image.saliency import DEFAULT_MODEL
from shopkit.image.swap import Options, Spot, swap
from shopkit.image.swap_cells import MIRROR, Cells, read_cells
from shopkit.image.swap_record import EVIDENCE, evidence, sidecar
from shopkit.image.write import verify_picture, write_picture, writer_for
from shopkit.runtime.job import Job, Outcome, Row
from shopkit.runtime.names import output_path
from shopkit.runtime.profiles import load_profile

_PROOF_QUALITY = 85


@dataclass(frozen=True, slots=True)
class SwapWork:
    """``image swap`` for the batch runner. ``defaults``: cells for columns that a row leaves
    empty (the options of the command line, the profile's rules).
    """

    defaults: Mapping[str, str]
    matting: Matting = "auto"
    model: str = DEFAULT_MODEL
    model_path: Path | None = None

    command = "image swap"
    version = "1"
    evidence = EVIDENCE

    def prepare(self, row: Row, out: Path) -> Job:
        """Check the cells and name the files; nothing is opened yet."""
        given = {name: cell for name, cell in row.cells.items() if cell}
        said = {**{name: cell for name, cell in self.defaults.items() if cell}, **given}
        cells = {**_rules(said.get("profile", "")), **said}
        read = read_cells(cells)
        stem = cells.get("id") or read.scene.stem
        suffix = read.scene.suffix.lower()
        main = output_path(out, cells.get("out", ""), stem, suffix if _writable(suffix) else ".png")
        writer_for(main)
        outputs = {
            "out": main,
            "sidecar": sc.sidecar_path(main),
            "proof": main.with_name(main.stem + ".proof.jpg"),
        }
        photos = [Path(one) for one in read.products if one != MIRROR]
        inputs = [read.scene, *photos, *read.old, *read.masks]
        params = {**_counting(cells), "matting": self.matting, "model": self.model}
        return Job(cells.get("id") or stem, row.number, tuple(inputs), params, outputs)

    def run(self, job: Job, scratch: Mapping[str, Path]) -> Outcome:
        """Swap, judge, and write the three files."""
        cells = read_cells({name: str(value) for name, value in job.params.items()})
        desk = _Desk(self)
        scene = desk.open("scene", cells.scene)
        spots = _spots(desk, scene, cells)
        options = Options(cells.color or "adapt", cells.fit, cells.max_delta_e)
        swapped = swap(scene, spots, options)
        verdict = judge(spots, swapped)
        write_picture(scratch["out"], swapped.rgb, dpi=scene.dpi)
        box = Box.around(swapped.region)
        strip = proof_strip(scene.rgb, swapped.rgb, box=box)
        write_picture(scratch["proof"], strip, quality=_PROOF_QUALITY)
        name = job.outputs["out"].name
        record = sidecar(name, job.params, desk.inputs, scene.size, spots, swapped, verdict)
        sc.write_sidecar(scratch["sidecar"], record)
        return Outcome(
            verdict.status,
            verdict.reason,
            verdict.values,
            evidence(spots, swapped, verdict),
            verdict.reasons[1:],
            tuple(scratch),
        )

    def verify(self, kind: str, path: Path) -> None:
        """Open what was written."""
        if kind == "sidecar":
            sc.read_sidecar(path)
        else:
            verify_picture(path)


class _Desk:
    """Opens a row's pictures and notes each as an input of the side-car."""

    def __init__(self, work: SwapWork) -> None:
        self._work = work
        self.inputs: list[sc.Input] = []

    def open(self, role: str, path: Path) -> Picture:
        """The picture, noted under its role."""
        picture = read_picture(path)
        self.inputs.append(sc.Input.of(role, picture))
        return picture

    def matte(self, role: str, path: Path, scene: Picture) -> Matte:
        """The cut-out of a product photo."""
        picture = self.open(role, path)
        if picture.sha256 == scene.sha256:
            raise InputRefused("scene_is_product", path=path.name)
        return _cut(_Photo(picture), self._work.matting, self._work.model, self._work.model_path)


def _spots(desk: _Desk, scene: Picture, cells: Cells) -> list[Spot]:
    """One spot for each place that the row names."""
    products = _products(desk, scene, cells)
    olds = [desk.matte("old", path, scene) for path in cells.old]
    masks = [_mask(desk.open("mask", path), scene) for path in cells.masks]
    spots = []
    for n in range(cells.places):
        old, mask = _nth(olds, n), _nth(masks, n)
        place = _place(scene, _nth(cells.boxes, n), _nth(cells.points, n), old, mask)
        spots.append(Spot(products[n if len(products) > 1 else 0], place, old, mask))
    return spots


def _products(desk: _Desk, scene: Picture, cells: Cells) -> list[Matte]:
    """The product for each place; ``mirror`` is the one before, left and right turned."""
    mattes: list[Matte] = []
    for one in cells.products:
        if one == MIRROR:
            mattes.append(_mirrored(mattes[-1]))
            continue
        matte = desk.matte("product", Path(one), scene)
        mattes.append(_mirrored(matte) if cells.flip else matte)
    return mattes


class _Photo:
    """A picture that is equal to another of the same file content, so that a cache knows it."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Photo) and other.picture.sha256 == self.picture.sha256

    def __hash__(self) -> int:
        return hash(self.picture.sha256)


@lru_cache(maxsize=3)
def _cut(photo: _Photo, engine: Matting, model: str, model_path: Path | None) -> Matte:
    """The matte of a photo; forty scenes with one shoe cut it out once."""
    return cut_out(photo.picture, engine=engine, model=model, model_path=model_path)


def _mirrored(matte: Matte) -> Matte:
    return replace(
        matte,
        alpha=np.ascontiguousarray(matte.alpha[:, ::-1]),
        colour=np.ascontiguousarray(matte.colour[:, ::-1]),
    )


def _nth(values: Any, n: int) -> Any:  # noqa: ANN401  any list of one, or one for each place
    if not values:
        return None
    return values[n] if len(values) > 1 else values[0]


def _mask(picture: Picture, scene: Picture) -> Alpha:
    """A given mask: light is the old product; its transparency counts where it has any."""
    if picture.size != scene.size:
        sizes = {"size": "x".join(map(str, picture.size)), "scene": "x".join(map(str, scene.size))}
        raise InputRefused("mask_size", path=picture.path.name, **sizes)
    values: Rgb = picture.rgb.max(axis=2) if picture.alpha is None else picture.alpha
    mask = values.astype(np.float32) / np.float32(255)
    if Box.around(mask, 0.5) is None:
        raise InputRefused("mask_empty", path=picture.path.name)
    return mask


def _place(
    scene: Picture,
    box: tuple[int, ...] | None,
    point: tuple[int, ...] | None,
    old: Matte | None,
    mask: Alpha | None,
) -> Place:
    """Where the old product is, by the surest thing that was said of it."""
    if mask is not None:
        found = Box.around(mask, 0.5)
        assert found is not None  # _mask refused an empty one
        return Place(found, how="mask")
    if box is not None:
        inside = Box(*box).grown(0, scene.size)
        if inside.w < 8 or inside.h < 8:
            raise InputRefused("box_outside", box=",".join(map(str, box)), scene=scene.path.name)
        return Place(inside, how="box")
    if point is not None:
        place = find_at(scene, (point[0], point[1]))
    elif old is not None:
        place = find_old(scene, old)
    else:
        place = find_salient_object(scene)
    if place is None:
        raise InputRefused("old_not_found", scene=scene.path.name)
    return place


def _rules(profile: str) -> dict[str, str]:
    """What a platform's main-image rules say of a swap, as cells."""
    if not profile:
        return {}
    rules = load_profile(profile).rules
    return {name: str(rules[name].value) for name in ("color", "max_delta_e") if name in rules}


def _writable(suffix: str) -> bool:
    return suffix in (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff")


def _counting(cells: Mapping[str, str]) -> dict[str, object]:
    """The cells that decide the picture."""
    known = ("scene", "product", "old", "box", "point", "mask", "template", "color", "fit", "flip")
    return {name: cells[name] for name in (*known, "max_delta_e", "engine") if cells.get(name)}
