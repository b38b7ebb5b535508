"""The shop's memory: one SQLite file that every command shares; its tables: migrations.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from shopkit.errors import UsageFault
from shopkit.runtime.migrations import MIGRATIONS

if TYPE_CHECKING:
    import sqlite3

_WAIT = 30.0  # seconds for another command's short transaction
_CHUNK = 500  # values in one IN (…)


class State:
    """The open state file. One writer at a time is enough: commands write in short transactions."""

    def __init__(self, path: Path) -> None:
        """Open ``path``, making its folder and tables where they lack.

        Raises UsageFault where the file cannot be used or a newer shopkit wrote it.
        """
        self.path = path.resolve()
        shop = self.path.parent
        self._home = shop.parent if shop.name == ".shopkit" else None
        with self._told():
            self._db = _open(self.path)
            self._migrate()

    @classmethod
    def default_path(cls) -> Path:
        """Where the state lies for work outside any shop folder."""
        import platformdirs

        return platformdirs.user_data_path("shopkit") / "state.db"

    def name(self, path: Path) -> str:
        """The path as the state knows it: relative to the shop, so that a shop can move."""
        full = path.absolute()
        if self._home is not None and full.is_relative_to(self._home):
            return storable(full.relative_to(self._home).as_posix())
        return storable(str(full))

    def path_of(self, name: str) -> Path:
        """The path behind a name of ``name``."""
        return (self._home or Path()) / name

    def read(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Rows of one SELECT."""
        with self._told():
            return self._db.execute(sql, values).fetchall()

    def read_parts(self, sql: str, rows: int = 100_000) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of one SELECT, so many at a time: for what memory should not hold at once."""
        with self._told():
            found = self._db.execute(sql)
            while part := found.fetchmany(rows):
                yield part

    def read_in(
        self, sql: str, values: Sequence[object], before: Sequence[object] = ()
    ) -> Iterator[tuple[Any, ...]]:
        """Rows of a SELECT that ends in ``IN``, for any number of values.

        ``before``: the values of the places before it.
        """
        for start in range(0, len(values), _CHUNK):
            part = values[start : start + _CHUNK]
            yield from self.read(f"{sql} ({','.join('?' * len(part))})", [*before, *part])

    def write(self, sql: str, values: Sequence[object] = ()) -> int:
        """Run one statement; returns the number of rows it changed."""
        with self._told():
            return self._db.execute(sql, values).rowcount

    def write_many(self, sql: str, values: Iterable[Sequence[object]]) -> None:
        """Run one statement for each set of values, taken as they come."""
        with self._told():
            self._db.executemany(sql, values)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes inside, or none."""
        if self._db.in_transaction:
            yield
            return
        try:
            self.write("BEGIN IMMEDIATE")
            yield
        except BaseException:
            self._db.rollback()
            raise
        self.write("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def _migrate(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            raise UsageFault("state_newer", path=self.path)
        if version == len(MIGRATIONS):
            return
        self._db.execute("BEGIN IMMEDIATE")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]  # another run may be first
        for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
            for statement in filter(str.strip, script.split(";")):
                self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version = {number}")
        self._db.execute("COMMIT")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn SQLite's own errors (full disk, no rights, not a database) into plain words."""
        import sqlite3

        try:
            yield
        except (sqlite3.DatabaseError, OSError) as error:
            raise UsageFault("state_unusable", path=self.path, error=error) from error


def storable(text: str) -> str:
    """Text that SQLite can hold: bytes in a file name that are no UTF-8 are spelled out."""
    return text.encode(errors="backslashreplace").decode()


def _open(path: Path) -> sqlite3.Connection:
    import sqlite3

    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path, timeout=_WAIT, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")  # what is recorded is on the disk before a file moves
    return db
