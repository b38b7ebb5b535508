"""Write tables that people open: CSV for spreadsheets, XLSX, JSONL, whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from shopkit.errors import UsageFault
from shopkit.runtime.cells import guarded, too_long
from shopkit.runtime.files import write_bytes
from shopkit.runtime.job import Figure

Cells = Mapping[str, Figure]
_LONGEST_XLSX = 32767  # characters that a spreadsheet cell holds


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Cells]) -> None:
    """Write rows under these columns, in the format of the suffix: .csv, .tsv, .xlsx, .jsonl.

    Text that a spreadsheet would run as a formula gets a leading ``'`` (not in JSONL); ids stay
    text. Raises UsageFault for another suffix.
    """
    write_bytes(path, render(path.suffix, columns, rows))


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Cells]) -> None:
    """Write rows as a CSV for spreadsheets, one after the other: they need not fit in memory."""
    with path.open("w", encoding="utf-8-sig", errors="replace", newline="") as file:
        _separate(file, columns, rows, ",")


def render(suffix: str, columns: Sequence[str], rows: Iterable[Cells]) -> bytes:
    """The bytes of such a file; the same rows give the same bytes."""
    match suffix.lower():
        case ".csv":
            return _separated(columns, rows, ",")
        case ".tsv":
            return _separated(columns, rows, "\t")
        case ".jsonl":
            return _json_lines(columns, rows)
        case ".xlsx":
            return _workbook(columns, rows)
    raise UsageFault("table_suffix_unknown", suffix=suffix)


def cell_text(value: Figure) -> str:
    """A value as a cell shows it: None is empty, true and false are small, numbers are bare."""
    if value is None or value != value:  # noqa: PLR0124 - only NaN differs from itself
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _separated(columns: Sequence[str], rows: Iterable[Cells], delimiter: str) -> bytes:
    text = io.StringIO(newline="")
    _separate(text, columns, rows, delimiter)
    return text.getvalue().encode("utf-8-sig", errors="replace")  # spreadsheets need the mark


def _separate(text: TextIO, columns: Sequence[str], rows: Iterable[Cells], delimiter: str) -> None:
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow([guarded(column) for column in columns])
    for row in rows:
        writer.writerow([_safe(row.get(column)) for column in columns])


def _safe(value: Figure) -> str:
    text = cell_text(value)
    return guarded(text) if isinstance(value, str) else text


def _json_lines(columns: Sequence[str], rows: Iterable[Cells]) -> bytes:
    lines = [
        json.dumps({column: row.get(column) for column in columns}, ensure_ascii=False) + "\n"
        for row in rows
    ]
    return "".join(lines).encode(errors="replace")


def _workbook(columns: Sequence[str], rows: Iterable[Cells]) -> bytes:
    import datetime as dt

    import xlsxwriter

    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    book.set_properties(
        {"created": dt.datetime(2000, 1, 1)}
    )  # a fixed stamp: same rows, same bytes
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    header: Cells = {column: column for column in columns}
    for line, row in enumerate([header, *rows]):
        for place, column in enumerate(columns):
            value = row.get(column)
            if _is_number(value):
                sheet.write_number(line, place, value)
            else:
                sheet.write_string(line, place, _safe(value)[:_LONGEST_XLSX])
    book.close()
    return content.getvalue()


def _is_number(value: Figure) -> bool:
    """Whether a spreadsheet holds the value as a number without loss."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    return math.isfinite(value) and not too_long(value)
