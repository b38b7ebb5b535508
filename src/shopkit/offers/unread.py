"""Rows of a table that could not be read, as results: failed, with the first thing wrong."""

from __future__ import annotations

from shopkit.runtime.job import Figure, Outcome
from shopkit.runtime.publish import Ended
from shopkit.runtime.typed import Loaded


def unread_rows(table: Loaded) -> list[Ended]:
    """One failed result for every row that the table rejected."""
    first = {reject.line: reject for reject in reversed(table.rejects)}
    ended = []
    for row in table.rejected:
        wrong = first[row.line]
        told: dict[str, Figure] = {name: str(value) for name, value in wrong.error.values.items()}
        ended.append(Ended(row, f"line {row.line}", Outcome("failed", wrong.rule, told)))
    return ended
