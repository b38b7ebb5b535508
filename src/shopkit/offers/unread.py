"""Rows of a table that could not be read, as results: failed, with the first thing wrong."""

from __future__ import annotations

from shopkit.runtime.job import Figure, Outcome, Row
from shopkit.runtime.publish import Ended
from shopkit.runtime.rejects import Reject
from shopkit.runtime.typed import Loaded


def unread_rows(table: Loaded) -> list[Ended]:
    """One failed result for every row that the table rejected."""
    first = {reject.line: reject for reject in reversed(table.rejects)}
    return [unread(row, first[row.line]) for row in table.rejected]


def unread(row: Row, wrong: Reject) -> Ended:
    """The failed result of one row."""
    told: dict[str, Figure] = {name: str(value) for name, value in wrong.error.values.items()}
    return Ended(row, f"line {row.line}", Outcome("failed", wrong.rule, told))
