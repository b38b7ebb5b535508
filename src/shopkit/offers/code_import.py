"""Read a list of codes in use elsewhere into the state, so that no batch ever draws one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from shopkit.errors import InputRefused, ShopkitError
from shopkit.offers import codes
from shopkit.offers.code_store import add, by_width, holders
from shopkit.runtime.state import State
from shopkit.runtime.table import Table, read_table

if TYPE_CHECKING:
    import pandas as pd

_HEADERS = ("code", "codes", "coupon_code", "discount_code", "优惠码", "优惠券码", "券码", "兑换码")
_CODE = re.compile(r"[^\s\x00-\x1f\ud800-\udfff]{1,255}")


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a list: ``added`` codes are new, ``before`` were read in by an earlier list.

    ``faults``, in the order of their lines: twice in the list (``code_twice``), given out by us
    (``code_ours``, with the batch that has it), no code (``code_unreadable``), a spoilt cell.
    """

    source: str
    added: int
    before: int
    faults: tuple[ShopkitError, ...]


def import_codes(
    state: State,
    source: Path | str | pd.DataFrame,
    *,
    encoding: str | None = None,
    names: Mapping[str, str] | None = None,
) -> Imported:
    """Read a list: a table with a column of codes, or a plain file with a code a line.

    Compared with case folded. A code that is ours stays its batch's. All or nothing; the same
    list again adds none. ``names``: batch -> what people call it, for messages. Raises
    InputRefused for a file that cannot be read or has several columns and no code among them.
    """
    table = read_table(source, encoding=encoding, aliases=dict.fromkeys(_HEADERS, "code"))
    places, faults = _listed(table)
    with state.transaction():
        before = 0
        for batch, imported, found in holders(state, list(places)):
            if imported:
                before += len(found)
            for code in found:
                line = places.pop(code)
                if not imported:
                    name = (names or {}).get(batch, batch)
                    told = _told(table.source, line, code)
                    faults[line] = InputRefused("code_ours", batch=name, **told)
        for texts in by_width(places).values():
            width = len(texts[0])
            matrix = np.frombuffer(b"".join(texts), np.uint8).reshape(-1, width)
            add(state, table.source, matrix)
    ordered = tuple(faults[line] for line in sorted(faults))
    return Imported(table.source, len(places), before, ordered)


def _listed(table: Table) -> tuple[dict[str, int], dict[int, ShopkitError]]:
    """Code -> line, and what is wrong by line."""
    places: dict[str, int] = {}
    faults: dict[int, ShopkitError] = {}
    for line, cell, fault in _cells(table):
        code = codes.fold(cell)
        told = _told(table.source, line, cell)
        if fault is not None:
            faults[line] = fault
        elif not _CODE.fullmatch(code):
            faults[line] = InputRefused("code_unreadable", **told)
        elif code in places:
            faults[line] = InputRefused("code_twice", first=places[code], **told)
        else:
            places[code] = line
    return places, faults


def _told(file: str, line: int, code: str) -> dict[str, object]:
    return {"file": file, "line": line, "column": "code", "value": code}


def _cells(table: Table) -> Iterator[tuple[int, str, ShopkitError | None]]:
    """(line, cell, fault) of the column of codes; a list without a header has a code there."""
    column = "code"
    if column not in table.columns:
        if len(table.columns) > 1:
            raise InputRefused("table_column_missing", file=table.source, columns=column)
        column = table.columns[0]
        yield 1, column, None
    for row in table.rows:
        yield row.line or row.number, row.cells[column], row.fault
