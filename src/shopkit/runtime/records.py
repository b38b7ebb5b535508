"""What every table reader hands on: records of text cells with their line, and the raw header."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from shopkit.errors import InputRefused, ShopkitError


class Record(NamedTuple):
    """One line as it was read, before the header gives the cells their names."""

    line: int
    cells: list[str]
    fault: ShopkitError | None = None


class Raw(NamedTuple):
    """What a reader found: where, its header cells, its records, and whether the codec is sure."""

    source: str
    header: list[str]
    records: Iterable[Record]
    sure: bool = True
    encoding: str = ""  # of a text table


def digits_lost(source: str, line: int, column: str, value: str) -> InputRefused:
    """The fault of a long number that a spreadsheet has rounded."""
    return InputRefused("digits_lost", file=source, line=line, column=column, value=value)
