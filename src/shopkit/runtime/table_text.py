"""Read text tables: CSV and TSV by their header line, JSONL by its first character."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import BinaryIO, TextIO

from shopkit.errors import InputRefused
from shopkit.runtime.decode import DELIMITERS, find_delimiter, find_encoding
from shopkit.runtime.records import Raw, Record

_LONGEST_CELL = 1 << 20
_SEARCHED = 40  # records in which the header is looked for,
_HEAD = 1 << 16  # within so many characters
Known = Callable[[Sequence[str]], int]


def read_text(stream: BinaryIO, name: str, encoding: str | None, known: Known | None = None) -> Raw:
    """Read a text table whole; ``name`` stands in messages, ``encoding`` is the user's word.

    ``known`` counts the known headers in a row: the row with the most is the header, and what
    stands before it is left out. Without it the first row with a cell is.
    """
    codec = find_encoding(stream, name, encoding)
    text = io.StringIO(stream.read().decode(codec), newline="")
    sure = encoding is not None or codec != "gb18030"
    first = _first_character(text)
    if first == "[" and name.lower().endswith((".json", ".jsonl")):
        raise InputRefused("json_array", file=name)
    if first == "{":
        return _read_jsonl(text, name)._replace(encoding=codec)
    return _read_csv(text, name, sure, known)._replace(encoding=codec)


def find_header(head: str, known: Known) -> tuple[str, int] | None:
    """Return the delimiter of a CSV and the place of its header among its records.

    ``head`` is the beginning of the file. None where no row holds a known header.
    """
    csv.field_size_limit(_LONGEST_CELL)  # a long line is one cell to the wrong delimiter
    best = (0, 0, "")
    for mark in DELIMITERS:
        rows = islice(csv.reader(io.StringIO(head, newline=""), delimiter=mark), _SEARCHED)
        best = max(best, *((known(row), -place, mark) for place, row in enumerate(rows)), best)
    return (best[2], -best[1]) if best[0] else None


def _first_character(text: TextIO) -> str:
    start = next((line for line in text if line.strip()), "")
    text.seek(0)
    return start.lstrip()[:1]


def _read_csv(text: TextIO, name: str, sure: bool, known: Known | None) -> Raw:
    csv.field_size_limit(_LONGEST_CELL)
    found = find_header(text.read(_HEAD), known) if known else None
    text.seek(0)
    header_line = next((line for line in text if line.strip()), "")
    text.seek(0)
    mark, place = found or (find_delimiter(header_line), 0)
    records = csv_records(text, mark, name)
    below = islice(records, place, None)
    header = next((record for record in below if any(record.cells)), Record(0, []))
    return Raw(name, header.cells, list(records), sure)


def csv_records(text: TextIO, mark: str, name: str) -> Iterator[Record]:
    """Records with the line each begins on (a quoted cell may hold line breaks).

    A line with text behind a closing quotation mark carries its fault. Raises InputRefused for a
    quotation mark that is never closed: nobody knows where its cell ends.
    """
    reader = csv.reader(text, delimiter=mark, strict=True, skipinitialspace=True)
    line = 1
    while True:
        fault = None
        try:
            found = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            found, fault = [], InputRefused("table_broken", file=name, line=line, value=error)
            if "unexpected end" in str(error):
                raise fault from None
        yield Record(line, found, fault)
        line = reader.line_num + 1


def _read_jsonl(text: TextIO, name: str) -> Raw:
    found: list[tuple[int, dict[str, str] | InputRefused]] = []
    columns: dict[str, None] = {}
    for line, written in enumerate(text, start=1):
        if written.strip():
            values = _json_row(written, name, line)
            found.append((line, values))
            if isinstance(values, dict):
                columns.update(dict.fromkeys(values))
    if found and not columns:
        raise next(values for _, values in found if isinstance(values, InputRefused))
    return Raw(name, list(columns), [_json_record(line, row, columns) for line, row in found])


def _json_row(written: str, name: str, line: int) -> dict[str, str] | InputRefused:
    # Numbers stay as they are written: 00123 is no JSON, 1e5 stays 1e5, long ids keep all digits.
    try:
        values = json.loads(written, parse_float=str, parse_int=str, parse_constant=str)
    except json.JSONDecodeError as error:
        return InputRefused("json_broken", file=name, line=line, error=error.msg)
    if not isinstance(values, dict):
        return InputRefused("json_broken", file=name, line=line, error="{…}")
    nested = next((key for key, value in values.items() if isinstance(value, (dict, list))), None)
    if nested is not None:
        return InputRefused("json_nested", file=name, line=line, column=nested)
    return {key: _json_text(value) for key, value in values.items()}


def _json_text(value: str | bool | None) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else str(value).lower()


def _json_record(line: int, row: dict[str, str] | InputRefused, columns: dict[str, None]) -> Record:
    if isinstance(row, InputRefused):
        return Record(line, [], row)
    return Record(line, [row.get(column, "") for column in columns])
