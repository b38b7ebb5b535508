"""Cells and rows that could not be read, with the fix for each: what rejects.csv says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shopkit.errors import InputRefused, ShopkitError
from shopkit.runtime.table_write import render

COLUMNS = ("file", "row", "column", "value", "rule", "fix")


@dataclass(frozen=True, slots=True)
class Reject:
    """One cell (or, with ``column`` empty, one row) that was refused.

    ``line`` counts in the file, header included; ``rule`` is a reason code.
    """

    file: str
    line: int
    column: str
    value: str
    rule: str

    @property
    def error(self) -> InputRefused:
        """The same as an error that says what is wrong and what to do."""
        return InputRefused(
            self.rule,
            **{
                "file": self.file,
                "line": self.line,
                "column": self.column,
                "value": self.value,
            },
        )

    @property
    def fix(self) -> str:
        """What to do about it, in the language in use."""
        return self.error.fix


def reject_of(file: str, line: int, fault: ShopkitError) -> Reject:
    """The reject of a row that no cell of which could be trusted."""
    told = {name: str(fault.values.get(name, "")) for name in ("column", "value")}
    return Reject(file, line, told["column"], told["value"], fault.code)


def render_rejects(rejects: Iterable[Reject]) -> bytes:
    """The bytes of rejects.csv: file, row (the line in the file), column, value, rule, fix."""
    return render(
        ".csv",
        COLUMNS,
        (
            {
                "file": reject.file,
                "row": reject.line,
                "column": reject.column,
                "value": reject.value,
                "rule": reject.rule,
                "fix": reject.fix,
            }
            for reject in rejects
        ),
    )
