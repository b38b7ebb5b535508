"""A query of the database as a file that people open, and a catalogue's words as SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING

from shopkit.messages import template
from shopkit.runtime.columns_cells import name_of, text_of

if TYPE_CHECKING:
    import duckdb

# What cells.guarded looks for, in SQL.
_RUNS = ", ".join(map(text_of, "=+-@＝＋－＠\t\r\n "))
_NUMBER = r"[+-]?(?:\d[\d,]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?%?"


def write_csv(
    db: duckdb.DuckDBPyConnection,
    query: str,
    columns: Sequence[str],
    path: Path,
    *,
    texts: Sequence[str] = (),
) -> None:
    """Write these columns of a query as a CSV with the mark that spreadsheets need.

    ``texts``: columns with words that are not ours, guarded against being run as a formula. Empty
    cells must be NULL.
    """
    told = [
        f"{_guarded(name) if name in texts else name_of(name)} AS {name_of(header)}"
        for name, header in zip(columns, ["\ufeff" + columns[0], *columns[1:]], strict=True)
    ]
    chosen = f"SELECT {', '.join(told)} FROM ({query})"  # noqa: S608  names quoted, texts escaped
    db.execute(f"COPY ({chosen}) TO {text_of(str(path))} (FORMAT csv, HEADER, DELIMITER ',')")


def chosen(code: str, texts: Sequence[str]) -> str:
    """SQL for the text that stands at place ``code`` (from 0); an empty one is NULL."""
    listed = ", ".join(text_of(one) if one else "NULL" for one in texts)
    return f"(CAST([{listed}] AS VARCHAR[]))[{code} + 1]"


def sentence(code: str, values: Mapping[str, str]) -> str:
    """SQL for a reason in words with its fix; ``values``: the SQL of each ``{name}`` place."""
    words = f"{template(f'reasons.{code}.say')} {template(f'reasons.{code}.fix')}".strip()
    parts = []
    for literal, name, _, _ in Formatter().parse(words):
        parts += [text_of(literal)] if literal else []
        parts += [values.get(name, text_of("{" + name + "}"))] if name else []
    return f"concat({', '.join(parts)})"


def _guarded(name: str) -> str:
    cell = name_of(name)
    # Comparisons are cheap and let nearly every cell pass; only the few left are looked at.
    near = f"({cell} < '0' OR {cell} >= '=' AND {cell} < 'A' OR {cell} >= '＋')"
    runs = f"{near} AND left({cell}, 1) IN ({_RUNS})"
    safe = f"regexp_full_match({cell}, {text_of(_NUMBER)})"
    return f"CASE WHEN {runs} AND NOT {safe} THEN '''' || {cell} ELSE {cell} END"
