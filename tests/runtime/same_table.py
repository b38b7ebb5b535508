"""Both ways to read a table, side by side: they must tell the same."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

from shopkit.runtime.columns import open_columns, open_database
from shopkit.runtime.typed import Loaded, load_rows

Told = list[tuple[int, dict[str, Any], dict[str, str]]]


def both(kind: str, source: Any, **options: Any) -> Loaded:
    """Read a table both ways; fails where a value, a line or a reject differs."""
    loaded = load_rows(kind, source, **options)
    with open_database() as db:
        columns = open_columns(kind, source, db, **options)
        assert told_by_columns(columns) == told_by_rows(loaded)
        assert sorted_rejects(columns.read_rejects()) == sorted_rejects(loaded.rejects)
        assert (columns.rows, columns.totals) == (len(loaded.records), loaded.totals)
        assert columns.rejected == len({reject.line for reject in loaded.rejects})
        assert (columns.columns, columns.source) == (loaded.columns, loaded.source)
        assert columns.dated == loaded.dated
    return loaded


def sorted_rejects(rejects: list[Any]) -> list[Any]:
    return sorted(rejects, key=lambda one: (one.line, one.column, one.rule))


def told_by_rows(loaded: Loaded) -> Told:
    return [
        (one.row.line, {name: bare(value) for name, value in one.values.items()}, dict(one.extra))
        for one in loaded.records
    ]


def told_by_columns(columns: Any) -> Told:
    found = columns.db.execute(f"SELECT * FROM {columns.table} ORDER BY _line")
    names = [entry[0] for entry in found.description]
    extra = {sql: header for header, sql in columns.extra.items()}
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return [
        (
            row.pop("_line"),
            {name: value for name, value in row.items() if name not in extra},
            {extra[name]: value for name, value in row.items() if name in extra},
        )
        for row in rows
    ]


def bare(value: Any) -> Any:
    """A moment as the database has it: in the shop's zone, without saying so."""
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    return value.quantize(Decimal("0.000001")) if isinstance(value, Decimal) else value


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path
