"""Read one of the shop's tables into typed records, with every cell that could not be read told.

loaded = load_rows("catalog", Path("skus.csv"), shop=settings.folder)
for record in loaded.records:
    record.values["list_price"]  # minor units, or None
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from shopkit.errors import InputRefused
from shopkit.runtime import cells
from shopkit.runtime.casts import Reading, Unread, Value, cast, finds_day_first, is_total, meant
from shopkit.runtime.headers import Binding, bind, knows
from shopkit.runtime.job import Row
from shopkit.runtime.records import Raw, Record
from shopkit.runtime.rejects import Reject, reject_of
from shopkit.runtime.schema import find_schema
from shopkit.runtime.settings import DEFAULTS, load_settings
from shopkit.runtime.shapes import Line, shaped
from shopkit.runtime.table import read_raw

if TYPE_CHECKING:
    import pandas as pd


_MOST_COLUMNS = 4_000  # the widest export known, of shop analytics, has about 3,000


@dataclass(frozen=True, slots=True)
class Typed:
    """One record: canonical values (every column of the kind, None where nothing is told).

    ``extra`` are the file's columns that have no canonical name, ``row`` the cells under the
    file's own headers with their line.
    """

    values: Mapping[str, Value]
    extra: Mapping[str, str]
    row: Row


@dataclass(frozen=True)
class Loaded:
    """A table that was read. ``records`` are sound; a row with a reject is in ``rejected``.

    ``dated``: when the file was last written; ``columns``: what the file has, in its order,
    canonical names where there are; ``totals``: rows left out because they add up others.
    """

    kind: str
    source: str
    dated: dt.datetime | None
    columns: tuple[str, ...]
    records: list[Typed]
    rejects: list[Reject] = field(default_factory=list)
    rejected: list[Row] = field(default_factory=list)
    totals: int = 0
    encoding: str = ""
    binding: Binding | None = None

    def to_pandas(self) -> pd.DataFrame:
        """Return the records as a DataFrame: money in major units and shares as Decimal."""
        from shopkit.runtime.frame import frame_of

        return frame_of(self)


def load_rows(
    kind: str,
    source: Path | str | pd.DataFrame,
    *,
    encoding: str | None = None,
    shop: Path | None = None,
) -> Loaded:
    """Read a table of this kind (``skus``) or name (``catalog``); ``-`` is standard input.

    ``shop``: the shop's folder, whose own headers and time zone hold. Times without a zone are in
    the shop's. No cell stops the reading: what cannot be read is in ``rejects``.
    Raises InputRefused for a file that cannot be read or lacks a column that the kind needs.
    """
    schema = find_schema(kind, shop)
    raw = read_raw(source, encoding, knows(schema))
    binding = bind(schema, raw.header)
    check_header(binding, raw.source, sure=raw.sure)
    zone = zone_of(shop)
    rows = list(_rows(raw, binding))
    rejects = [reject_of(raw.source, row.line, row.fault) for row in rows if row.fault]
    rejected = [row for row in rows if row.fault]
    readings = readings_of(binding, zone)
    kept = [row for row in rows if not row.fault and not _is_total(row)]
    lines = shaped([Line(row, _texts(row, binding, readings)) for row in kept], binding)
    records: list[Typed] = []
    casting = _Casting(binding, _ordered(lines, readings))
    for line in lines:
        found = list(casting.cast(line))
        if found:
            rejects += found
            rejected.append(line.row)
        else:
            records.append(casting.record(line))
    return Loaded(
        kind=schema.kind,
        source=raw.source,
        dated=dated(source, zone),
        columns=column_names(binding),
        records=records,
        rejects=sorted(rejects, key=lambda reject: reject.line),
        rejected=sorted(rejected, key=lambda row: row.number),
        totals=len(rows) - len(kept) - sum(row.fault is not None for row in rows),
        encoding=raw.encoding,
        binding=binding,
    )


def zone_of(shop: Path | None) -> ZoneInfo:
    """The time zone of a shop; the default one without a shop."""
    return ZoneInfo(
        str(DEFAULTS["time_zone"]) if shop is None else load_settings(start=shop).time_zone
    )


def dated(source: object, zone: ZoneInfo) -> dt.datetime | None:
    """When a file was last written, to the second; None for what is no file."""
    if not isinstance(source, (str, Path)) or str(source) == "-":
        return None
    return dt.datetime.fromtimestamp(int(Path(source).stat().st_mtime), zone)


def column_names(binding: Binding) -> tuple[str, ...]:
    """The columns of a file by their canonical names where they have one; stand-ins first."""
    stood_in = [name for name in binding.schema.columns if binding.stand_ins(name)]
    named = [name or header for name, header in zip(binding.names, binding.headers, strict=True)]
    return (*stood_in, *named)


def readings_of(binding: Binding, zone: ZoneInfo) -> dict[str, Reading]:
    """How the cells of each canonical column are read."""
    return {
        name: Reading(column.cast, zone, None, name in binding.minor, column.empty)
        for name, column in binding.schema.columns.items()
    }


def check_header(binding: Binding, source: str, *, sure: bool) -> None:
    """Raise InputRefused for a file that cannot be of this kind; ``sure``: of its encoding."""
    if not any(binding.headers):
        raise InputRefused("table_empty", file=source)
    check_width(binding.headers, source)
    if not sure and not binding.at:
        raise InputRefused("table_encoding_unknown", file=source)
    if binding.lacking or not binding.at:
        lacking = ", ".join(binding.lacking) or ", ".join(binding.schema.key)
        kind = binding.schema.kind
        raise InputRefused("table_unknown_as", file=source, kind=kind, columns=lacking)


def check_width(header: Sequence[str], source: str) -> None:
    """Raise InputRefused for a header wider than any shop's: a table without line breaks."""
    if len(header) > _MOST_COLUMNS:
        told = {"file": source, "columns": len(header), "most": _MOST_COLUMNS}
        raise InputRefused("table_too_wide", **told)


def _rows(raw: Raw, binding: Binding) -> Iterator[Row]:
    """The rows below the header that hold anything, under the file's own headers."""
    number = 0
    for record in raw.records:
        row = _row(record, binding, raw.source, number + 1)
        if row.fault or any(row.cells.values()):
            number += 1
            yield row


def _row(record: Record, binding: Binding, source: str, number: int) -> Row:
    width = len(binding.headers)
    values = [cells.clean(cell) for cell in record.cells]
    fault = record.fault
    if fault is None and any(values[width:]):
        fault = InputRefused("row_too_wide", file=source, line=record.line)
    named = dict(zip(binding.headers, values + [""] * width, strict=False))
    return Row(number, named, source, record.line, fault)


def _is_total(row: Row) -> bool:
    return is_total(next((cell for cell in row.cells.values() if cell), ""))


def _texts(row: Row, binding: Binding, readings: Mapping[str, Reading]) -> dict[str, str]:
    headers = binding.headers
    return {
        name: meant(row.cells[headers[place]], readings[name]) for name, place in binding.at.items()
    }


def _ordered(lines: list[Line], readings: dict[str, Reading]) -> dict[str, Reading]:
    """The readings, with the order of day and month that each column of times shows."""
    ordered = dict(readings)
    for name, reading in readings.items():
        if reading.cast == "time":
            day_first = finds_day_first(line.texts.get(name, "") for line in lines)
            ordered[name] = Reading("time", reading.zone, day_first, empty=reading.empty)
    return ordered


class _Casting:
    """Casts one line after the other; the values of the last one wait to be made a record."""

    def __init__(self, binding: Binding, readings: Mapping[str, Reading]) -> None:
        self._binding, self._readings = binding, readings
        self._blank: dict[str, Value] = dict.fromkeys(binding.schema.columns)
        self._required = [c.name for c in binding.schema.columns.values() if c.required]
        pairs = zip(binding.names, binding.headers, strict=True)
        self._extra = [header for name, header in pairs if name is None]
        self._values: dict[str, Value] = {}

    def cast(self, line: Line) -> Iterator[Reject]:
        """Cast all cells of a line; yields what could not be."""
        self._values = dict(self._blank)
        for name, text in line.texts.items():
            try:
                self._values[name] = cast(text, self._readings[name])
            except Unread as error:
                yield self._reject(line, name, text, error.code)
        for name in self._required:
            if not line.texts[name]:
                yield self._reject(line, name, "", "cell_empty")

    def record(self, line: Line) -> Typed:
        """The record of the line just cast."""
        extra = {header: line.row.cells[header] for header in self._extra}
        return Typed(self._values, extra, line.row)

    def _reject(self, line: Line, name: str, text: str, code: str) -> Reject:
        place = self._binding.at.get(name)
        column = name if place is None else self._binding.headers[place]
        return Reject(line.row.source, line.row.line, column, text, code)
