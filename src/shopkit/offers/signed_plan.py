"""A plan.csv as a person signs it: read once, its rows kept on the disk as they were then."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from shopkit.errors import InputRefused
from shopkit.offers.plan_run import COMMAND, check_plan_columns
from shopkit.offers.plan_table import digest
from shopkit.runtime.again import Again
from shopkit.runtime.cells import clean
from shopkit.runtime.review import Entry, Queue
from shopkit.runtime.state import State
from shopkit.values import read_money

PlanRow = Mapping[str, str]

ACCEPTABLE = ("floor_over_cap", "change_over_cap", "change_over_day_cap")
"""Why a price waits that a person may let through all the same. A floor is never among them."""


@dataclass(frozen=True)
class SignedPlan:
    """A plan.csv that was read, and what a person would sign of it.

    ``changed``: the rows that go out, those that a person has accepted in the review queue among
    them, as they were when they were read. ``held``: how many stay behind.
    """

    file: Path
    changed: Again[PlanRow]
    held: int
    digest: str


@contextmanager
def open_plan(folder: Path, state: State) -> Iterator[SignedPlan]:
    """Read the plan in ``folder`` (or the plan.csv itself) as it is now.

    Its rows are kept in a file of their own for as long as the block. Raises InputRefused for a
    file that is missing, is no plan, or has a price that is none.
    """
    file = folder / "plan.csv" if folder.is_dir() else folder
    reading = _Reading(file, _accepted(state, file.parent))
    with TemporaryDirectory(prefix="shopkit-") as scratch:
        kept = Path(scratch) / "changed.csv"
        try:
            with kept.open("w", encoding="utf-8", errors="surrogatepass", newline="") as copy:
                signed = digest(reading.changed(csv.writer(copy)))
        except (FileNotFoundError, IsADirectoryError):
            raise InputRefused("table_missing", file=file) from None
        except UnicodeDecodeError:
            raise InputRefused("table_encoding_unknown", file=file) from None
        rows = Again(reading.count, lambda: _kept_rows(kept))
        yield SignedPlan(file, rows, reading.held, signed)


@dataclass
class _Reading:
    """A plan.csv gone through once: the rows that go out, and how many do not."""

    file: Path
    accepted: Mapping[str, Entry]
    count: int = 0
    held: int = 0

    def changed(self, keep: _Writer) -> Iterator[PlanRow]:
        """The rows that go out; they are kept, too."""
        with self.file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            check_plan_columns(reader.fieldnames or (), self.file)
            keep.writerow(name for name in dict.fromkeys(reader.fieldnames or ()) if name)
            for line, told in enumerate(reader, start=2):
                row = {key: clean(value or "") for key, value in told.items() if key}
                if row["status"] == "review" and _agreed(row, self.accepted):
                    row |= {"change": "changed", "status": "ok"}
                self.held += row["status"] != "ok"
                if row["change"] == "changed" and row["status"] == "ok":
                    for column in ("old", "new"):
                        _check_price(row, column, self.file, line)
                    self.count += 1
                    keep.writerow(row.values())
                    yield row


class _Writer(Protocol):
    def writerow(self, row: Iterable[str], /) -> object: ...


def _kept_rows(path: Path) -> Iterator[PlanRow]:
    with path.open(encoding="utf-8", errors="surrogatepass", newline="") as stream:
        yield from csv.DictReader(stream)


def _accepted(state: State, folder: Path) -> dict[str, Entry]:
    """What a person has let through of a plan in the review queue, by SKU."""
    queue = Queue(state, folder.resolve(), COMMAND)
    return {one.item: one for one in queue.entries() if one.decision == "accept"}


def _agreed(row: PlanRow, accepted: Mapping[str, Entry]) -> bool:
    """Whether the price that a person accepted is the one that stands here."""
    entry = accepted.get(row["sku_id"])
    if entry is None or row["reason"] not in ACCEPTABLE or entry.reason != row["reason"]:
        return False
    return all(entry.values.get(name) == row[name] for name in ("old", "new"))


def _check_price(row: PlanRow, column: str, file: Path, line: int) -> None:
    try:
        if row[column] and read_money(row[column]) >= 0:
            return
    except ValueError:
        pass
    told = {"file": file.name, "line": line, "column": column, "value": row[column]}
    raise InputRefused("money_unreadable", **told)
