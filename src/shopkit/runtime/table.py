"""A batch table as rows of text cells: CSV, TSV, XLSX, JSONL, standard input or a DataFrame."""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from shopkit.errors import InputRefused
from shopkit.runtime import cells, table_sheet, table_text
from shopkit.runtime.job import Row
from shopkit.runtime.records import Raw, Record, digits_lost
from shopkit.runtime.table_text import Known

if TYPE_CHECKING:
    import pandas as pd

SPREADSHEET = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx (a zip), xls
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Table:
    """Columns in the file's order (known ones by their own name) and the rows under them."""

    columns: tuple[str, ...]
    rows: list[Row]
    source: str = ""


def read_table(
    source: Path | str | pd.DataFrame,
    *,
    encoding: str | None = None,
    aliases: Mapping[str, str] | None = None,
    required: Collection[str] = (),
) -> Table:
    """Read a batch table; ``-`` is standard input.

    ``aliases`` maps headers met in the wild to option names ({"场景图": "scene"}); option names
    themselves are known through its values. Every other column is carried through unchanged.
    A row that cannot be trusted (digits lost, too many cells) carries its ``fault``.
    Raises InputRefused for a file that is missing, unreadable, or has an ambiguous header.
    """
    raw = read_raw(source, encoding)
    columns = _columns(raw, aliases or {})
    lacking = [name for name in required if name not in columns]
    if lacking:
        raise InputRefused("table_column_missing", file=raw.source, columns=", ".join(lacking))
    rows: list[Row] = []
    for record in raw.records:
        if any(record.cells) or record.fault:
            rows.append(_row(record, columns, raw.source, len(rows) + 1))
    return Table(tuple(columns), rows, raw.source)


def read_raw(
    source: Path | str | pd.DataFrame, encoding: str | None = None, known: Known | None = None
) -> Raw:
    """Read the header and the records of a table as they stand; ``-`` is standard input.

    ``known`` counts the known headers in a row, to find the header by. A file may be packed by
    gzip. Raises InputRefused for a file that is missing or unreadable.
    """
    if not isinstance(source, (str, Path)):
        return table_sheet.read_frame(source)
    name, stream = open_table(source)
    with stream:
        start = stream.read(4)
        stream.seek(0)
        if start in SPREADSHEET:
            return table_sheet.read_workbook(stream, name, known)
        return table_text.read_text(stream, name, encoding, known)


def open_table(source: Path | str) -> tuple[str, BinaryIO]:
    """Open a table's bytes, unpacked, with the name it goes by; ``-`` is standard input."""
    if str(source) == "-":
        return "stdin", io.BytesIO(sys.stdin.buffer.read())
    path = Path(source)
    try:
        stream: BinaryIO = path.open("rb")
    except FileNotFoundError:
        raise InputRefused("table_missing", file=path) from None
    except OSError as error:
        raise InputRefused("file_unreadable", file=path, error=error.strerror) from None
    packed = stream.read(2) == _GZIP
    stream.seek(0)
    return path.name, cast(BinaryIO, gzip.GzipFile(fileobj=stream)) if packed else stream


def _columns(raw: Raw, aliases: Mapping[str, str]) -> list[str]:
    """Name the columns, refusing a header that two cells share or that has a hole."""
    known = set(aliases.values())
    names = [_known_name(cells.clean(cell), aliases, known) for cell in raw.header]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise InputRefused("table_empty", file=raw.source)
    if "" in names:
        raise InputRefused("table_header_hole", file=raw.source, column=names.index("") + 1)
    for place, name in enumerate(names):
        if name in names[:place]:
            raise InputRefused("table_header_twice", file=raw.source, column=name)
    if not raw.sure and known and not known & set(names):
        raise InputRefused("table_encoding_unknown", file=raw.source)
    return names


def _known_name(header: str, aliases: Mapping[str, str], known: set[str]) -> str:
    option = header.lower().replace("-", "_").replace(" ", "_")
    return aliases.get(header) or aliases.get(option) or (option if option in known else header)


def _row(record: Record, columns: list[str], source: str, number: int) -> Row:
    values = [cells.clean(cell) for cell in record.cells]
    named = dict(zip(columns, values + [""] * len(columns), strict=False))
    fault = record.fault or _distrust(named, values[len(columns) :], record.line, source)
    return Row(number, named, source, record.line, fault)


def _distrust(
    named: Mapping[str, str], beyond: list[str], line: int, source: str
) -> InputRefused | None:
    """Why the cells cannot stand for what the person wrote; None where they can."""
    if any(beyond):
        return InputRefused("row_too_wide", file=source, line=line, columns=len(named))
    for column, value in named.items():
        if cells.rounded(value):
            return digits_lost(source, line, column, value)
    return None
