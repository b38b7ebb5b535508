"""What the cells of a swap's row say, checked before any picture is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar, get_args

from shopkit.errors import InputRefused
from shopkit.image.place import Fit
from shopkit.image.swap import Color

MIRROR = "mirror"
"""In the place of a product photo: the photo before it, left and right turned."""

Engine = Literal["local", "openai"]
ALIASES = {
    "场景图": "scene",
    "商品图": "product",
    "旧商品图": "old",
    "框": "box",
    "蒙版": "mask",
    "点": "point",
    "模板": "template",
    "色彩": "color",
    "输出": "out",
    "编号": "id",
}
"""Chinese headers of a swap's batch file."""

_Choice = TypeVar("_Choice", bound=str)
_TRUE, _FALSE = ("1", "true", "yes", "y", "是"), ("", "0", "false", "no", "n", "否")


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
    color: Color | None
    fit: Fit
    flip: bool
    max_delta_e: float | None
    engine: Engine

    @property
    def places(self) -> int:
        """How many places the row names; one where it names none."""
        return max(len(self.old), len(self.boxes), len(self.points), len(self.masks), 1)


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
        color=_choice("color", cells.get("color", ""), get_args(Color), None),
        fit=_choice("fit", cells.get("fit", ""), get_args(Fit), "contain") or "contain",
        flip=_yes_no("flip", cells.get("flip", "")),
        max_delta_e=_number("max_delta_e", cells.get("max_delta_e", "")),
        engine=_choice("engine", cells.get("engine", ""), get_args(Engine), "local") or "local",
    )
    _check_counts(read)
    return read


def joined(values: list[str] | None) -> str:
    """Several values of a repeated option in one cell, as ``read_cells`` takes them apart."""
    return "\n".join(values or [])


def _check_counts(read: Cells) -> None:
    """Each list names one thing, or one for each place; a mirrored photo has one before it."""
    for column in ("old", "boxes", "points", "masks", "products"):
        count = len(getattr(read, column))
        if count not in (0, 1, read.places):
            raise InputRefused("places_differ", column=column, count=count, places=read.places)
    if read.products[0] == MIRROR:
        raise InputRefused("mirror_of_nothing")


def _several(cell: str) -> tuple[str, ...]:
    """Values apart: by line, else by semicolon."""
    mark = "\n" if "\n" in cell else ";"
    return tuple(one.strip() for one in cell.split(mark) if one.strip())


def _needed(cells: Mapping[str, str], column: str) -> str:
    if not cells.get(column, "").strip():
        raise InputRefused("cell_empty", column=column)
    return cells[column]


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


def _choice(
    column: str, cell: str, known: tuple[_Choice, ...], default: _Choice | None
) -> _Choice | None:
    if not cell:
        return default
    for one in known:
        if one == cell.strip().lower():
            return one
    raise InputRefused("cell_unknown", column=column, value=cell, known=" ".join(known))


def _yes_no(column: str, cell: str) -> bool:
    said = cell.strip().lower()
    if said in _TRUE:
        return True
    if said in _FALSE:
        return False
    raise InputRefused("cell_unknown", column=column, value=cell, known="yes no")
