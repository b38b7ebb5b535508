"""Read text tables: CSV and TSV by their header line, JSONL by its first character."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import BinaryIO, TextIO

from shopkit.errors import InputRefused
from shopkit.runtime.decode import find_delimiter, find_encoding
from shopkit.runtime.records import Raw, Record

_LONGEST_CELL = 1 << 20


def read_text(stream: BinaryIO, name: str, encoding: str | None) -> Raw:
    """Read a text table whole; ``name`` stands in messages, ``encoding`` is the user's word."""
    codec = find_encoding(stream, name, encoding)
    text = io.StringIO(stream.read().decode(codec), newline="")
    sure = encoding is not None or codec != "gb18030"
    if _first_character(text) == "{":
        return _read_jsonl(text, name)
    return _read_csv(text, name, sure)


def _first_character(text: TextIO) -> str:
    start = next((line for line in text if line.strip()), "")
    text.seek(0)
    return start.lstrip()[:1]


def _read_csv(text: TextIO, name: str, sure: bool) -> Raw:
    header_line = next((line for line in text if line.strip()), "")
    text.seek(0)
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(text, delimiter=find_delimiter(header_line), strict=True)
    records = _csv_records(reader, name)
    header = next((record for record in records if any(record.cells)), Record(0, []))
    return Raw(name, header.cells, list(records), sure)


def _csv_records(reader: Iterator[list[str]], name: str) -> Iterator[Record]:
    """Records with the line each begins on (a quoted cell may hold line breaks)."""
    line = 1
    while True:
        try:
            found = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InputRefused("table_broken", file=name, line=line, error=error) from None
        yield Record(line, found)
        line = reader.line_num + 1  # type: ignore[attr-defined]


def _read_jsonl(text: TextIO, name: str) -> Raw:
    found: list[tuple[int, dict[str, str] | InputRefused]] = []
    columns: dict[str, None] = {}
    for line, written in enumerate(text, start=1):
        if written.strip():
            values = _json_row(written, name, line)
            found.append((line, values))
            if isinstance(values, dict):
                columns.update(dict.fromkeys(values))
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
