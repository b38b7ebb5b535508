"""Read tables that have typed cells: spreadsheets and DataFrames, turned into text cells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, BinaryIO

from shopkit.errors import InputRefused
from shopkit.runtime.cells import number_text, too_long
from shopkit.runtime.records import Raw, Record

if TYPE_CHECKING:
    import pandas as pd
    import python_calamine


_SEARCHED = 40  # rows of a sheet in which its header is looked for
Known = Callable[[Sequence[str]], int]


def read_workbook(stream: BinaryIO, name: str, known: Known | None = None) -> Raw:
    """Read an xlsx or xls file; lines are the sheet's own row numbers.

    ``known`` counts the known headers in a row: the first sheet with a row of two is read, from
    that row on. Without it, or where there is none: the first sheet, from its first row on.
    """
    import python_calamine

    try:
        book = python_calamine.load_workbook(stream)
        sheets = [_lines(book, place) for place in range(len(book.sheet_names) if known else 1)]
    except (python_calamine.CalamineError, IndexError, OSError) as error:
        raise InputRefused("workbook_broken", file=name, error=error) from None
    tops = [_top(lines, known) for lines in sheets]
    chosen = next((place for place, (_, found) in enumerate(tops) if found > 1), 0)
    lines, top = sheets[chosen], tops[chosen][0]
    header = lines[top] if top < len(lines) else []
    return Raw(name, header, _records(lines[top + 1 :], first=top + 2))


def read_frame(frame: pd.DataFrame) -> Raw:
    """Read a DataFrame by its columns; the index is not a column."""
    header = [str(column) for column in frame.columns]
    lines = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    return Raw("DataFrame", header, _records([_texts(line) for line in lines], first=1))


def _lines(book: python_calamine.CalamineWorkbook, place: int) -> list[list[str]]:
    cells = book.get_sheet_by_index(place).to_python(skip_empty_area=False)
    # A spreadsheet keeps 15 digits of any number, a whole one too.
    return [
        _texts([float(c) if isinstance(c, int) and too_long(c) else c for c in line])
        for line in cells
    ]


def _top(lines: list[list[str]], known: Known | None) -> tuple[int, int]:
    """Where the header stands, and how many headers are known there."""
    first = next((place for place, line in enumerate(lines) if any(line)), len(lines))
    if known is None:
        return first, 0
    counts = [known(line) for line in lines[:_SEARCHED]]
    most = max(counts, default=0)
    return (counts.index(most), most) if most else (first, 0)


def _records(lines: Sequence[list[str]], first: int) -> list[Record]:
    return [Record(number, line) for number, line in enumerate(lines, start=first)]


def _texts(line: Sequence[object]) -> list[str]:
    return [_text(cell) for cell in line]


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
