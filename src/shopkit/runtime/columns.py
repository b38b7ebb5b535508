"""A large table as typed columns in DuckDB: the records of load_rows, without Python rows.

with open_database() as db:
    goods = open_columns("catalog", Path("skus.csv"), db)
    db.execute(f"SELECT sku_id, list_price FROM {goods.table} ORDER BY _line").fetchnumpy()
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shopkit.runtime.columns_cells import SOUND, Cells, ordered
from shopkit.runtime.columns_feed import Feed, local_copy, numbered_feed, plain_feed
from shopkit.runtime.columns_rejects import day_orders, write_rejects
from shopkit.runtime.columns_sql import Build, extra_names
from shopkit.runtime.headers import bind, knows
from shopkit.runtime.rejects import Reject
from shopkit.runtime.schema import Schema, find_schema
from shopkit.runtime.typed import check_header, column_names, dated, readings_of, zone_of

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Columns:
    """A table inside a database.

    ``table``: its SQL name; it has ``_line`` and every canonical column of the kind (money BIGINT
    minor units, percent BIGINT ppm, duration BIGINT seconds, count BIGINT, number DECIMAL(18,6),
    time TIMESTAMP in the shop's zone, flag BOOLEAN, id and text VARCHAR; NULL where nothing is
    told), and the file's other columns as text. ``extra``: their header -> SQL name.
    ``given``: the SQL name of the rows' own texts, where they are kept: ``_line`` and h0, h1, … for
    the ``headers``.
    ``rejects``: the SQL name of the table of rejects (file, line, column, value, rule).
    """

    kind: str
    source: str
    dated: dt.datetime | None
    table: str
    columns: tuple[str, ...]
    extra: Mapping[str, str]
    headers: tuple[str, ...]
    given: str
    rows: int
    rejects: str
    rejected: int
    totals: int
    encoding: str
    db: duckdb.DuckDBPyConnection

    def arrays(self, *expressions: str, joined: str = "") -> list[NDArray[Any]]:
        """Fetch an array for each SQL expression over the columns, in the file's order.

        No expression may give NULL: ``coalesce(stock, -1)``. ``joined``: joins that give each row
        one row, ``LEFT JOIN lows USING (sku_id)``.
        """
        told = ", ".join(f"{one} AS a{place}" for place, one in enumerate(expressions))
        query = f"SELECT _line, {told} FROM {self.table} {joined}"  # noqa: S608  our own names
        found = self.db.execute(query).fetchnumpy()
        line = found["_line"]
        fetched = [found[f"a{place}"] for place in range(len(expressions))]
        if not bool((line[1:] > line[:-1]).all()):  # joins may change the order of rows
            order = line.argsort()
            fetched = [one[order] for one in fetched]
        return fetched

    def read_rejects(self) -> list[Reject]:
        """The rejects in the file's order, as load_rows tells them."""
        found = self.db.execute(f"SELECT * FROM {self.rejects} ORDER BY line, rowid")  # noqa: S608  our own name
        return [Reject(*row) for row in found.fetchall()]


@contextmanager
def open_database(memory: str = "1GB") -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database for large tables: over ``memory`` it goes on in files, removed at the end."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix="shopkit-") as folder:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory,
            "temp_directory": folder,
        }
        with duckdb.connect(":memory:", config=settings) as db:
            yield db


@contextmanager
def lent(
    db: duckdb.DuckDBPyConnection, name: str, arrays: Mapping[str, NDArray[Any]]
) -> Iterator[None]:
    """Let a database read arrays as the columns of a table ``name``, for as long as the block."""
    db.register(name, arrays)
    try:
        yield
    finally:
        db.unregister(name)


def open_columns(
    kind: str,
    source: Path | str | pd.DataFrame,
    db: duckdb.DuckDBPyConnection,
    *,
    encoding: str | None = None,
    shop: Path | None = None,
    keep_rows: bool = False,
) -> Columns:
    """Read a table as load_rows does, into the database's table ``kind`` (made anew).

    A CSV is streamed, in whatever encoding. ``keep_rows``: the text of every cell is kept beside
    the values, for columns_rows.py. Raises what load_rows raises.
    """
    schema = find_schema(kind, shop)
    with tempfile.TemporaryDirectory(prefix="shopkit-") as folder:
        scratch, known = Path(folder), knows(schema)
        file = local_copy(source, scratch) if isinstance(source, (str, Path)) else source
        if isinstance(file, Path):
            feed = plain_feed(file, encoding, known, scratch)
            if feed is not None:
                found = _Reading(db, feed, schema, shop).read(keep_rows=keep_rows)
                if found is not None:
                    return found.told(source)
        feed = numbered_feed(file, encoding, known, scratch)
        exact = _Reading(db, feed, schema, shop).read(keep_rows=keep_rows)
        assert exact is not None, "a file that we wrote is read as it was written"
        return exact.told(source)


class _Reading:
    """One attempt to read a feed into the database."""

    def __init__(
        self, db: duckdb.DuckDBPyConnection, feed: Feed, schema: Schema, shop: Path | None
    ) -> None:
        self._db, self._feed, self._zone = db, feed, zone_of(shop)
        self._binding = bind(schema, feed.header)
        check_header(self._binding, feed.source, sure=feed.encoding != "gb18030")
        self._cells = Cells(self._binding, readings_of(self._binding, self._zone))
        self._counts: dict[int, int] = {}

    def read(self, *, keep_rows: bool) -> _Reading | None:
        """Fill the tables; None where the file's rows are not its lines."""
        build = Build(self._feed, self._cells)
        with self._called(build):
            if not self._fill(build):
                return None
            orders = day_orders(self._db, build, self._cells.unclear)
            if all(order is None for order in orders.values()):
                return self._kept(build, keep_rows=keep_rows)
        self._cells = ordered(self._cells, orders)
        build = Build(self._feed, self._cells)
        with self._called(build):
            self._fill(build)
            return self._kept(build, keep_rows=keep_rows)

    def _kept(self, build: Build, *, keep_rows: bool) -> _Reading:
        """Write beside the rows what could not be read of them, and show the sound ones."""
        self._counts = build.counts(self._db)
        write_rejects(self._db, build, self._feed, self._counts.keys())
        if keep_rows:
            self._db.execute(build.keep_given())
        build.finish(self._db, all_sound=self._counts.keys() <= {SOUND})
        return self

    def told(self, source: object) -> Columns:
        """What was read."""
        build, schema = Build(self._feed, self._cells), self._binding.schema
        rejected = f"SELECT count(DISTINCT line) FROM {build.rejects}"  # noqa: S608  our own name
        return Columns(
            kind=schema.kind,
            source=self._feed.source,
            dated=dated(source, self._zone),
            table=build.table,
            columns=column_names(self._binding),
            extra=extra_names(self._binding),
            headers=self._binding.headers,
            given=build.given,
            rows=self._counts.get(0, 0),
            rejects=build.rejects,
            rejected=_one(self._db, rejected),
            totals=self._counts.get(1, 0),
            encoding=self._feed.encoding,
            db=self._db,
        )

    def _fill(self, build: Build) -> bool:
        import duckdb

        try:
            for statement in build.statements():
                self._db.execute(statement)
        except duckdb.OutOfMemoryException:
            raise
        except duckdb.Error:
            # Cells of several lines, mixed line ends, stray quotes, bytes that are no UTF-8 …
            if self._feed.records is None:
                raise
            return False
        return self._feed.records in (None, _one(self._db, build.count))

    @contextmanager
    def _called(self, build: Build) -> Iterator[None]:
        """Lend the Python functions to the database for as long as it needs them."""
        from duckdb.func import SPECIAL

        lent: list[str] = []
        try:
            for name, (function, given, returned) in build.functions.items():
                self._db.create_function(name, function, given, returned, null_handling=SPECIAL)
                lent.append(name)
            yield
        finally:
            for name in lent:
                self._db.remove_function(name)


def _one(db: duckdb.DuckDBPyConnection, query: str) -> int:
    ((count,),) = db.execute(query).fetchall()
    return int(count)
