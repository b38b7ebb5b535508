"""The rows of a table in a database, as they were given, with what was read of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shopkit.runtime.columns import Columns
from shopkit.runtime.job import Row
from shopkit.runtime.rejects import Reject

_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Given:
    """A row with the first thing wrong with it, if any, else with the values asked for."""

    row: Row
    reject: Reject | None
    values: tuple[Any, ...]


def given_rows(table: Columns, *expressions: str) -> Iterator[Given]:
    """The sound and the rejected rows in the file's order, read with ``keep_rows``.

    ``expressions``: SQL over the columns. Totals and rows that are none of this table's are
    counted, not given.
    """
    first = {reject.line: reject for reject in reversed(table.read_rejects())}
    told = "".join(f", {one} AS v{place}" for place, one in enumerate(expressions))
    names = [f"v{n}" for n in range(len(expressions))] + [
        f"h{n}" for n in range(len(table.headers))
    ]
    query = f"""
        WITH numbered AS (
            SELECT _line, row_number() OVER (ORDER BY _line) AS number FROM
                (SELECT _line FROM {table.given} UNION SELECT line FROM {table.rejects})),
        sound AS (SELECT _line, true AS sound{told} FROM {table.table})
        SELECT _line, number, coalesce(sound, false), {", ".join(names)}
        FROM numbered LEFT JOIN sound USING (_line) LEFT JOIN {table.given} USING (_line)
        ORDER BY _line"""  # noqa: S608  our own names
    rows, middle = table.db.cursor().execute(query), len(expressions)
    while batch := rows.fetchmany(_AT_ONCE):
        for line, number, sound, *cells in batch:
            values, texts = cells[:middle], (text or "" for text in cells[middle:])
            if sound or line in first:
                named = dict(zip(table.headers, texts, strict=True))
                row = Row(number, named, table.source, line)
                yield Given(row, None if sound else first[line], tuple(values))
