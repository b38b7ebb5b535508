"""Any table as a UTF-8 CSV that the table engine reads: as it lies, transcoded, or written anew."""

from __future__ import annotations

import csv
import gzip
import io
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from shopkit.errors import InputRefused
from shopkit.runtime import cells
from shopkit.runtime.decode import find_encoding, first_encoding
from shopkit.runtime.records import Record
from shopkit.runtime.rejects import Reject, reject_of
from shopkit.runtime.table import SPREADSHEET, open_table, read_raw
from shopkit.runtime.table_text import Known, csv_records, find_header

if TYPE_CHECKING:
    import pandas as pd

_HEAD = 1 << 18
_BLOCK = 1 << 20
_NEW_LINE = 10


@dataclass(frozen=True, slots=True)
class Feed:
    """A CSV to be read by DuckDB.

    ``above``: lines that end with the header. ``records``: how many rows stand below; another
    count means that lines and rows are not the same here. None: the file was written by us, each
    row beginning with its line in the ``source``. ``faults``: rows that were left out of it.
    """

    path: Path
    source: str
    mark: str
    header: list[str]
    above: int
    records: int | None
    encoding: str
    faults: list[Reject] = field(default_factory=list)


def local_copy(source: Path | str, scratch: Path) -> Path:
    """The file itself; of standard input, which can be read once only, a copy."""
    if str(source) != "-":
        return Path(source)
    name, stream = open_table(source)
    with stream, (scratch / name).open("wb") as copy:
        shutil.copyfileobj(stream, copy)
    return scratch / name


def plain_feed(source: Path, encoding: str | None, known: Known, scratch: Path) -> Feed | None:
    """A text file as it lies, or in UTF-8 and unpacked; None for what is no such file."""
    name, stream = open_table(source)
    with stream:
        start = stream.read(4)
        stream.seek(0)
        if start in SPREADSHEET:
            return None
        codec = first_encoding(stream, name, encoding)
        head = io.TextIOWrapper(io.BytesIO(stream.read(_HEAD)), codec, "replace", newline="").read()
        stream.seek(0)
        found = _csv_header(head, known)
        if found is None:
            return None
        lies_open = codec in ("utf-8", "utf-8-sig") and not isinstance(stream, gzip.GzipFile)
        path = source if lies_open else _transcoded(stream, codec, scratch / "utf8.csv")
    below = islice(csv_records(io.StringIO(head, newline=""), found[0], name), found[1], None)
    header = next(record for record in below if any(record.cells))
    records = _count_lines(path) - header.line
    return Feed(path, name, found[0], header.cells, header.line, records, codec)


def numbered_feed(
    source: Path | pd.DataFrame, encoding: str | None, known: Known, scratch: Path
) -> Feed:
    """Any table written anew, each row with its line: for cells of several lines and other forms.

    Text is streamed. Raises InputRefused for what cannot be read.
    """
    if isinstance(source, Path):
        name, stream = open_table(source)
        with stream:
            start = stream.read(4)
            stream.seek(0)
            if start not in SPREADSHEET:
                codec = find_encoding(stream, name, encoding)
                text = io.TextIOWrapper(stream, codec, newline="")
                found = _csv_header(text.read(_HEAD), known)
                text.seek(0)
                if found is not None:
                    records = islice(csv_records(text, found[0], name), found[1], None)
                    return _written(name, records, codec, scratch)
    raw = read_raw(source, encoding, known)
    return _written(raw.source, chain([Record(0, raw.header)], raw.records), raw.encoding, scratch)


def _csv_header(head: str, known: Known) -> tuple[str, int] | None:
    """Delimiter and place of a CSV's header; None for JSON and for what holds none."""
    return None if head.lstrip().startswith("{") else find_header(head, known)


def _written(name: str, records: Iterable[Record], codec: str, scratch: Path) -> Feed:
    rows = iter(records)
    header = next((record for record in rows if any(record.cells)), None)
    if header is None:
        raise InputRefused("table_empty", file=name)
    path = scratch / "numbered.csv"
    faults: list[Reject] = []
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["_line", *header.cells, "beyond"])
        writer.writerows(_sound(rows, len(header.cells), name, faults))
    return Feed(path, name, ",", header.cells, 0, None, codec, faults)


def _sound(
    records: Iterator[Record], width: int, name: str, faults: list[Reject]
) -> Iterator[list[object]]:
    """The rows as wide as the header; what stands beyond it in one cell more."""
    for record in records:
        if record.fault is not None:
            faults.append(reject_of(name, record.line, record.fault))
            continue
        beyond = next((cell for cell in record.cells[width:] if cells.clean(cell)), "")
        blank = [""] * (width - len(record.cells))
        yield [record.line, *record.cells[:width], *blank, beyond]


def _transcoded(stream: BinaryIO, codec: str, path: Path) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        shutil.copyfileobj(io.TextIOWrapper(stream, codec, newline=""), file, _BLOCK)
    return path


def _count_lines(path: Path) -> int:
    """Lines of a file, the blank ones at its end left out."""
    import numpy as np

    lines, tail = 0, b""
    with path.open("rb") as file:
        for block in iter(lambda: file.read(_BLOCK), b""):
            lines += int(np.count_nonzero(np.frombuffer(block, np.uint8) == _NEW_LINE))
            tail = (tail + block)[-4096:]
    content = tail.rstrip(b"\r\n")
    return lines - tail[len(content) :].count(b"\n") + bool(content)
