"""A row's pictures, opened: the scene, and for each place the product that comes into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import numpy as np

from shopkit.errors import InputRefused
from shopkit.image import sidecar as sc
from shopkit.image.cutout import Engine as Matting
from shopkit.image.cutout import cut_out
from shopkit.image.locate import Place, find_old
from shopkit.image.matte import Matte
from shopkit.image.oldmask import OldProduct, mask_old
from shopkit.image.pair import Pair, split_pair, toe_of
from shopkit.image.pick import find_at, find_salient_object
from shopkit.image.picture import Alpha, Box, Picture, Rgb
from shopkit.image.provenance import Marks, read_marks
from shopkit.image.read import read_picture
from shopkit.image.spot import Spot
from shopkit.image.swap_cells import MIRROR, Cells, check_places
from shopkit.image.template import Remembered, load_template, save_template
from shopkit.runtime.files import sha256

_LEAST_BOX = 8  # px
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Opened:
    """A row's scene and spots; which of the products are turned left to right; what is told of
    every file; the marks of those that stay visible.
    """

    scene: Picture
    spots: tuple[Spot, ...]
    mirrored: tuple[bool, ...]
    inputs: tuple[sc.Input, ...]
    marks: tuple[Marks, ...]


def open_row(cells: Cells) -> Opened:
    """Open all pictures of a row and find its places. Raises InputRefused, EngineMissing."""
    desk = _Desk(cells)
    products = desk.products()
    olds, masks = desk.olds(), desk.masks()
    if cells.template is not None:
        desk.inputs.append(sc.Input("template", cells.template.name, sha256(cells.template)))
        places = list(load_template(cells.template, desk.scene))
    else:
        places = _sought(desk.scene, cells, olds, masks)
    turned = _turned(cells)
    feet: list[OldProduct] = []
    if len(products) == 2 and len(places) == 1:
        pair = _pair(desk.scene, places[0], _nth(olds, 0))
        feet = [pair.left.seen, pair.right.seen]
        places = [Remembered(replace(places[0].place, box=one.box, matrix=None)) for one in feet]
        if pair.mirrored and toe_of(products[0].alpha) == pair.right.toe:
            products, turned = products[::-1], turned[::-1]
    check_places("product", len(products), len(places))
    check_places("old", len(olds), len(places))
    spots = tuple(
        Spot(_nth(products, n) or products[0], one.place, _nth(olds, n), one.mask, _nth(feet, n))
        for n, one in enumerate(places)
    )
    shown = (cells.scene, *(Path(one) for one in cells.products if one != MIRROR))
    mirrored = tuple(turned[n if len(turned) > 1 else 0] for n in range(len(spots)))
    return Opened(desk.scene, spots, mirrored, tuple(desk.inputs), tuple(map(read_marks, shown)))


def remember(cells: Cells) -> Cells:
    """Write the template that a row names, where it can: the places are given or surely found.

    A template that is there stays, unless the row itself points out where the old product is.
    Returns the row with its template where it takes its places from there, else without.
    """
    path = cells.template
    if path is None or (path.is_file() and not cells.points_out):
        return cells
    alone = replace(cells, template=None)
    desk = _Desk(alone)
    places = _sought(desk.scene, alone, desk.olds(), desk.masks())
    if not all(one.place.sure for one in places):
        return alone
    if path.is_file():
        _check_template(path, desk.scene)
    try:
        save_template(path, desk.scene, places)
    except OSError as error:
        raise InputRefused("template_unwritable", path=path, error=error.strerror) from None
    return alone if cells.points_out else cells


def _check_template(path: Path, scene: Picture) -> None:
    """Raise InputRefused ``template_unreadable`` for another kind of file: it is left alone."""
    try:
        load_template(path, scene)
    except InputRefused as refused:
        if refused.code != "template_other_scene":
            raise


class _Desk:
    """Opens a row's pictures and notes each as an input of the side-car."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self.scene = read_picture(cells.scene)
        self.inputs = [sc.Input.of("scene", self.scene)]

    def products(self) -> list[Matte]:
        """The product for each place; ``mirror`` is the one before, left and right turned."""
        mattes: list[Matte] = []
        for one in self._cells.products:
            if one == MIRROR:
                mattes.append(_mirrored(mattes[-1]))
            else:
                matte = self._photo("product", Path(one))
                mattes.append(_mirrored(matte) if self._cells.flip else matte)
        return mattes

    def olds(self) -> list[Matte]:
        """The old products' own photos, cut out."""
        return [self._photo("old", path) for path in self._cells.old]

    def masks(self) -> list[Alpha]:
        """The old products' pixels where a person gave them."""
        pictures = [read_picture(path) for path in self._cells.masks]
        self.inputs += [sc.Input.of("mask", picture) for picture in pictures]
        return [_mask(picture, self.scene) for picture in pictures]

    def _photo(self, role: str, path: Path) -> Matte:
        try:
            digest = sha256(path)
        except OSError:
            digest = ""  # reading it says in words what is wrong
        if digest == self.scene.sha256:
            raise InputRefused("scene_is_product", path=path.name)
        noted, matte = _cut(path, digest, self._cells.cutout, self._cells.model)
        self.inputs.append(replace(noted, role=role))
        return matte


def _sought(
    scene: Picture, cells: Cells, olds: Sequence[Matte], masks: Sequence[Alpha]
) -> list[Remembered]:
    sought = []
    for n in range(cells.places):
        old, mask = _nth(olds, n), _nth(masks, n)
        place = _place(scene, _nth(cells.boxes, n), _nth(cells.points, n), old, mask)
        sought.append(Remembered(place, mask))
    return sought


def _place(
    scene: Picture,
    box: tuple[int, ...] | None,
    point: tuple[int, ...] | None,
    old: Matte | None,
    mask: Alpha | None,
) -> Place:
    """Where the old product is, by the surest thing that was said of it."""
    if mask is not None:
        return Place(_around(mask), how="mask")
    if box is not None:
        inside = _inside(Box(*box), scene.size)
        if min(inside.w, inside.h) < _LEAST_BOX:
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


def _pair(scene: Picture, found: Remembered, old: Matte | None) -> Pair:
    """The two feet in a place that holds a worn pair.

    Raises InputRefused ``pair_not_found`` where no two feet can be told apart there.
    """
    place = found.place
    seen = mask_old(scene, place.box, old=old, matrix=place.matrix, mask=found.mask)
    pair = split_pair(scene.rgb, place.box, seen)
    if pair is None:
        raise InputRefused("pair_not_found", scene=scene.path.name)
    return pair


def _inside(box: Box, size: tuple[int, int]) -> Box:
    """The part of a box that lies in the scene; of no size where none does."""
    x0, y0 = max(0, box.x), max(0, box.y)
    x1, y1 = min(size[0], box.x + box.w), min(size[1], box.y + box.h)
    return Box(x0, y0, max(0, x1 - x0), max(0, y1 - y0))


@lru_cache(maxsize=2)
def _cut(path: Path, digest: str, engine: Matting, model: str) -> tuple[sc.Input, Matte]:
    """The cut-out of a photo; forty scenes with one shoe cut it out once."""
    del digest  # tells the cache that the file is another now
    picture = read_picture(path)
    return sc.Input.of("", picture), cut_out(picture, engine=engine, model=model)


def _turned(cells: Cells) -> list[bool]:
    """Which of the row's products show their photo turned left to right."""
    turned: list[bool] = []
    for one in cells.products:
        turned.append(not turned[-1] if one == MIRROR else cells.flip)
    return turned


def _mirrored(matte: Matte) -> Matte:
    return replace(
        matte,
        alpha=np.ascontiguousarray(matte.alpha[:, ::-1]),
        colour=np.ascontiguousarray(matte.colour[:, ::-1]),
    )


def _nth(values: Sequence[_T], n: int) -> _T | None:
    """The one for all places, or the one for place ``n``."""
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


def _around(mask: Alpha) -> Box:
    found = Box.around(mask, 0.5)
    assert found is not None  # _mask refused an empty one
    return found
