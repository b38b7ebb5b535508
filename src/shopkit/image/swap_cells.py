"""What the cells of a swap's row say, checked before any picture is opened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from shopkit.errors import InputRefused
from shopkit.image.cell_values import choice, yes_no
from shopkit.image.cutout import Engine as Matting
from shopkit.image.place import Fit
from shopkit.image.saliency import DEFAULT_MODEL
from shopkit.image.spot import Color

MIRROR = "mirror"
"""In the place of a product photo: the photo before it, left and right turned."""

Engine = Literal["local", "openai"]
ALIASES = {
    "场景图": "scene",
    "商品图": "product",
    "旧商品图": "old",
    "框": "box",
    "点": "point",
    "蒙版": "mask",
    "模板": "template",
    "色彩": "color",
    "最大色差": "max_delta_e",
    "适应": "fit",
    "翻转": "flip",
    "引擎": "engine",
    "抠图": "cutout",
    "去除模型": "remove",
    "平台": "profile",
    "输出": "out",
    "编号": "id",
}
"""Chinese headers of a swap's batch file."""


@dataclass(frozen=True, slots=True)
class Cells:
    """One row in types. Lists have one entry a place; ``products`` may hold ``mirror``."""

    scene: Path
    products: tuple[str, ...]
    old: tuple[Path, ...]
    boxes: tuple[tuple[int, ...], ...]
    points: tuple[tuple[int, ...], ...]
    masks: tuple[Path, ...]
    template: Path | None
    color: Color
    fit: Fit
    flip: bool
    max_delta_e: float | None
    engine: Engine
    cutout: Matting
    model: str
    remove: Path | None

    @property
    def places(self) -> int:
        """How many places the row names; one where it names none."""
        return max(len(self.old), len(self.boxes), len(self.points), len(self.masks), 1)

    @property
    def points_out(self) -> bool:
        """Whether the row itself says where the old product is."""
        return bool(self.boxes or self.points or self.masks)

    @property
    def files(self) -> tuple[Path, ...]:
        """All files of the row: scene, products, old ones, masks, template, model."""
        photos = (Path(one) for one in self.products if one != MIRROR)
        more = (one for one in (self.template, self.remove) if one)
        return (self.scene, *photos, *self.old, *self.masks, *more)

    def with_files(self, files: Iterable[Path]) -> Cells:
        """The same with other paths, in the order of ``files``."""
        left = iter(files)
        return replace(
            self,
            scene=next(left),
            products=tuple(one if one == MIRROR else str(next(left)) for one in self.products),
            old=tuple(next(left) for _ in self.old),
            masks=tuple(next(left) for _ in self.masks),
            template=next(left) if self.template else None,
            remove=next(left) if self.remove else None,
        )

    def written(self) -> dict[str, str]:
        """The row as cells again, all that decides the picture: files by name, no defaults left."""
        cells = {
            "scene": self.scene.name,
            "product": joined([one if one == MIRROR else Path(one).name for one in self.products]),
            "old": joined([path.name for path in self.old]),
            "box": joined([",".join(map(str, box)) for box in self.boxes]),
            "point": joined([",".join(map(str, point)) for point in self.points]),
            "mask": joined([path.name for path in self.masks]),
            "template": self.template.name if self.template else "",
            "color": self.color,
            "fit": self.fit,
            "flip": "yes" if self.flip else "",
            "max_delta_e": "" if self.max_delta_e is None else f"{self.max_delta_e:g}",
            "engine": self.engine,
            "cutout": self.cutout,
            "model": self.model,
            "remove": self.remove.name if self.remove else "",
        }
        return {name: cell for name, cell in cells.items() if cell}


def read_cells(cells: Mapping[str, str]) -> Cells:
    """Read a row. Raises InputRefused naming the column and the value that is wrong."""
    read = Cells(
        scene=Path(_needed(cells, "scene")),
        products=_several(_needed(cells, "product")),
        old=tuple(map(Path, _several(cells.get("old", "")))),
        boxes=tuple(_numbers("box", one, 4) for one in _several(cells.get("box", ""))),
        points=tuple(_numbers("point", one, 2) for one in _several(cells.get("point", ""))),
        masks=tuple(map(Path, _several(cells.get("mask", "")))),
        template=Path(cells["template"]) if cells.get("template") else None,
        color=choice(cells, "color", get_args(Color), "adapt"),
        fit=choice(cells, "fit", get_args(Fit), "contain"),
        flip=yes_no(cells, "flip"),
        max_delta_e=_number("max_delta_e", cells.get("max_delta_e", "")),
        engine=choice(cells, "engine", get_args(Engine), "local"),
        cutout=choice(cells, "cutout", get_args(Matting), "auto"),
        model=cells.get("model", "").strip() or DEFAULT_MODEL,
        remove=Path(cells["remove"]) if cells.get("remove") else None,
    )
    _check_counts(read)
    return read


def joined(values: Sequence[str] | None) -> str:
    """Several values of a repeated option in one cell, as ``read_cells`` takes them apart."""
    return "\n".join(values or [])


def check_places(column: str, count: int, places: int) -> None:
    """Raise InputRefused unless there is one thing for all places, or one for each."""
    if count not in (0, 1, places):
        raise InputRefused("places_differ", column=column, count=count, places=places)


def _check_counts(read: Cells) -> None:
    """Each list names one thing, or one for each place; a mirrored photo has one before it."""
    check_places("old", len(read.old), read.places)
    check_places("box", len(read.boxes), read.places)
    check_places("point", len(read.points), read.places)
    check_places("mask", len(read.masks), read.places)
    one_for_two = read.places == 1 and len(read.products) == 2  # a pair: its place is parted
    if not one_for_two and (read.template is None or read.points_out):  # else the template says
        check_places("product", len(read.products), read.places)
    if read.products[0] == MIRROR:
        raise InputRefused("mirror_of_nothing")


def _several(cell: str) -> tuple[str, ...]:
    """Values apart: by line, else by semicolon."""
    parts = cell.split("\n") if "\n" in cell else cell.replace("；", ";").split(";")
    return tuple(one.strip() for one in parts if one.strip())


def _needed(cells: Mapping[str, str], column: str) -> str:
    if not _several(cells.get(column, "")):
        raise InputRefused("cell_empty", column=column)
    return cells[column].strip()


def _numbers(column: str, cell: str, count: int) -> tuple[int, ...]:
    """``X,Y,W,H`` or ``X,Y`` as whole numbers; sizes above zero."""
    try:
        numbers = tuple(round(float(part)) for part in cell.replace("，", ",").split(","))
    except (ValueError, OverflowError):
        numbers = ()
    if len(numbers) != count or any(size <= 0 for size in numbers[2:]):
        form = "X,Y,W,H" if count == 4 else "X,Y"
        raise InputRefused("cell_not_numbers", column=column, value=cell, form=form)
    return numbers


def _number(column: str, cell: str) -> float | None:
    if not cell:
        return None
    try:
        value = float(cell)
    except ValueError:
        value = float("nan")
    if not 0 < value < 100:
        raise InputRefused("cell_not_numbers", column=column, value=cell, form="0 < N < 100")
    return value
