"""Read tables that have typed cells: spreadsheets and DataFrames, turned into text cells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO

from shopkit.errors import InputRefused
from shopkit.runtime.cells import number_text, too_long
from shopkit.runtime.records import Raw, Record, digits_lost

if TYPE_CHECKING:
    import pandas as pd


def read_workbook(stream: BinaryIO, name: str) -> Raw:
    """Read the first sheet of an xlsx or xls file; lines are the sheet's own row numbers."""
    import python_calamine

    try:
        book = python_calamine.load_workbook(stream)
        lines = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, IndexError, OSError) as error:
        raise InputRefused("workbook_broken", file=name, error=error) from None
    top = next((place for place, line in enumerate(lines) if any(map(_text, line))), len(lines))
    header = [_text(cell) for cell in lines[top]] if top < len(lines) else []
    return Raw(name, header, list(_records(lines[top + 1 :], header, name, first=top + 2)))


def read_frame(frame: pd.DataFrame) -> Raw:
    """Read a DataFrame by its columns; the index is not a column."""
    name = "DataFrame"
    header = [str(column) for column in frame.columns]
    lines = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    return Raw(name, header, list(_records(lines, header, name, first=1, whole=True)))


def _records(
    lines: Sequence[Sequence[object]], header: list[str], name: str, first: int, whole: bool = False
) -> Iterator[Record]:
    """Text records from ``first`` on; ``whole``: integers are exact (a spreadsheet's are not)."""
    for number, line in enumerate(lines, start=first):
        lost = next((place for place, cell in enumerate(line) if _digits_gone(cell, whole)), None)
        fault = None
        if lost is not None:
            column = header[lost] if lost < len(header) else str(lost + 1)
            fault = digits_lost(name, number, column, str(line[lost]))
        yield Record(number, [_text(cell) for cell in line], fault)


def _digits_gone(cell: object, whole: bool) -> bool:
    kinds = float if whole else (float, int)
    return isinstance(cell, kinds) and too_long(cell)


def _text(cell: object) -> str:
    """A typed cell as a person wrote it; None, NaN and NaT are empty."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return number_text(cell)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ")
    return str(cell)
