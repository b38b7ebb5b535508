"""What a table's cells say about pictures, in types; a wrong one is refused by column and value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

from shopkit.errors import InputRefused

_Choice = TypeVar("_Choice", bound=str)
_YES, _NO = ("1", "true", "yes", "y", "是"), ("", "0", "false", "no", "n", "否")
_COLOURS = {"white": (255, 255, 255), "白": (255, 255, 255), "白色": (255, 255, 255)}


def choice(
    cells: Mapping[str, str], column: str, known: tuple[_Choice, ...], default: _Choice
) -> _Choice:
    """One of ``known`` words, in any case."""
    said = cells.get(column, "").strip().lower()
    if not said:
        return default
    for one in known:
        if one == said:
            return one
    raise InputRefused("cell_unknown", column=column, value=cells[column], known=" ".join(known))


def yes_no(cells: Mapping[str, str], column: str) -> bool:
    """A switch: yes, no, or empty for no."""
    said = cells.get(column, "").strip().lower()
    if said not in (*_YES, *_NO):
        raise InputRefused("cell_unknown", column=column, value=cells[column], known="yes no")
    return said in _YES


def share(cells: Mapping[str, str], column: str, most: float) -> float | None:
    """A share of 0 to ``most``, as ``8%`` or ``0.08``; None where empty."""
    said = cells.get(column, "").strip().replace("％", "%")
    if not said:
        return None
    try:
        value = float(said.rstrip("%")) / (100 if said.endswith("%") else 1)
    except ValueError:
        value = -1.0
    if not 0 <= value <= most:
        form = f"0-{most:.0%}"
        raise InputRefused("cell_not_numbers", column=column, value=cells[column], form=form)
    return value


def size(cells: Mapping[str, str], column: str, most: int) -> tuple[int, int] | None:
    """Width and height in pixels, as ``800`` or ``800x1000``; None where empty."""
    said = cells.get(column, "").strip().lower().replace("×", "x").replace("*", "x")
    if not said:
        return None
    found = re.fullmatch(r"(\d{1,5})(?:x(\d{1,5}))?", said)
    pair = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not all(0 < side <= most for side in pair):
        raise InputRefused("cell_not_numbers", column=column, value=cells[column], form="800x1000")
    return pair


def box(cells: Mapping[str, str], column: str) -> tuple[int, int, int, int] | None:
    """``X,Y,W,H`` in whole pixels, W and H above zero; None where empty."""
    said = cells.get(column, "").strip().replace("，", ",")
    if not said:
        return None
    try:
        x, y, w, h = (round(float(part)) for part in said.split(","))
    except (ValueError, OverflowError):
        x, y, w, h = 0, 0, 0, 0
    if w <= 0 or h <= 0:
        raise InputRefused("cell_not_numbers", column=column, value=cells[column], form="X,Y,W,H")
    return x, y, w, h


def colour(cells: Mapping[str, str], column: str) -> tuple[int, int, int] | None:
    """``#RRGGBB`` or ``white``; None for ``transparent`` (透明) or where empty."""
    said = cells.get(column, "").strip().lower()
    if said in ("", "transparent", "透明"):
        return None
    if said in _COLOURS:
        return _COLOURS[said]
    found = re.fullmatch(r"#?([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})", said)
    if not found:
        known = "white transparent #RRGGBB"
        raise InputRefused("cell_unknown", column=column, value=cells[column], known=known)
    return int(found[1], 16), int(found[2], 16), int(found[3], 16)
