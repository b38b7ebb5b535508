"""Cells as SQL: the plain ones are cast by the table engine, the rest by casts.py, called from it.

What SQL takes on itself are forms so plain that it cannot read them otherwise than casts.py does.
A cell that cannot be read becomes its type's mark for that.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from shopkit.runtime import cells
from shopkit.runtime.casts import Reading, Unread, cast, is_total, meant, words
from shopkit.runtime.headers import Binding

TYPES = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "money": "BIGINT",
    "count": "BIGINT",
    "percent": "BIGINT",
    "duration": "BIGINT",
    "number": "DECIMAL(18,6)",
    "time": "TIMESTAMP",
    "flag": "TINYINT",
}
UNREAD: dict[str, Any] = {
    "VARCHAR": "\x01\x02unread",
    "BIGINT": -(2**63),
    "DECIMAL(18,6)": "-999999999999.999999",
    "TIMESTAMP": dt.datetime.max,
    "TINYINT": 2,
}
_UNREAD_SQL = {
    "VARCHAR": "chr(1) || chr(2) || 'unread'",
    "BIGINT": "(-9223372036854775807 - 1)",
    "DECIMAL(18,6)": "-999999999999.999999",
    "TIMESTAMP": "TIMESTAMP '9999-12-31 23:59:59.999999'",
    "TINYINT": "2",
}
Function = tuple[Callable[..., Any], list[Any], str]
"""A Python function with the SQL types that it takes and gives."""
BLANK, TOTAL, SOUND, TOO_WIDE, REFUSED = 2, 1, 0, 4, 3
"""What a row is; a column ``_state`` while a table is read."""

_PLAIN_ID = r"[0-9A-DF-Za-df-z][0-9A-DF-Za-df-z_.\-]*"
_NUMBERED = r"[A-Za-z]*[0-9][0-9A-Za-z_.\-]*"  # as most ids are: no word for a total
_LONG_NUMBER = r"(?i)[0-9.]+e\+?[0-9]+"
_TEXT = r"[0-9A-Za-z\x{4e00}-\x{9fa5}]([^\x1f]*[!-~\x{3001}-\x{fefe}])?"  # as _plain has it
_BETWEEN = "\x1f"  # no form holds it
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_DAY = r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}"


_MINOR = [("-?[0-9]{1,11}", "CAST({} AS BIGINT)")]
_FORMS = {
    "money": [(r"-?[0-9]{1,9}(\.[0-9]{1,2})?", "CAST(CAST({} AS DECIMAL(15,2)) * 100 AS BIGINT)")],
    "count": [("-?[0-9]{1,11}", "CAST({} AS BIGINT)")],
    "duration": [("[0-9]{1,9}", "CAST({} AS BIGINT)")],
    "number": [(r"-?[0-9]{1,11}(\.[0-9]{1,6})?", "CAST({} AS DECIMAL(18,6))")],
    "percent": [
        (
            r"[0-9]{1,6}(\.[0-9]{1,4})?%",
            "CAST(CAST(rtrim({}, '%') AS DECIMAL(14,4)) * 10000 AS BIGINT)",
        ),
        (r"0?\.[0-9]{1,6}|0|1", "CAST(CAST({} AS DECIMAL(8,6)) * 1000000 AS BIGINT)"),
    ],
}


_PLAINEST = {
    "id": _PLAIN_ID,
    "text": _TEXT,
    "time": f"{_DAY}( {_CLOCK})?",
    **{name: _FORMS[name][0][0] for name in ("money", "count", "duration", "number")},
}
"""The first form of each that stands in most cells."""


def text_of(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def name_of(value: str) -> str:
    """A text as an SQL name."""
    return '"' + value.replace('"', '""') + '"'


def unread(cast_type: str) -> str:
    """The mark, in SQL, for a cell of this type that could not be read."""
    return _UNREAD_SQL[cast_type]


@dataclass
class Cells:
    """The SQL of one file's cells, and the Python functions that it calls.

    ``unclear``: times met whose day and month could not be told apart.
    """

    binding: Binding
    readings: Mapping[str, Reading]
    functions: dict[str, Function] = field(default_factory=dict)
    unclear: set[str] = field(default_factory=set)

    def value(self, name: str, source: str | None = None) -> str:
        """A canonical column, cast; ``source``: SQL that gives its text, clean already."""
        reading = self.readings[name]
        kind = TYPES[reading.cast]
        place = self.binding.at.get(name)
        if source is None and place is None:
            source = self.stand_in(name)
        if source is None and place is None:
            return f"CAST(NULL AS {kind})"
        cell = source or f"c{place}"
        own = self._call(name, reading, clean=source is None)
        slow = f"CAST({own}({cell}) AS {kind})" if reading.cast == "number" else f"{own}({cell})"
        forms = _plain_forms(reading, cell)
        if source is None and name in self._jointly:
            plain = "_plain"
            if reading.cast in ("id", "text"):
                plain = _named(plain, cell, reading, ascii_only=reading.cast == "id")
            forms = [(plain, forms[0][1]), *forms]
        whens = " ".join(f"WHEN {when} THEN {then}" for when, then in forms)
        return f"CASE WHEN {cell} IS NULL THEN NULL {whens} ELSE {slow} END"

    def plain_row(self) -> str:
        """Whether all of a row's cells are empty or as plain as cells come.

        One look at a row costs little more than a look at one of its cells.
        """
        told = [f"c{self.binding.at[name]}" for name in self._jointly]
        forms = [f"({form})?" for form in self._jointly.values()]
        if not told:
            return "false"
        joined = f"concat({f', {text_of(_BETWEEN)}, '.join(told)})"
        return _full(joined, _BETWEEN.join(forms))

    @property
    def _jointly(self) -> dict[str, str]:
        """The columns that ``plain_row`` looks at, each with its plainest form."""
        return {
            name: form
            for name in self.binding.at
            if (form := _PLAINEST.get(self.readings[name].cast)) and not self.readings[name].minor
        }

    def text(self, name: str) -> str:
        """The clean text of a canonical column; empty where it stands for nothing."""
        reading = self.readings[name]
        cell = f"c{self.binding.at[name]}"
        function = self._add(f"meant_{name}", _meant(reading), "VARCHAR")
        plain = _named(_plain(cell), cell, reading)
        if reading.cast not in ("id", "text"):
            plain = _full(cell, r"[0-9][0-9:. -]*[0-9]|[0-9]")
        return _case(cell, plain, function)

    def stand_in(self, name: str, texts: Callable[[str], str] | None = None) -> str | None:
        """The text of a column that others stand in for; None where nothing does."""
        choices = self.binding.stand_ins(name)
        if not choices:
            return None
        text = texts or self.text
        whens = [
            f"WHEN {text(parts[0])} <> '' THEN concat_ws('/', "
            + ", ".join(f"nullif({text(part)}, '')" for part in parts)
            + ")"
            for parts in choices
        ]
        return f"CASE {' '.join(whens)} END"

    def carried(self, place: int) -> str:
        """A column without a canonical name: its text, clean."""
        cell = f"c{place}"
        function = self._add("clean", _clean, "VARCHAR")
        return _case(cell, _plain(cell), function)

    def state(self) -> str:
        """What a row is: SOUND, TOTAL, BLANK or TOO_WIDE."""
        row = [f"c{place}" for place in range(len(self.binding.headers))]
        clean = self._add("clean", _clean, "VARCHAR")
        first = self._add("first_state", _first_state, "TINYINT")
        any_ = self._add("row_state", _row_state, "TINYINT", ["VARCHAR[]"])
        cell = f"coalesce({', '.join(row)})"
        total = "(?i)(" + "|".join(re.escape(word) for word in sorted(words("totals"))) + "):*"
        return (
            f"CASE WHEN beyond IS NULL AND {_full(row[0], _NUMBERED)} THEN {SOUND} "
            f"WHEN beyond IS NOT NULL AND {clean}(beyond) <> '' THEN {TOO_WIDE} "
            f"WHEN {cell} IS NULL THEN {BLANK} "
            f"WHEN {_plain(cell)} AND NOT {_full(cell, total)} THEN {SOUND} "
            f"ELSE coalesce({first}({cell}), {any_}([{', '.join(row)}])) END"
        )

    def _call(self, name: str, reading: Reading, *, clean: bool) -> str:
        kind = TYPES[reading.cast]
        returned = "VARCHAR" if reading.cast == "number" else kind

        def read(cell: str | None) -> Any:  # noqa: ANN401  the column's own type
            text = cell or ""
            try:
                value = cast(meant(cells.clean(text), reading) if clean else text, reading)
            except Unread as error:
                if error.code == "moment_unclear":
                    self.unclear.add(name)
                return UNREAD[kind]
            if isinstance(value, dt.datetime):
                return value.replace(tzinfo=None)
            if isinstance(value, bool):
                return int(value)
            return str(value) if value is not None and returned == "VARCHAR" else value

        return self._add(f"read_{name}", read, returned)

    def _add(
        self, name: str, function: Callable[..., Any], returned: str, given: list[str] | None = None
    ) -> str:
        called = f"_shopkit_{name}"
        self.functions[called] = (function, given or ["VARCHAR"], returned)
        return called


def ordered(cells_: Cells, day_first: Mapping[str, bool | None]) -> Cells:
    """The same cells with the order of day and month that columns of times were found to have."""
    readings = {
        name: replace(reading, day_first=day_first.get(name, reading.day_first))
        for name, reading in cells_.readings.items()
    }
    return Cells(cells_.binding, readings)


def _plain_forms(reading: Reading, cell: str) -> list[tuple[str, str]]:
    """(condition, value) of the forms that SQL reads itself."""
    match reading.cast:
        case "text":
            return [(_named(_plain(cell), cell, reading), cell)]
        case "id":
            exact = f"{_named(_plain(cell), cell, reading)} AND NOT {_full(cell, _LONG_NUMBER)}"
            plain = _named(_full(cell, _PLAIN_ID), cell, reading, ascii_only=True)
            return [(plain, cell), (exact, cell)]
        case "flag":
            told = {"1": _listed(words("yes")), "0": _listed(words("no"))}
            return [(f"{cell} IN ({listed})", value) for value, listed in told.items()]
        case "time":
            moment = f"coalesce(TRY_CAST({cell} AS TIMESTAMP), {unread('TIMESTAMP')})"
            return [(_full(cell, f"{_DAY}( {_CLOCK})?"), moment)]
    forms = _MINOR if reading.cast == "money" and reading.minor else _FORMS[reading.cast]
    return [(_full(cell, form), value.format(cell)) for form, value in forms]


def _plain(cell: str) -> str:
    """Whether a cell begins with a letter or a digit and ends with no blank.

    Then there is nothing around it to be cleaned away. Comparisons cost half of a pattern.
    """
    starts = [("0", ":"), ("A", "["), ("a", "{"), ("一", "龦")]
    begins = " OR ".join(f"{cell} >= '{low}' AND {cell} < '{high}'" for low, high in starts)
    last = f"right({cell}, 1)"
    ends = f"{last} BETWEEN '!' AND '~' OR {last} BETWEEN chr(12289) AND chr(65278)"
    return f"(({begins}) AND ({ends}))"


def _named(form: str, cell: str, reading: Reading, *, ascii_only: bool = False) -> str:
    """Whether a cell has this form and is none of the words for nothing that could have it."""
    nothing = [word for word in words("nothing") | reading.empty if word[0].isalnum()]
    if ascii_only:
        nothing = [word for word in nothing if word.isascii()]
    return f"{form} AND {cell} NOT IN ({_listed(nothing)})" if nothing else form


def _case(cell: str, plain: str, function: str) -> str:
    return f"CASE WHEN {cell} IS NULL THEN '' WHEN {plain} THEN {cell} ELSE {function}({cell}) END"


def _full(cell: str, form: str) -> str:
    return f"regexp_full_match({cell}, {text_of(form)})"


def _listed(found: Iterable[str]) -> str:
    return ", ".join(text_of(word) for word in sorted(found))


def _meant(reading: Reading) -> Callable[[str | None], str]:
    return lambda cell: meant(cells.clean(cell or ""), reading)


def _clean(cell: str | None) -> str:
    return cells.clean(cell or "")


def _first_state(cell: str) -> int | None:
    text = cells.clean(cell)
    return None if not text else TOTAL if is_total(text) else SOUND


def _row_state(row: list[str | None]) -> int:
    first = next((text for cell in row if (text := cells.clean(cell or ""))), "")
    return BLANK if not first else TOTAL if is_total(first) else SOUND
