"""A batch table as rows of text cells: CSV, TSV, XLSX, JSONL, standard input or a DataFrame."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
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
    name, stream = ("stdin", _standard_input()) if str(source) == "-" else _opened(Path(source))
    packed = stream.read(2) == _GZIP
    stream.seek(0)
    return name, cast(BinaryIO, _Unpacked(stream, name)) if packed else stream


def check_file(path: Path) -> None:
    """Raise InputRefused for what is no file that can be read more than once."""
    if path.is_file():
        return
    if path.is_dir():
        raise InputRefused("table_is_folder", file=path)
    raise InputRefused("table_is_pipe" if path.exists() else "table_missing", file=path)


def _standard_input() -> BinaryIO:
    """What stands on standard input, whole. Raises InputRefused where nothing does."""
    content = sys.stdin.buffer.read() if sys.stdin is not None else b""
    if not content:
        raise InputRefused("stdin_empty")
    return io.BytesIO(content)


def _opened(path: Path) -> tuple[str, BinaryIO]:
    check_file(path)
    try:
        return path.name, path.open("rb")
    except OSError as error:
        raise InputRefused("file_unreadable", file=path, error=error.strerror) from None


class _Unpacked(gzip.GzipFile):
    """What gzip has packed; a file cut short is refused in words, wherever the reading meets it."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        super().__init__(fileobj=stream)
        self._source = name

    def read(self, size: int | None = -1) -> bytes:
        with self._told():
            return super().read(size)

    def read1(self, size: int = -1) -> bytes:
        with self._told():
            return super().read1(size)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, OSError, zlib.error) as error:
            raise InputRefused("table_cut_short", file=self._source) from error


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
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputRefused("table_header_twice", file=raw.source, column=twice)
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
        return InputRefused("row_too_wide", file=source, line=line)
    for column, value in named.items():
        if cells.rounded(value):
            return digits_lost(source, line, column, value)
    return None
