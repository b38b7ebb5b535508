"""What could not be read in a large table, cell by cell, as load_rows tells it."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from shopkit.runtime.casts import Unread, cast, day_first_hint
from shopkit.runtime.columns_cells import REFUSED, TOO_WIDE, name_of, text_of
from shopkit.runtime.columns_feed import Feed
from shopkit.runtime.columns_sql import Build
from shopkit.runtime.rejects import Reject

if TYPE_CHECKING:
    import duckdb

_AT_ONCE = 10_000


def day_orders(
    db: duckdb.DuckDBPyConnection, build: Build, names: set[str]
) -> dict[str, bool | None]:
    """For columns of times: whether the day stands first, as far as the whole column tells."""
    orders: dict[str, bool | None] = {}
    for name in sorted(names):
        found = db.execute(build.texts(name))
        told: set[bool] = set()
        while texts := found.fetchmany(_AT_ONCE):
            told |= {hint for (text,) in texts if (hint := day_first_hint(text)) is not None}
        orders[name] = told.pop() if len(told) == 1 else None
    return orders


def write_rejects(
    db: duckdb.DuckDBPyConnection, build: Build, feed: Feed, states: Collection[int]
) -> None:
    """Make the table of rejects. ``states``: what rows there are; each costs a look at the file."""
    kinds = dict.fromkeys(("file", "line", "column", "value", "rule"), "VARCHAR")
    kinds["line"] = "BIGINT"
    columns = ", ".join(f"{name_of(name)} {kind}" for name, kind in kinds.items())
    db.execute(f"CREATE OR REPLACE TABLE {build.rejects} ({columns})")
    with tempfile.TemporaryDirectory(prefix="shopkit-") as folder:
        path = Path(folder) / "rejects.csv"
        with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
            writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
            for one in _rejects(db, build, feed, states):
                writer.writerow([one.file, one.line, one.column, one.value, one.rule])
        options = "header=false, auto_detect=false, nullstr='\\x01', new_line='\\n'"
        read = (
            f"read_csv({text_of(str(path))}, {options}, quote='\"', escape='\"', columns={kinds!r})"
        )
        db.execute(f"INSERT INTO {build.rejects} SELECT * FROM {read}")  # noqa: S608  our own names


def _rejects(
    db: duckdb.DuckDBPyConnection, build: Build, feed: Feed, states: Collection[int]
) -> Iterator[Reject]:
    yield from feed.faults
    for (line,) in db.execute(build.wide_rows()).fetchall() if TOO_WIDE in states else ():
        yield Reject(feed.source, line, "", "", "row_too_wide")
    if REFUSED not in states:
        return
    names = build.read_names()
    found = db.execute(build.raw_rows(REFUSED))
    while rows := found.fetchmany(_AT_ONCE):
        for line, *texts in rows:
            yield from _of_row(build, feed.source, line, dict(zip(names, texts, strict=True)))


def _of_row(build: Build, source: str, line: int, texts: dict[str, str]) -> Iterator[Reject]:
    binding, readings = build.cells.binding, build.cells.readings
    for name, text in texts.items():
        place = binding.at.get(name)
        column = name if place is None else binding.headers[place]
        try:
            cast(text or "", readings[name])
        except Unread as error:
            yield Reject(source, line, column, text, error.code)
        if binding.schema.columns[name].required and not text:
            yield Reject(source, line, column, "", "cell_empty")
