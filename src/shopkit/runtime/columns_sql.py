"""The statements that read one feed into a typed table: rows, blank repeated cells, casts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from shopkit.runtime.columns_cells import (
    REFUSED,
    SOUND,
    TYPES,
    Cells,
    Function,
    name_of,
    text_of,
    unread,
)
from shopkit.runtime.columns_feed import Feed
from shopkit.runtime.columns_gaps import cell_at, filled
from shopkit.runtime.headers import Binding
from shopkit.runtime.schema import Shape

if TYPE_CHECKING:
    import duckdb

# Table and column names below are our own or quoted by name_of: no cell ever becomes SQL.
# ruff: noqa: S608

_BUFFER = 32 << 20  # bytes read at once: most hold a row group, smaller ones are stored twice
_KEPT = {"flag": "BOOLEAN"}  # what a column is at last, where that is not what it is cast to


def extra_names(binding: Binding) -> dict[str, str]:
    """Header -> the SQL name of its column, for those without a canonical name.

    SQL names ignore case: a header that meets another name so gets a number.
    """
    taken = {"_line", "_state", *binding.schema.columns}
    names = {}
    pairs = zip(binding.names, binding.headers, strict=True)
    for header in (header for name, header in pairs if name is None):
        name, again = header, 2
        while name.casefold() in taken:
            name, again = f"{header} ({again})", again + 1
        taken.add(name.casefold())
        names[header] = name
    return names


@dataclass(frozen=True)
class Build:
    """How one feed becomes the table ``kind`` and its table of rejects."""

    feed: Feed
    cells: Cells

    @property
    def table(self) -> str:
        """The typed table as others see it: with every column of the kind."""
        return name_of(self._binding.schema.kind)

    @property
    def _base(self) -> str:
        """What is kept of it: the columns that the file has."""
        return name_of(f"_{self._binding.schema.kind}")

    @property
    def rejects(self) -> str:
        """Cells and rows that could not be read."""
        return name_of(self._binding.schema.kind + "_rejects")

    @property
    def given(self) -> str:
        """The rows as they were given, where they are kept."""
        return name_of(self._binding.schema.kind + "_given")

    @property
    def count(self) -> str:
        """Query: how many rows the feed turned out to have."""
        return f"SELECT count(*) FROM {self._stage if self._shape else self._base}"

    @property
    def functions(self) -> dict[str, Function]:
        """The Python functions that its queries call."""
        self.statements()  # writing a query names what it calls
        self.raw_rows(REFUSED)
        return self.cells.functions

    @property
    def _binding(self) -> Binding:
        return self.cells.binding

    @property
    def _shape(self) -> Shape | None:
        return self._binding.shape

    @property
    def _stage(self) -> str:
        return name_of(f"_{self._binding.schema.kind}_stage")

    def statements(self) -> list[str]:
        """Fill the typed table, with a column ``_state`` that says what each row is."""
        made = [f"CREATE OR REPLACE TABLE {self._base} AS {self._typed()}"]
        return [self._staged(), *made] if self._shape else made

    def counts(self, db: duckdb.DuckDBPyConnection) -> dict[int, int]:
        """How many rows there are of each state."""
        states = f"SELECT _state, count(*) FROM {self._base} GROUP BY _state"
        found = dict(db.execute(states).fetchall())
        if self._shape:
            staged = (
                f"SELECT _state, count(*) FROM {self._stage} WHERE _state <> {SOUND} GROUP BY ALL"
            )
            found |= dict(db.execute(staged).fetchall())
        return found

    def raw_rows(self, state: int) -> str:
        """Query: ``_line`` and the text of each canonical column of the rows in this state."""
        names = ", ".join(f"{self._text(name)} AS {name_of(name)}" for name in self.read_names())
        lines = f"SELECT {self._line} FROM {self._base} WHERE _state = {state}"
        return f"SELECT _line, {names} FROM {self._rows()} WHERE _line IN ({lines}) ORDER BY _line"

    def keep_given(self) -> str:
        """Statement: keep the clean text of every cell (h0, h1, …) of the rows that hold one."""
        places = range(len(self._binding.headers))
        texts = ", ".join(f"{self.cells.carried(place)} AS h{place}" for place in places)
        filled = " OR ".join(f"h{place} <> ''" for place in places)
        return (
            f"CREATE OR REPLACE TABLE {self.given} AS SELECT * EXCLUDE (beyond) FROM "
            f"(SELECT _line, {texts}, beyond FROM ({self._file()})) "
            f"WHERE {filled} OR beyond IS NOT NULL"
        )

    def wide_rows(self) -> str:
        """Query: the lines that have more cells than the header."""
        table = self._stage if self._shape else self._base
        return f"SELECT {self._line} AS _line FROM {table} WHERE _state = 4 ORDER BY _line"

    def read_names(self) -> list[str]:
        """The canonical columns that the file has or stands in for."""
        columns = self._binding.schema.columns
        return [name for name in columns if name in self._binding.at or self._stands_in(name)]

    def texts(self, name: str) -> str:
        """Query: every text of a column."""
        return f"SELECT DISTINCT {self._text(name)} FROM {self._rows()}"

    def finish(self, db: duckdb.DuckDBPyConnection, *, all_sound: bool) -> None:
        """Show only sound rows, and nothing that was needed to find them."""
        db.execute(f"DROP TABLE IF EXISTS {self._stage}")
        present = set(self.read_names())
        columns = [
            name_of(name)
            if name in present
            else f"CAST(NULL AS {_KEPT.get(column.cast, TYPES[column.cast])}) AS {name_of(name)}"
            for name, column in self._binding.schema.columns.items()
        ]
        carried = [name_of(name) for name in extra_names(self._binding).values()]
        told = ", ".join([f"{self._line} AS _line", *columns, *carried])
        sound = "" if all_sound else f" WHERE _state = {SOUND}"
        db.execute(f"CREATE OR REPLACE VIEW {self.table} AS SELECT {told} FROM {self._base}{sound}")

    def _typed(self) -> str:
        columns = self._binding.schema.columns
        extra = extra_names(self._binding)
        state = str(SOUND) if self._shape else self.cells.state()
        inner = [f"{self._value(name)} AS {name_of(name)}" for name in self.read_names()] + [
            f"{self._carried(place)} AS {name_of(extra[header])}"
            for place, header in enumerate(self._binding.headers)
            if header in extra
        ]
        outer = ", ".join(
            f"{name_of(name)} = 1 AS {name_of(name)}"
            if columns[name].cast == "flag"
            else name_of(name)
            for name in self.read_names()
        )
        carried = "".join(f", {name_of(name)}" for name in extra.values())
        # Rows that were joined come in any order; all others keep the file's.
        order = " ORDER BY _line" if self._shape else ""
        line = "" if self._by_place else "_line, "
        return (
            f"SELECT {line}{outer}{carried}, CASE WHEN _row <> {SOUND} THEN _row "
            f"WHEN {self._refused()} THEN {REFUSED} ELSE {SOUND} END AS _state "
            f"FROM (SELECT {line}{state} AS _row, {', '.join(inner)} FROM {self._source()}){order}"
        )

    def _refused(self) -> str:
        """Whether a cell could not be read or is missing."""
        columns = self._binding.schema.columns
        wrong = [
            f"{name_of(name)} = {unread(TYPES[columns[name].cast])}"
            for name in self.read_names()
            if columns[name].cast != "text"
        ]
        lacking = [f"{name_of(c.name)} IS NULL" for c in columns.values() if c.required]
        return " OR ".join([*wrong, *lacking, "false"])

    @property
    def _by_place(self) -> bool:
        """Whether a row's line follows from its place in the table.

        Rows that need no number while they are read are read by all cores.
        """
        return not self._shape and self.feed.records is not None

    @property
    def _line(self) -> str:
        """A row's line in the file, from the table that is kept of it."""
        return f"(rowid + {self.feed.above + 1})" if self._by_place else "_line"

    def _source(self) -> str:
        """Where the typed table is filled from."""
        if self._shape:
            return self._rows()
        return f"(SELECT *, {self.cells.plain_row()} AS _plain FROM ({self._read()}))"

    def _rows(self) -> str:
        """Where the rows are read from: the file, or the stage with its gaps filled."""
        if not self._shape:
            return f"({self._file()})"
        return f"({filled(self._binding, self._shape, self._stage)})"

    def _file(self) -> str:
        """The file's rows as text: ``_line``, c0, c1, …, beyond."""
        if self.feed.records is None:
            return self._read()
        return f"SELECT row_number() OVER () + {self.feed.above} AS _line, * FROM ({self._read()})"

    def _read(self) -> str:
        """The file's rows below its header; with ``_line`` where the file tells it."""
        numbered = self.feed.records is None
        cells = [*(f"c{place}" for place in range(len(self._binding.headers))), "beyond"]
        columns = ["_line", *cells] if numbered else cells
        kinds = ", ".join(
            f"{name}: '{'BIGINT' if name == '_line' else 'VARCHAR'}'" for name in columns
        )
        options = f"delim={text_of(self.feed.mark)}, quote='\"', escape='\"', auto_detect=false"
        given = "new_line='\\n', " if numbered else ""
        given += f"header={str(numbered).lower()}, null_padding={str(not numbered).lower()}, "
        given += f"skip={self.feed.above}, buffer_size={_BUFFER}"
        read = f"read_csv({text_of(str(self.feed.path))}, {options}, {given}, columns={{{kinds}}})"
        return f"SELECT * FROM {read}"

    def _staged(self) -> str:
        """The rows with their clean texts, for a file whose rows lean on others."""
        at = self._binding.at
        texts = [f"{self.cells.text(name)} AS t{place}" for name, place in at.items()]
        carried = [
            f"{self.cells.carried(place)} AS t{place}"
            for place in range(len(self._binding.headers))
            if place not in at.values()
        ]
        columns = ", ".join([*texts, *carried])
        return (
            f"CREATE OR REPLACE TEMP TABLE {self._stage} AS "
            f"SELECT _line, {self.cells.state()} AS _state, {columns} FROM ({self._file()})"
        )

    def _stands_in(self, name: str) -> bool:
        return bool(self._binding.stand_ins(name))

    def _text(self, name: str) -> str:
        """The clean text of a canonical column, from _rows."""
        texts = partial(cell_at, self._binding) if self._shape else self.cells.text
        if name in self._binding.at:
            return texts(name)
        return self.cells.stand_in(name, texts) or "''"

    def _value(self, name: str) -> str:
        if not self._shape:
            return self.cells.value(name)
        known = name in self._binding.at or self._stands_in(name)
        source = f"nullif({self._text(name)}, '')" if known else None
        return self.cells.value(name, source)

    def _carried(self, place: int) -> str:
        return f"t{place}" if self._shape else self.cells.carried(place)
